"""The ledgers from order to delivery: the database itself keeps every sum, and refuses what cannot be, whoever writes."""

from typing import Any

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from models.kit.database import Database
from tests.storage.valid_rows import ROWS, SUMS, T0, Row, an_id, fill, id_of, insert, literal, run, update

OTHER_PRODUCT = {"id": an_id(501), "sku": "P-2"}
OTHER_ORDER = {"id": an_id(502), "number": "O-2", "currency": "EUR"}
OTHER_LINE = {"id": an_id(503), "order_id": an_id(502), "product_id": an_id(501), "currency": "EUR"}
OTHER_BATCH = {"id": an_id(504), "number": "BAT-2", "product_id": an_id(501)}


async def more(table: str, key: int, **changes: Any) -> None:
    """One more row like the valid one."""
    await insert(table, {**ROWS[table], "id": an_id(key), **changes})


async def others() -> None:
    """Another product with a batch, and an order of it in another currency."""
    for table, changes in (
        ("products", OTHER_PRODUCT),
        ("orders", OTHER_ORDER),
        ("order_lines", OTHER_LINE),
        ("batches", OTHER_BATCH),
    ):
        await insert(table, {**ROWS[table], **changes})


async def sums(table: str, *columns: str) -> Row:
    """What the only valid row of a table says."""
    [row] = await run(f"SELECT {', '.join(columns)} FROM {table} WHERE id = '{ROWS[table]['id']}'")
    return dict(row)


async def test_each_sum_follows_its_ledger(database: Database) -> None:
    await fill()
    line = ("allocated_quantity", "shipped_quantity", "returned_quantity", "refunded_quantity", "refunded_minor")
    assert await sums("stock_balances", "on_hand", "allocated") == {"on_hand": 5, "allocated": 2}
    assert await sums("products", "units_in_stock") == {"units_in_stock": 5}
    assert await sums("purchase_order_lines", "received_quantity") == {"received_quantity": 5}
    assert await sums("orders", "paid_minor", "refunded_minor") == {"paid_minor": 100, "refunded_minor": 10}
    assert await sums("order_lines", *line) == dict(zip(line, (2, 0, 0, 0, 10), strict=True))
    # One of the two promised pieces leaves the house from where it was promised, and comes back to another place.
    await update("allocations", {"quantity": 1})
    await more("stock_moves", 510, kind="SHIP", quantity=-1, order_line_id=id_of("order_lines"))
    await more("locations", 511, code="RETURNS", kind="RETURNS")
    await more(
        "stock_moves", 512, kind="RETURN", quantity=1, order_line_id=id_of("order_lines"), location_id=an_id(511)
    )
    await more("refunds", 513, number="RFD-2", amount_minor=15)
    await more("refund_lines", 514, refund_id=an_id(513), quantity=1, net_minor=12, tax_minor=3)
    assert await sums("stock_balances", "on_hand", "allocated") == {"on_hand": 4, "allocated": 1}
    assert await sums("products", "units_in_stock") == {"units_in_stock": 5}
    assert await sums("orders", "paid_minor", "refunded_minor") == {"paid_minor": 100, "refunded_minor": 25}
    assert await sums("order_lines", *line) == dict(zip(line, (1, 1, 1, 1, 25), strict=True))
    [elsewhere] = await run(f"SELECT on_hand, allocated FROM stock_balances WHERE location_id = '{an_id(511)}'")
    assert dict(elsewhere) == {"on_hand": 1, "allocated": 0}
    # From place to place changes what lies where, and not how much there is.
    for key, place, quantity in ((515, an_id(511), -1), (516, id_of("locations"), 1)):
        await more("stock_moves", key, kind="TRANSFER", quantity=quantity, location_id=place, transfer_id=an_id(9))
    assert await sums("stock_balances", "on_hand") == {"on_hand": 5}
    assert await sums("products", "units_in_stock") == {"units_in_stock": 5}
    await run("DELETE FROM allocations")
    assert await sums("stock_balances", "allocated") == {"allocated": 0}
    assert await sums("order_lines", "allocated_quantity") == {"allocated_quantity": 0}
    # A payment that was recorded by mistake is taken back; what was refunded must stay paid.
    await more("order_payments", 517, amount_minor=-25, reverses_id=id_of("order_payments"))
    assert await sums("orders", "paid_minor") == {"paid_minor": 75}


