"""Answers with redress and approval, stages and who worked on them, links, major cases, ratings.

What was answered before gets its answer row, and who worked on a complaint before has worked on its first stage.
"""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.kit.base import new_id
from models.front_office.service.answers import AnswerStatus, Redress
from models.front_office.service.cases import CaseStatus
from models.front_office.service.complaints import Category, Outcome
from models.front_office.service.links import LinkKind
from models.front_office.service.stages import ReopeningKind
from models.kit.money import CurrencyCodeField
from models.permissions import Role
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

from models.kit.migrating_constraints import at_least, by_code_point, constrain, given, one_of, only_append, when

ANSWER_OUTCOMES = "UPHELD PARTLY_UPHELD NOT_UPHELD"
REDRESS = "NONE APOLOGY REFUND REPLACEMENT CREDIT GOODWILL"
WITH_AMOUNT = "REFUND CREDIT GOODWILL"
WITHOUT_AMOUNT = "NONE APOLOGY REPLACEMENT"
CATEGORIES = "PRODUCT_QUALITY DELIVERY BILLING STAFF_CONDUCT DATA_PRIVACY CONTRACT WEBSITE OTHER"
ROLES = (
    "SERVICE_AGENT SALES_REPRESENTATIVE MARKETER FRONT_OFFICE_MANAGER PRODUCT_DEVELOPER PRODUCTION_PLANNER"
    " LOGISTICS_CLERK ACCOUNTANT HR_OFFICER IT_TECHNICIAN LEGAL_OFFICER OFFICE_ADMINISTRATOR BACK_OFFICE_MANAGER"
    " ADMINISTRATOR"
)
CAPITALS = " AND ".join(f"substr({{row}}currency, {place}, 1) BETWEEN 'A' AND 'Z'" for place in (1, 2, 3))
CURRENCY_CODE = f"{{row}}currency IS NULL OR (length({{row}}currency) = 3 AND {CAPITALS})"
PRICED = f"{given('amount_minor')} AND {given('currency')} AND {{row}}amount_minor > 0"
UNPRICED = "{row}amount_minor IS NULL AND {row}currency IS NULL"

CONSTRAINTS: dict[str, dict[str, str]] = {
    "complaint_answers": {
        "stage": "{row}stage BETWEEN 1 AND 3",
        "attempt": at_least(1, "attempt"),
        "outcome": one_of("outcome", ANSWER_OUTCOMES),
        "redress": one_of("redress", REDRESS),
        "priced": when("redress", WITH_AMOUNT, PRICED),
        "unpriced": when("redress", WITHOUT_AMOUNT, UNPRICED),
        "currency": CURRENCY_CODE,
        "status": one_of("status", "TO_CONFIRM PROPOSED REJECTED SENT WITHDRAWN"),
        "tried": when("status", "PROPOSED REJECTED SENT", given("attempt"), given("proposed_at")),
        "proposed": when("status", "PROPOSED REJECTED", given("proposed_by_id"), given("amount_minor")),
        "two_people": "{row}decided_by_id IS NULL OR {row}proposed_by_id IS NULL"
        " OR {row}decided_by_id <> {row}proposed_by_id",
        "rejected": when("status", "REJECTED", given("decided_by_id"), given("decided_at"), given("decision_reason")),
        "sent": f"({one_of('status', 'SENT')}) = ({given('sent_at')})",
        "of_case": when("status", "TO_CONFIRM", given("case_id")),
        "version": at_least(1, "version"),
    },
    "redress_limits": {
        "role": one_of("role", ROLES),
        "currency": CURRENCY_CODE,
        "limit": at_least(0, "limit_minor"),
        "version": at_least(1, "version"),
    },
    "stage_workers": {"stage": "{row}stage BETWEEN 1 AND 3"},
    "reopenings": {
        "kind": one_of("kind", "CHALLENGE REOPENING LOW_RATING"),
        "stage": "{row}stage BETWEEN 1 AND 3",
    },
    "complaint_links": {
        "kind": one_of("kind", "DUPLICATE_OF HAS_DUPLICATE SAME_CAUSE FOLLOW_UP_OF HAS_FOLLOW_UP"),
        "two_complaints": "{row}complaint_id <> {row}other_id",
    },
    "major_cases": {
        "status": one_of("status", "PROPOSED OPEN ANSWERED CLOSED"),
        "category": one_of("category", CATEGORIES),
        "outcome": one_of("outcome", ANSWER_OUTCOMES),
        "redress": one_of("redress", REDRESS),
        "priced": when("redress", WITH_AMOUNT, PRICED),
        "unpriced": when("redress", WITHOUT_AMOUNT, UNPRICED),
        "currency": CURRENCY_CODE,
        "answered": when(
            "status", "ANSWERED", given("answer"), given("outcome"), given("redress"), given("answered_at")
        ),
        "closed": f"({one_of('status', 'CLOSED')}) = ({given('closed_at')})",
        "version": at_least(1, "version"),
    },
    "ratings": {"score": "{row}score BETWEEN 1 AND 5"},
}

