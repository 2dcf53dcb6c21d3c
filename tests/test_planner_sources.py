"""What the planner reads beside columns: the viewer's own, the present, computed values, links, views, payload lists, pushes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson
import pytest
from tortoise.connection import get_connection

from models import base
from models.back_office.accounts import Account
from models.back_office.handoffs import Handoff, HandoffStatus
from models.bookkeeping import IdempotencyKey
from models.database import Database
from models.events import EventKind
from models.front_office.complaints import Category, Complaint, ComplaintStatus, Severity
from models.front_office.customers import Channel, Customer
from models.notifications import Notification, NotificationKind, visible_notifications
from models.permissions import Department, Role
from resolvers.access import access
from resolvers.back_office.accounts import Authority, SecuritySettings
from resolvers.events import Dispatcher, record
from resolvers.notifications import notify
from resolvers.reading.declare import Door
from resolvers.transaction import transact
from resolvers.viewer import Viewer
from schema.changes import verb
from schema.serving.engine import OperationRefused, OperationRequest
from schema.serving.execution import Engine
from tests.planner_house import Row, build_house, due_work, make_tables

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
_built = cache(build_house)


@dataclass
class House:
    """The small schema on a database, and two people of equal rights."""

    database: Database
    engine: Engine
    ada: Viewer
    bob: Viewer

    async def ask(self, viewer: Viewer | None, document: str, variables: dict[str, Any] | None = None) -> Any:
        """The whole answer."""
        return orjson.loads((await self.engine.execute(OperationRequest(document, None, variables), viewer, "")).body)

    async def data(self, viewer: Viewer | None, document: str, variables: dict[str, Any] | None = None) -> Any:
        """The data of an answer without errors, which took one statement."""
        before = self.database.statements_read
        answer = await self.ask(viewer, document, variables)
        assert "errors" not in answer, answer["errors"]
        assert self.database.statements_read - before <= 1
        return answer["data"]

    async def code(self, viewer: Viewer | None, document: str) -> str:
        """The code of the only error."""
        [error] = (await self.ask(viewer, document))["errors"]
        return error["extensions"]["code"]


async def _hired(name: str) -> Viewer:
    account = await Account.create(
        email=f"{name}@example.com", name=name, roles=["LOGISTICS_CLERK"], departments=["LOGISTICS"], created_at=NOON
    )
    roles, departments = frozenset({Role.LOGISTICS_CLERK}), frozenset({Department.LOGISTICS})
    return Viewer(account.id, name, roles, departments, None, datetime.now(UTC) + HOUR)


async def _complained(number: int, agent: Viewer) -> Complaint:
    customer = await Customer.create(number=f"C-{number}", name="Alfreds", country="Germany")
    return await Complaint.create(
        number=f"CMP-{number}",
        customer=customer,
        channel=Channel.PHONE,
        category=Category.DELIVERY,
        severity=Severity.HIGH,
        subject="Late",
        description="It came late.",
        status=ComplaintStatus.RECEIVED,
        received_at=NOON,
        received_by_id=agent.account,
    )


async def _given(number: int, complaint: Complaint, claimant: Viewer | None, department: Department) -> Handoff:
    return await Handoff.create(
        number=f"HND-{number}",
        complaint=complaint,
        department=department,
        status=HandoffStatus.CLAIMED if claimant else HandoffStatus.QUEUED,
        brief=f'Say "{number}".',
        handed_off_at=NOON,
        due_at=NOON + number * HOUR,
        claimed_by_id=claimant.account if claimant else None,
        claimed_at=NOON if claimant else None,
    )


async def _told(viewer: Viewer, handoff: Handoff, hours: int, *, read: bool = False) -> None:
    await Notification.create(
        account_id=viewer.account,
        kind=NotificationKind.MENTIONED,
        at=NOON + hours * HOUR,
        handoff=handoff,
        read_at=NOON if read else None,
    )


@pytest.fixture
async def house(database: Database, monkeypatch: pytest.MonkeyPatch) -> House:
    """Ada wrote two complaints down, Bob one; four handoffs, the last of another department; it is noon."""
    monkeypatch.setattr(base, "now", lambda: NOON)
    await make_tables()
    ada, bob = await _hired("ada"), await _hired("bob")
    first, second, bobs = await _complained(1, ada), await _complained(2, ada), await _complained(3, bob)
    logistics = Department.LOGISTICS
    one = await _given(1, first, ada, logistics)
    two = await _given(2, first, None, logistics)
    three = await _given(3, bobs, bob, logistics)
    four = await _given(4, second, None, Department.IT)
    for viewer, handoff, hours, read in ((ada, one, 1, False), (ada, two, 2, True), (ada, four, 3, False)):
        await _told(viewer, handoff, hours, read=read)
    await _told(bob, one, 4)
    for near, far, why in ((first, two, "same"), (first, one, "same"), (first, four, "same"), (first, three, "other")):
        await get_connection("default").execute_query(
            f"INSERT INTO test_links (near, far, why) VALUES ('{near.id}', '{far.id}', '{why}')"
        )
    return House(database, Engine(*_built(), database, None), ada, bob)


# --- The viewer and the present in row scopes -------------------------------------------------------------------------


async def test_viewers_of_equal_rights_share_a_plan_and_see_their_own_rows(house: House) -> None:
    query = "{ cases { totalCount nodes { number } } }"
    for viewer, numbers in ((house.ada, ["CMP-1", "CMP-2"]), (house.bob, ["CMP-3"])) * 2:
        cases = (await house.data(viewer, query))["cases"]
        assert [node["number"] for node in cases["nodes"]] == numbers
        assert cases["totalCount"] == len(numbers)
    assert len(house.engine.prepare(query, None).plans) == 1


async def test_a_required_key_to_a_row_that_is_somebody_elses_leads_to_null(house: House) -> None:
    query = "{ pieces { nodes { number case { number } } } }"
    nodes = (await house.data(house.bob, query))["pieces"]["nodes"]
    assert [(node["number"], node["case"] and node["case"]["number"]) for node in nodes] == [
        ("HND-1", None),
        ("HND-2", None),
        ("HND-3", "CMP-3"),
    ]


async def test_a_row_of_somebody_else_is_not_there_by_its_id_or_for_a_change(house: House) -> None:
    [note] = await Notification.filter(account_id=house.bob.account)
    query = "query($id: ID!) { piece(id: $id) { number } pieces { nodes { notes { at } } } }"
    found = await house.data(house.ada, query, {"id": f"ntc_{note.id}"})
    assert found["piece"] is None
    assert sum(len(node["notes"]) for node in found["pieces"]["nodes"]) == 2
    assert await transact(lambda: access(house.ada, Notification, visible_notifications, note.id)) is None
    mine = await transact(lambda: access(house.bob, Notification, visible_notifications, note.id))
    assert mine is not None and mine.id == note.id


async def test_a_scope_may_look_at_the_clock(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    query = "{ viewer { work { totalCount nodes { number } } } }"
    for hours, numbers in ((0, []), (1, ["HND-1"]), (2, ["HND-1", "HND-2"]), (9, ["HND-1", "HND-2", "HND-3"])):
        monkeypatch.setattr(base, "now", lambda hours=hours: NOON + hours * HOUR)
        work = (await house.data(house.ada, query))["viewer"]["work"]
        assert [node["number"] for node in work["nodes"]] == numbers
        assert work["totalCount"] == len(numbers)
    assert len(house.engine.prepare(query, None).plans) == 1


# --- Computed values --------------------------------------------------------------------------------------------------

COMPUTED = "{ pieces { nodes { number breached lateBy mineSince state said } } }"


async def test_computed_values_have_their_types(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "now", lambda: NOON + 2.5 * HOUR)
    nodes = (await house.data(house.ada, COMPUTED))["pieces"]["nodes"]
    since = "2026-05-04T12:00:00.000Z"
    assert nodes == [
        {"number": "HND-1", "breached": True, "lateBy": 5400, "mineSince": since, "state": "CLAIMED", "said": None},
        {"number": "HND-2", "breached": True, "lateBy": 1800, "mineSince": None, "state": "QUEUED", "said": None},
        {"number": "HND-3", "breached": False, "lateBy": None, "mineSince": None, "state": "CLAIMED", "said": None},
    ]


async def test_the_present_is_that_of_each_request_and_not_of_the_plan(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hours, late in ((0.5, 0), (1.5, 1), (3.5, 3)):
        monkeypatch.setattr(base, "now", lambda hours=hours: NOON + hours * HOUR)
        nodes = (await house.data(house.ada, COMPUTED))["pieces"]["nodes"]
        assert sum(node["breached"] for node in nodes) == late
    assert len(house.engine.prepare(COMPUTED, None).plans) == 1


COMPUTED_CONDITIONS = {
    "breached: {eq: true}": ["HND-1", "HND-2"],
    "breached: {eq: false}": ["HND-3"],
    "not: {breached: {eq: true}}": ["HND-3"],
    "lateBy: {gt: 3600}": ["HND-1"],
    "lateBy: {isNull: true}": ["HND-3"],
    "lateBy: {in: [1800, 7]}": ["HND-2"],
    'mineSince: {lte: "2026-05-04T12:00:00Z"}': ["HND-1"],
    "mineSince: {isNull: false}": ["HND-1"],
    "state: {in: [QUEUED, ANSWERED]}": ["HND-2"],
    "state: {ne: QUEUED}, breached: {eq: true}": ["HND-1"],
}


async def test_lists_are_filtered_by_computed_values(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "now", lambda: NOON + 2.5 * HOUR)
    for condition, numbers in COMPUTED_CONDITIONS.items():
        query = f"{{ pieces(filter: {{{condition}}}) {{ totalCount nodes {{ number }} }} }}"
        pieces = (await house.data(house.ada, query))["pieces"]
        assert [node["number"] for node in pieces["nodes"]] == numbers, condition
        assert pieces["totalCount"] == len(numbers), condition


async def test_computed_lists_hold_what_the_rows_hold(house: House) -> None:
    query = "{ cases { nodes { number departments briefs } } }"
    nodes = (await house.data(house.ada, query))["cases"]["nodes"]
    assert nodes == [
        {"number": "CMP-1", "departments": ["LOGISTICS"], "briefs": ['Say "1".', 'Say "2".']},
        {"number": "CMP-2", "departments": ["IT"], "briefs": ['Say "4".']},
    ]


# --- Lists by other keys and through links ----------------------------------------------------------------------------


async def test_a_list_may_be_keyed_by_another_column(house: House) -> None:
    query = "{ pieces { nodes { number others(first: 1) { totalCount pageInfo { hasNextPage } nodes { number } } } } }"
    nodes = (await house.data(house.ada, query))["pieces"]["nodes"]
    found = [(node["number"], node["others"]["totalCount"], node["others"]["nodes"]) for node in nodes]
    assert found == [
        ("HND-1", 2, [{"number": "HND-1"}]),
        ("HND-2", 2, [{"number": "HND-1"}]),
        ("HND-3", 1, [{"number": "HND-3"}]),
    ]


async def test_links_lead_to_what_the_viewer_sees_of_them(house: House) -> None:
    query = """{ cases { nodes { number siblings { number } twins { number }
      linked(first: 2) { totalCount pageInfo { hasNextPage endCursor } nodes { number } } } } }"""
    first, second = (await house.data(house.ada, query))["cases"]["nodes"]
    assert first["twins"] == [{"number": "HND-2"}, {"number": "HND-1"}]
    assert first["siblings"] == [{"number": "HND-1"}, {"number": "HND-2"}]
    assert first["linked"]["totalCount"] == 3
    assert first["linked"]["nodes"] == [{"number": "HND-1"}, {"number": "HND-2"}]
    assert first["linked"]["pageInfo"]["hasNextPage"]
    assert (second["twins"], second["linked"]["nodes"], second["linked"]["totalCount"]) == ([], [], 0)
    after = first["linked"]["pageInfo"]["endCursor"]
    rest = "query($after: String) { cases(first: 1) { nodes { linked(after: $after) { nodes { number } } } } }"
    [page] = (await house.data(house.ada, rest, {"after": after}))["cases"]["nodes"]
    assert page["linked"]["nodes"] == [{"number": "HND-3"}]


# --- What is the viewer's own -----------------------------------------------------------------------------------------

OWN = """query($first: Int) { viewer { name __typename unreadNotes who: name cases
  notes(first: $first) { totalCount pageInfo { hasNextPage } nodes { at piece { number } } } departments } }"""


async def test_the_viewers_own_is_one_statement_with_the_viewers_own_values(house: House) -> None:
    answer = (await house.data(house.ada, OWN, {"first": 2}))["viewer"]
    assert list(answer) == ["name", "__typename", "unreadNotes", "who", "cases", "notes", "departments"]
    assert (answer["name"], answer["who"], answer["__typename"]) == ("ada", "ada", "Viewer")
    assert (answer["unreadNotes"], answer["cases"], answer["departments"]) == (2, 2, ["LOGISTICS"])
    assert answer["notes"] == {
        "totalCount": 3,
        "pageInfo": {"hasNextPage": True},
        # What it is about is another department's; that it is there is the viewer's own.
        "nodes": [
            {"at": "2026-05-04T15:00:00.000Z", "piece": None},
            {"at": "2026-05-04T14:00:00.000Z", "piece": {"number": "HND-2"}},
        ],
    }
    bobs = (await house.data(house.bob, OWN, {"first": 2}))["viewer"]
    assert (bobs["name"], bobs["unreadNotes"], bobs["cases"], bobs["notes"]["totalCount"]) == ("bob", 1, 1, 1)
    assert len(house.engine.prepare(OWN, None).plans) == 1


async def test_what_asks_for_no_row_is_no_statement(house: House) -> None:
    before = house.database.statements_read
    assert await house.data(house.ada, "{ viewer { name } __typename }") == {
        "viewer": {"name": "ada"},
        "__typename": "Query",
    }
    assert house.database.statements_read == before


async def test_lists_of_the_viewers_own_take_every_argument(house: House) -> None:
    query = """{ viewer { notes(last: 1, sort: [{field: AT}], filter: {at: {lt: "2026-05-04T15:00:00Z"}}) { nodes { at } }
      unread { totalCount nodes { at } } } }"""
    answer = (await house.data(house.ada, query))["viewer"]
    assert answer["notes"]["nodes"] == [{"at": "2026-05-04T14:00:00.000Z"}]
    assert answer["unread"]["totalCount"] == 2
    assert [node["at"][11:13] for node in answer["unread"]["nodes"]] == ["15", "13"]


async def test_beside_an_ordinary_resolver_the_answer_is_the_same(house: House) -> None:
    mixed = OWN.replace("{ viewer", "{ plainly viewer", 1)
    answer = await house.ask(house.ada, mixed, {"first": 2})
    assert answer["data"].pop("plainly") == "yes"
    assert answer == {"data": await house.data(house.ada, OWN, {"first": 2})}


async def test_the_viewers_own_is_refused_like_everything_else(house: House) -> None:
    stranger = replace(house.ada, roles=frozenset({Role.ADMINISTRATOR}))
    assert await house.code(None, "{ viewer { unreadNotes } }") == "UNAUTHENTICATED"
    assert await house.code(stranger, "{ viewer { work { totalCount } } }") == "FORBIDDEN"
    # Who counts a list learns something about its type.
    assert await house.code(stranger, "{ viewer { cases } }") == "FORBIDDEN"
    assert await house.code(house.ada, "{ viewer { notes(first: 101) { nodes { at } } } }") == "BAD_REQUEST"
    others = "others(first: 100) { nodes { number } }"
    deep = f"{{ viewer {{ notes(first: 100) {{ nodes {{ piece {{ {others} }} }} }} }} }}"
    assert await house.code(house.ada, deep) == "LIMIT_EXCEEDED"


# --- Views ------------------------------------------------------------------------------------------------------------


async def test_a_view_is_a_node_type_like_a_table(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "now", lambda: NOON + 9 * HOUR)
    query = """{ viewer { work(first: 2, filter: {department: {eq: LOGISTICS}}) {
      pageInfo { endCursor } nodes { id number case { number } } } } }"""
    page = (await house.data(house.ada, query))["viewer"]["work"]
    assert [(node["number"], node["case"]) for node in page["nodes"]] == [
        ("HND-1", {"number": "CMP-1"}),
        ("HND-2", {"number": "CMP-1"}),
    ]
    handoff = await Handoff.get(number="HND-1")
    assert page["nodes"][0]["id"] == f"wrk_{handoff.id}"
    rest = "query($after: String) { viewer { work(after: $after) { nodes { number } } } }"
    more = await house.data(house.ada, rest, {"after": page["pageInfo"]["endCursor"]})
    assert more["viewer"]["work"]["nodes"] == [{"number": "HND-3"}]
    assert due_work(house.ada.sight, "x") and Row._meta.abstract


# --- Payloads of several rows -----------------------------------------------------------------------------------------

TOUCH = """mutation($input: TouchInput!) { touch(input: $input) {
  pieces { number case { number } } first { number } errors { code } } }"""


async def test_a_payloads_list_holds_the_rows_in_the_order_of_their_keys(house: House) -> None:
    answer = await house.ask(house.ada, TOUCH, {"input": {"numbers": "HND-3,HND-4,HND-1,HND-3"}})
    assert answer["data"]["touch"] == {
        # What the viewer does not see is left out.
        "pieces": [
            {"number": "HND-3", "case": None},
            {"number": "HND-1", "case": {"number": "CMP-1"}},
            {"number": "HND-3", "case": None},
        ],
        "first": {"number": "HND-3"},
        "errors": [],
    }


async def test_a_payloads_list_is_empty_when_nothing_was_touched(house: House) -> None:
    for given in ({"numbers": ""}, {"numbers": "HND-1", "idempotencyKey": " "}):
        touched = (await house.ask(house.ada, TOUCH, {"input": given}))["data"]["touch"]
        assert (touched["pieces"], touched["first"]) == ([], None)


async def test_the_same_rows_come_again_with_the_same_key(house: House) -> None:
    given = {"numbers": "HND-2,HND-1", "idempotencyKey": "k"}
    first = await house.ask(house.ada, TOUCH, {"input": given})
    assert [piece["number"] for piece in first["data"]["touch"]["pieces"]] == ["HND-2", "HND-1"]
    assert await house.ask(house.ada, TOUCH, {"input": given}) == first
    [kept] = await IdempotencyKey.all()
    assert isinstance(kept.answer["keys"]["pieces"], list) and isinstance(kept.answer["keys"]["first"], str)


async def test_what_is_the_viewers_own_is_not_answered_by_changes(house: House) -> None:
    change = 'mutation { touch(input: {numbers: "HND-1"}) { viewer { name %s } } }'
    for asked in ("unreadNotes", "notes { totalCount }"):
        assert await house.code(house.ada, change % asked) == "BAD_REQUEST"
    assert "errors" not in await house.ask(house.ada, change % "")


def test_a_verb_for_everyone_is_no_verb() -> None:
    with pytest.raises(TypeError, match="viewer"):
        verb("Open.", Door.EVERYONE, dict[str, Any], dict[str, Any], lambda *_: None)  # type: ignore[arg-type, return-value]


# --- Pushes of one's own account --------------------------------------------------------------------------------------


@dataclass
class Screen:
    """What came."""

    messages: list[Any] = field(default_factory=list[Any])
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def deliver(self, message: bytes) -> None:
        """Keeps it."""
        self.messages.append(orjson.loads(message)["data"])
        self.arrived.set()

    async def drained(self) -> None:
        """Always."""

    def fail(self, incident: str) -> None:
        """Shows it."""
        raise AssertionError(incident)

    async def next(self) -> Any:
        """The next message."""
        while not self.messages:
            self.arrived.clear()
            await asyncio.wait_for(self.arrived.wait(), 10)
        return self.messages.pop(0)


@pytest.fixture
async def dispatcher(house: House) -> AsyncIterator[Dispatcher]:
    """Pushes what happens."""
    running = Dispatcher(house.database, Authority(SecuritySettings(b"a secret for tests, long enough!")))
    await running.start()
    yield running
    await running.stop()


NOTED = OperationRequest("subscription($after: String) { noted(after: $after) { kind note { at piece { number } } } }")


async def _tell(viewer: Viewer, number: str) -> None:
    handoff = await Handoff.get(number=number)
    await transact(lambda: notify(NotificationKind.MENTIONED, [viewer.account], at=NOON, handoff_id=handoff.id))


async def _happen(kind: EventKind = EventKind.HANDOFF_CLAIMED) -> None:
    handoff = await Handoff.get(number="HND-1")
    await transact(
        lambda: record(
            kind,
            actor=None,
            at=NOON,
            complaint_id=handoff.complaint_id,
            handoff_id=handoff.id,  # type: ignore[attr-defined]
        )
    )


async def test_a_stream_of_ones_own_gets_ones_own_and_costs_nothing_for_others(
    house: House, dispatcher: Dispatcher
) -> None:
    adas, bobs = Screen(), Screen()
    streams = [house.engine.subscribe(NOTED, viewer) for viewer in (house.ada, house.bob)]
    assert streams[0].key != streams[1].key
    assert house.engine.subscribe(NOTED, house.ada).key == streams[0].key
    await dispatcher.subscribe(streams[0], adas)
    await dispatcher.subscribe(streams[1], bobs)
    await _tell(house.ada, "HND-1")
    message = {"noted": {"kind": "NOTIFICATION_SENT", "note": {"at": "2026-05-04T12:00:00.000Z"}}}
    message["noted"]["note"] |= {"piece": {"number": "HND-1"}}  # type: ignore[index]
    assert await adas.next() == message
    assert dispatcher.executions == 1
    await _happen()
    await _tell(house.bob, "HND-4")
    message["noted"]["note"] |= {"piece": None}  # type: ignore[index]
    assert await bobs.next() == message
    assert (adas.messages, dispatcher.executions) == ([], 2)


async def test_streams_of_complaints_take_no_part_in_notifications(house: House, dispatcher: Dispatcher) -> None:
    screen = Screen()
    request = OperationRequest("subscription { happened { kind } }")
    await dispatcher.subscribe(house.engine.subscribe(request, house.ada), screen)
    await _tell(house.ada, "HND-1")
    await _tell(house.bob, "HND-1")
    await _happen()
    assert await screen.next() == {"happened": {"kind": "HANDOFF_CLAIMED"}}
    assert (screen.messages, dispatcher.executions) == ([], 1)


async def test_what_was_missed_of_ones_own_comes_first(
    house: House, dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.events.dispatcher.now", lambda: NOON)
    live = Screen()
    await dispatcher.subscribe(house.engine.subscribe(NOTED, house.ada), live)
    for number in ("HND-1", "HND-2", "HND-3"):
        await _tell(house.bob, number)
        await _tell(house.ada, number)
    seen = [await live.next() for _ in range(3)]
    again = Screen()
    request = replace(NOTED, variables={"after": "e11"})
    await dispatcher.subscribe(house.engine.subscribe(request, house.ada), again)
    # Position 1 was Bob's.
    assert [await again.next() for _ in range(3)] == seen


async def test_the_moment_makes_no_two_streams_of_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = OperationRequest("subscription { happened { note { piece { breached } } } }")
    one = house.engine.subscribe(request, house.ada)
    monkeypatch.setattr(base, "now", lambda: NOON + HOUR)
    assert house.engine.subscribe(request, house.ada).key == one.key
    assert house.engine.subscribe(request, house.bob).key != one.key


async def test_a_stream_needs_somebody_who_may(house: House) -> None:
    nobody = replace(house.ada, roles=frozenset[Role]())
    request = OperationRequest("subscription { noted { note { piece { number } } } }")
    with pytest.raises(OperationRefused, match="needs"):
        house.engine.subscribe(request, nobody)
