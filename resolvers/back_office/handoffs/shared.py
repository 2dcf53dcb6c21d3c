"""What the verbs on handoffs share: loading one in the order of locks, asking whether a step may be taken, taking it."""

from typing import Any
from uuid import UUID

from models.back_office.handoffs import TRANSITIONS, Handoff, HandoffStatus, visible_handoffs
from models.front_office.customers import Customer
from models.front_office.service.complaints import Complaint
from models.kit.base import now
from models.kit.events import EventKind
from models.kit.masking import mask
from models.kit.states import Guard, move_to
from resolvers.back_office.handoffs.steps import MACHINE
from resolvers.both_offices.clocks import complaint_of
from resolvers.both_offices.leases import renew_lease
from resolvers.front_office.service.complaints import Keys, record_handoff, settle_after
from resolvers.front_office.service.stages import work_on_handoff
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access, access_owner
from resolvers.kit.viewer import Viewer


async def the_handoff(viewer: Viewer, key: UUID | None, errors: InputErrors, expected_version: int | None) -> Handoff:
    """The handoff, locked after its complaint: all verbs lock in this order."""
    complaint: Any = await access_owner(viewer, Handoff, visible_handoffs, key, Complaint, "complaint_id")
    handoff = await access(viewer, Handoff, visible_handoffs, key)
    if handoff is None:
        errors.not_found("handoff", "handoff")
        raise errors.refusal()
    # Its clocks and its lease ask for it again.
    handoff.complaint = complaint
    errors.version(handoff.version, expected_version)
    return handoff


async def ready(
    viewer: Viewer,
    key: UUID | None,
    verb: str,
    to: HandoffStatus,
    expected_version: int | None,
    errors: InputErrors | None = None,
    *,
    work: bool = False,
) -> Handoff:
    """The handoff, when a verb of the viewer's may take it to a status now; everything wrong is reported together.

    With `work` the step is work on the complaint, which whoever worked at another of its stages may not do.
    """
    errors = errors or InputErrors()
    handoff = await the_handoff(viewer, key, errors, expected_version)
    await check_step(viewer, handoff, verb, to, errors)
    if work:
        await work_on_handoff(viewer, handoff, errors)
    errors.raise_if_any()
    return handoff


def claimant(handoff: Handoff) -> UUID | None:
    """Who has claimed it."""
    return handoff.claimed_by_id  # type: ignore[attr-defined,no-any-return]


async def check_step(viewer: Viewer, handoff: Handoff, verb: str, to: HandoffStatus, errors: InputErrors) -> None:
    """Notes when a verb cannot take the handoff to a status now."""
    is_mine = claimant(handoff) == viewer.account
    unmet = frozenset[Guard]() if is_mine else frozenset({Guard.CLAIMED_BY_ME})
    await MACHINE.check_step(viewer, handoff, verb, to, errors, unmet=unmet)


async def move(viewer: Viewer, handoff: Handoff, to: HandoffStatus, kind: EventKind) -> Keys:
    """Takes it to a status, stores it under a new version and records what happened."""
    move_to(handoff, to, TRANSITIONS)
    at = now()
    await renew_lease(handoff, at)
    handoff.version += 1
    await handoff.save()
    await record_handoff(kind, viewer, handoff, at)
    return {"handoff": handoff.id}


async def end(viewer: Viewer, handoff: Handoff, to: HandoffStatus, kind: EventKind) -> Keys:
    """The same for a step after which the department is done with it."""
    keys = await move(viewer, handoff, to, kind)
    await settle_after(viewer, await complaint_of(handoff))
    return keys


async def masked(handoff: Handoff, text: str) -> str:
    """What the front office writes for the department, without who the customer is."""
    complaint = await Complaint.get(id=handoff.complaint_id)  # type: ignore[attr-defined]
    return mask(text, await Customer.get(id=complaint.customer_id))  # type: ignore[attr-defined]
