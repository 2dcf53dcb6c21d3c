"""Notifies accounts: a row in each one's inbox and an event that pushes it, in the transaction of the change itself.

And lets them say what they have read.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from models.both_offices.notifications import NOTIFIED_OF, Notification, NotificationEvent, NotificationKind
from models.kit.base import Record, new_id, now
from models.kit.events import Subject, subject_of
from resolvers.events import record
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Viewer, command, member


async def notify(
    kind: NotificationKind,
    accounts: Iterable[UUID | None],
    *subjects: Record | Subject | None,
    at: datetime,
    actor: UUID | None = None,
) -> None:
    """Notifies each of the accounts once, and never who did it (`actor`). None among the accounts is nobody.

    The subjects are what it leads to, as in `record`; there is a column for each kind of them.
    """
    leads_to = {NOTIFIED_OF[one.type]: one.key for one in map(subject_of, subjects) if one is not None}
    receivers = dict.fromkeys(account for account in accounts if account is not None and account != actor)
    notifications = [
        Notification(id=new_id(), account_id=receiver, kind=kind, at=at, actor_id=actor, **leads_to)
        for receiver in receivers
    ]
    await Notification.add_all(notifications)
    for notification in notifications:
        # Without the complaint: history tells what happened to it, not who was told.
        await record(NotificationEvent.SENT, notification, actor=actor, at=at, account=notification.account_id)


@command
class MarkNotificationsRead(Command):
    """What the viewer has read: some notifications, or all up to a moment."""

    notifications: tuple[Key[Notification], ...] | None = member("These.", default=None)
    up_to: datetime | None = member(
        "All until then: the `at` of the latest one that the viewer has seen.", default=None
    )


async def mark_notifications_read(viewer: Viewer, given: MarkNotificationsRead) -> Keys:
    """Marks the viewer's own notifications as read."""
    # What was read stays read since then.
    errors = InputErrors()
    named = given.notifications
    if (named is None) == (given.up_to is None):
        errors.add("notifications", "Name either notifications, or `upTo`.")
    keys = tuple(key for key in dict.fromkeys(one.id for one in named or ()) if key is not None)
    own = await Notification.filter(account_id=viewer.account, id__in=keys).values_list("id", flat=True) if keys else []
    if named is not None and (Key(None) in named or len(own) < len(keys)):
        errors.not_found("notifications", "notification")
    errors.raise_if_any()
    unread = Notification.filter(account_id=viewer.account, read_at=None)
    chosen = unread.filter(id__in=keys) if given.up_to is None else unread.filter(at__lte=given.up_to)
    await chosen.update(read_at=now())
    return {"notifications": keys}
