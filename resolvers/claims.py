"""Claims that come back into the queue: of somebody who is absent, and of somebody who has been idle beyond the lease.

The surprising rule: nothing is marked as done. Each claim is looked at again under its lock: of several processes one returns it.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from models.absences import Absence
from models.back_office.handoffs import TRANSITIONS, Handoff, HandoffStatus
from models.clock_policies import ClockKind
from models.clocks import ClockReason
from models.events import EventKind
from models.front_office.complaints import Complaint
from models.notifications import NotificationKind
from models.states import move_to
from resolvers import clocks
from resolvers.events import record
from resolvers.leases import renew_lease
from resolvers.notifications import notify
from resolvers.stand_ins import at_moment, with_stand_ins
from resolvers.transaction import transact

BATCH = 200
"""How many claims one round looks at; the next round takes the rest."""


async def return_claims_of_the_absent(at: datetime) -> None:
    """Returns what people who are absent now had claimed before. A chore of the keeper."""
    joined = "account__claimed_handoffs__"
    claimed: Any = Absence.filter(at_moment(at), **{f"{joined}status": HandoffStatus.CLAIMED})
    rows = await claimed.limit(BATCH).values("from_at", key=f"{joined}id", claimed_at=f"{joined}claimed_at")
    keys = [row["key"] for row in rows if row["claimed_at"] <= row["from_at"]]
    await _return_each(keys, at, _is_absent)


async def return_idle_claims(at: datetime) -> None:
    """Returns what nobody has worked on for longer than its lease. A chore of the keeper."""
    idle: Any = Handoff.filter(status=HandoffStatus.CLAIMED, lease_until__lte=at).order_by("lease_until")
    await _return_each(await idle.limit(BATCH).values_list("id", flat=True), at, _is_idle)


async def begin_leases(at: datetime) -> None:
    """Lets the leases of claims begin that are older than leases. A chore of the keeper."""
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
    complaint_id: UUID = handoff.complaint_id  # type: ignore[attr-defined]
    move_to(handoff, HandoffStatus.QUEUED, TRANSITIONS)
    handoff.claimed_by_id = None  # type: ignore[attr-defined]
    handoff.claimed_at = handoff.last_activity_at = handoff.lease_until = None
    handoff.version += 1
    await handoff.save()
    about = {"complaint_id": complaint_id, "handoff_id": handoff.id}
    await record(EventKind.CLAIM_RETURNED, actor=None, at=at, department=handoff.department, **about)
    await clocks.restart(ClockKind.CLAIM_HANDOFF, handoff, ClockReason.LEASE_ENDED, at=at)
    await notify(NotificationKind.CLAIM_RETURNED, await with_stand_ins([claimant], at), at=at, **about)


async def _return_each(keys: list[UUID], at: datetime, due: Callable[[Handoff, datetime], Awaitable[bool]]) -> None:
    # A transaction each: none waits for a complaint while it holds another one.
    for key in keys:
        await transact(lambda key=key: return_claim(key, at, due))


async def _begin_lease(key: UUID, at: datetime) -> None:
    handoff = await Handoff.select_for_update().get(id=key)
    if handoff.status == HandoffStatus.CLAIMED and handoff.last_activity_at is None:
        await renew_lease(handoff, at)
        await handoff.save(update_fields=["last_activity_at", "lease_until"])


async def _is_idle(handoff: Handoff, at: datetime) -> bool:
    return handoff.lease_until is not None and handoff.lease_until <= at


async def _is_absent(handoff: Handoff, at: datetime) -> bool:
    """Whether who had it before is away now; what somebody claims while away stays theirs."""
    absent = Absence.filter(
        at_moment(at),
        account_id=handoff.claimed_by_id,  # type: ignore[attr-defined]
        from_at__gte=handoff.claimed_at,
    )
    return await absent.exists()
