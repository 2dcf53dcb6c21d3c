"""Regimes, policies and calendars: how managers set them, and what that means for clocks that run already."""

from datetime import UTC, datetime, timedelta
from typing import Any

from models.both_offices.clocks.policies import (
    BusinessCalendar,
    CalendarOpening,
    Classes,
    ClockKind,
    ClockPolicy,
    Regime,
    most_specific,
)
from models.both_offices.clocks.presets import DUE_WITHIN, PRESETS
from models.both_offices.clocks.running import Clock, ClockSegment
from models.both_offices.clocks.working_time import DAY, Counting, count, milliseconds
from models.front_office.service.complaints import Category
from models.kit.base import as_of, now
from models.kit.database import Database
from models.kit.severity import Severity
from models.permissions import Department
from resolvers.both_offices.clocks.calendars import AHEAD, fill_openings
from resolvers.both_offices.clocks.policies import active_regime, bring_in_presets
from resolvers.both_offices.clocks.watching import ClockJob
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from tests.both_offices.ticking import check_clock
from tests.office import Office, at_once, handed_off, received, wrong_in

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
NINE_TO_FIVE: list[list[list[int]]] = [[[540, 1020]]] * 5 + [[], []]

POLICY = """mutation($input: SetClockPolicyInput!) { setClockPolicy(input: $input) {
  clockPolicy { id kind severity budgetMinutes counting calendar { name } regime { code } } errors { code path message } } }"""
CALENDAR = """mutation($input: SetBusinessCalendarInput!) { setBusinessCalendar(input: $input) {
  businessCalendar { id name timeZone hours country subdivision closedDates version } errors { code path message } } }"""
ADOPT = """mutation($input: AdoptRegimeInput!) { adoptRegime(input: $input) {
  regime { code active version } errors { code path } } }"""
REGIMES = """{ frontOffice { regimes { nodes { id code active version reopenWithinDays ratingWindowDays
  policies(first: 30) { nodes { kind stage severity budgetMinutes counting atReopening countsFrom leaseMinutes retiredAt
    calendar { timeZone country hours } } } } } businessCalendars { nodes { id name version replacedBy { version } } } } }"""


async def asked(office: Office, document: str, given: dict[str, Any], who: str = "front.manager") -> dict[str, Any]:
    answer = await office.ask(await office.somebody(who), document, {"input": given})
    assert "errors" not in answer, answer
    [payload] = answer["data"].values()
    return payload


async def regime(code: str = "DEFAULT") -> str:
    return f"rgm_{(await Regime.get(code=code)).id}"


async def calendar_of(code: str) -> BusinessCalendar:
    policy = await ClockPolicy.filter(regime__code=code, retired_at=None).exclude(calendar_id=None).first()
    assert policy is not None
    return await BusinessCalendar.get(id=policy.calendar_id)


async def test_what_is_shipped_is_there_and_the_house_rules_are_active(office: Office) -> None:
    before = office.database.statements_read
    found = await office.ask(await office.somebody("service"), REGIMES)
    assert office.database.statements_read <= before + 2
    shipped = {node["code"]: node for node in found["data"]["frontOffice"]["regimes"]["nodes"]}
    assert list(shipped) == ["ASIC_RG_271", "DEFAULT", "FCA_DISP", "UK_HOUSING"]
    assert [code for code, node in shipped.items() if node["active"]] == ["DEFAULT"]

    def budget(code: str, kind: str, stage: int | None = None) -> tuple[int, str]:
        [policy] = [
            policy
            for policy in shipped[code]["policies"]["nodes"]
            if (policy["kind"], policy["stage"], policy["severity"]) == (kind, stage, None)
        ]
        return policy["budgetMinutes"], policy["counting"]

    day = 1440
    assert budget("FCA_DISP", "ANSWER_COMPLAINT") == (56 * day, "PLAIN")
    assert budget("ASIC_RG_271", "ACKNOWLEDGE_COMPLAINT") == (day, "PLAIN")
    assert budget("ASIC_RG_271", "ANSWER_COMPLAINT") == (30 * day, "PLAIN")
    assert budget("UK_HOUSING", "ACKNOWLEDGE_COMPLAINT") == (5 * day, "WORKING_DAYS")
    assert budget("UK_HOUSING", "ANSWER_COMPLAINT") == (10 * day, "WORKING_DAYS")
    assert budget("UK_HOUSING", "ANSWER_COMPLAINT", 2) == (20 * day, "WORKING_DAYS")
    for node in shipped.values():
        for severity, within in DUE_WITHIN.items():
            policies = await ClockPolicy.filter(regime__code=node["code"], kind=ClockKind.ANSWER_HANDOFF)
            chosen = most_specific(policies, Department.IT, Classes(category=Category.OTHER, severity=severity))
            assert chosen is not None and timedelta(minutes=chosen.budget_minutes) == within


