"""Answers to complaints, their redress, and who approves it; and the stages that follow when a customer does not accept one.

Texts are for the front office, the rest is for both.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from models.front_office.service import answers
from models.front_office.service.complaints import Outcome
from models.permissions import Permission, Role
from resolvers.front_office.service.answers import MACHINE, set_redress_limit
from resolvers.front_office.service.complaints.answering import approve_redress, reject_redress, withdraw_answer
from resolvers.front_office.service.complaints.closing import challenge_complaint, reopen_complaint
from resolvers.reading.declare import column, expression, many, money, node, one, read
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryRows
from resolvers.reading.values import next_statuses
from schema.front_office.service.complaints import ComplaintPayload
from schema.kit.areas import Area
from schema.kit.mutations import changed, mutation, payload, payload_of
from schema.kit.scalars import Money

if TYPE_CHECKING:
    from schema.both_offices.accounts import Account
    from schema.front_office.after_sales.returns import Refund
    from schema.front_office.service.complaints import Complaint
    from schema.front_office.service.ratings import Rating

READ, TEXT, WRITE = (Permission.READ_COMPLAINTS, Permission.READ_COMPLAINT_TEXT, Permission.WRITE_COMPLAINTS)
REDRESS, APPROVE = Permission.READ_REDRESS, Permission.APPROVE_REDRESS


@node(answers.ComplaintAnswer, prefix="ans", needs=READ)
class ComplaintAnswer(Node):
    """One answer to a complaint: sent, waiting for approval, or never sent."""

    complaint: "Complaint | None" = one("What it answers.", "complaint_id")
    stage: int = column("At which stage of the complaint.", filter=True)
    attempt: int | None = column("The how manieth of its stage; null until somebody has put it forward.")
    status: answers.AnswerStatus = column("How far it is.", filter=True, sort=True)
    next_statuses: list[answers.AnswerStatus] = expression(
        "What the viewer may make of it now.", next_statuses(MACHINE)
    )
    outcome: Outcome = column("What it says about the complaint.", filter=True)
    text: str = column("The answer as the customer gets it.", needs=TEXT)
    reasons: str | None = column("Why. Both offices read it, so the customer's identity is masked in it.")
    redress: answers.Redress = column("What the customer is offered.", needs=REDRESS, filter=True)
    amount: Money | None = money(
        "How much; for REPLACEMENT what the goods were sold for, before discount; null for redress that costs nothing.",
        "amount_minor",
        needs=REDRESS,
    )
    made_at: datetime = column("When it was written.", filter=True, sort=True)
    proposed_by: "Account | None" = one("Who put it forward; null as long as nobody has.", "proposed_by_id")
    proposed_at: datetime | None = column("When somebody put it forward.", filter=True)
    decided_by: "Account | None" = one(
        "The second person who decided about its redress, if one had to.", "decided_by_id"
    )
    decided_at: datetime | None = column("When that was decided, or when it was withdrawn.", filter=True)
    decision_reason: str | None = column(
        "Why it was rejected or withdrawn. The customer's identity is masked in it.", needs=REDRESS
    )
    sent_at: datetime | None = column("When the customer got it.", filter=True)
    refunds: "list[Refund]" = many(
        "The money that it gave back: one refund, once it is sent and grants one of an order.",
        "answer_id",
        "made_at",
        needs=Permission.READ_CUSTOMERS,
    )
    ratings: "list[Rating]" = many("What the customer thinks of it: one rating, or none yet.", "answer_id", "rated_at")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


@node(answers.RedressLimit, prefix="lim", needs=REDRESS)
class RedressLimit(Node):
    """Up to how much a role gives customers alone, by redress and refunds, or approves redress. Without one, nothing."""

    role: Role = column("Whose limit.", filter=True, sort=True)
    limit: Money = money(
        "Up to how much in all for one order, and for one customer within 30 days, included.", "limit_minor"
    )
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


@node(answers.Reopening, prefix="rop", needs=READ)
class Reopening(Node):
    """One time that a complaint came back after its answer or closing."""

    kind: answers.ReopeningKind = column("Why.", filter=True)
    stage: int = column("The stage that it came back to.", filter=True)
    reason: str = column("What the customer said, or why else.", needs=TEXT)
    at: datetime = column("When.", filter=True, sort=True)
    by: "Account | None" = one("Who wrote it down; null when the customer did it by a rating.", "by_id")


@node(answers.StageWorker, prefix="", needs=READ)
class StageWorker:
    """Somebody who has worked on a complaint at a stage, and so works on no other stage of it."""

    stage: int = column("The stage.", filter=True)
    since: datetime = column("Since when.", filter=True, sort=True)
    account: "Account | None" = one("Who.", "account_id")


ComplaintAnswerPayload = payload_of(ComplaintAnswer, dry_run=True)


@payload
class ReopenComplaintPayload:
    """What became of a complaint that came back."""

    complaint: "Complaint | None" = changed("The complaint that is open now; null when there are errors.")
    follow_up_of: "Complaint | None" = changed(
        "The old complaint when it was too late to reopen it, so that a new one follows it up; null otherwise."
    )


class Answers:
    """Either office's way to answers: the back office sees those to complaints that were handed to its departments."""

    answers: "Connection[ComplaintAnswer]" = read(
        EntryRows("-made_at"), "All answers, latest first. Those that wait for approval are PROPOSED.", needs=READ
    )
    redress_limits: "Connection[RedressLimit]" = read(
        EntryRows("role"), "Up to how much each role grants redress.", needs=REDRESS
    )


MUTATIONS = (
    mutation(APPROVE, approve_redress, shows=ComplaintAnswerPayload),
    mutation(APPROVE, reject_redress, shows=ComplaintAnswerPayload),
    mutation(WRITE, withdraw_answer, shows=ComplaintAnswerPayload),
    mutation(Permission.WRITE_POLICIES, set_redress_limit, shows=payload_of(RedressLimit, "limit")),
    mutation(WRITE, challenge_complaint, shows=ComplaintPayload),
    mutation(WRITE, reopen_complaint, shows=ReopenComplaintPayload),
)

AREA = Area(front_office=(Answers,), back_office=(Answers,), mutations=MUTATIONS)
