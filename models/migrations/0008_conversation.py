"""What the two offices say to each other on a handoff, and what goes to the customer and comes back: kept as it was said."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.back_office.handoffs.messages import Audience, MessageKind, Office
from models.kit.base import new_id
from models.kit.events import EventKind
from models.front_office.service.correspondence import CorrespondenceKind, Direction
from models.front_office.customers import Channel, Language
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

from models.kit.migrating_constraints import (
    Redescribed,
    at_least,
    by_code_point,
    constrain,
    constrain_anew,
    given,
    one_of,
    only_append,
    when,
)

CHANNELS = "PHONE EMAIL CHAT WEB SOCIAL IN_PERSON LETTER"
LANGUAGES = "EN DE FR ES IT PT"
EVENT_KINDS = (
    "COMPLAINT_RECEIVED COMPLAINT_ACKNOWLEDGED COMPLAINT_ROUTED SEVERITY_CHANGED CAUSE_DETERMINED CUSTOMER_ASKED"
    " CUSTOMER_REPLIED REDRESS_PROPOSED REDRESS_APPROVED REDRESS_REJECTED COMPLAINT_ANSWERED COMPLAINT_CHALLENGED"
    " COMPLAINT_REOPENED COMPLAINT_RATED COMPLAINT_LINKED COMPLAINT_UNLINKED COMPLAINT_ATTACHED COMPLAINT_DETACHED"
    " COMPLAINT_CLOSED HANDOFF_QUEUED HANDOFF_CLAIMED HANDOFF_RELEASED HANDOFF_ANSWERED HANDOFF_REFUSED"
    " HANDOFF_WITHDRAWN ANSWER_ACCEPTED ANSWER_REJECTED HANDOFF_TRANSFERRED CLAIM_RETURNED INFORMATION_REQUESTED"
    " INFORMATION_PROVIDED MESSAGE_POSTED CLOCK_WARNED CLOCK_BREACHED ESCALATION_OPENED ESCALATION_CHANGED"
    " ESCALATION_CLOSED CASE_PROPOSED CASE_OPENED CASE_ANSWERED CASE_CLOSED IMPROVEMENT_PROPOSED"
    " IMPROVEMENT_REVISED IMPROVEMENT_PLANNED IMPROVEMENT_STARTED IMPROVEMENT_MONITORED IMPROVEMENT_JUDGED"
    " IMPROVEMENT_REJECTED PRODUCT_DECIDED RULE_APPLIED TASK_CREATED TASK_FINISHED NOTIFICATION_SENT ABSENCE_SET"
    " ABSENCE_ENDED ACCOUNT_ADDED ACCOUNT_CHANGED SESSION_ENDED FRONT_OFFICE_MESSAGE_POSTED"
    " BACK_OFFICE_MESSAGE_POSTED"
)

CONSTRAINTS: dict[str, dict[str, str]] = {
    "handoff_messages": {
        "office": one_of("office", "FRONT_OFFICE BACK_OFFICE"),
        "audience": one_of("audience", "BOTH_OFFICES BACK_OFFICE FRONT_OFFICE"),
        "kind": one_of("kind", "MESSAGE INFORMATION_REQUEST INFORMATION TRANSFER"),
        "text": "{row}text <> ''",
    },
    "correspondence": {
        "direction": one_of("direction", "SENT RECEIVED"),
        "kind": one_of("kind", "ACKNOWLEDGEMENT QUESTION REPLY ANSWER RATING_REQUEST"),
        "channel": one_of("channel", CHANNELS),
        "language": one_of("language", LANGUAGES),
        "sent": f"({one_of('direction', 'RECEIVED')}) = ({one_of('kind', 'REPLY')})",
        "in_a_language": when("direction", "SENT", given("language")),
        "text": "{row}text <> ''",
    },
    "message_templates": {
        "kind": one_of("kind", "ACKNOWLEDGEMENT QUESTION ANSWER RATING_REQUEST"),
        "language": one_of("language", LANGUAGES),
        "version": at_least(1, "version"),
    },
}


async def add_constraints(_apps: Any, editor: Any) -> None:
    """Adds what the new rows must obey, and lets events know the new words."""
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)
    for table in ("handoff_messages", "message_mentions", "correspondence"):
        await only_append(editor, table)
    await constrain_anew(editor, "events", {"kind": one_of("kind", EVENT_KINDS)})
    await by_code_point(editor, "message_templates", "kind", "language")


class Migration(migrations.Migration):
    dependencies = [("models", "0007_escalations")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Correspondence",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="correspondence",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "direction",
                    fields.CharEnumField(
                        description="SENT: SENT\nRECEIVED: RECEIVED", enum_type=Direction, max_length=10
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="ACKNOWLEDGEMENT: ACKNOWLEDGEMENT\nQUESTION: QUESTION\nREPLY: REPLY\nANSWER: ANSWER\nRATING_REQUEST: RATING_REQUEST",
                        enum_type=CorrespondenceKind,
                        max_length=20,
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
                    "language",
                    fields.CharEnumField(
                        null=True,
                        description="EN: EN\nDE: DE\nFR: FR\nES: ES\nIT: IT\nPT: PT",
                        enum_type=Language,
                        max_length=2,
                    ),
                ),
                ("subject", fields.CharField(null=True, max_length=200)),
                ("text", fields.TextField(unique=False)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "by",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="correspondence",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "correspondence",
                "app": "models",
                "indexes": [Index(fields=["complaint_id", "at", "id"])],
                "pk_attr": "id",
                "table_description": "One thing that was sent to the customer of a complaint, or came from them. `language` is known of what we sent.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="HandoffMessage",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "handoff",
                    fields.ForeignKeyField(
                        "models.Handoff",
                        source_field="handoff_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="messages",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "author",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="author_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="written_messages",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "office",
                    fields.CharEnumField(
                        description="FRONT_OFFICE: FRONT_OFFICE\nBACK_OFFICE: BACK_OFFICE",
                        enum_type=Office,
                        max_length=20,
                    ),
                ),
                (
                    "audience",
                    fields.CharEnumField(
                        description="BOTH_OFFICES: BOTH_OFFICES\nBACK_OFFICE: BACK_OFFICE\nFRONT_OFFICE: FRONT_OFFICE",
                        enum_type=Audience,
                        max_length=20,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="MESSAGE: MESSAGE\nINFORMATION_REQUEST: INFORMATION_REQUEST\nINFORMATION: INFORMATION\nTRANSFER: TRANSFER",
                        enum_type=MessageKind,
                        max_length=20,
                    ),
                ),
                ("text", fields.TextField(unique=False)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "handoff_messages",
                "app": "models",
                "indexes": [Index(fields=["handoff_id", "at", "id"])],
                "pk_attr": "id",
                "table_description": "One message. `office` is the office as whose member the author wrote: who is in both wrote for the front office.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="MessageMention",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "message",
                    fields.ForeignKeyField(
                        "models.HandoffMessage",
                        source_field="message_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="mentions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="account_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="mentions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "message_mentions",
                "app": "models",
                "unique_together": (("message_id", "account_id"),),
                "pk_attr": "id",
                "table_description": "Somebody whom a message mentions, and who can read it.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="MessageTemplate",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="ACKNOWLEDGEMENT: ACKNOWLEDGEMENT\nQUESTION: QUESTION\nREPLY: REPLY\nANSWER: ANSWER\nRATING_REQUEST: RATING_REQUEST",
                        enum_type=CorrespondenceKind,
                        max_length=20,
                    ),
                ),
                (
                    "language",
                    fields.CharEnumField(
                        description="EN: EN\nDE: DE\nFR: FR\nES: ES\nIT: IT\nPT: PT", enum_type=Language, max_length=2
                    ),
                ),
                ("subject", fields.CharField(null=True, max_length=200)),
                ("text", fields.TextField(unique=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "message_templates",
                "app": "models",
                "unique_together": (("kind", "language"),),
                "pk_attr": "id",
                "table_description": "What a letter of one kind in one language begins as. Placeholders are those of Python's string.Template.",
            },
            bases=["Record"],
        ),
        Redescribed(
            model_name="Event",
            name="kind",
            field=fields.CharEnumField(
                description="COMPLAINT_RECEIVED: COMPLAINT_RECEIVED\nCOMPLAINT_ACKNOWLEDGED: COMPLAINT_ACKNOWLEDGED\nCOMPLAINT_ROUTED: COMPLAINT_ROUTED\nSEVERITY_CHANGED: SEVERITY_CHANGED\nCAUSE_DETERMINED: CAUSE_DETERMINED\nCUSTOMER_ASKED: CUSTOMER_ASKED\nCUSTOMER_REPLIED: CUSTOMER_REPLIED\nREDRESS_PROPOSED: REDRESS_PROPOSED\nREDRESS_APPROVED: REDRESS_APPROVED\nREDRESS_REJECTED: REDRESS_REJECTED\nCOMPLAINT_ANSWERED: COMPLAINT_ANSWERED\nCOMPLAINT_CHALLENGED: COMPLAINT_CHALLENGED\nCOMPLAINT_REOPENED: COMPLAINT_REOPENED\nCOMPLAINT_RATED: COMPLAINT_RATED\nCOMPLAINT_LINKED: COMPLAINT_LINKED\nCOMPLAINT_UNLINKED: COMPLAINT_UNLINKED\nCOMPLAINT_ATTACHED: COMPLAINT_ATTACHED\nCOMPLAINT_DETACHED: COMPLAINT_DETACHED\nCOMPLAINT_CLOSED: COMPLAINT_CLOSED\nHANDOFF_QUEUED: HANDOFF_QUEUED\nHANDOFF_CLAIMED: HANDOFF_CLAIMED\nHANDOFF_RELEASED: HANDOFF_RELEASED\nHANDOFF_ANSWERED: HANDOFF_ANSWERED\nHANDOFF_REFUSED: HANDOFF_REFUSED\nHANDOFF_WITHDRAWN: HANDOFF_WITHDRAWN\nANSWER_ACCEPTED: ANSWER_ACCEPTED\nANSWER_REJECTED: ANSWER_REJECTED\nHANDOFF_TRANSFERRED: HANDOFF_TRANSFERRED\nCLAIM_RETURNED: CLAIM_RETURNED\nINFORMATION_REQUESTED: INFORMATION_REQUESTED\nINFORMATION_PROVIDED: INFORMATION_PROVIDED\nMESSAGE_POSTED: MESSAGE_POSTED\nFRONT_OFFICE_MESSAGE_POSTED: FRONT_OFFICE_MESSAGE_POSTED\nBACK_OFFICE_MESSAGE_POSTED: BACK_OFFICE_MESSAGE_POSTED\nCLOCK_WARNED: CLOCK_WARNED\nCLOCK_BREACHED: CLOCK_BREACHED\nESCALATION_OPENED: ESCALATION_OPENED\nESCALATION_CHANGED: ESCALATION_CHANGED\nESCALATION_CLOSED: ESCALATION_CLOSED\nCASE_PROPOSED: CASE_PROPOSED\nCASE_OPENED: CASE_OPENED\nCASE_ANSWERED: CASE_ANSWERED\nCASE_CLOSED: CASE_CLOSED\nIMPROVEMENT_PROPOSED: IMPROVEMENT_PROPOSED\nIMPROVEMENT_REVISED: IMPROVEMENT_REVISED\nIMPROVEMENT_PLANNED: IMPROVEMENT_PLANNED\nIMPROVEMENT_STARTED: IMPROVEMENT_STARTED\nIMPROVEMENT_MONITORED: IMPROVEMENT_MONITORED\nIMPROVEMENT_JUDGED: IMPROVEMENT_JUDGED\nIMPROVEMENT_REJECTED: IMPROVEMENT_REJECTED\nPRODUCT_DECIDED: PRODUCT_DECIDED\nRULE_APPLIED: RULE_APPLIED\nTASK_CREATED: TASK_CREATED\nTASK_FINISHED: TASK_FINISHED\nNOTIFICATION_SENT: NOTIFICATION_SENT\nABSENCE_SET: ABSENCE_SET\nABSENCE_ENDED: ABSENCE",
                enum_type=EventKind,
                max_length=30,
            ),
        ),
        ops.RunPython(add_constraints),
    ]
