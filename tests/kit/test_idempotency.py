"""A change that is sent again with its key is made once, whatever became of it the first time."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models.back_office.handoffs import Handoff, HandoffStatus
from models.front_office.service.complaints import Complaint
from models.kit.base import new_id, now
from models.kit.bookkeeping import IdempotencyKey
from models.permissions import Department, Role
from resolvers.kit import idempotency
from resolvers.kit.commands import Viewer
from resolvers.kit.idempotency import LONGEST_KEY, REMEMBERED_FOR, Outcome, change, forget_old_answers
from resolvers.kit.problems import Problem, refuse
from tests.office import VARIABLES, Office, alfreds, codes_in, handed_off, hire, received


async def test_a_change_that_is_sent_again_gives_the_same_answer_and_is_made_once(
    office: Office, agent: Viewer
) -> None:
    customer = await alfreds()
    given = {**VARIABLES["ReceiveComplaint"]["input"], "customer": f"cus_{customer.id}", "order": None, "product": None}
    first = await office.change(agent, "ReceiveComplaint", **given)
    assert first["errors"] == []
    before = await Complaint.all().count()
    # The order of members says nothing, nor does leaving out what is null anyway.
    turned = {name: given[name] for name in reversed(given) if given[name] is not None}
    for again in (given, turned):
        assert await office.change(agent, "ReceiveComplaint", **again) == first
    assert await Complaint.all().count() == before


async def test_an_amount_is_the_same_however_it_is_written(office: Office, agent: Viewer) -> None:
    complaint = await received(agent)
    given = {"complaint": f"cmp_{complaint.id}", "outcome": "UPHELD", "answer": "Sorry.", "redress": "GOODWILL"}
    sent = [
        await office.change(agent, "AnswerComplaint", **given, amount=amount, currency="EUR", idempotencyKey="k")
        for amount in ("5.00", "5.0", 5, "5", "5.01")
    ]
    assert [one["errors"][0]["code"] if one["errors"] else None for one in sent] == [None] * 4 + [
        "IDEMPOTENCY_KEY_REUSED"
    ]
    assert sent[0] == sent[1] == sent[2] == sent[3]


async def test_another_input_under_a_used_key_is_refused(office: Office, agent: Viewer) -> None:
    one, other = await received(agent), await received(agent)
    closing = {"outcome": "WITHDRAWN", "reason": "Found.", "idempotencyKey": "k"}
    await office.change(agent, "CloseComplaint", complaint=f"cmp_{one.id}", **closing)
    for differently in ({"complaint": f"cmp_{other.id}"}, {"complaint": f"cmp_{one.id}", "reason": "Lost."}):
        payload = await office.change(agent, "CloseComplaint", **{**closing, **differently})
        [error] = payload["errors"]
        assert (error["code"], error["path"]) == ("IDEMPOTENCY_KEY_REUSED", ["input", "idempotencyKey"])
    assert (await Complaint.get(id=other.id)).closed_at is None


@pytest.mark.parametrize("first_is_refused", [False, True])
async def test_another_verb_under_a_used_key_is_refused_though_its_input_is_the_same(
    office: Office, clerk: Viewer, agent: Viewer, first_is_refused: bool
) -> None:
    handoff = await handed_off(agent)
    given = {"handoff": f"hnd_{handoff.id}", "idempotencyKey": "k"}
    first, second = ("ReleaseHandoff", "ClaimHandoff") if first_is_refused else ("ClaimHandoff", "ReleaseHandoff")
    payload = await office.change(clerk, first, **given)
    assert bool(payload["errors"]) == first_is_refused
    [error] = (await office.change(clerk, second, **given))["errors"]
    assert error["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_refusals_of_every_kind_are_remembered(office: Office, agent: Viewer, clerk: Viewer) -> None:
    handoff = await handed_off(agent)
    key = f"hnd_{handoff.id}"
    stale = {"handoff": key, "answer": " ", "expectedVersion": 7, "idempotencyKey": "stale"}
    first = await office.change(clerk, "AnswerHandoff", **stale)
    assert codes_in(first) == ["INVALID", "STALE_VERSION", "ILLEGAL_TRANSITION"]
    colleague = await hire("Second Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    await office.change(colleague, "ClaimHandoff", handoff=key)
    taken = await office.change(clerk, "ClaimHandoff", handoff=key, idempotencyKey="taken")
    assert taken["errors"][0]["by"] == "Second Clerk"
    await office.change(colleague, "ReleaseHandoff", handoff=key)
    # The handoff is free now; a new key gets it, the old ones tell what they told.
    assert await office.change(clerk, "ClaimHandoff", handoff=key, idempotencyKey="taken") == taken
    assert await office.change(clerk, "AnswerHandoff", **stale) == first
    assert (await office.change(clerk, "ClaimHandoff", handoff=key, idempotencyKey="new"))["errors"] == []
    assert await office.change(clerk, "AnswerHandoff", **stale) == first


async def test_a_key_belongs_to_who_sent_it(office: Office, agent: Viewer, clerk: Viewer) -> None:
    handoff = await handed_off(agent)
    colleague = await hire("Second Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    given = {"handoff": f"hnd_{handoff.id}", "idempotencyKey": "k"}
    assert (await office.change(clerk, "ClaimHandoff", **given))["errors"] == []
    assert (await office.change(colleague, "ClaimHandoff", **given))["errors"][0]["code"] == "ALREADY_CLAIMED"
    assert (await office.change(clerk, "ClaimHandoff", **given))["errors"] == []


async def nothing_to_do() -> dict[str, UUID]:
    return {}


async def test_a_key_that_cannot_be_kept_is_refused_by_name(agent: Viewer) -> None:
    message = f"An idempotency key has 1 to {LONGEST_KEY} characters."
    for key in ("", " \t", "x" * (LONGEST_KEY + 1), "a\0b", "half \ud83d"):
        outcome = await change(agent, "Nothing", {}, key, nothing_to_do)
        assert outcome.problems == (Problem("INVALID", message, ("input", "idempotencyKey")),), key
    assert await IdempotencyKey.all().count() == 0


async def test_any_other_key_is_kept_as_it_is(agent: Viewer) -> None:
    keys = {"x" * LONGEST_KEY, "😀" * LONGEST_KEY, "'; --", " k", "k", "K"}
    for key in keys:
        assert await change(agent, "Nothing", {}, key, nothing_to_do) == Outcome({})
    assert set(await IdempotencyKey.all().values_list("key", flat=True)) == keys


async def test_half_a_surrogate_pair_in_an_input_is_no_obstacle(agent: Viewer) -> None:
    given: dict[str, Any] = {"text": "half \ud83d"}
    assert await change(agent, "Nothing", given, "k", nothing_to_do) == Outcome({})
    assert await change(agent, "Nothing", given, "k", nothing_to_do) == Outcome({})


async def test_a_refusal_undoes_what_was_done_before_it_and_is_remembered_in_the_same_transaction(
    agent: Viewer,
) -> None:
    handoff = await handed_off(agent)
    tries = 0

    async def half() -> dict[str, UUID]:
        nonlocal tries
        tries += 1
        await Handoff.filter(id=handoff.id).update(status=HandoffStatus.QUEUED, brief="half done")
        raise refuse("INVALID", "No.", "input", "handoff")

    for _ in range(2):
        outcome = await change(agent, "Half", {}, "k", half)
        assert outcome.problems == (Problem("INVALID", "No.", ("input", "handoff")),)
    assert tries == 1
    assert (await Handoff.get(id=handoff.id)).brief == handoff.brief


async def test_a_failure_is_not_remembered_so_that_the_client_may_try_again(agent: Viewer) -> None:
    async def fail() -> dict[str, UUID]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change(agent, "Fail", {}, "k", fail)
    assert await IdempotencyKey.all().count() == 0
    assert await change(agent, "Fail", {}, "k", nothing_to_do) == Outcome({})


async def test_an_answer_is_forgotten_after_a_week_and_then_the_key_is_free(office: Office, agent: Viewer) -> None:
    async def keys() -> int:
        return await IdempotencyKey.all().count()

    complaint = await received(agent)
    closing = {"complaint": f"cmp_{complaint.id}", "outcome": "WITHDRAWN", "reason": "Found.", "idempotencyKey": "k"}
    assert (await office.change(agent, "CloseComplaint", **closing))["errors"] == []
    for passed, left in ((REMEMBERED_FOR, 1), (REMEMBERED_FOR + timedelta(minutes=5), 0)):
        await forget_old_answers(now() + passed - timedelta(minutes=1))
        assert await keys() == left
    again = await office.change(agent, "CloseComplaint", **closing)
    assert codes_in(again) == ["ILLEGAL_TRANSITION"]


async def test_old_answers_are_forgotten_a_part_at_a_time(agent: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "FORGOTTEN_AT_ONCE", 3)
    moment = now()
    made = [
        {"account_id": agent.account, "key": str(day), "operation": "X", "input_hash": "x", "answer": {}}
        | {"id": new_id(), "created_at": moment - timedelta(days=day)}
        for day in range(12)
    ]
    await IdempotencyKey.bulk_create([IdempotencyKey(**one) for one in made])
    for left in (9, 8, 8):
        await forget_old_answers(moment)
        assert await IdempotencyKey.all().count() == left
