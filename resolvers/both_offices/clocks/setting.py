"""Sets how long things may take: the policies of a regime, and the calendars that they count in.

What holds for clocks that run already: they keep their policy until severity, department or stage change, so that nobody's
deadline moves when a rule does. Only a calendar is followed at once, by the scheduler: a holiday is one for everybody.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

import holidays
from tortoise.expressions import F

from models.both_offices.clocks.policies import (
    HANDOFF_CLOCKS,
    AtReopening,
    BusinessCalendar,
    ClockKind,
    ClockPolicy,
    CountsFrom,
    Regime,
)
from models.both_offices.clocks.working_time import (
    MINUTE,
    MINUTES_PER_DAY,
    Allowance,
    Counting,
    WorkingCalendar,
    count,
    milliseconds,
)
from models.front_office.service.complaints import LAST_STAGE, Category
from models.kit.base import new_id, now
from models.kit.severity import Severity
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department
from resolvers.both_offices.clocks.openings import fill_openings
from resolvers.kit.commands import Command, Key, Keys, Update, command, member
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import find, load
from resolvers.kit.locks import REGIMES_LOCK, alone
from resolvers.kit.viewer import Viewer

LONGEST = timedelta(days=365)
"""Within how much time every budget must be used up: what lasts longer is no deadline."""

MOST_MINUTES = LONGEST // timedelta(minutes=1)
MOST_SPANS = 8
MOST_CLOSED_DATES = 250


@command
class SetClockPolicy(Command):
    """How long something may take in a regime. What is left out of the first five means any."""

    regime: Key[Regime] = member("The regime.")
    kind: ClockKind = member("What it is about.")
    stage: int | None = member("In which stage of a complaint, 1 to 3.", default=None)
    department: Department | None = member("For which department; handoffs only.", default=None)
    category: Category | None = member("For which category.", default=None)
    severity: Severity | None = member("For which severity.", default=None)
    budget_minutes: int = member("How many counted minutes there are; 1,440 to a working day.")
    counting: Counting = member("Which minutes count.")
    calendar: Key[BusinessCalendar] | None = member(
        "The calendar to count in; needed unless time is PLAIN.", default=None
    )
    at_reopening: AtReopening = member(
        "What happens when something that was answered is opened again.", default=AtReopening.RESTART
    )
    counts_from: CountsFrom = member("From when it counts.", default=CountsFrom.START)
    lease_minutes: int | None = member(
        "After how many idle minutes a claim returns to the queue; handoffs only.", default=None
    )


@command
class WithdrawClockPolicy(Command):
    """Which policy holds no more."""

    clock_policy: Key[ClockPolicy] = member("The policy.")


@command
class SetBusinessCalendar(Update):
    """When the business is open."""

    calendar: Key[BusinessCalendar] | None = member(
        "The calendar that this is the next version of; left out, a new one.", default=None
    )
    name: str = member("What it is called, at most 200 characters.")
    time_zone: str = member("Its time zone in the IANA database, for instance Europe/London.")
    hours: tuple[tuple[tuple[int, ...], ...], ...] = member(
        "For each weekday from Monday on, spans of local minutes since midnight: [[[540, 1020]], … , []]."
    )
    country: str | None = member("Whose public holidays are kept: ISO 3166-1, for instance GB.", default=None)
    subdivision: str | None = member(
        "Of which part of the country: ISO 3166-2 without the country, for instance ENG.", default=None
    )
    closed_dates: tuple[str, ...] | None = member(
        "Further days on which it stays closed, as YYYY-MM-DD; at most 250.", default=None
    )


async def set_clock_policy(viewer: Viewer, given: SetClockPolicy) -> Keys:
    """Says how long something may take. What was said of the same case before is retired; clocks that run keep it."""
    errors = InputErrors()
    # Policies and calendars point at each other's rows: two who set them at once wait here, and nowhere for one another.
    await alone(REGIMES_LOCK)
    regime = await find(viewer, Regime, given.regime, errors, lock=True)
    calendar = await find(viewer, BusinessCalendar, given.calendar, errors, member="calendar", lock=True)
    if calendar is not None and calendar.replaced_by_id is not None:  # type: ignore[attr-defined]
        errors.add("calendar", "This calendar was replaced by a newer version of it.")
    _check_policy(errors, given, calendar)
    errors.raise_if_any()
    assert regime is not None
    at = now()
    case: dict[str, Any] = {
        "kind": given.kind,
        "stage": given.stage,
        "department": given.department,
        "category": given.category,
        "severity": given.severity,
    }
    await ClockPolicy.filter(regime_id=regime.id, retired_at=None, **case).update(retired_at=at)
    policy = await ClockPolicy.create(
        id=new_id(),
        regime_id=regime.id,
        **case,
        budget_minutes=given.budget_minutes,
        counting=given.counting,
        calendar_id=calendar.id if calendar else None,
        at_reopening=given.at_reopening,
        counts_from=given.counts_from,
        lease_minutes=given.lease_minutes,
        created_at=at,
    )
    await Regime.filter(id=regime.id).update(version=regime.version + 1)
    if calendar is not None and regime.active:
        await fill_openings(calendar, at)
    return {"clock_policy": policy.id}


async def withdraw_clock_policy(viewer: Viewer, given: WithdrawClockPolicy) -> Keys:
    """Withdraws a policy without another one in its place: what fits next best holds. Clocks that run keep it."""
    # The one of a kind that fits anything is not withdrawn, only replaced: no complaint is without a deadline.
    errors = InputErrors()
    await alone(REGIMES_LOCK)
    policy = await load(viewer, ClockPolicy, given.clock_policy, errors)
    if policy.retired_at is not None:
        errors.add("clockPolicy", "It does not hold any more.", "ALREADY_RETIRED")
    elif not any(policy.specificity):
        message = f"It holds for every {policy.kind} that no other one is for: set another one in its place."
        errors.add("clockPolicy", message, "LAST_RESORT")
    errors.raise_if_any()
    await ClockPolicy.filter(id=policy.id).update(retired_at=now())
    regime: Any = policy.regime_id
    await Regime.filter(id=regime).update(version=F("version") + 1)
    return {"clock_policy": policy.id}


def _check_policy(errors: InputErrors, given: SetClockPolicy, calendar: BusinessCalendar | None) -> None:
    handoffs = given.kind in HANDOFF_CLOCKS
    if given.stage is not None and not 1 <= given.stage <= LAST_STAGE:
        errors.add("stage", f"A complaint has the stages 1 to {LAST_STAGE}.")
    if given.department is not None and not handoffs:
        errors.add("department", "Only handoffs belong to a department.")
    elif given.department is not None and given.department not in BACK_OFFICE_DEPARTMENTS:
        errors.add("department", f"{given.department} is no department of the back office.")
    if given.lease_minutes is not None and not handoffs:
        errors.add("leaseMinutes", "Only handoffs are claimed.")
    elif given.lease_minutes is not None and not 1 <= given.lease_minutes <= MOST_MINUTES:
        errors.add("leaseMinutes", f"A claim is left alone for 1 to {MOST_MINUTES} minutes.")
    if given.counts_from is CountsFrom.ACKNOWLEDGEMENT and given.kind is not ClockKind.ANSWER_COMPLAINT:
        errors.add("countsFrom", "Only the answer to a complaint can be counted from its acknowledgement.")
    if given.counting is Counting.PLAIN and given.calendar is not None:
        errors.add("calendar", "Plain time needs no calendar; leave it out.")
    elif given.counting is not Counting.PLAIN and given.calendar is None:
        errors.add("calendar", f"{given.counting} needs a business calendar.")
    if not 1 <= given.budget_minutes <= MOST_MINUTES:
        errors.add("budgetMinutes", f"A budget has 1 to {MOST_MINUTES} minutes.")
    elif calendar is not None or given.counting is Counting.PLAIN:
        working = calendar.working() if calendar else None
        if not _is_used_up(Allowance(given.budget_minutes * MINUTE, given.counting, working), now()):
            errors.add("budgetMinutes", "The calendar does not open often enough to use this up within a year.")


def _is_used_up(allowed: Allowance, at: datetime) -> bool:
    begin = milliseconds(at)
    end = milliseconds(at + LONGEST)
    return count(allowed.calendar, allowed.counting, begin, allowed.budget, end)[1] is not None


# --- Calendars --------------------------------------------------------------------------------------------------------


async def set_business_calendar(viewer: Viewer, given: SetBusinessCalendar) -> Keys:
    """Adds a business calendar, or a new version of one, which all policies and running clocks then count in."""
    errors = InputErrors()
    name = errors.text("name", given.name, LONGEST_LINE)
    working = _working(errors, given)
    await alone(REGIMES_LOCK)
    old = await find(viewer, BusinessCalendar, given.calendar, errors, member="calendar", lock=True)
    if old is not None:
        errors.version(old.version, given.expected_version)
        if old.replaced_by_id is not None:  # type: ignore[attr-defined]
            errors.add("calendar", "This calendar was replaced by a newer version of it.")
    counting_in_it: list[ClockPolicy] = []
    if old is not None:
        counting_in_it = await ClockPolicy.filter(calendar_id=old.id, replaced_by_id=None).order_by("id")
    if working is not None:
        for policy in counting_in_it:
            allowed = Allowance(policy.budget_minutes * MINUTE, policy.counting, working)
            if policy.retired_at is None and not _is_used_up(allowed, now()):
                told = f"the {policy.budget_minutes} minutes of {policy.kind}"
                errors.add("hours", f"With these, {told} would not be used up within a year.")
    errors.raise_if_any()
    at = now()
    calendar = await BusinessCalendar.create(
        id=new_id(),
        name=name,
        time_zone=given.time_zone,
        hours=[[list(span) for span in day] for day in given.hours],
        country=given.country,
        subdivision=given.subdivision,
        closed_dates=sorted(set(given.closed_dates or ())),
        version=old.version + 1 if old else 1,
        created_at=at,
    )
    if old is not None:
        await BusinessCalendar.filter(id=old.id).update(replaced_by_id=calendar.id)
        for policy in counting_in_it:
            await _move_to_calendar(policy, calendar, at)
        if old.filled_until is not None:
            await fill_openings(calendar, at)
    return {"business_calendar": calendar.id}


async def _move_to_calendar(policy: ClockPolicy, calendar: BusinessCalendar, at: datetime) -> None:
    """The same policy in another calendar. One that is retired moves too: clocks may still count under it."""
    was_retired_at = policy.retired_at
    await ClockPolicy.filter(id=policy.id).update(retired_at=was_retired_at or at)
    following = policy.clone(pk=new_id())
    following.calendar_id, following.created_at = calendar.id, at
    following.retired_at = was_retired_at
    await following.save(force_create=True)
    await ClockPolicy.filter(id=policy.id).update(replaced_by_id=following.id)


def _working(errors: InputErrors, given: SetBusinessCalendar) -> WorkingCalendar | None:
    """The calendar as the arithmetic takes it; None when something about it is wrong."""
    problems_before = errors.count
    if given.time_zone not in available_timezones():
        errors.add("timeZone", "A time zone has a name of the IANA database, for instance Europe/London.")
    _check_hours(errors, given.hours)
    known = holidays.list_supported_countries()
    if given.country is not None and (len(given.country) != 2 or given.country not in known):
        errors.add("country", "Public holidays are known by two capital letters (ISO 3166-1), for instance GB.")
    elif given.subdivision is not None and (given.country is None or given.subdivision not in known[given.country]):
        errors.add("subdivision", "The country has no such subdivision with holidays of its own.")
    days: set[date] = set()
    if len(given.closed_dates or ()) > MOST_CLOSED_DATES:
        errors.add("closedDates", f"At most {MOST_CLOSED_DATES} further days are kept.")
    for text in (given.closed_dates or ())[:MOST_CLOSED_DATES]:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = None
        # Weeks, 2026-W01-1, are ISO dates too.
        if day is None or day.isoformat() != text:
            errors.add("closedDates", "A date is written YYYY-MM-DD.")
            break
        days.add(day)
    if errors.count > problems_before:
        return None
    week = tuple(tuple((span[0], span[1]) for span in day) for day in given.hours)
    return WorkingCalendar(given.time_zone, week, given.country, given.subdivision, frozenset(days))


def _check_hours(errors: InputErrors, hours: Sequence[Sequence[Sequence[int]]]) -> None:
    if len(hours) != 7:
        errors.add("hours", "A week has seven days, from Monday on.")
    elif not any(hours):
        errors.add("hours", "The business must open at least once a week.")
    elif any(not _in_order(day) for day in hours):
        spans = f"at most {MOST_SPANS} spans [opens, closes] of minutes from 0 to {MINUTES_PER_DAY}"
        message = f"A day has {spans}, one after the other."
        errors.add("hours", message)


def _in_order(day: Sequence[Sequence[int]]) -> bool:
    if len(day) > MOST_SPANS or any(len(span) != 2 for span in day):
        return False
    edges = [edge for span in day for edge in span]
    rising = all(
        earlier < later if place % 2 == 0 else earlier <= later
        for place, (earlier, later) in enumerate(pairwise(edges))
    )
    return rising and all(0 <= edge <= MINUTES_PER_DAY for edge in edges)
