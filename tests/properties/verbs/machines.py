"""The state machines of all records, and the verbs that take records from one status to another: as they are declared."""

from dataclasses import dataclass

from models.kit.states import Transitions
from resolvers.back_office.handoffs.steps import MACHINE as HANDOFFS
from resolvers.back_office.logistics.inventory.counting import MACHINE as STOCK_COUNTS
from resolvers.back_office.logistics.shipments.creating import MACHINE as SHIPMENTS
from resolvers.back_office.production.bills import BILLS
from resolvers.back_office.production.planning import WORK_ORDERS
from resolvers.back_office.production.quality import BATCHES
from resolvers.back_office.products.catalogue import MACHINE as PRODUCTS
from resolvers.back_office.products.improvements.steps import MACHINE as IMPROVEMENTS
from resolvers.back_office.purchasing.sending import MACHINE as PURCHASE_ORDERS
from resolvers.front_office.after_sales.returns.requesting import MACHINE as RETURNS
from resolvers.front_office.sales.orders.steps import MACHINE as ORDERS
from resolvers.front_office.service.answers import MACHINE as ANSWERS
from resolvers.front_office.service.cases.answering import MACHINE as CASES
from resolvers.front_office.service.complaints.working import MACHINE as COMPLAINTS
from resolvers.reading.declare import registry

_OF_COMPLAINTS = (HANDOFFS, COMPLAINTS, ANSWERS, CASES, IMPROVEMENTS)
_OF_GOODS = (ORDERS, RETURNS, PRODUCTS, BILLS, WORK_ORDERS, BATCHES, SHIPMENTS, PURCHASE_ORDERS, STOCK_COUNTS)

_INFOS = {info.model._meta.db_table: info for info in registry.nodes.values() if info.prefix}
_MACHINES = {_INFOS[machine.table].prefix: machine for machine in (*_OF_COMPLAINTS, *_OF_GOODS)}

MACHINES: dict[str, Transitions] = {prefix: machine.transitions for prefix, machine in _MACHINES.items()}
"""The transitions of all records by their prefix."""

OF_COMPLAINTS = frozenset(_INFOS[machine.table].prefix for machine in _OF_COMPLAINTS)
"""The prefixes of complaints and of what hangs on them."""

MOVED_TYPES = {prefix: _INFOS[machine.table].name for prefix, machine in _MACHINES.items()}
"""The types of what has a status."""


def _member(words: str) -> str:
    first, *others = words.split()
    return first + "".join(word.title() for word in others)


RECORDS = {prefix: _member(machine.record) for prefix, machine in _MACHINES.items()} | {
    "esc": "escalation",
    "tsk": "task",
}
"""What records of a prefix are called, in inputs and payloads."""

SECONDS = {"approveRedress": {"cmp"}, "confirmCaseAnswer": {"cmp", "ans"}, "declineCaseAnswer": {"ans"}}
"""Verbs that take records of these kinds on by way of another one, or of two at once, and refuse in the other one's words."""


@dataclass(frozen=True)
class Move:
    """A verb that takes records of a prefix from some statuses to others."""

    prefix: str
    origins: frozenset[str]
    targets: frozenset[str]


def _move(prefix: str, verb: str) -> Move:
    steps = [
        (str(origin), str(step.to)) for origin, steps in MACHINES[prefix].items() for step in steps if verb in step.by
    ]
    return Move(prefix, frozenset(origin for origin, _ in steps), frozenset(target for _, target in steps))


def verbs_of(prefix: str) -> list[str]:
    """All verbs that take records of a kind on."""
    return list(dict.fromkeys(verb for steps in MACHINES[prefix].values() for step in steps for verb in step.by))


MOVES: dict[str, Move] = {
    verb: _move(prefix, verb) for prefix in MACHINES for verb in verbs_of(prefix) if prefix not in SECONDS.get(verb, ())
}
"""The verbs that take a record from one status to another."""
