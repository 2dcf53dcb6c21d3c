"""Rules as rows: what they say, all that they have said, and what they did. What was said and done is never rewritten."""

from typing import Any

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.kit.base import new_id
from models.front_office.service.complaints import Severity
from models.kit.migrating_constraints import at_least, by_code_point, constrain, given, one_of, only_append, when
from models.permissions import Department
from models.both_offices.rules import RuleActionKind, RuleField, RuleOperator, RuleSkip

BACK_OFFICE = "PRODUCT_DEVELOPMENT PRODUCTION LOGISTICS FINANCE HUMAN_RESOURCES IT LEGAL ADMINISTRATION"
DEPARTMENTS = f"CUSTOMER_SERVICE SALES MARKETING {BACK_OFFICE}"
SEVERITIES = "LOW MEDIUM HIGH CRITICAL"
ACTIONS = "ROUTE SET_SEVERITY ATTACH_TO_CASE NOTIFY CREATE_TASK"
FIELDS = (
    "CATEGORY SEVERITY CHANNEL PRODUCT PRODUCT_CATEGORY CAUSE STAGE STATUS DEPARTMENT PRODUCT_COMPLAINTS MASKED_TEXT"
)
SKIPS = "ALREADY_ROUTED UNCHANGED NOT_HIGHER WITH_DEPARTMENT WRONG_STATUS NO_PRODUCT NOBODY REFUSED FAILED"

CONSTRAINTS: dict[str, dict[str, str]] = {
    "rules": {"version": at_least(1, "version"), "position": "{row}position BETWEEN 0 AND 1000000"},
    "rule_versions": {"number": at_least(1, "number")},
    "rule_conditions": {
        "position": at_least(0, "position"),
        "looks_at": one_of("looks_at", FIELDS),
        "operator": one_of("operator", "IN NOT_IN AT_LEAST AT_MOST HAS_ANY_WORD"),
        "words": f"({one_of('looks_at', 'MASKED_TEXT')}) = ({one_of('operator', 'HAS_ANY_WORD')})",
        "counts": when("looks_at", "PRODUCT_COMPLAINTS", given("within_days"), one_of("operator", "AT_LEAST AT_MOST")),
        "within_days": at_least(1, "within_days"),
    },
    "rule_actions": {
        "position": at_least(0, "position"),
        "kind": one_of("kind", ACTIONS),
        "department": one_of("department", DEPARTMENTS),
        "severity": one_of("severity", SEVERITIES),
        "routed": f"NOT ({one_of('kind', 'ROUTE')}) OR {{row}}department IS NULL OR ({one_of('department', BACK_OFFICE)})",
        "severity_set": when("kind", "SET_SEVERITY", given("severity")),
        "attached": when("kind", "ATTACH_TO_CASE", given("within_days")),
        "task": when("kind", "CREATE_TASK", given("title")),
        "amounts": at_least(1, "within_days", "due_in_minutes"),
    },
    "rule_applications": {
        "kind": one_of("kind", ACTIONS),
        "skipped": one_of("skipped", SKIPS),
        "department": one_of("department", DEPARTMENTS),
        "severity": f"{one_of('severity', SEVERITIES)} AND {one_of('severity_before', SEVERITIES)}",
        "notified": at_least(1, "notified"),
    },
}


async def add_constraints(_apps: Any, editor: Any) -> None:
    """Adds what the rows must obey."""
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)
    for table in ("rule_versions", "rule_conditions", "rule_actions", "rule_applications"):
        await only_append(editor, table)
    await by_code_point(editor, "rules", "name")


