"""Work on complaints and work on parcels or invoices cannot be joined: nobody learns from all that they read who complains.

Whoever ships and whoever invoices reads everything again and again while a company goes on: every field and relation of every
row, histories, pushes, and every label and invoice that they are told. What they read is put together by what is telling: a
text, a number in it, a moment, an amount, or what goods and how many, that belongs to one customer alone. No complaint may hang
together with a name so. Not telling, and so not looked at, are a day, and a product or a batch that several customers got.
"""

import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product as pairs_of
from typing import Any
from uuid import UUID

import orjson
import pytest
from graphql import GraphQLEnumType, get_named_type

from models.front_office import identities
from models.front_office.sales.orders import OrderLine
from models.front_office.service.complaints import Complaint
from models.kit.base import all_rows as every_row
from models.kit.base import as_of, now
from models.permissions import ROLE_PERMISSIONS, Permission, Role
from resolvers.events.outbox import number_events
from resolvers.front_office.after_sales.returns import redress
from resolvers.kit.commands import Viewer
from resolvers.reading.declare import registry
from schema.transport.engine import OperationRefused, OperationRequest
from tests.conftest import Databases, Engine, only_tables
from tests.properties.canaries.company import BLIND, CUSTOMERS, WORK, About, Story, marks_of, squeezed
from tests.properties.canaries.script import GOODS, settle
from tests.properties.verbs.declared import VERBS
from tests.reading.documents import documents
from tests.reading.planning import CATALOG, body, data, opened
from tests.reading.pools import Pools, batched, drawn, every_subscription, readable_fields
from tests.reading.reference import PLAIN_SCHEMA
from tests.storage.known_rows import all_rows

AGENT, SALES, CLERK, ACCOUNTANT = (
    WORK[role] for role in (Role.SERVICE_AGENT, Role.SALES_REPRESENTATIVE, Role.LOGISTICS_CLERK, Role.ACCOUNTANT)
)
TOLD_NAMES = {Role.LOGISTICS_CLERK: CLERK, Role.ACCOUNTANT: ACCOUNTANT}


# --- The company goes on ----------------------------------------------------------------------------------------------


