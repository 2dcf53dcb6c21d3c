"""Keeps the table of a calendar's openings filled, so that SQL can say how much working time lies between two moments."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from models.both_offices.clocks.policies import BusinessCalendar, CalendarOpening
from models.both_offices.clocks.working_time import Counting, moment_of, openings_of_day
from models.kit.base import new_id

AHEAD = timedelta(days=500)
"""How far the openings reach when they are filled; longer than any deadline (see setting.LONGEST)."""

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