class Migration(migrations.Migration):
    """The tables, and what their rows must obey."""

    dependencies = [("models", "0011_improvements")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Rule",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("name", fields.CharField(max_length=200)),
                ("enabled", fields.BooleanField(default=False)),
                ("position", fields.IntField()),
                ("trigger", fields.CharField(max_length=30)),
                ("current_id", fields.UUIDField(unique=True)),
                ("shipped_as", fields.CharField(null=True, unique=True, max_length=50)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "rules",
                "app": "models",
                "indexes": [Index(fields=["position", "id"])],
                "pk_attr": "id",
                "table_description": "One rule. What it says at present is its version `current_id`. Rules are applied in the order of position, then age.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="RuleVersion",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "rule",
                    fields.ForeignKeyField(
                        "models.Rule",
                        source_field="rule_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="versions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                ("name", fields.CharField(max_length=200)),
                ("trigger", fields.CharField(max_length=30)),
                ("saved_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "saved_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="saved_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="saved_rules",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "rule_versions",
                "app": "models",
                "unique_together": (("rule", "number"),),
                "pk_attr": "id",
                "table_description": "What a rule said from one saving to the next. Append-only.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="RuleAction",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "rule_version",
                    fields.ForeignKeyField(
                        "models.RuleVersion",
                        source_field="rule_version_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="actions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                (
                    "kind",
                    fields.CharEnumField(
                        description="ROUTE: ROUTE\nSET_SEVERITY: SET_SEVERITY\nATTACH_TO_CASE: ATTACH_TO_CASE\nNOTIFY: NOTIFY\nCREATE_TASK: CREATE_TASK",
                        enum_type=RuleActionKind,
                        max_length=20,
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
                ("hand_off", fields.BooleanField(default=False)),
                (
                    "severity",
                    fields.CharEnumField(
                        null=True,
                        description="LOW: LOW\nMEDIUM: MEDIUM\nHIGH: HIGH\nCRITICAL: CRITICAL",
                        enum_type=Severity,
                        max_length=20,
                    ),
                ),
                ("only_raise", fields.BooleanField(default=True)),
                ("within_days", fields.IntField(null=True)),
                ("roles", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("departments", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("managers", fields.BooleanField(default=False)),
                ("title", fields.CharField(null=True, max_length=200)),
                ("due_in_minutes", fields.IntField(null=True)),
            ],
            options={
                "table": "rule_actions",
                "app": "models",
                "unique_together": (("rule_version", "position"),),
                "pk_attr": "id",
                "table_description": "One thing that a version does. Append-only. Which columns are used is up to the kind.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="RuleApplication",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "rule",
                    fields.ForeignKeyField(
                        "models.Rule",
                        source_field="rule_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="applications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "rule_version",
                    fields.ForeignKeyField(
                        "models.RuleVersion",
                        source_field="rule_version_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="applications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "action",
                    fields.ForeignKeyField(
                        "models.RuleAction",
                        source_field="action_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="applications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("event_number", fields.BigIntField()),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="rule_applications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "handoff",
                    fields.ForeignKeyField(
                        "models.Handoff",
                        source_field="handoff_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="rule_applications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="ROUTE: ROUTE\nSET_SEVERITY: SET_SEVERITY\nATTACH_TO_CASE: ATTACH_TO_CASE\nNOTIFY: NOTIFY\nCREATE_TASK: CREATE_TASK",
                        enum_type=RuleActionKind,
                        max_length=20,
                    ),
                ),
                (
                    "skipped",
                    fields.CharEnumField(
                        null=True,
                        description="ALREADY_ROUTED: ALREADY_ROUTED\nUNCHANGED: UNCHANGED\nNOT_HIGHER: NOT_HIGHER\nWITH_DEPARTMENT: WITH_DEPARTMENT\nWRONG_STATUS: WRONG_STATUS\nNO_PRODUCT: NO_PRODUCT\nNOBODY: NOBODY\nREFUSED: REFUSED\nFAILED: FAILED",
                        enum_type=RuleSkip,
                        max_length=20,
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
                    "severity_before",
                    fields.CharEnumField(
                        null=True,
                        description="LOW: LOW\nMEDIUM: MEDIUM\nHIGH: HIGH\nCRITICAL: CRITICAL",
                        enum_type=Severity,
                        max_length=20,
                    ),
                ),
                (
                    "severity",
                    fields.CharEnumField(
                        null=True,
                        description="LOW: LOW\nMEDIUM: MEDIUM\nHIGH: HIGH\nCRITICAL: CRITICAL",
                        enum_type=Severity,
                        max_length=20,
                    ),
                ),
                ("notified", fields.IntField(null=True)),
            ],
            options={
                "table": "rule_applications",
                "app": "models",
                "unique_together": (("event_number", "action"),),
                "indexes": [Index(fields=["rule_id", "at", "id"]), Index(fields=["complaint_id", "at", "id"])],
                "pk_attr": "id",
                "table_description": "What one action of a rule did to one complaint on one event, or why it did not. Append-only.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="RuleCondition",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "rule_version",
                    fields.ForeignKeyField(
                        "models.RuleVersion",
                        source_field="rule_version_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="conditions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                (
                    "looks_at",
                    fields.CharEnumField(
                        description="CATEGORY: CATEGORY\nSEVERITY: SEVERITY\nCHANNEL: CHANNEL\nPRODUCT: PRODUCT\nPRODUCT_CATEGORY: PRODUCT_CATEGORY\nCAUSE: CAUSE\nSTAGE: STAGE\nSTATUS: STATUS\nDEPARTMENT: DEPARTMENT\nPRODUCT_COMPLAINTS: PRODUCT_COMPLAINTS\nMASKED_TEXT: MASKED_TEXT",
                        enum_type=RuleField,
                        max_length=20,
                    ),
                ),
                (
                    "operator",
                    fields.CharEnumField(
                        description="IN: IN\nNOT_IN: NOT_IN\nAT_LEAST: AT_LEAST\nAT_MOST: AT_MOST\nHAS_ANY_WORD: HAS_ANY_WORD",
                        enum_type=RuleOperator,
                        max_length=20,
                    ),
                ),
                ("compared_with", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("within_days", fields.IntField(null=True)),
            ],
            options={
                "table": "rule_conditions",
                "app": "models",
                "unique_together": (("rule_version", "position"),),
                "pk_attr": "id",
                "table_description": "One thing that must hold for a version's actions. Append-only. `compared_with` holds texts, as they were saved.",
            },
            bases=["Record"],
        ),
        ops.RunPython(add_constraints),
    ]