UNIQUE = {
    "one_answer_proposed": "complaint_answers (complaint_id) WHERE status = 'PROPOSED'",
    "one_answer_to_confirm": "complaint_answers (complaint_id) WHERE status = 'TO_CONFIRM'",
    "one_original": "complaint_links (complaint_id) WHERE kind = 'DUPLICATE_OF'",
}

# In minor units, of USD and of EUR.
SHIPPED_LIMITS = {
    "SERVICE_AGENT": 50_00,
    "SALES_REPRESENTATIVE": 100_00,
    "FRONT_OFFICE_MANAGER": 1_000_00,
    "BACK_OFFICE_MANAGER": 10_000_00,
}

WORK = "HANDOFF_QUEUED HANDOFF_CLAIMED HANDOFF_ANSWERED ANSWER_ACCEPTED ANSWER_REJECTED COMPLAINT_ANSWERED"


async def add_constraints(_apps: Any, editor: Any) -> None:
    """Adds what the rows must obey, whoever writes them."""
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)
    for name, where in UNIQUE.items():
        await editor.client.execute_query(f"CREATE UNIQUE INDEX {name} ON {where}")
    await only_append(editor, "reopenings")
    await by_code_point(editor, "major_cases", "number", "status", "category")
    await by_code_point(editor, "complaint_answers", "status", "outcome", "redress")
    await by_code_point(editor, "redress_limits", "role", "currency")


async def ship_limits(_apps: Any, editor: Any) -> None:
    """Up to how much each role grants alone, until somebody says otherwise."""
    for role, limit in SHIPPED_LIMITS.items():
        for currency in ("EUR", "USD"):
            await editor.client.execute_query(
                "INSERT INTO redress_limits (id, role, currency, limit_minor, version)"
                f" VALUES ('{new_id()}', '{role}', '{currency}', {limit}, 1)"
            )


async def remember_what_was_done(_apps: Any, editor: Any) -> None:
    """Gives each answer that was sent before its row, and notes who worked on the first stage of each complaint."""
    some_id = "gen_random_uuid()"
    if editor.DIALECT == "sqlite":
        # The same in SQL that SQLite knows: 122 random bits, version 4 (RFC 9562).
        digits = [f"hex(randomblob({count}))" for count in (4, 2)]
        tail = "'4' || substr(hex(randomblob(2)), 2) || '-' || '8' || substr(hex(randomblob(2)), 2) || '-'"
        some_id = f"lower({digits[0]} || '-' || {digits[1]} || '-' || {tail} || hex(randomblob(6)))"
    who = "SELECT MAX(actor_id{text}){uuid} FROM events WHERE complaint_id = c.id AND kind = 'COMPLAINT_ANSWERED'"
    # PostgreSQL has no largest uuid; there is one such event at most.
    who = who.format(text="", uuid="") if editor.DIALECT == "sqlite" else who.format(text="::text", uuid="::uuid")
    await editor.client.execute_query(
        "INSERT INTO complaint_answers (id, complaint_id, stage, attempt, outcome, text, redress, status, made_at,"
        " proposed_by_id, proposed_at, sent_at, version)"
        f" SELECT {some_id}, c.id, 1, 1, c.outcome, c.answer, 'NONE', 'SENT', c.answered_at, ({who}), c.answered_at,"
        f" c.answered_at, 1 FROM complaints c WHERE c.answer IS NOT NULL AND c.answered_at IS NOT NULL"
        f" AND {one_of('outcome', ANSWER_OUTCOMES).format(row='c.')}"
    )
    await editor.client.execute_query(
        "INSERT INTO stage_workers (id, complaint_id, stage, account_id, since)"
        f" SELECT {some_id}, done.complaint_id, 1, done.actor_id, done.since FROM (SELECT complaint_id, actor_id,"
        " MIN(at) AS since FROM events WHERE complaint_id IS NOT NULL AND actor_id IS NOT NULL"
        f" AND {one_of('kind', WORK).format(row='')} GROUP BY complaint_id, actor_id) done"
    )


