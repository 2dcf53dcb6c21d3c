"""What opening and settling an escalation share: its department, its words, its events and who hears of it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from models.areas import SUBJECTS
from models.both_offices.escalations import Escalation
from models.both_offices.notifications import NotificationKind
from models.kit.events import EventKind
from models.permissions import Department, Permission
from resolvers.both_offices.absences.stand_ins import with_stand_ins
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.kit.viewer import Viewer


async def department_of(escalation: Escalation) -> Department:
    """Whose manager it is for first."""
    return department_for(await SUBJECTS.led_to(escalation))


def department_for(about: Any) -> Department:
    """The department that works on it, or the one that deals with the customer."""
    return SUBJECTS.of(about).department(about) or Department.CUSTOMER_SERVICE


async def masked(viewer: Viewer, first: Any, text: str) -> str:
    """What somebody writes who meets customers, without who the customer is: both offices read it."""
    return await SUBJECTS.first.masked(first, text) if viewer.may(Permission.ENTER_FRONT_OFFICE) else text


async def record_escalation(kind: EventKind, escalation: Escalation, actor: UUID | None, at: datetime) -> None:
    """Records that something happened to an escalation, where those hear of it who see it."""
    subject = await SUBJECTS.led_to(escalation)
    declared = SUBJECTS.of(subject)
    await record(kind, *declared.told_of(subject), actor=actor, at=at, department=declared.department(subject))


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
    receivers = await with_stand_ins([account for account in accounts if account is not None], at)
    await notify(
        kind,
        [receiver for receiver in receivers if receiver not in except_for],
        *SUBJECTS.told_by(escalation),
        escalation,
        at=at,
        actor=actor,
    )
