"""Every verb that a viewer may send, for records that it sees and for records that it does not, made of what a company holds.

A new verb is taken part in by being declared: its record is what its first required id leads to. What only makes sense
together, tests/properties/verbs and tests/properties/fitting.py say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import get_named_type, is_required_input_field

from models.both_offices.accounts import Account
from models.front_office.sales.orders import Order
from models.front_office.service.complaints import Complaint
from models.permissions import Permission
from resolvers.kit.viewer import Viewer
from resolvers.reading.declare import registry
from tests.properties.adversarial.company import Company
from tests.properties.fitting import FITTING, MEANT_FOR, Choice, Known, Row
from tests.properties.twins import holds, left_out
from tests.properties.verbs import AIMS, VERBS, Inputs, Verb, prefix_of
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
    if viewer.may(Permission.DECIDE_PRODUCTS):
        # A decision about a product rests on all complaints about it, and remembers how many of them were bad.
        told[Complaint] = {"severity", "status"}
    return told


def target_of(verb: Verb) -> tuple[str, str] | None:
    """The member of a verb's input that names its record, and the prefix of that; None where it names none."""
    for name, declared in verb.given.fields.items():
        if is_required_input_field(declared) and str(declared.type) == "ID!":
            return name, prefix_of(verb.given.name, name) or ""
    return None


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
        verbs = [verb for verb in VERBS.values() if verb.may(self.known.viewer)]
        for place, verb in enumerate(verbs):
            random = self.randoms[place % len(self.randoms)]
            for number, record in enumerate(self._records(verb, random)):
                given = self._given(verb, record, random)
                if "dryRun" in verb.given.fields and number % 3 == 0:
                    found.append(self._document(verb, given | {"dryRun": True}, random))
                found.append(self._document(verb, given, random))
        return found

    def _records(self, verb: Verb, random: Random) -> list[str | None]:
        target = target_of(verb)
        if target is None:
            return [None] * FITS
        _, prefix = target
        everything = self.known.those(prefix)
        random.shuffle(everything)
        seen = [name for name in everything if name in self.known.seen]
        fits = [name for name in seen if self._is_meant(verb, prefix, self.known.rows[name])]
        others = [name for name in seen if name not in fits]
        unseen = [name for name in everything if name not in self.known.seen]
        return [*fits[:FITS], *others[:OTHERS], *unseen[:UNSEEN]]

    def _is_meant(self, verb: Verb, prefix: str, row: Row) -> bool:
        if verb.name in MEANT_FOR:
            return MEANT_FOR[verb.name](self.known, row)
        aim = AIMS.get(verb.name)
        if aim is None:
            return True
        own = not aim.actor or row[aim.actor] == self.known.viewer.account
        return prefix == aim.prefix and aim.meets(row) and own

    def _given(self, verb: Verb, record: str | None, random: Random) -> dict[str, Any]:
        seen = {name: row for name, row in self.known.rows.items() if name in self.known.seen}
        ids = by_prefix(seen)
        inputs = Inputs(random, self.known.viewer.permissions, ids, lambda _member, _named: "Because.", seen)
        given = inputs.of(verb)
        if record is None:
            return given
        target, _ = target_of(verb) or ("", "")
        fitting = FITTING.get(verb.name)
        chosen = fitting(Choice(self.known, self.known.rows[record], random)) if fitting else {}
        members = {name: value for name, value in chosen.items() if name in verb.given.fields}
        return given | members | {target: record}

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
            prefix = info.prefix
            records = [one for one in known.those(prefix) if (one in known.seen) == (number % 3 == 1)]
            return f'({argument}: "{random.choice(records or known.those(prefix))}")'
    return ""
