"""Notifies accounts: a row in each one's inbox and an event that pushes it, in the transaction of the change itself."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from models.base import new_id
from models.events import EventKind
from models.notifications import Notification, NotificationKind
from resolvers.events import record


async def notify(
    kind: NotificationKind,
    accounts: Iterable[UUID | None],
    *,
    at: datetime,
    actor: UUID | None = None,
    complaint_id: UUID | None = None,
    handoff_id: UUID | None = None,
    improvement_id: UUID | None = None,
    escalation_id: UUID | None = None,
    message_id: UUID | None = None,
    answer_id: UUID | None = None,
    task_id: UUID | None = None,
) -> None:
    """Notifies each of the accounts once, and never who did it (`actor`). None among the accounts is nobody."""
    receivers = dict.fromkeys(account for account in accounts if account is not None and account != actor)
    for receiver in receivers:
        notification = await Notification.create(
            id=new_id(),
            account_id=receiver,
            kind=kind,
            at=at,
            actor_id=actor,
            complaint_id=complaint_id,
            handoff_id=handoff_id,
            improvement_id=improvement_id,
            escalation_id=escalation_id,
            message_id=message_id,
            answer_id=answer_id,
            task_id=task_id,
        )
        # Without the complaint: history tells what happened to it, not who was told.
        await record(
            EventKind.NOTIFICATION_SENT, actor=actor, at=at, account_id=receiver, notification_id=notification.id
        )
