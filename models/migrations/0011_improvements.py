"""Improvements with the complaints they came out of, and decisions about products: what their rows must obey."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.back_office.products.improvements import ImprovementKind, ImprovementStatus
from models.back_office.products.decisions import Decision
from models.kit.base import new_id
from models.front_office.service.complaints import Category, CauseCode
from models.permissions import Department
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


from models.kit.migrating_constraints import at_least, by_code_point, constrain, given, one_of, only_append, when

CAUSES = "MATERIAL METHOD MACHINE TRAINING SUPPLIER DESIGN INFORMATION POLICY OTHER"
CATEGORIES = "PRODUCT_QUALITY DELIVERY BILLING STAFF_CONDUCT DATA_PRIVACY CONTRACT WEBSITE OTHER"
BACK_OFFICE = "PRODUCT_DEVELOPMENT PRODUCTION LOGISTICS FINANCE HUMAN_RESOURCES IT LEGAL ADMINISTRATION"
MEASURED = "complaints_before orders_before complaints_after orders_after".split()

# Both sides times 1,000 orders and 100 hundredths: the criterion is in hundredths of a complaint per 1,000 orders.
MEETS_CRITERION = "{row}complaints_after * 100000 <= {row}max_recurrence * {row}orders_after"

CONSTRAINTS: dict[str, dict[str, str]] = {
    "improvements": {
        "kind": one_of("kind", "CORRECTION PREVENTION IMPROVEMENT"),
        "status": one_of("status", "PROPOSED PLANNED IN_PROGRESS MONITORING EFFECTIVE NOT_EFFECTIVE REJECTED"),
        "cause": one_of("cause", CAUSES),
        "category": one_of("category", CATEGORIES),
        "department": one_of("department", BACK_OFFICE),
        "version": at_least(1, "version"),
        "counts": at_least(0, "max_recurrence", *MEASURED),
        "window_days": "{row}window_days BETWEEN 1 AND 731",
        "predecessor": "{row}predecessor_id IS NULL OR {row}predecessor_id <> {row}id",
        "planned": when(
            "status",
            "PLANNED IN_PROGRESS MONITORING EFFECTIVE NOT_EFFECTIVE",
            *map(given, ("plan", "criterion", "max_recurrence", "planned_at")),
        ),
        "started": when("status", "IN_PROGRESS MONITORING EFFECTIVE NOT_EFFECTIVE", given("started_at")),
        "monitored": when(
            "status",
            "MONITORING EFFECTIVE NOT_EFFECTIVE",
            given("monitoring_from"),
            given("monitored_until"),
            "{row}monitoring_from < {row}monitored_until",
        ),
        "judged": when(
            "status",
            "EFFECTIVE NOT_EFFECTIVE",
            *map(given, ("judged_at", "judged_by_id", *MEASURED)),
            "{row}orders_after > 0",
            "{row}judged_at >= {row}monitored_until",
        ),
        "effective": when("status", "EFFECTIVE", MEETS_CRITERION),
        "not_effective": when("status", "NOT_EFFECTIVE", f"NOT ({MEETS_CRITERION})"),
        "rejected": when("status", "REJECTED", given("rejection_reason"), given("rejected_at")),
    },
    "product_decisions": {
        "decision": one_of("decision", "KEEP IMPROVE WITHDRAW"),
        "figures": at_least(
            0, "complaints", "open_complaints", "high_complaints", "critical_complaints", "orders", "units_sold"
        ),
        "average_rating": "{row}average_rating IS NULL OR {row}average_rating BETWEEN 100 AND 500",
    },
}


async def add_constraints(_apps: Any, editor: Any) -> None:
    """Adds what the rows must obey, and what lists are sorted by."""
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)
    for table in ("improvement_complaints", "product_decisions"):
        await only_append(editor, table)
    await editor.client.execute_query(
        "CREATE UNIQUE INDEX improvements_one_successor ON improvements (predecessor_id) WHERE status <> 'REJECTED'"
    )
    await by_code_point(editor, "improvements", "number", "title", "kind", "status", "cause", "category", "department")
    await by_code_point(editor, "product_decisions", "decision")
    await by_code_point(editor, "complaints", "cause")


class Migration(migrations.Migration):
    dependencies = [("models", "0010_answers")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Improvement",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                ("title", fields.CharField(max_length=200)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="CORRECTION: CORRECTION\nPREVENTION: PREVENTION\nIMPROVEMENT: IMPROVEMENT",
                        enum_type=ImprovementKind,
                        max_length=20,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="PROPOSED: PROPOSED\nPLANNED: PLANNED\nIN_PROGRESS: IN_PROGRESS\nMONITORING: MONITORING\nEFFECTIVE: EFFECTIVE\nNOT_EFFECTIVE: NOT_EFFECTIVE\nREJECTED: REJECTED",
                        enum_type=ImprovementStatus,
                        max_length=20,
                    ),
                ),
                (
                    "cause",
                    fields.CharEnumField(
                        description="MATERIAL: MATERIAL\nMETHOD: METHOD\nMACHINE: MACHINE\nTRAINING: TRAINING\nSUPPLIER: SUPPLIER\nDESIGN: DESIGN\nINFORMATION: INFORMATION\nPOLICY: POLICY\nOTHER: OTHER",
                        enum_type=CauseCode,
                        max_length=20,
                    ),
                ),
                (
                    "category",
                    fields.CharEnumField(
                        null=True,
                        description="PRODUCT_QUALITY: PRODUCT_QUALITY\nDELIVERY: DELIVERY\nBILLING: BILLING\nSTAFF_CONDUCT: STAFF_CONDUCT\nDATA_PRIVACY: DATA_PRIVACY\nCONTRACT: CONTRACT\nWEBSITE: WEBSITE\nOTHER: OTHER",
                        enum_type=Category,
                        max_length=20,
                    ),
                ),
                (
                    "product",
                    fields.ForeignKeyField(
                        "models.Product",
                        source_field="product_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="improvements",
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
                    "owner",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="owner_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="owned_improvements",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "predecessor",
                    fields.ForeignKeyField(
                        "models.Improvement",
                        source_field="predecessor_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="successors",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("plan", fields.TextField(null=True, unique=False)),
                ("criterion", fields.TextField(null=True, unique=False)),
                ("max_recurrence", fields.BigIntField(null=True)),
                ("window_days", fields.IntField(default=90)),
                ("proposed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "proposed_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="proposed_by_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="proposed_improvements",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("planned_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("started_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("monitoring_from", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("monitored_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("judged_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "judged_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="judged_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="judged_improvements",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("complaints_before", fields.BigIntField(null=True)),
                ("orders_before", fields.BigIntField(null=True)),
                ("complaints_after", fields.BigIntField(null=True)),
                ("orders_after", fields.BigIntField(null=True)),
                ("rejection_reason", fields.TextField(null=True, unique=False)),
                ("rejected_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("due_notified_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "improvements",
                "app": "models",
                "indexes": [
                    Index(fields=["proposed_at", "id"]),
                    Index(fields=["status", "monitored_until"]),
                    Index(fields=["owner_id", "status"]),
                    Index(fields=["product_id", "proposed_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "One corrective or preventive action.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ImprovementComplaint",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "improvement",
                    fields.ForeignKeyField(
                        "models.Improvement",
                        source_field="improvement_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="sources",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="improvement_links",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("added_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "added_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="added_by_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "improvement_complaints",
                "app": "models",
                "unique_together": (("improvement_id", "complaint_id"),),
                "indexes": [Index(fields=["complaint_id", "improvement_id"])],
                "pk_attr": "id",
                "table_description": "A complaint that an improvement came out of.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ProductDecision",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "product",
                    fields.ForeignKeyField(
                        "models.Product",
                        source_field="product_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="decisions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "decision",
                    fields.CharEnumField(
                        description="KEEP: KEEP\nIMPROVE: IMPROVE\nWITHDRAW: WITHDRAW",
                        enum_type=Decision,
                        max_length=20,
                    ),
                ),
                ("reasons", fields.TextField(unique=False)),
                (
                    "improvement",
                    fields.ForeignKeyField(
                        "models.Improvement",
                        source_field="improvement_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="decisions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("decided_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "decided_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="decided_by_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="product_decisions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("complaints", fields.BigIntField()),
                ("open_complaints", fields.BigIntField()),
                ("high_complaints", fields.BigIntField()),
                ("critical_complaints", fields.BigIntField()),
                ("orders", fields.BigIntField()),
                ("units_sold", fields.BigIntField()),
                ("average_rating", fields.BigIntField(null=True)),
            ],
            options={
                "table": "product_decisions",
                "app": "models",
                "indexes": [Index(fields=["product_id", "decided_at", "id"])],
                "pk_attr": "id",
                "table_description": "One decision. The figures count everything up to that moment, in all of the company.",
            },
            bases=["Record"],
        ),
        ops.AddIndex(
            model_name="Complaint",
            index=Index(fields=["cause", "received_at"]),
        ),
        ops.RunPython(add_constraints),
    ]
