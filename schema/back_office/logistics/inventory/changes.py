"""What is done with stock: inputs, payloads and mutations."""

from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.back_office.logistics.inventory import LocationKind
from models.permissions import Permission
from resolvers.back_office.logistics.inventory import counting, moving, places, reorder_points
from resolvers.reading.declare import Access, changed, changed_many, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb

if TYPE_CHECKING:
    from schema.back_office.logistics.inventory.counts import StockCount
    from schema.back_office.logistics.inventory.places import Location, Warehouse
    from schema.back_office.logistics.inventory.stock import Batch
    from schema.back_office.products.catalogue import Product
    from schema.front_office.sales.orders import Order

WRITE = Permission.WRITE_STOCK

# --- Inputs -----------------------------------------------------------------------------------------------------------


@strawberry.input(description="A house where stock lies.")
class AddWarehouseInput:
    """A house where stock lies."""

    code: str = member("What people call it by, at most 20 characters; its own.")
    name: str = member("What it is called, at most 200 characters.")
    country: str = member("Where it is, by its English name.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A place in a warehouse.")
class AddLocationInput:
    """A place in a warehouse."""

    warehouse: strawberry.ID = member("The warehouse.")
    code: str = member("What people call it by, at most 20 characters; its own in the warehouse.")
    kind: LocationKind = member("What it is for.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A correction of what lies somewhere.")
class AdjustStockInput:
    """A correction of what lies somewhere."""

    batch: strawberry.ID = member("The batch.")
    location: strawberry.ID = member("Where it lies, or is to lie.")
    quantity: int = member("How much more, or below zero how much less; never what is promised to orders.")
    reason: str = member("Why.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What is carried from one place to another.")
class TransferStockInput:
    """What is carried from one place to another."""

    batch: strawberry.ID = member("The batch.")
    from_: strawberry.ID = strawberry.field(description="Where it lies.", name="from")
    to: strawberry.ID = member("Where it is to lie; not a packing place.")
    quantity: int = member("How much; never what is promised to orders.")
    reason: str | None = optional("Why.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What is to be counted.")
class OpenStockCountInput:
    """What is to be counted."""

    location: strawberry.ID = member("The location; one count of it is open at a time.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which stock count.")
