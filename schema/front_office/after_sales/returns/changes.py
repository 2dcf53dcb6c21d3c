"""What is done after a sale: inputs, payloads and mutations."""

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.front_office.after_sales.returns import Condition, Disposition, ReturnReason
from models.permissions import Permission
from resolvers.front_office.after_sales import returns as use_cases
from resolvers.reading.declare import Access, changed, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import (
    ERRORS,
    MASKED,
    dry_run,
    expected_version,
    idempotency_key,
    key_of,
    member,
    optional,
    verb,
)
from schema.kit.scalars import Money

if TYPE_CHECKING:
    from schema.front_office.after_sales.returns.types import Refund, Return
    from schema.front_office.sales.orders import Order

WRITE, STOCK = Permission.WRITE_RETURNS, Permission.WRITE_STOCK

# --- Inputs -----------------------------------------------------------------------------------------------------------


@strawberry.input(description="So many pieces of a line of an order.")
class OrderPiecesInput:
    """So many pieces of a line of an order."""

    order_line: strawberry.ID = member("The line.")
    quantity: int = member("How many pieces, 1 or more.")


@strawberry.input(description="What a customer wants to send back.")
class RequestReturnInput:
    """What a customer wants to send back."""

    order: strawberry.ID = member("The order.")
    lines: list[OrderPiecesInput] = member(
        "1 to 100 lines, each once; of each at most what was shipped, has not come back and is not asked for already."
    )
    reason: ReturnReason = member("Why. WARRANTY is for lines whose `warrantyUntil` is not over.")
    reason_text: str | None = optional("Why, in words. Who the customer is gets masked.")
    complaint: strawberry.ID | None = optional("The complaint that it has to do with; it is about this order.")
    dry_run: bool = dry_run()
    expected_version: int | None = optional(
        "The order's version that the client has read. When it has changed since, nothing is done."
    )
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which return is taken back.")
class AuthoriseReturnInput:
    """Which return is taken back."""

    customer_return: strawberry.ID = member("The return, which is REQUESTED.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which return is not taken back, or never came.")
class RefuseReturnInput:
    """Which return is not taken back, or never came."""

    customer_return: strawberry.ID = member("The return, which is REQUESTED or AUTHORISED.")
    reason: str = member("Why. Who the customer is gets masked.")
    dry_run: bool = dry_run()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="How much of a line of a return came.")
class ReceivedPiecesInput:
    """How much of a line of a return came."""

    return_line: strawberry.ID = member("The line; several times when it came in several batches.")
    quantity: int = member("How many pieces came; 0 for none. What did not come is taken off the return.")
    batch: strawberry.ID | None = optional("The batch; needed when the line was shipped from several.")


@strawberry.input(description="What came back.")
class ReceiveReturnInput:
    """What came back."""

    customer_return: strawberry.ID = member("The return, which is AUTHORISED.")
    warehouse: strawberry.ID = member("Where it came to; it has a place of the kind RETURNS.")
    lines: list[ReceivedPiecesInput] = strawberry.field(
        default_factory=list[ReceivedPiecesInput],
        description="Only what needs a word, at most 250; lines that are not named came whole.",
    )
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="In which state pieces came back, and what becomes of them.")
class InspectedPiecesInput:
    """In which state pieces came back, and what becomes of them."""

    return_line: strawberry.ID = member("The line; several times when its pieces are not all alike.")
    quantity: int | None = optional("How many pieces; left out, the rest of the line.")
    condition: Condition = member("In which state they are.")
    disposition: Disposition = member("What becomes of them. DAMAGED and DEFECTIVE pieces are not sold again.")


