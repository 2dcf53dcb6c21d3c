"""Answers to complaints: one row per stage and try, with what is offered to put things right (redress, ISO 10002, 7.6). A
customer who does not accept an answer gets a fresh look by other people, at most three times in all: the next stage.

The surprising rules: who decides about a proposed answer is never who proposed it, and an account works at one stage of a
complaint only; the database refuses both. (Modelled on the UK Housing Ombudsman's Complaint Handling Code, section 6, and
ISO 10002, 8.8: review by someone not involved.)
"""

from typing import Any

from tortoise import fields

from models.both_offices.work import FRONT_OFFICE, WorkGroup, WorkKind, WorkSource
from models.front_office.service.complaints import Outcome, as_their_complaints, at_no_earlier_stage, customers_due_sql
from models.kit.base import VIEWER, Record, all_rows, optional_reference, reference
from models.kit.constraints import Index, at_least, different, exactly_when, one_of, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.money import CurrencyCodeField
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission, Role


class Redress(DescribedEnum):
    """What the customer is offered to put things right."""

    NONE = "NONE", "Nothing but the answer."
    APOLOGY = "APOLOGY", "We say that we are sorry."
    REFUND = "REFUND", "Money back, at most what the order cost."
    REPLACEMENT = "REPLACEMENT", "The same again, without paying again."
    CREDIT = "CREDIT", "An amount towards a later order."
    GOODWILL = "GOODWILL", "A payment that we do not owe."


REDRESS_WITH_AMOUNT = frozenset({Redress.REFUND, Redress.CREDIT, Redress.GOODWILL})
LARGEST_REDRESS_MINOR = 10**12
"""Minor units; anything above is a slip of the keyboard."""


class AnswerStatus(DescribedEnum):
    """How far an answer is."""

    TO_CONFIRM = "TO_CONFIRM", "It came down from a major case, and waits for somebody to look at this one complaint."
    PROPOSED = "PROPOSED", "Its redress is above the proposer's limit, and waits for a second person."
    REJECTED = "REJECTED", "A second person refused the redress."
    SENT = "SENT", "The customer has it."
    WITHDRAWN = "WITHDRAWN", "It was never sent: declined, or the complaint ended otherwise."


_S = AnswerStatus

_W, _A = Permission.WRITE_COMPLAINTS, Permission.APPROVE_REDRESS
_STAGE = (Guard.AT_STAGE,)
_CONFIRM = ("confirmCaseAnswer",)
_APPROVE = (Guard.AT_STAGE, Guard.SECOND_PERSON, Guard.WITHIN_LIMIT, Guard.GRANTABLE)

TRANSITIONS: Transitions = {
    _S.TO_CONFIRM: (
        Transition(_S.SENT, _W, _CONFIRM, (Guard.AT_STAGE, Guard.CONFIRMABLE, Guard.WITHIN_LIMIT)),
        Transition(_S.PROPOSED, _W, _CONFIRM, (Guard.AT_STAGE, Guard.CONFIRMABLE, Guard.ABOVE_LIMIT)),
        Transition(_S.WITHDRAWN, _W, ("declineCaseAnswer",), _STAGE),
    ),
    _S.PROPOSED: (
        Transition(_S.SENT, _A, ("approveRedress",), _APPROVE),
        Transition(_S.REJECTED, _A, ("rejectRedress",), (Guard.AT_STAGE, Guard.SECOND_PERSON)),
        Transition(_S.WITHDRAWN, _W, ("withdrawAnswer",), _STAGE),
    ),
    _S.REJECTED: (),
    _S.SENT: (),
    _S.WITHDRAWN: (),
}
"""Answers that nobody has laid before anybody begin as TO_CONFIRM and leave it at once, in `answerComplaint`."""


