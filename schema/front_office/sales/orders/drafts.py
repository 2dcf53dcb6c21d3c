"""What agents do with drafts: begin them, write and price their lines, quote them and have discounts approved."""

from datetime import datetime
from typing import Any

import strawberry

from models.front_office.customers import Channel
from models.front_office.sales.orders import ShortagePolicy
from models.permissions import Permission
from resolvers.front_office.sales import orders as use_cases
from schema.front_office.sales.orders.outcomes import OrderLinePayload, OrderPayload, OrderReasonPayload, rehearse
from schema.kit.legacy_verbs import expected_version, idempotency_key, key_of, member, optional, verb
from schema.kit.scalars import CurrencyCode

WRITE, APPROVE = Permission.WRITE_ORDERS, Permission.APPROVE_DISCOUNTS


@strawberry.input(description="One product on an order.")
class NewOrderLineInput:
    """One product on an order."""

    product: strawberry.ID = member("The product, which is on sale and in the order's currency.")
    quantity: int = member("How many pieces, 1 to 1,000,000.")
    discount_basis_points: int = strawberry.field(
        description="What comes off its list price, in hundredths of a percent: 1500 is 15 %.", default=0
    )


@strawberry.input(description="Where goods go.")
class OrderAddressInput:
    """Where goods go."""

    name: str = member("Who receives them, at most 200 characters.")
    street: str = member("Street and house number, at most 200 characters.")
    city: str = member("Town, at most 100 characters.")
    region: str | None = optional("State, province or region, at most 100 characters.")
    postal_code: str | None = optional("Postal code, at most 20 characters.")
    country: str = member("Country, by its English name; it decides which tax is added.")


@strawberry.input(description="An order as a customer asks for it.")
class DraftOrderInput:
    """An order as a customer asks for it."""

    customer: strawberry.ID = member("Who orders.")
    lines: list[NewOrderLineInput] = strawberry.field(description="What, at most 100 lines.", default_factory=list)
    currency: CurrencyCode | None = optional("Needed without lines only: else it is the products'.")
    discount_basis_points: int = strawberry.field(
        description="What comes off every line after the line's own discount, in hundredths of a percent.", default=0
    )
    shortage_policy: ShortagePolicy = strawberry.field(
        description="What is done when there is not enough in stock.", default=ShortagePolicy.BACKORDER
    )
    asked_by: str | None = optional("Who of the customer's people asks for it; left out, whom we know there.")
    asked_through: Channel | None = optional("By which way they ask for it.")
    required_at: datetime | None = optional("By when the customer wants it.")
    ship_to: OrderAddressInput | None = optional("Where the goods go; left out, to the customer's own address.")
    place: bool = strawberry.field(description="Whether it is placed at once, as by `placeOrder`.", default=False)
    dry_run: bool = rehearse()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A line that is added to a draft.")
class AddOrderLineInput:
    """A line that is added to a draft."""

    order: strawberry.ID = member("The draft.")
    product: strawberry.ID = member("The product, which is on sale and in the order's currency.")
    quantity: int = member("How many pieces, 1 to 1,000,000.")
    discount_basis_points: int = strawberry.field(
        description="What comes off its list price, in hundredths of a percent: 1500 is 15 %.", default=0
    )
    dry_run: bool = rehearse()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="How a line of a draft is to be.")
class ChangeOrderLineInput:
    """How a line of a draft is to be."""

    order_line: strawberry.ID = member("The line.")
    quantity: int | None = optional("How many pieces; left out, as many as before.")
    discount_basis_points: int | None = optional("Its own discount in hundredths of a percent; left out, as before.")
    dry_run: bool = rehearse()
    expected_version: int | None = optional("The version of the order that the client has read.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which line is taken off a draft.")
class RemoveOrderLineInput:
    """Which line is taken off a draft."""

    order_line: strawberry.ID = member("The line.")
    dry_run: bool = rehearse()
    expected_version: int | None = optional("The version of the order that the client has read.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Where a draft's goods go.")
class SetOrderAddressInput:
    """Where a draft's goods go."""

    order: strawberry.ID = member("The draft.")
    ship_to: OrderAddressInput = member("Where the goods go.")
    dry_run: bool = rehearse()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What comes off every line of a draft.")
class SetOrderDiscountInput:
    """What comes off every line of a draft."""

    order: strawberry.ID = member("The draft.")
    discount_basis_points: int = member("Hundredths of a percent, after the line's own discount: 500 is 5 %.")
    dry_run: bool = rehearse()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which draft's price the customer was told.")
class QuoteOrderInput:
    """Which draft's price the customer was told."""

    order: strawberry.ID = member("The draft.")
    dry_run: bool = rehearse()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which draft's discounts are asked for.")
class AskForDiscountInput:
    """Which draft's discounts are asked for."""

    order: strawberry.ID = member("The draft.")
    reason: str = member("Why the second person should approve them. Who the customer is gets masked.")
    dry_run: bool = rehearse()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which draft's discounts are approved.")