@dataclass
class Company:
    """Customers order, complain before or after their parcel leaves, and are given something back."""

    story: Story
    orders: dict[UUID, str] = field(default_factory=dict[UUID, str])
    shipments: dict[UUID, str] = field(default_factory=dict[UUID, str])
    numbers: dict[str, str] = field(default_factory=dict[str, str])
    """Of orders, parcels and complaints, by their ids: who writes about one names it by its number."""

    async def do(self, viewer: Viewer, verb: str, shows: str = "", **given: Any) -> dict[str, Any]:
        """Sends a verb, which must succeed."""
        answer = await data(
            self.story.graphql,
            viewer,
            VERBS[verb].document(f"errors {{ code message path }} {shows}"),
            {"input": given},
        )
        assert answer[verb]["errors"] == [], (verb, answer[verb]["errors"])
        return answer[verb]

    async def chapters(self) -> AsyncIterator[None]:
        """What happens, with a break wherever somebody may look."""
        some = list(CUSTOMERS)[:6]
        for n, customer in enumerate(some, start=1):
            await self.order(customer, n)
        # Of these, two departments work on a complaint before the parcel leaves.
        early, late = some[:2], some[2:]
        for customer in early:
            await self.complain(customer, claims=True)
        await self.complain(late[0], claims=False)
        yield
        for customer in some:
            await self.ship(customer)
        yield
        for customer in some:
            money = {"amount": "50.00", "currency": "EUR", "method": "CASH"}
            await self.do(ACCOUNTANT, "recordPayment", order=self.orders[customer], **money)
        for n, customer in enumerate(late):
            complaint = await self.complain(customer, claims=True)
            granted = (
                {"redress": "REFUND", "amount": f"{n + 1}.37", "currency": "EUR"}
                if n % 2
                else {"redress": "REPLACEMENT"}
            )
            texts = {"answer": "Sorry, that was ours to get right.", "reasons": f"It broke in {n + 2} places at least."}
            answer = {"complaint": complaint, "outcome": "UPHELD", **texts, **granted}
            await self.do(WORK[Role.FRONT_OFFICE_MANAGER], "answerComplaint", **answer)
            [line, *_] = await self.lines(customer)
            wanted = {"order": self.orders[customer], "complaint": complaint, "reason": "DAMAGED"}
            wanted["reasonText"] = f"As {self.numbers[complaint]} says."
            await self.do(AGENT, "requestReturn", lines=[{"orderLine": line, "quantity": 1}], **wanted)
        yield

    async def order(self, customer: UUID, quantity: int) -> None:
        """A customer orders so many pieces of one thing and the rest of 20 of another; they are taken from the shelves."""
        quantities = zip(GOODS, (quantity, 20 - quantity), strict=False)
        lines = [{"product": f"prd_{product}", "quantity": pieces} for product, pieces in quantities]
        given = {"customer": f"cus_{customer}", "lines": lines, "place": True}
        placed = (await self.do(SALES, "draftOrder", "order { id number }", **given))["order"]
        self.orders[customer] = placed["id"]
        self.numbers[placed["id"]] = placed["number"]
        made = await self.do(CLERK, "createShipment", "shipment { id }", order=self.orders[customer])
        self.shipments[customer] = made["shipment"]["id"]
        await self.do(CLERK, "pickShipment", shipment=self.shipments[customer])

    async def ship(self, customer: UUID) -> None:
        """The parcel of a customer leaves and arrives."""
        await self.do(CLERK, "packShipment", shipment=self.shipments[customer])
        self.numbers[self.shipments[customer]] = f"TRACK{customer}"
        carrier = {"carrier": "Speedy", "trackingNumber": self.numbers[self.shipments[customer]]}
        await self.do(CLERK, "shipShipment", shipment=self.shipments[customer], **carrier)
        await self.do(CLERK, "deliverShipment", shipment=self.shipments[customer])

    async def lines(self, customer: UUID) -> list[str]:
        """The lines of a customer's order."""
        query = "query ($id: ID!) { frontOffice { order(id: $id) { lines { id } } } }"
        found = await data(self.story.graphql, AGENT, query, {"id": self.orders[customer]})
        return [line["id"] for line in found["frontOffice"]["order"]["lines"]]

    async def complain(self, customer: UUID, *, claims: bool) -> str:
        """A complaint about a customer's order, given to the departments of who ships and who invoices."""
        [line, *_] = await self.lines(customer)
        said = {
            "channel": "PHONE",
            "category": "DELIVERY",
            "severity": "LOW",
            "subject": f"{self.numbers[self.orders[customer]]} came broken",
            "description": f"{self.orders[customer]} came broken by {self.numbers.get(self.shipments[customer], 'nobody')}.",
        }
        made = await self.do(
            AGENT, "receiveComplaint", "complaint { id number }", customer=f"cus_{customer}", orderLine=line, **said
        )
        complaint = made["complaint"]["id"]
        self.numbers[complaint] = made["complaint"]["number"]
        for department, worker in (("LOGISTICS", CLERK), ("FINANCE", ACCOUNTANT)):
            given = {"complaint": complaint, "department": department}
            handoff = (await self.do(AGENT, "handOffComplaint", "handoff { id }", **given))["handoff"]["id"]
            if claims:
                await self.do(worker, "claimHandoff", handoff=handoff)
                await self.do(worker, "answerHandoff", handoff=handoff, answer="It fell.")
                await self.do(AGENT, "acceptAnswer", handoff=handoff)
        return complaint


# --- All that somebody reads ------------------------------------------------------------------------------------------