def test_every_shipped_regime_has_a_policy_for_anything() -> None:
    for preset in PRESETS:
        for kind in ClockKind:
            anything = [p for p in preset.policies if (p.kind, p.stage, p.severity) == (kind, None, None)]
            assert len(anything) == 1, (preset.code, kind)


async def test_bringing_in_what_is_shipped_again_or_at_once_does_it_once(database: Database) -> None:
    await at_once(*(bring_in_presets() for _ in range(3)))
    counted = (await Regime.all().count(), await ClockPolicy.all().count(), await CalendarOpening.all().count())
    assert counted[0] == len(PRESETS)
    await bring_in_presets()
    assert (await active_regime()).code == "DEFAULT"
    assert (await Regime.all().count(), await ClockPolicy.all().count(), await CalendarOpening.all().count()) == counted


async def test_another_regime_holds_for_what_begins_from_then_on(office: Office, agent: Viewer) -> None:
    with as_of(MONDAY):
        before = await received(agent, severity=Severity.HIGH)
    housing = await regime("UK_HOUSING")
    adopted = await asked(office, ADOPT, {"regime": housing, "expectedVersion": 1})
    assert adopted == {"regime": {"code": "UK_HOUSING", "active": True, "version": 2}, "errors": []}
    assert wrong_in(await asked(office, ADOPT, {"regime": housing, "expectedVersion": 1})) == [
        ("STALE_VERSION", "expectedVersion")
    ]
    assert (await asked(office, ADOPT, {"regime": housing}))["regime"]["version"] == 2
    with as_of(MONDAY):
        after = await received(agent, severity=Severity.HIGH)
    kind = ClockKind.ANSWER_COMPLAINT
    assert (await Clock.get(complaint_id=before.id, kind=kind)).due_at == MONDAY + timedelta(days=3)
    assert (await Clock.get(complaint_id=after.id, kind=kind)).due_at == MONDAY + timedelta(days=14)
    assert wrong_in(await asked(office, ADOPT, {"regime": f"clk_{before.id}"})) == [("NOT_FOUND", "regime")]


async def test_two_that_adopt_at_once_leave_one_active(office: Office) -> None:
    given = [{"regime": await regime(code)} for code in ("FCA_DISP", "ASIC_RG_271", "UK_HOUSING")]
    await at_once(*(asked(office, ADOPT, one) for one in given))
    assert await Regime.filter(active=True).count() == 1


async def test_a_policy_replaces_what_was_said_of_the_same_case(office: Office, agent: Viewer) -> None:
    given = {
        "regime": await regime(),
        "kind": "ANSWER_HANDOFF",
        "severity": "HIGH",
        "department": "LOGISTICS",
        "category": "DELIVERY",
        "budgetMinutes": 90,
        "counting": "PLAIN",
        "leaseMinutes": 30,
    }
    first = await asked(office, POLICY, given)
    assert (first["errors"], first["clockPolicy"]["budgetMinutes"]) == ([], 90)
    assert first["clockPolicy"]["regime"] == {"code": "DEFAULT"}
    await at_once(*(asked(office, POLICY, {**given, "budgetMinutes": minutes}) for minutes in (50, 60)))
    in_force = await ClockPolicy.filter(department="LOGISTICS", retired_at=None)
    assert len(in_force) == 1 and await ClockPolicy.filter(department="LOGISTICS").count() == 3
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    assert handoff.due_at == MONDAY + timedelta(minutes=in_force[0].budget_minutes)


ADD = """mutation($input: AddRegimeInput!) { addRegime(input: $input) { regime { id code active version reopenWithinDays
  policies(first: 50) { totalCount } } errors { code path } } }"""
CHANGE = """mutation($input: ChangeRegimeInput!) { changeRegime(input: $input) { regime { name reopenWithinDays ratingWindowDays
  version } errors { code path } } }"""
WITHDRAW = """mutation($input: WithdrawClockPolicyInput!) { withdrawClockPolicy(input: $input) {
  clockPolicy { retiredAt regime { version } } errors { code path } } }"""


