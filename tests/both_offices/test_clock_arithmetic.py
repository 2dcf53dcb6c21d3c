"""The arithmetic of clocks, against a counter that looks at every single minute."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.both_offices.clocks.policies import Classes, ClockPolicy, most_specific
from models.both_offices.clocks.reckoning import ClockState, Reckoning, Step, reckon
from models.both_offices.clocks.working_time import (
    DAY,
    MINUTE,
    Allowance,
    Counting,
    WorkingCalendar,
    count,
    milliseconds,
    moment_of,
    openings,
    openings_of_day,
)
from models.front_office.service.complaints import Category
from models.kit.severity import Severity
from models.permissions import Department

NINE_TO_FIVE = ((540, 1020),)
OFFICE_WEEK = (NINE_TO_FIVE,) * 5 + ((), ())
LONDON = WorkingCalendar("Europe/London", OFFICE_WEEK, "GB", "ENG")
TOLERANCE = timedelta(milliseconds=10)
"""A working day on which the clocks change is no whole number of minutes long in counted minutes; each segment rounds."""

# Weeks that hold what is difficult: clocks going forward and back on both halves of the earth, by half an hour on Lord Howe
# Island and at midnight in Beirut and the Azores, Christmas, Easter and the turn of a year.
HARD_DAYS = {
    "Europe/London": (date(2026, 3, 27), date(2026, 10, 23), date(2026, 12, 22), date(2027, 12, 30)),
    "America/New_York": (date(2026, 3, 6), date(2026, 10, 30), date(2026, 11, 24)),
    "Australia/Lord_Howe": (date(2026, 4, 3), date(2026, 10, 2)),
    "Asia/Beirut": (date(2026, 3, 27), date(2026, 10, 23)),
    "Atlantic/Azores": (date(2026, 3, 27), date(2026, 10, 23)),
    "Asia/Kathmandu": (date(2026, 4, 12),),
}
COUNTRIES = (None, ("GB", "ENG"), ("US", None), ("AU", "NSW"), ("DE", "BY"))
WEEKS = (
    OFFICE_WEEK,
    (((0, 1440),),) * 7,
    (((480, 720), (780, 1050)),) * 4 + (((480, 720),), (), ()),
    (((60, 200),),) * 3 + ((), ((1320, 1440),), ((0, 120), (1380, 1440)), ((90, 150),)),
)


@dataclass(frozen=True)
class Case:
    calendar: WorkingCalendar | None
    counting: Counting
    budget_minutes: int
    steps: tuple[Step, ...]

    def allowance(self) -> Allowance:
        return Allowance(self.budget_minutes * MINUTE, self.counting, self.calendar)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone = draw(st.sampled_from(sorted(HARD_DAYS)))
    first = draw(st.sampled_from(HARD_DAYS[zone]))
    country, subdivision = draw(st.sampled_from(COUNTRIES)) or (None, None)
    closed = frozenset(first + timedelta(days=day) for day in draw(st.sets(st.integers(0, 9), max_size=2)))
    calendar = WorkingCalendar(zone, draw(st.sampled_from(WEEKS)), country, subdivision, closed)
    counting = draw(st.sampled_from(list(Counting)))
    at = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 2880)))
    steps = [Step(at, ClockState.RUNNING, True)]
    for _ in range(draw(st.integers(0, 7))):
        at += timedelta(minutes=draw(st.integers(0, 2000)))
        # What the verbs do: pause, resume, stop, reopen with all or what is left; transfers and severities change nothing.
        steps.append(Step(at, draw(st.sampled_from(list(ClockState))), draw(st.integers(0, 5)) == 0))
    budget = draw(st.integers(1, 2500 if counting is Counting.WORKING_HOURS else 6000))
    return Case(calendar, counting, budget, tuple(steps))


# --- The counter that looks at every minute ---------------------------------------------------------------------------


@lru_cache(maxsize=1000)
def is_free(country: str | None, subdivision: str | None, day: date) -> bool:
    return country is not None and day in holidays.country_holidays(country, subdiv=subdivision, years=day.year)


@lru_cache(maxsize=1000)
def minutes_of(zone: str, day: date) -> int:
    """How many minutes of UTC show this local day."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=26)
    local = ZoneInfo(zone)
    return sum((begin + timedelta(minutes=minute)).astimezone(local).date() == day for minute in range(76 * 60))


