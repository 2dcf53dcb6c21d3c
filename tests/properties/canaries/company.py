"""A company whose customers have names like nobody else's, and whose agents write them into every text there is.

What is then found of a customer in an answer to the back office has leaked: no other word looks like it.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from random import Random
from typing import Any
from uuid import UUID

import orjson

from models.back_office.products.catalogue import Product, ProductCategory
from models.back_office.purchasing import Supplier
from models.both_offices.accounts import Account
from models.front_office.customers import Customer
from models.front_office.sales.orders import DiscountState, Order, OrderLine
from models.kit.database import Database
from models.permissions import Department, Permission, Role
from resolvers.both_offices.accounts.authority import Authority
from resolvers.kit.commands import Viewer
from schema.transport.execution import Engine
from tests.properties.adversarial.company import company
from tests.properties.adversarial.making import Row
from tests.properties.verbs.acting import SETTINGS, Acting
from tests.properties.verbs.declared import VERBS, Verb
from tests.properties.verbs.inputs import AIMS, OFTEN, Inputs
from tests.reading.planning import CATALOG, viewer_in
from tests.storage.known_rows import KnownRows

# --- The customers ----------------------------------------------------------------------------------------------------

HEADS = ("Zybrax", "Quendr", "Vormqu", "Jexolt", "Wyrmqa", "Phlogx", "Kruzwy", "Ghxand")
TAILS = ("oline", "üthar", "emböck", "ipoux", "ándriq", "ovelz", "urmagh", "yxtane")


def name_of(person: int, number: int) -> str:
    """One of a customer's rare words: another for each person and number."""
    return HEADS[person % 8] + TAILS[(person + number) % 8] + ("", "zk", "wq")[number // 8 % 3]


def contact(n: int) -> Row:
    """Who a customer is, in words that nobody else has."""
    first, last = name_of(n, 0), name_of(n, 1)
    plain = unicodedata.normalize("NFKD", f"{first}.{last}").encode("ascii", "ignore").decode().lower()
    return {
        "name": f"{name_of(n, 2)} {name_of(n, 3)}",
        "contact_name": f"{first} {last}",
        "email": f"{plain}@{HEADS[n % 8].lower()}post{n}{n}.example",
        "phone": f"+49 871{n} 55{n}3 7{n}4{n}",
        "street": f"{name_of(n, 4)}gasse 1{n}",
        "city": f"{name_of(n, 5)}stadt",
    }


@cache
def squeezed(text: str) -> str:
    """A text's letters and digits alone, without case and accents."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(character for character in decomposed if character.isalnum())


def marks_of(customer: Row) -> set[str]:
    """What gives the customer away, squeezed."""
    words = f"{customer['name']} {customer['contact_name']} {customer['street']} {customer['city']}".split()
    digits = re.sub(r"\D", "", customer["phone"])
    domain = customer["email"].partition("@")[2]
    marks = {squeezed(word) for word in words} | {squeezed(customer["email"]), squeezed(domain), digits[-8:]}
    return {mark for mark in marks if len(mark) >= 8}


def spelled(customer: Row, random: Random, *, in_full: bool = False) -> str:
    """Something that says who the customer is, in one of the ways that people write; `in_full` nothing that is half a name."""
    name, who, phone = customer["name"], customer["contact_name"], customer["phone"]
    digits = re.sub(r"\D", "", phone)
    street, number = customer["street"].split()
    domain = customer["email"].partition("@")[2]
    halves = (
        f"{who.split()[1]}s",
        who.split()[0].upper(),
        name.split()[0].lower(),
        f"{name[:4]}-{name[4:].split()[0]}",
        street,
        f"{street} Nr. {number}a",
        customer["city"],
        f"in {customer['city'].upper()}",
        domain,
        f"https://www.{domain}/shop",
        ",".join(re.findall("..?", digits)),
    )
    ways = (
        name,
        name.upper(),
        unicodedata.normalize("NFD", name),
        "\u00ad".join(name),
        who,
        who.lower(),
        "\u200b".join(who),
        customer["email"],
        customer["email"].upper(),
        customer["email"].replace("@", " (at) ").replace(".", " dot "),
        phone,
        digits,
        " ".join(digits),
        "0" + "-".join(re.findall("..?", digits[2:])),
        customer["street"],
        customer["street"].lower(),
    )
    return random.choice(ways if in_full else ways + halves)


def said_of(customer: Row, random: Random, *, in_full: bool = False) -> str:
    """What somebody writes who says who the customer is, once or twice."""
    parts = [spelled(customer, random, in_full=in_full) for _ in range(random.choice([1, 1, 2]))]
    return f"Ask {parts[0]} about it{', or ' + parts[1] if parts[1:] else ''}."[:200]


def billed(customer: Row) -> Row:
    """Who an order says that it was sold to."""
    told = {"customer_name": customer["name"], "asked_by": customer["contact_name"]}
    return told | {"bill_street": customer["street"], "bill_city": customer["city"]}


def base() -> dict[Any, list[Row]]:
    """Staff, customers, products and orders."""
    rows = company()
    customers = [row | contact(n) for n, row in enumerate(rows[Customer])]
    by_key = {row["id"]: row for row in customers}
    orders: list[Row] = []
    for row in rows[Order]:
        whose = by_key[row["customer_id"]]
        orders.append(
            row
            | BEFORE_ANYTHING_HAPPENED
            | {"ship_name": whose["name"], "ship_street": whose["street"], "ship_city": whose["city"]}
            | billed(whose)
        )
    accounts = [row | {"name": f"Colleague {n}", "enabled": True} for n, row in enumerate(rows[Account])]
    return {
        Account: accounts,
        Customer: customers,
        ProductCategory: rows[ProductCategory],
        Supplier: rows[Supplier],
        Product: [row | {"units_in_stock": 0} for row in rows[Product]],
        Order: orders,
        OrderLine: [row | NOTHING_SENT for row in rows[OrderLine]],
    }


BEFORE_ANYTHING_HAPPENED: Row = {
    "complaint_id": None,
    "replaces_id": None,
    "paid_minor": 0,
    "refunded_minor": 0,
    "discount_basis_points": 0,
    "discount_state": DiscountState.WITHIN_LIMIT,
    "discount_asked_by_id": None,
    "discount_decided_by_id": None,
}
NOTHING_SENT: Row = dict.fromkeys(
    (*(f"{what}_quantity" for what in ("allocated", "shipped", "returned", "refunded")), "refunded_minor"), 0
)


CUSTOMERS: dict[UUID, Row] = {row["id"]: row for row in base()[Customer]}
MARKS: dict[str, str] = {mark: row["number"] for row in CUSTOMERS.values() for mark in marks_of(row)}
"""Everything that gives some customer away."""

BLIND = tuple(role for role in Role if Permission.READ_CUSTOMER_CONTACT not in viewer_in(role).permissions)
"""The roles that must not learn who a customer is."""

WORK: dict[Role, Viewer] = {role: viewer_in(role, frozenset(Department)) for role in Role}
"""Somebody of each role who does every department's work."""

IN_BOTH = replace(
    WORK[Role.SERVICE_AGENT], roles=frozenset({Role.SERVICE_AGENT, Role.BACK_OFFICE_MANAGER, Role.LOGISTICS_CLERK})
)
"""Somebody who knows the customers and does the back office's work too; what they write there is masked all the same."""

BY_ACCOUNT = {viewer.account: viewer for viewer in (*WORK.values(), IN_BOTH)}


STILL = frozenset({"acc", "cus"})
"""The prefixes of what no verb of a story changes."""

# --- What happens ---

FRESH_FOR = 4
"""After how many verbs that succeeded it is looked again at what there is; meanwhile, things have moved on."""


def engine_with_authority(database: Database) -> Engine:
    """An engine that can sign the links by which customers rate us."""
    return Engine(CATALOG, database, Authority(SETTINGS))


@dataclass
class Story(Acting):
    """What agents and departments did by chance."""

    random: Random = field(default_factory=Random)
    _since: int = 0
    _rows: dict[str, Row] = field(default_factory=dict[str, Row])
    _known: KnownRows = field(default_factory=lambda: KnownRows(STILL))
    _about: "About" = field(default_factory=lambda: About())

    async def go_on(self, rounds: int) -> None:
        """Tries every verb so many times."""
        for _ in range(rounds):
            verbs = [*VERBS.values(), *(VERBS[name] for name in OFTEN)]
            self.random.shuffle(verbs)
            for verb in verbs:
                await self.happen(verb)

    async def happen(self, verb: Verb, tries: int = 4, fresh_for: int = FRESH_FOR) -> None:
        """Tries a verb until it succeeds, a few times, at last with any record."""
        staff = [viewer for viewer in (*WORK.values(), *[IN_BOTH] * 3) if verb.may(viewer)]
        if not self._rows:
            self._rows = await self._known.read() | self.tokens
            self._about.learn(self._rows, self._known.changed | self.tokens.keys())
        fitting = Inputs(self.random, IN_BOTH, self._rows).fitting(verb)
        for attempt in range(tries if staff else 0):
            viewer = self.random.choice(staff)
            record = self.random.choice(fitting) if fitting and attempt < tries - 1 else None
            if record and (actor := AIMS[verb.name].actor):
                viewer = BY_ACCOUNT.get(self._rows[record][actor]) or viewer
            text = partial(self.text, viewer, self._about.customers)
            if not await self.act(verb, Inputs(self.random, viewer, self._rows, text), record):
                self._since += 1
                if self._since >= fresh_for:
                    self._rows, self._since = {}, 0
                return

    def text(self, viewer: Viewer, known: Mapping[str, set[UUID]], _member: str, named: Sequence[str]) -> str:
        """What somebody writes: an agent says who the customer is, the back office only by what it has read in full elsewhere."""
        about = sorted(set[UUID]().union(*(known.get(one, set()) for one in named)))
        customers_words = any("." in one for one in named)
        knows = customers_words or viewer.may(Permission.READ_CUSTOMER_CONTACT)
        if not about or not (knows or self.random.random() < 0.5):
            return self.random.choice(["Two crates of six are missing.", 'It is cracked, 😀 "really".', "See there."])
        return said_of(CUSTOMERS[self.random.choice(about)], self.random, in_full=not knows)


@dataclass
class About:
    """Which customers each record is about, by the record's global id; it goes on from what it knew."""

    customers: dict[str, set[UUID]] = field(default_factory=dict[str, set[UUID]])
    _names: dict[UUID, str] = field(default_factory=dict[UUID, str])

    def learn(self, rows: dict[str, Row], changed: Collection[str]) -> None:
        """Takes note of all rows, of which these are new, other or gone."""
        before = {name: self.customers.pop(name, set[UUID]()) for name in changed}
        self._find(rows, [name for name in changed if name in rows])
        if any(about and about != self.customers.get(name) for name, about in before.items()):
            # What leads to it is about others too, now; that hardly ever happens.
            self.customers.clear()
            self._find(rows, rows)

    def _find(self, rows: dict[str, Row], among: Collection[str]) -> None:
        for name in among:
            if (key := rows[name]["id"]) and not name.startswith("acc_"):
                self._names[key] = name
                if key in CUSTOMERS:
                    self.customers[name] = {key}
        # What leads to a record is about its customers too, over several steps.
        for _ in range(3):
            for name in among:
                for column, value in rows[name].items():
                    if column.endswith("_id") and (about := self.customers.get(self._names.get(value, ""))):
                        self.customers.setdefault(name, set()).update(about)


# --- What is looked for ---


def leaks_in(answer: bytes, known: Collection[str] = ()) -> set[str]:
    """What an answer says of some customer, in its texts but the known ones, and behind its cursors."""
    found: set[str] = set()
    pending: list[Any] = [orjson.loads(answer)]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list):
            pending += value
        elif isinstance(value, str) and value not in known:
            found |= _marks_in(value)
    return found


@cache
def _marks_in(text: str) -> frozenset[str]:
    plain = squeezed(text)
    if re.fullmatch(r"(?:[0-9a-f]{2}){8,}", text):
        plain += squeezed(bytes.fromhex(text).decode(errors="ignore"))
    return frozenset(f"{mark} of {MARKS[mark]}" for mark in MARKS if mark in plain)
