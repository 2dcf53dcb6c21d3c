"""What the planner reads beside columns: the viewer's own, the present, computed values, links and views."""

from dataclasses import replace

import pytest

from models.back_office.handoffs import Handoff
from models.both_offices.notifications import Notification
from models.kit import base
from models.permissions import Role
from resolvers.kit.loading import visible
from resolvers.kit.transaction import transact
from tests.reading.planner_house import Row, due_work
from tests.reading.planner_people import HOUR, NOON, House

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
    assert await transact(lambda: visible(house.ada, Notification, note.id, lock=True)) is None
    mine = await transact(lambda: visible(house.bob, Notification, note.id, lock=True))
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
    "mineSince: {}": ["HND-1", "HND-2", "HND-3"],
    "mineSince: {lte: null}, lateBy: {isNull: null}": ["HND-1", "HND-2", "HND-3"],
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
    assert due_work(house.ada.read_scope, "x") and Row._meta.abstract
