"""Writing a message on a handoff, whatever its status: people go on talking about what is done with."""

from collections.abc import Sequence
from uuid import UUID

from models.back_office.handoffs import OPEN_STATUSES
from models.back_office.messages import Audience, MessageKind
from models.base import now
from models.events import EventKind
from resolvers.back_office.handoffs.shared import claimant, the_handoff
from resolvers.back_office.messages import readers_among, worded, write_message
from resolvers.front_office.complaints import Keys, record_handoff
from resolvers.inputs import Checks
from resolvers.leases import renew_lease
from resolvers.problems import Rehearsed
from resolvers.viewer import Viewer

POSTED: dict[Audience, EventKind] = {
    Audience.BOTH_OFFICES: EventKind.MESSAGE_POSTED,
    Audience.BACK_OFFICE: EventKind.BACK_OFFICE_MESSAGE_POSTED,
    Audience.FRONT_OFFICE: EventKind.FRONT_OFFICE_MESSAGE_POSTED,
}


async def post_message(
    viewer: Viewer,
    key: UUID | None,
    audience: Audience,
    text: str,
    mentions: Sequence[UUID | None] = (),
    *,
    dry_run: bool = False,
) -> Keys:
    """Adds a message to a handoff's thread. The handoff's own version stays: nothing about the work has changed."""
    checks = Checks()
    given = checks.text("text", text)
    handoff = await the_handoff(viewer, key, checks, None)
    at = now()
    mentioned = await readers_among(checks, mentions, handoff, audience, at)
    checks.done()
    words = await worded(viewer, handoff, audience, given)
    message = await write_message(viewer, handoff, MessageKind.MESSAGE, words, at, audience, mentioned)
    if claimant(handoff) == viewer.account and handoff.status in OPEN_STATUSES:
        await renew_lease(handoff, at)
        await handoff.save(update_fields=["last_activity_at", "lease_until"])
    await record_handoff(POSTED[audience], viewer, handoff, at)
    if dry_run:
        raise Rehearsed(masked_text=words)
    return {"message": message.id, "handoff": handoff.id}