def weight(case: Case, zone: ZoneInfo, minute: datetime) -> Fraction:
    """How much one minute counts while the clock runs."""
    if case.counting is Counting.PLAIN:
        return Fraction(1)
    assert case.calendar is not None
    local = minute.astimezone(zone)
    hours = case.calendar.week[local.weekday()]
    if not hours or local.date() in case.calendar.closed:
        return Fraction(0)
    if is_free(case.calendar.country, case.calendar.subdivision, local.date()):
        return Fraction(0)
    if case.counting is Counting.WORKING_DAYS:
        return Fraction(1440, minutes_of(case.calendar.time_zone, local.date()))
    of_day = local.hour * 60 + local.minute
    return Fraction(any(opens <= of_day < closes for opens, closes in hours))


def brute_force(case: Case, near: Fraction) -> tuple[Fraction, dict[Fraction, datetime]]:
    """What was counted when the last segment began, and when each part of the budget was or will be used up."""
    assert case.calendar is not None
    zone = ZoneInfo(case.calendar.time_zone)
    first = max(place for place, step in enumerate(case.steps) if step.restarts)
    run = case.steps[first:]
    used, reached = Fraction(0), dict[Fraction, datetime]()
    at_last, minute, place = Fraction(0), run[0].at, 0
    goals = (near, Fraction(case.budget_minutes))
    while len(reached) < len(goals):
        while place + 1 < len(run) and run[place + 1].at <= minute:
            place += 1
            at_last = used if place + 1 == len(run) else at_last
        if place + 1 == len(run) and run[place].state is ClockState.PAUSED:
            break
        if place + 1 == len(run) or run[place].state is ClockState.RUNNING:
            gained = weight(case, zone, minute)
            for goal in goals:
                if goal not in reached and used + gained >= goal:
                    part = (goal - used) / gained
                    reached[goal] = minute + timedelta(microseconds=round(part * 60_000_000))
            used += gained
        minute += timedelta(minutes=1)
    while place + 1 < len(run):
        # All goals were reached before the last segment: how much was used beyond them no longer matters.
        place, at_last = place + 1, used
    return at_last, reached


def agrees(case: Case) -> None:
    reckoned = reckon(case.steps, case.allowance())
    near = Fraction(case.budget_minutes) * 3 / 4
    used, reached = brute_force(case, near)
    for moment, goal in ((reckoned.warn_at, near), (reckoned.due_at, Fraction(case.budget_minutes))):
        assert (moment is None) == (goal not in reached), (reckoned, reached)
        if moment is not None:
            assert abs(moment - reached[goal]) <= TOLERANCE, (reckoned, reached)
    left = max(Fraction(0), case.budget_minutes - used)
    assert abs(reckoned.remaining - left * MINUTE) <= 10
    last = case.steps[-1]
    assert reckoned.state is last.state
    assert reckoned.stopped_at == (last.at if last.state is ClockState.STOPPED else None)


@given(cases())
@settings(max_examples=40, deadline=None)
def test_clocks_agree_with_a_counter_of_single_minutes(case: Case) -> None:
    agrees(case)


@pytest.mark.slow
@given(cases())
@settings(max_examples=1500, deadline=None)
def test_many_more_clocks_agree_with_a_counter_of_single_minutes(case: Case) -> None:
    agrees(case)


@given(cases(), st.integers(0, 20 * 1440 * 60_000), st.integers(0, 20 * 1440 * 60_000))
@settings(max_examples=60, deadline=None)
def test_two_halves_of_a_span_add_up_to_the_span(case: Case, one: int, other: int) -> None:
    begin = milliseconds(case.steps[0].at)
    enough, end = 10**12, begin + one + other
    whole, _ = count(case.calendar, case.counting, begin, enough, end)
    first, _ = count(case.calendar, case.counting, begin, enough, begin + one)
    second, _ = count(case.calendar, case.counting, begin + one, enough, end)
    assert first + second == whole


