"""Handoffs: claimed, released, answered and refused by the department; withdrawn, accepted and rejected by the front office."""

from collections.abc import Mapping
from uuid import UUID

from models.back_office.accounts import Account
from models.back_office.handoffs import TRANSITIONS, Handoff, HandoffStatus, visible_handoffs
from models.base import now
from models.events import EventKind
from models.front_office.complaints import Complaint
from models.front_office.customers import Customer
from models.masking import mask
from models.states import move_to
from resolvers.access import access
from resolvers.front_office.complaints import record_handoff, settle_after
from resolvers.inputs import Checks
from resolvers.problems import AlreadyClaimed
from resolvers.steps import illegal, next_steps
from resolvers.viewer import Viewer

Keys = Mapping[str, UUID]


# --- The department's verbs ---


async def claim_handoff(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Takes a handoff out of the queue. Of two who claim at once, one wins and the other learns who."""
    checks = Checks()
    handoff = await _handoff(viewer, key, checks, expected_version)
    if handoff.status == HandoffStatus.CLAIMED:
        holder = await Account.get(id=handoff.claimed_by_id)  # type: ignore[attr-defined]
        path = ("input", "handoff")
        checks.add(AlreadyClaimed("ALREADY_CLAIMED", f"{holder.name} has it already.", path, by=holder.name))
    else:
        _check_step(viewer, handoff, HandoffStatus.CLAIMED, checks, origin=HandoffStatus.QUEUED)
    checks.done()
    handoff.claimed_by_id = viewer.account  # type: ignore[attr-defined]
    handoff.claimed_at = now()
    return await _move(viewer, handoff, HandoffStatus.CLAIMED, EventKind.HANDOFF_CLAIMED)


async def release_handoff(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Puts one's own handoff back into the queue."""
    handoff = await _ready(viewer, key, HandoffStatus.QUEUED, expected_version)
    handoff.claimed_by_id = None  # type: ignore[attr-defined]
    handoff.claimed_at = None
    return await _move(viewer, handoff, HandoffStatus.QUEUED, EventKind.HANDOFF_RELEASED)


async def answer_handoff(viewer: Viewer, key: UUID | None, answer: str, expected_version: int | None) -> Keys:
    """Gives the department's answer to the front office."""
    checks = Checks()
    text = checks.text("answer", answer)
    handoff = await _ready(viewer, key, HandoffStatus.ANSWERED, expected_version, checks)
    handoff.answer, handoff.answered_at = text, now()
    return await _move(viewer, handoff, HandoffStatus.ANSWERED, EventKind.HANDOFF_ANSWERED)


async def refuse_handoff(viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None) -> Keys:
    """Says that a handoff is not the department's, and why."""
    checks = Checks()
    text = checks.text("reason", reason)
    handoff = await _ready(viewer, key, HandoffStatus.REFUSED, expected_version, checks)
    handoff.refusal_reason, handoff.ended_at = text, now()
    return await _end(viewer, handoff, HandoffStatus.REFUSED, EventKind.HANDOFF_REFUSED)


# --- The front office's verbs ---


async def withdraw_handoff(viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None) -> Keys:
    """Takes a handoff back, and says why."""
    checks = Checks()
    text = checks.text("reason", reason)
    handoff = await _ready(viewer, key, HandoffStatus.WITHDRAWN, expected_version, checks)
    handoff.withdrawal_reason, handoff.ended_at = await _masked(handoff, text), now()
    return await _end(viewer, handoff, HandoffStatus.WITHDRAWN, EventKind.HANDOFF_WITHDRAWN)


async def accept_answer(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Takes the department's answer."""
    handoff = await _ready(viewer, key, HandoffStatus.ACCEPTED, expected_version)
    handoff.ended_at = now()
    return await _end(viewer, handoff, HandoffStatus.ACCEPTED, EventKind.ANSWER_ACCEPTED)


async def reject_answer(viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None) -> Keys:
    """Sends the answer back to whoever gave it, and says why."""
    checks = Checks()
    text = checks.text("reason", reason)
    handoff = await _handoff(viewer, key, checks, expected_version)
    _check_step(viewer, handoff, HandoffStatus.CLAIMED, checks, origin=HandoffStatus.ANSWERED)
    checks.done()
    handoff.rejection_reason = await _masked(handoff, text)
    return await _move(viewer, handoff, HandoffStatus.CLAIMED, EventKind.ANSWER_REJECTED)


# --- Steps that several verbs share ---


async def _handoff(viewer: Viewer, key: UUID | None, checks: Checks, expected_version: int | None) -> Handoff:
    """The handoff, locked after its complaint: all verbs lock in this order."""
    seen = await access(viewer, Handoff, visible_handoffs, key, lock=False)
    if seen is not None:
        await Complaint.filter(id=seen.complaint_id).select_for_update().only("id").first()  # type: ignore[attr-defined]
    handoff = await access(viewer, Handoff, visible_handoffs, key)
    if handoff is None:
        checks.missing("handoff", "handoff")
        checks.done()
        raise AssertionError("unreachable: a missing handoff refuses the change")
    checks.version(handoff.version, expected_version)
    return handoff


async def _ready(
    viewer: Viewer, key: UUID | None, to: HandoffStatus, expected_version: int | None, checks: Checks | None = None
) -> Handoff:
    """The handoff, when the viewer may take it to a status now; everything wrong is reported together."""
    checks = checks or Checks()
    handoff = await _handoff(viewer, key, checks, expected_version)
    _check_step(viewer, handoff, to, checks)
    checks.done()
    return handoff


def _claimant(handoff: Handoff) -> UUID | None:
    return handoff.claimed_by_id  # type: ignore[attr-defined,no-any-return]


def _check_step(
    viewer: Viewer, handoff: Handoff, to: HandoffStatus, checks: Checks, *, origin: HandoffStatus | None = None
) -> None:
    """Notes when the step is illegal. Two verbs lead to CLAIMED, claiming and rejecting: `origin` tells them apart."""
    permitted = next_steps(TRANSITIONS, handoff.status, viewer, claimant=_claimant(handoff))
    if str(to) not in permitted or (origin is not None and handoff.status != origin):
        checks.add(illegal("handoff", handoff.status, to, permitted, "input", "handoff"))


async def _move(viewer: Viewer, handoff: Handoff, to: HandoffStatus, kind: EventKind) -> Keys:
    move_to(handoff, to, TRANSITIONS)
    handoff.version += 1
    await handoff.save()
    await record_handoff(kind, viewer, handoff, now())
    return {"handoff": handoff.id}


async def _end(viewer: Viewer, handoff: Handoff, to: HandoffStatus, kind: EventKind) -> Keys:
    keys = await _move(viewer, handoff, to, kind)
    await settle_after(viewer, await Complaint.get(id=handoff.complaint_id))  # type: ignore[attr-defined]
    return keys


async def _masked(handoff: Handoff, text: str) -> str:
    """What the front office writes for the department, without who the customer is."""
    complaint = await Complaint.get(id=handoff.complaint_id)  # type: ignore[attr-defined]
    return mask(text, await Customer.get(id=complaint.customer_id))  # type: ignore[attr-defined]
