"""Purchasing by who sees no costs: what a line costs may be unknown, limits are for who sees costs, and who sent it is kept."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from models.kit.migrating_constraints import constrain

CONSTRAINTS = {
    "purchase_orders": {"sender": "{row}sent_by_id IS NULL OR {row}sent_at IS NOT NULL"},
    "purchase_order_lines": {"unknown": "{row}cost_known OR {row}unit_cost_minor = 0"},
}
"""By table: what holds of each row."""

GOES_OUT = "('SENT', 'PARTLY_RECEIVED', 'RECEIVED', 'CLOSED')"
UNKNOWN = "SELECT 1 FROM purchase_order_lines line WHERE line.purchase_order_id = NEW.id AND NOT line.cost_known"
REFUSED = {
    "purchase_at_known_cost": (
        "purchase_orders",
        "BEFORE UPDATE",
        f"(NEW.approved_at IS NOT NULL OR NEW.status IN {GOES_OUT}) AND EXISTS ({UNKNOWN})",
    ),
    "purchase_line_at_known_cost": (
        "purchase_order_lines",
        "AFTER INSERT",
        "NOT NEW.cost_known AND EXISTS (SELECT 1 FROM purchase_orders bought WHERE bought.id = NEW.purchase_order_id"
        f" AND (bought.approved_at IS NOT NULL OR bought.status IN {GOES_OUT}))",
    ),
    "purchase_line_stays_known": (
        "purchase_order_lines",
        "AFTER UPDATE",
        "NOT NEW.cost_known AND EXISTS (SELECT 1 FROM purchase_orders bought WHERE bought.id = NEW.purchase_order_id"
        f" AND (bought.approved_at IS NOT NULL OR bought.status IN {GOES_OUT}))",
    ),
}
"""By name: the table, the moment, and when the row is refused: nobody approves or sends what costs nobody knows how much."""

# Limits of who sees no costs mean nothing any more. The role table of the day, not of whenever this runs.
SENDS_ALONE = "'BACK_OFFICE_MANAGER'"

SENT_ALONE = (
    "CREATE INDEX purchases_sent_alone ON purchase_orders (sent_by_id, supplier_id, sent_at)"
    " WHERE sent_by_id IS NOT NULL AND approved_at IS NULL"
)


async def keep_costs_unseen(_apps: Any, editor: Any) -> None:
    """Brings old rows into line, and then adds what must hold from now on."""
    run = editor.client.execute_query
    await run(f"DELETE FROM purchase_limits WHERE role NOT IN ({SENDS_ALONE})")
    # As far back as events are kept, which is as far back as anybody's limit looks.
    await run(
        "UPDATE purchase_orders SET sent_by_id = (SELECT sent.actor_id FROM events sent"
        " WHERE sent.purchase_order_id = purchase_orders.id AND sent.kind = 'PURCHASE_ORDER_SENT'"
        " ORDER BY sent.id DESC LIMIT 1) WHERE sent_at IS NOT NULL"
    )
    # A proposal said 0 where nobody knew the cost.
    await run(
        "UPDATE purchase_order_lines SET cost_known = FALSE WHERE unit_cost_minor = 0 AND purchase_order_id IN"
        " (SELECT id FROM purchase_orders WHERE proposed AND status = 'DRAFT' AND approved_at IS NULL)"
    )
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)
    for name, (table, moment, condition) in REFUSED.items():
        await _refuse(editor, name, moment, table, condition)
    await run(SENT_ALONE)


async def _refuse(editor: Any, name: str, moment: str, table: str, condition: str) -> None:
    """Refuses rows by what other rows say."""
    run = editor.client.execute_query
    if editor.DIALECT == "sqlite":
        await run(
            f"CREATE TRIGGER {name} {moment} ON {table} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: {name}'); END"
        )
        return
    await run(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN"
        f" RAISE EXCEPTION 'CHECK constraint failed: {name}' USING ERRCODE = 'check_violation'; END IF;"
        " RETURN NEW; END $$"
    )
    await run(f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("models", "0022_reasons")]

    initial = False

    operations = [
        ops.AddField(
            model_name="PurchaseOrder",
            name="sent_by",
            field=fields.ForeignKeyField(
                "models.Account",
                source_field="sent_by_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="PurchaseOrderLine",
            name="cost_known",
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.RunPython(keep_costs_unseen),
    ]
