"""Payloads of several rows: in the order of their keys, the same again with the same key, and only what the viewer sees."""

from typing import Any

import pytest

from models.kit import base
from models.kit.bookkeeping import IdempotencyKey
from models.kit.database import Database
from resolvers.reading.declare import Access
from schema.kit.legacy_verbs import verb
from tests.reading.planner_people import NOON, House, inhabited

TOUCH = """mutation($input: TouchInput!) { touch(input: $input) {
  pieces { number case { number } } first { number } errors { code } } }"""


@pytest.fixture
async def house(database: Database, monkeypatch: pytest.MonkeyPatch) -> House:
    """Inhabited, and it is noon."""
    monkeypatch.setattr(base, "now", lambda: NOON)
    return await inhabited(database)


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
        verb("Open.", Access.PUBLIC, dict[str, Any], dict[str, Any], lambda *_: None)  # type: ignore[arg-type, return-value]
