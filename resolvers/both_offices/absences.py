"""Absences: set by the person, by a manager of one of their departments, or by whoever manages absences; and ended early.

What somebody who is absent had claimed returns to the queue: at once, or by the scheduler when the absence begins. The
surprising rule: whoever stands in reads personal tasks, so only the absent person names somebody of another role.
"""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.expressions import F, Q

from models.both_offices.absences import Absence, AbsenceEvent
from models.both_offices.accounts import Account
from models.both_offices.escalations import DepartmentManager
from models.kit.base import NOW, new_id, now
from models.kit.sql import read_rows
from models.permissions import Permission
from resolvers.both_offices.leases import is_absent, return_claims_of
from resolvers.events import record
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find, load_with_owner, visible_among, written_out

EARLIEST = timedelta(days=31)
"""How long ago an absence may have begun when it is written down."""


@command
class SetAbsence(Command):
    """Who is away, from when until when, and who stands in."""

    account: Key[Account] | None = member(
        "Who is away; left out, the viewer. For others it takes a manager of one of their departments, or MANAGE_ABSENCES.",
        default=None,
    )
    from_at: datetime = member("From when; at most 31 days ago.")
    until_at: datetime | None = member("Until when; left out, until further notice.", default=None)
    stand_in: Key[Account] | None = member(
        "Who stands in: a colleague of one of the departments who is there then. Unless the absent person says so, one who"
        " holds all their roles, and those of whomever else they stand in for.",
        default=None,
    )


@command
class EndAbsence(Update):
    """Which absence is over."""

    absence: Key[Absence] = member("The absence.")


async def set_absence(viewer: Viewer, given: SetAbsence) -> Keys:
    """Says that somebody is or will be away. When it begins, what they had claimed returns to the queue."""
    errors = InputErrors()
    at = now()
    _check_times(errors, given, at)
    # Locked against a second absence at once.
    account = await find(viewer, Account, given.account or Key(viewer.account), errors, lock=True)
    if account is not None:
        await _check_says_so(viewer, account, errors, "account")
        if await overlapping(account.id, given.from_at, given.until_at):
            errors.add("fromAt", f"{account.name} is absent then already.", "OVERLAP")
        await _check_stand_in(viewer, given, account, errors)
    errors.raise_if_any()
    assert account is not None
    absence = await Absence.create(
        id=new_id(),
        account_id=account.id,
        from_at=given.from_at,
        until_at=given.until_at,
        stand_in_id=given.stand_in.id if given.stand_in else None,
        set_at=at,
        set_by_id=viewer.account,
    )
    await record(AbsenceEvent.SET, actor=viewer, at=at, account=account.id)
    if given.from_at <= at:
        await return_claims_of(account.id, at, is_absent)
    return {"absence": absence.id}


async def end_absence(viewer: Viewer, given: EndAbsence) -> Keys:
    """Ends an absence now; one that has not begun never does."""
    errors = InputErrors()
    account, absence = await load_with_owner(viewer, Absence, given.absence, Account, "account_id", errors)
    await _check_says_so(viewer, account, errors, "absence")
    errors.version(absence.version, given.expected_version)
    at = now()
    if absence.ended_at is not None or (absence.until_at is not None and absence.until_at <= at):
        errors.add("absence", "It is over already.", "ALREADY_ENDED")
    errors.raise_if_any()
    absence.ended_at = at
    await absence.save_next_version()
    await record(AbsenceEvent.ENDED, actor=viewer, at=at, account=absence.account_id)
    return {"absence": absence.id}


async def overlapping(account: UUID, from_at: datetime, until_at: datetime | None) -> bool:
    """Whether an account is absent at any moment of a time; without an end, the time lasts for ever."""
    others = Absence.filter(Q(until_at__isnull=True) | Q(until_at__gt=from_at), account_id=account)
    others = others.filter(Q(ended_at__isnull=True) | (Q(ended_at__gt=from_at) & Q(ended_at__gt=F("from_at"))))
    return await (others.filter(from_at__lt=until_at) if until_at else others).exists()


# --- Checks ---


def _check_times(errors: InputErrors, given: SetAbsence, at: datetime) -> None:
    if given.from_at < at - EARLIEST:
        errors.add("fromAt", f"An absence can be written down up to {EARLIEST.days} days late.")
    if given.until_at is None:
        return
    if given.until_at <= given.from_at:
        errors.add("untilAt", "It must end after it begins.")
    elif given.until_at <= at:
        errors.add("untilAt", "It would be over already.")


async def _check_says_so(viewer: Viewer, account: Account, errors: InputErrors, member: str) -> None:
    if account.id == viewer.account or viewer.may(Permission.MANAGE_ABSENCES):
        return
    if not await DepartmentManager.filter(account_id=viewer.account, department__in=account.departments).exists():
        errors.add(member, f"Only {account.name} and their managers may say so.", "NOT_A_MANAGER")


async def _check_stand_in(viewer: Viewer, given: SetAbsence, account: Account, errors: InputErrors) -> None:
    stand_in = await find(viewer, Account, given.stand_in, errors, member="standIn")
    if stand_in is None:
        return
    if stand_in.id == account.id:
        errors.add("standIn", "Nobody stands in for themselves.")
    elif not stand_in.enabled:
        errors.add("standIn", f"{stand_in.name} cannot sign in.", "DISABLED")
    elif not set(stand_in.departments) & set(account.departments):
        errors.add("standIn", f"{stand_in.name} shares no department with {account.name}.")
    elif await overlapping(stand_in.id, given.from_at, given.until_at):
        errors.add("standIn", f"{stand_in.name} is absent then, too.", "ABSENT")
    elif unlike := await _of_other_roles(viewer, account, stand_in):
        message = (
            f"{stand_in.name} would read {unlike.name}'s tasks and lacks some of their roles: only they may say so."
        )
        errors.add("standIn", message, "OTHER_ROLE")


async def _of_other_roles(viewer: Viewer, account: Account, stand_in: Account) -> Account | None:
    """One whose tasks the stand-in would read, who holds a role that the stand-in does not, and who does not say so themself."""
    still = f"away.ended_at IS NULL AND (away.until_at IS NULL OR away.until_at > {NOW})"
    read_of = (
        f"WITH RECURSIVE read_of (account_id) AS (SELECT id FROM accounts WHERE id = '{account.id}' UNION"
        " SELECT away.account_id FROM absences away JOIN read_of ON away.stand_in_id = read_of.account_id"
        f" WHERE {still}) SELECT account_id FROM read_of"
    )
    rows = await read_rows(written_out(viewer, read_of, get_connection("default").capabilities.dialect))
    others = [row["account_id"] for row in rows if row["account_id"] not in (viewer.account, stand_in.id)]
    read = await visible_among(viewer, Account, others)
    return next((one for one in read if not set(one.roles) <= set(stand_in.roles)), None)
