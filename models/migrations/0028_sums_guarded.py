"""The sums that the database keeps are changed by nobody else. A stock count says who posted it, and what is withdrawn is not low.

The surprising rule: SQLite does not say whether a trigger writes. There a row stands in `summing` while one does, and points at
nothing, so that no statement can end as long as it is there: nobody but a trigger gets as far as writing a sum beside it.
"""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from models.kit.migrating_constraints import constrain

SUMS: dict[str, tuple[str, ...]] = {
    "stock_balances": ("on_hand", "allocated"),
    "products": ("units_in_stock",),
    "order_lines": (
        "allocated_quantity",
        "shipped_quantity",
        "returned_quantity",
        "refunded_quantity",
        "refunded_minor",
    ),
    "orders": ("paid_minor", "refunded_minor"),
    "purchase_order_lines": ("received_quantity",),
}
"""By table: the columns that only triggers write. They begin at nothing."""

REFUSED: dict[str, tuple[str, str, str]] = {
    "balance_stays": (
        "stock_balances",
        "BEFORE UPDATE OF product_id, location_id, batch_id",
        "OLD.product_id <> NEW.product_id OR OLD.location_id <> NEW.location_id OR OLD.batch_id <> NEW.batch_id",
    ),
    "balance_is_not_lost": ("stock_balances", "BEFORE DELETE", "OLD.on_hand <> 0 OR OLD.allocated <> 0"),
}
"""By name: the table, the moment, and when the row is refused: a sum also stays beside what it is the sum of."""

CONSTRAINTS: dict[str, dict[str, str]] = {
    "stock_counts": {"poster": "{row}posted_by_id IS NULL OR {row}posted_at IS NOT NULL"}
}
"""By table: what holds of each row."""

# What sums on SQLite: the triggers of 0019_ledgers.
SUMMING = (
    "move_balance move_product move_shipped move_returned promise_made promise_changed promise_ended receipt_sum payment_sum"
    " refund_sum refund_line_sum"
).split()
OPEN, CLOSE = "INSERT INTO summing VALUES (1, 2);", "DELETE FROM summing;"


async def guard_the_sums(_apps: Any, editor: Any) -> None:
    """Refuses whatever changes a sum and is no trigger."""
    run, embedded = editor.client.execute_query, editor.DIALECT == "sqlite"
    if embedded:
        await _say_while_summing(editor)
        changed, by_hand = "OLD.{0} IS NOT NEW.{0}", "NOT EXISTS (SELECT 1 FROM summing)"
    else:
        await run(
            "CREATE FUNCTION refuse_by_name() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
            " 'CHECK constraint failed: %', TG_NAME USING ERRCODE = 'check_violation'; END $$"
        )
        changed, by_hand = "OLD.{0} IS DISTINCT FROM NEW.{0}", "pg_trigger_depth() = 0"
    for table, columns in SUMS.items():
        begun = " OR ".join(f"NEW.{column} <> 0" for column in columns)
        differs = " OR ".join(changed.format(column) for column in columns)
        await _refuse(editor, f"{table}_sums_begin", table, "BEFORE INSERT", begun)
        moment = f"BEFORE UPDATE OF {', '.join(columns)}"
        await _refuse(editor, f"{table}_sums_follow", table, moment, f"({differs}) AND {by_hand}")
    for name, (table, moment, condition) in REFUSED.items():
        await _refuse(editor, name, table, moment, condition)
    if not embedded:
        for table in ("allocations", "stock_balances"):
            emptied = f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
            await run(f"CREATE TRIGGER {table}_not_emptied {emptied} EXECUTE FUNCTION refuse_by_name()")


async def take_back_what_was_told(_apps: Any, editor: Any) -> None:
    """Nobody buys what is withdrawn: nothing of it is low."""
    await editor.client.execute_query("UPDATE products SET stock_alert = NULL WHERE status = 'WITHDRAWN'")


async def say_who_posted(_apps: Any, editor: Any) -> None:
    """Who posted a count stands at the moves of its differences; of one without any, nobody wrote it down."""
    await editor.client.execute_query(
        "UPDATE stock_counts SET posted_by_id = (SELECT moved.actor_id FROM stock_moves moved"
        " WHERE moved.stock_count_id = stock_counts.id AND moved.actor_id IS NOT NULL LIMIT 1) WHERE posted_at IS NOT NULL"
    )
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)


async def _say_while_summing(editor: Any) -> None:
    client = editor.client
    await client.execute_query(
        "CREATE TABLE summing (id INTEGER PRIMARY KEY CHECK (id = 1),"
        " leads_to INTEGER NOT NULL CHECK (leads_to = 2) REFERENCES summing (id))"
    )
    for name in SUMMING:
        [trigger] = await client.execute_query_dict(f"SELECT sql FROM sqlite_master WHERE name = '{name}'")
        head, work = trigger["sql"].removesuffix(" END").split(" BEGIN ", 1)
        await client.execute_query(f"DROP TRIGGER {name}")
        await client.execute_query(f"{head} BEGIN {OPEN} {work} {CLOSE} END")


async def _refuse(editor: Any, name: str, table: str, moment: str, condition: str) -> None:
    """Refuses rows by what they were and what else the database is doing."""
    refuse = (
        f"WHEN {condition} BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: {name}'); END"
        if editor.DIALECT == "sqlite"
        else f"FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse_by_name()"
    )
    await editor.client.execute_query(f"CREATE TRIGGER {name} {moment} ON {table} {refuse}")


class Migration(migrations.Migration):
    dependencies = [("models", "0027_amended_lines")]

    initial = False

    operations = [
        ops.AddField(
            model_name="StockCount",
            name="posted_by",
            field=fields.ForeignKeyField(
                "models.Account",
                source_field="posted_by_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.RunPython(guard_the_sums),
        ops.RunPython(say_who_posted),
        ops.RunPython(take_back_what_was_told),
    ]
