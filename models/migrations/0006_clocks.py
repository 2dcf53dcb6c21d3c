"""How long things may take: regimes, policies, calendars, and the clocks that count under them."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.kit.base import new_id, now
from models.both_offices.clocks.policies import AtReopening, ClockKind, CountsFrom
from models.both_offices.clocks.reckoning import ClockState
from models.both_offices.clocks.running import ClockReason
from models.front_office.service.complaints import Category, Severity
from models.permissions import Department
from models.both_offices.clocks.working_time import Counting
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

from models.kit.migrating_constraints import at_least, by_code_point, constrain, given, one_of, only_append, when

DEPARTMENTS = (
    "CUSTOMER_SERVICE SALES MARKETING PRODUCT_DEVELOPMENT PRODUCTION LOGISTICS FINANCE HUMAN_RESOURCES IT LEGAL"
    " ADMINISTRATION"
)
CATEGORIES = "PRODUCT_QUALITY DELIVERY BILLING STAFF_CONDUCT DATA_PRIVACY CONTRACT WEBSITE OTHER"
CLOCK_KINDS = "ACKNOWLEDGE_COMPLAINT ANSWER_COMPLAINT CLAIM_HANDOFF ANSWER_HANDOFF"
REASONS = (
    "STARTED TAKEN_OVER ACKNOWLEDGED CUSTOMER_ASKED CUSTOMER_REPLIED INFORMATION_REQUESTED INFORMATION_PROVIDED CLAIMED"
    " RELEASED LEASE_ENDED ANSWERED ANSWER_REJECTED ACCEPTED REFUSED WITHDRAWN CLOSED CHALLENGED REOPENED"
    " SEVERITY_CHANGED TRANSFERRED CALENDAR_CHANGED CORRECTED"
)

CONSTRAINTS: dict[str, dict[str, str]] = {
    "regimes": {"days": at_least(0, "reopen_within_days", "rating_window_days"), "version": at_least(1, "version")},
    "business_calendars": {"version": at_least(1, "version")},
    "calendar_openings": {
        "counting": one_of("counting", "WORKING_HOURS WORKING_DAYS"),
        "span": "{row}closes_at > {row}opens_at",
        "sums": f"{at_least(1, 'length_ms')} AND {at_least(0, 'before_ms')}",
    },
    "clock_policies": {
        "kind": one_of("kind", CLOCK_KINDS),
        "stage": "{row}stage IS NULL OR {row}stage BETWEEN 1 AND 3",
        "department": one_of("department", DEPARTMENTS),
        "category": one_of("category", CATEGORIES),
        "severity": one_of("severity", "LOW MEDIUM HIGH CRITICAL"),
        "counting": one_of("counting", "WORKING_HOURS WORKING_DAYS PLAIN"),
        "calendar": f"({one_of('counting', 'PLAIN')}) = ({{row}}calendar_id IS NULL)",
        "minutes": at_least(1, "budget_minutes", "lease_minutes"),
        "at_reopening": one_of("at_reopening", "RESTART CONTINUE"),
        "counts_from": one_of("counts_from", "START ACKNOWLEDGEMENT"),
    },
    "clocks": {
        "kind": one_of("kind", CLOCK_KINDS),
        "owner": (
            f"({when('kind', 'ACKNOWLEDGE_COMPLAINT ANSWER_COMPLAINT', given('complaint_id'))})"
            f" AND ({when('kind', 'CLAIM_HANDOFF ANSWER_HANDOFF', given('handoff_id'))})"
            f" AND ({given('handoff_id')}) = ({{row}}complaint_id IS NULL)"
            f" AND ({given('handoff_id')}) = ({given('department')})"
        ),
        "department": one_of("department", DEPARTMENTS),
        "state": one_of("state", "RUNNING PAUSED STOPPED"),
        "stopped": f"({one_of('state', 'STOPPED')}) = ({given('stopped_at')})",
        "remaining": at_least(0, "remaining_ms"),
        "noticed": f"({given('warn_at')} OR {{row}}warned_at IS NULL) AND ({given('due_at')} OR {{row}}breached_at IS NULL)",
    },
    "clock_segments": {
        "number": at_least(1, "number"),
        "first": "{row}number > 1 OR {row}restarts",
        "state": one_of("state", "RUNNING PAUSED STOPPED"),
        "reason": one_of("reason", REASONS),
        "department": one_of("department", DEPARTMENTS),
    },
}


async def add_constraints(_apps: Any, editor: Any) -> None:
    """Adds what the rows must obey: one active regime, one policy for each case, segments that are only added to."""
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)
    await only_append(editor, "clock_segments")
    await by_code_point(editor, "regimes", "code", "name")
    await by_code_point(editor, "business_calendars", "name")
    await by_code_point(editor, "clocks", "kind")
    await editor.client.execute_query("CREATE UNIQUE INDEX regimes_one_active ON regimes (active) WHERE active")
    selectors = ("stage, 0", "department, ''", "category, ''", "severity, ''")
    case = ", ".join(f"coalesce({selector})" for selector in selectors)
    await editor.client.execute_query(
        f"CREATE UNIQUE INDEX clock_policies_one_in_force ON clock_policies (regime_id, kind, {case})"
        " WHERE retired_at IS NULL"
    )


class Migration(migrations.Migration):
    dependencies = [("models", "0005_core")]

    initial = False

    operations = [
        ops.CreateModel(
            name="BusinessCalendar",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("name", fields.CharField(max_length=200)),
                ("time_zone", fields.CharField(max_length=60)),
                ("hours", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("country", fields.CharField(null=True, max_length=2)),
                ("subdivision", fields.CharField(null=True, max_length=10)),
                ("closed_dates", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("version", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ("filled_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "replaced_by",
                    fields.ForeignKeyField(
                        "models.BusinessCalendar",
                        source_field="replaced_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="replaced",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "business_calendars",
                "app": "models",
                "pk_attr": "id",
                "table_description": "When the business is open. `hours` is JSON: for each weekday from Monday a list of [opens, closes] in local minutes.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="CalendarOpening",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "calendar",
                    fields.ForeignKeyField(
                        "models.BusinessCalendar",
                        source_field="calendar_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="openings",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "counting",
                    fields.CharEnumField(
                        description="WORKING_HOURS: WORKING_HOURS\nWORKING_DAYS: WORKING_DAYS\nPLAIN: PLAIN",
                        enum_type=Counting,
                        max_length=20,
                    ),
                ),
                ("opens_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("closes_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("length_ms", fields.BigIntField()),
                ("before_ms", fields.BigIntField()),
            ],
            options={
                "table": "calendar_openings",
                "app": "models",
                "unique_together": (("calendar_id", "counting", "opens_at"),),
                "pk_attr": "id",
                "table_description": "A span of a calendar that counts, with the sum of all before it: what is left of a clock is one subtraction in SQL.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Regime",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("code", fields.CharField(unique=True, max_length=60)),
                ("name", fields.CharField(max_length=200)),
                ("source", fields.TextField(unique=False)),
                ("active", fields.BooleanField(default=False)),
                ("reopen_within_days", fields.IntField()),
                ("rating_window_days", fields.IntField()),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "regimes",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A set of rules that the company works by: its own or a regulator's. Exactly one is active.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ClockPolicy",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "regime",
                    fields.ForeignKeyField(
                        "models.Regime",
                        source_field="regime_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="policies",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="ACKNOWLEDGE_COMPLAINT: ACKNOWLEDGE_COMPLAINT\nANSWER_COMPLAINT: ANSWER_COMPLAINT\nCLAIM_HANDOFF: CLAIM_HANDOFF\nANSWER_HANDOFF: ANSWER_HANDOFF",
                        enum_type=ClockKind,
                        max_length=30,
                    ),
                ),
                ("stage", fields.IntField(null=True)),
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
                    "category",
                    fields.CharEnumField(
                        null=True,
                        description="PRODUCT_QUALITY: PRODUCT_QUALITY\nDELIVERY: DELIVERY\nBILLING: BILLING\nSTAFF_CONDUCT: STAFF_CONDUCT\nDATA_PRIVACY: DATA_PRIVACY\nCONTRACT: CONTRACT\nWEBSITE: WEBSITE\nOTHER: OTHER",
                        enum_type=Category,
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
                ("budget_minutes", fields.IntField()),
                (
                    "counting",
                    fields.CharEnumField(
                        description="WORKING_HOURS: WORKING_HOURS\nWORKING_DAYS: WORKING_DAYS\nPLAIN: PLAIN",
                        enum_type=Counting,
                        max_length=20,
                    ),
                ),
                (
                    "calendar",
                    fields.ForeignKeyField(
                        "models.BusinessCalendar",
                        source_field="calendar_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="policies",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "at_reopening",
                    fields.CharEnumField(
                        description="RESTART: RESTART\nCONTINUE: CONTINUE", enum_type=AtReopening, max_length=20
                    ),
                ),
                (
                    "counts_from",
                    fields.CharEnumField(
                        description="START: START\nACKNOWLEDGEMENT: ACKNOWLEDGEMENT",
                        enum_type=CountsFrom,
                        max_length=20,
                    ),
                ),
                ("lease_minutes", fields.IntField(null=True)),
                ("created_at", fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ("retired_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "replaced_by",
                    fields.ForeignKeyField(
                        "models.ClockPolicy",
                        source_field="replaced_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="replaced",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "clock_policies",
                "app": "models",
                "pk_attr": "id",
                "table_description": "How long something may take. What is null in its selectors means any.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Clock",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="ACKNOWLEDGE_COMPLAINT: ACKNOWLEDGE_COMPLAINT\nANSWER_COMPLAINT: ANSWER_COMPLAINT\nCLAIM_HANDOFF: CLAIM_HANDOFF\nANSWER_HANDOFF: ANSWER_HANDOFF",
                        enum_type=ClockKind,
                        max_length=30,
                    ),
                ),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="clocks",
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
                        related_name="clocks",
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
                    "policy",
                    fields.ForeignKeyField(
                        "models.ClockPolicy",
                        source_field="policy_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="clocks",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        description="RUNNING: RUNNING\nPAUSED: PAUSED\nSTOPPED: STOPPED",
                        enum_type=ClockState,
                        max_length=20,
                    ),
                ),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("stopped_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("warn_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("due_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("remaining_ms", fields.BigIntField()),
                ("warned_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("breached_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("next_moment_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "clocks",
                "app": "models",
                "unique_together": (("complaint_id", "kind"), ("handoff_id", "kind")),
                "pk_attr": "id",
                "table_description": "One deadline of a complaint or of a handoff. Exactly one of the two is given, and a kind occurs once on each.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ClockSegment",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "clock",
                    fields.ForeignKeyField(
                        "models.Clock",
                        source_field="clock_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="segments",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "state",
                    fields.CharEnumField(
                        description="RUNNING: RUNNING\nPAUSED: PAUSED\nSTOPPED: STOPPED",
                        enum_type=ClockState,
                        max_length=20,
                    ),
                ),
                (
                    "reason",
                    fields.CharEnumField(
                        description="STARTED: STARTED\nTAKEN_OVER: TAKEN_OVER\nACKNOWLEDGED: ACKNOWLEDGED\nCUSTOMER_ASKED: CUSTOMER_ASKED\nCUSTOMER_REPLIED: CUSTOMER_REPLIED\nINFORMATION_REQUESTED: INFORMATION_REQUESTED\nINFORMATION_PROVIDED: INFORMATION_PROVIDED\nCLAIMED: CLAIMED\nRELEASED: RELEASED\nLEASE_ENDED: LEASE_ENDED\nANSWERED: ANSWERED\nANSWER_REJECTED: ANSWER_REJECTED\nACCEPTED: ACCEPTED\nREFUSED: REFUSED\nWITHDRAWN: WITHDRAWN\nCLOSED: CLOSED\nCHALLENGED: CHALLENGED\nREOPENED: REOPENED\nSEVERITY_CHANGED: SEVERITY_CHANGED\nTRANSFERRED: TRANSFERRED\nCALENDAR_CHANGED: CALENDAR_CHANGED\nCORRECTED: CORRECTED",
                        enum_type=ClockReason,
                        max_length=30,
                    ),
                ),
                ("restarts", fields.BooleanField(default=False)),
                (
                    "policy",
                    fields.ForeignKeyField(
                        "models.ClockPolicy",
                        source_field="policy_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="segments",
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
                    "actor",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="actor_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="clock_segments",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "clock_segments",
                "app": "models",
                "unique_together": (("clock_id", "number"),),
                "pk_attr": "id",
                "table_description": "A clock's state from `at` until the next segment, and why. Never changed, never deleted. `number` counts from 1.",
            },
            bases=["Record"],
        ),
        ops.RunPython(add_constraints),
    ]