class _StockCountInput:
    """What every verb on a stock count takes."""

    stock_count: strawberry.ID = member("The stock count.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="How much of a batch was found.")
class CountedInput:
    """How much of a batch was found."""

    batch: strawberry.ID = member("The batch.")
    counted: int = member("How much was found; 0 for none.")


@strawberry.input(description="What was found.")
class RecordCountInput(_StockCountInput):
    """What was found."""

    lines: list[CountedInput] = member("1 to 250 batches, each once. What was written down of one before is replaced.")


@strawberry.input(description="What `postStockCount` takes.")
class PostStockCountInput(_StockCountInput):
    """What `post_stock_count` takes."""


@strawberry.input(description="What `cancelStockCount` takes.")
class CancelStockCountInput(_StockCountInput):
    """What `cancel_stock_count` takes."""


@strawberry.input(description="When a product is bought again.")
class SetReorderPointInput:
    """When a product is bought again."""

    product: strawberry.ID = member("The product.")
    level: int = member("At how much available and on order, less what orders wait for, it is bought again.")
    quantity: int = member("How much at a time; with 0 nothing is proposed.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


# --- Payloads ---------------------------------------------------------------------------------------------------------


@plain_type(Access.SIGNED_IN)
class WarehousePayload:
    """What became of a warehouse."""

    ROWS: ClassVar = ("warehouse",)
    warehouse: "Warehouse | None" = changed("The warehouse; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class LocationPayload:
    """What became of a location."""

    ROWS: ClassVar = ("location",)
    location: "Location | None" = changed("The location; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class StockPayload:
    """What became of stock."""

    ROWS: ClassVar = ("product", "batch")
    product: "Product | None" = changed("The product as it now stands; null when there are errors.")
    batch: "Batch | None" = changed("The batch as it now lies; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class StockCountPayload:
    """What became of a stock count."""

    ROWS: ClassVar = ("stock_count",)
    stock_count: "StockCount | None" = changed("The stock count; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class PostStockCountPayload:
    """What a stock count brought to light."""

    ROWS: ClassVar = ("stock_count", "short_orders")
    stock_count: "StockCount | None" = changed("The stock count; null when there are errors.")
    short_orders: "list[Order]" = changed_many("Orders that are promised less than before, because it is not there.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class ReorderPointPayload:
    """What became of a reorder point."""

    ROWS: ClassVar = ("product",)
    product: "Product | None" = changed("The product as it now stands; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Mutations --------------------------------------------------------------------------------------------------------


class InventoryMutations:
    """What the warehouse does."""

    add_warehouse = verb(
        "Adds a house where stock lies.",
        WRITE,
        AddWarehouseInput,
        WarehousePayload,
        lambda viewer, given: places.add_warehouse(viewer, given.code, given.name, given.country),
    )
    add_location = verb(
        "Adds a place to a warehouse.",
        WRITE,
        AddLocationInput,
        LocationPayload,
        lambda viewer, given: places.add_location(viewer, key_of(given.warehouse, "whs"), given.code, given.kind),
    )
    adjust_stock = verb(
        "Corrects what lies of a batch in a location. Orders that wait get what is more.",
        WRITE,
        AdjustStockInput,
        StockPayload,
        lambda viewer, given: moving.adjust_stock(
            viewer, key_of(given.location, "loc"), key_of(given.batch, "bat"), given.quantity, given.reason
        ),
    )
    transfer_stock = verb(
        "Carries some of a batch from one location to another. What is promised to orders stays where it is.",
        WRITE,
        TransferStockInput,
        StockPayload,
        lambda viewer, given: moving.transfer_stock(
            viewer,
            key_of(given.batch, "bat"),
            key_of(given.from_, "loc"),
            key_of(given.to, "loc"),
            given.quantity,
            given.reason,
        ),
    )
    open_stock_count = verb(
        "Opens a count of a location.",
        WRITE,
        OpenStockCountInput,
        StockCountPayload,
        lambda viewer, given: counting.open_stock_count(viewer, key_of(given.location, "loc")),
    )
    record_count = verb(
        "Writes down what was found, beside what the ledger says now. Nothing moves until the count is posted.",
        WRITE,
        RecordCountInput,
        StockCountPayload,
        lambda viewer, given: counting.record_count(
            viewer,
            key_of(given.stock_count, "cnt"),
            [counting.Counted(key_of(line.batch, "bat"), line.counted) for line in given.lines],
            given.expected_version,
        ),
    )
    post_stock_count = verb(
        "Posts the differences between what was found and what the ledger said then. Where less is there than is promised, the"
        " youngest orders give up what is lacking, and get it from elsewhere as far as there is any.",
        WRITE,
        PostStockCountInput,
        PostStockCountPayload,
        lambda viewer, given: counting.post_stock_count(
            viewer, key_of(given.stock_count, "cnt"), given.expected_version
        ),
    )
    cancel_stock_count = verb(
        "Gives a count up. Nothing moves.",
        WRITE,
        CancelStockCountInput,
        StockCountPayload,
        lambda viewer, given: counting.cancel_stock_count(
            viewer, key_of(given.stock_count, "cnt"), given.expected_version
        ),
    )
    set_reorder_point = verb(
        "Sets at which level a product is bought again, and how much at a time. One that stands at or below it goes onto the"
        " draft of a purchase order at once.",
        Permission.WRITE_PURCHASING,
        SetReorderPointInput,
        ReorderPointPayload,
        lambda viewer, given: reorder_points.set_reorder_point(
            viewer, key_of(given.product, "prd"), given.level, given.quantity, given.expected_version
        ),
    )
