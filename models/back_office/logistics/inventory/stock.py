"""Stock: an append-only ledger of moves, what lies where because of it, and what of that is promised to orders.

The surprising rule: balances are written by the database alone, in triggers on moves and allocations, so that they always
equal the sums; it refuses a balance below zero, and more promised than there is.
"""

from typing import Any

from tortoise import fields

from models.kit.base import Record, all_rows, optional_reference, reference
from models.kit.constraints import Index, Refusal, Sum, at_least, belonging, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.permissions import Permission


class MoveKind(DescribedEnum):
    """Why stock moved."""

    RECEIPT = "RECEIPT", "Came from a supplier."
    PICK = "PICK", "Was taken from its shelf to be packed, or put back."
    SHIP = "SHIP", "Left the house for a customer."
    RETURN = "RETURN", "Came back from a customer."
    PRODUCE = "PRODUCE", "Was made."
    CONSUME = "CONSUME", "Was used up in making something."
    ADJUST = "ADJUST", "A count or an inspection found more or less."
    TRANSFER = "TRANSFER", "Went from one place to another."


class StockEvent(EventKind):
    """What happens to stock."""

    LOW = "STOCK_LOW", "What is available of a product fell to its reorder level.", Permission.READ_STOCK
    OUT = "STOCK_OUT", "Nothing of a product is available any more.", Permission.READ_STOCK
    COUNTED = "STOCK_COUNTED", "A count's differences were posted.", Permission.READ_STOCK


class StockMove(Record):
    """One change of what lies in one place of one batch. `quantity` is what came, or below zero what went.

    Two moves with the same `transfer_id` are one way from place to place. What it is about stands in the last six.
    """

    product_id = reference("Product", related_name="stock_moves")
    location_id = reference("Location", related_name="stock_moves")
    batch_id = reference("Batch", related_name="stock_moves")
    kind = fields.CharEnumField(MoveKind, max_length=20)
    quantity = fields.IntField()
    reason: Any = fields.TextField(null=True)
    at = fields.DatetimeField()
    actor_id = optional_reference("Account")
    transfer_id = fields.UUIDField(null=True)
    # Plain keys: most moves have one of them, and a ledger outlives what it tells of.
    order_line_id = fields.UUIDField(null=True)
    shipment_id = fields.UUIDField(null=True)
    receipt_id = fields.UUIDField(null=True)
    work_order_id = fields.UUIDField(null=True)
    return_id = fields.UUIDField(null=True)
    stock_count_id = fields.UUIDField(null=True)

    class Meta:
        table = "stock_moves"
        indexes = (
            ("at", "id"),
            ("product_id", "at", "id"),
            ("batch_id", "at", "id"),
            ("location_id", "at", "id"),
        )
        checks = {
            "quantity": "quantity <> 0",
            "comes": "NOT (kind IN ('RECEIPT', 'RETURN', 'PRODUCE')) OR quantity > 0 OR reason IS NOT NULL",
            "goes": "NOT (kind IN ('SHIP', 'CONSUME')) OR quantity < 0 OR reason IS NOT NULL",
            "ships": when("kind", "SHIP RETURN", "order_line_id"),
            "between": when("kind", "PICK TRANSFER", "transfer_id"),
            "adjusts": when("kind", "ADJUST", "reason"),
        }
        append_only = True
        triggers = (
            Sum(
                "move_balance",
                "INSERT",
                "INSERT INTO stock_balances (id, product_id, location_id, batch_id, on_hand, allocated)"
                " SELECT NEW.id, NEW.product_id, NEW.location_id, NEW.batch_id, 0, 0 WHERE NOT EXISTS"
                " (SELECT 1 FROM stock_balances WHERE location_id = NEW.location_id AND batch_id = NEW.batch_id)"
                " ON CONFLICT (location_id, batch_id) DO NOTHING;"
                " UPDATE stock_balances SET on_hand = on_hand + NEW.quantity"
                " WHERE location_id = NEW.location_id AND batch_id = NEW.batch_id",
            ),
            Sum(
                "move_product",
                "INSERT",
                "UPDATE products SET units_in_stock = units_in_stock + NEW.quantity WHERE id = NEW.product_id",
                when="NEW.kind NOT IN ('PICK', 'TRANSFER')",
            ),
            Sum(
                "move_shipped",
                "INSERT",
                "UPDATE order_lines SET shipped_quantity = shipped_quantity - NEW.quantity"
                " WHERE id = NEW.order_line_id",
                when="NEW.kind = 'SHIP'",
            ),
            Sum(
                "move_returned",
                "INSERT",
                "UPDATE order_lines SET returned_quantity = returned_quantity + NEW.quantity"
                " WHERE id = NEW.order_line_id",
                when="NEW.kind = 'RETURN'",
            ),
            Refusal(
                "move_of_its_product",
                "BEFORE INSERT",
                "NOT EXISTS (SELECT 1 FROM batches WHERE id = NEW.batch_id AND product_id = NEW.product_id)",
            ),
            # What is not released goes nowhere but to another place, back to its supplier or into the bin.
            Refusal(
                "move_of_released",
                "BEFORE INSERT",
                "NEW.kind IN ('SHIP', 'CONSUME') AND NEW.quantity < 0 AND EXISTS (SELECT 1 FROM batches"
                " WHERE id = NEW.batch_id AND status <> 'RELEASED')",
            ),
            Refusal(
                "move_of_its_order",
                "AFTER INSERT",
                "NEW.kind IN ('SHIP', 'RETURN') AND NOT EXISTS (SELECT 1 FROM order_lines"
                " WHERE id = NEW.order_line_id AND product_id = NEW.product_id)",
            ),
        )
        more_indexes = (
            Index("moves_of_order_lines", "order_line_id, id", where="order_line_id IS NOT NULL"),
            Index("moves_of_shipments", "shipment_id, id", where="shipment_id IS NOT NULL"),
            Index("moves_of_receipts", "receipt_id, id", where="receipt_id IS NOT NULL"),
            Index("moves_of_work_orders", "work_order_id, id", where="work_order_id IS NOT NULL"),
            Index("moves_of_returns", "return_id, id", where="return_id IS NOT NULL"),
            Index("moves_of_stock_counts", "stock_count_id, id", where="stock_count_id IS NOT NULL"),
        )


