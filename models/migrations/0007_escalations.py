"""Escalations and who manages departments, absences, tasks, and leases on claims, with what their rows must obey."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.kit.base import new_id
from models.both_offices.escalations import EscalationLevel, EscalationSource, EscalationTrend
from models.permissions import Department, Role
from models.both_offices.tasks import TaskSource
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index
from typing import Any
from models.kit.migrating_constraints import at_least, by_code_point, constrain, given, one_of, when

DEPARTMENTS = (
    "CUSTOMER_SERVICE SALES MARKETING PRODUCT_DEVELOPMENT PRODUCTION LOGISTICS FINANCE HUMAN_RESOURCES IT LEGAL"
    " ADMINISTRATION"
)


def together(*columns: str) -> str:
    """The columns all hold something, or none does."""
    first, *others = columns
    return " AND ".join(f"({{row}}{first} IS NULL) = ({{row}}{other} IS NULL)" for other in others)


CONSTRAINTS: dict[str, dict[str, str]] = {
    "department_managers": {"department": one_of("department", DEPARTMENTS), "version": at_least(0, "version")},
    "escalations": {
        "source": one_of("source", "CUSTOMER STAFF CLOCK RULE"),
        "level": one_of("level", "DEPARTMENT_MANAGER OFFICE_MANAGER"),
        "trend": one_of("trend", "RISING STEADY FALLING"),
        "version": at_least(1, "version"),
        "asked": when("source", "CUSTOMER STAFF", given("requested_by_id")),
        "closed": together("closed_at", "closed_by_id", "closed_role", "resolution"),
        "closed_by": "{row}closed_by_id IS NULL OR {row}requested_by_id IS NULL OR {row}closed_by_id <> {row}requested_by_id",
        # The role does not occur among those of whoever asked, said so that both engines understand it.
        "closed_role": "{row}closed_role IS NULL OR CAST({row}requested_roles AS text)"
        " = replace(CAST({row}requested_roles AS text), '\"' || {row}closed_role || '\"', '')",
    },
    "absences": {
        "times": "{row}until_at IS NULL OR {row}until_at > {row}from_at",
        "stand_in": "{row}stand_in_id IS NULL OR {row}stand_in_id <> {row}account_id",
        "version": at_least(1, "version"),
    },
    "tasks": {
        "source": one_of("source", "STAFF RULE"),
        "department": one_of("department", DEPARTMENTS),
        "whose": "({row}assignee_id IS NULL) <> ({row}department IS NULL)",
        "given": when("source", "STAFF", given("created_by_id")),
        "done": together("done_at", "done_by_id"),
        "version": at_least(1, "version"),
    },
}

# One open escalation per subject, level and sort, whoever opens it and however many at once.
INDEXES = (
    "CREATE UNIQUE INDEX escalations_open_of_handoff ON escalations (handoff_id, level, (source = 'CLOCK'))"
    " WHERE closed_at IS NULL AND handoff_id IS NOT NULL",
    "CREATE UNIQUE INDEX escalations_open_of_complaint ON escalations (complaint_id, level, (source = 'CLOCK'))"
    " WHERE closed_at IS NULL AND handoff_id IS NULL",
)

# The times of one account do not overlap. One that ended before it began takes no time.
OVERLAPS = """
    EXISTS (
        SELECT 1 FROM absences other WHERE other.account_id = NEW.account_id AND other.id <> NEW.id
        AND (other.ended_at IS NULL OR other.ended_at > other.from_at) AND (NEW.ended_at IS NULL OR NEW.ended_at > NEW.from_at)
        AND (other.until_at IS NULL OR other.until_at > NEW.from_at) AND (other.ended_at IS NULL OR other.ended_at > NEW.from_at)
        AND (NEW.until_at IS NULL OR NEW.until_at > other.from_at) AND (NEW.ended_at IS NULL OR NEW.ended_at > other.from_at)
    )
