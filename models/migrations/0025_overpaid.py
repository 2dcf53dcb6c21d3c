"""Refunds of what was paid above what an order costs: they are of no line, so that the lines can be refunded all the same."""

from typing import Any

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.kit.migrating_constraints import constrain

CONSTRAINTS: dict[str, dict[str, str]] = {
    "refunds": {"overpaid": "{row}overpaid_minor BETWEEN 0 AND {row}amount_minor"}
}


async def keep_within(_apps: Any, editor: Any) -> None:
    """Adds what must hold."""
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)


class Migration(migrations.Migration):
    dependencies = [("models", "0024_replacements_limited")]
    operations = [
        ops.AddField(model_name="Refund", name="overpaid_minor", field=fields.BigIntField(default=0, db_default=0)),
        ops.AlterModelOptions(
            name="Refund",
            options={
                "table": "refunds",
                "app": "models",
                "indexes": [Index(fields=["order_id", "made_at", "id"]), Index(fields=["made_at", "id"])],
                "pk_attr": "id",
                "table_description": "Money given back for an order. `amount_minor` is the sum of its lines and `overpaid_minor`."
                " Rows are only added.",
            },
        ),
        ops.RunPython(keep_within),
    ]