class StockBalance(Record):
    """What lies in one place of one batch: `on_hand`, and how much of that is `allocated` to orders."""

    product_id = reference("Product", related_name="stock_balances")
    location_id = reference("Location", related_name="stock_balances")
    batch_id = reference("Batch", related_name="stock_balances")
    on_hand = fields.IntField(default=0)
    allocated = fields.IntField(default=0)

    class Meta:
        table = "stock_balances"
        unique_together = (("location_id", "batch_id"),)
        indexes = (("product_id", "id"), ("batch_id", "id"))
        checks = {
            "on_hand": at_least(0, "on_hand"),
            "allocated": "allocated BETWEEN 0 AND on_hand",
        }
        sums = ("on_hand", "allocated")
        triggers = (
            Refusal(
                "balance_stays",
                "BEFORE UPDATE OF id, product_id, location_id, batch_id",
                "OLD.id <> NEW.id OR OLD.product_id <> NEW.product_id OR OLD.location_id <> NEW.location_id"
                " OR OLD.batch_id <> NEW.batch_id",
            ),
            Refusal("balance_is_not_lost", "BEFORE DELETE", "OLD.on_hand <> 0 OR OLD.allocated <> 0"),
            # SQLite's INSERT OR REPLACE removes rows without firing the trigger above. All balances begin at nothing.
            Refusal(
                "balance_is_not_replaced",
                "BEFORE INSERT",
                "NEW.on_hand = 0 AND NEW.allocated = 0 AND EXISTS (SELECT 1 FROM stock_balances held WHERE held.id = NEW.id"
                " OR (held.location_id = NEW.location_id AND held.batch_id = NEW.batch_id))",
                only_on="sqlite",
            ),
        )
        more_indexes = (
            Index("stock_to_promise", "product_id, id", where="allocated < on_hand"),
            Index("stock_promised", "batch_id, id", where="allocated > 0"),
            Index("stock_of_locations", "location_id, id"),
        )


