"""Absences: set by the person, by a manager of one of their departments, or by whoever manages absences; and ended early.

What somebody who is absent had claimed returns to the queue: at once, or by the keeper when the absence begins.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import F, Q

from models.absences import Absence
from models.back_office.accounts import Account
from models.base import new_id, now
from models.events import EventKind
from models.managers import DepartmentManager
from models.permissions import Permission
from resolvers.claims import return_claims_of
from resolvers.events import record
from resolvers.inputs import Checks
from resolvers.viewer import Viewer

EARLIEST = timedelta(days=31)
"""How long ago an absence may have begun when it is written down."""


@dataclass(frozen=True, slots=True)
class NewAbsence:
    """Who will be away, from when until when, and who stands in. Without an account it is the viewer."""

    account: UUID | None
    names_account: bool
    from_at: datetime
    until_at: datetime | None
    stand_in: UUID | None
    names_stand_in: bool


async def set_absence(viewer: Viewer, given: NewAbsence) -> dict[str, UUID]:
    """Says that somebody is or will be away."""
    checks = Checks()
    at = now()
    _check_times(checks, given, at)
    account = await _whose(viewer, given.account if given.names_account else viewer.account, checks)
    if account is not None:
        if await overlapping(account.id, given.from_at, given.until_at):
            checks.wrong("fromAt", f"{account.name} is absent then already.", "OVERLAP")
        if given.names_stand_in:
            await _check_stand_in(checks, account, given)
    checks.done()
    assert account is not None
    absence = await Absence.create(
        id=new_id(),
        account_id=account.id,
        from_at=given.from_at,
        until_at=given.until_at,
        stand_in_id=given.stand_in,
        set_at=at,
        set_by_id=viewer.account,
    )
    await record(EventKind.ABSENCE_SET, actor=viewer.account, at=at, account_id=account.id)
    if given.from_at <= at:
        await return_claims_of(account.id, at)
    return {"absence": absence.id}


async def end_absence(viewer: Viewer, key: UUID | None, expected_version: int | None) -> dict[str, UUID]:
    """Ends an absence early; one that has not begun never does."""
    checks = Checks()
    seen = await Absence.get_or_none(id=key) if key else None
    if seen is None:
        checks.missing("absence", "absence")
        raise checks.refused()
    at = now()
    await _whose(viewer, seen.account_id, checks, member="absence")
    absence = await Absence.select_for_update().get(id=seen.id)
    checks.version(absence.version, expected_version)
    if absence.ended_at is not None or (absence.until_at is not None and absence.until_at <= at):
        checks.wrong("absence", "It is over already.", "ALREADY_ENDED")
    checks.done()
    absence.ended_at = at
    absence.version += 1
    await absence.save()
    await record(EventKind.ABSENCE_ENDED, actor=viewer.account, at=at, account_id=absence.account_id)
    return {"absence": absence.id}


async def overlapping(account: UUID, from_at: datetime, until_at: datetime | None) -> bool:
    """Whether an account is absent at any moment of a time; without an end, the time lasts for ever."""
    others = Absence.filter(Q(until_at__isnull=True) | Q(until_at__gt=from_at), account_id=account)
    others = others.filter(Q(ended_at__isnull=True) | (Q(ended_at__gt=from_at) & Q(ended_at__gt=F("from_at"))))
    return await (others.filter(from_at__lt=until_at) if until_at else others).exists()


# --- Checks ---


def _check_times(checks: Checks, given: NewAbsence, at: datetime) -> None:
    if given.from_at < at - EARLIEST:
        checks.wrong("fromAt", f"An absence can be written down up to {EARLIEST.days} days late.")
    if given.until_at is None:
        return
    if given.until_at <= given.from_at:
        checks.wrong("untilAt", "It must end after it begins.")
    elif given.until_at <= at:
        checks.wrong("untilAt", "It would be over already.")


async def _whose(viewer: Viewer, key: UUID | None, checks: Checks, member: str = "account") -> Account | None:
    """The account, locked against a second absence at once, when the viewer may say that it is away."""
    # Not the whole row: whatever is recorded meanwhile points at the account, and must not wait for this.
    account = await Account.select_for_update(no_key=True).get_or_none(id=key) if key else None
    if account is None:
        checks.missing(member, "account")
        return None
    if account.id != viewer.account and not await _manages(viewer, account):
        checks.wrong(member, f"Only {account.name} and their managers may say so.", "NOT_A_MANAGER")
    return account


async def _manages(viewer: Viewer, account: Account) -> bool:
    if viewer.may(Permission.MANAGE_ABSENCES):
        return True
    return await DepartmentManager.filter(account_id=viewer.account, department__in=account.departments).exists()


async def _check_stand_in(checks: Checks, account: Account, given: NewAbsence) -> None:
    stand_in = await Account.get_or_none(id=given.stand_in) if given.stand_in else None
    if stand_in is None:
        checks.missing("standIn", "account")
    elif stand_in.id == account.id:
        checks.wrong("standIn", "Nobody stands in for themselves.")
    elif not stand_in.enabled:
        checks.wrong("standIn", f"{stand_in.name} cannot sign in.", "DISABLED")
    elif not set(stand_in.departments) & set(account.departments):
        checks.wrong("standIn", f"{stand_in.name} shares no department with {account.name}.")
    elif await overlapping(stand_in.id, given.from_at, given.until_at):
        checks.wrong("standIn", f"{stand_in.name} is absent then, too.", "ABSENT")