@given(cases(), st.integers(1, 3000 * 60_000))
@settings(max_examples=60, deadline=None)
def test_a_deadline_is_the_first_moment_at_which_enough_was_counted(case: Case, enough: int) -> None:
    begin = milliseconds(case.steps[0].at)
    counted, due = count(case.calendar, case.counting, begin, enough)
    assert counted == enough and due is not None
    assert count(case.calendar, case.counting, begin, 10**12, due)[0] == enough
    assert count(case.calendar, case.counting, begin, 10**12, due - 1)[0] < enough


# --- Cases that people can check by hand -------------------------------------------------------------------------------


def in_london(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("Europe/London"))


def due(calendar: WorkingCalendar | None, counting: Counting, at: datetime, minutes: int) -> datetime:
    _, moment = count(calendar, counting, milliseconds(at), minutes * MINUTE)
    assert moment is not None
    return moment_of(moment)


def test_working_hours_wait_over_the_weekend() -> None:
    friday = in_london(2026, 11, 20, 16)
    assert due(LONDON, Counting.WORKING_HOURS, friday, 120) == in_london(2026, 11, 23, 10)


def test_what_is_due_when_the_office_closes_is_not_due_the_next_morning() -> None:
    assert due(LONDON, Counting.WORKING_HOURS, in_london(2026, 11, 20, 16), 60) == in_london(2026, 11, 20, 17)


def test_working_days_pass_over_christmas_with_its_substitute_day() -> None:
    # Boxing Day 2026 is a Saturday, so that Monday the 28th is free too.
    assert due(LONDON, Counting.WORKING_DAYS, in_london(2026, 12, 24, 12), 1440) == in_london(2026, 12, 29, 12)


def test_what_comes_in_on_a_free_day_is_counted_from_the_next_working_day_on() -> None:
    saturday = in_london(2026, 11, 21, 11)
    assert due(LONDON, Counting.WORKING_DAYS, saturday, 5 * 1440) == in_london(2026, 11, 28)


def test_eight_weeks_are_fifty_six_days_of_twenty_four_hours() -> None:
    at = in_london(2026, 3, 1, 9)
    assert due(None, Counting.PLAIN, at, 56 * 1440) == at.astimezone(UTC) + timedelta(days=56)


def test_a_working_day_on_which_the_clocks_change_counts_as_much_as_any_other() -> None:
    sundays = WorkingCalendar("Europe/London", ((),) * 6 + (((0, 1440),),))
    [spring] = openings_of_day(sundays, Counting.WORKING_DAYS, date(2026, 3, 29))
    [autumn] = openings_of_day(sundays, Counting.WORKING_DAYS, date(2026, 10, 25))
    assert (spring.closes - spring.opens, spring.length) == (23 * 60 * MINUTE, DAY)
    assert (autumn.closes - autumn.opens, autumn.length) == (25 * 60 * MINUTE, DAY)
    [hours] = openings_of_day(sundays, Counting.WORKING_HOURS, date(2026, 3, 29))[:1]
    assert moment_of(hours.closes) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_day_that_a_zone_skipped_counts_nothing() -> None:
    # Samoa went from the 29th to the 31st of December 2011.
    always = WorkingCalendar("Pacific/Apia", (((0, 1440),),) * 7)
    assert openings_of_day(always, Counting.WORKING_DAYS, date(2011, 12, 30)) == ()
    assert openings_of_day(always, Counting.WORKING_HOURS, date(2011, 12, 30)) == ()


def test_a_calendar_that_never_opens_has_no_deadline() -> None:
    never = WorkingCalendar("UTC", ((),) * 7)
    assert count(never, Counting.WORKING_HOURS, 0, 1) == (0, None)
    assert list(openings(never, Counting.WORKING_HOURS, 0, 10 * DAY)) == []


