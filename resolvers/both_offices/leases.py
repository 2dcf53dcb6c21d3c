"""Leases: a claim lasts while its claimant is here and does something, in the working time of the policy that holds.

The surprising rule: nothing is marked as done. Each claim is looked at again under its lock: of several processes one returns it.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from models.both_offices.absences import Absence
from models.both_offices.accounts import Account
from models.both_offices.clocks.policies import ClockPolicy
from models.both_offices.clocks.reckoning import ClockReason
from models.both_offices.clocks.working_time import MINUTE, count, milliseconds, moment_of
from models.both_offices.notifications import NotificationKind
from models.both_offices.subjects import Claims, Subject
from models.kit.base import is_one_of
from models.kit.sql import read_rows
from models.kit.states import move_to
from models.kit.tortoise_privates import table_of
from models.permissions import Role, permissions_of
from models.subjects import SUBJECTS
from resolvers.both_offices import clocks
from resolvers.both_offices.clocks.policies import policy_of
from resolvers.both_offices.notifications import notify
from resolvers.both_offices.stand_ins import at_moment, with_stand_ins
from resolvers.events import record
from resolvers.kit.scheduler import do_part, is_ending

logger = logging.getLogger("interoffice.scheduler")

BATCH = 200
"""How many claims one round looks at; the next round takes the rest."""

Due = Callable[[Any, datetime], Awaitable[bool]]
"""Whether a claimed record, which is locked, is to be returned."""

# Found by its end: nearly all absences have begun, and are long over. The condition is that of `covers`.
_IS_AWAY = (
    "CASE WHEN absence.from_at <= ?1 THEN 1 END = 1 AND (absence.until_at IS NULL OR absence.until_at > ?1)"
    " AND (absence.ended_at IS NULL OR absence.ended_at > ?1)"
)

CLAIMED: list[tuple[Subject[Any], Claims]] = [(one, one.claims) for one in SUBJECTS if one.claims]


def lease_end(policy: ClockPolicy, at: datetime) -> datetime | None:
    """When a lease that begins at a moment runs out; never, where the policy says nothing of leases."""
    if policy.lease_minutes is None:
        return None
    calendar = policy.allowance.calendar
    _, moment = count(calendar, policy.counting, milliseconds(at), policy.lease_minutes * MINUTE)
    return None if moment is None else moment_of(moment)


async def renew_lease(claimed: Any, at: datetime) -> None:
    """Counts the lease anew from a moment at which the claimant did something. The caller stores the record.

    Only what is claimed runs out: while a department waits for the front office, it need not do anything.
    """
    claims = SUBJECTS.of(claimed).claims
    assert claims is not None
    claimed.last_activity_at = at
    is_claimed = claimed.status == claims.claimed
    claimed.lease_until = lease_end(await policy_of(claims.leased_by, claimed), at) if is_claimed else None


async def return_claims_of_the_absent(at: datetime) -> None:
    """Returns what people who are absent now had claimed before. A job of the scheduler."""
    for subject, claims in CLAIMED:
        rows = await read_rows(
            f"SELECT claimed.id FROM absences absence CROSS JOIN {table_of(subject.model)} claimed WHERE {_IS_AWAY}"
            f" AND claimed.claimed_by_id = absence.account_id AND {is_one_of('claimed.status', [claims.claimed])}"
            " AND (absence.from_at >= claimed.claimed_at OR absence.set_at >= claimed.claimed_at)"
            f" ORDER BY claimed.claimed_at LIMIT {BATCH}",
            at,
        )
        await _each(_keys(rows), lambda key, subject=subject: return_claim(subject, key, at, is_absent))


async def return_claims_of_the_disabled(at: datetime) -> None:
    """Returns what people have claimed who cannot sign in any more. A job of the scheduler."""
    for subject, claims in CLAIMED:
        rows = await read_rows(
            f"SELECT claimed.id FROM accounts gone CROSS JOIN {table_of(subject.model)} claimed WHERE NOT gone.enabled"
            f" AND claimed.claimed_by_id = gone.id AND {is_one_of('claimed.status', [claims.claimed])} LIMIT {BATCH}"
        )
        await _each(_keys(rows), lambda key, subject=subject: return_claim(subject, key, at, is_shut_out))


async def return_idle_claims(at: datetime) -> None:
    """Returns what nobody has worked on for longer than its lease. A job of the scheduler."""
    for subject, claims in CLAIMED:
        idle: Any = subject.model.filter(status=claims.claimed, lease_until__lte=at).order_by("lease_until")
        keys = await idle.limit(BATCH).values_list("id", flat=True)
        await _each(keys, lambda key, subject=subject: return_claim(subject, key, at, _is_idle))


async def begin_leases(at: datetime) -> None:
    """Lets the leases of claims begin that are older than leases. A job of the scheduler."""
    for subject, claims in CLAIMED:
        old: Any = subject.model.filter(status=claims.claimed, last_activity_at=None).limit(BATCH)
        for key in await old.values_list("id", flat=True):
            if is_ending():
                return
            await do_part(lambda key=key, subject=subject, claims=claims: _begin_lease(subject, claims, key, at))


async def return_claims_of(account: UUID, at: datetime, due: Due) -> None:
    """Returns what of somebody's claims is due to be returned, in the current transaction."""
    for subject, claims in CLAIMED:
        claimed: Any = subject.model.filter(claimed_by_id=account, status=claims.claimed)
        whole = [subject.root.column] if subject.part_of else []
        for key in await claimed.order_by(*whole, "id").values_list("id", flat=True):
            await return_claim(subject, key, at, due)


