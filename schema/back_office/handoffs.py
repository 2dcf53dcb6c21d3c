"""Handoffs: what a department works on. It reads a brief, never the customer's own words."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from models.back_office import handoffs
from models.back_office.handoffs import messages
from models.events import visible_events
from models.kit import events
from models.permissions import Department, Permission
from resolvers.back_office.handoffs.escalating import escalate_complaint
from resolvers.back_office.handoffs.messages import post_message
from resolvers.back_office.handoffs.steps import MACHINE
from resolvers.back_office.handoffs.tasks import create_task
from resolvers.back_office.handoffs.verbs import (
    accept_answer,
    answer_handoff,
    claim_handoff,
    provide_information,
    refuse_handoff,
    reject_answer,
    release_handoff,
    request_information,
    transfer_handoff,
    withdraw_handoff,
)
from resolvers.reading.declare import column, expression, many, node, one, read, subject, subject_id, through
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryEvents, EntryNode, EntryRows
from resolvers.reading.values import next_statuses
from schema.both_offices.escalations import EscalationPayload
from schema.both_offices.tasks import TaskPayload
from schema.kit.areas import Area
from schema.kit.events import Update
from schema.kit.mutations import MASKED, changed, mutation, payload, payload_of, plain

if TYPE_CHECKING:
    from schema.both_offices.accounts import Account
    from schema.both_offices.clocks import Clock
    from schema.both_offices.escalations import Escalation
    from schema.front_office.service.complaints import Complaint

READ, BACK, FRONT = (Permission.READ_HANDOFFS, Permission.WRITE_HANDOFFS, Permission.WRITE_COMPLAINTS)
EITHER = Permission.WRITE_MESSAGES
"""What both offices hold; which of them may transfer a handoff when, the use case decides."""


@node(handoffs.Handoff, prefix="hnd", needs=READ)
class Handoff(Node):
    """One piece of a complaint given to one department."""

    number: str = column("The number that people quote, for instance HND-2026-000042.", filter=True, sort=True)
    department: Department = column("Whose work it is.", filter=True, sort=True)
    status: handoffs.HandoffStatus = column("How far it is.", filter=True, sort=True)
    next_statuses: list[handoffs.HandoffStatus] = expression(
        "What the viewer may make of it now.", next_statuses(MACHINE)
    )
    brief: str = column("What the department must know; the customer's identity is masked in it.")
    handed_off_at: datetime = column("When it was handed off.", filter=True, sort=True)
    handed_off_by: "Account | None" = one("Who handed it off.", "handed_off_by_id")
    due_at: datetime = column("By when the department's answer is due.", filter=True, sort=True)
    claimed_by: "Account | None" = one("Who works on it.", "claimed_by_id")
    claimed_at: datetime | None = column("Since when somebody works on it.", filter=True, sort=True)
    last_activity_at: datetime | None = column("When who works on it last did something.")
    stage: int = column("In which stage of the complaint it was opened.", filter=True)
    blocks: bool = column(
        "Whether the customer waits for it: while it is open, the complaint cannot be answered.", filter=True
    )
    answer: str | None = column("What the department answered.")
    answered_at: datetime | None = column("When the department answered.", filter=True, sort=True)
    refusal_reason: str | None = column("Why the department refused it.")
    rejection_reason: str | None = column("Why the front office sent the last rejected answer back.")
    withdrawal_reason: str | None = column("Why the front office took it back.")
    ended_at: datetime | None = column("When it was accepted, refused or withdrawn.", filter=True, sort=True)
    version: int = column("Grows with every change; send it back as `expectedVersion`.")
    lease_until: datetime | None = column(
        "When it returns to the queue unless who works on it does something before; null when it does not run out."
    )
    customer_alias: str = column(
        "What the department may call the customer: the same in all its handoffs of one complaint, another one in every other"
        " complaint and department, drawn by lot."
    )
    complaint: "Complaint | None" = one("The complaint that it is a piece of.", "complaint_id")
    clocks: "list[Clock]" = many(
        "The department's clocks: claim by, answer by.", "handoff_id", "kind", typical_length=2
    )
    escalations: "Connection[Escalation]" = many(
        "What of it was taken to a manager, oldest first.", "handoff_id", "opened_at"
    )
    messages: "Connection[HandoffMessage]" = many(
        "What was said about it, as far as it is meant for the viewer, oldest first.", "handoff_id", "at"
    )


@node(messages.HandoffMessage, prefix="msg", needs=READ)
class HandoffMessage(Node):
    """One message on a handoff. It is never changed."""

    kind: messages.MessageKind = column("What it is for.", filter=True)
    audience: messages.Audience = column("Who reads it.", filter=True)
    office: messages.Office = column("As whose member the author wrote it.", filter=True)
    text: str = column("What it says. Where the department reads what the front office wrote, the customer is masked.")
    at: datetime = column("When it was written.", filter=True, sort=True)
    author: "Account | None" = one("Who wrote it.", "author_id")
    handoff: "Handoff | None" = one("The handoff that it is about.", "handoff_id")
    mentions: "list[Account]" = through(
        "Whom it mentions.", "message_mentions", "message_id", "account_id", "name", typical_length=2
    )


@node(events.Event, prefix="", rows=visible_events, needs=READ)
class HandoffUpdate(Update):
    """Something that just happened to a handoff, with the handoff as it now is."""

    handoff_id: strawberry.ID | None = subject_id(
        "The handoff's id, also when it is no longer the viewer's to see.", handoffs.Handoff
    )
    handoff: "Handoff | None" = subject("The handoff as it now is.", handoffs.Handoff)


# --- What changes answer ----------------------------------------------------------------------------------------------


HandoffPayload = payload_of(Handoff, dry_run=True, leaves=True)


@payload
class MessagePayload:
    """What became of a message."""

    message: "HandoffMessage | None" = changed("The message; null when there are errors, and with `dryRun`.")
    handoff: "Handoff | None" = changed("The handoff as it now is; null when there are errors, and with `dryRun`.")
    masked_text: str | None = plain(MASKED, default=None)


# --- Roots ------------------------------------------------------------------------------------------------------------


class Handoffs:
    """Either office's way to handoffs."""

    handoff: "Handoff | None" = read(EntryNode(), "One handoff.", needs=READ)
    handoffs: "Connection[Handoff]" = read(
        EntryRows("due_at"), "All handoffs that the viewer sees, most urgent first.", needs=READ
    )