async def test_a_regulators_regime_is_added_with_the_policies_of_another_and_its_days_change(office: Office) -> None:
    given = {"code": "FOS_CH", "name": "Ombudsman 😀", "source": "His rules, 3.1", "basedOn": await regime("FCA_DISP")}
    days = {"reopenWithinDays": 20, "ratingWindowDays": 10}
    held = await ClockPolicy.filter(regime__code="FCA_DISP", retired_at=None).count()
    answers = await at_once(*(asked(office, ADD, {**given, **days}) for _ in range(2)))
    made, refused = sorted(answers, key=lambda answer: len(answer["errors"]))
    assert wrong_in(refused) == [("ALREADY_THERE", "code")]
    assert made["regime"].pop("policies") == {"totalCount": held}
    key = made["regime"].pop("id")
    assert made["regime"] == {"code": "FOS_CH", "active": False, "version": 1, "reopenWithinDays": 20}
    wrong = {"code": "fos", "name": " ", "source": "", "basedOn": "rgm_x", "reopenWithinDays": -1}
    refused = await asked(office, ADD, {**wrong, "ratingWindowDays": 2**31 - 1})
    members = ["code", "name", "source", "reopenWithinDays", "ratingWindowDays", "basedOn"]
    assert [member for _, member in wrong_in(refused)] == members
    changes = {"regime": key, "reopenWithinDays": 30, "expectedVersion": 1}
    changed = await asked(office, CHANGE, changes)
    assert changed["regime"] == {
        "name": "Ombudsman 😀",
        "reopenWithinDays": 30,
        "ratingWindowDays": 10,
        "version": 2,
    }
    assert wrong_in(await asked(office, CHANGE, {**changes, "ratingWindowDays": 3661})) == [
        ("INVALID", "ratingWindowDays"),
        ("STALE_VERSION", "expectedVersion"),
    ]
    assert (await asked(office, ADOPT, {"regime": key}))["regime"]["active"] is True
    assert (await active_regime()).reopen_within_days == 30


async def test_a_policy_is_withdrawn_without_another_but_never_the_one_that_fits_anything(office: Office) -> None:
    agent = await office.somebody("service")
    narrow = {"kind": "ANSWER_HANDOFF", "department": "LOGISTICS", "severity": "HIGH", "category": "DELIVERY"}
    given = {**narrow, "regime": await regime(), "budgetMinutes": 90, "counting": "PLAIN"}
    key = (await asked(office, POLICY, given))["clockPolicy"]["id"]
    with as_of(MONDAY):
        before = await handed_off(agent, severity=Severity.HIGH)
    version = (await Regime.get(code="DEFAULT")).version
    withdrawn = await asked(office, WITHDRAW, {"clockPolicy": key})
    assert withdrawn["clockPolicy"]["retiredAt"] and withdrawn["clockPolicy"]["regime"] == {"version": version + 1}
    with as_of(MONDAY):
        after = await handed_off(agent, severity=Severity.HIGH)
    assert before.due_at == MONDAY + timedelta(minutes=90)
    assert after.due_at == MONDAY + DUE_WITHIN[Severity.HIGH]
    assert wrong_in(await asked(office, WITHDRAW, {"clockPolicy": key})) == [("ALREADY_RETIRED", "clockPolicy")]
    assert wrong_in(await asked(office, WITHDRAW, {"clockPolicy": "plc_x"})) == [("NOT_FOUND", "clockPolicy")]
    anything: dict[str, Any] = dict.fromkeys(("stage", "department", "category", "severity", "retired_at"))
    for policy in await ClockPolicy.filter(regime__code="DEFAULT", **anything):
        refused = await asked(office, WITHDRAW, {"clockPolicy": f"plc_{policy.id}"})
        assert wrong_in(refused) == [("LAST_RESORT", "clockPolicy")]


POLICIES_THAT_MAKE_NO_SENSE: list[tuple[dict[str, Any], list[str]]] = [
    ({"budgetMinutes": 0}, ["budgetMinutes"]),
    ({"budgetMinutes": -1, "stage": 4}, ["stage", "budgetMinutes"]),
    ({"budgetMinutes": 525601}, ["budgetMinutes"]),
    ({"counting": "WORKING_DAYS"}, ["calendar"]),
    ({"counting": "WORKING_DAYS", "calendar": "bcl_nothing"}, ["calendar"]),
    ({"department": "IT"}, ["department"]),
    ({"kind": "CLAIM_HANDOFF", "department": "SALES"}, ["department"]),
    ({"leaseMinutes": 5}, ["leaseMinutes"]),
    ({"kind": "CLAIM_HANDOFF", "leaseMinutes": 0}, ["leaseMinutes"]),
    ({"kind": "CLAIM_HANDOFF", "countsFrom": "ACKNOWLEDGEMENT"}, ["countsFrom"]),
    ({"regime": "rgm_nothing", "stage": 0}, ["regime", "stage"]),
]


