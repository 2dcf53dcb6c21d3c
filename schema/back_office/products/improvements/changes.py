"""What is done with improvements: inputs, payload and mutations."""

from collections.abc import Awaitable
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.back_office.products.improvements import ImprovementKind
from models.front_office.service.complaints import Category, CauseCode
from models.permissions import Department, Permission
from resolvers.back_office.products import improvements as use_cases
from resolvers.kit.viewer import Viewer
from resolvers.reading.declare import Access, changed, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb

if TYPE_CHECKING:
    from schema.back_office.products.improvements.types import Improvement

WRITE = Permission.WRITE_IMPROVEMENTS

PLAN = "What is to be done, by whom and until when, at most 10,000 characters."
CRITERION = "When it will have helped, in words."
MAX_RECURRENCE = (
    "When it will have helped, as a figure: at most so many complaints per 1,000 orders in the window after it, with two"
    " decimals at most."
)
WINDOW_DAYS = "How many days its effect is watched and compared with as many before, 1 to 731; usually 90."

# --- Inputs -----------------------------------------------------------------------------------------------------------


@strawberry.input(description="An improvement that came out of complaints.")
class ProposeImprovementInput:
    """An improvement that came out of complaints."""

    complaints: list[strawberry.ID] = member(
        "The complaints that it came out of, 1 to 100. Those whose cause nobody has found out get the improvement's."
    )
    title: str = member("What is to be done, in a line of at most 200 characters.")
    kind: ImprovementKind = member("What it is for.")
    department: Department = member("The department of the back office whose work it is.")
    cause: CauseCode | None = optional("What it is against; left out, the cause that the complaints agree on.")
    category: Category | None = optional(
        "The category that it is measured by, of at least one of the complaints; left out, the one that they all have."
    )
    any_category: bool = strawberry.field(description="Measure it by complaints of every category.", default=False)
    product: strawberry.ID | None = optional(
        "The product that it is measured by, of at least one of the complaints; left out, the one that they all have, or any"
        " when none of them has one."
    )
    any_product: bool = strawberry.field(description="Measure it by complaints of every product.", default=False)
    owner: strawberry.ID | None = optional("Who sees to it; left out, the viewer.")
    plan: str | None = optional(PLAN)
    criterion: str | None = optional(CRITERION)
    max_recurrence: Decimal | None = optional(MAX_RECURRENCE)
    window_days: int | None = optional(WINDOW_DAYS)
    successor_of: strawberry.ID | None = optional("An improvement that had no effect, whose place this one takes.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which improvement.")
class _ImprovementInput:
    """What every verb on an improvement takes."""

    improvement: strawberry.ID = member("The improvement.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which complaints an improvement is about too.")
class AddComplaintsToImprovementInput(_ImprovementInput):
    """Which complaints an improvement is about too."""

    complaints: list[strawberry.ID] = member(
        "Complaints of its cause, category and product, 1 to 100. Those that are there already stay."
    )


@strawberry.input(description="What is agreed upon; whatever is left out stays as it was.")
class PlanImprovementInput(_ImprovementInput):
    """What `plan_improvement` takes."""

    plan: str | None = optional(PLAN)
    criterion: str | None = optional(CRITERION)
    max_recurrence: Decimal | None = optional(MAX_RECURRENCE)
    window_days: int | None = optional(WINDOW_DAYS)
    owner: strawberry.ID | None = optional("Who sees to it.")
    department: Department | None = optional("The department of the back office whose work it is.")


@strawberry.input(description="What is agreed upon anew; whatever is left out stays as it was.")
class ReviseImprovementInput(PlanImprovementInput):
    """What `revise_improvement` takes."""

    title: str | None = optional("What is to be done, in a line of at most 200 characters.")


@strawberry.input(description="What `startImprovement` takes.")
class StartImprovementInput(_ImprovementInput):
    """What `start_improvement` takes."""


@strawberry.input(description="What `monitorImprovement` takes.")
class MonitorImprovementInput(_ImprovementInput):
    """What `monitor_improvement` takes."""


@strawberry.input(description="What `judgeImprovement` takes: no verdict, that is computed.")
class JudgeImprovementInput(_ImprovementInput):
    """What `judge_improvement` takes."""