def plain(minutes: int) -> Allowance:
    return Allowance(minutes * MINUTE, Counting.PLAIN, None)


def after(minutes: int) -> datetime:
    return datetime(2026, 6, 1, 9, tzinfo=UTC) + timedelta(minutes=minutes)


RUN, PAUSE, STOP = ClockState.RUNNING, ClockState.PAUSED, ClockState.STOPPED


def test_a_pause_moves_what_is_due_and_hides_it_meanwhile() -> None:
    begun = [Step(after(0), RUN, True), Step(after(30), PAUSE, False)]
    assert reckon(begun, plain(100)) == Reckoning(PAUSE, after(0), None, None, None, 70 * MINUTE)
    resumed = [*begun, Step(after(50), RUN, False)]
    assert reckon(resumed, plain(100)) == Reckoning(RUN, after(0), None, after(95), after(120), 70 * MINUTE)


def test_what_was_overdue_before_a_pause_stays_overdue() -> None:
    steps = [Step(after(0), RUN, True), Step(after(120), PAUSE, False)]
    assert reckon(steps, plain(100)) == Reckoning(PAUSE, after(0), None, after(75), after(100), 0)


def test_a_higher_severity_counts_what_has_already_passed() -> None:
    steps = [Step(after(0), RUN, True), Step(after(60), RUN, False)]
    assert reckon(steps, plain(40)).due_at == after(40)


def test_reopening_goes_on_with_what_was_left_or_begins_anew() -> None:
    answered = [Step(after(0), RUN, True), Step(after(60), STOP, False)]
    assert reckon(answered, plain(100)) == Reckoning(STOP, after(0), after(60), after(75), after(100), 40 * MINUTE)
    assert reckon([*answered, Step(after(500), RUN, False)], plain(100)).due_at == after(540)
    assert reckon([*answered, Step(after(500), RUN, True)], plain(100)).due_at == after(600)


def test_of_the_policies_that_fit_the_most_specific_one_holds() -> None:
    def policy(**selectors: object) -> ClockPolicy:
        return ClockPolicy(counting=Counting.PLAIN, budget_minutes=1, **selectors)

    anything = policy()
    severe = policy(severity=Severity.HIGH)
    delivery = policy(category=Category.DELIVERY)
    logistics = policy(department=Department.LOGISTICS)
    second = policy(stage=2)
    second_severe = policy(stage=2, severity=Severity.HIGH)
    every = [anything, severe, delivery, logistics, second, second_severe]

    def chosen(stage: int, department: Department | None, category: Category, severity: Severity) -> ClockPolicy | None:
        return most_specific(every, department, Classes(stage=stage, category=category, severity=severity))

    assert chosen(1, None, Category.BILLING, Severity.LOW) is anything
    assert chosen(1, None, Category.BILLING, Severity.HIGH) is severe
    assert chosen(1, None, Category.DELIVERY, Severity.HIGH) is delivery
    assert chosen(1, Department.LOGISTICS, Category.DELIVERY, Severity.HIGH) is logistics
    assert chosen(2, Department.LOGISTICS, Category.DELIVERY, Severity.LOW) is second
    assert chosen(2, Department.LOGISTICS, Category.DELIVERY, Severity.HIGH) is second_severe
    assert most_specific([severe], None, Classes(category=Category.OTHER, severity=Severity.LOW)) is None


@pytest.mark.parametrize("counting", Counting)
def test_what_would_be_due_after_the_end_of_the_calendar_is_due_at_its_end(counting: Counting) -> None:
    at = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
    reckoned = reckon([Step(at, ClockState.RUNNING, False)], Allowance(10_000 * MINUTE, counting, LONDON))
    # Where there is no later working day, nothing is ever due.
    assert reckoned.due_at in (
        {datetime(9999, 12, 30, tzinfo=UTC)} if counting is Counting.PLAIN else {None, moment_of(2**60)}
    )