class HandoffSubscriptions:
    """What is pushed about handoffs."""

    complaint_handoffs: "HandoffUpdate" = read(
        EntryEvents(handoffs.Handoff, departments=True), "What happens to the handoffs of some departments.", needs=READ
    )


MUTATIONS = (
    mutation(BACK, claim_handoff, shows=HandoffPayload),
    mutation(BACK, release_handoff, shows=HandoffPayload),
    mutation(BACK, answer_handoff, shows=HandoffPayload),
    mutation(BACK, refuse_handoff, shows=HandoffPayload),
    mutation(FRONT, withdraw_handoff, shows=HandoffPayload),
    mutation(FRONT, accept_answer, shows=HandoffPayload),
    mutation(FRONT, reject_answer, shows=HandoffPayload),
    mutation(EITHER, transfer_handoff, shows=HandoffPayload),
    mutation(EITHER, post_message, shows=MessagePayload),
    mutation(BACK, request_information, shows=MessagePayload),
    mutation(FRONT, provide_information, shows=MessagePayload),
)

AREA = Area(
    front_office=(Handoffs,),
    back_office=(Handoffs,),
    mutations=MUTATIONS,
    subscriptions=(HandoffSubscriptions,),
)

ESCALATING = Area(mutations=(mutation(Permission.WRITE_ESCALATIONS, escalate_complaint, shows=EscalationPayload),))
GIVING_TASKS = Area(mutations=(mutation(EITHER, create_task, shows=TaskPayload),))
"""What takes complaints and handoffs to the services between the offices, each beside its service in the list of areas."""
