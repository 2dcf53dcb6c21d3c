"""What tests of clocks share: when it is, what a clock did, and what it passed."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from models.back_office.handoffs import Handoff
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import Clock, ClockEvent, ClockSegment
from models.front_office.service.complaints import Complaint
from models.kit.base import as_of
from resolvers.both_offices.clocks import check_clock
from resolvers.kit.transaction import transact
from tests.office import events_about

CLAIM, ANSWER = ClockKind.CLAIM_HANDOFF, ClockKind.ANSWER_HANDOFF
HEAR, REPLY = ClockKind.ACKNOWLEDGE_COMPLAINT, ClockKind.ANSWER_COMPLAINT
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


async def segments(clock: Clock) -> list[tuple[str, str, bool]]:
    """What a clock did and why, and whether it began anew."""
    rows = await ClockSegment.filter(clock_id=clock.id).order_by("number")
    return [(str(row.state), str(row.reason), row.restarts) for row in rows]


async def clock_of(subject: Complaint | Handoff, kind: ClockKind) -> Clock:
    owner: Any = {"handoff_id": subject.id} if isinstance(subject, Handoff) else {"complaint_id": subject.id}
    return await Clock.get(kind=kind, **owner).prefetch_related("policy")


async def sound() -> None:
    """Every clock is what its segments say."""
    for clock in await Clock.all():
        assert await check_clock(clock.id) == []


async def at(moment: datetime, work: Callable[[], Awaitable[Any]]) -> Any:
    """Does something in a transaction at another moment than now."""
    with as_of(moment):
        return await transact(work)


async def moments_of(*about: UUID) -> list[str]:
    """The warnings and breaches that were recorded."""
    kinds = [ClockEvent.WARNED.value, ClockEvent.BREACHED.value]
    return [str(kind) for kind in await events_about(*about, kind__in=kinds).values_list("kind", flat=True)]
