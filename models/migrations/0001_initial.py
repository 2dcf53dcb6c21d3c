from tortoise import migrations
from tortoise.migrations import operations as ops
from models.back_office.handoffs import HandoffStatus
from models.kit.base import new_id
from models.kit.events import EventKind
from models.front_office.service.complaints import Category, Channel, ComplaintStatus, Outcome, Severity
from models.front_office.customers import CustomerSearchText
from models.front_office.sales.orders import OrderStatus
from models.kit.money import CurrencyCodeField
from models.permissions import Department
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Account",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("email", fields.CharField(unique=True, max_length=254)),
                ("name", fields.CharField(max_length=200)),
                ("password_hash", fields.CharField(null=True, max_length=200)),
                ("subject", fields.CharField(null=True, unique=True, max_length=500)),
                ("roles", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("departments", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("enabled", fields.BooleanField(default=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "accounts",
                "app": "models",
                "indexes": [Index(fields=["name", "id"])],
                "pk_attr": "id",
                "table_description": "Somebody who works here. `password_hash` is argon2id, or null for those who sign in elsewhere (OIDC).",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Customer",
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
                ("search_text", CustomerSearchText(default="", unique=False)),
            ],
            options={
                "table": "customers",
                "app": "models",
                "indexes": [Index(fields=["name", "id"]), Index(fields=["country", "id"])],
                "pk_attr": "id",
                "table_description": "A person or company that buys from us.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("key", fields.CharField(max_length=200)),
                ("operation", fields.CharField(max_length=50)),
                ("input_hash", fields.CharField(max_length=64)),
                ("answer", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("created_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "idempotency_keys",
                "app": "models",
                "unique_together": (("account_id", "key"),),
                "pk_attr": "id",
                "table_description": "The first answer to a change that was sent with a key: the same account, key and input get it again.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="NumberSeries",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
                ("last_given", fields.BigIntField()),
            ],
            options={
                "table": "number_series",
                "app": "models",
                "pk_attr": "name",
                "table_description": "The last number given in a series, for instance `CMP-2026`, taken under a lock in the transaction that uses it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Order",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "models.Customer",
                        source_field="customer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="orders",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="PLACED: PLACED\nSHIPPED: SHIPPED\nCANCELLED: CANCELLED",
                        enum_type=OrderStatus,
                        max_length=20,
                    ),
                ),
                ("placed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("required_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("shipped_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("currency", CurrencyCodeField()),
                ("total_minor", fields.BigIntField()),
                ("ship_name", fields.CharField(null=True, max_length=200)),
                ("ship_street", fields.CharField(null=True, max_length=200)),
                ("ship_city", fields.CharField(null=True, max_length=100)),
                ("ship_region", fields.CharField(null=True, max_length=100)),
                ("ship_postal_code", fields.CharField(null=True, max_length=20)),
                ("ship_country", fields.CharField(null=True, max_length=100)),
            ],
            options={
                "table": "orders",
                "app": "models",
                "indexes": [Index(fields=["customer_id", "placed_at", "id"]), Index(fields=["placed_at", "id"])],
                "pk_attr": "id",
                "table_description": "What one customer ordered at one time. `total_minor` is the sum of its lines, in minor units of `currency`.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Product",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("sku", fields.CharField(unique=True, max_length=20)),
                ("name", fields.CharField(max_length=200)),
                ("category", fields.CharField(max_length=100)),
                ("supplier_name", fields.CharField(null=True, max_length=200)),
                ("quantity_per_unit", fields.CharField(null=True, max_length=100)),
                ("currency", CurrencyCodeField()),
                ("list_price_minor", fields.BigIntField()),
                ("cost_price_minor", fields.BigIntField(null=True)),
                ("units_in_stock", fields.IntField(default=0)),
                ("units_on_order", fields.IntField(default=0)),
                ("reorder_level", fields.IntField(default=0)),
                ("discontinued", fields.BooleanField(default=False)),
            ],
            options={
                "table": "products",
                "app": "models",
                "indexes": [Index(fields=["name", "id"])],
                "pk_attr": "id",
                "table_description": "Something that we sell. Prices are in minor units of `currency`, stock figures count pieces.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Complaint",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "models.Customer",
                        source_field="customer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="complaints",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="complaints",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "product",
                    fields.ForeignKeyField(
                        "models.Product",
                        source_field="product_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="complaints",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "channel",
                    fields.CharEnumField(
                        description="PHONE: PHONE\nEMAIL: EMAIL\nCHAT: CHAT\nWEB: WEB\nSOCIAL: SOCIAL\nIN_PERSON: IN_PERSON\nLETTER: LETTER",
                        enum_type=Channel,
                        max_length=20,
                    ),
                ),
                (
                    "category",
                    fields.CharEnumField(
                        description="PRODUCT_QUALITY: PRODUCT_QUALITY\nDELIVERY: DELIVERY\nBILLING: BILLING\nSTAFF_CONDUCT: STAFF_CONDUCT\nDATA_PRIVACY: DATA_PRIVACY\nCONTRACT: CONTRACT\nWEBSITE: WEBSITE\nOTHER: OTHER",
                        enum_type=Category,
                        max_length=20,
                    ),
                ),
                (
                    "severity",
                    fields.CharEnumField(
                        description="LOW: LOW\nMEDIUM: MEDIUM\nHIGH: HIGH\nCRITICAL: CRITICAL",
                        enum_type=Severity,
                        max_length=20,
                    ),
                ),
                ("subject", fields.CharField(max_length=200)),
                ("description", fields.TextField(unique=False)),
                ("remedy_sought", fields.TextField(null=True, unique=False)),
                (
                    "status",
                    fields.CharEnumField(
                        description="RECEIVED: RECEIVED\nHANDED_OFF: HANDED_OFF\nANSWERED: ANSWERED\nCLOSED: CLOSED",
                        enum_type=ComplaintStatus,
                        max_length=20,
                    ),
                ),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "received_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="received_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="received_complaints",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("answer", fields.TextField(null=True, unique=False)),
                ("answered_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "outcome",
                    fields.CharEnumField(
                        null=True,
                        description="UPHELD: UPHELD\nPARTLY_UPHELD: PARTLY_UPHELD\nNOT_UPHELD: NOT_UPHELD\nWITHDRAWN: WITHDRAWN\nNOT_A_COMPLAINT: NOT_A_COMPLAINT\nDUPLICATE: DUPLICATE",
                        enum_type=Outcome,
                        max_length=20,
                    ),
                ),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closing_reason", fields.TextField(null=True, unique=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "complaints",
                "app": "models",
                "indexes": [
                    Index(fields=["customer_id", "received_at", "id"]),
                    Index(fields=["received_at", "id"]),
                    Index(fields=["status", "received_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "One complaint of one customer, from its first word to its end.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Handoff",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="handoffs",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "department",
                    fields.CharEnumField(
                        description="CUSTOMER_SERVICE: CUSTOMER_SERVICE\nSALES: SALES\nMARKETING: MARKETING\nPRODUCT_DEVELOPMENT: PRODUCT_DEVELOPMENT\nPRODUCTION: PRODUCTION\nLOGISTICS: LOGISTICS\nFINANCE: FINANCE\nHUMAN_RESOURCES: HUMAN_RESOURCES\nIT: IT\nLEGAL: LEGAL\nADMINISTRATION: ADMINISTRATION",
                        enum_type=Department,
                        max_length=30,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="QUEUED: QUEUED\nCLAIMED: CLAIMED\nANSWERED: ANSWERED\nACCEPTED: ACCEPTED\nREFUSED: REFUSED\nWITHDRAWN: WITHDRAWN",
                        enum_type=HandoffStatus,
                        max_length=20,
                    ),
                ),
                ("brief", fields.TextField(unique=False)),
                ("handed_off_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "handed_off_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="handed_off_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="given_handoffs",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "claimed_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="claimed_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="claimed_handoffs",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("claimed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("answer", fields.TextField(null=True, unique=False)),
                ("answered_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("refusal_reason", fields.TextField(null=True, unique=False)),
                ("rejection_reason", fields.TextField(null=True, unique=False)),
                ("withdrawal_reason", fields.TextField(null=True, unique=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "handoffs",
                "app": "models",
                "indexes": [
                    Index(fields=["department", "status", "due_at", "id"]),
                    Index(fields=["department", "due_at", "id"]),
                    Index(fields=["due_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "One piece of a complaint given to one department.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Event",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("position", fields.BigIntField(null=True, unique=True)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="COMPLAINT_RECEIVED: COMPLAINT_RECEIVED\nCOMPLAINT_ANSWERED: COMPLAINT_ANSWERED\nCOMPLAINT_CLOSED: COMPLAINT_CLOSED\nHANDOFF_QUEUED: HANDOFF_QUEUED\nHANDOFF_CLAIMED: HANDOFF_CLAIMED\nHANDOFF_RELEASED: HANDOFF_RELEASED\nHANDOFF_ANSWERED: HANDOFF_ANSWERED\nHANDOFF_REFUSED: HANDOFF_REFUSED\nHANDOFF_WITHDRAWN: HANDOFF_WITHDRAWN\nANSWER_ACCEPTED: ANSWER_ACCEPTED\nANSWER_REJECTED: ANSWER_REJECTED\nACCOUNT_ADDED: ACCOUNT_ADDED\nACCOUNT_CHANGED: ACCOUNT_CHANGED\nSESSION_ENDED: SESSION_ENDED",
                        enum_type=EventKind,
                        max_length=30,
                    ),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "actor",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="actor_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="acted_events",
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
                        related_name="events",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "handoff",
                    fields.ForeignKeyField(
                        "models.Handoff",
                        source_field="handoff_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="events",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "department",
                    fields.CharEnumField(
                        null=True,
                        description="CUSTOMER_SERVICE: CUSTOMER_SERVICE\nSALES: SALES\nMARKETING: MARKETING\nPRODUCT_DEVELOPMENT: PRODUCT_DEVELOPMENT\nPRODUCTION: PRODUCTION\nLOGISTICS: LOGISTICS\nFINANCE: FINANCE\nHUMAN_RESOURCES: HUMAN_RESOURCES\nIT: IT\nLEGAL: LEGAL\nADMINISTRATION: ADMINISTRATION",
                        enum_type=Department,
                        max_length=30,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="account_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="events",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "events",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Something happened to one record. `position` is null until the relay has numbered the row.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OrderLine",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
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
                        related_name="order_lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("quantity", fields.IntField()),
                ("unit_price_minor", fields.BigIntField()),
                ("discount_basis_points", fields.IntField(default=0)),
                ("currency", CurrencyCodeField()),
                ("total_minor", fields.BigIntField()),
            ],
            options={
                "table": "order_lines",
                "app": "models",
                "unique_together": (("order_id", "position"),),
                "pk_attr": "id",
                "table_description": "One product on an order. `discount_basis_points` is hundredths of a percent off `unit_price_minor` x `quantity`.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="RefreshToken",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="account_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="refresh_tokens",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("family", fields.UUIDField(db_index=True)),
                ("token_hash", fields.CharField(unique=True, max_length=64)),
                ("issued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "refresh_tokens",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One refresh token, stored as its SHA-256. Tokens that follow one another share a `family`, which is the session.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="SignInAttempt",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("subject_hash", fields.CharField(max_length=64)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sign_in_attempts",
                "app": "models",
                "indexes": [Index(fields=["subject_hash", "at"])],
                "pk_attr": "id",
                "table_description": "One try to sign in, kept for a while to slow down guessing. Subjects are hashed: what was typed may be a password.",
            },
            bases=["Record"],
        ),
    ]
