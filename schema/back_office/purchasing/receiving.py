"""Taking in what suppliers deliver: input, payload and mutation."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.permissions import Permission
from resolvers.back_office import purchasing as use_cases
from resolvers.reading.declare import Access, changed, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb

if TYPE_CHECKING:
    from schema.back_office.purchasing.types import PurchaseOrder, Receipt


@strawberry.input(description="How much of a line came, as which batch, and where it was put.")
class ReceivedLineInput:
    """How much of a line came."""

    purchase_order_line: strawberry.ID = member(
        "The line that ordered it. It may come as several batches, into several places."
    )
    quantity: int = member("How many units; more than ordered only within the supplier's allowance.")
    location: strawberry.ID = member(
        "Where it was put: a place for STORAGE or QUARANTINE in the purchase order's warehouse."
    )
    batch_number: str | None = optional(
        "The supplier's number of the batch, at most 20 characters; left out, it gets one of ours. What came of a line with the"
        " same number and expiry is one batch."
    )
    expires_on: date | None = optional(
        "The last day on which it may be shipped; needed for what does not keep for ever."
    )
    on_hold: bool = strawberry.field(
        description="Whether it must not be sold before somebody has checked it.", default=False
    )


@strawberry.input(description="What a supplier delivered.")
class ReceivePurchaseOrderInput:
    """What a supplier delivered."""

    purchase_order: strawberry.ID = member("The purchase order that it was ordered by.")
    lines: list[ReceivedLineInput] = member("What came, 1 to 100 lines.")
    delivery_note: str | None = optional("The number of the supplier's delivery note, at most 100 characters.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class ReceiptPayload:
    """What became of a delivery."""

    ROWS: ClassVar = ("purchase_order", "receipt")
    purchase_order: "PurchaseOrder | None" = changed("The purchase order as it now is; null when there are errors.")
    receipt: "Receipt | None" = changed("The receipt, with its batches; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


receive_purchase_order = verb(
    "Takes a delivery in: what came is stock from now on, and goes to the orders that wait for it. Refused with"
    " OVER_RECEIPT when more came than the supplier's allowance permits.",
    Permission.WRITE_STOCK,
    ReceivePurchaseOrderInput,
    ReceiptPayload,
    lambda viewer, given: use_cases.receive_purchase_order(
        viewer,
        key_of(given.purchase_order, "por"),
        given.delivery_note,
        [
            use_cases.Arrival(
                line=key_of(line.purchase_order_line, "pol"),
                quantity=line.quantity,
                location=key_of(line.location, "loc"),
                batch_number=line.batch_number,
                expires_on=line.expires_on,
                on_hold=line.on_hold,
            )
            for line in given.lines
        ],
        given.expected_version,
    ),
)
