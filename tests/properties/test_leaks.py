"""No answer tells a back-office role who the customer is: no field, filter, sort, count, error, event, message or cursor.

Agents write their customers' names into every text that a verb takes; tests/properties/canaries/company.py makes and finds them.
"""

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import orjson
import pytest
from graphql import GraphQLInputObjectType, get_named_type

from models.back_office.handoffs.messages import Audience, HandoffMessage
from models.front_office import identities
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order
from models.kit.migrating import migrate
from models.permissions import ROLE_PERMISSIONS, Permission, Role
from resolvers.events.outbox import number_events
from resolvers.kit.commands import Viewer
from resolvers.reading.declare import registry
from schema.transport.engine import OperationRefused, OperationRequest
from schema.transport.execution import Engine as GraphQLEngine
from tests.conftest import Databases, Engine, only_tables
from tests.properties.adversarial.company import Company
from tests.properties.canaries.company import (
    BLIND,
    CUSTOMERS,
    MARKS,
    WORK,
    Story,
    contact,
    engine_with_authority,
    leaks_in,
    marks_of,
    spelled,
    squeezed,
)
from tests.properties.canaries.places import mask_everywhere_but, masking_places
from tests.properties.canaries.script import settle, tell
from tests.properties.verbs.acting import able
from tests.properties.verbs.choosing import Rows
from tests.properties.verbs.declared import VERBS, Verb, prefix_of
from tests.properties.verbs.inputs import Inputs
from tests.reading.documents import Maker, documents
from tests.reading.planning import CATALOG, body, opened, viewer_in
from tests.reading.pools import Document, Pools, choices, drawn
from tests.reading.reference import PLAIN_SCHEMA
from tests.storage.known_rows import all_rows, by_prefix, is_view

ROUNDS = 3
STORY: dict[tuple[Engine, int], Story] = {}
"""What happened, by the engine and the seed."""


async def told(url: str, engine: Engine, seed: int = 1, rounds: int = ROUNDS) -> None:
    """Fills a database with what happened, and remembers what did."""
    await migrate(url)
    STORY[engine, seed] = await tell(url, rounds, seed)


@asynccontextmanager
async def company_of(databases: Databases, engine: Engine) -> AsyncIterator[GraphQLEngine]:
    """The company, when everything has happened."""
    url = await databases.copy_of(engine, "secretive", partial(told, engine=engine), of_this_process=True)
    async with opened(url) as database:
        yield engine_with_authority(database)
    await databases.drop(url)


NAMES_CUSTOMERS = {name for name in Order._meta.db_fields if name.startswith(("ship_", "bill_"))} | {
    "customer_name",
    "asked_by",
}
"""What an order says of its customer."""


async def pools_of_the_blind() -> Pools:
    """What documents of the back office hold: the rows, but for who the customers are, so that nothing is merely echoed."""
    rows: Company = {
        info.model: list(await info.model.all().values()) for info in registry.nodes.values() if not is_view(info)
    }
    unknown = dict.fromkeys(contact(0)) | {"name": "Somebody", "search_text": ""}
    rows[Customer] = [row | unknown for row in rows[Customer]]
    rows[Order] = [row | {name: None for name in row if name in NAMES_CUSTOMERS} for row in rows[Order]]
    return Pools(rows, CATALOG, whole=True)


DUTIES = {Permission.READ_SHIP_TO: Role.LOGISTICS_CLERK, Permission.READ_INVOICE_ADDRESS: Role.ACCOUNTANT}
"""Who ships must know where to, and who writes invoices to whom: what needs one of these is told to that role alone."""

TELLING_VERBS = {"printLabel": "LabelPayload.label", "addressInvoice": "InvoiceAddressPayload.address"}
"""The only verbs that tell so, and where. All else is looked at with every permission that a role has."""


# --- What the back office asks ---


