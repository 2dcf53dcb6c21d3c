"""What departments do with handoffs, and what the front office does with their answers: inputs and mutations."""

import strawberry

from models.front_office.service.complaints import CauseCode
from models.permissions import Permission
from resolvers.back_office import handoffs as use_cases
from schema.front_office.service.complaints import HandoffPayload
from schema.kit.legacy_verbs import dry_run, expected_version, idempotency_key, key_of, member, optional, verb

BACK, FRONT = (Permission.WRITE_HANDOFFS, Permission.WRITE_COMPLAINTS)

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
    cause: CauseCode | None = optional("What the complaint came from, if that was found out.")


@strawberry.input(description="What `refuseHandoff` takes.")
class RefuseHandoffInput(_HandoffInput):
    """What `refuse_handoff` takes."""

    reason: str = member("Why it is not the department's.")


@strawberry.input(description="What `withdrawHandoff` takes.")
class WithdrawHandoffInput(_HandoffInput):
    """What `withdraw_handoff` takes."""

    reason: str = member("Why it is taken back. Who the customer is gets masked.")
    dry_run: bool = dry_run()


@strawberry.input(description="What `acceptAnswer` takes.")
class AcceptAnswerInput(_HandoffInput):
    """What `accept_answer` takes."""


@strawberry.input(description="What `rejectAnswer` takes.")
class RejectAnswerInput(_HandoffInput):
    """What `reject_answer` takes."""

    reason: str = member("What is missing. Who the customer is gets masked.")
    dry_run: bool = dry_run()


# --- Roots ---


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
            viewer, key_of(given.handoff, "hnd"), given.answer, given.expected_version, given.cause
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
            viewer, key_of(given.handoff, "hnd"), given.reason, given.expected_version, dry_run=given.dry_run
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
            viewer, key_of(given.handoff, "hnd"), given.reason, given.expected_version, dry_run=given.dry_run
        ),
    )