UNKNOWN: Row = {"cost_known": False, "unit_cost_minor": 0, "total_minor": 0}
REFUSED: list[tuple[str, str, Row]] = [
    ("ck_stock_balances", "stock_moves", {"kind": "TRANSFER", "quantity": -6, "transfer_id": an_id(9)}),
    # Two of the five are promised.
    ("ck_stock_balances_allocated", "stock_moves", {"kind": "ADJUST", "quantity": -4, "reason": "Mice."}),
    ("move_of_its_product", "stock_moves", {"batch_id": an_id(504)}),
    ("move_of_its_order", "stock_moves", {"kind": "SHIP", "quantity": -1, "order_line_id": an_id(999)}),
    ("move_of_its_order", "stock_moves", {"kind": "SHIP", "quantity": -1, "order_line_id": an_id(503)}),
    (
        "ck_order_lines_returned",
        "stock_moves",
        {"kind": "RETURN", "quantity": 1, "order_line_id": id_of("order_lines")},
    ),
    (
        "ck_order_lines_fulfilled",
        "stock_moves",
        {"kind": "SHIP", "quantity": -3, "order_line_id": id_of("order_lines")},
    ),
    ("promise_of_its_product", "allocations", {"order_line_id": an_id(503), "quantity": 1}),
    ("(?i)unique", "allocations", {"quantity": 1}),
    ("order_line_of_its_order", "order_lines", {"currency": "EUR", "position": 2}),
    ("payment_of_its_order", "order_payments", {"currency": "EUR"}),
    ("ck_orders_paid", "order_payments", {"amount_minor": -91, "reverses_id": id_of("order_payments")}),
    ("refund_of_its_order", "refunds", {"number": "RFD-3", "currency": "EUR"}),
    ("ck_orders_paid", "refunds", {"number": "RFD-3", "amount_minor": 91}),
    ("refund_line_of_its_order", "refund_lines", {"position": 2, "order_line_id": an_id(503), "currency": "EUR"}),
    ("refund_line_of_its_order", "refund_lines", {"position": 2, "currency": "EUR"}),
    ("ck_order_lines_refunded", "refund_lines", {"position": 2, "net_minor": 91}),
    ("ck_order_lines_refunded", "refund_lines", {"position": 2, "quantity": 1}),
    ("return_line_of_its_order", "return_lines", {"position": 2, "order_line_id": an_id(503)}),
    ("shipment_line_of_its_order", "shipment_lines", {"position": 2, "batch_id": an_id(504)}),
    ("shipment_line_of_its_order", "shipment_lines", {"position": 2, "order_line_id": an_id(503)}),
    ("purchase_line_of_its_order", "purchase_order_lines", {"position": 2, "currency": "EUR"}),
    ("purchase_line_at_known_cost", "purchase_order_lines", {"position": 2} | UNKNOWN),
    ("receipt_line_of_its_order", "receipt_lines", {"batch_id": an_id(504)}),
    # Five of ten have come, and five of a hundred more may.
    ("receipt_within_allowance", "receipt_lines", {"quantity": 6}),
]
"""What the database says, and one more row of which table it refuses."""


async def test_what_cannot_be_is_refused(database: Database) -> None:
    await fill()
    await others()
    for says, table, changes in REFUSED:
        with pytest.raises(IntegrityError, match=says):
            await more(table, 520, **changes)
    with pytest.raises(IntegrityError, match="ck_order_lines_fulfilled"):
        await update("allocations", {"quantity": 5})
    with pytest.raises(IntegrityError, match="promise_stays"):
        await run(f"UPDATE allocations SET order_line_id = '{an_id(503)}'")
    # The database's own sums are bound to the same.
    with pytest.raises(IntegrityError, match="ck_order_lines_fulfilled"):
        await update("order_lines", {"quantity": 1})


EVERY_SUM = [(table, column) for table, columns in SUMS.items() for column in columns]