async def return_claim(subject: Subject[Any], key: UUID, at: datetime, due: Due) -> None:
    """Returns one claim, if it is still due to be returned once its whole and it are locked."""
    if subject.part_of:
        whole: Any = subject.model.filter(id=key).values_list(subject.root.column, flat=True)
        await subject.root.model.filter(id__in=await whole).select_for_update().only("id")
    claimed: Any = await subject.model.select_for_update().get(id=key)
    claims = subject.claims
    assert claims is not None
    if claimed.status != claims.claimed or not await due(claimed, at):
        return
    claimant: UUID = claimed.claimed_by_id
    move_to(claimed, claims.queued)
    claimed.claimed_by_id = None
    claimed.claimed_at = claimed.last_activity_at = claimed.lease_until = None
    await claimed.save_next_version()
    about = subject.told_of(claimed)
    await record(claims.returned, *about, actor=None, at=at, department=subject.department_of(claimed))
    await clocks.restart(claims.queued_by, claimed, ClockReason.LEASE_ENDED, at=at)
    await notify(NotificationKind.CLAIM_RETURNED, await with_stand_ins([claimant], at), *about, at=at)


def _keys(rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
    return [row["id"] for row in rows]


async def _each(keys: list[UUID], work: Callable[[UUID], Awaitable[None]]) -> None:
    # A transaction each: none waits for a whole while it holds another one, and one that fails keeps nothing from the others.
    for key in keys:
        if is_ending():
            return
        try:
            await do_part(lambda key=key: work(key))
        except Exception as error:  # noqa: BLE001
            logger.warning("A claim could not be returned and will be looked at again: %s", type(error).__name__)


async def _begin_lease(subject: Subject[Any], claims: Claims, key: UUID, at: datetime) -> None:
    claimed: Any = await subject.model.select_for_update().get(id=key)
    if claimed.status == claims.claimed and claimed.last_activity_at is None:
        await renew_lease(claimed, at)
        await claimed.save(update_fields=["last_activity_at", "lease_until"])


async def _is_idle(claimed: Any, at: datetime) -> bool:
    return claimed.lease_until is not None and claimed.lease_until <= at


async def is_absent(claimed: Any, at: datetime) -> bool:
    """Whether who had it before is away now; what somebody claims while away stays theirs."""
    before = _claimed_before(claimed.claimed_at)
    return await Absence.filter(at_moment(at), before, account_id=claimed.claimed_by_id).exists()


async def is_shut_out(claimed: Any, _at: datetime) -> bool:
    """Whether who has it cannot work on it any more: they cannot sign in, or lost the department or the permission."""
    subject = SUBJECTS.of(claimed)
    assert subject.claims is not None
    holder = await Account.get(id=claimed.claimed_by_id)
    department = subject.department_of(claimed)
    return not (
        holder.enabled
        and (department is None or department.value in holder.departments)
        and subject.claims.needs in permissions_of(frozenset(map(Role, holder.roles)))
    )


def _claimed_before(claimed_at: Any) -> Q:
    """Absences that begin, or that were written down, after a claim: one is often told of when it has begun."""
    return Q(from_at__gte=claimed_at) | Q(set_at__gte=claimed_at)
