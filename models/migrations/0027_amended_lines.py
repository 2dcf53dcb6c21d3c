"""Amendments say what they changed: how many pieces of each line there were before, and after."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from models.kit.base import new_id
from models.kit.migrating_constraints import at_least, constrain, only_append

CONSTRAINTS: dict[str, dict[str, str]] = {
    "order_amendment_lines": {
        "position": at_least(1, "position"),
        "quantities": at_least(0, "quantity_before", "quantity_after"),
        "changed": "{row}quantity_before <> {row}quantity_after",
    }
}


async def keep_what_holds(_apps: Any, editor: Any) -> None:
    """Adds what must hold."""
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)
    await only_append(editor, "order_amendment_lines")


class Migration(migrations.Migration):
    dependencies = [("models", "0026_tax_countries")]

    operations = [
        ops.CreateModel(
            name="OrderAmendmentLine",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "amendment",
                    fields.ForeignKeyField(
                        "models.OrderAmendment",
                        source_field="amendment_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="changes",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                (
                    "product",
                    fields.ForeignKeyField(
                        "models.Product",
                        source_field="product_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("product_name", fields.CharField(max_length=200)),
                ("quantity_before", fields.IntField()),
                ("quantity_after", fields.IntField()),
            ],
            options={
                "table": "order_amendment_lines",
                "app": "models",
                "unique_together": (("amendment_id", "position"),),
                "pk_attr": "id",
                "table_description": "How many pieces of one line there were before an amendment and after it, 0 where there was no such line.",
            },
            bases=["Record"],
        ),
        ops.RunPython(keep_what_holds),
    ]
