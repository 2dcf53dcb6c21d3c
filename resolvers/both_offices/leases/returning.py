"""Claims that come back into the queue: of somebody who is absent, and of somebody who has been idle beyond the lease.

The surprising rule: nothing is marked as done. Each claim is looked at again under its lock: of several processes one returns it.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import F, Q

from models.back_office.handoffs import TRANSITIONS, Handoff, HandoffEvent, HandoffStatus
from models.both_offices.absences import Absence
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.both_offices.notifications import NotificationKind
from models.front_office.service.complaints import Complaint
from models.kit.events import about
from models.kit.states import move_to
from resolvers.both_offices import clocks
from resolvers.both_offices.absences.stand_ins import at_moment, with_stand_ins
from resolvers.both_offices.leases import renew_lease
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.kit.transaction import transact

logger = logging.getLogger("interoffice.scheduler")

BATCH = 200
"""How many claims one round looks at; the next round takes the rest."""


async def return_claims_of_the_absent(at: datetime) -> None:
    """Returns what people who are absent now had claimed before. A job of the scheduler."""
    joined = "account__claimed_handoffs__"
    before = _claimed_before(F(f"{joined}claimed_at"))
    claimed: Any = Absence.filter(at_moment(at), before, **{f"{joined}status": HandoffStatus.CLAIMED})
    keys = await claimed.order_by(f"{joined}claimed_at").limit(BATCH).values_list(f"{joined}id", flat=True)
    await _return_each(keys, at, _is_absent)


async def return_idle_claims(at: datetime) -> None:
    """Returns what nobody has worked on for longer than its lease. A job of the scheduler."""
    idle: Any = Handoff.filter(status=HandoffStatus.CLAIMED, lease_until__lte=at).order_by("lease_until")
    await _return_each(await idle.limit(BATCH).values_list("id", flat=True), at, _is_idle)


async def begin_leases(at: datetime) -> None:
    """Lets the leases of claims begin that are older than leases. A job of the scheduler."""
    old: Any = Handoff.filter(status=HandoffStatus.CLAIMED, last_activity_at=None).limit(BATCH)
    for key in await old.values_list("id", flat=True):
        await transact(lambda key=key: _begin_lease(key, at))


async def return_claims_of(account: UUID, at: datetime) -> None:
    """Returns what somebody had claimed who is absent from now on, in the current transaction."""
    claimed: Any = Handoff.filter(claimed_by_id=account, status=HandoffStatus.CLAIMED).order_by("complaint_id", "id")
    for key in await claimed.values_list("id", flat=True):
        await return_claim(key, at, _is_absent)


async def return_claim(key: UUID, at: datetime, due: Callable[[Handoff, datetime], Awaitable[bool]]) -> None:
    """Returns one claim, if it is still due to be returned once its complaint and it are locked."""
    complaint: Any = Complaint.filter(handoffs__id=key).values_list("id", flat=True)
    await Complaint.filter(id__in=await complaint).select_for_update().only("id")
    handoff = await Handoff.select_for_update().get(id=key)
    if handoff.status != HandoffStatus.CLAIMED or not await due(handoff, at):
        return
    claimant: UUID = handoff.claimed_by_id  # type: ignore[attr-defined]
    move_to(handoff, HandoffStatus.QUEUED, TRANSITIONS)
    handoff.claimed_by_id = None
    handoff.claimed_at = handoff.last_activity_at = handoff.lease_until = None
    handoff.version += 1
    await handoff.save()
    await record(
        HandoffEvent.CLAIM_RETURNED,
        about(Complaint, handoff.complaint_id),
        handoff,
        actor=None,
        at=at,
        department=handoff.department,
    )
    await clocks.restart(ClockKind.CLAIM_HANDOFF, handoff, ClockReason.LEASE_ENDED, at=at)
    receivers = await with_stand_ins([claimant], at)
    await notify(NotificationKind.CLAIM_RETURNED, receivers, about(Complaint, handoff.complaint_id), handoff, at=at)


async def _return_each(keys: list[UUID], at: datetime, due: Callable[[Handoff, datetime], Awaitable[bool]]) -> None:
    # A transaction each: none waits for a complaint while it holds another one, and one that fails keeps nothing from the others.
    for key in keys:
        try:
            await transact(lambda key=key: return_claim(key, at, due))
        except Exception as error:  # noqa: BLE001
            logger.warning("A claim could not be returned and will be looked at again: %s", type(error).__name__)


async def _begin_lease(key: UUID, at: datetime) -> None:
    handoff = await Handoff.select_for_update().get(id=key)
    if handoff.status == HandoffStatus.CLAIMED and handoff.last_activity_at is None:
        await renew_lease(handoff, at)
        await handoff.save(update_fields=["last_activity_at", "lease_until"])


async def _is_idle(handoff: Handoff, at: datetime) -> bool:
    return handoff.lease_until is not None and handoff.lease_until <= at


async def _is_absent(handoff: Handoff, at: datetime) -> bool:
    """Whether who had it before is away now; what somebody claims while away stays theirs."""
    claimant: UUID = handoff.claimed_by_id  # type: ignore[attr-defined]
    return await Absence.filter(at_moment(at), _claimed_before(handoff.claimed_at), account_id=claimant).exists()


def _claimed_before(claimed_at: Any) -> Q:
    """Absences that begin, or that were written down, after a claim: one is often told of when it has begun."""
    return Q(from_at__gte=claimed_at) | Q(set_at__gte=claimed_at)
