"""What is done with purchase orders: inputs, payloads and mutations."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.permissions import Permission
from resolvers.back_office import purchasing as use_cases
from resolvers.reading.declare import Access, changed, plain, plain_type
from schema.back_office.purchasing import receiving
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb

if TYPE_CHECKING:
    from schema.back_office.purchasing.types import PurchaseOrder

WRITE = Permission.WRITE_PURCHASING
EXPECTED_AT = "When it is expected to arrive."

# --- Inputs and payloads ----------------------------------------------------------------------------------------------


@strawberry.input(description="How much is ordered of one product.")
class NewPurchaseOrderLineInput:
    """How much is ordered of one product."""

    product: strawberry.ID = member("What is ordered; a product stands on one line only.")
    quantity: int = member("How many units of it, 1 to 1,000,000.")
    unit_cost: Decimal | None = optional(
        "What one unit costs, in the supplier's currency; left out, what the line says already, else what was agreed with the"
        " supplier last, else what we reckon that the product costs us. What nobody knows is said before anybody approves it.",
        needs=Permission.READ_COST_PRICE,
    )


@strawberry.input(description="What is to be ordered from a supplier.")
class DraftPurchaseOrderInput:
    """What is to be ordered from a supplier."""

    supplier: strawberry.ID = member("Whom it goes to.")
    warehouse: strawberry.ID = member("Where it shall be delivered.")
    lines: list[NewPurchaseOrderLineInput] = member("What is ordered, 1 to 100 lines.")
    expected_at: datetime | None = optional(EXPECTED_AT)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which purchase order.")
class _PurchaseOrderInput:
    """What every verb on a purchase order takes."""

    purchase_order: strawberry.ID = member("The purchase order.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What changes about a purchase order; whatever is left out stays as it was.")
class ChangePurchaseOrderInput(_PurchaseOrderInput):
    """What changes about a purchase order."""

    lines: list[NewPurchaseOrderLineInput] | None = optional(
        "All that it asks for from now on, 1 to 100 lines; only while it is a draft."
    )
    warehouse: strawberry.ID | None = optional("Where it shall be delivered; only while it is a draft.")
    expected_at: datetime | None = optional("When it is expected to arrive; until it has.")


@strawberry.input(description="What `approvePurchaseOrder` takes.")
class ApprovePurchaseOrderInput(_PurchaseOrderInput):
    """What `approve_purchase_order` takes."""


@strawberry.input(description="What `sendPurchaseOrder` takes.")
class SendPurchaseOrderInput(_PurchaseOrderInput):
    """What `send_purchase_order` takes."""

    expected_at: datetime | None = optional("When it is expected to arrive; left out, as it says already.")


@strawberry.input(description="What `closePurchaseOrder` takes.")
class ClosePurchaseOrderInput(_PurchaseOrderInput):
    """What `close_purchase_order` takes."""

    reason: str | None = optional("Why nothing more is expected; needed when less came than was ordered.")


@strawberry.input(description="What `cancelPurchaseOrder` takes.")
class CancelPurchaseOrderInput(_PurchaseOrderInput):
    """What `cancel_purchase_order` takes."""

    reason: str = member("Why it is taken back.")


@plain_type(Access.SIGNED_IN)
class PurchaseOrderPayload:
    """What became of a purchase order."""

    ROWS: ClassVar = ("purchase_order",)
    purchase_order: "PurchaseOrder | None" = changed("The purchase order as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Mutations --------------------------------------------------------------------------------------------------------


def _lines(given: list[NewPurchaseOrderLineInput]) -> list[use_cases.NewLine]:
    return [use_cases.NewLine(key_of(line.product, "prd"), line.quantity, line.unit_cost) for line in given]


class PurchaseOrderMutations:
    """How the back office buys."""

    draft_purchase_order = verb(
        "Begins a purchase order. The supplier knows nothing of it until it is sent.",
        WRITE,
        DraftPurchaseOrderInput,
        PurchaseOrderPayload,
        lambda viewer, given: use_cases.draft_purchase_order(
            viewer,
            key_of(given.supplier, "sup"),
            key_of(given.warehouse, "whs"),
            _lines(given.lines),
            given.expected_at,
        ),
    )
    change_purchase_order = verb(
        "Changes what a draft asks for, which takes an approval back; or when a purchase order is expected, until it has"
        " arrived.",
        WRITE,
        ChangePurchaseOrderInput,
        PurchaseOrderPayload,
        lambda viewer, given: use_cases.change_purchase_order(
            viewer,
            key_of(given.purchase_order, "por"),
            given.expected_version,
            lines=None if given.lines is None else _lines(given.lines),
            warehouse_key=key_of(given.warehouse, "whs"),
            names_warehouse=given.warehouse is not None,
            expected_at=given.expected_at,
        ),
    )
    approve_purchase_order = verb(
        "Approves a draft, so that it may be sent whatever it costs. Never for who drafted it or wrote its lines; refused with"
        " COST_UNKNOWN while it does not say what every line costs.",
        Permission.APPROVE_PURCHASES,
        ApprovePurchaseOrderInput,
        PurchaseOrderPayload,
        lambda viewer, given: use_cases.approve_purchase_order(
            viewer, key_of(given.purchase_order, "por"), given.expected_version
        ),
    )
    send_purchase_order = verb(
        "Says that the supplier has the purchase order. Refused with NOT_APPROVED when nobody has approved it, unless the viewer"
        " sees costs and it costs, with what they sent alone to the same supplier in the last 30 days, no more than they may"
        " send alone.",
        WRITE,
        SendPurchaseOrderInput,
        PurchaseOrderPayload,
        lambda viewer, given: use_cases.send_purchase_order(
            viewer, key_of(given.purchase_order, "por"), given.expected_at, given.expected_version
        ),
    )
    receive_purchase_order = receiving.receive_purchase_order
    close_purchase_order = verb(
        "Says that nothing more is expected of a purchase order.",
        WRITE,
        ClosePurchaseOrderInput,
        PurchaseOrderPayload,
        lambda viewer, given: use_cases.close_purchase_order(
            viewer, key_of(given.purchase_order, "por"), given.reason, given.expected_version
        ),
    )
    cancel_purchase_order = verb(
        "Takes a purchase order back of which nothing has arrived.",
        WRITE,
        CancelPurchaseOrderInput,
        PurchaseOrderPayload,
        lambda viewer, given: use_cases.cancel_purchase_order(
            viewer, key_of(given.purchase_order, "por"), given.reason, given.expected_version
        ),
    )