class ApproveDiscountInput:
    """Which draft's discounts are approved."""

    order: strawberry.ID = member("The draft, whose discounts somebody else asked for.")
    reason: str | None = optional("Why. Who the customer is gets masked.")
    dry_run: bool = rehearse()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which draft's discounts are refused.")
class RejectDiscountInput:
    """Which draft's discounts are refused."""

    order: strawberry.ID = member("The draft, whose discounts somebody else asked for.")
    reason: str | None = optional("Why. Who the customer is gets masked.")
    dry_run: bool = rehearse()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


def line_of(given: Any) -> use_cases.GivenLine:
    """A line as the use case takes it."""
    return use_cases.GivenLine(key_of(given.product, "prd"), given.quantity, given.discount_basis_points)


def _address(given: OrderAddressInput) -> use_cases.GivenAddress:
    return use_cases.GivenAddress(
        name=given.name,
        street=given.street,
        city=given.city,
        country=given.country,
        region=given.region,
        postal_code=given.postal_code,
    )


def _draft(given: DraftOrderInput) -> use_cases.NewOrder:
    return use_cases.NewOrder(
        customer=key_of(given.customer, "cus"),
        lines=[line_of(line) for line in given.lines],
        currency=given.currency,
        discount_basis_points=given.discount_basis_points,
        shortage_policy=given.shortage_policy,
        asked_by=given.asked_by,
        asked_through=given.asked_through,
        required_at=given.required_at,
        ship_to=_address(given.ship_to) if given.ship_to else None,
        place=given.place,
        dry_run=given.dry_run,
    )


class DraftMutations:
    """What agents do with drafts, and managers with their discounts."""

    draft_order = verb(
        "Begins an order for a customer. Nothing is promised until it is placed.",
        WRITE,
        DraftOrderInput,
        OrderPayload,
        lambda viewer, given: use_cases.draft_order(viewer, _draft(given)),
    )
    add_order_line = verb(
        "Adds a line to a draft. Its quote ends, and its discounts must be asked for anew, as with every change.",
        WRITE,
        AddOrderLineInput,
        OrderLinePayload,
        lambda viewer, given: use_cases.add_order_line(
            viewer, key_of(given.order, "ord"), line_of(given), given.expected_version, dry_run=given.dry_run
        ),
    )
    change_order_line = verb(
        "Changes the quantity or the discount of a line of a draft.",
        WRITE,
        ChangeOrderLineInput,
        OrderLinePayload,
        lambda viewer, given: use_cases.change_order_line(
            viewer,
            key_of(given.order_line, "oli"),
            given.quantity,
            given.discount_basis_points,
            given.expected_version,
            dry_run=given.dry_run,
        ),
    )
    remove_order_line = verb(
        "Takes a line off a draft.",
        WRITE,
        RemoveOrderLineInput,
        OrderPayload,
        lambda viewer, given: use_cases.remove_order_line(
            viewer, key_of(given.order_line, "oli"), given.expected_version, dry_run=given.dry_run
        ),
    )
    set_order_address = verb(
        "Says where a draft's goods go.",
        WRITE,
        SetOrderAddressInput,
        OrderPayload,
        lambda viewer, given: use_cases.set_order_address(
            viewer,
            key_of(given.order, "ord"),
            _address(given.ship_to),
            given.expected_version,
            dry_run=given.dry_run,
        ),
    )
    set_order_discount = verb(
        "Takes a discount off every line of a draft.",
        WRITE,
        SetOrderDiscountInput,
        OrderPayload,
        lambda viewer, given: use_cases.set_order_discount(
            viewer,
            key_of(given.order, "ord"),
            given.discount_basis_points,
            given.expected_version,
            dry_run=given.dry_run,
        ),
    )
    quote_order = verb(
        "Notes that the customer was told what a draft costs: its unit prices hold for 14 days, unless it is changed.",
        WRITE,
        QuoteOrderInput,
        OrderPayload,
        lambda viewer, given: use_cases.quote_order(
            viewer, key_of(given.order, "ord"), given.expected_version, dry_run=given.dry_run
        ),
    )
    ask_for_discount = verb(
        "Asks a second person for discounts that are above the viewer's limit.",
        WRITE,
        AskForDiscountInput,
        OrderReasonPayload,
        lambda viewer, given: use_cases.ask_for_discount(
            viewer, key_of(given.order, "ord"), given.reason, given.expected_version, dry_run=given.dry_run
        ),
    )
    approve_discount = verb(
        "Approves the discounts of a draft, up to one's own limit. Never for who took the order or asked.",
        APPROVE,
        ApproveDiscountInput,
        OrderReasonPayload,
        lambda viewer, given: use_cases.approve_discount(
            viewer, key_of(given.order, "ord"), given.reason, given.expected_version, dry_run=given.dry_run
        ),
    )
    reject_discount = verb(
        "Refuses the discounts of a draft. Never for who took the order or asked.",
        APPROVE,
        RejectDiscountInput,
        OrderReasonPayload,
        lambda viewer, given: use_cases.reject_discount(
            viewer, key_of(given.order, "ord"), given.reason, given.expected_version, dry_run=given.dry_run
        ),
    )
