"""Working time: how much of it lies between two moments, and when so much of it has passed. Pure arithmetic, no database.

The surprising rule: everything is counted in whole milliseconds from the epoch, by running sums that are exactly reversible,
so that two halves of a span always add up to the span, and a deadline is the first moment at which enough was counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from models.kit.enums import DescribedEnum

MINUTE = 60_000
"""Milliseconds in a minute."""

MINUTES_PER_DAY = 1_440
DAY = MINUTES_PER_DAY * MINUTE

HORIZON = timedelta(days=3 * 366)
"""How far a deadline is looked for. A calendar that does not open often enough within it has none."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Counting(DescribedEnum):
    """Which minutes a clock counts."""

    WORKING_HOURS = "WORKING_HOURS", "Those within the calendar's hours."
    WORKING_DAYS = (
        "WORKING_DAYS",
        "All of a local day on which the calendar opens; such a day counts 1,440 also when the clocks are changed.",
    )
    PLAIN = "PLAIN", "Every minute, as regulators count who say days or weeks."


@dataclass(frozen=True)
class WorkingCalendar:
    """When a business is open. `week` holds, from Monday on, pairs of local minutes: opens, closes (at most 1,440).

    `country` and `subdivision` (ISO 3166) choose public holidays; `closed` are further local days without opening.
    """

    time_zone: str
    week: tuple[tuple[tuple[int, int], ...], ...]
    country: str | None = None
    subdivision: str | None = None
    closed: frozenset[date] = frozenset()

    def opens_on(self, day: date) -> bool:
        """Whether the business opens at all on a local day."""
        hours = self.week[day.weekday()]
        return bool(hours) and day not in self.closed and day not in _public_holidays(self, day.year)


@dataclass(frozen=True, slots=True)
class Opening:
    """A span that counts: from `opens` until before `closes`, `length` in all, spread evenly. All in milliseconds."""

    opens: int
    closes: int
    length: int

    def counted_until(self, moment: int) -> int:
        """How much of it has been counted at a moment."""
        if moment <= self.opens:
            return 0
        if moment >= self.closes:
            return self.length
        return (moment - self.opens) * self.length // (self.closes - self.opens)

    def reaches(self, amount: int) -> int:
        """The first moment at which `amount`, at most `length`, has been counted."""
        return self.opens + -(-amount * (self.closes - self.opens) // self.length)


def milliseconds(moment: datetime) -> int:
    """A moment as milliseconds since the epoch."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


_LAST = milliseconds(datetime(9999, 12, 30, tzinfo=UTC))
"""The last day that has a next one in every time zone."""


def moment_of(stamp: int) -> datetime:
    """Milliseconds since the epoch as a moment; whatever would come after the calendar's end comes at its end."""
    return _EPOCH + timedelta(milliseconds=min(stamp, _LAST))


@lru_cache(maxsize=512)
def _public_holidays(calendar: WorkingCalendar, year: int) -> frozenset[date]:
    if calendar.country is None:
        return frozenset()
    return frozenset(holidays.country_holidays(calendar.country, subdiv=calendar.subdivision, years=year))


def _pieces(zone: ZoneInfo, day: date) -> Iterator[tuple[int, int, int]]:
    """A local day as spans with one offset from UTC each: from, until, offset. It has two when the clocks are changed."""
    begin = milliseconds(datetime.combine(day, time(), zone))
    end = milliseconds(datetime.combine(day + timedelta(days=1), time(), zone))
    while begin < end:
        offset = _offset(zone, begin)
        until = end
        if _offset(zone, end - 1) != offset:
            low, high = begin, end - 1
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
            until = high
        yield begin, until, offset
        begin = until


def _offset(zone: ZoneInfo, stamp: int) -> int:
    offset = moment_of(stamp).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(milliseconds=1)


@lru_cache(maxsize=20_000)
def openings_of_day(calendar: WorkingCalendar, counting: Counting, day: date) -> tuple[Opening, ...]:
    """What counts of one local day, in order: those minutes whose local time lies within the hours, or the whole day."""
    if not calendar.opens_on(day):
        return ()
    pieces = list(_pieces(ZoneInfo(calendar.time_zone), day))
    if counting is Counting.WORKING_DAYS:
        # A day that the zone skipped altogether has no pieces.
        return (Opening(pieces[0][0], pieces[-1][1], DAY),) if pieces else ()
    midnight = milliseconds(datetime.combine(day, time(), UTC))
    found: list[Opening] = []
    for begin, until, offset in pieces:
        for opens, closes in calendar.week[day.weekday()]:
            first = max(begin, midnight - offset + opens * MINUTE)
            last = min(until, midnight - offset + closes * MINUTE)
            if first < last:
                found.append(Opening(first, last, last - first))
    return tuple(found)


def openings(calendar: WorkingCalendar, counting: Counting, begin: int, end: int) -> Iterator[Opening]:
    """The openings that end after `begin` and start before `end`, in order."""
    zone = ZoneInfo(calendar.time_zone)
    day = moment_of(begin).astimezone(zone).date()
    last = moment_of(end).astimezone(zone).date()
    while day <= last:
        for opening in openings_of_day(calendar, counting, day):
            if opening.closes > begin and opening.opens < end:
                yield opening
        day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much may be counted, in milliseconds, and how. `calendar` may be None where every minute counts."""

    budget: int
    counting: Counting
    calendar: WorkingCalendar | None


def count(
    calendar: WorkingCalendar | None, counting: Counting, begin: int, enough: int, end: int | None = None
) -> tuple[int, int | None]:
    """Counts from `begin` until there is `enough` or, if given, until `end`: how much it was, and the moment of enough.

    Without `end` it looks HORIZON ahead. `calendar` may be None where every minute counts.
    """
    if enough <= 0:
        return 0, begin
    if counting is Counting.PLAIN:
        if end is not None and end - begin < enough:
            return max(0, end - begin), None
        return enough, begin + enough
    assert calendar is not None, "Working time needs a calendar."
    limit = end if end is not None else begin + HORIZON // timedelta(milliseconds=1)
    counted = 0
    for opening in openings(calendar, counting, begin, limit):
        before = opening.counted_until(begin)
        gained = opening.counted_until(limit) - before
        if counted + gained >= enough:
            return enough, opening.reaches(before + enough - counted)
        counted += gained
    return counted, None
