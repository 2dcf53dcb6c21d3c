"""From order to delivery: orders, returns, stock, shipments, purchasing and production.

What products said in words, their category and their supplier, becomes rows that they point to.
"""

from typing import Any
from uuid import UUID

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.back_office.logistics.inventory.batches import BatchStatus
from models.back_office.logistics.inventory.counts import StockCountStatus
from models.back_office.logistics.inventory.places import LocationKind
from models.back_office.logistics.inventory.stock import MoveKind
from models.back_office.production import BillStatus, WorkOrderStatus
from models.back_office.products.catalogue import ProductStatus, StockAlert, Unit
from models.back_office.purchasing import PurchaseOrderStatus
from models.back_office.logistics.shipments import ShipmentStatus
from models.kit.base import new_id
from models.kit.events import EventKind
from models.front_office.customers import Channel
from models.front_office.sales.orders.payments import PaymentMethod
from models.front_office.sales.orders.placed import DiscountState, OrderStatus, ShortagePolicy
from models.front_office.after_sales.returns import Condition, Disposition, ReturnReason, ReturnStatus
from models.kit.money import CurrencyCodeField
from models.permissions import Role
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index
from models.kit.migrating_constraints import DroppedField, Redescribed, at_least, constrain_anew


async def keep_words(_apps: Any, editor: Any) -> None:
    """Keeps what products say in words until there is something to point to, and lets go of the columns.

    How many were on order is forgotten: it was a figure without a purchase order.
    """
    await editor.client.execute_query(
        "CREATE TABLE old_products AS SELECT id, category, supplier_name, discontinued FROM products"
    )
    await constrain_anew(editor, "products", {"stock": at_least(0, "units_in_stock", "reorder_level")})


async def fill_in(_apps: Any, editor: Any) -> None:
    """Makes rows of the words. Of suppliers nothing but the name is known, and what they would be paid in is a guess."""
    client = editor.client
    for number, row in enumerate(
        await client.execute_query_dict("SELECT DISTINCT category AS name FROM old_products ORDER BY 1"), start=1
    ):
        key, name = _key("category", number), _quoted(row["name"])
        await client.execute_query(f"INSERT INTO product_categories (id, name, version) VALUES ('{key}', {name}, 1)")
        await client.execute_query(
            f"UPDATE products SET category_id = '{key}' WHERE id IN (SELECT id FROM old_products WHERE category = {name})"
        )
    for number, row in enumerate(
        await client.execute_query_dict(
            "SELECT old.supplier_name AS name, min(p.currency) AS currency FROM old_products old"
            " JOIN products p ON p.id = old.id WHERE old.supplier_name IS NOT NULL GROUP BY old.supplier_name ORDER BY 1"
        ),
        start=1,
    ):
        key, name = _key("supplier", number), _quoted(row["name"])
        await client.execute_query(
            "INSERT INTO suppliers (id, number, name, country, currency, over_receipt_basis_points, version)"
            f" VALUES ('{key}', 'S-{number:06}', {name}, 'Unknown', '{row['currency']}', 0, 1)"
        )
        await client.execute_query(
            f"UPDATE products SET supplier_id = '{key}'"
            f" WHERE id IN (SELECT id FROM old_products WHERE supplier_name = {name})"
        )
    true = "1" if editor.DIALECT == "sqlite" else "true"
    await client.execute_query(
        f"UPDATE products SET status = 'WITHDRAWN' WHERE id IN (SELECT id FROM old_products WHERE discontinued = {true})"
    )
    await client.execute_query("DROP TABLE old_products")


