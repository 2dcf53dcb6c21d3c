"""Business calendars: their versions, and their openings, by which SQL can say how much working time lies between two moments.

The surprising rule: clocks that run follow a new version at once, by the scheduler: a holiday is one for everybody.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import holidays

from models.both_offices.clocks.policies import BusinessCalendar, CalendarOpening, ClockPolicy, Regime
from models.both_offices.clocks.working_time import (
    MINUTE,
    MINUTES_PER_DAY,
    Allowance,
    Counting,
    WorkingCalendar,
    count,
    milliseconds,
    moment_of,
    openings_of_day,
)
from models.kit.base import new_id, now
from models.kit.sql import locking, read_records
from resolvers.kit.commands import LONGEST_LINE, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find
from resolvers.kit.locks import REGIMES_LOCK, alone

LONGEST = timedelta(days=365)
"""Within how much time every budget must be used up: what lasts longer is no deadline."""

MOST_SPANS = 8
MOST_CLOSED_DATES = 250

AHEAD = timedelta(days=500)
"""How far the openings reach when they are filled; longer than any deadline (LONGEST)."""

ENOUGH = timedelta(days=420)
"""Below how much ahead they are filled again."""

BEFORE = timedelta(days=7)

WORKING = (Counting.WORKING_HOURS, Counting.WORKING_DAYS)


async def fill_openings(calendar: BusinessCalendar, at: datetime) -> None:
    """Adds the openings until AHEAD of `at`, unless there are ENOUGH. Its row is locked, so that nobody else adds them too."""
    if calendar.filled_until is not None and calendar.filled_until >= at + ENOUGH:
        return
    locked = await BusinessCalendar.filter(id=calendar.id).select_for_update().get()
    if locked.filled_until is not None and locked.filled_until >= at + ENOUGH:
        return
    zone = ZoneInfo(locked.time_zone)
    first = (locked.filled_until or at - BEFORE).astimezone(zone).date()
    last = (at + AHEAD).astimezone(zone).date()
    for counting in WORKING:
        newest = await CalendarOpening.filter(calendar_id=calendar.id, counting=counting).order_by("-opens_at").first()
        before = newest.before_ms + newest.length_ms if newest else 0
        rows: list[CalendarOpening] = []
        day = first
        while day < last:
            for opening in openings_of_day(locked.working(), counting, day):
                rows.append(
                    CalendarOpening(
                        id=new_id(),
                        calendar_id=calendar.id,
                        counting=counting,
                        opens_at=moment_of(opening.opens),
                        closes_at=moment_of(opening.closes),
                        length_ms=opening.length,
                        before_ms=before,
                    )
                )
                before += opening.length
            day += timedelta(days=1)
        await CalendarOpening.bulk_create(rows, batch_size=500)
    # Noon of the first day that is not filled: midnight may be skipped where the clocks change.
    calendar.filled_until = datetime(last.year, last.month, last.day, 12, tzinfo=zone)
    await BusinessCalendar.filter(id=calendar.id).update(filled_until=calendar.filled_until)


def is_used_up(allowed: Allowance, at: datetime) -> bool:
    """Whether a budget that begins at a moment is used up before LONGEST has passed."""
    _, moment = count(allowed.calendar, allowed.counting, milliseconds(at), allowed.budget, milliseconds(at + LONGEST))
    return moment is not None


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


async def set_business_calendar(viewer: Viewer, given: SetBusinessCalendar) -> Keys:
    """Adds a business calendar, or a new version of one, which all policies and running clocks then count in."""
    errors = InputErrors()
    name = errors.text("name", given.name, LONGEST_LINE)
    working = _working(errors, given)
    await alone(REGIMES_LOCK)
    old = await find(viewer, BusinessCalendar, given.calendar, errors, member="calendar", lock=True)
    if old is not None:
        errors.version(old.version, given.expected_version)
        if old.replaced_by_id is not None:
            errors.add("calendar", "This calendar was replaced by a newer version of it.")
    counting_in_it: list[ClockPolicy] = []
    if old is not None:
        counting_in_it = await ClockPolicy.filter(calendar_id=old.id, replaced_by_id=None).order_by("id")
    if working is not None:
        for policy in counting_in_it:
            allowed = Allowance(policy.budget_minutes * MINUTE, policy.counting, working)
            if policy.retired_at is None and not is_used_up(allowed, now()):
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
        # By its version one knows that its policies are others now.
        counting = "SELECT counted.regime_id FROM clock_policies counted WHERE counted.calendar_id = ?1"
        sql = f"SELECT * FROM regimes WHERE id IN ({counting}) ORDER BY id{locking()}"
        for regime in await read_records(Regime, sql, old.id):
            await regime.save_next_version()
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