"""


async def add_constraints(_apps: Any, editor: Any) -> None:
    """Adds what the rows must obey, and the indexes that only plain SQL can say."""
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)
    await by_code_point(editor, "escalations", "number", "source", "level", "trend")
    await by_code_point(editor, "department_managers", "department")
    for statement in INDEXES:
        await editor.client.execute_query(statement)
    message = "absences of one account overlap"
    if editor.DIALECT == "sqlite":
        for moment in ("INSERT", "UPDATE"):
            await editor.client.execute_query(
                f"CREATE TRIGGER absences_apart_{moment.lower()} BEFORE {moment} ON absences WHEN {OVERLAPS}"
                f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    await editor.client.execute_query(
        "CREATE FUNCTION keep_absences_apart() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF {OVERLAPS} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'exclusion_violation'; END IF;"
        " RETURN NEW; END $$"
    )
    await editor.client.execute_query(
        "CREATE TRIGGER absences_apart BEFORE INSERT OR UPDATE ON absences FOR EACH ROW"
        " EXECUTE FUNCTION keep_absences_apart()"
    )


class Migration(migrations.Migration):
    dependencies = [("models", "0006_clocks")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Absence",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="absences",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("from_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("until_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "stand_in",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="stand_in_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="stood_in_absences",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("set_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "set_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="set_by_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "absences",
                "app": "models",
                "indexes": [Index(fields=["account_id", "from_at", "id"]), Index(fields=["from_at", "id"])],
                "pk_attr": "id",
                "table_description": "One time during which somebody is away, from `from_at` until `until_at`, or until further notice.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="DepartmentManager",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "department",
                    fields.CharEnumField(
                        unique=True,
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
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="managed_departments",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("set_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "set_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="set_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "department_managers",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Who manages one department. With no account, the managers of its office do.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Escalation",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="escalations",
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
                        related_name="escalations",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "source",
                    fields.CharEnumField(
                        description="CUSTOMER: CUSTOMER\nSTAFF: STAFF\nCLOCK: CLOCK\nRULE: RULE",
                        enum_type=EscalationSource,
                        max_length=20,
                    ),
                ),
                (
                    "level",
                    fields.CharEnumField(
                        description="DEPARTMENT_MANAGER: DEPARTMENT_MANAGER\nOFFICE_MANAGER: OFFICE_MANAGER",
                        enum_type=EscalationLevel,
                        max_length=20,
                    ),
                ),
                (
                    "trend",
                    fields.CharEnumField(
                        description="RISING: RISING\nSTEADY: STEADY\nFALLING: FALLING",
                        enum_type=EscalationTrend,
                        max_length=20,
                    ),
                ),
                ("reason", fields.TextField(unique=False)),
                (
                    "assignee",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="assignee_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="assigned_escalations",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "requested_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="requested_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="requested_escalations",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("requested_roles", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("opened_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "closed_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="closed_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="closed_escalations",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "closed_role",
                    fields.CharEnumField(
                        null=True,
                        description="SERVICE_AGENT: SERVICE_AGENT\nSALES_REPRESENTATIVE: SALES_REPRESENTATIVE\nMARKETER: MARKETER\nFRONT_OFFICE_MANAGER: FRONT_OFFICE_MANAGER\nPRODUCT_DEVELOPER: PRODUCT_DEVELOPER\nPRODUCTION_PLANNER: PRODUCTION_PLANNER\nLOGISTICS_CLERK: LOGISTICS_CLERK\nACCOUNTANT: ACCOUNTANT\nHR_OFFICER: HR_OFFICER\nIT_TECHNICIAN: IT_TECHNICIAN\nLEGAL_OFFICER: LEGAL_OFFICER\nOFFICE_ADMINISTRATOR: OFFICE_ADMINISTRATOR\nBACK_OFFICE_MANAGER: BACK_OFFICE_MANAGER\nADMINISTRATOR: ADMINISTRATOR",
                        enum_type=Role,
                        max_length=30,
                    ),
                ),
                ("resolution", fields.TextField(null=True, unique=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "escalations",
                "app": "models",
                "indexes": [
                    Index(fields=["opened_at", "id"]),
                    Index(fields=["complaint_id", "opened_at", "id"]),
                    Index(fields=["handoff_id", "opened_at", "id"]),
                    Index(fields=["assignee_id", "closed_at"]),
                ],
                "pk_attr": "id",
                "table_description": "One complaint, or one handoff of it, taken to a manager. It is open until `closed_at`.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Task",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("title", fields.CharField(max_length=200)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="tasks",
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
                        related_name="tasks",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "assignee",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="assignee_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="assigned_tasks",
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
                ("due_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "source",
                    fields.CharEnumField(description="STAFF: STAFF\nRULE: RULE", enum_type=TaskSource, max_length=20),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "created_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="created_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="created_tasks",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("done_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "done_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="done_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="done_tasks",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "tasks",
                "app": "models",
                "indexes": [
                    Index(fields=["created_at", "id"]),
                    Index(fields=["assignee_id", "done_at"]),
                    Index(fields=["department", "done_at"]),
                    Index(fields=["created_by_id"]),
                ],
                "pk_attr": "id",
                "table_description": "Something to be done, for one account or for one department, and open until `done_at`.",
            },
            bases=["Record"],
        ),
        ops.AddField(
            model_name="Handoff",
            name="lease_until",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name="Handoff",
            index=Index(fields=["claimed_by_id", "status", "due_at", "id"]),
        ),
        ops.AddIndex(
            model_name="Handoff",
            index=Index(fields=["lease_until"]),
        ),
        ops.RunPython(add_constraints),
    ]