def _key(kind: str, number: int) -> UUID:
    """A UUIDv7 before all others: the rows are older than their keys."""
    return UUID(int=(7 << 76) | (2 << 62) | ({"category": 1, "supplier": 2}[kind] << 32) | number)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class Migration(migrations.Migration):
    dependencies = [("models", "0017_work_again")]

    initial = False

    operations = [
        ops.CreateModel(
            name="BillOfMaterials",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "product",
                    fields.ForeignKeyField(
                        "models.Product",
                        source_field="product_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="bills_of_materials",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("revision", fields.IntField()),
                (
                    "status",
                    fields.CharEnumField(
                        description="DRAFT: DRAFT\nACTIVE: ACTIVE\nRETIRED: RETIRED",
                        enum_type=BillStatus,
                        max_length=20,
                    ),
                ),
                ("output_quantity", fields.IntField()),
                ("drafted_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "drafted_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="drafted_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("activated_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("retired_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "bills_of_materials",
                "app": "models",
                "unique_together": (("product_id", "revision"),),
                "pk_attr": "id",
                "table_description": "One version of what a product is made of: `output_quantity` units come out of what its lines name.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="BillLine",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "bill",
                    fields.ForeignKeyField(
                        "models.BillOfMaterials",
                        source_field="bill_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                (
                    "component",
                    fields.ForeignKeyField(
                        "models.Product",
                        source_field="component_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="used_in",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("quantity", fields.IntField()),
            ],
            options={
                "table": "bill_lines",
                "app": "models",
                "unique_together": (("bill_id", "position"), ("bill_id", "component_id")),
                "pk_attr": "id",
                "table_description": "How much of one component goes into `output_quantity` units of a product.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="CostChange",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "product",
                    fields.ForeignKeyField(
                        "models.Product",
                        source_field="product_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="cost_changes",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("amount_minor", fields.BigIntField()),
                ("currency", CurrencyCodeField(max_length=3)),
                ("reason", fields.TextField(null=True, unique=False)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "changed_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="changed_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "cost_changes",
                "app": "models",
                "indexes": [Index(fields=["product_id", "changed_at", "id"])],
                "pk_attr": "id",
                "table_description": "From when we have reckoned with a cost of a product, and who said so. Rows are only added.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="DiscountLimit",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "role",
                    fields.CharEnumField(
                        unique=True,
                        description="SERVICE_AGENT: SERVICE_AGENT\nSALES_REPRESENTATIVE: SALES_REPRESENTATIVE\nMARKETER: MARKETER\nFRONT_OFFICE_MANAGER: FRONT_OFFICE_MANAGER\nPRODUCT_DEVELOPER: PRODUCT_DEVELOPER\nPRODUCTION_PLANNER: PRODUCTION_PLANNER\nLOGISTICS_CLERK: LOGISTICS_CLERK\nACCOUNTANT: ACCOUNTANT\nHR_OFFICER: HR_OFFICER\nIT_TECHNICIAN: IT_TECHNICIAN\nLEGAL_OFFICER: LEGAL_OFFICER\nOFFICE_ADMINISTRATOR: OFFICE_ADMINISTRATOR\nBACK_OFFICE_MANAGER: BACK_OFFICE_MANAGER\nADMINISTRATOR: ADMINISTRATOR",
                        enum_type=Role,
                        max_length=30,
                    ),
                ),
                ("limit_basis_points", fields.IntField()),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "discount_limits",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Up to which discount a role sells alone, in hundredths of a percent off the list price. Without a row it is 0.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ListPriceChange",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "product",
                    fields.ForeignKeyField(
                        "models.Product",
                        source_field="product_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="list_price_changes",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("amount_minor", fields.BigIntField()),
                ("currency", CurrencyCodeField(max_length=3)),
                ("reason", fields.TextField(null=True, unique=False)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "changed_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="changed_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "list_price_changes",
                "app": "models",
                "indexes": [Index(fields=["product_id", "changed_at", "id"])],
                "pk_attr": "id",
                "table_description": "From when a product has had a list price, and who said so. Rows are only added.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="OrderPayment",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="payments",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("amount_minor", fields.BigIntField()),
                ("currency", CurrencyCodeField(max_length=3)),
                (
                    "method",
                    fields.CharEnumField(
                        description="BANK_TRANSFER: BANK_TRANSFER\nCARD: CARD\nCASH: CASH\nDIRECT_DEBIT: DIRECT_DEBIT\nOTHER: OTHER",
                        enum_type=PaymentMethod,
                        max_length=20,
                    ),
                ),
                ("reference", fields.CharField(null=True, max_length=100)),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "recorded_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="recorded_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "reverses",
                    fields.OneToOneField(
                        "models.OrderPayment",
                        source_field="reverses_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="reversal",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "order_payments",
                "app": "models",
                "indexes": [Index(fields=["order_id", "received_at", "id"])],
                "pk_attr": "id",
                "table_description": "Money that came for an order, or below zero the counter-entry of a payment that was recorded by mistake.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ProductCategory",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("name", fields.CharField(unique=True, max_length=100)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "product_categories",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A kind of product. Tax rates may depend on it.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="PurchaseLimit",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "role",
                    fields.CharEnumField(
                        description="SERVICE_AGENT: SERVICE_AGENT\nSALES_REPRESENTATIVE: SALES_REPRESENTATIVE\nMARKETER: MARKETER\nFRONT_OFFICE_MANAGER: FRONT_OFFICE_MANAGER\nPRODUCT_DEVELOPER: PRODUCT_DEVELOPER\nPRODUCTION_PLANNER: PRODUCTION_PLANNER\nLOGISTICS_CLERK: LOGISTICS_CLERK\nACCOUNTANT: ACCOUNTANT\nHR_OFFICER: HR_OFFICER\nIT_TECHNICIAN: IT_TECHNICIAN\nLEGAL_OFFICER: LEGAL_OFFICER\nOFFICE_ADMINISTRATOR: OFFICE_ADMINISTRATOR\nBACK_OFFICE_MANAGER: BACK_OFFICE_MANAGER\nADMINISTRATOR: ADMINISTRATOR",
                        enum_type=Role,
                        max_length=30,
                    ),
                ),
                ("currency", CurrencyCodeField(max_length=3)),
                ("limit_minor", fields.BigIntField()),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "purchase_limits",
                "app": "models",
                "unique_together": (("role", "currency"),),
                "pk_attr": "id",
                "table_description": "Up to how much a role sends purchase orders alone, in one currency. A currency without a row has the limit 0.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Supplier",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                ("name", fields.CharField(max_length=200)),
                ("contact_name", fields.CharField(null=True, max_length=200)),
                ("email", fields.CharField(null=True, max_length=254)),
                ("phone", fields.CharField(null=True, max_length=50)),
                ("street", fields.CharField(null=True, max_length=200)),
                ("city", fields.CharField(null=True, max_length=100)),
                ("region", fields.CharField(null=True, max_length=100)),
                ("postal_code", fields.CharField(null=True, max_length=20)),
                ("country", fields.CharField(max_length=100)),
                ("currency", CurrencyCodeField(max_length=3)),
                ("over_receipt_basis_points", fields.IntField(default=0)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "suppliers",
                "app": "models",
                "indexes": [Index(fields=["name", "id"])],
                "pk_attr": "id",
                "table_description": "A company that we buy from. `over_receipt_basis_points` is how much more than ordered we take: 500 is 5 %.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="TaxRate",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("country", fields.CharField(max_length=100)),
                (
                    "category",
                    fields.ForeignKeyField(
                        "models.ProductCategory",
                        source_field="category_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="tax_rates",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("rate_basis_points", fields.IntField()),
                ("valid_from", fields.DateField()),
                ("valid_until", fields.DateField(null=True)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "tax_rates",
                "app": "models",
                "indexes": [Index(fields=["country", "valid_from", "id"])],
                "pk_attr": "id",
                "table_description": "What tax is added in a country, from one day to another: 1900 basis points are 19 %.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Warehouse",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("code", fields.CharField(unique=True, max_length=20)),
                ("name", fields.CharField(max_length=200)),
                ("country", fields.CharField(max_length=100)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "warehouses",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A house where stock lies.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="CustomerReturn",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="returns",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="returns",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "warehouse",
                    fields.ForeignKeyField(
                        "models.Warehouse",
                        source_field="warehouse_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="returns",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="REQUESTED: REQUESTED\nAUTHORISED: AUTHORISED\nRECEIVED: RECEIVED\nINSPECTED: INSPECTED\nCLOSED: CLOSED",
                        enum_type=ReturnStatus,
                        max_length=20,
                    ),
                ),
                (
                    "reason",
                    fields.CharEnumField(
                        description="DEFECTIVE: DEFECTIVE\nDAMAGED: DAMAGED\nWRONG_ITEM: WRONG_ITEM\nNOT_AS_DESCRIBED: NOT_AS_DESCRIBED\nNO_LONGER_WANTED: NO_LONGER_WANTED\nWARRANTY: WARRANTY\nOTHER: OTHER",
                        enum_type=ReturnReason,
                        max_length=20,
                    ),
                ),
                ("reason_text", fields.TextField(null=True, unique=False)),
                ("requested_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "requested_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="requested_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("authorised_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("received_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("inspected_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closing_reason", fields.TextField(null=True, unique=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "returns",
                "app": "models",
                "indexes": [
                    Index(fields=["requested_at", "id"]),
                    Index(fields=["order_id", "requested_at", "id"]),
                    Index(fields=["status", "requested_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "What one customer sends back of one order. `reason_text` is their own words.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Location",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "warehouse",
                    fields.ForeignKeyField(
                        "models.Warehouse",
                        source_field="warehouse_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="locations",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("code", fields.CharField(max_length=20)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="STORAGE: STORAGE\nPACKING: PACKING\nRETURNS: RETURNS\nQUARANTINE: QUARANTINE",
                        enum_type=LocationKind,
                        max_length=20,
                    ),
                ),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "locations",
                "app": "models",
                "unique_together": (("warehouse_id", "code"),),
                "pk_attr": "id",
                "table_description": "A place in a warehouse. Only stock in STORAGE can be allocated to orders or consumed by production.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="PurchaseOrder",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                (
                    "supplier",
                    fields.ForeignKeyField(
                        "models.Supplier",
                        source_field="supplier_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="purchase_orders",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "warehouse",
                    fields.ForeignKeyField(
                        "models.Warehouse",
                        source_field="warehouse_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="purchase_orders",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="DRAFT: DRAFT\nSENT: SENT\nPARTLY_RECEIVED: PARTLY_RECEIVED\nRECEIVED: RECEIVED\nCLOSED: CLOSED\nCANCELLED: CANCELLED",
                        enum_type=PurchaseOrderStatus,
                        max_length=20,
                    ),
                ),
                ("proposed", fields.BooleanField(default=False)),
                ("currency", CurrencyCodeField(max_length=3)),
                ("total_minor", fields.BigIntField()),
                ("drafted_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "drafted_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="drafted_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "changed_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="changed_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("approved_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "approved_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="approved_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("expected_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("received_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ending_reason", fields.TextField(null=True, unique=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "purchase_orders",
                "app": "models",
                "indexes": [
                    Index(fields=["drafted_at", "id"]),
                    Index(fields=["supplier_id", "drafted_at", "id"]),
                    Index(fields=["status", "drafted_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "What we order from one supplier at one time. `total_minor` is the sum of its lines. `proposed` by a reorder point.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="PurchaseOrderLine",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "purchase_order",
                    fields.ForeignKeyField(
                        "models.PurchaseOrder",
                        source_field="purchase_order_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                (
                    "product",
                    fields.ForeignKeyField(
                        "models.Product",
                        source_field="product_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="purchase_order_lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("quantity", fields.IntField()),
                ("unit_cost_minor", fields.BigIntField()),
                ("currency", CurrencyCodeField(max_length=3)),
                ("total_minor", fields.BigIntField()),
                ("received_quantity", fields.IntField(default=0)),
            ],
            options={
                "table": "purchase_order_lines",
                "app": "models",
                "unique_together": (("purchase_order_id", "position"),),
                "pk_attr": "id",
                "table_description": "One product on a purchase order. `received_quantity` is written by the database alone, whenever a receipt is.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Receipt",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                (
                    "purchase_order",
                    fields.ForeignKeyField(
                        "models.PurchaseOrder",
                        source_field="purchase_order_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="receipts",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("delivery_note", fields.CharField(null=True, max_length=100)),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "received_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="received_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "receipts",
                "app": "models",
                "indexes": [
                    Index(fields=["purchase_order_id", "received_at", "id"]),
                    Index(fields=["received_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "One delivery of a supplier against a purchase order.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Refund",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="refunds",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "customer_return",
                    fields.ForeignKeyField(
                        "models.CustomerReturn",
                        source_field="customer_return_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="refunds",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="refunds",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("answer_id", fields.UUIDField(null=True, unique=True)),
                ("currency", CurrencyCodeField(max_length=3)),
                ("amount_minor", fields.BigIntField()),
                ("reason", fields.TextField(null=True, unique=False)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "made_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="made_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "refunds",
                "app": "models",
                "indexes": [Index(fields=["order_id", "made_at", "id"]), Index(fields=["made_at", "id"])],
                "pk_attr": "id",
                "table_description": "Money given back for an order. `amount_minor` is the sum of its lines. Rows are only added.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="RefundLine",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "refund",
                    fields.ForeignKeyField(
                        "models.Refund",
                        source_field="refund_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                (
                    "order_line",
                    fields.ForeignKeyField(
                        "models.OrderLine",
                        source_field="order_line_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="refund_lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("quantity", fields.IntField()),
                ("net_minor", fields.BigIntField()),
                ("tax_minor", fields.BigIntField()),
                ("currency", CurrencyCodeField(max_length=3)),
            ],
            options={
                "table": "refund_lines",
                "app": "models",
                "unique_together": (("refund_id", "position"),),
                "pk_attr": "id",
                "table_description": "What is given back for one line of the order: so many pieces, or with `quantity` 0 a part of their price.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Shipment",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="shipments",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "warehouse",
                    fields.ForeignKeyField(
                        "models.Warehouse",
                        source_field="warehouse_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="shipments",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="TO_PICK: TO_PICK\nPICKED: PICKED\nPACKED: PACKED\nSHIPPED: SHIPPED\nDELIVERED: DELIVERED\nCANCELLED: CANCELLED",
                        enum_type=ShipmentStatus,
                        max_length=20,
                    ),
                ),
                ("carrier", fields.CharField(null=True, max_length=100)),
                ("tracking_number", fields.CharField(null=True, max_length=100)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "created_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="created_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("picked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("packed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("shipped_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("expected_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("delivered_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("cancelled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ship_name", fields.CharField(null=True, max_length=200)),
                ("ship_street", fields.CharField(null=True, max_length=200)),
                ("ship_city", fields.CharField(null=True, max_length=100)),
                ("ship_region", fields.CharField(null=True, max_length=100)),
                ("ship_postal_code", fields.CharField(null=True, max_length=20)),
                ("ship_country", fields.CharField(null=True, max_length=100)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "shipments",
                "app": "models",
                "indexes": [
                    Index(fields=["order_id", "created_at", "id"]),
                    Index(fields=["status", "created_at", "id"]),
                    Index(fields=["created_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "One parcel or truckload of one order. `expected_at` is when the carrier says that it arrives.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="StockCount",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                (
                    "location",
                    fields.ForeignKeyField(
                        "models.Location",
                        source_field="location_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="stock_counts",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="OPEN: OPEN\nPOSTED: POSTED\nCANCELLED: CANCELLED",
                        enum_type=StockCountStatus,
                        max_length=20,
                    ),
                ),
                ("opened_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "opened_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="opened_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("posted_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "stock_counts",
                "app": "models",
                "indexes": [Index(fields=["opened_at", "id"])],
                "pk_attr": "id",
                "table_description": "One count of one location.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="WorkOrder",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                (
                    "product",
                    fields.ForeignKeyField(
                        "models.Product",
                        source_field="product_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="work_orders",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "bill",
                    fields.ForeignKeyField(
                        "models.BillOfMaterials",
                        source_field="bill_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="work_orders",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "warehouse",
                    fields.ForeignKeyField(
                        "models.Warehouse",
                        source_field="warehouse_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="work_orders",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="PLANNED: PLANNED\nRELEASED: RELEASED\nIN_PROGRESS: IN_PROGRESS\nCOMPLETED: COMPLETED\nCANCELLED: CANCELLED",
                        enum_type=WorkOrderStatus,
                        max_length=20,
                    ),
                ),
                ("quantity", fields.IntField()),
                ("completed_quantity", fields.IntField(null=True)),
                ("planned_for", fields.DateField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "created_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="created_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("released_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("started_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("cancellation_reason", fields.TextField(null=True, unique=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "work_orders",
                "app": "models",
                "indexes": [
                    Index(fields=["created_at", "id"]),
                    Index(fields=["product_id", "status", "planned_for"]),
                    Index(fields=["status", "planned_for", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "The order to make a quantity of one product by one bill of materials. `completed_quantity` is what came out.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Batch",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                (
                    "product",
                    fields.ForeignKeyField(
                        "models.Product",
                        source_field="product_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="batches",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="ON_HOLD: ON_HOLD\nRELEASED: RELEASED\nREJECTED: REJECTED",
                        enum_type=BatchStatus,
                        max_length=20,
                    ),
                ),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_on", fields.DateField(null=True)),
                (
                    "supplier",
                    fields.ForeignKeyField(
                        "models.Supplier",
                        source_field="supplier_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="batches",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "work_order",
                    fields.ForeignKeyField(
                        "models.WorkOrder",
                        source_field="work_order_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="batches",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("currency", CurrencyCodeField(null=True, max_length=3)),
                ("unit_cost_minor", fields.BigIntField(null=True)),
                ("held_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("status_reason", fields.TextField(null=True, unique=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "batches",
                "app": "models",
                "indexes": [Index(fields=["product_id", "made_at", "id"]), Index(fields=["made_at", "id"])],
                "pk_attr": "id",
                "table_description": "What was received or made of one product at one time. `expires_on` is the last day on which it may be shipped.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="QualityCheck",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "batch",
                    fields.ForeignKeyField(
                        "models.Batch",
                        source_field="batch_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="quality_checks",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("passed", fields.BooleanField()),
                ("remarks", fields.TextField(null=True, unique=False)),
                ("checked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "checked_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="checked_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "quality_checks",
                "app": "models",
                "indexes": [Index(fields=["batch_id", "checked_at", "id"])],
                "pk_attr": "id",
                "table_description": "One look at a batch, and what was found. Rows are only added.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ReceiptLine",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "receipt",
                    fields.ForeignKeyField(
                        "models.Receipt",
                        source_field="receipt_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "purchase_order_line",
                    fields.ForeignKeyField(
                        "models.PurchaseOrderLine",
                        source_field="purchase_order_line_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="receipt_lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "batch",
                    fields.ForeignKeyField(
                        "models.Batch",
                        source_field="batch_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="receipt_lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "location",
                    fields.ForeignKeyField(
                        "models.Location",
                        source_field="location_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("quantity", fields.IntField()),
            ],
            options={
                "table": "receipt_lines",
                "app": "models",
                "indexes": [Index(fields=["receipt_id", "id"])],
                "pk_attr": "id",
                "table_description": "What of a line of the purchase order came with a receipt, as which batch, and where it was put.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ReturnLine",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "customer_return",
                    fields.ForeignKeyField(
                        "models.CustomerReturn",
                        source_field="customer_return_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                (
                    "order_line",
                    fields.ForeignKeyField(
                        "models.OrderLine",
                        source_field="order_line_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="return_lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "batch",
                    fields.ForeignKeyField(
                        "models.Batch",
                        source_field="batch_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="return_lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("quantity", fields.IntField()),
                (
                    "condition",
                    fields.CharEnumField(
                        null=True,
                        description="UNOPENED: UNOPENED\nOPENED: OPENED\nDAMAGED: DAMAGED\nDEFECTIVE: DEFECTIVE",
                        enum_type=Condition,
                        max_length=20,
                    ),
                ),
                (
                    "disposition",
                    fields.CharEnumField(
                        null=True, description="RESTOCK: RESTOCK\nSCRAP: SCRAP", enum_type=Disposition, max_length=20
                    ),
                ),
            ],
            options={
                "table": "return_lines",
                "app": "models",
                "unique_together": (("customer_return_id", "position"),),
                "pk_attr": "id",
                "table_description": "How much of one batch of one line of the order comes back. Condition and disposition are null until inspected.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ShipmentLine",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "shipment",
                    fields.ForeignKeyField(
                        "models.Shipment",
                        source_field="shipment_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                (
                    "order_line",
                    fields.ForeignKeyField(
                        "models.OrderLine",
                        source_field="order_line_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="shipment_lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "batch",
                    fields.ForeignKeyField(
                        "models.Batch",
                        source_field="batch_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="shipment_lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "location",
                    fields.ForeignKeyField(
                        "models.Location",
                        source_field="location_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("quantity", fields.IntField()),
            ],
            options={
                "table": "shipment_lines",
                "app": "models",
                "unique_together": (
                    ("shipment_id", "position"),
                    ("shipment_id", "order_line_id", "batch_id", "location_id"),
                ),
                "pk_attr": "id",
                "table_description": "How much of one batch goes with a shipment for one line of its order, and from which shelf it is taken.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="StockBalance",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "product",
                    fields.ForeignKeyField(
                        "models.Product",
                        source_field="product_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="stock_balances",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "location",
                    fields.ForeignKeyField(
                        "models.Location",
                        source_field="location_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="stock_balances",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "batch",
                    fields.ForeignKeyField(
                        "models.Batch",
                        source_field="batch_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="stock_balances",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("on_hand", fields.IntField(default=0)),
                ("allocated", fields.IntField(default=0)),
            ],
            options={
                "table": "stock_balances",
                "app": "models",
                "unique_together": (("location_id", "batch_id"),),
                "indexes": [Index(fields=["product_id", "id"]), Index(fields=["batch_id", "id"])],
                "pk_attr": "id",
                "table_description": "What lies in one place of one batch: `on_hand`, and how much of that is `allocated` to orders.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Allocation",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "order_line",
                    fields.ForeignKeyField(
                        "models.OrderLine",
                        source_field="order_line_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="allocations",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "balance",
                    fields.ForeignKeyField(
                        "models.StockBalance",
                        source_field="balance_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="allocations",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("quantity", fields.IntField()),
                ("allocated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "allocations",
                "app": "models",
                "unique_together": (("order_line_id", "balance_id"),),
                "pk_attr": "id",
                "table_description": "Stock that is promised to one line of an order, until it is shipped or given up.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="StockCountLine",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "count",
                    fields.ForeignKeyField(
                        "models.StockCount",
                        source_field="count_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "batch",
                    fields.ForeignKeyField(
                        "models.Batch",
                        source_field="batch_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("counted", fields.IntField()),
                ("expected", fields.IntField(null=True)),
            ],
            options={
                "table": "stock_count_lines",
                "app": "models",
                "unique_together": (("count_id", "batch_id"),),
                "pk_attr": "id",
                "table_description": "What was found of one batch. `expected` is what the ledger said when it was posted, null until then.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="StockMove",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "product",
                    fields.ForeignKeyField(
                        "models.Product",
                        source_field="product_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="stock_moves",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "location",
                    fields.ForeignKeyField(
                        "models.Location",
                        source_field="location_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="stock_moves",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "batch",
                    fields.ForeignKeyField(
                        "models.Batch",
                        source_field="batch_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="stock_moves",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="RECEIPT: RECEIPT\nPICK: PICK\nSHIP: SHIP\nRETURN: RETURN\nPRODUCE: PRODUCE\nCONSUME: CONSUME\nADJUST: ADJUST\nTRANSFER: TRANSFER",
                        enum_type=MoveKind,
                        max_length=20,
                    ),
                ),
                ("quantity", fields.IntField()),
                ("reason", fields.TextField(null=True, unique=False)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "actor",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="actor_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("transfer_id", fields.UUIDField(null=True)),
                ("order_line_id", fields.UUIDField(null=True)),
                ("shipment_id", fields.UUIDField(null=True)),
                ("receipt_id", fields.UUIDField(null=True)),
                ("work_order_id", fields.UUIDField(null=True)),
                ("return_id", fields.UUIDField(null=True)),
                ("stock_count_id", fields.UUIDField(null=True)),
            ],
            options={
                "table": "stock_moves",
                "app": "models",
                "indexes": [
                    Index(fields=["at", "id"]),
                    Index(fields=["product_id", "at", "id"]),
                    Index(fields=["batch_id", "at", "id"]),
                    Index(fields=["location_id", "at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "One change of what lies in one place of one batch. `quantity` is what came, or below zero what went.",
            },
            bases=["Record"],
        ),
        ops.AddField(
            model_name="Complaint",
            name="batch",
            field=fields.ForeignKeyField(
                "models.Batch",
                source_field="batch_id",
                null=True,
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name="complaints",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Complaint",
            name="order_line",
            field=fields.ForeignKeyField(
                "models.OrderLine",
                source_field="order_line_id",
                null=True,
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name="complaints",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AlterModelOptions(
            name="Customer",
            options={
                "table": "customers",
                "app": "models",
                "indexes": [Index(fields=["name", "id"]), Index(fields=["country", "id"])],
                "pk_attr": "id",
                "table_description": "A person or company that buys from us. Above `credit_limit_minor` unpaid, orders are taken with a warning.",
            },
        ),
        ops.AddField(
            model_name="Customer",
            name="credit_currency",
            field=CurrencyCodeField(null=True, max_length=3),
        ),
        ops.AddField(
            model_name="Customer",
            name="credit_limit_minor",
            field=fields.BigIntField(null=True),
        ),
        Redescribed(
            model_name="Event",
            name="kind",
            field=fields.CharEnumField(
                description="COMPLAINT_RECEIVED: COMPLAINT_RECEIVED\nCOMPLAINT_ACKNOWLEDGED: COMPLAINT_ACKNOWLEDGED\nCOMPLAINT_ROUTED: COMPLAINT_ROUTED\nSEVERITY_CHANGED: SEVERITY_CHANGED\nCAUSE_DETERMINED: CAUSE_DETERMINED\nCUSTOMER_ASKED: CUSTOMER_ASKED\nCUSTOMER_REPLIED: CUSTOMER_REPLIED\nREDRESS_PROPOSED: REDRESS_PROPOSED\nREDRESS_APPROVED: REDRESS_APPROVED\nREDRESS_REJECTED: REDRESS_REJECTED\nREDRESS_WITHDRAWN: REDRESS_WITHDRAWN\nCOMPLAINT_ANSWERED: COMPLAINT_ANSWERED\nCOMPLAINT_CHALLENGED: COMPLAINT_CHALLENGED\nCOMPLAINT_REOPENED: COMPLAINT_REOPENED\nCOMPLAINT_RATED: COMPLAINT_RATED\nCOMPLAINT_LINKED: COMPLAINT_LINKED\nCOMPLAINT_UNLINKED: COMPLAINT_UNLINKED\nCOMPLAINT_ATTACHED: COMPLAINT_ATTACHED\nCOMPLAINT_DETACHED: COMPLAINT_DETACHED\nCOMPLAINT_CLOSED: COMPLAINT_CLOSED\nHANDOFF_QUEUED: HANDOFF_QUEUED\nHANDOFF_CLAIMED: HANDOFF_CLAIMED\nHANDOFF_RELEASED: HANDOFF_RELEASED\nHANDOFF_ANSWERED: HANDOFF_ANSWERED\nHANDOFF_REFUSED: HANDOFF_REFUSED\nHANDOFF_WITHDRAWN: HANDOFF_WITHDRAWN\nANSWER_ACCEPTED: ANSWER_ACCEPTED\nANSWER_REJECTED: ANSWER_REJECTED\nHANDOFF_TRANSFERRED: HANDOFF_TRANSFERRED\nCLAIM_RETURNED: CLAIM_RETURNED\nINFORMATION_REQUESTED: INFORMATION_REQUESTED\nINFORMATION_PROVIDED: INFORMATION_PROVIDED\nMESSAGE_POSTED: MESSAGE_POSTED\nFRONT_OFFICE_MESSAGE_POSTED: FRONT_OFFICE_MESSAGE_POSTED\nBACK_OFFICE_MESSAGE_POSTED: BACK_OFFICE_MESSAGE_POSTED\nCLOCK_WARNED: CLOCK_WARNED\nCLOCK_BREACHED: CLOCK_BREACHED\nESCALATION_OPENED: ESCALATION_OPENED\nESCALATION_CHANGED: ESCALATION_CHANGED\nESCALATION_CLOSED: ESCALATION_CLOSED\nCASE_PROPOSED: CASE_PROPOSED\nCASE_OPENED: CASE_OPENED\nCASE_ANSWERED: CASE_ANSWERED\nCASE_CLOSED: CASE_CLOSED\nIMPROVEMENT_PROPOSED: IMPROVEMENT_PROPOSED\nIMPROVEMENT_REVISED: IMPROVEMENT_REVISED\nIMPROVEMENT_PLANNED: IMPROVEMENT_PLANNED\nIMPROVEMENT_STARTED: IMPROVEMENT_STARTED\nIMPROVEMENT_MONITORED: IMPROVEMENT_MONITORED\nIMPROVEMENT_JUDGED: IMPROVEMENT_JUDGED\nIMPROVEMENT_REJECTED: IMPROVEMENT_REJECTED\nPRODUCT_DECIDED: PRODUCT_DECIDED\nPRODUCT_ADDED: PRODUCT_ADDED\nPRODUCT_CHANGED: PRODUCT_CHANGED\nPRODUCT_STATUS_CHANGED: PRODUCT_STATUS_CHANGED\nBILL_ACTIVATED: BILL_",
                enum_type=EventKind,
                max_length=30,
            ),
        ),
        ops.AddField(
            model_name="Event",
            name="batch_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Event",
            name="order_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Event",
            name="product_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Event",
            name="purchase_order_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Event",
            name="return_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Event",
            name="shipment_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Event",
            name="work_order_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AlterModelOptions(
            name="Order",
            options={
                "table": "orders",
                "app": "models",
                "indexes": [Index(fields=["customer_id", "placed_at", "id"]), Index(fields=["placed_at", "id"])],
                "pk_attr": "id",
                "table_description": "What one customer ordered at one time. Amounts are in minor units of `currency`, and sums of the lines'.",
            },
        ),
        Redescribed(
            model_name="Order",
            name="status",
            field=fields.CharEnumField(
                description="DRAFT: DRAFT\nPLACED: PLACED\nON_HOLD: ON_HOLD\nPARTLY_SHIPPED: PARTLY_SHIPPED\nSHIPPED: SHIPPED\nDELIVERED: DELIVERED\nCANCELLED: CANCELLED",
                enum_type=OrderStatus,
                max_length=20,
            ),
        ),
        ops.AddField(
            model_name="Order",
            name="asked_by",
            field=fields.CharField(null=True, max_length=200),
        ),
        ops.AddField(
            model_name="Order",
            name="asked_through",
            field=fields.CharEnumField(
                null=True,
                description="PHONE: PHONE\nEMAIL: EMAIL\nCHAT: CHAT\nWEB: WEB\nSOCIAL: SOCIAL\nIN_PERSON: IN_PERSON\nLETTER: LETTER",
                enum_type=Channel,
                max_length=20,
            ),
        ),
        ops.AddField(
            model_name="Order",
            name="bill_city",
            field=fields.CharField(null=True, max_length=100),
        ),
        ops.AddField(
            model_name="Order",
            name="bill_country",
            field=fields.CharField(null=True, max_length=100),
        ),
        ops.AddField(
            model_name="Order",
            name="bill_postal_code",
            field=fields.CharField(null=True, max_length=20),
        ),
        ops.AddField(
            model_name="Order",
            name="bill_region",
            field=fields.CharField(null=True, max_length=100),
        ),
        ops.AddField(
            model_name="Order",
            name="bill_street",
            field=fields.CharField(null=True, max_length=200),
        ),
        ops.AddField(
            model_name="Order",
            name="cancellation_reason",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Order",
            name="cancelled_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Order",
            name="complaint",
            field=fields.ForeignKeyField(
                "models.Complaint",
                source_field="complaint_id",
                null=True,
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name="replacement_orders",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Order",
            name="customer_name",
            field=fields.CharField(null=True, max_length=200),
        ),
        ops.AddField(
            model_name="Order",
            name="delivered_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Order",
            name="discount_asked_by",
            field=fields.ForeignKeyField(
                "models.Account",
                source_field="discount_asked_by_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Order",
            name="discount_basis_points",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Order",
            name="discount_decided_by",
            field=fields.ForeignKeyField(
                "models.Account",
                source_field="discount_decided_by_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Order",
            name="discount_state",
            field=fields.CharEnumField(
                default=DiscountState.WITHIN_LIMIT,
                description="WITHIN_LIMIT: WITHIN_LIMIT\nASKED: ASKED\nAPPROVED: APPROVED\nREJECTED: REJECTED",
                db_default="WITHIN_LIMIT",
                enum_type=DiscountState,
                max_length=20,
            ),
        ),
        ops.AddField(
            model_name="Order",
            name="held_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Order",
            name="hold_reason",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Order",
            name="net_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Order",
            name="paid_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Order",
            name="quoted_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Order",
            name="quoted_until",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Order",
            name="refunded_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Order",
            name="replaces",
            field=fields.ForeignKeyField(
                "models.Order",
                source_field="replaces_id",
                null=True,
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name="replacements",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Order",
            name="shortage_policy",
            field=fields.CharEnumField(
                default=ShortagePolicy.BACKORDER,
                description="BACKORDER: BACKORDER\nREFUSE: REFUSE",
                db_default="BACKORDER",
                enum_type=ShortagePolicy,
                max_length=20,
            ),
        ),
        ops.AddField(
            model_name="Order",
            name="taken_by",
            field=fields.ForeignKeyField(
                "models.Account",
                source_field="taken_by_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="taken_orders",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Order",
            name="tax_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Order",
            name="version",
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.AddField(
            model_name="OrderLine",
            name="allocated_quantity",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="OrderLine",
            name="net_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="OrderLine",
            name="product_name",
            field=fields.CharField(null=True, max_length=200),
        ),
        ops.AddField(
            model_name="OrderLine",
            name="refunded_quantity",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="OrderLine",
            name="refunded_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="OrderLine",
            name="returned_quantity",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="OrderLine",
            name="shipped_quantity",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="OrderLine",
            name="tax_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="OrderLine",
            name="tax_rate_basis_points",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="OrderLine",
            name="version",
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.RunPython(keep_words),
        DroppedField(model_name="Product", name="category"),
        DroppedField(model_name="Product", name="supplier_name"),
        DroppedField(model_name="Product", name="discontinued"),
        DroppedField(model_name="Product", name="units_on_order"),
        ops.AddField(
            model_name="Product",
            name="category",
            field=fields.ForeignKeyField(
                "models.ProductCategory",
                source_field="category_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="products",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AlterModelOptions(
            name="Product",
            options={
                "table": "products",
                "app": "models",
                "indexes": [Index(fields=["name", "id"])],
                "pk_attr": "id",
                "table_description": "Something that we sell, or make something of. Prices are in minor units of `currency`, stock figures count `unit`s.",
            },
        ),
        ops.AddField(
            model_name="Product",
            name="is_made",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Product",
            name="reorder_quantity",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Product",
            name="shelf_life_days",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Product",
            name="status",
            field=fields.CharEnumField(
                default=ProductStatus.ON_SALE,
                description="DRAFT: DRAFT\nON_SALE: ON_SALE\nPHASING_OUT: PHASING_OUT\nWITHDRAWN: WITHDRAWN",
                db_default="ON_SALE",
                enum_type=ProductStatus,
                max_length=20,
            ),
        ),
        ops.AddField(
            model_name="Product",
            name="stock_alert",
            field=fields.CharEnumField(
                null=True,
                description="LOW: LOW\nOUT: OUT",
                enum_type=StockAlert,
                max_length=20,
            ),
        ),
        ops.AddField(
            model_name="Product",
            name="supplier",
            field=fields.ForeignKeyField(
                "models.Supplier",
                source_field="supplier_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="products",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Product",
            name="unit",
            field=fields.CharEnumField(
                default=Unit.PIECE,
                description="PIECE: PIECE\nBOX: BOX\nGRAM: GRAM\nKILOGRAM: KILOGRAM\nMILLILITRE: MILLILITRE\nLITRE: LITRE\nMETRE: METRE",
                db_default="PIECE",
                enum_type=Unit,
                max_length=20,
            ),
        ),
        ops.AddField(
            model_name="Product",
            name="version",
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.AddField(
            model_name="Product",
            name="warranty_months",
            field=fields.IntField(null=True),
        ),
        ops.AddIndex(
            model_name="Product",
            index=Index(fields=["category_id", "name", "id"]),
        ),
        ops.AddIndex(
            model_name="Product",
            index=Index(fields=["supplier_id", "name", "id"]),
        ),
        ops.RunPython(fill_in),
    ]
