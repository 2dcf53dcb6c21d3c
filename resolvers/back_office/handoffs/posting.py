"""Writing a message on a handoff, whatever its status: people go on talking about what is done with."""

from collections.abc import Sequence
from uuid import UUID

from models.back_office.handoffs import OPEN_STATUSES
from models.back_office.handoffs.messages import Audience, MessageKind
from models.kit.base import now
from models.kit.events import EventKind
from resolvers.back_office.handoffs.messages import readers_among, worded, write_message
from resolvers.back_office.handoffs.shared import claimant, the_handoff
from resolvers.both_offices.leases import renew_lease
from resolvers.front_office.service.complaints import Keys, record_handoff
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer

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
    errors = InputErrors()
    given = errors.text("text", text)
    handoff = await the_handoff(viewer, key, errors, None)
    at = now()
    mentioned = await readers_among(errors, mentions, handoff, audience, at)
    errors.raise_if_any()
    words = await worded(viewer, handoff, audience, given)
    message = await write_message(viewer, handoff, MessageKind.MESSAGE, words, at, audience, mentioned)
    if claimant(handoff) == viewer.account and handoff.status in OPEN_STATUSES:
        await renew_lease(handoff, at)
        await handoff.save(update_fields=["last_activity_at", "lease_until"])
    await record_handoff(POSTED[audience], viewer, handoff, at)
    if dry_run:
        raise DryRun(masked_text=words)
    return {"message": message.id, "handoff": handoff.id}