async def told_names(company: Company, viewer: Viewer) -> list[Any]:
    """Every label or invoice that somebody is told now."""
    asked = {
        Role.LOGISTICS_CLERK: (
            "printLabel",
            "shipment",
            company.shipments,
            "label { __typename number name street } shipment",
        ),
        Role.ACCOUNTANT: ("addressInvoice", "order", company.orders, "address { __typename name street } order"),
    }
    verb, member, records, shown = asked[next(iter(viewer.roles))]
    document = VERBS[verb].document(f"{shown} {{ __typename id number }} errors {{ code }}")
    answers = [
        await data(company.story.graphql, viewer, document, {"input": {member: one}}) for one in records.values()
    ]
    # The address is the record's own.
    return [(answer[verb][member] or {}) | {"told": answer[verb]} for answer in answers]


_GOODS = "lines { __typename quantity product { __typename id } }"
GOODS_OF = {
    "cmp": f"... on Complaint {{ __typename id number order {{ __typename {_GOODS} progress {{ __typename since }} }} }}",
    "ord": f"... on Order {{ __typename id number {_GOODS} }}",
}
"""What goods an order is of, where complaints show it and where it is."""


DEEP = frozenset({("Improvement", "recurrence"), *((name, "nextStatuses") for name in registry.nodes)})
"""What says nothing of one customer, and nests too deeply for SQLite beside others."""


async def pools_now(left_out: frozenset[tuple[str, str]] = frozenset()) -> Pools:
    """What documents are made of: all rows of the open database."""
    rows: dict[type[Any], list[Any]] = {info.model: [] for info in registry.nodes.values()}
    by_prefix = {info.prefix: info.model for info in registry.nodes.values() if info.prefix}
    for name, row in (await all_rows()).items():
        rows[by_prefix[name.partition("_")[0]]].append(row)
    return Pools(rows, CATALOG, whole=True, left_out=left_out)


async def read_all(company: Company, viewer: Viewer) -> list[Any]:
    """Everything that somebody reads at one time: all rows with what they lead to, and all pushes."""
    graphql, pools, answers = company.story.graphql, await pools_now(DEEP), list[Any]()
    for info in pools.nodes():
        fields = readable_fields(pools, info.name, viewer.permissions, with_others=True)
        for some, ids in pairs_of(batched(list(fields), 4), [*batched(pools.ids(info), 30)]):
            shown = f"... on {info.name} {{ __typename id {' '.join(some)} }}"
            query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {shown} }} }}"
            answers.append(orjson.loads(await body(graphql, viewer, query, {"ids": list(ids)})))
    for prefix, shown in GOODS_OF.items():
        ids = [name for name in await all_rows() if name.startswith(prefix)]
        answers.append(
            await data(graphql, viewer, f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {shown} }} }}", {"ids": ids})
        )
    assert not [answer for answer in answers if "errors" in answer]
    while await number_events(graphql._database):
        pass
    for name, update in every_subscription().items():
        shown = " ".join(readable_fields(pools, update, viewer.permissions, with_others=True))
        try:
            stream = graphql.subscribe(OperationRequest(f"subscription {{ {name} {{ {shown} }} }}", None, {}), viewer)
            answers += [orjson.loads(message) for _, message in await stream.fetch(0, 10**6, 1000)]
        except OperationRefused:
            continue
    return answers


# --- What hangs together ----------------------------------------------------------------------------------------------

Found = tuple[str, tuple[str, ...]]


@dataclass
class Thing:
    """An object of an answer: what it says, whose it is, and what it leads to; `part` of what it hangs on if it has no id."""

    part: bool
    says: set[str]
    whose: frozenset[UUID]
    within: "list[Thing]"


def things_in(value: Any, whose: frozenset[UUID], about: About) -> Iterator[Thing]:
    """The objects of an answer, each with those inside."""
    if isinstance(value, list):
        for one in value:
            yield from things_in(one, whose, about)
    elif isinstance(value, dict):
        own = frozenset(about.customers.get(str(value.get("id")), whose))
        within = [thing for inner in value.values() for thing in things_in(inner, own, about)]
        yield Thing("id" not in value, set(said_by(value)), own, within)