@strawberry.input(description="What somebody found in a return.")
class InspectReturnInput:
    """What somebody found in a return."""

    customer_return: strawberry.ID = member("The return, which is RECEIVED.")
    lines: list[InspectedPiecesInput] = member("Every piece of every line, at most 250 entries.")
    restock_to: strawberry.ID | None = optional(
        "Where it is put back: a place of storage in the same warehouse. Needed for RESTOCK."
    )
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which return is done with.")
class CloseReturnInput:
    """Which return is done with."""

    customer_return: strawberry.ID = member("The return, which is INSPECTED.")
    reason: str | None = optional("What there is to say. Who the customer is gets masked.")
    dry_run: bool = dry_run()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What is given back for a line of an order: pieces, or an amount.")
class RefundLineInput:
    """What is given back for a line of an order: pieces, or an amount."""

    order_line: strawberry.ID = member("The line.")
    quantity: int | None = optional("How many pieces, at what they cost with their tax; at most those delivered.")
    amount: Decimal | None = optional("Or how much of their price, tax included, in the order's currency.")


@strawberry.input(description="Money that a customer gets back.")
class RefundOrderInput:
    """Money that a customer gets back."""

    order: strawberry.ID = member("The order.")
    lines: list[RefundLineInput] = strawberry.field(
        description="At most 100 lines, each once, and at least one unless `overpaid` is given; together at most what was paid.",
        default_factory=list[RefundLineInput],
    )
    overpaid: Decimal | None = optional(
        "How much of what was paid above what the order costs now, without tax and of no line; of a cancelled order, all of it."
    )
    reason: str | None = optional("Why. Who the customer is gets masked.")
    customer_return: strawberry.ID | None = optional("The return of this order that it is for.")
    dry_run: bool = dry_run()
    expected_version: int | None = optional(
        "The order's version that the client has read. When it has changed since, nothing is done."
    )
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What is sent once more, for nothing.")
class ReplaceOrderLinesInput:
    """What is sent once more, for nothing."""

    order: strawberry.ID = member("The order.")
    lines: list[OrderPiecesInput] = member(
        "1 to 100 lines, each once; of each at most what was shipped and neither refunded nor replaced."
    )
    expected_version: int | None = optional(
        "The order's version that the client has read. When it has changed since, nothing is done."
    )
    idempotency_key: str | None = idempotency_key()


# --- Payloads ---------------------------------------------------------------------------------------------------------


