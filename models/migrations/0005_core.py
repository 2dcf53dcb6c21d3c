"""What the whole life of a complaint needs everywhere: more statuses and events, stages, and an inbox for everybody."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.back_office.handoffs import HandoffStatus
from models.kit.base import new_id
from models.kit.events import EventKind
from models.front_office.service.complaints import CauseCode, ComplaintStatus
from models.front_office.customers import Channel, Language
from models.both_offices.notifications import NotificationKind
from models.permissions import Department
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

from models.kit.migrating_constraints import Redescribed, constrain, constrain_anew, given, one_of, when

DEPARTMENTS = (
    "CUSTOMER_SERVICE SALES MARKETING PRODUCT_DEVELOPMENT PRODUCTION LOGISTICS FINANCE HUMAN_RESOURCES IT LEGAL"
    " ADMINISTRATION"
)
EVENT_KINDS = (
    "COMPLAINT_RECEIVED COMPLAINT_ACKNOWLEDGED COMPLAINT_ROUTED SEVERITY_CHANGED CAUSE_DETERMINED CUSTOMER_ASKED"
    " CUSTOMER_REPLIED REDRESS_PROPOSED REDRESS_APPROVED REDRESS_REJECTED COMPLAINT_ANSWERED COMPLAINT_CHALLENGED"
    " COMPLAINT_REOPENED COMPLAINT_RATED COMPLAINT_LINKED COMPLAINT_UNLINKED COMPLAINT_ATTACHED COMPLAINT_DETACHED"
    " COMPLAINT_CLOSED HANDOFF_QUEUED HANDOFF_CLAIMED HANDOFF_RELEASED HANDOFF_ANSWERED HANDOFF_REFUSED"
    " HANDOFF_WITHDRAWN ANSWER_ACCEPTED ANSWER_REJECTED HANDOFF_TRANSFERRED CLAIM_RETURNED INFORMATION_REQUESTED"
    " INFORMATION_PROVIDED MESSAGE_POSTED CLOCK_WARNED CLOCK_BREACHED ESCALATION_OPENED ESCALATION_CHANGED"
    " ESCALATION_CLOSED CASE_PROPOSED CASE_OPENED CASE_ANSWERED CASE_CLOSED IMPROVEMENT_PROPOSED IMPROVEMENT_REVISED"
    " IMPROVEMENT_PLANNED IMPROVEMENT_STARTED IMPROVEMENT_MONITORED IMPROVEMENT_JUDGED IMPROVEMENT_REJECTED"
    " PRODUCT_DECIDED RULE_APPLIED TASK_CREATED TASK_FINISHED NOTIFICATION_SENT ABSENCE_SET ABSENCE_ENDED ACCOUNT_ADDED"
    " ACCOUNT_CHANGED SESSION_ENDED"
)
NOTIFICATION_KINDS = (
    "MENTIONED INFORMATION_REQUESTED INFORMATION_PROVIDED CLAIM_RETURNED CLOCK_WARNED CLOCK_BREACHED ESCALATED"
    " ESCALATION_CLOSED APPROVAL_NEEDED REDRESS_DECIDED COMPLAINT_CHALLENGED COMPLAINT_REOPENED COMPLAINT_RATED_LOW"
    " CASE_ANSWER_TO_CONFIRM SUCCESSOR_NEEDED IMPROVEMENT_DUE TASK_ASSIGNED RULE"
)
CHANNELS = "PHONE EMAIL CHAT WEB SOCIAL IN_PERSON LETTER"

CONSTRAINTS: dict[str, dict[str, str]] = {
    "complaints": {
        "stage": "{row}stage BETWEEN 1 AND 3",
        "cause": one_of("cause", "MATERIAL METHOD MACHINE TRAINING SUPPLIER DESIGN INFORMATION POLICY OTHER"),
        "routed_to": one_of("routed_to", DEPARTMENTS),
    },
    "customers": {
        "language": one_of("language", "EN DE FR ES IT PT"),
        "preferred_channel": one_of("preferred_channel", CHANNELS),
    },
    "handoffs": {"stage": "{row}stage BETWEEN 1 AND 3"},
    "notifications": {"kind": one_of("kind", NOTIFICATION_KINDS)},
}

REPLACED: dict[str, dict[str, str]] = {
    "complaints": {
        "status": one_of("status", "RECEIVED HANDED_OFF AWAITING_CUSTOMER AWAITING_APPROVAL ANSWERED CLOSED")
    },
    "handoffs": {
        "status": one_of("status", "QUEUED CLAIMED AWAITING_INFORMATION ANSWERED ACCEPTED REFUSED WITHDRAWN"),
        "claimed": when("status", "CLAIMED AWAITING_INFORMATION", given("claimed_by_id")),
    },
    "events": {"kind": one_of("kind", EVENT_KINDS)},
}

EVENT_COLUMNS = (
    "id kind at actor_id complaint_id handoff_id department account_id improvement_id notification_id".split()
)
ONLY_NUMBERED = " AND ".join(
    (
        "OLD.position IS NULL",
        "NEW.position IS NOT NULL",
        *(f"OLD.{column} IS NOT DISTINCT FROM NEW.{column}" for column in EVENT_COLUMNS),
    )
)


async def add_constraints(_apps: Any, editor: Any) -> None:
    """Adds what the new rows must obey, and lets the old conditions know the new words."""
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)
    for table, conditions in REPLACED.items():
        await constrain_anew(editor, table, conditions)
    if editor.DIALECT == "sqlite":
        numbered = ONLY_NUMBERED.replace("IS NOT DISTINCT FROM", "IS")
        await editor.client.execute_query("DROP TRIGGER events_unchanged")
        refuse = "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
        await editor.client.execute_query(
            f"CREATE TRIGGER events_unchanged BEFORE UPDATE ON events WHEN NOT ({numbered}) {refuse}"
        )
    else:
        await editor.client.execute_query("DROP TRIGGER events_unchanged ON events")
        await editor.client.execute_query(
            f"CREATE TRIGGER events_unchanged BEFORE UPDATE ON events FOR EACH ROW WHEN (NOT ({ONLY_NUMBERED}))"
            " EXECUTE FUNCTION refuse_to_rewrite_events()"
        )
    await editor.client.execute_query(
        "CREATE INDEX events_of_improvements ON events (improvement_id, id) WHERE improvement_id IS NOT NULL"
    )


class Migration(migrations.Migration):
    dependencies = [("models", "0004_queue_indexes")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Notification",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="notifications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="MENTIONED: MENTIONED\nINFORMATION_REQUESTED: INFORMATION_REQUESTED\nINFORMATION_PROVIDED: INFORMATION_PROVIDED\nCLAIM_RETURNED: CLAIM_RETURNED\nCLOCK_WARNED: CLOCK_WARNED\nCLOCK_BREACHED: CLOCK_BREACHED\nESCALATED: ESCALATED\nESCALATION_CLOSED: ESCALATION_CLOSED\nAPPROVAL_NEEDED: APPROVAL_NEEDED\nREDRESS_DECIDED: REDRESS_DECIDED\nCOMPLAINT_CHALLENGED: COMPLAINT_CHALLENGED\nCOMPLAINT_REOPENED: COMPLAINT_REOPENED\nCOMPLAINT_RATED_LOW: COMPLAINT_RATED_LOW\nCASE_ANSWER_TO_CONFIRM: CASE_ANSWER_TO_CONFIRM\nSUCCESSOR_NEEDED: SUCCESSOR_NEEDED\nIMPROVEMENT_DUE: IMPROVEMENT_DUE\nTASK_ASSIGNED: TASK_ASSIGNED\nRULE: RULE",
                        enum_type=NotificationKind,
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
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
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
                        related_name="notifications",
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
                        related_name="notifications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("improvement_id", fields.UUIDField(null=True)),
                ("escalation_id", fields.UUIDField(null=True)),
                ("message_id", fields.UUIDField(null=True)),
                ("answer_id", fields.UUIDField(null=True)),
                ("task_id", fields.UUIDField(null=True)),
                ("read_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "notifications",
                "app": "models",
                "indexes": [Index(fields=["account_id", "at", "id"]), Index(fields=["account_id", "read_at"])],
                "pk_attr": "id",
                "table_description": "One thing that one account should know of. `read_at` is null until it has been read.",
            },
            bases=["Record"],
        ),
        Redescribed(
            model_name="Complaint",
            name="status",
            field=fields.CharEnumField(
                description="RECEIVED: RECEIVED\nHANDED_OFF: HANDED_OFF\nAWAITING_CUSTOMER: AWAITING_CUSTOMER\nAWAITING_APPROVAL: AWAITING_APPROVAL\nANSWERED: ANSWERED\nCLOSED: CLOSED",
                enum_type=ComplaintStatus,
                max_length=20,
            ),
        ),
        ops.AddField(
            model_name="Complaint",
            name="acknowledged_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Complaint",
            name="cause",
            field=fields.CharEnumField(
                null=True,
                description="MATERIAL: MATERIAL\nMETHOD: METHOD\nMACHINE: MACHINE\nTRAINING: TRAINING\nSUPPLIER: SUPPLIER\nDESIGN: DESIGN\nINFORMATION: INFORMATION\nPOLICY: POLICY\nOTHER: OTHER",
                enum_type=CauseCode,
                max_length=20,
            ),
        ),
        ops.AddField(
            model_name="Complaint",
            name="routed_to",
            field=fields.CharEnumField(
                null=True,
                description="CUSTOMER_SERVICE: CUSTOMER_SERVICE\nSALES: SALES\nMARKETING: MARKETING\nPRODUCT_DEVELOPMENT: PRODUCT_DEVELOPMENT\nPRODUCTION: PRODUCTION\nLOGISTICS: LOGISTICS\nFINANCE: FINANCE\nHUMAN_RESOURCES: HUMAN_RESOURCES\nIT: IT\nLEGAL: LEGAL\nADMINISTRATION: ADMINISTRATION",
                enum_type=Department,
                max_length=30,
            ),
        ),
        ops.AddField(
            model_name="Complaint",
            name="stage",
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.AddField(
            model_name="Customer",
            name="language",
            field=fields.CharEnumField(
                null=True,
                description="EN: EN\nDE: DE\nFR: FR\nES: ES\nIT: IT\nPT: PT",
                enum_type=Language,
                max_length=2,
            ),
        ),
        ops.AddField(
            model_name="Customer",
            name="preferred_channel",
            field=fields.CharEnumField(
                null=True,
                description="PHONE: PHONE\nEMAIL: EMAIL\nCHAT: CHAT\nWEB: WEB\nSOCIAL: SOCIAL\nIN_PERSON: IN_PERSON\nLETTER: LETTER",
                enum_type=Channel,
                max_length=20,
            ),
        ),
        Redescribed(
            model_name="Event",
            name="kind",
            field=fields.CharEnumField(
                description="COMPLAINT_RECEIVED: COMPLAINT_RECEIVED\nCOMPLAINT_ACKNOWLEDGED: COMPLAINT_ACKNOWLEDGED\nCOMPLAINT_ROUTED: COMPLAINT_ROUTED\nSEVERITY_CHANGED: SEVERITY_CHANGED\nCAUSE_DETERMINED: CAUSE_DETERMINED\nCUSTOMER_ASKED: CUSTOMER_ASKED\nCUSTOMER_REPLIED: CUSTOMER_REPLIED\nREDRESS_PROPOSED: REDRESS_PROPOSED\nREDRESS_APPROVED: REDRESS_APPROVED\nREDRESS_REJECTED: REDRESS_REJECTED\nCOMPLAINT_ANSWERED: COMPLAINT_ANSWERED\nCOMPLAINT_CHALLENGED: COMPLAINT_CHALLENGED\nCOMPLAINT_REOPENED: COMPLAINT_REOPENED\nCOMPLAINT_RATED: COMPLAINT_RATED\nCOMPLAINT_LINKED: COMPLAINT_LINKED\nCOMPLAINT_UNLINKED: COMPLAINT_UNLINKED\nCOMPLAINT_ATTACHED: COMPLAINT_ATTACHED\nCOMPLAINT_DETACHED: COMPLAINT_DETACHED\nCOMPLAINT_CLOSED: COMPLAINT_CLOSED\nHANDOFF_QUEUED: HANDOFF_QUEUED\nHANDOFF_CLAIMED: HANDOFF_CLAIMED\nHANDOFF_RELEASED: HANDOFF_RELEASED\nHANDOFF_ANSWERED: HANDOFF_ANSWERED\nHANDOFF_REFUSED: HANDOFF_REFUSED\nHANDOFF_WITHDRAWN: HANDOFF_WITHDRAWN\nANSWER_ACCEPTED: ANSWER_ACCEPTED\nANSWER_REJECTED: ANSWER_REJECTED\nHANDOFF_TRANSFERRED: HANDOFF_TRANSFERRED\nCLAIM_RETURNED: CLAIM_RETURNED\nINFORMATION_REQUESTED: INFORMATION_REQUESTED\nINFORMATION_PROVIDED: INFORMATION_PROVIDED\nMESSAGE_POSTED: MESSAGE_POSTED\nCLOCK_WARNED: CLOCK_WARNED\nCLOCK_BREACHED: CLOCK_BREACHED\nESCALATION_OPENED: ESCALATION_OPENED\nESCALATION_CHANGED: ESCALATION_CHANGED\nESCALATION_CLOSED: ESCALATION_CLOSED\nCASE_PROPOSED: CASE_PROPOSED\nCASE_OPENED: CASE_OPENED\nCASE_ANSWERED: CASE_ANSWERED\nCASE_CLOSED: CASE_CLOSED\nIMPROVEMENT_PROPOSED: IMPROVEMENT_PROPOSED\nIMPROVEMENT_REVISED: IMPROVEMENT_REVISED\nIMPROVEMENT_PLANNED: IMPROVEMENT_PLANNED\nIMPROVEMENT_STARTED: IMPROVEMENT_STARTED\nIMPROVEMENT_MONITORED: IMPROVEMENT_MONITORED\nIMPROVEMENT_JUDGED: IMPROVEMENT_JUDGED\nIMPROVEMENT_REJECTED: IMPROVEMENT_REJECTED\nPRODUCT_DECIDED: PRODUCT_DECIDED\nRULE_APPLIED: RULE_APPLIED\nTASK_CREATED: TASK_CREATED\nTASK_FINISHED: TASK_FINISHED\nNOTIFICATION_SENT: NOTIFICATION_SENT\nABSENCE_SET: ABSENCE_SET\nABSENCE_ENDED: ABSENCE_ENDED\nACCOUNT_ADDED: ACCOUNT_ADDED\nACCOUNT_CHANGED: ACCOUNT_CHANGED\nSESSION_ENDED: SESSION_ENDED",
                enum_type=EventKind,
                max_length=30,
            ),
        ),
        ops.AddField(
            model_name="Event",
            name="improvement_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Event",
            name="notification_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AlterModelOptions(
            name="Handoff",
            options={
                "table": "handoffs",
                "app": "models",
                "indexes": [
                    Index(fields=["department", "status", "due_at", "id"]),
                    Index(fields=["department", "due_at", "id", "status"]),
                    Index(fields=["due_at", "id", "status"]),
                ],
                "pk_attr": "id",
                "table_description": "One piece of a complaint given to one department, in one stage of it.",
            },
        ),
        Redescribed(
            model_name="Handoff",
            name="status",
            field=fields.CharEnumField(
                description="QUEUED: QUEUED\nCLAIMED: CLAIMED\nAWAITING_INFORMATION: AWAITING_INFORMATION\nANSWERED: ANSWERED\nACCEPTED: ACCEPTED\nREFUSED: REFUSED\nWITHDRAWN: WITHDRAWN",
                enum_type=HandoffStatus,
                max_length=20,
            ),
        ),
        ops.AddField(
            model_name="Handoff",
            name="blocks",
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.AddField(
            model_name="Handoff",
            name="last_activity_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Handoff",
            name="stage",
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.RunPython(add_constraints),
    ]
