"""What is done with bills of materials and work orders: inputs, payloads and mutations."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.permissions import Permission
from resolvers.back_office import production as use_cases
from resolvers.reading.declare import Access, changed, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb

if TYPE_CHECKING:
    from schema.back_office.logistics.inventory import Batch
    from schema.back_office.production.types import BillOfMaterials, WorkOrder

WRITE = Permission.WRITE_PRODUCTION

OUTPUT = "How many units come out of what the lines name, 1 to 100,000,000."
QUANTITY = "How much is to be made, 1 to 100,000,000."
PLANNED_FOR = "The day that it is planned for."

# --- Inputs -----------------------------------------------------------------------------------------------------------


@strawberry.input(description="How much of a component goes into a bill's output.")
class BillLineInput:
    """How much of a component goes into a bill's output."""

    component: strawberry.ID = member("A product, each on one line only.")
    quantity: int = member("How many units of it, 1 to 100,000,000.")


@strawberry.input(description="The next version of what a product is made of.")
class DraftBillInput:
    """What `draft_bill` takes."""

    product: strawberry.ID = member("What is made.")
    output_quantity: int = strawberry.field(description=OUTPUT, default=1)
    lines: list[BillLineInput] = member("What goes in, 1 to 200 components.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A draft written anew; what is left out stays as it was.")
class ChangeBillInput:
    """What `change_bill` takes."""

    bill: strawberry.ID = member("The draft.")
    output_quantity: int | None = optional(OUTPUT)
    lines: list[BillLineInput] | None = optional("All that goes in; what there was goes.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What `activateBill` takes.")
class ActivateBillInput:
    """What `activate_bill` takes."""

    bill: strawberry.ID = member("The draft.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What is to be made.")
class PlanWorkOrderInput:
    """What `plan_work_order` takes."""

    product: strawberry.ID = member("A product with an active bill of materials.")
    quantity: int = member(QUANTITY)
    warehouse: strawberry.ID = member("Where: the components come from there.")
    planned_for: date = member(PLANNED_FOR)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which work order.")
class _WorkOrderInput:
    """What every verb on a work order takes."""

    work_order: strawberry.ID = member("The work order.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A work order planned anew; what is left out stays as it was.")
class ChangeWorkOrderInput(_WorkOrderInput):
    """What `change_work_order` takes."""

    quantity: int | None = optional(QUANTITY)
    planned_for: date | None = optional(PLANNED_FOR)


@strawberry.input(description="What `releaseWorkOrder` takes.")
class ReleaseWorkOrderInput(_WorkOrderInput):
    """What `release_work_order` takes."""


@strawberry.input(description="What `startWorkOrder` takes.")
class StartWorkOrderInput(_WorkOrderInput):
    """What `start_work_order` takes."""


@strawberry.input(description="What came out of a work order.")
class CompleteWorkOrderInput(_WorkOrderInput):
    """What `complete_work_order` takes."""

    completed_quantity: int = member("How much came out, 1 to 100,000,000, more or less than was planned.")
    location: strawberry.ID = member("Where it is put: a location of the work order's warehouse.")


@strawberry.input(description="What `cancelWorkOrder` takes.")
class CancelWorkOrderInput(_WorkOrderInput):
    """What `cancel_work_order` takes."""

    reason: str = member("Why it is not made.")


@plain_type(Access.SIGNED_IN)
class BillPayload:
    """What became of a bill of materials."""

    ROWS: ClassVar = ("bill",)
    bill: "BillOfMaterials | None" = changed("The bill as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class WorkOrderPayload:
    """What became of a work order."""

    ROWS: ClassVar = ("work_order",)
    work_order: "WorkOrder | None" = changed("The work order as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class CompleteWorkOrderPayload:
    """What a work order made."""

    ROWS: ClassVar = ("work_order", "batch")
    work_order: "WorkOrder | None" = changed("The work order as it now is; null when there are errors.")
    batch: "Batch | None" = changed("What was made, on hold until it has passed; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Mutations --------------------------------------------------------------------------------------------------------


def _lines(given: Sequence[BillLineInput]) -> list[use_cases.BillLineGiven]:
    return [use_cases.BillLineGiven(key_of(line.component, "prd"), line.quantity) for line in given]


class BillMutations:
    """What is done with bills of materials."""

    draft_bill = verb(
        "Drafts the next version of what a product is made of. Nothing follows it before `activateBill`.",
        WRITE,
        DraftBillInput,
        BillPayload,
        lambda viewer, given: use_cases.draft_bill(
            viewer, key_of(given.product, "prd"), given.output_quantity, _lines(given.lines)
        ),
    )
    change_bill = verb(
        "Writes a draft anew.",
        WRITE,
        ChangeBillInput,
        BillPayload,
        lambda viewer, given: use_cases.change_bill(
            viewer,
            key_of(given.bill, "bom"),
            given.output_quantity,
            None if given.lines is None else _lines(given.lines),
            given.expected_version,
        ),
    )
    activate_bill = verb(
        "Lets new work orders follow a draft, and retires the version that they followed so far. Refused with MADE_OF_ITSELF"
        " when the product would be needed to make itself, through all that it is made of.",
        WRITE,
        ActivateBillInput,
        BillPayload,
        lambda viewer, given: use_cases.activate_bill(viewer, key_of(given.bill, "bom"), given.expected_version),
    )


class WorkOrderMutations:
    """What is done with work orders."""

    plan_work_order = verb(
        "Plans to make something by its active bill of materials.",
        WRITE,
        PlanWorkOrderInput,
        WorkOrderPayload,
        lambda viewer, given: use_cases.plan_work_order(
            viewer,
            key_of(given.product, "prd"),
            given.quantity,
            key_of(given.warehouse, "whs"),
            given.planned_for,
        ),
    )
    change_work_order = verb(
        "Plans a work order anew that has not begun.",
        WRITE,
        ChangeWorkOrderInput,
        WorkOrderPayload,
        lambda viewer, given: use_cases.change_work_order(
            viewer, key_of(given.work_order, "wor"), given.quantity, given.planned_for, given.expected_version
        ),
    )
    release_work_order = verb(
        "Lets the workshop begin.",
        WRITE,
        ReleaseWorkOrderInput,
        WorkOrderPayload,
        lambda viewer, given: use_cases.release_work_order(
            viewer, key_of(given.work_order, "wor"), given.expected_version
        ),
    )
    start_work_order = verb(
        "Begins the work and consumes its components, what expires first, first. Refused with an OutOfStock for each component"
        " of which there is not enough in the warehouse that is released and not promised to orders.",
        WRITE,
        StartWorkOrderInput,
        WorkOrderPayload,
        lambda viewer, given: use_cases.start_work_order(
            viewer, key_of(given.work_order, "wor"), given.expected_version
        ),
    )
    complete_work_order = verb(
        "Takes what was made into stock, as one batch on hold; what one unit of it cost follows from what was consumed.",
        WRITE,
        CompleteWorkOrderInput,
        CompleteWorkOrderPayload,
        lambda viewer, given: use_cases.complete_work_order(
            viewer,
            key_of(given.work_order, "wor"),
            given.completed_quantity,
            key_of(given.location, "loc"),
            given.expected_version,
        ),
    )
    cancel_work_order = verb(
        "Gives a work order up; what it had consumed is back in its place.",
        WRITE,
        CancelWorkOrderInput,
        WorkOrderPayload,
        lambda viewer, given: use_cases.cancel_work_order(
            viewer, key_of(given.work_order, "wor"), given.reason, given.expected_version
        ),
    )