@plain_type(Access.SIGNED_IN)
class ReturnPayload:
    """What became of a return."""

    ROWS: ClassVar = ("customer_return", "order")
    customer_return: "Return | None" = changed(
        "The return as it now is; null when there are errors, and with `dryRun`."
    )
    order: "Order | None" = changed("Its order; null when there are errors, and with `dryRun`.")
    masked_text: str | None = plain(MASKED, default=None)
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class RefundPayload:
    """What became of a refund."""

    ROWS: ClassVar = ("refund", "order")
    refund: "Refund | None" = changed("The refund; null when there are errors, and with `dryRun`.")
    order: "Order | None" = changed("Its order; null when there are errors, and with `dryRun`.")
    masked_text: str | None = plain(MASKED, default=None)
    amount: Money | None = plain(
        "With `dryRun`, how much would be given back. Else null.", Permission.READ_ORDER_PRICES, default=None
    )
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class ReplacementPayload:
    """What is sent once more."""

    ROWS: ClassVar = ("order",)
    order: "Order | None" = changed("The order that replaces it; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Roots ------------------------------------------------------------------------------------------------------------


def _pieces(lines: list[OrderPiecesInput]) -> list[use_cases.GivenPieces]:
    return [use_cases.GivenPieces(key_of(line.order_line, "oli"), line.quantity) for line in lines]


def _new_return(given: RequestReturnInput) -> use_cases.NewReturn:
    return use_cases.NewReturn(
        order=key_of(given.order, "ord"),
        lines=_pieces(given.lines),
        reason=given.reason,
        text=given.reason_text,
        complaint=key_of(given.complaint, "cmp"),
        names_complaint=given.complaint is not None,
        dry_run=given.dry_run,
    )


def _receipts(given: ReceiveReturnInput) -> list[use_cases.GivenReceipt]:
    return [
        use_cases.GivenReceipt(
            key_of(one.return_line, "rtl"), one.quantity, key_of(one.batch, "bat"), names_batch=one.batch is not None
        )
        for one in given.lines
    ]


def _inspections(given: InspectReturnInput) -> list[use_cases.GivenInspection]:
    return [
        use_cases.GivenInspection(key_of(one.return_line, "rtl"), one.condition, one.disposition, one.quantity)
        for one in given.lines
    ]


def _new_refund(given: RefundOrderInput) -> use_cases.NewRefund:
    return use_cases.NewRefund(
        order=key_of(given.order, "ord"),
        lines=[use_cases.GivenRefund(key_of(one.order_line, "oli"), one.quantity, one.amount) for one in given.lines],
        overpaid=given.overpaid,
        reason=given.reason,
        customer_return=key_of(given.customer_return, "ret"),
        names_return=given.customer_return is not None,
        dry_run=given.dry_run,
    )


class ReturnMutations:
    """What is done after a sale."""

    request_return = verb(
        "Writes down what a customer wants to send back.",
        WRITE,
        RequestReturnInput,
        ReturnPayload,
        lambda viewer, given: use_cases.request_return(viewer, _new_return(given), given.expected_version),
    )
    authorise_return = verb(
        "Agrees to take something back.",
        WRITE,
        AuthoriseReturnInput,
        ReturnPayload,
        lambda viewer, given: use_cases.authorise_return(
            viewer, key_of(given.customer_return, "ret"), given.expected_version
        ),
    )
    refuse_return = verb(
        "Refuses a return, or gives up waiting for it: it is CLOSED, and its pieces can be asked for again.",
        WRITE,
        RefuseReturnInput,
        ReturnPayload,
        lambda viewer, given: use_cases.refuse_return(
            viewer,
            key_of(given.customer_return, "ret"),
            given.reason,
            given.expected_version,
            dry_run=given.dry_run,
        ),
    )
    receive_return = verb(
        "Takes in what came back, onto the warehouse's place for returns, where none of it is sold.",
        STOCK,
        ReceiveReturnInput,
        ReturnPayload,
        lambda viewer, given: use_cases.receive_return(
            viewer,
            key_of(given.customer_return, "ret"),
            key_of(given.warehouse, "whs"),
            _receipts(given),
            given.expected_version,
        ),
    )
    inspect_return = verb(
        "Says in which state everything came back: what is put back serves the orders that wait for it, the rest is scrapped.",
        STOCK,
        InspectReturnInput,
        ReturnPayload,
        lambda viewer, given: use_cases.inspect_return(
            viewer,
            key_of(given.customer_return, "ret"),
            key_of(given.restock_to, "loc"),
            given.restock_to is not None,
            _inspections(given),
            given.expected_version,
        ),
    )
    close_return = verb(
        "Ends a return that was inspected.",
        WRITE,
        CloseReturnInput,
        ReturnPayload,
        lambda viewer, given: use_cases.close_return(
            viewer,
            key_of(given.customer_return, "ret"),
            given.reason,
            given.expected_version,
            dry_run=given.dry_run,
        ),
    )
    refund_order = verb(
        "Gives money back for lines of an order, with their tax: never more than was paid, nor more pieces than were delivered.",
        Permission.MAKE_REFUNDS,
        RefundOrderInput,
        RefundPayload,
        lambda viewer, given: use_cases.refund_order(viewer, _new_refund(given), given.expected_version),
    )
    replace_order_lines = verb(
        "Sends pieces of an order once more for nothing, as an order that replaces it. It is a discount of everything, and needs"
        " whoever approves those.",
        Permission.APPROVE_DISCOUNTS,
        ReplaceOrderLinesInput,
        ReplacementPayload,
        lambda viewer, given: use_cases.replace_order_lines(
            viewer, key_of(given.order, "ord"), _pieces(given.lines), given.expected_version
        ),
    )