async def test_a_sum_is_changed_by_its_ledger_and_by_nobody_else(database: Database) -> None:
    await fill()
    # Of a piece that has left, any one sum alone could be more.
    await update("allocations", {"quantity": 1})
    await more("stock_moves", 521, kind="SHIP", quantity=-1, order_line_id=id_of("order_lines"))
    before = [await sums(table, column) for table, column in EVERY_SUM]
    for table, column in EVERY_SUM:
        for change in ("+ 1", "* 0 + 7"):
            with pytest.raises(IntegrityError, match=f"{table}_sums_follow"):
                await run(f"UPDATE {table} SET {column} = {column} {change}")
        # Whoever saves a whole row writes the sums as they were.
        await run(f"UPDATE {table} SET {column} = {column}")
    assert [await sums(table, column) for table, column in EVERY_SUM] == before


async def test_a_sum_begins_at_nothing(database: Database) -> None:
    await fill()
    for table, column in EVERY_SUM:
        with pytest.raises(IntegrityError, match=f"{table}_sums_begin"):
            await more(table, 522, **{column: 1})


async def test_a_balance_stays_beside_its_moves(database: Database) -> None:
    await fill()
    await others()
    await more("locations", 523, code="ELSEWHERE")
    for column, key in (("location_id", 523), ("batch_id", 504), ("product_id", 501)):
        with pytest.raises(IntegrityError, match="balance_stays"):
            await update("stock_balances", {column: an_id(key)})
    await run("DELETE FROM allocations")
    with pytest.raises(IntegrityError, match="balance_is_not_lost"):
        await run("DELETE FROM stock_balances")
    if database.dialect == "postgres":
        for emptied in ("allocations", "stock_balances CASCADE"):
            with pytest.raises(IntegrityError, match=f"{emptied.split()[0]}_not_emptied"):
                await run(f"TRUNCATE {emptied}")
    await more("stock_moves", 524, kind="TRANSFER", quantity=-5, transfer_id=an_id(9))
    await run("DELETE FROM stock_balances")
    assert await run("SELECT id FROM stock_balances") == []


async def test_nobody_passes_for_a_trigger(database: Database) -> None:
    await fill()
    if database.dialect == "sqlite":
        async with in_transaction():
            for statement, rows in (
                ("INSERT", "(1, 2)"),
                ("INSERT", "(1, 1)"),
                ("INSERT", "(1, 2), (2, 1)"),
                ("INSERT OR IGNORE", "(1, 2)"),
                ("INSERT OR REPLACE", "(1, 2)"),
            ):
                with pytest.raises(IntegrityError, match=r"FOREIGN KEY|CHECK"):
                    await run(f"{statement} INTO summing VALUES {rows}")
                with pytest.raises(IntegrityError, match="stock_balances_sums_follow"):
                    await update("stock_balances", {"on_hand": 99})
        assert await run("SELECT * FROM summing") == []
    # A ledger's entry that is refused leaves nothing behind that would let others through.
    with pytest.raises(IntegrityError, match="ck_stock_balances"):
        await more("stock_moves", 525, kind="TRANSFER", quantity=-6, transfer_id=an_id(9))
    with pytest.raises(IntegrityError, match="stock_balances_sums_follow"):
        await update("stock_balances", {"on_hand": 4})
    assert await sums("stock_balances", "on_hand", "allocated") == {"on_hand": 5, "allocated": 2}


async def test_what_costs_nobody_knows_how_much_is_neither_approved_nor_sent(database: Database) -> None:
    await fill()
    with pytest.raises(IntegrityError, match="purchase_line_stays_known"):
        await update("purchase_order_lines", UNKNOWN)
    sent = {"status": "SENT", "sent_at": T0}
    await update("purchase_orders", {"status": "DRAFT"})
    await update("purchase_order_lines", UNKNOWN)
    for changes in (sent, {"approved_at": T0, "approved_by_id": id_of("accounts"), "drafted_by_id": None}):
        with pytest.raises(IntegrityError, match="purchase_at_known_cost"):
            await update("purchase_orders", changes)
    await update("purchase_order_lines", {"cost_known": True})
    await update("purchase_orders", sent)