async def test_a_policy_that_makes_no_sense_is_refused(office: Office) -> None:
    given = {"regime": await regime(), "kind": "ANSWER_COMPLAINT", "budgetMinutes": 60, "counting": "PLAIN"}
    for members, wrong in POLICIES_THAT_MAKE_NO_SENSE:
        payload = await asked(office, POLICY, {**given, **members})
        assert payload["clockPolicy"] is None
        assert [member for _, member in wrong_in(payload)] == wrong


async def test_a_budget_that_a_calendar_does_not_hold_in_a_year_is_refused(office: Office) -> None:
    seldom: list[list[list[int]]] = [[[540, 600]], [], [], [], [], [], []]
    made = await asked(office, CALENDAR, {"name": "Seldom", "timeZone": "UTC", "hours": seldom})
    given = {
        "regime": await regime(),
        "kind": "ANSWER_COMPLAINT",
        "counting": "WORKING_HOURS",
        "calendar": made["businessCalendar"]["id"],
    }
    assert wrong_in(await asked(office, POLICY, {**given, "budgetMinutes": 60 * 60})) == [("INVALID", "budgetMinutes")]
    assert (await asked(office, POLICY, {**given, "budgetMinutes": 60 * 50}))["errors"] == []


async def test_who_does_not_lead_changes_no_policy(office: Office) -> None:
    for who in ("service", "logistics", "admin"):
        answer = await office.ask(await office.somebody(who), ADOPT, {"input": {"regime": await regime()}})
        assert [error["extensions"]["code"] for error in answer["errors"]][:1] == ["FORBIDDEN"]


# --- Calendars --------------------------------------------------------------------------------------------------------


CALENDARS_THAT_MAKE_NO_SENSE: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": "  ", "timeZone": "Mars/Olympus"}, ["name", "timeZone"]),
    ({"name": "x" * 201, "timeZone": "../../etc/passwd"}, ["name", "timeZone"]),
    ({"hours": [[]] * 7}, ["hours"]),
    ({"hours": [[[540, 1020]]] * 6}, ["hours"]),
    ({"hours": [[[1020, 540]]] * 7}, ["hours"]),
    ({"hours": [[[0, 1441]]] * 7}, ["hours"]),
    ({"hours": [[[-1, 10]]] * 7}, ["hours"]),
    ({"hours": [[[540]]] * 7}, ["hours"]),
    ({"hours": [[[540, 700], [600, 800]]] * 7}, ["hours"]),
    ({"hours": [[[540, 540]]] * 7}, ["hours"]),
    ({"country": "XX"}, ["country"]),
    ({"country": "GBR"}, ["country"]),
    ({"country": "GB", "subdivision": "TEXAS"}, ["subdivision"]),
    ({"subdivision": "ENG"}, ["subdivision"]),
    ({"closedDates": ["2026-12-24", "24.12.2026"]}, ["closedDates"]),
    ({"closedDates": ["2026-W01-1"]}, ["closedDates"]),
    ({"closedDates": ["20261231ab"]}, ["closedDates"]),
    ({"calendar": "bcl_nothing"}, ["calendar"]),
]


async def test_a_calendar_that_makes_no_sense_is_refused(office: Office) -> None:
    given = {"name": "Ours 🗓", "timeZone": "Europe/Berlin", "hours": NINE_TO_FIVE}
    for members, wrong in CALENDARS_THAT_MAKE_NO_SENSE:
        payload = await asked(office, CALENDAR, {**given, **members})
        assert payload["businessCalendar"] is None
        assert [member for _, member in wrong_in(payload)] == wrong
    assert (await asked(office, CALENDAR, given))["businessCalendar"]["name"] == "Ours 🗓"


