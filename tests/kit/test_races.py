"""Things that happen at the same time: of two that exclude each other one wins, and nothing waits for ever."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tortoise.connection import get_connection

from models.back_office.handoffs import Handoff, HandoffStatus
from models.both_offices.accounts import Account
from models.front_office.service.complaints import Complaint, ComplaintStatus
from models.kit.bookkeeping import IdempotencyKey
from models.kit.database import Database
from models.kit.events import Event
from models.permissions import Department, Role
from resolvers.kit.commands import Viewer
from tests.office import VARIABLES, Office, alfreds, at_once, handed_off, hire, received, viewer_of
from tests.properties.invariants import check_everything


@pytest.fixture(autouse=True)
async def nothing_hangs(office: Office) -> AsyncIterator[None]:
    """After every race nothing is half done, and the database takes a write at once."""
    yield
    await check_everything()
    async with asyncio.timeout(5):
        await get_connection("default").execute_query("UPDATE accounts SET version = version")


def outcomes(payloads: list[dict[str, Any]]) -> Counter[str]:
    """How often each error code came; '' is success."""
    return Counter(payload["errors"][0]["code"] if payload["errors"] else "" for payload in payloads)


async def crowd(count: int) -> list[Viewer]:
    """Clerks of LOGISTICS."""
    await Account.bulk_create(
        [
            Account(
                email=f"clerk{number}@northwind.example",
                name=f"Clerk {number}",
                roles=[Role.LOGISTICS_CLERK.value],
                departments=[Department.LOGISTICS.value],
                created_at="2026-01-01T00:00:00Z",
            )
            for number in range(count)
        ]
    )
    return [viewer_of(account) for account in await Account.filter(email__startswith="clerk")]


@pytest.mark.parametrize("clerks", [50, 1])
async def test_of_fifty_claims_at_once_one_wins_and_the_others_learn_who(
    office: Office, agent: Viewer, clerks: int
) -> None:
    handoff = await handed_off(agent)
    viewers = (await crowd(clerks)) * (50 // clerks)
    payloads = await at_once(
        *(office.change(viewer, "ClaimHandoff", handoff=f"hnd_{handoff.id}") for viewer in viewers)
    )
    assert outcomes(payloads) == {"": 1, "ALREADY_CLAIMED": 49}
    [winner] = [payload["handoff"]["claimedBy"]["name"] for payload in payloads if not payload["errors"]]
    assert {payload["errors"][0]["by"] for payload in payloads if payload["errors"]} == {winner}
    handoff = await Handoff.get(id=handoff.id)
    assert handoff.version == 2
    assert await Event.filter(subjects__key=handoff.id).count() == 2


async def complaint_input() -> dict[str, Any]:
    customer = await alfreds()
    given = {**VARIABLES["ReceiveComplaint"]["input"], "customer": f"cus_{customer.id}"}
    return {name: value for name, value in given.items() if name not in {"order", "product"}}


async def test_a_complaint_that_is_sent_ten_times_at_once_is_received_once(office: Office, agent: Viewer) -> None:
    given = await complaint_input()
    before = await Complaint.all().count()
    payloads = await at_once(*(office.change(agent, "ReceiveComplaint", **given) for _ in range(10)))
    assert all(payload == payloads[0] for payload in payloads)
    assert payloads[0]["errors"] == []
    assert await Complaint.all().count() == before + 1
    assert await Handoff.all().count() == 1


@pytest.mark.slow
async def test_of_different_inputs_under_one_key_at_once_one_is_done_and_the_others_refused(
    office: Office, agent: Viewer
) -> None:
    given = await complaint_input()
    before = await Complaint.all().count()
    subjects = [f"Crate {number}" for number in range(10)]
    payloads = await at_once(
        *(office.change(agent, "ReceiveComplaint", **given | {"subject": subject}) for subject in subjects)
    )
    assert outcomes(payloads) == {"": 1, "IDEMPOTENCY_KEY_REUSED": 9}
    assert await Complaint.all().count() == before + 1


@pytest.mark.slow
async def test_a_claim_sent_ten_times_at_once_with_one_key_wins_ten_times_or_never(
    office: Office, agent: Viewer
) -> None:
    handoff = await handed_off(agent)
    [one, other] = await crowd(2)
    members = {"handoff": f"hnd_{handoff.id}", "idempotencyKey": "a key"}
    payloads = await at_once(*(office.change(viewer, "ClaimHandoff", **members) for viewer in 10 * [one, other]))
    for viewers in (payloads[::2], payloads[1::2]):
        assert all(payload == viewers[0] for payload in viewers)
    assert outcomes(payloads) == {"": 10, "ALREADY_CLAIMED": 10}
    assert await IdempotencyKey.all().count() == 2


@pytest.mark.slow
async def test_of_a_claim_and_a_withdrawal_at_once_the_later_knows_of_the_earlier(
    office: Office, agent: Viewer
) -> None:
    [clerk] = await crowd(1)
    seen: Counter[str] = Counter()
    for number in range(10):
        handoff = await handed_off(agent)
        key = f"hnd_{handoff.id}"
        both = [
            office.change(clerk, "ClaimHandoff", handoff=key),
            office.change(agent, "WithdrawHandoff", handoff=key, reason="Found."),
        ]
        payloads = await at_once(*(both if number % 2 else both[::-1]))
        seen += outcomes(payloads)
        # A claimed handoff can still be withdrawn, a withdrawn one not claimed.
        assert (await Handoff.get(id=handoff.id)).status is HandoffStatus.WITHDRAWN
    assert seen[""] >= 10
    assert set(seen) <= {"", "ILLEGAL_TRANSITION"}


@pytest.mark.slow
async def test_of_closing_and_handing_off_at_once_no_open_handoff_is_left(office: Office, agent: Viewer) -> None:
    for number in range(10):
        complaint = await received(agent)
        key = f"cmp_{complaint.id}"
        both = [
            office.change(agent, "CloseComplaint", complaint=key, outcome="WITHDRAWN", reason="Found."),
            office.change(agent, "HandOffComplaint", complaint=key),
        ]
        payloads = await at_once(*(both if number % 2 else both[::-1]))
        assert set(outcomes(payloads)) <= {"", "ILLEGAL_TRANSITION"}
        assert (await Complaint.get(id=complaint.id)).status is ComplaintStatus.CLOSED


@pytest.mark.slow
async def test_two_handoffs_of_one_complaint_that_end_at_once_leave_it_received(office: Office, agent: Viewer) -> None:
    accountant, [clerk] = await office.somebody("accounting"), await crowd(1)
    for _ in range(10):
        first = await handed_off(agent)
        complaint = first.complaint_id
        second = await office.change(agent, "HandOffComplaint", complaint=f"cmp_{complaint}", department="FINANCE")
        payloads = await at_once(
            office.change(clerk, "RefuseHandoff", handoff=f"hnd_{first.id}", reason="Not ours."),
            office.change(accountant, "RefuseHandoff", handoff=second["handoff"]["id"], reason="Nor ours."),
        )
        assert outcomes(payloads) == {"": 2}
        assert (await Complaint.get(id=complaint)).status is ComplaintStatus.RECEIVED


AGENTS_DO = "HandOffComplaint HandOffComplaint WithdrawHandoff AcceptAnswer RejectAnswer AnswerComplaint CloseComplaint"
CLERKS_DO = "ClaimHandoff ClaimHandoff AnswerHandoff AnswerHandoff ReleaseHandoff RefuseHandoff"


async def busy_body(office: Office, viewer: Viewer, dice: random.Random, seen: Counter[str]) -> None:
    """Does one thing after another to any of the latest complaints and handoffs."""
    for _ in range(20):
        name = dice.choice((AGENTS_DO if Role.SERVICE_AGENT in viewer.roles else CLERKS_DO).split())
        members: dict[str, Any] = {}
        if name.endswith("Complaint"):
            complaint = dice.choice(await Complaint.all().order_by("-id").limit(3))
            members["complaint"] = f"cmp_{complaint.id}"
        else:
            handoff = dice.choice(await Handoff.all().order_by("-id").limit(4))
            members["handoff"] = f"hnd_{handoff.id}"
        match name:
            case "AnswerComplaint":
                members |= {"outcome": "UPHELD", "answer": "Sorry."}
            case "AnswerHandoff":
                members["answer"] = "Tomorrow."
            case "RejectAnswer" | "WithdrawHandoff" | "RefuseHandoff":
                members["reason"] = "Because."
            case "HandOffComplaint":
                members["department"] = dice.choice(["LOGISTICS", "FINANCE"])
            case "CloseComplaint" if dice.random() < 0.3:
                members |= {"outcome": "WITHDRAWN", "reason": "Found."}
            case _:
                pass
        if dice.random() < 0.3:
            members["idempotencyKey"] = f"key {dice.randrange(40)}"
        payload = await office.change(viewer, name, **members)
        seen[payload["errors"][0]["code"] if payload["errors"] else name] += 1
        if name in {"AnswerComplaint", "CloseComplaint"} and not payload["errors"]:
            await received(viewer, hand_off_to=Department.LOGISTICS)


@pytest.mark.slow
async def test_a_busy_day_leaves_everything_in_order(office: Office, agent: Viewer) -> None:
    for _ in range(3):
        await handed_off(agent)
    both = [Department.LOGISTICS, Department.FINANCE]
    clerks = [await hire(f"Busy {number}", [Role.LOGISTICS_CLERK], both) for number in range(6)]
    agents = [await hire(f"Agent {number}", [Role.SERVICE_AGENT], [Department.SALES]) for number in range(4)]
    seen: Counter[str] = Counter()
    # What a day brings depends on who comes first, so there are as many days as it takes to see everything, up to five.
    expected = {"HandOffComplaint", "ClaimHandoff", "AnswerHandoff", "ALREADY_CLAIMED", "ILLEGAL_TRANSITION"}
    days = 0
    while days < 5 and not expected <= set(seen):
        everybody = enumerate(2 * [*clerks, *agents], start=days * 100)
        await at_once(*(busy_body(office, viewer, random.Random(number), seen) for number, viewer in everybody))
        days += 1
    assert sum(seen.values()) == 400 * days
    assert expected <= set(seen)


@pytest.mark.slow
async def test_two_servers_on_one_database_give_a_handoff_to_one(
    office: Office, agent: Viewer, northwind_url: str
) -> None:
    handoff = await handed_off(agent)
    viewers = await crowd(10)
    code = "from tests.kit.test_races import claims_from_another_process as run; import asyncio, sys"
    code += "; asyncio.run(run(*sys.argv[1:]))"
    other = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        northwind_url,
        str(handoff.id),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert other.stdin is not None
    assert other.stdout is not None
    assert await other.stdout.readline() == b"ready\n"
    other.stdin.write(b"go\n")
    mine = await at_once(*(office.change(viewer, "ClaimHandoff", handoff=f"hnd_{handoff.id}") for viewer in viewers))
    theirs = (await other.stdout.read()).split()
    assert await other.wait() == 0
    won = outcomes(mine)[""] + theirs.count(b"won")
    lost = outcomes(mine)["ALREADY_CLAIMED"] + theirs.count(b"ALREADY_CLAIMED")
    assert (won, lost) == (1, 19)


async def claims_from_another_process(url: str, handoff: str) -> None:
    """The other server: claims as soon as it is told to, and says how each claim ended."""
    database = Database(url)
    await database.open()
    office = Office.of(database)
    viewers = [viewer_of(account) for account in await Account.filter(email__startswith="clerk")]
    print("ready", flush=True)
    await asyncio.to_thread(input)
    payloads = await at_once(*(office.change(viewer, "ClaimHandoff", handoff=f"hnd_{handoff}") for viewer in viewers))
    for code, count in outcomes(payloads).items():
        print("\n".join(count * [code or "won"]))
    await database.close()