class Allocation(Record):
    """Stock that is promised to one line of an order, until it is shipped or given up."""

    order_line_id = reference("OrderLine", related_name="allocations")
    balance_id = reference("StockBalance", related_name="allocations", index=True)
    quantity = fields.IntField()
    allocated_at = fields.DatetimeField()

    class Meta:
        table = "allocations"
        unique_together = (("order_line_id", "balance_id"),)
        checks = {"quantity": at_least(1, "quantity")}
        triggers = (
            Sum(
                "promise_made",
                "INSERT",
                "UPDATE stock_balances SET allocated = allocated + NEW.quantity WHERE id = NEW.balance_id;"
                " UPDATE order_lines SET allocated_quantity = allocated_quantity + NEW.quantity"
                " WHERE id = NEW.order_line_id",
            ),
            Sum(
                "promise_changed",
                "UPDATE",
                "UPDATE stock_balances SET allocated = allocated + NEW.quantity - OLD.quantity"
                " WHERE id = NEW.balance_id;"
                " UPDATE order_lines SET allocated_quantity = allocated_quantity + NEW.quantity - OLD.quantity"
                " WHERE id = NEW.order_line_id",
            ),
            Sum(
                "promise_ended",
                "DELETE",
                "UPDATE stock_balances SET allocated = allocated - OLD.quantity WHERE id = OLD.balance_id;"
                " UPDATE order_lines SET allocated_quantity = allocated_quantity - OLD.quantity"
                " WHERE id = OLD.order_line_id",
            ),
            Refusal(
                "promise_stays",
                "BEFORE UPDATE",
                "OLD.id <> NEW.id OR OLD.balance_id <> NEW.balance_id OR OLD.order_line_id <> NEW.order_line_id",
            ),
            # By its other key it may be added to (ON CONFLICT DO UPDATE): there `promises_add_up` of the order line is the guard.
            Refusal(
                "promise_is_not_replaced",
                "BEFORE INSERT",
                "EXISTS (SELECT 1 FROM allocations promised WHERE promised.id = NEW.id)",
                only_on="sqlite",
            ),
            belonging(
                "promise_of_its_product",
                "order_lines line JOIN stock_balances balance ON balance.product_id = line.product_id",
                "line.id = NEW.order_line_id AND balance.id = NEW.balance_id",
            ),
        )


def can_be_promised(balance: str) -> str:
    """The condition that what a balance has free may be promised: it lies in storage, of a released batch that is still good.

    The day after which a batch is no longer good is that of Coordinated Universal Time.
    """
    # Values and not EXISTS: a planner without statistics would turn that into a join that begins with all batches.
    return (
        f"(SELECT shelf.kind FROM locations shelf WHERE shelf.id = {balance}.location_id) = 'STORAGE'"
        " AND (SELECT good.status = 'RELEASED' AND (good.expires_on IS NULL OR good.expires_on >= CURRENT_DATE)"
        f" FROM batches good WHERE good.id = {balance}.batch_id)"
    )


def available_sql(product: str) -> str:
    """How much of a product can be promised, as an SQL value; never null."""
    return (
        "(SELECT CAST(coalesce(sum(free.on_hand - free.allocated), 0) AS integer) FROM stock_balances free"
        f" WHERE free.product_id = {product} AND free.allocated < free.on_hand AND {can_be_promised('free')})"
    )


StockBalance.row_scope = StockMove.row_scope = Allocation.row_scope = all_rows
