"""Escalations: opened for staff, rules and clocks alike, one of a sort at a time; whom they go to is notified."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from models.both_offices.accounts import Account
from models.both_offices.clocks.running import ClockEvent
from models.both_offices.escalations import (
    DepartmentManager,
    Escalation,
    EscalationEvent,
    EscalationLevel,
    EscalationSource,
    EscalationTrend,
)
from models.both_offices.notifications import NotificationKind
from models.kit.base import new_id
from models.kit.events import EventKind
from models.permissions import FRONT_OFFICE_DEPARTMENTS, Department, Role
from models.subjects import SUBJECTS
from resolvers.both_offices.notifications import notify
from resolvers.both_offices.stand_ins import absent_among, with_stand_ins
from resolvers.events import record
from resolvers.kit.commands import Viewer
from resolvers.kit.numbers import next_number

NEAR_REASON = "Three quarters of the time for it have gone."
BREACHED_REASON = "The time for it has run out."


async def follow_clock(about: Any, moment: EventKind, at: datetime) -> None:
    """Tells the managers that a deadline is near or has passed, and opens what is not open yet.

    Near it, the department's manager is told; when it has passed, that one and the managers of the back office, and those of
    the front office too for the customer's own clock, which is CUSTOMER_SERVICE's. Whom several levels go to is told once, of
    the highest. For resolvers.both_offices.clocks.on_moment, in the caller's transaction.
    """
    declared, breached = SUBJECTS.of(about), moment is ClockEvent.BREACHED
    await declared.root.model.select_for_update().get(id=declared.root_key(about))
    kind = NotificationKind.CLOCK_BREACHED if breached else NotificationKind.CLOCK_WARNED
    levels = list(EscalationLevel) if breached else [EscalationLevel.DEPARTMENT_MANAGER]
    opened = [
        await _opened(
            about,
            reason=BREACHED_REASON if breached else NEAR_REASON,
            source=EscalationSource.CLOCK,
            level=level,
            trend=EscalationTrend.RISING,
            requested_by=None,
            at=at,
        )
        for level in levels
    ]
    for place, (escalation, accounts) in enumerate(opened, start=1):
        above = await with_stand_ins([account for _, others in opened[place:] for account in others], at)
        await notify_of(kind, accounts, escalation, None, at, except_for=above)


async def open_escalation(
    about: Any,
    *,
    reason: str,
    source: EscalationSource,
    level: EscalationLevel,
    trend: EscalationTrend,
    requested_by: Viewer | None,
    at: datetime,
) -> Escalation:
    """Opens an escalation, unless one of its sort is open already, and notifies whom it goes to.

    What it is about, or a part of, must be locked. `reason` must hold nothing that the back office may not read.
    """
    escalation, accounts = await _opened(
        about, reason=reason, source=source, level=level, trend=trend, requested_by=requested_by, at=at
    )
    asker = requested_by.account if requested_by else None
    await notify_of(NotificationKind.ESCALATED, accounts, escalation, asker, at)
    return escalation


async def _opened(
    about: Any,
    *,
    reason: str,
    source: EscalationSource,
    level: EscalationLevel,
    trend: EscalationTrend,
    requested_by: Viewer | None,
    at: datetime,
) -> tuple[Escalation, list[UUID]]:
    """The escalation of this sort, opened unless it is open already, and the accounts that it goes to."""
    whose = department_for(about)
    by_clock = source == EscalationSource.CLOCK
    keys: dict[str, Any] = SUBJECTS.columns(about)
    escalation = await open_one_of(about, level, by_clock=by_clock)
    manager = await manager_of(whose) if level == EscalationLevel.DEPARTMENT_MANAGER else None
    # Higher up, a clock goes to the back office's managers whosever it is: they work out what becomes of every complaint.
    office = Department.ADMINISTRATION if by_clock and level == EscalationLevel.OFFICE_MANAGER else whose
    named = [manager] if manager else await managers_of_office(office)
    if escalation is None:
        asker = requested_by.account if requested_by else None
        roles = requested_by.roles if requested_by else frozenset[Role]()
        assignee = await _responsible(named, whose, asker, roles, at)
        escalation = await Escalation.create(
            id=new_id(),
            number=await next_number("ESC", at),
            **keys,
            source=source,
            level=level,
            trend=trend,
            reason=reason,
            assignee_id=assignee.id if assignee else None,
            requested_by_id=asker,
            requested_roles=[role.value for role in Role if role in roles],
            opened_at=at,
        )
        await record_escalation(EscalationEvent.OPENED, escalation, asker, at)
    told = named if level == EscalationLevel.DEPARTMENT_MANAGER else [*named, *await managers_of_office(whose)]
    assignees = [escalation.assignee_id] if escalation.assignee_id else []
    return escalation, [*assignees, *(account.id for account in told)]


def closing_role(
    asker: UUID | None, asker_roles: Iterable[str], closer: UUID, closer_roles: Iterable[Role]
) -> Role | None:
    """The role with which somebody may close what another one asked for; None when there is none."""
    others = set(closer_roles) - {Role(role) for role in asker_roles}
    return None if asker == closer else next((role for role in Role if role in others), None)


async def _responsible(
    named: list[Account], department: Department, asker: UUID | None, asker_roles: frozenset[Role], at: datetime
) -> Account | None:
    """The one of them who is responsible: somebody who can close it, rather somebody who is here."""
    office = await managers_of_office(department)
    front, back = Department.CUSTOMER_SERVICE, Department.ADMINISTRATION
    other_office = await managers_of_office(back if department in FRONT_OFFICE_DEPARTMENTS else front)
    # The manager who was named stays responsible while absent: somebody stands in.
    able = [
        account
        for account in [*named, *office, *other_office]
        if closing_role(asker, map(str, asker_roles), account.id, map(Role, account.roles))
    ]
    away = await absent_among([account.id for account in able], at)
    is_named = len(named) == 1 and able[:1] == named
    return next((account for account in able if is_named or account.id not in away), able[0] if able else None)


async def open_one_of(about: Any, level: EscalationLevel, *, by_clock: bool) -> Escalation | None:
    """The open escalation of the same subject, level and sort, of which there is one at most (an index holds that)."""
    same = Escalation.filter(**SUBJECTS.columns(about), level=level, closed_at=None)
    clock = EscalationSource.CLOCK
    return await (same.filter(source=clock) if by_clock else same.exclude(source=clock)).first()


def department_for(about: Any) -> Department:
    """The department that works on it, or the one that deals with the customer."""
    return SUBJECTS.of(about).department_of(about) or Department.CUSTOMER_SERVICE


async def record_escalation(kind: EventKind, escalation: Escalation, actor: UUID | None, at: datetime) -> None:
    """Records that something happened to an escalation, where those hear of it who see it."""
    subject = await SUBJECTS.led_to(escalation)
    declared = SUBJECTS.of(subject)
    department = declared.department_of(subject)
    await record(kind, *declared.told_of(subject), actor=actor, at=at, department=department)


async def notify_of(
    kind: NotificationKind,
    accounts: Iterable[UUID | None],
    escalation: Escalation,
    actor: UUID | None,
    at: datetime,
    *,
    except_for: Collection[UUID] = (),
) -> None:
    """Notifies accounts of an escalation, and whoever stands in for them, but none of those excepted."""
    standing_in = await with_stand_ins([account for account in accounts if account is not None], at)
    receivers = [receiver for receiver in standing_in if receiver not in except_for]
    await notify(kind, receivers, *SUBJECTS.told_by(escalation), escalation, at=at, actor=actor)


# --- Managers ---


async def manager_of(department: Department) -> Account | None:
    """Who manages a department and can sign in; None when nobody was named."""
    named = await DepartmentManager.get_or_none(department=department, account__enabled=True).select_related("account")
    return named.account if named else None


async def managers_of_office(department: Department) -> list[Account]:
    """Everybody who manages the office that a department belongs to, the longest-serving first."""
    role = Role.FRONT_OFFICE_MANAGER if department in FRONT_OFFICE_DEPARTMENTS else Role.BACK_OFFICE_MANAGER
    return await holders_of(role)


async def holders_of(role: Role) -> list[Account]:
    """Everybody in a role who can sign in, the longest-serving first."""
    # The same on both engines, which ask differently what a JSON list holds.
    sql = f"""SELECT * FROM accounts WHERE enabled AND CAST(roles AS text) LIKE '%"{role.value}"%' ORDER BY created_at, id"""
    found: Any = await Account.raw(sql)
    return list(found)
