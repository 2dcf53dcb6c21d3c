"""Every verb that a viewer may send, for records that it sees and for records that it does not, made of what a company holds.

A new verb is taken part in by being declared: its record is what its first required id leads to. What only makes sense
together, tests/properties/verbs says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import get_named_type

from models.both_offices.accounts import Account
from models.front_office.sales.orders import Order
from models.front_office.service.complaints import Complaint
from models.permissions import Permission
from resolvers.kit.commands import Viewer
from resolvers.reading.declare import registry
from tests.properties.adversarial.company import Company
from tests.properties.twins import holds, left_out
from tests.properties.verbs.acting import able
from tests.properties.verbs.choosing import Row
from tests.properties.verbs.declared import VERBS, Verb
from tests.properties.verbs.inputs import AIMS, Inputs
from tests.reading.documents import Maker
from tests.reading.planning import CATALOG
from tests.reading.pools import Document, Pools
from tests.reading.reference import PLAIN_SCHEMA
from tests.reading.revealing import Columns
from tests.storage.known_rows import by_prefix
from tests.storage.valid_rows.columns import columns_of

FITS, OTHERS, UNSEEN = 6, 2, 3
"""How many records a verb is tried on that it is meant for, that it is not meant for, and that the viewer does not see."""


def errors() -> str:
    """All that the errors of a payload hold, whatever they are."""
    kinds = PLAIN_SCHEMA.get_possible_types(PLAIN_SCHEMA.type_map["UserError"])  # type: ignore[arg-type]
    plain = ("code", "message", "path")
    more = [
        f"... on {kind.name} {{ {' '.join(name for name in kind.fields if name not in plain)} }}"
        for kind in kinds
        if set(kind.fields) - set(plain)
    ]
    return f"errors {{ __typename {' '.join((*plain, *more))} }}"


def told_by_verbs(viewer: Viewer) -> Columns:
    """What a viewer learns by changing something although it cannot read it, which is no secret to it then."""
    told: Columns = {
        # Whoever asks a colleague for something hears when they cannot do it, because nobody should wait for them in vain.
        Account: {"enabled", "roles", "departments"}
    }
    if viewer.may(Permission.READ_SHIP_TO):
        # A shipment's address is that of its order, which is read where it counts.
        told[Order] = {name for name in columns_of(Order) if name.startswith("ship_")}
    if viewer.may(Permission.READ_INVOICE_ADDRESS):
        told[Order] = {"customer_name", *(name for name in columns_of(Order) if name.startswith("bill_"))}
    if viewer.may(Permission.DECIDE_PRODUCTS):
        # A decision about a product rests on all complaints about it, and remembers how many of them were bad.
        told[Complaint] = {"severity", "status"}
    return told


@dataclass
class Known:
    """A company's rows by their global ids, and which of them a viewer sees."""

    viewer: Viewer
    rows: dict[str, Row]
    seen: dict[str, list[str]]
    """The global ids of these by their prefix."""

    @classmethod
    def of(cls, viewer: Viewer, company: Company, visible: Mapping[Any, set[Any]]) -> "Known":
        """What is known of a company, by the keys of each table that are visible."""
        rows, seen = dict[str, Row](), list[str]()
        for info in registry.nodes.values():
            for row in company.get(info.model, []) if info.prefix else []:
                rows[info.global_id(row["id"])] = row
                if row["id"] in visible[info.model]:
                    seen.append(info.global_id(row["id"]))
        return cls(viewer, rows, by_prefix(seen))

    def of_kind(self, prefix: str, *, is_seen: bool) -> list[str]:
        """The records of a kind that the viewer sees, or does not see."""
        seen = set(self.seen.get(prefix, ()))
        return [name for name in self.rows if name.startswith(f"{prefix}_") and (name in seen) == is_seen]


