"""Leases: how long a claim lasts while its claimant does nothing, in the working time of the policy that holds."""

from datetime import datetime

from models.back_office.handoffs import Handoff, HandoffStatus
from models.both_offices.clocks.policies import ClockKind, ClockPolicy
from models.both_offices.clocks.working_time import MINUTE, count, milliseconds, moment_of
from resolvers.both_offices.clocks import policy_of


def lease_end(policy: ClockPolicy, at: datetime) -> datetime | None:
    """When a lease that begins at a moment runs out; never, where the policy says nothing of leases."""
    if policy.lease_minutes is None:
        return None
    calendar = policy.allowance().calendar
    _, moment = count(calendar, policy.counting, milliseconds(at), policy.lease_minutes * MINUTE)
    return None if moment is None else moment_of(moment)


async def renew_lease(handoff: Handoff, at: datetime) -> None:
    """Counts the lease anew from a moment at which the claimant did something. The caller stores the handoff.

    Only what is CLAIMED runs out: while the department waits for the front office, it need not do anything.
    """
    handoff.last_activity_at = at
    handoff.lease_until = None
    if handoff.status == HandoffStatus.CLAIMED:
        policy = await policy_of(ClockKind.ANSWER_HANDOFF, handoff)
        handoff.lease_until = lease_end(policy, at)
