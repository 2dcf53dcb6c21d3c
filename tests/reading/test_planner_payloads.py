"""Payloads of several rows: in the order of their keys, the same again with the same key, and only what the viewer sees."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from models.kit.bookkeeping import IdempotencyKey
from resolvers.kit.commands import Viewer
from resolvers.reading import executor, statements
from resolvers.reading.plans import input_variables, plan_field
from resolvers.reading.sources import Access
from schema.kit.mutations import mutation
from tests.office import DOCUMENTS, Office, alfreds
from tests.reading.planner_house import touch
from tests.reading.planner_people import House

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
        mutation(Access.PUBLIC, touch, shows=object)


async def test_rows_of_a_payload_are_planned_once_for_viewers_of_equal_rights(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[str] = []

    def plan(*given: Any) -> Any:
        planned.append(given[4].coordinate)
        return plan_field(*given)

    monkeypatch.setattr(executor, "plan_field", plan)
    for viewer, numbers, seen in (
        (house.ada, "HND-1,HND-3", ["HND-1", "HND-3"]),
        (house.bob, "HND-3", ["HND-3"]),
        (house.ada, "HND-2,HND-4,HND-1", ["HND-2", "HND-1"]),
    ):
        touched = (await house.ask(viewer, TOUCH, {"input": {"numbers": numbers}}))["data"]["touch"]
        assert [piece["number"] for piece in touched["pieces"]] == seen
        assert touched["first"]["number"] == numbers[:5]
    assert planned == ["TouchPayload.pieces", "TouchPayload.first"]
    without = TOUCH.replace("case { number }", "")
    await house.ask(house.ada, without, {"input": {"numbers": "HND-1"}})
    assert len(planned) == 4


async def test_a_payload_of_more_rows_than_an_operation_may_ask_for_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "MAX_COST", 4)
    for numbers, code in (("HND-1", None), ("HND-1,HND-2,HND-3", "LIMIT_EXCEEDED"), ("HND-1", None)):
        answer = await house.ask(house.ada, TOUCH, {"input": {"numbers": numbers}})
        assert [error["extensions"]["code"] for error in answer.get("errors", [])] == ([code] if code else [])


async def test_a_payload_is_planned_once_whatever_its_mutation_is_given(office: Office, agent: Viewer) -> None:
    text = DOCUMENTS["ReceiveComplaint"]
    plans = office.engine.prepare(text, "ReceiveComplaint").plans
    given: dict[str, Any] = {"customer": f"cus_{(await alfreds()).id}", "subject": "Late", "description": "Late."}
    for category, channel in (("DELIVERY", "PHONE"), ("BILLING", "EMAIL"), ("OTHER", "LETTER")):
        severity = "LOW" if channel == "PHONE" else "HIGH"
        chosen = {"category": category, "channel": channel, "severity": severity}
        await office.change(agent, "ReceiveComplaint", **given, **chosen)
        assert len(plans) == 1
    # Which members are given decides which permissions are asked for.
    await office.change(agent, "ReceiveComplaint", **given, **chosen, handOffTo="LOGISTICS")
    assert len(plans) == 2


@pytest.mark.parametrize(
    ("document", "inputs"),
    [
        ("mutation($a: A!, $b: B) { touch(input: $a, also: [$b]) { id } }", {"a", "b"}),
        ("mutation($a: A!, $b: B) { touch(input: {a: $a}) { id(of: $b) } }", {"a"}),
        ("mutation($a: A!) { one: touch(input: $a) { id } two: touch(input: $a) { id } }", {"a"}),
        ("mutation($a: A!) { touch(input: $a) @include(if: $a) { id } }", set[str]()),
        ("mutation($a: A!) { touch(input: $a) { ...f } } fragment f on F { id(of: $a) }", set[str]()),
        ("mutation($a: A!) @live(if: $a) { touch(input: $a) { id } }", set[str]()),
        ("query($a: A!) { touch(input: $a) { id } }", set[str]()),
    ],
)
def test_only_what_goes_to_use_cases_alone_is_no_part_of_a_plan(document: str, inputs: set[str]) -> None:
    parsed = parse(document)
    operation = parsed.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    assert input_variables(parsed, operation) == inputs
