"""What opening and settling an escalation share: its department, its words, its events and who hears of it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from models.back_office.handoffs import Handoff
from models.both_offices.escalations import Escalation
from models.both_offices.notifications import NotificationKind
from models.front_office.customers import Customer
from models.front_office.service.complaints import Complaint
from models.kit.events import EventKind, about
from models.kit.masking import mask
from models.permissions import Department, Permission
from resolvers.both_offices.absences.stand_ins import with_stand_ins
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.kit.viewer import Viewer


async def department_of(escalation: Escalation) -> Department:
    """Whose manager it is for first: the handoff's department, or the one that deals with the customer."""
    if escalation.handoff_id is None:
        return Department.CUSTOMER_SERVICE
    return (await Handoff.get(id=escalation.handoff_id)).department


async def masked(viewer: Viewer, complaint: UUID, text: str) -> str:
    """What somebody writes who meets customers, without who the customer is: both offices read it."""
    if not viewer.may(Permission.ENTER_FRONT_OFFICE):
        return text
    customer = await Customer.get(complaints__id=complaint)
    return mask(text, customer)


async def record_escalation(kind: EventKind, escalation: Escalation, actor: UUID | None, at: datetime) -> None:
    """Records that something happened to an escalation, where those hear of it who see it."""
    department = await department_of(escalation) if escalation.handoff_id else None
    await record(
        kind,
        about(Complaint, escalation.complaint_id),
        about(Handoff, escalation.handoff_id),
        actor=actor,
        at=at,
        department=department,
    )


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
        at=at,
        actor=actor,
        complaint_id=escalation.complaint_id,
        handoff_id=escalation.handoff_id,
        escalation_id=escalation.id,
    )