class Migration(migrations.Migration):
    dependencies = [("models", "0009_letters")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ComplaintLink",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="links",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "other",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="other_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="linked_from",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="DUPLICATE_OF: DUPLICATE_OF\nHAS_DUPLICATE: HAS_DUPLICATE\nSAME_CAUSE: SAME_CAUSE\nFOLLOW_UP_OF: FOLLOW_UP_OF\nHAS_FOLLOW_UP: HAS_FOLLOW_UP",
                        enum_type=LinkKind,
                        max_length=20,
                    ),
                ),
                ("linked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "linked_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="linked_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="complaint_links",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "complaint_links",
                "app": "models",
                "unique_together": (("complaint_id", "other_id", "kind"),),
                "indexes": [Index(fields=["complaint_id", "linked_at", "id"])],
                "pk_attr": "id",
                "table_description": "One complaint seen from another one: `complaint` is `kind` `other`.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="MajorCase",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=20)),
                ("title", fields.CharField(max_length=200)),
                (
                    "status",
                    fields.CharEnumField(
                        description="PROPOSED: PROPOSED\nOPEN: OPEN\nANSWERED: ANSWERED\nCLOSED: CLOSED",
                        enum_type=CaseStatus,
                        max_length=20,
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
                        related_name="cases",
                        on_delete=OnDelete.RESTRICT,
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
                ("opened_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "opened_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="opened_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="opened_cases",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "outcome",
                    fields.CharEnumField(
                        null=True,
                        description="UPHELD: UPHELD\nPARTLY_UPHELD: PARTLY_UPHELD\nNOT_UPHELD: NOT_UPHELD\nWITHDRAWN: WITHDRAWN\nNOT_A_COMPLAINT: NOT_A_COMPLAINT\nDUPLICATE: DUPLICATE",
                        enum_type=Outcome,
                        max_length=20,
                    ),
                ),
                ("answer", fields.TextField(null=True, unique=False)),
                ("reasons", fields.TextField(null=True, unique=False)),
                (
                    "redress",
                    fields.CharEnumField(
                        null=True,
                        description="NONE: NONE\nAPOLOGY: APOLOGY\nREFUND: REFUND\nREPLACEMENT: REPLACEMENT\nCREDIT: CREDIT\nGOODWILL: GOODWILL",
                        enum_type=Redress,
                        max_length=20,
                    ),
                ),
                ("amount_minor", fields.BigIntField(null=True)),
                ("currency", CurrencyCodeField(null=True, max_length=3)),
                ("answered_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "answered_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="answered_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="answered_cases",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closing_reason", fields.TextField(null=True, unique=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "major_cases",
                "app": "models",
                "indexes": [Index(fields=["opened_at", "id"])],
                "pk_attr": "id",
                "table_description": "One fault behind many complaints. Both offices read the title: every attached customer's identity is masked in it.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ComplaintAnswer",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="answers",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("stage", fields.IntField()),
                ("attempt", fields.IntField(null=True)),
                (
                    "outcome",
                    fields.CharEnumField(
                        description="UPHELD: UPHELD\nPARTLY_UPHELD: PARTLY_UPHELD\nNOT_UPHELD: NOT_UPHELD\nWITHDRAWN: WITHDRAWN\nNOT_A_COMPLAINT: NOT_A_COMPLAINT\nDUPLICATE: DUPLICATE",
                        enum_type=Outcome,
                        max_length=20,
                    ),
                ),
                ("text", fields.TextField(unique=False)),
                ("reasons", fields.TextField(null=True, unique=False)),
                (
                    "redress",
                    fields.CharEnumField(
                        description="NONE: NONE\nAPOLOGY: APOLOGY\nREFUND: REFUND\nREPLACEMENT: REPLACEMENT\nCREDIT: CREDIT\nGOODWILL: GOODWILL",
                        enum_type=Redress,
                        max_length=20,
                    ),
                ),
                ("amount_minor", fields.BigIntField(null=True)),
                ("currency", CurrencyCodeField(null=True, max_length=3)),
                (
                    "status",
                    fields.CharEnumField(
                        description="TO_CONFIRM: TO_CONFIRM\nPROPOSED: PROPOSED\nREJECTED: REJECTED\nSENT: SENT\nWITHDRAWN: WITHDRAWN",
                        enum_type=AnswerStatus,
                        max_length=20,
                    ),
                ),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "proposed_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="proposed_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="proposed_answers",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("proposed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "decided_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="decided_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="decided_answers",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("decision_reason", fields.TextField(null=True, unique=False)),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "case",
                    fields.ForeignKeyField(
                        "models.MajorCase",
                        source_field="case_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="answers",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "complaint_answers",
                "app": "models",
                "unique_together": (("complaint_id", "stage", "attempt"),),
                "indexes": [Index(fields=["complaint_id", "made_at", "id"]), Index(fields=["status", "made_at", "id"])],
                "pk_attr": "id",
                "table_description": "One answer to one complaint. `attempt` counts within a stage, and is null as long as nobody has put it forward.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Rating",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="ratings",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "answer",
                    fields.OneToOneField(
                        "models.ComplaintAnswer",
                        source_field="answer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="rating",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "agent",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="agent_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="ratings",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("score", fields.IntField()),
                ("comment", fields.TextField(null=True, unique=False)),
                ("wants_reopening", fields.BooleanField(default=False)),
                ("reopened", fields.BooleanField(default=False)),
                ("rated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("key_hash", fields.CharField(null=True, max_length=64)),
            ],
            options={
                "table": "ratings",
                "app": "models",
                "indexes": [Index(fields=["complaint_id", "rated_at", "id"]), Index(fields=["rated_at", "id"])],
                "pk_attr": "id",
                "table_description": "What a customer thinks of one answer. `agent` is who gave the answer, and `key_hash` recognises a rating sent again.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="RatingLink",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "answer",
                    fields.ForeignKeyField(
                        "models.ComplaintAnswer",
                        source_field="answer_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="rating_links",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("jti_hash", fields.CharField(unique=True, max_length=64)),
                ("issued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "issued_by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="issued_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="rating_links",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "rating_links",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A link by which a customer may rate an answer once. `jti_hash` is the SHA-256 of what the signed token names.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="RedressLimit",
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
                "table": "redress_limits",
                "app": "models",
                "unique_together": (("role", "currency"),),
                "pk_attr": "id",
                "table_description": "Up to how much a role grants redress alone, in one currency. A currency without a row has the limit 0.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Reopening",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="reopenings",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="CHALLENGE: CHALLENGE\nREOPENING: REOPENING\nLOW_RATING: LOW_RATING",
                        enum_type=ReopeningKind,
                        max_length=20,
                    ),
                ),
                ("stage", fields.IntField()),
                ("reason", fields.TextField(unique=False)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="reopenings",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "reopenings",
                "app": "models",
                "indexes": [Index(fields=["complaint_id", "at", "id"])],
                "pk_attr": "id",
                "table_description": "One time that a complaint came back after its answer or closing. `stage` is the one that it came back to.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="StageWorker",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="stage_workers",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("stage", fields.IntField()),
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="account_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="worked_stages",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "stage_workers",
                "app": "models",
                "unique_together": (("complaint_id", "account_id"),),
                "pk_attr": "id",
                "table_description": "Somebody who has worked on a complaint, and at which stage: handed off, claimed, answered, judged or approved.",
            },
            bases=["Record"],
        ),
        ops.AddField(
            model_name="Complaint",
            name="case",
            field=fields.ForeignKeyField(
                "models.MajorCase",
                source_field="case_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="complaints",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddIndex(
            model_name="Complaint",
            index=Index(fields=["case_id", "received_at", "id"]),
        ),
        ops.RunPython(add_constraints),
        ops.RunPython(ship_limits),
        ops.RunPython(remember_what_was_done),
    ]
