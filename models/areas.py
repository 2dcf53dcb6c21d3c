"""The areas, in one place: the modules that declare something, and what the services between the offices know of them.

What a listed module defines is known to all: its tables, its views, its kinds of events, and which of its records events are
about. Areas import the services between the offices, and those import no area: what serves all areas goes by this list.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from tortoise.models import Model

from models.back_office import handoffs, production, purchasing
from models.back_office.handoffs import HandoffEvent, messages
from models.back_office.handoffs.messages import MessageEvent
from models.back_office.logistics import inventory, shipments
from models.back_office.logistics.inventory import stock
from models.back_office.products import catalogue, decisions, improvements
from models.back_office.purchasing.approval import WORK as PURCHASES_TO_APPROVE
from models.both_offices import absences, accounts, escalations, notifications, rules, tasks
from models.both_offices.clocks import policies, running
from models.both_offices.clocks.running import ClockEvent
from models.both_offices.escalations import EscalationEvent
from models.both_offices.rules import visible_applications
from models.both_offices.subjects import RuledSubject
from models.both_offices.work import visible_work, work_view
from models.front_office import customers
from models.front_office.after_sales import returns
from models.front_office.sales import orders
from models.front_office.sales.orders import addresses, amendments, progress, terms
from models.front_office.service import answers, cases, complaints, correspondence, ratings
from models.front_office.service.answers import AnswerEvent
from models.front_office.service.cases import CaseEvent
from models.front_office.service.complaints import ComplaintEvent
from models.front_office.service.correspondence import CorrespondenceEvent
from models.front_office.service.ratings import RatingEvent
from models.front_office.service.subject import COMPLAINT
from models.kit import bookkeeping, events
from models.kit.base import Record
from models.kit.constraints import View
from models.kit.events import EventKind
from models.kit.tortoise_privates import is_view

DECLARED = (
    customers,
    orders,
    terms,
    amendments,
    addresses,
    progress,
    returns,
    complaints,
    correspondence,
    answers,
    cases,
    ratings,
    catalogue,
    inventory,
    stock,
    shipments,
    purchasing,
    production,
    handoffs,
    messages,
    improvements,
    decisions,
    accounts,
    policies,
    running,
    events,
    notifications,
    escalations,
    absences,
    tasks,
    rules,
    bookkeeping,
)
"""The modules of the areas, and those of the kit that have tables."""

T = TypeVar("T")


def _defined(kind: type[T]) -> Iterator[type[T]]:
    """The classes of a kind that the modules, or those inside them, define, in their order."""
    for module in DECLARED:
        for value in vars(module).values():
            is_class = isinstance(value, type) and f"{value.__module__}.".startswith(f"{module.__name__}.")
            if is_class and issubclass(value, kind) and value is not kind:
                yield value


MODELS = tuple(model for model in _defined(Model) if not is_view(model))
"""All that have a table. Tortoise finds them under the name `__models__`."""

__models__ = MODELS

KINDS = tuple(_defined(EventKind))
"""What can happen, area by area."""

WITH_HISTORY = tuple(model for model in _defined(Record) if model.history_needs)
"""What there are histories of: each says by `history_needs` who may know of them."""

WORK = (
    *handoffs.WORK,
    *escalations.WORK,
    *answers.WORK,
    *notifications.WORK,
    *tasks.WORK,
    *improvements.WORK,
    *orders.WORK,
    *PURCHASES_TO_APPROVE,
    *returns.WORK,
    *inventory.WORK,
    *shipments.WORK,
    *addresses.WORK,
)

work_of_viewer = visible_work(WORK)

VIEWS = (
    *(value for module in DECLARED for value in vars(module).values() if isinstance(value, View)),
    work_view(WORK),
)
"""Each after those that it is made of."""

RULED: RuledSubject[Any] = COMPLAINT
"""What rules are about."""

applications_of_viewer = visible_applications(
    RULED.model, RULED.column, {fact.field: fact.needs for fact in RULED.facts.all}
)

HANDOFF_TRIGGERS = frozenset({*HandoffEvent, MessageEvent.POSTED, *ClockEvent, *EscalationEvent})
"""What happens to a handoff, or can."""

TRIGGERS = HANDOFF_TRIGGERS | {
    *(kind for kind in ComplaintEvent if kind is not ComplaintEvent.ROUTED),
    *CorrespondenceEvent,
    *AnswerEvent,
    *RatingEvent,
    CaseEvent.LINKED,
    CaseEvent.UNLINKED,
    CaseEvent.COMPLAINT_ATTACHED,
    CaseEvent.COMPLAINT_DETACHED,
}
"""What sets rules off: everything that people and clocks do to a complaint. What rules do themselves is not among it."""