class AnswerEvent(EventKind):
    """What happens to answers: a second person decides on their redress, and a complaint comes back after them."""

    REDRESS_PROPOSED = "REDRESS_PROPOSED", "An answer waits for a second person, who must approve its redress."
    REDRESS_APPROVED = "REDRESS_APPROVED", "A second person approved the redress."
    REDRESS_REJECTED = "REDRESS_REJECTED", "A second person did not approve the redress."
    REDRESS_WITHDRAWN = "REDRESS_WITHDRAWN", "An answer that waited for a second person was taken back."
    CHALLENGED = "COMPLAINT_CHALLENGED", "The customer did not accept the answer; the next stage began."
    REOPENED = "COMPLAINT_REOPENED", "Work on the complaint began again."


class ComplaintAnswer(Record):
    """One answer to one complaint. `attempt` counts within a stage, and is null as long as nobody has put it forward.

    `reasons` and `decision_reason` are read by both offices, so they are stored with the customer's identity masked.
    """

    label = member = "answer"
    transitions = TRANSITIONS

    complaint_id = reference("Complaint", related_name="answers")
    stage = fields.IntField()
    attempt = fields.IntField(null=True)
    outcome = fields.CharEnumField(Outcome, max_length=20)
    text = fields.TextField()
    reasons: Any = fields.TextField(null=True)
    redress = fields.CharEnumField(Redress, max_length=20)
    amount_minor = fields.BigIntField(null=True)
    currency: Any = CurrencyCodeField(null=True)
    status = fields.CharEnumField(AnswerStatus, max_length=20)
    made_at = fields.DatetimeField()
    proposed_by_id = optional_reference("Account", related_name="proposed_answers")
    proposed_at = fields.DatetimeField(null=True)
    decided_by_id = optional_reference("Account", related_name="decided_answers")
    decided_at: Any = fields.DatetimeField(null=True)
    decision_reason: Any = fields.TextField(null=True)
    sent_at: Any = fields.DatetimeField(null=True)
    case_id = optional_reference("MajorCase", related_name="answers", index=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "complaint_answers"
        unique_together = (("complaint_id", "stage", "attempt"),)
        indexes = (
            ("complaint_id", "made_at", "id"),
            ("status", "made_at", "id"),
            ("made_at", "id"),
            ("case_id", "made_at", "id"),
        )
        checks = {
            "stage": "stage BETWEEN 1 AND 3",
            "attempt": at_least(1, "attempt"),
            "outcome": one_of("outcome", "UPHELD PARTLY_UPHELD NOT_UPHELD"),
            "priced": when("redress", "REFUND CREDIT GOODWILL", "amount_minor", "currency", "amount_minor > 0"),
            "tried": when("status", "PROPOSED REJECTED SENT", "attempt", "proposed_at"),
            "proposed": when("status", "PROPOSED REJECTED", "proposed_by_id", "amount_minor"),
            "two_people": different("decided_by_id", "proposed_by_id"),
            "rejected": when("status", "REJECTED", "decided_by_id", "decided_at", "decision_reason"),
            "sent": exactly_when("status", "SENT", "sent_at"),
            "of_case": when("status", "TO_CONFIRM", "case_id"),
            "unpriced": when("redress", "NONE APOLOGY", "amount_minor IS NULL", "currency IS NULL"),
            # What was answered before it had to be priced has neither.
            "replaced": when(
                "redress",
                "REPLACEMENT",
                "(amount_minor IS NOT NULL AND currency IS NOT NULL AND amount_minor > 0)"
                " OR (amount_minor IS NULL AND currency IS NULL)",
            ),
        }
        by_code_point = ("outcome", "redress", "status")
        more_indexes = (
            Index("one_answer_proposed", "complaint_id", where="status = 'PROPOSED'", unique=True),
            Index("one_answer_to_confirm", "complaint_id", where="status = 'TO_CONFIRM'", unique=True),
        )


COUNTED_TOGETHER_DAYS = 30
"""What a customer was given within so many days counts together against a limit, beside all of the same order or complaint."""


class RedressLimit(Record):
    """Up to how much a role gives a customer alone, by redress and refunds, in one currency. Without a row the limit is 0."""

    role = fields.CharEnumField(Role, max_length=30)
    currency = CurrencyCodeField()
    limit_minor = fields.BigIntField()
    version = fields.IntField(default=1)

    class Meta:
        table = "redress_limits"
        unique_together = (("role", "currency"),)
        checks = {"limit": at_least(0, "limit_minor")}
        by_code_point = ("role", "currency")


class StageWorker(Record):
    """Somebody who has worked on a complaint, and at which stage: handed off, claimed, answered, judged or approved."""

    complaint_id = reference("Complaint", related_name="stage_workers")
    stage = fields.IntField()
    account_id = reference("Account", related_name="worked_stages", index=True)
    since = fields.DatetimeField()

    class Meta:
        table = "stage_workers"
        unique_together = (("complaint_id", "account_id"),)
        checks = {"stage": "stage BETWEEN 1 AND 3"}


class ReopeningKind(DescribedEnum):
    """Why a complaint that had its answer is open again."""

    CHALLENGE = "CHALLENGE", "The customer does not accept the answer: the next stage begins."
    REOPENING = "REOPENING", "Something was left open or came back: the same stage goes on."
    LOW_RATING = "LOW_RATING", "The customer rated the answer low and asked for another look: the same stage goes on."


class Reopening(Record):
    """One time that a complaint came back after its answer or closing. `stage` is the one that it came back to."""

    complaint_id = reference("Complaint", related_name="reopenings")
    kind = fields.CharEnumField(ReopeningKind, max_length=20)
    stage = fields.IntField()
    reason = fields.TextField()
    at = fields.DatetimeField()
    by_id = optional_reference("Account", related_name="reopenings")

    class Meta:
        table = "reopenings"
        indexes = (("complaint_id", "at", "id"),)
        checks = {"stage": "stage BETWEEN 1 AND 3"}
        append_only = True


def at_stage_sql(complaint: str, stage: str) -> str:
    """A condition that the viewer has worked on a complaint at no other stage than this one; `work_on` says the same."""
    elsewhere = f"worker.complaint_id = {complaint} AND worker.account_id = {VIEWER} AND worker.stage <> {stage}"
    return f"NOT EXISTS (SELECT 1 FROM stage_workers worker WHERE {elsewhere})"


def at_present_stage_sql(complaint: str) -> str:
    """The same for the complaint's present stage."""
    elsewhere = f"worked.id = {complaint} AND worker.account_id = {VIEWER} AND worker.stage <> worked.stage"
    joined = "stage_workers worker JOIN complaints worked ON worked.id = worker.complaint_id"
    return f"NOT EXISTS (SELECT 1 FROM {joined} WHERE {elsewhere})"


ComplaintAnswer.row_scope = as_their_complaints
RedressLimit.row_scope = all_rows
StageWorker.row_scope = as_their_complaints
Reopening.row_scope = as_their_complaints

_OF_ANSWER = {"complaint_id": "answer.complaint_id", "answer_id": "answer.id", "stage": "answer.stage"}


def _to_confirm(owner: str | WorkGroup, whose: str) -> WorkSource:
    """Answers that came down from a major case, for whoever received the complaint, or for all of the front office."""
    return WorkSource(
        kind=WorkKind.CASE_ANSWER_TO_CONFIRM,
        table="complaint_answers answer JOIN complaints complaint ON complaint.id = answer.complaint_id",
        where=f"answer.status = 'TO_CONFIRM' AND {whose}",
        owner=owner,
        since="answer.made_at",
        due=customers_due_sql("answer.complaint_id"),
        columns=_OF_ANSWER,
        left_to=None if owner == FRONT_OFFICE else FRONT_OFFICE,
        seen=at_no_earlier_stage,
    )


WORK = (
    WorkSource(
        kind=WorkKind.REDRESS_TO_APPROVE,
        table="complaint_answers answer",
        where="answer.status = 'PROPOSED'",
        owner=WorkGroup("APPROVERS", frozenset({Permission.APPROVE_REDRESS})),
        since="answer.made_at",
        due=customers_due_sql("answer.complaint_id"),
        columns={**_OF_ANSWER, "proposed_by_id": "answer.proposed_by_id"},
        seen=at_no_earlier_stage,
    ),
    _to_confirm("complaint.received_by_id", "complaint.received_by_id IS NOT NULL"),
    _to_confirm(FRONT_OFFICE, "complaint.received_by_id IS NULL"),
)
