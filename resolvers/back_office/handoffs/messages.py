"""Messages on a handoff: masked where the other office reads them, with their mentions. People may write whatever its status.

The surprising rule: who is in both offices writes for the front office, because that is where the customer's name comes from.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from models.back_office.handoffs import OPEN_STATUSES, Handoff
from models.back_office.handoffs.messages import (
    READERS,
    Audience,
    HandoffMessage,
    MessageEvent,
    MessageKind,
    MessageMention,
    Office,
    offices_of,
)
from models.back_office.handoffs.subject import HANDOFF
from models.both_offices.accounts import Account
from models.both_offices.notifications import NotificationKind
from models.front_office.identities import masked
from models.kit.base import new_id, now
from models.kit.events import EventKind
from models.permissions import Department, Permission, Role
from resolvers.back_office.handoffs.steps import the_handoff
from resolvers.both_offices.leases import renew_lease
from resolvers.both_offices.notifications import notify
from resolvers.front_office.service.complaints.working import record_handoff
from resolvers.kit.commands import Command, DryRunnable, InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.loading import visible

MOST_MENTIONS = 20

POSTED: dict[Audience, EventKind] = {
    Audience.BOTH_OFFICES: MessageEvent.POSTED,
    Audience.BACK_OFFICE: MessageEvent.BACK_OFFICE_POSTED,
    Audience.FRONT_OFFICE: MessageEvent.FRONT_OFFICE_POSTED,
}


@command
class PostMessage(Command, DryRunnable):
    """What is said about which handoff, and to whom."""

    handoff: Key[Handoff] = member("The handoff.")
    audience: Audience = member("Who is to read it.")
    text: str = member(
        "What is said, at most 10,000 characters. Where the department reads it, who the customer is gets masked."
    )
    mentions: tuple[Key[Account], ...] = member(
        "Accounts that are told of it, at most 20; each must be able to read it.", default=()
    )


async def post_message(viewer: Viewer, given: PostMessage) -> Keys:
    """Writes a message on a handoff."""
    errors = InputErrors()
    text = errors.text("text", given.text)
    handoff = await the_handoff(viewer, given.handoff, errors)
    at = now()
    keys = [account.id for account in given.mentions]
    mentioned = await _readers_among(errors, keys, handoff, given.audience, at)
    errors.raise_if_any()
    message = await write_message(viewer, handoff, MessageKind.MESSAGE, text, at, given.audience, mentioned)
    # The handoff's own version stays: nothing about the work has changed.
    if handoff.claimed_by_id == viewer.account and handoff.status in OPEN_STATUSES:
        await renew_lease(handoff, at)
        await handoff.save(update_fields=["last_activity_at", "lease_until"])
    await record_handoff(POSTED[given.audience], viewer, handoff, at)
    given.end_if_dry(masked_text=message.text)
    return {"message": message.id, "handoff": handoff.id}


def office_of(viewer: Viewer) -> Office:
    """As whose member the viewer writes."""
    return Office.FRONT_OFFICE if viewer.may(Permission.ENTER_FRONT_OFFICE) else Office.BACK_OFFICE


async def worded(viewer: Viewer, handoff: Handoff, text: str, audience: Audience = Audience.BOTH_OFFICES) -> str:
    """The text as it is kept: what the back office reads without who the customer is."""
    return await masked(viewer.permissions, text, handoff) if Office.BACK_OFFICE in READERS[audience] else text


async def write_message(
    viewer: Viewer,
    handoff: Handoff,
    kind: MessageKind,
    text: str,
    at: datetime,
    audience: Audience = Audience.BOTH_OFFICES,
    mentioned: Sequence[UUID] = (),
) -> HandoffMessage:
    """Adds a message to the thread, worded for its audience, and tells whom it mentions."""
    message = await HandoffMessage.create(
        id=new_id(),
        handoff_id=handoff.id,
        author_id=viewer.account,
        office=office_of(viewer),
        audience=audience,
        kind=kind,
        text=await worded(viewer, handoff, text, audience),
        at=at,
    )
    for account in mentioned:
        await MessageMention.create(id=new_id(), message_id=message.id, account_id=account)
    await tell_of_message(NotificationKind.MENTIONED, mentioned, message, handoff)
    return message


async def tell_of_message(
    kind: NotificationKind, accounts: Iterable[UUID | None], message: HandoffMessage, handoff: Handoff
) -> None:
    """Notifies accounts of a message on a handoff, and never who wrote it."""
    await notify(kind, accounts, *HANDOFF.told_of(handoff), message, at=message.at, actor=message.author_id)


async def _readers_among(
    errors: InputErrors, accounts: Sequence[UUID | None], handoff: Handoff, audience: Audience, at: datetime
) -> list[UUID]:
    """Those accounts, each once; notes, by its place in `mentions`, who is no colleague or could not read the message."""
    if len(accounts) > MOST_MENTIONS:
        errors.add("mentions", f"A message mentions at most {MOST_MENTIONS} people.")
        return []
    inner = errors.within("mentions")
    found = {account.id: account for account in await Account.filter(id__in=[key for key in accounts if key])}
    for place, key in enumerate(accounts):
        account = found.get(key) if key else None
        if account is None or not account.enabled:
            inner.not_found(str(place), "colleague")
        elif not await _can_read(account, handoff, audience, at):
            inner.add(str(place), f"{account.name} could not read this message.", "CANNOT_READ")
    return list(dict.fromkeys(key for key in accounts if key))


async def _can_read(account: Account, handoff: Handoff, audience: Audience, at: datetime) -> bool:
    roles, departments = frozenset(map(Role, account.roles)), frozenset(map(Department, account.departments))
    reader = Viewer(account.id, account.name, roles, departments, None, at)
    return (
        reader.may(Permission.READ_HANDOFFS)
        and bool(READERS[audience] & offices_of(reader.permissions))
        and await visible(reader, Handoff, handoff.id) is not None
    )
