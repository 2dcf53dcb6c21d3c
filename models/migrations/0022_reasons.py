"""Orders say why: why a discount is asked for, and why and for whom a placed order was changed. Lines keep their warranty."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.kit.base import new_id
from models.front_office.customers import Channel
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index
from models.kit.migrating_constraints import at_least, constrain, one_of, only_append

CONSTRAINTS: dict[str, dict[str, str]] = {
    "order_lines": {"warranty": at_least(0, "warranty_months")},
    "order_amendments": {"asked_through": one_of("asked_through", "PHONE EMAIL CHAT WEB SOCIAL IN_PERSON LETTER")},
}


async def keep_what_holds(_apps: Any, editor: Any) -> None:
    """Gives lines the warranty of their products, the best that is known of what was sold, and adds what must hold."""
    await editor.client.execute_query(
        "UPDATE order_lines SET warranty_months = (SELECT warranty_months FROM products WHERE products.id = product_id)"
    )
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)
    await only_append(editor, "order_amendments")


class Migration(migrations.Migration):
    dependencies = [("models", "0021_supplier_history")]

    operations = [
        ops.CreateModel(
            name="OrderAmendment",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="amendments",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("reason", fields.TextField(null=True, unique=False)),
                ("asked_by", fields.CharField(null=True, max_length=200)),
                (
                    "asked_through",
                    fields.CharEnumField(
                        null=True,
                        description="PHONE: PHONE\nEMAIL: EMAIL\nCHAT: CHAT\nWEB: WEB\nSOCIAL: SOCIAL\nIN_PERSON: IN_PERSON\nLETTER: LETTER",
                        enum_type=Channel,
                        max_length=20,
                    ),
                ),
                ("amended_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "amended_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="amended_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "order_amendments",
                "app": "models",
                "indexes": [Index(fields=["order_id", "amended_at", "id"])],
                "pk_attr": "id",
                "table_description": "One change of a placed order, in the words of who asked for it.",
            },
            bases=["Record"],
        ),
        ops.AddField(
            model_name="Order",
            name="discount_decision_reason",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Order",
            name="discount_reason",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="OrderLine",
            name="warranty_months",
            field=fields.IntField(null=True),
        ),
        ops.RunPython(keep_what_holds),
    ]
