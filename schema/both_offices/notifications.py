"""Notifications: everybody's own inbox, how much of it is unread, and what is pushed into it.

The surprising rule: a notification leads to records and says nothing itself; what its receiver may not see is null there.
"""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from models.both_offices import notifications
from models.both_offices.notifications import NotificationEvent
from models.kit import events
from resolvers.both_offices.notifications import mark_notifications_read
from resolvers.reading.declare import column, count, node, one, read, subject, subject_id
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import Access, EntryEvents, EntryRows
from schema.kit.areas import Area
from schema.kit.events import Update
from schema.kit.mutations import changed_many, mutation, payload

if TYPE_CHECKING:
    from schema.back_office.handoffs import Handoff, HandoffMessage
    from schema.back_office.products.improvements import Improvement
    from schema.both_offices.accounts import Account
    from schema.both_offices.escalations import Escalation
    from schema.both_offices.tasks import Task
    from schema.front_office.service.answers import ComplaintAnswer
    from schema.front_office.service.complaints import Complaint


@node(notifications.Notification, prefix="ntf", needs=Access.SIGNED_IN)
class Notification(Node):
    """Something that the viewer should know of."""

    kind: notifications.NotificationKind = column("Why.", filter=True)
    at: datetime = column("When.", filter=True, sort=True)
    read_at: datetime | None = column("When the viewer read it; null until then.", filter=True)
    actor: "Account | None" = one("Who did it; null when it happened by itself.", "actor_id")
    complaint: "Complaint | None" = one("The complaint that it is about, if the viewer sees it.", "complaint_id")
    handoff: "Handoff | None" = one("The handoff that it is about, if the viewer sees it.", "handoff_id")
    escalation: "Escalation | None" = one("The escalation that it is about, if the viewer sees it.", "escalation_id")
    message: "HandoffMessage | None" = one("The message that it is about, if the viewer sees it.", "message_id")
    answer: "ComplaintAnswer | None" = one("The answer that it is about, if the viewer sees it.", "answer_id")
    improvement: "Improvement | None" = one(
        "The improvement that it is about, if the viewer sees it.", "improvement_id"
    )
    task: "Task | None" = one("The task that it is about, if the viewer sees it.", "task_id")


@node(events.Event, prefix="", rows=events.own_events, needs=Access.SIGNED_IN)
class NotificationReceived(Update):
    """A notification that the viewer just got."""

    notification_id: strawberry.ID | None = subject_id("The notification's id.", notifications.Notification)
    notification: "Notification | None" = subject("The notification as it now is.", notifications.Notification)


@payload
class NotificationsPayload:
    """What became of notifications."""

    notifications: "list[Notification]" = changed_many(
        "Those that were named, as they now are; empty with `upTo` and when there are errors."
    )


class ViewerNotifications:
    """The viewer's own inbox."""

    notifications: "Connection[Notification]" = read(
        EntryRows("-at"), "What the viewer should know of, latest first.", needs=Access.SIGNED_IN
    )
    unread_notifications: int = count(
        "How much of that the viewer has not read.",
        "Notification",
        lambda notification: f"{notification}.read_at IS NULL",
        needs=Access.SIGNED_IN,
    )


class NotificationSubscriptions:
    """What is pushed into one's inbox."""

    notifications_received: "NotificationReceived" = read(
        EntryEvents(notifications.Notification, account=True, kinds=(NotificationEvent.SENT,)),
        "The viewer's notifications, as they come.",
        needs=Access.SIGNED_IN,
    )


AREA = Area(
    viewer=(ViewerNotifications,),
    mutations=(mutation(Access.SIGNED_IN, mark_notifications_read, shows=NotificationsPayload),),
    subscriptions=(NotificationSubscriptions,),
)
