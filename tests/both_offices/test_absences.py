"""Absences: claims of whoever is away come back into the queue, once, and colleagues see who is away."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from models.back_office.handoffs import Handoff, HandoffStatus
from models.both_offices.absences import Absence
from models.both_offices.accounts import Account
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.reckoning import ClockState
from models.both_offices.clocks.running import Clock
from models.both_offices.notifications import Notification
from models.kit.base import as_of, now
from models.permissions import Department, Role
from resolvers.back_office.handoffs.verbs import claim_handoff, provide_information, request_information
from resolvers.both_offices import clocks
from resolvers.both_offices.absences import SetAbsence, end_absence, set_absence
from resolvers.both_offices.escalations.verbs import set_department_manager
from resolvers.both_offices.leases import return_claims_of_the_absent, return_idle_claims
from resolvers.both_offices.stand_ins import with_stand_ins
from resolvers.kit.commands import Key, Viewer
from resolvers.kit.transaction import transact
from tests.office import (
    Office,
    at_once,
    codes_of,
    do,
    doing,
    handed_off,
    happened,
    hire,
    history,
    problems_of,
    wrong_with,
)

SHOWN = "absence { id isPresent fromAt untilAt account { name isAbsent } standIn { name } setBy { name } } errors { code path }"
HOUR = timedelta(hours=1)


def away(from_at: datetime | None = None, until_at: datetime | None = None, **named: Any) -> SetAbsence:
    return SetAbsence(from_at=from_at or now(), until_at=until_at, **named)


async def absent(viewer: Viewer, given: SetAbsence) -> Absence:
    keys = await transact(lambda: set_absence(viewer, given))
    return await Absence.get(id=keys["absence"])


async def claimed(office: Office, by: Viewer, **others: Any) -> Handoff:
    handoff = await handed_off(await office.somebody("service"), **others)
    await do(claim_handoff, by, handoff=handoff.id)
    return await Handoff.get(id=handoff.id)


async def told() -> list[tuple[str, UUID]]:
    rows = await Notification.filter(kind="CLAIM_RETURNED").order_by("id").values("kind", "account_id")
    return [(str(row["kind"]), row["account_id"]) for row in rows]


async def second_clerk() -> Viewer:
    return await hire("Second Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])


async def test_who_goes_away_now_gives_back_what_they_had_claimed(office: Office, clerk: Viewer) -> None:
    stand_in = await second_clerk()
    handoff, other = await claimed(office, clerk), await claimed(office, stand_in)
    given = {"fromAt": now().isoformat(), "standIn": f"acc_{stand_in.account}"}
    payload = await office.send(clerk, "setAbsence", SHOWN, **given)
    assert payload["errors"] == []
    shown = payload["absence"]
    assert (shown["isPresent"], shown["untilAt"]) == (True, None)
    assert shown["account"] == {"name": clerk.name, "isAbsent": True}
    assert (shown["standIn"]["name"], shown["setBy"]["name"]) == (stand_in.name, clerk.name)
    back = await Handoff.get(id=handoff.id)
    assert (back.status, back.claimed_by_id, back.claimed_at, back.lease_until) == ("QUEUED", None, None, None)
    assert back.version == handoff.version + 1
    assert (await Handoff.get(id=other.id)).status == "CLAIMED"
    assert await told() == [("CLAIM_RETURNED", clerk.account), ("CLAIM_RETURNED", stand_in.account)]
    assert (await history(handoff.id))[-1] == ("CLAIM_RETURNED", None, "LOGISTICS")
    clock = await Clock.get(handoff_id=handoff.id, kind=ClockKind.CLAIM_HANDOFF)
    assert clock.state is ClockState.RUNNING


async def test_what_is_claimed_returns_when_the_absence_begins_and_once(office: Office, clerk: Viewer) -> None:
    handoff = await claimed(office, clerk)
    begins = now() + HOUR
    await absent(clerk, away(begins, begins + HOUR))
    await return_claims_of_the_absent(begins - timedelta(seconds=1))
    assert (await Handoff.get(id=handoff.id)).status == "CLAIMED"
    await at_once(*(return_claims_of_the_absent(begins) for _ in range(3)))
    assert (await Handoff.get(id=handoff.id)).status == "QUEUED"
    kinds = await happened(handoff.id)
    assert kinds.count("CLAIM_RETURNED") == 1
    assert len(await told()) == 1
    # What somebody takes although they are away stays theirs.
    with as_of(begins + timedelta(minutes=1)):
        await do(claim_handoff, clerk, handoff=handoff.id)
        await return_claims_of_the_absent(begins + timedelta(minutes=2))
    assert (await Handoff.get(id=handoff.id)).status == "CLAIMED"


async def test_what_was_claimed_before_anybody_told_of_the_absence_returns_too(office: Office, clerk: Viewer) -> None:
    handoff = await claimed(office, clerk)
    await absent(clerk, away(now() - HOUR))
    assert (await Handoff.get(id=handoff.id)).status is HandoffStatus.QUEUED
    again = await claimed(office, clerk)
    await return_claims_of_the_absent(now())
    assert (await Handoff.get(id=again.id)).status is HandoffStatus.CLAIMED


async def test_a_claim_that_cannot_be_returned_keeps_nothing_from_the_others(
    office: Office, monkeypatch: pytest.MonkeyPatch, clerk: Viewer
) -> None:
    handoffs = [await claimed(office, clerk), await claimed(office, clerk)]
    spoilt, real = handoffs[0].complaint_id, clocks.restart

    async def restart(kind: Any, handoff: Any, *others: Any, **more: Any) -> None:
        if handoff.complaint_id == spoilt:
            raise RuntimeError
        await real(kind, handoff, *others, **more)

    monkeypatch.setattr(clocks, "restart", restart)
    await return_idle_claims(now() + timedelta(days=30))
    statuses = [(await Handoff.get(id=handoff.id)).status for handoff in handoffs]
    assert statuses == [HandoffStatus.CLAIMED, HandoffStatus.QUEUED]


async def test_what_waits_for_the_front_office_returns_only_when_it_has_its_information(
    office: Office, clerk: Viewer, agent: Viewer
) -> None:
    handoff = await claimed(office, clerk)
    await do(request_information, clerk, handoff=handoff.id, question="Which dock?")
    await absent(clerk, away())
    await return_claims_of_the_absent(now())
    assert (await Handoff.get(id=handoff.id)).status == "AWAITING_INFORMATION"
    await do(provide_information, agent, handoff=handoff.id, text="Dock 4.")
    await return_claims_of_the_absent(now())
    assert (await Handoff.get(id=handoff.id)).status == "QUEUED"


async def test_an_absence_is_set_by_oneself_by_a_manager_or_by_who_manages_absences(
    office: Office, clerk: Viewer, admin: Viewer, accountant: Viewer
) -> None:
    colleague, hr = await second_clerk(), await office.somebody("hr")
    day = timedelta(days=1)

    async def codes(viewer: Viewer, days: int) -> list[str]:
        given = away(now() + days * day, now() + (days + 1) * day - HOUR, account=Key(clerk.account))
        return await codes_of(lambda: set_absence(viewer, given))

    assert await codes(colleague, 1) == ["NOT_A_MANAGER"]
    assert await codes(admin, 1) == ["NOT_A_MANAGER"]
    assert await codes(hr, 1) == []
    await do(set_department_manager, admin, department=Department.LOGISTICS, account=colleague.account)
    assert await codes(colleague, 2) == []
    assert await codes(clerk, 3) == []
    assert await codes(accountant, 4) == ["NOT_A_MANAGER"]


async def test_only_the_absent_person_names_a_stand_in_of_another_role(office: Office, clerk: Viewer) -> None:
    hr, boss = await office.somebody("hr"), await office.somebody("back.manager")
    both = await hire("Both", [Role.LOGISTICS_CLERK, Role.PRODUCTION_PLANNER], [Department.LOGISTICS])
    second, planner = (
        await second_clerk(),
        await hire("Planner", [Role.PRODUCTION_PLANNER], [Department.LOGISTICS]),
    )
    day = timedelta(days=1)

    async def wrong(viewer: Viewer, account: Viewer, stand_in: Viewer, days: int) -> list[tuple[str, str]]:
        await Account.filter(id__in=[hr.account, boss.account]).update(departments=["LOGISTICS"])
        begins = now() + days * day
        people = {"account": Key(account.account), "stand_in": Key(stand_in.account)}
        return await wrong_with(lambda: set_absence(viewer, away(begins, begins + HOUR, **people)))

    other_role = [("OTHER_ROLE", "standIn")]
    # Nobody makes themself the reader of a manager's tasks, and who knows less reads none of who knows more.
    assert await wrong(hr, boss, hr, 1) == other_role
    assert await wrong(boss, clerk, boss, 1) == other_role
    assert await wrong(hr, both, clerk, 1) == other_role
    assert await wrong(hr, clerk, both, 1) == []
    assert await wrong(clerk, clerk, planner, 2) == []
    assert await wrong(boss, boss, hr, 2) == []
    # Who stands in for a stand-in reads the tasks of both: the first one has not named them.
    assert await wrong(both, both, second, 3) == []
    assert await wrong(hr, second, clerk, 3) == other_role
    assert await wrong(second, second, clerk, 3) == other_role
    assert await wrong(hr, second, both, 4) == []


async def test_everything_wrong_with_an_absence_is_reported_at_once(clerk: Viewer, accountant: Viewer) -> None:
    colleague = await second_clerk()
    begins = now() - timedelta(days=32)
    given = away(begins, begins, stand_in=Key(clerk.account))
    assert await wrong_with(lambda: set_absence(clerk, given)) == [
        ("INVALID", "fromAt"),
        ("INVALID", "untilAt"),
        ("INVALID", "standIn"),
    ]
    begins = now() + HOUR
    await absent(colleague, away(begins, begins + HOUR))

    async def code(stand_in: UUID | None, *times: datetime) -> str:
        [problem] = await problems_of(lambda: set_absence(clerk, away(*times, stand_in=Key(stand_in))))
        assert problem.path == ("input", "standIn")
        return problem.code

    assert await code(None) == "NOT_FOUND"
    assert await code(accountant.account) == "INVALID"
    assert await code(colleague.account) == "ABSENT"
    assert await code(colleague.account, begins + HOUR / 2) == "ABSENT"
    await Account.filter(id=colleague.account).update(enabled=False)
    assert await code(colleague.account) == "DISABLED"
    [over] = await problems_of(lambda: set_absence(clerk, away(now() - HOUR, now() - timedelta(minutes=1))))
    assert over.path == ("input", "untilAt")


async def test_the_absences_of_one_account_do_not_overlap_even_at_once(clerk: Viewer) -> None:
    begins = now() + HOUR
    outcomes = await at_once(*(problems_of(lambda: set_absence(clerk, away(begins, begins + HOUR))) for _ in range(3)))
    assert sorted([problem.code for problem in outcome] for outcome in outcomes) == [[], ["OVERLAP"], ["OVERLAP"]]
    for times in ((begins - HOUR, None), (begins + HOUR / 2, begins + 2 * HOUR)):
        [problem] = await problems_of(lambda times=times: set_absence(clerk, away(*times)))
        assert problem.code == "OVERLAP"
    row: dict[str, Any] = {"account_id": clerk.account, "set_at": now(), "set_by_id": clerk.account}
    with pytest.raises(IntegrityError, match="overlap"):
        await Absence.create(from_at=begins + HOUR / 2, **row)
    later = await absent(clerk, away(begins + HOUR))
    with pytest.raises(IntegrityError, match="overlap"):
        await Absence.filter(id=later.id).update(from_at=begins)
    # One that was called off takes no time.
    await do(end_absence, clerk, absence=later.id)
    assert not await problems_of(lambda: set_absence(clerk, away(begins + HOUR, begins + 2 * HOUR)))


async def test_an_absence_ends_early_and_colleagues_see_it(office: Office, clerk: Viewer, agent: Viewer) -> None:
    absence = await absent(clerk, away())
    document = (
        "query ($id: ID!) { node(id: $id) { ... on Account { isAbsent absences { nodes { isPresent endedAt } } } }"
        " frontOffice { absences(filter: {isPresent: {eq: true}}) { totalCount } } }"
    )
    key = {"id": f"acc_{clerk.account}"}
    shown = (await office.ask(agent, document, key))["data"]
    assert shown["node"] == {"isAbsent": True, "absences": {"nodes": [{"isPresent": True, "endedAt": None}]}}
    assert shown["frontOffice"]["absences"]["totalCount"] == 1
    [problem] = await problems_of(doing(end_absence, agent, absence=absence.id))
    assert problem.code == "NOT_A_MANAGER"
    await do(end_absence, clerk, absence=absence.id, expected_version=1)
    shown = (await office.ask(agent, document, key))["data"]
    assert shown["node"]["isAbsent"] is False
    assert shown["frontOffice"]["absences"]["totalCount"] == 0
    problems = await problems_of(doing(end_absence, clerk, absence=absence.id, expected_version=1))
    assert [problem.code for problem in problems] == ["STALE_VERSION", "ALREADY_ENDED"]
    [missing] = await problems_of(doing(end_absence, clerk, absence=clerk.account))
    assert (missing.code, missing.path) == ("NOT_FOUND", ("input", "absence"))
    assert await happened(account_id=clerk.account) == ["ABSENCE_SET", "ABSENCE_ENDED"]


async def test_who_stands_in_for_a_stand_in_is_found_and_a_circle_ends(clerk: Viewer) -> None:
    second = await second_clerk()
    third = await hire("Third Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    at = now()
    for account, stand_in in ((clerk, second), (second, third), (third, clerk)):
        await Absence.create(
            account_id=account.account, stand_in_id=stand_in.account, from_at=at, set_at=at, set_by_id=account.account
        )
    everybody = [clerk.account, second.account, third.account]
    assert await with_stand_ins([clerk.account], at) == everybody
    assert await with_stand_ins([clerk.account], at - HOUR) == [clerk.account]