async def test_a_new_version_of_a_calendar_moves_the_clocks_that_count_in_it(office: Office, agent: Viewer) -> None:
    with as_of(MONDAY):
        complaint = await received(agent, severity=Severity.HIGH)
        handoff = await handed_off(agent)
    old = await calendar_of("DEFAULT")
    given = {
        "calendar": f"bcl_{old.id}",
        "name": "Office hours",
        "timeZone": "UTC",
        "hours": NINE_TO_FIVE,
        "closedDates": ["2026-11-24", "2026-11-25", "2026-11-24"],
        "expectedVersion": 1,
    }
    made = (await asked(office, CALENDAR, given))["businessCalendar"]
    assert (made["version"], made["closedDates"], made["hours"]) == (2, ["2026-11-24", "2026-11-25"], NINE_TO_FIVE)
    assert wrong_in(await asked(office, CALENDAR, {**given, "expectedVersion": None})) == [("INVALID", "calendar")]
    before = await Clock.get(handoff_id=handoff.id, kind=ClockKind.ANSWER_HANDOFF)
    with as_of(MONDAY + timedelta(hours=1)):
        await ClockJob(office.database).follow_calendars(now())
        await ClockJob(office.database).follow_calendars(now())
    clock = await Clock.get(complaint_id=complaint.id, kind=ClockKind.ANSWER_COMPLAINT)
    # Three working days, of which two are closed and two are the weekend.
    assert clock.due_at == MONDAY + timedelta(days=7)
    reasons = await ClockSegment.filter(clock_id=clock.id).order_by("number").values_list("reason", flat=True)
    assert [str(reason) for reason in reasons] == ["STARTED", "CALENDAR_CHANGED"]
    assert (await Clock.get(id=before.id)).due_at == before.due_at
    for each in await Clock.all():
        assert await check_clock(each.id) == []


async def test_policies_and_calendars_that_are_set_at_once_wait_for_each_other_and_never_both(office: Office) -> None:
    calendar = await calendar_of("DEFAULT")
    policy = {"kind": "ANSWER_COMPLAINT", "budgetMinutes": 600, "counting": "WORKING_HOURS"}
    policy |= {"regime": await regime(), "calendar": f"bcl_{calendar.id}"}
    newer = {"calendar": f"bcl_{calendar.id}", "name": "Ours", "timeZone": "Europe/Berlin", "hours": NINE_TO_FIVE}
    payloads = await at_once(*(asked(office, *one) for _ in range(3) for one in ((POLICY, policy), (CALENDAR, newer))))
    assert sum(not payload["errors"] for payload in payloads if "businessCalendar" in payload) == 1
    in_force = ClockPolicy.filter(regime__code="DEFAULT", retired_at=None)
    cases = await in_force.values_list("kind", "stage", "department", "category", "severity")
    assert len(cases) == len(set(cases))


async def test_a_new_version_that_would_starve_a_policy_is_refused(office: Office) -> None:
    old = await calendar_of("DEFAULT")
    closed = [(MONDAY + timedelta(weeks=week)).date().isoformat() for week in range(53)]
    given = {
        "calendar": f"bcl_{old.id}",
        "name": "Closed",
        "timeZone": "UTC",
        "hours": [[[540, 1020]], [], [], [], [], [], []],
        "closedDates": closed,
    }
    with as_of(MONDAY):
        payload = await asked(office, CALENDAR, given)
    assert set(wrong_in(payload)) == {("INVALID", "hours")}


async def test_openings_add_up_to_what_the_arithmetic_counts(database: Database) -> None:
    await bring_in_presets()
    calendar = await calendar_of("UK_HOUSING")
    at = datetime(2026, 3, 1, tzinfo=UTC)
    await transact(lambda: fill_openings(calendar, at))
    await transact(lambda: fill_openings(calendar, at + timedelta(days=30)))
    # Half a year later it is filled further, without a gap.
    await transact(lambda: fill_openings(calendar, at + timedelta(days=180)))
    for counting in (Counting.WORKING_HOURS, Counting.WORKING_DAYS):
        rows = await CalendarOpening.filter(calendar_id=calendar.id, counting=counting).order_by("opens_at")
        total = 0
        for row in rows:
            assert row.before_ms == total
            total += row.length_ms
        begin, end = milliseconds(rows[0].opens_at), milliseconds(rows[-1].closes_at)
        assert count(calendar.working(), counting, begin, 10**15, end)[0] == total
        assert rows[-1].closes_at > at + timedelta(days=175) + AHEAD - timedelta(days=5)
        if counting is Counting.WORKING_DAYS:
            assert {row.length_ms for row in rows} == {DAY}