def said_by(value: dict[str, Any]) -> Iterator[str]:
    """What an object says that could be telling: texts but for enumerations and days, amounts, and goods with their numbers."""
    fields: dict[str, Any] = getattr(PLAIN_SCHEMA.type_map.get(value.get("__typename", "")), "fields", {})
    for name, one in value.items():
        declared = fields.get(name)
        if isinstance(one, str) and declared and name != "__typename":
            named = get_named_type(declared.type)
            if not isinstance(named, GraphQLEnumType) and named.name != "Date":
                yield one
            if named.name == "String":
                yield from (word for word in re.findall(r"[\w-]+", one) if re.search(r"\d{4}", word))
        if isinstance(one, dict) and one.keys() >= {"amount", "currency"}:
            yield f"{one['amount']} {one['currency']}"
        if isinstance(one, list) and one and isinstance(one[0], dict) and "quantity" in one[0]:
            goods = sorted(str((line.get("product", {}) or {}).get("id")) + f" x {line['quantity']}" for line in one)
            yield " + ".join(goods)


class Together:
    """What hangs together, by what is telling."""

    def __init__(self, answers: list[Any], about: About) -> None:
        self._leads: dict[str, str] = {}
        things = list(things_in(answers, frozenset(), about))
        owners = defaultdict[str, set[UUID]](set)
        for thing in all_of(things):
            for said in thing.says:
                owners[said] |= thing.whose
        self.telling = {said for said, whose in owners.items() if len(whose) == 1}
        for thing in things:
            self._tie(thing, None)

    def _tie(self, thing: Thing, outside: str | None) -> None:
        telling = sorted(thing.says & self.telling)
        for said in telling:
            self._join(said, telling[0])
        if telling and outside is not None:
            self._join(telling[0], outside)
        for inner in thing.within:
            self._tie(inner, telling[0] if telling else outside if thing.part else None)

    def _join(self, one: str, other: str) -> None:
        self._leads[self.top(one)] = self.top(other)

    def top(self, said: str) -> str:
        """What stands for all that hangs together with something."""
        while (up := self._leads.get(said, said)) != said:
            said = up
        return said

    def names_of_complaints(self) -> set[tuple[str, str]]:
        """The pairs of a complaint and a name that follow."""
        marks = {mark for row in CUSTOMERS.values() for mark in marks_of(row)}
        complaints, names = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for said in self.telling:
            if said.startswith("cmp_"):
                complaints[self.top(said)].append(said)
            if any(mark in squeezed(said) for mark in marks):
                names[self.top(said)].append(said)
        return {pair for top in complaints.keys() & names.keys() for pair in pairs_of(complaints[top], names[top])}


def all_of(things: list[Thing]) -> Iterator[Thing]:
    """Things, and those inside them."""
    for thing in things:
        yield thing
        yield from all_of(thing.within)


async def joined_by(databases: Databases, engine: Engine, viewer: Viewer) -> tuple[set[tuple[str, str]], Counter[str]]:
    """Which complaints somebody can put a name to, and how often each type of object was read."""
    url = await databases.copy_of(engine, "tables", only_tables)
    answers: list[Any] = []
    async with opened(url) as database:
        company = Company(await settle(database))
        async for _ in company.chapters():
            answers += await read_all(company, viewer) + await told_names(company, viewer)
        about, rows = About(), await all_rows()
        about.learn(rows, rows.keys())
    await databases.drop(url)
    seen = Counter[str]()
    pending: list[Any] = [answers]
    while pending:
        value = pending.pop()
        pending += value if isinstance(value, list) else value.values() if isinstance(value, dict) else []
        if isinstance(value, dict) and "__typename" in value:
            seen[value["__typename"]] += 1
    return Together(answers, about).names_of_complaints(), seen