async def queried(graphql: GraphQLEngine, viewer: Viewer, pools: Pools, count: int) -> list[bytes]:
    """The answers to queries, most of which are permitted."""
    asked: list[Document] = []
    for careless, share in ((0, count), (3, count // 4), (100, count // 8)):
        asked += drawn(documents(pools, viewer.permissions, careless, 1), share)
    return [await body(graphql, viewer, document) for document in asked]


async def every_leaf(graphql: GraphQLEngine, viewer: Viewer) -> list[bytes]:
    """Every leaf that the viewer may read of every row that it sees: chance alone comes to the deep ones too seldom."""
    ids, found = by_prefix(await all_rows()), list[bytes]()
    for info in registry.nodes.values():
        leaves = " ".join(leaves_of(info.name, viewer)) if info.prefix else ""
        known = ids.get(info.prefix, []) if leaves else []
        for start in range(0, len(known), 50):
            query = f"query All($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {info.name} {{ {leaves} }} }} }}"
            found.append(await body(graphql, viewer, query, {"ids": known[start : start + 50]}))
    # A statement that the database cannot follow would hide all that its answer tells.
    assert not [answer for answer in found if b'"LIMIT_EXCEEDED"' in answer]
    return found


def leaves_of(name: str, viewer: Viewer) -> Iterator[str]:
    """What the viewer may read of a type: its leaves, and those of what has no id and is only read with it."""
    fields: dict[str, Any] = PLAIN_SCHEMA.type_map[name].fields  # type: ignore[attr-defined]
    for field, declared in fields.items():
        if not all(viewer.may(need) for need in CATALOG.fields[name, field].needs if isinstance(need, Permission)):
            continue
        of = get_named_type(declared.type)
        info = registry.nodes.get(of.name)
        inner = " ".join(leaves_of(of.name, viewer)) if info and not info.prefix else ""
        if inner:
            yield f"{field} {{ {inner} }}"
        elif not hasattr(of, "fields"):
            yield field


async def pushed(graphql: GraphQLEngine, viewer: Viewer, pools: Pools, count: int) -> list[bytes]:
    """The messages of every subscription, or its refusal."""
    root = PLAIN_SCHEMA.subscription_type
    assert root is not None
    while await number_events(graphql._database):
        pass
    found: list[bytes] = []
    for name, declared in root.fields.items():
        for random in drawn(choices(), count):
            maker = Maker(random, pools, viewer.permissions)
            update: Any = get_named_type(declared.type)
            document = maker.operation("subscription", f"{name} {{ cursor {maker.selection(update, 2)} }}")
            try:
                stream = graphql.subscribe(OperationRequest(document.text, None, document.variables), viewer)
                found += [message for _, message in await stream.fetch(0, 10**6, 400)]
            except OperationRefused as refusal:
                found.append(orjson.dumps(refusal.errors))
    return found


async def changed(graphql: GraphQLEngine, viewer: Viewer, pools: Pools, count: int) -> list[bytes]:
    """The payloads and errors of every verb, sent again and again with all that may be read of the payload."""
    rows = await all_rows()
    sent = [verb for verb in (*VERBS.values(), *able(viewer) * (count - 1)) if verb.name not in TELLING_VERBS]
    randoms = drawn(choices(), len(sent))
    made = [document_of(verb, viewer, pools, rows, random) for verb, random in zip(sent, randoms, strict=False)]
    return [await body(graphql, viewer, document) for document in made]


def document_of(verb: Verb, viewer: Viewer, pools: Pools, rows: Rows, random: Random) -> Document:
    """A verb with an input by chance and a selection that the viewer may read."""
    maker = Maker(random, pools, viewer.permissions)
    selection = maker.selection(verb.payload, 3)
    inputs = Inputs(random, viewer, rows, lambda _member, _named: random.choice(["Look at it.", "It's 5 %.", ""]))
    name = maker.value_of("input", f"{verb.given.name}!", inputs.of(verb))
    errors = "errors { __typename code message path ... on IllegalTransition { from nextStatuses } }"
    return maker.operation("mutation", f"{verb.name}(input: {name}) {{ {errors} {selection} }}")


async def everything(graphql: GraphQLEngine, viewer: Viewer, count: int) -> list[bytes]:
    """What one viewer is answered to so many queries, to all subscriptions, and to all verbs."""
    pools = await pools_of_the_blind()
    answers = await queried(graphql, viewer, pools, count)
    answers += await every_leaf(graphql, viewer)
    messages = await pushed(graphql, viewer, pools, max(2, count // 20))
    assert viewer.roles == {Role.ADMINISTRATOR} or any(b'{"data":' in one for one in messages), "Nothing was pushed."
    answers += messages
    answers += await changed(graphql, viewer, pools, max(1, count // 30))
    assert not [answer for answer in answers if b'"INTERNAL"' in answer]
    return answers


def told_by(answers: list[bytes], known: Collection[str] = ()) -> list[str]:
    """What answers say of customers in other texts than those that are known, with the answers."""
    return [f"{found} in {answer.decode()[:2000]}" for answer in answers if (found := leaks_in(answer, known))]


async def own_words(viewer: Viewer) -> set[str]:
    """What a viewer wrote for the front office alone: it is not masked, and the viewer reads what it knew before."""
    own = HandoffMessage.filter(author_id=viewer.account, audience=Audience.FRONT_OFFICE)
    return {message.text for message in await own}


# --- The tests ---


# The others' permissions are nearly all among these.
QUICK = [Role.LOGISTICS_CLERK, Role.ACCOUNTANT, Role.BACK_OFFICE_MANAGER]


@pytest.mark.parametrize("role", QUICK)
async def test_nothing_tells_a_back_office_role_who_the_customer_is(databases: Databases, role: Role) -> None:
    async with company_of(databases, "sqlite") as graphql:
        viewer = WORK[role] if role is Role.LOGISTICS_CLERK else viewer_in(role)
        leaks = told_by(await everything(graphql, viewer, 30), await own_words(viewer))
    assert not leaks, leaks[0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
async def test_nothing_tells_them_however_long_they_ask(databases: Databases, engine: Engine, seed: int) -> None:
    fill = partial(told, engine=engine, seed=seed, rounds=20)
    url = await databases.copy_of(engine, f"secretive_{seed}", fill, of_this_process=True)
    async with opened(url) as database:
        for role in BLIND:
            answers = await everything(engine_with_authority(database), WORK[role], 250)
            leaks = told_by(answers, await own_words(WORK[role]))
            assert not leaks, leaks[0]
    await databases.drop(url)
    never = never_done(STORY[engine, seed])
    assert not never, never


async def test_most_verbs_have_been_sent_with_customers_in_their_texts(databases: Databases) -> None:
    async with company_of(databases, "sqlite") as graphql:
        answers = await every_leaf(graphql, WORK[Role.BACK_OFFICE_MANAGER])
    never = never_done(STORY["sqlite", 1])
    assert len(never) < 0.2 * len(VERBS), never
    labels = {
        label
        for label in (b"[customer]", b"[e-mail]", b"[phone]", b"[street]", b"[place]", b"[web]")
        if any(label in a for a in answers)
    }
    assert len(labels) > 4, "Hardly anything was masked."


def never_done(story: Story) -> dict[str, Any]:
    """The verbs of agents that never succeeded, and why."""
    assert not story.faults, story.faults[0]
    agents = [viewer for role, viewer in WORK.items() if role not in BLIND]
    return {
        name: story.refused[name].most_common(2)
        for name, verb in VERBS.items()
        if not story.done[name] and any(verb.may(viewer) for viewer in agents)
    }


def test_only_who_ships_learns_where_to_and_only_who_invoices_to_whom() -> None:
    held = {duty: {role for role, held in ROLE_PERMISSIONS.items() if duty in held} for duty in DUTIES}
    assert {duty: {role} for duty, role in DUTIES.items()} == held
    told = {facts.coordinate for facts in CATALOG.fields.values() if facts.needs & DUTIES.keys()}
    verbs = {f"Mutation.{verb}" for verb in TELLING_VERBS}
    addresses = {facts.type_name for facts in CATALOG.fields.values() if facts.coordinate in TELLING_VERBS.values()}
    ways = {one for one in told if one.partition(".")[0] not in addresses}
    assert ways == verbs | set(TELLING_VERBS.values())
    assert {facts.coordinate for facts in CATALOG.fields.values() if facts.type_name in addresses} <= ways


def test_it_is_known_where_every_id_of_an_input_leads() -> None:
    pending = [verb.given for verb in VERBS.values()]
    while pending:
        given = pending.pop()
        for name, declared in given.fields.items():
            named = get_named_type(declared.type)
            if isinstance(named, GraphQLInputObjectType):
                pending.append(named)
            else:
                assert named.name != "ID" or prefix_of(given.name, name), f"{given.name}.{name}"


# --- The test sees what it is there to see ---


def test_customers_are_found_however_they_are_spelled() -> None:
    random = Random(5)
    for customer in CUSTOMERS.values():
        for _ in range(60):
            said = spelled(customer, random)
            found = leaks_in(orjson.dumps({"data": [{"x": f"about {said}, or"}]}))
            assert any(customer["number"] in one for one in found), said
        cursor = orjson.dumps(["name", customer["name"]]).hex()
        assert leaks_in(orjson.dumps({"endCursor": cursor}))
    assert len({mark for row in CUSTOMERS.values() for mark in marks_of(row)}) == len(MARKS)
    assert squeezed("Zy\u00adBRÁX 1") == "zybrax1"


PLACES = {place.name: place for place in masking_places()}

UNNOTICED = {
    "front_office.service.cases.gathering.open_case": "attaching a complaint masks it again; the back office sees no other",
    "front_office.service.cases.gathering.pass_down": "the case's reasons are masked for its complaints already",
    "both_offices.rules.applying._title": "half a name in a rule is a leak in the rule; tests/both_offices/rules looks at it",
}
"""The places that nobody needs as long as all the others mask, and why."""


async def leaks_without(databases: Databases, monkeypatch: pytest.MonkeyPatch, place: str) -> bool:
    """Whether a leak is found when one place does not mask."""
    monkeypatch.setattr(identities, "mask", mask_everywhere_but(PLACES[place]))
    url = await databases.copy_of("sqlite", "tables", only_tables)
    async with opened(url) as database:
        graphql = (await settle(database)).graphql
        asking = [WORK[role] for role in (Role.BACK_OFFICE_MANAGER, Role.LOGISTICS_CLERK)]
        found = [told_by(await every_leaf(graphql, viewer)) for viewer in asking]
    await databases.drop(url)
    return any(found)


async def test_a_verb_that_does_not_mask_is_noticed(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    assert UNNOTICED.keys() < PLACES.keys()
    place = "front_office.service.complaints.receiving.receive_complaint"
    assert await leaks_without(databases, monkeypatch, place)


@pytest.mark.slow
@pytest.mark.parametrize("place", [place for place in PLACES if place not in UNNOTICED])
async def test_each_place_that_does_not_mask_is_noticed(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    assert await leaks_without(databases, monkeypatch, place), "Have tests/properties/canaries/script.py write to it."


async def test_a_field_that_needs_too_little_is_noticed(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name = "Complaint", "description"
    facts = CATALOG.fields[owner, name]
    monkeypatch.setitem(CATALOG.fields, (owner, name), replace(facts, needs=frozenset({Permission.READ_COMPLAINTS})))
    async with company_of(databases, "sqlite") as graphql:
        viewer = WORK[Role.BACK_OFFICE_MANAGER]
        assert told_by(await every_leaf(graphql, viewer))
