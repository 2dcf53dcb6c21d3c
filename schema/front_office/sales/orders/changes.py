"""What agents do with orders that stand: place, amend, hold, resume and cancel them."""

from decimal import Decimal

import strawberry

from models.front_office.customers import Channel
from resolvers.front_office.sales import orders as use_cases
from schema.front_office.sales.orders.drafts import WRITE, NewOrderLineInput, line_of
from schema.front_office.sales.orders.outcomes import OrderPayload, OrderReasonPayload, rehearse
from schema.kit.legacy_verbs import expected_version, idempotency_key, key_of, member, optional, verb


@strawberry.input(description="Which draft is placed.")
class PlaceOrderInput:
    """Which draft is placed."""

    order: strawberry.ID = member("The draft.")
    expected_total: Decimal | None = optional(
        "What the customer was told, tax included: when it comes to something else by now, nothing is placed."
    )
    dry_run: bool = rehearse()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="How many of a line there are to be.")
class OrderLineChangeInput:
    """How many of a line there are to be."""

    order_line: strawberry.ID = member("A line of the order.")
    quantity: int = member("How many pieces; 0 takes it off. Not less than is shipped, or in a shipment.")


@strawberry.input(description="What is changed of a placed order.")
class AmendOrderInput:
    """What is changed of a placed order."""

    order: strawberry.ID = member("The order, of which something is not shipped.")
    changes: list[OrderLineChangeInput] = strawberry.field(
        description="Lines of which there are to be more or less; the others stay.", default_factory=list
    )
    additions: list[NewOrderLineInput] = strawberry.field(
        description="Lines that are added, at today's prices.", default_factory=list
    )
    reason: str | None = optional("Why, at most 10,000 characters. Who the customer is gets masked.")
    asked_by: str | None = optional("Who of the customer's people asks for it; left out, whom we know there.")
    asked_through: Channel | None = optional("By which way they ask for it.")
    dry_run: bool = rehearse()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which order is held back, and why.")
class HoldOrderInput:
    """Which order is held back, and why."""

    order: strawberry.ID = member("The order, which is PLACED or PARTLY_SHIPPED.")
    reason: str = member("Why. Who the customer is gets masked.")
    dry_run: bool = rehearse()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which order goes on.")
class ResumeOrderInput:
    """Which order goes on."""

    order: strawberry.ID = member("The order, which is ON_HOLD.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which order is cancelled, and why.")
class CancelOrderInput:
    """Which order is cancelled, and why."""

    order: strawberry.ID = member("The order, of which nothing was shipped or is about to be.")
    reason: str = member("Why. Who the customer is gets masked.")
    dry_run: bool = rehearse()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


class OrderMutations:
    """What agents do with orders that stand."""

    place_order = verb(
        "Places a draft: copies names, prices, taxes and addresses, and promises stock; the rest is backordered, or refused.",
        WRITE,
        PlaceOrderInput,
        OrderPayload,
        lambda viewer, given: use_cases.place_order(
            viewer,
            key_of(given.order, "ord"),
            given.expected_version,
            expected_total=given.expected_total,
            dry_run=given.dry_run,
        ),
    )
    amend_order = verb(
        "Changes what is not shipped of a placed order. Lines keep their prices, and what is promised follows.",
        WRITE,
        AmendOrderInput,
        OrderReasonPayload,
        lambda viewer, given: use_cases.amend_order(
            viewer,
            key_of(given.order, "ord"),
            [use_cases.GivenChange(key_of(one.order_line, "oli"), one.quantity) for one in given.changes],
            [line_of(one) for one in given.additions],
            given.expected_version,
            use_cases.Wish(given.reason, given.asked_by, given.asked_through),
            dry_run=given.dry_run,
        ),
    )
    hold_order = verb(
        "Holds an order back: nothing of it is picked or shipped until it is resumed. What is promised to it stays.",
        WRITE,
        HoldOrderInput,
        OrderReasonPayload,
        lambda viewer, given: use_cases.hold_order(
            viewer, key_of(given.order, "ord"), given.reason, given.expected_version, dry_run=given.dry_run
        ),
    )
    resume_order = verb(
        "Lets an order go on that was held back.",
        WRITE,
        ResumeOrderInput,
        OrderPayload,
        lambda viewer, given: use_cases.resume_order(viewer, key_of(given.order, "ord"), given.expected_version),
    )
    cancel_order = verb(
        "Cancels an order of which nothing was shipped. What was promised to it goes to those who wait.",
        WRITE,
        CancelOrderInput,
        OrderReasonPayload,
        lambda viewer, given: use_cases.cancel_order(
            viewer, key_of(given.order, "ord"), given.reason, given.expected_version, dry_run=given.dry_run
        ),
    )