async def test_more_than_there_is_cannot_be_promised(database: Database) -> None:
    await fill()
    await update("order_lines", {"quantity": 9})
    await update("allocations", {"quantity": 5})
    with pytest.raises(IntegrityError, match="ck_stock_balances_allocated"):
        await update("allocations", {"quantity": 6})


@pytest.mark.parametrize("status", ["ON_HOLD", "REJECTED"])
async def test_what_is_not_released_is_neither_shipped_nor_used(database: Database, status: str) -> None:
    await fill()
    await update("batches", {"status": status})
    for kind, reason in (("SHIP", None), ("CONSUME", None)):
        with pytest.raises(IntegrityError, match="move_of_released"):
            await more("stock_moves", 530, kind=kind, quantity=-1, order_line_id=id_of("order_lines"), reason=reason)
    # What was used by mistake comes back, and what is spoilt is thrown away.
    await more("stock_moves", 531, kind="CONSUME", quantity=1, reason="It was not used.")
    await more("stock_moves", 532, kind="ADJUST", quantity=-1, reason="Spoilt.")


async def test_one_bill_of_materials_of_a_product_is_active(database: Database) -> None:
    await fill()
    await update("bills_of_materials", {"status": "ACTIVE", "activated_at": ROWS["orders"]["placed_at"]})
    retired = {"revision": 2, "status": "RETIRED", "activated_at": ROWS["orders"]["placed_at"]}
    await more("bills_of_materials", 540, **retired)
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        await update("bills_of_materials", {"status": "ACTIVE"})


@pytest.mark.parametrize("recursive", ["OFF", "ON"])
async def test_no_promise_and_no_balance_is_replaced_by_another_row_with_one_of_its_keys(
    database: Database, recursive: str
) -> None:
    await fill()
    sqlite = database.dialect == "sqlite"
    if sqlite:
        await run(f"PRAGMA recursive_triggers={recursive}")
    await more("order_lines", 530, position=2)
    await more("allocations", 531, order_line_id=an_id(530), quantity=1)
    promised, balance = ROWS["allocations"], ROWS["stock_balances"] | {"on_hand": 0, "allocated": 0}
    again = promised | {"id": an_id(532)}
    before = {table: await run(f"SELECT * FROM {table} ORDER BY id") for table in ("allocations", "stock_balances")}
    refused = [
        ("allocations", promised),
        ("allocations", promised | {"order_line_id": an_id(530)}),
        ("stock_balances", balance),
        ("stock_balances", balance | {"id": an_id(532)}),
    ]
    counted = sqlite and recursive == "ON"
    for table, row in refused if counted else [*refused, ("allocations", again)]:
        for insert_it in ("INSERT OR REPLACE", "REPLACE") if sqlite else ("INSERT",):
            with pytest.raises(IntegrityError):
                await run(f"{insert_it} INTO {table} {values_of(row)}")
    for table, key in (("allocations", an_id(531)), ("stock_balances", an_id(532))):
        or_replace = " OR REPLACE" if sqlite else ""
        with pytest.raises(IntegrityError, match="stays"):
            await run(f"UPDATE{or_replace} {table} SET id = '{key}' WHERE id = '{ROWS[table]['id']}'")
    assert before == {table: await run(f"SELECT * FROM {table} ORDER BY id") for table in before}
    # Promising more of the same is no other row.
    await run(
        f"INSERT INTO allocations {values_of(again | {'quantity': 1})} ON CONFLICT (order_line_id, balance_id)"
        " DO UPDATE SET quantity = allocations.quantity + excluded.quantity"
    )
    assert await sums("allocations", "quantity") == {"quantity": promised["quantity"] + 1}
    assert await sums("stock_balances", "allocated") == {"allocated": promised["quantity"] + 2}
    if counted:
        # What is replaced goes by the trigger for DELETE then: nothing is lost, and so nothing is refused.
        await run(f"REPLACE INTO allocations {values_of(again | {'quantity': 1})}")
        assert await sums("order_lines", "allocated_quantity") == {"allocated_quantity": 1}
        assert await sums("stock_balances", "allocated") == {"allocated": 2}


def values_of(row: Row) -> str:
    return f"({', '.join(row)}) VALUES ({', '.join(literal(value) for value in row.values())})"
