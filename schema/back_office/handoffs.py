"""Handoffs: what a department works on. It reads a brief, never the customer's own words."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from models import events
from models.back_office import handoffs
from models.permissions import Department, Permission
from resolvers.back_office import handoffs as use_cases
from resolvers.reading.declare import (
    Connection,
    EntryEvents,
    EntryNode,
    EntryRows,
    Node,
    Surroundings,
    column,
    expression,
    node,
    one,
    read,
)
from resolvers.reading.steps import steps_sql
from schema.changes import expected_version, idempotency_key, key_of, member, verb
from schema.front_office.complaints import HandoffPayload, cursor_column

if TYPE_CHECKING:
    from schema.back_office.accounts import Account
    from schema.front_office.complaints import Complaint

READ, BACK, FRONT = (Permission.READ_HANDOFFS, Permission.WRITE_HANDOFFS, Permission.WRITE_COMPLAINTS)


def _next_statuses(around: Surroundings) -> str:
    return steps_sql(handoffs.TRANSITIONS, around, claimant=around.column("claimed_by_id"))


@node(handoffs.Handoff, prefix="hnd", rows=handoffs.visible_handoffs, needs=READ)
class Handoff(Node):
    """One piece of a complaint given to one department."""

    number: str = column("The number that people quote, for instance HND-2026-000042.", filter=True, sort=True)
    department: Department = column("Whose work it is.", filter=True, sort=True)
    status: handoffs.HandoffStatus = column("How far it is.", filter=True, sort=True)
    next_statuses: list[handoffs.HandoffStatus] = expression("What the viewer may make of it now.", _next_statuses)
    brief: str = column("What the department must know; the customer's identity is masked in it.")
    handed_off_at: datetime = column("When it was handed off.", filter=True, sort=True)
    handed_off_by: "Account | None" = one("Who handed it off.", "handed_off_by_id")
    due_at: datetime = column("By when the department's answer is due.", filter=True, sort=True)
    claimed_by: "Account | None" = one("Who works on it.", "claimed_by_id")
    claimed_at: datetime | None = column("Since when somebody works on it.", filter=True, sort=True)
    answer: str | None = column("What the department answered.")
    answered_at: datetime | None = column("When the department answered.", filter=True, sort=True)
    refusal_reason: str | None = column("Why the department refused it.")
    rejection_reason: str | None = column("Why the front office sent the last rejected answer back.")
    withdrawal_reason: str | None = column("Why the front office took it back.")
    ended_at: datetime | None = column("When it was accepted, refused or withdrawn.", filter=True, sort=True)
    version: int = column("Grows with every change; send it back as `expectedVersion`.")
    complaint: "Complaint | None" = one("The complaint that it is a piece of.", "complaint_id")


@node(events.Event, prefix="", rows=events.visible_events, needs=READ)
class HandoffUpdate:
    """Something that just happened to a handoff, with the handoff as it now is."""

    cursor: str = expression("Send it as `after` to resume behind this message.", cursor_column)
    kind: events.EventKind = column("What happened.")
    at: datetime = column("When.")
    handoff: "Handoff | None" = one("The handoff as it now is.", "handoff_id")


# --- Inputs -----------------------------------------------------------------------------------------------------------


@strawberry.input(description="Which handoff.")
class _HandoffInput:
    """What every verb on a handoff takes."""

    handoff: strawberry.ID = member("The handoff.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What `claimHandoff` takes.")
class ClaimHandoffInput(_HandoffInput):
    """What `claim_handoff` takes."""


@strawberry.input(description="What `releaseHandoff` takes.")
class ReleaseHandoffInput(_HandoffInput):
    """What `release_handoff` takes."""


@strawberry.input(description="What `answerHandoff` takes.")
class AnswerHandoffInput(_HandoffInput):
    """What `answer_handoff` takes."""

    answer: str = member("The department's answer, at most 10,000 characters.")


@strawberry.input(description="What `refuseHandoff` takes.")
class RefuseHandoffInput(_HandoffInput):
    """What `refuse_handoff` takes."""

    reason: str = member("Why it is not the department's.")


@strawberry.input(description="What `withdrawHandoff` takes.")
class WithdrawHandoffInput(_HandoffInput):
    """What `withdraw_handoff` takes."""

    reason: str = member("Why it is taken back. Who the customer is gets masked.")


@strawberry.input(description="What `acceptAnswer` takes.")
class AcceptAnswerInput(_HandoffInput):
    """What `accept_answer` takes."""


@strawberry.input(description="What `rejectAnswer` takes.")
class RejectAnswerInput(_HandoffInput):
    """What `reject_answer` takes."""

    reason: str = member("What is missing. Who the customer is gets masked.")


# --- Roots ------------------------------------------------------------------------------------------------------------


class Handoffs:
    """Either office's way to handoffs."""

    handoff: "Handoff | None" = read(EntryNode(), "One handoff.", needs=READ)
    handoffs: "Connection[Handoff]" = read(
        EntryRows("due_at"), "All handoffs that the viewer sees, most urgent first.", needs=READ
    )


class HandoffMutations:
    """What departments do with handoffs, and what the front office does with their answers."""

    claim_handoff = verb(
        "Takes a handoff out of the queue. Of two who claim at once, one wins and the other gets AlreadyClaimed.",
        BACK,
        ClaimHandoffInput,
        HandoffPayload,
        lambda viewer, given: use_cases.claim_handoff(viewer, key_of(given.handoff, "hnd"), given.expected_version),
    )
    release_handoff = verb(
        "Puts one's own handoff back into the queue.",
        BACK,
        ReleaseHandoffInput,
        HandoffPayload,
        lambda viewer, given: use_cases.release_handoff(viewer, key_of(given.handoff, "hnd"), given.expected_version),
    )
    answer_handoff = verb(
        "Gives the department's answer to the front office.",
        BACK,
        AnswerHandoffInput,
        HandoffPayload,
        lambda viewer, given: use_cases.answer_handoff(
            viewer, key_of(given.handoff, "hnd"), given.answer, given.expected_version
        ),
    )
    refuse_handoff = verb(
        "Says that a handoff is not the department's, and why.",
        BACK,
        RefuseHandoffInput,
        HandoffPayload,
        lambda viewer, given: use_cases.refuse_handoff(
            viewer, key_of(given.handoff, "hnd"), given.reason, given.expected_version
        ),
    )
    withdraw_handoff = verb(
        "Takes a handoff back from its department.",
        FRONT,
        WithdrawHandoffInput,
        HandoffPayload,
        lambda viewer, given: use_cases.withdraw_handoff(
            viewer, key_of(given.handoff, "hnd"), given.reason, given.expected_version
        ),
    )
    accept_answer = verb(
        "Takes the department's answer.",
        FRONT,
        AcceptAnswerInput,
        HandoffPayload,
        lambda viewer, given: use_cases.accept_answer(viewer, key_of(given.handoff, "hnd"), given.expected_version),
    )
    reject_answer = verb(
        "Sends the department's answer back to whoever gave it.",
        FRONT,
        RejectAnswerInput,
        HandoffPayload,
        lambda viewer, given: use_cases.reject_answer(
            viewer, key_of(given.handoff, "hnd"), given.reason, given.expected_version
        ),
    )


class HandoffSubscriptions:
    """What is pushed about handoffs."""

    complaint_handoffs: "HandoffUpdate" = read(
        EntryEvents("handoff_id", departments=True), "What happens to the handoffs of some departments.", needs=READ
    )