@dataclass
class Changes:
    """Makes the documents of one viewer."""

    known: Known
    pools: Pools
    randoms: Sequence[Random]
    of_verb: list[str] = field(default_factory=list[str])
    """Which verb each document is about, in their order."""

    def made(self) -> list[Document]:
        """Every verb that the viewer may send, on records of each kind."""
        found: list[Document] = []
        for place, verb in enumerate(able(self.known.viewer)):
            random = self.randoms[place % len(self.randoms)]
            inputs = Inputs(random, self.known.viewer, self.known.rows, seen=self.known.seen)
            for number, record in enumerate(self._records(verb, inputs)):
                given = inputs.of(verb, record)
                if "dryRun" in verb.given.fields and number % 3 == 0:
                    found.append(self._document(verb, given | {"dryRun": True}, random))
                found.append(self._document(verb, given, random))
        return found

    def _records(self, verb: Verb, inputs: Inputs) -> list[str | None]:
        if verb.target is None:
            return [None] * FITS
        _, prefix = verb.target
        seen, unseen = (self.known.of_kind(prefix, is_seen=is_seen) for is_seen in (True, False))
        for some in (seen, unseen):
            inputs.random.shuffle(some)
        actor, meant = AIMS[verb.name].actor, set(inputs.fitting(verb))
        own = {name for name in meant if not actor or self.known.rows[name][actor] == self.known.viewer.account}
        fits, others = ([name for name in seen if (name in own) == is_own] for is_own in (True, False))
        return [*fits[:FITS], *others[:OTHERS], *unseen[:UNSEEN]]

    def _document(self, verb: Verb, given: dict[str, Any], random: Random) -> Document:
        maker = Maker(random, self.pools, self.known.viewer.permissions)
        selection = maker.selection(verb.payload, 3)
        name = maker.value_of("input", f"{verb.given.name}!", given)
        self.of_verb.append(verb.name)
        return maker.operation("mutation", f"{verb.name}(input: {name}) {{ {errors()} {selection} }}")


def changes(viewer: Viewer, company: Company, visible: Mapping[Any, set[Any]], randoms: Sequence[Random]) -> Changes:
    """What makes a viewer's documents, by the keys of each table that it sees."""
    unasked = left_out(viewer) | {(verb.payload.name, "errors") for verb in VERBS.values()}
    if not viewer.may(Permission.READ_ALL_HANDOFFS):
        # Where a complaint goes from here says whether other departments still work on it, which its status is there for.
        unasked |= {("Complaint", "status"), ("Complaint", "nextStatuses")}
    pools = Pools(company, CATALOG, whole=True, left_out=unasked)
    return Changes(Known.of(viewer, company, visible), pools, randoms)


def subscriptions(known: Known, pools: Pools, randoms: Sequence[Random], times: int) -> list[Document]:
    """Every subscription some times, to everything, and to records that the viewer sees or does not see."""
    root = PLAIN_SCHEMA.subscription_type
    assert root is not None
    made: list[Document] = []
    for place, (name, declared) in enumerate(root.fields.items()):
        needs = CATALOG.fields["Subscription", name].needs
        permitted = all(holds(known.viewer, one) for one in needs)
        for number in range(times if permitted else 1):
            random = randoms[(place * times + number) % len(randoms)]
            maker = Maker(random, pools, known.viewer.permissions)
            selection = maker.selection(get_named_type(declared.type), 3)
            made.append(
                maker.operation(
                    "subscription",
                    f"{name}{_narrowed(name, declared.args, known, random, number)} {{ __typename {selection} }}",
                )
            )
    return made


def _narrowed(name: str, arguments: Mapping[str, Any], known: Known, random: Random, number: int) -> str:
    if number % 3 == 0:
        return ""
    if "departments" in arguments:
        return ["", "(departments: [LOGISTICS, FINANCE, IT])", "(departments: [])"][number % 3]
    for argument in arguments:
        if info := registry.nodes.get(argument[0].upper() + argument[1:]):
            seen, unseen = (known.of_kind(info.prefix, is_seen=is_seen) for is_seen in (True, False))
            return f'({argument}: "{random.choice((seen if number % 3 == 1 else unseen) or seen + unseen)}")'
    return ""