@strawberry.input(description="What `rejectImprovement` takes.")
class RejectImprovementInput(_ImprovementInput):
    """What `reject_improvement` takes."""

    reason: str = member("Why it is not made, or given up.")


@plain_type(Access.SIGNED_IN)
class ImprovementPayload:
    """What became of an improvement."""

    ROWS: ClassVar = ("improvement",)
    improvement: "Improvement | None" = changed("The improvement as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Mutations --------------------------------------------------------------------------------------------------------


def _terms(given: ProposeImprovementInput | PlanImprovementInput, title: str | None = None) -> use_cases.Terms:
    return use_cases.Terms(
        title=title,
        department=given.department,
        owner=key_of(given.owner, "acc"),
        names_owner=given.owner is not None,
        plan=given.plan,
        criterion=given.criterion,
        max_recurrence=given.max_recurrence,
        window_days=given.window_days,
    )


def _propose(viewer: Viewer, given: ProposeImprovementInput) -> Awaitable[use_cases.Keys]:
    return use_cases.propose_improvement(
        viewer,
        use_cases.NewImprovement(
            complaints=[key_of(complaint, "cmp") for complaint in given.complaints],
            kind=given.kind,
            terms=_terms(given, given.title),
            cause=given.cause,
            category=given.category,
            any_category=given.any_category,
            product=key_of(given.product, "prd"),
            names_product=given.product is not None,
            any_product=given.any_product,
            successor_of=key_of(given.successor_of, "imp"),
            names_predecessor=given.successor_of is not None,
        ),
    )


class ImprovementMutations:
    """What the back office does with improvements."""

    propose_improvement = verb(
        "Proposes an improvement that came out of complaints.",
        WRITE,
        ProposeImprovementInput,
        ImprovementPayload,
        _propose,
    )
    add_complaints_to_improvement = verb(
        "Adds complaints that an improvement is about too, until it is judged or rejected.",
        WRITE,
        AddComplaintsToImprovementInput,
        ImprovementPayload,
        lambda viewer, given: use_cases.add_complaints_to_improvement(
            viewer,
            key_of(given.improvement, "imp"),
            [key_of(complaint, "cmp") for complaint in given.complaints],
            given.expected_version,
        ),
    )
    plan_improvement = verb(
        "Plans an improvement, which needs a plan and a criterion, given now or before.",
        WRITE,
        PlanImprovementInput,
        ImprovementPayload,
        lambda viewer, given: use_cases.plan_improvement(
            viewer, key_of(given.improvement, "imp"), _terms(given), given.expected_version
        ),
    )
    revise_improvement = verb(
        "Changes what was agreed upon, while the work has not begun.",
        WRITE,
        ReviseImprovementInput,
        ImprovementPayload,
        lambda viewer, given: use_cases.revise_improvement(
            viewer, key_of(given.improvement, "imp"), _terms(given, given.title), given.expected_version
        ),
    )
    start_improvement = verb(
        "Begins the work.",
        WRITE,
        StartImprovementInput,
        ImprovementPayload,
        lambda viewer, given: use_cases.start_improvement(
            viewer, key_of(given.improvement, "imp"), given.expected_version
        ),
    )
    monitor_improvement = verb(
        "Says that an improvement is in place: from now on its effect is watched.",
        WRITE,
        MonitorImprovementInput,
        ImprovementPayload,
        lambda viewer, given: use_cases.monitor_improvement(
            viewer, key_of(given.improvement, "imp"), given.expected_version
        ),
    )
    judge_improvement = verb(
        "Finds out whether an improvement had an effect, once its window has passed and its complaints are all answered or"
        " closed: EFFECTIVE when complaints came back at most as often as `maxRecurrence`, NOT_EFFECTIVE otherwise. Refused"
        " with NOTHING_TO_MEASURE when nothing was ordered in the window.",
        WRITE,
        JudgeImprovementInput,
        ImprovementPayload,
        lambda viewer, given: use_cases.judge_improvement(
            viewer, key_of(given.improvement, "imp"), given.expected_version
        ),
    )
    reject_improvement = verb(
        "Says that an improvement will not be made, or is given up.",
        WRITE,
        RejectImprovementInput,
        ImprovementPayload,
        lambda viewer, given: use_cases.reject_improvement(
            viewer, key_of(given.improvement, "imp"), given.reason, given.expected_version
        ),
    )