@pytest.mark.parametrize("viewer", TOLD_NAMES.values(), ids=lambda viewer: viewer.name)
async def test_nobody_can_put_a_name_to_a_complaint(databases: Databases, engine: Engine, viewer: Viewer) -> None:
    found, seen = await joined_by(databases, engine, viewer)
    assert not found
    told = "ShipmentLabel" if viewer is CLERK else "InvoiceAddress"
    assert min(seen[name] for name in ("Complaint", "Handoff", "Order", "Shipment", told)) > 3
    assert not seen["ComplaintOrder"]


# --- Two customers are exchanged --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "role",
    [
        pytest.param(role, marks=[] if role in (Role.LOGISTICS_CLERK, Role.BACK_OFFICE_MANAGER) else pytest.mark.slow)
        for role in BLIND
        if role is not Role.ADMINISTRATOR
    ],
)
async def test_whose_complaint_it_is_changes_no_answer(databases: Databases, engine: Engine, role: Role) -> None:
    viewer = WORK[role]
    url = await databases.copy_of(engine, "tables", only_tables)
    async with opened(url) as database:
        company = Company(await settle(database))
        one, other, *_ = CUSTOMERS
        for customer in (one, other):
            await company.order(customer, 7)
            await company.ship(customer)
        key = UUID((await company.complain(one, claims=True)).removeprefix("cmp_"))
        with as_of(now()):
            asked = drawn(documents(await pools_now(), viewer.permissions), 60)
            whose = f'{{ frontOffice {{ complaint(id: "cmp_{key}") {{ customer {{ id }} order {{ number }} }} }} }}'

            async def answers() -> tuple[list[Any], list[bytes], Any]:
                by_chance = [await body(company.story.graphql, viewer, document) for document in asked]
                return await read_all(company, viewer), by_chance, await data(company.story.graphql, AGENT, whose)

            *here, told_here = await answers()
            line = await OrderLine.get(id=(await company.lines(other))[0].removeprefix("oli_"))
            exchanged = {"customer_id": other, "order_id": line.order_id, "order_line_id": line.id}
            assert await Complaint.filter(id=key).update(**exchanged) == 1
            *there, told_there = await answers()
    await databases.drop(url)
    assert here == there
    assert told_here != told_there, "The front office knows one from the other."


# --- The test sees what it is there to see ---


def with_a_way_to_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Complaints lead to their orders."""
    for role, held in list(ROLE_PERMISSIONS.items()):
        monkeypatch.setitem(ROLE_PERMISSIONS, role, held | {Permission.READ_CUSTOMERS})


def with_orders_seen_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was told where an order went sees what goods a complaint about it names."""
    for name in ("ComplaintOrder", "ComplaintOrderLine", "ComplaintOrderProgress"):
        monkeypatch.setattr(registry.nodes[name], "rows", every_row)


def with_numbers_in_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Agents name orders by their numbers, and nobody masks them."""
    monkeypatch.setattr(identities, "LEADS_TO_NAMES", frozenset())


def with_exact_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refund is made at the very moment at which its complaint is answered."""
    kept = redress._put_right

    async def exact(viewer: Viewer, complaint: Any, answer: Any, order: Any, _day: Any, member: str) -> None:
        await kept(viewer, complaint, answer, order, answer.sent_at, member)

    monkeypatch.setattr(redress, "_put_right", exact)


@pytest.mark.parametrize(
    ("weaken", "role"),
    [
        (with_a_way_to_orders, Role.LOGISTICS_CLERK),
        (with_orders_seen_afterwards, Role.LOGISTICS_CLERK),
        (with_orders_seen_afterwards, Role.ACCOUNTANT),
        (with_exact_moments, Role.ACCOUNTANT),
        (with_numbers_in_texts, Role.LOGISTICS_CLERK),
    ],
)
async def test_a_join_is_noticed(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, weaken: Callable[[pytest.MonkeyPatch], None], role: Role
) -> None:
    weaken(monkeypatch)
    found, _ = await joined_by(databases, "sqlite", replace(TOLD_NAMES[role]))
    assert found
