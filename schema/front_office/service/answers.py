"""Answers to complaints, their redress, and who approves it. Their texts are for the front office, the rest is for both."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.front_office.service import answers
from models.front_office.service.complaints import Outcome
from models.permissions import Permission, Role
from resolvers.front_office.service import answers as limits
from resolvers.front_office.service.complaints.approving import approve_redress, reject_redress, withdraw_answer
from resolvers.reading.declare import (
    Access,
    Connection,
    EntryRows,
    Node,
    changed,
    column,
    expression,
    many,
    money,
    node,
    one,
    plain,
    plain_type,
    read,
)
from resolvers.reading.steps import next_statuses
from schema.kit.areas import Area
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import (
    ERRORS,
    MASKED,
    expected_version,
    idempotency_key,
    member,
    verb,
)
from schema.kit.mutations import mutation
from schema.kit.scalars import CurrencyCode, Money

if TYPE_CHECKING:
    from schema.both_offices.accounts import Account
    from schema.front_office.after_sales.returns.types import Refund
    from schema.front_office.service.complaints import Complaint
    from schema.front_office.service.ratings import Rating

READ, TEXT, REDRESS = (Permission.READ_COMPLAINTS, Permission.READ_COMPLAINT_TEXT, Permission.READ_REDRESS)
APPROVE, GRANTED = (Permission.APPROVE_REDRESS, Permission.READ_REDRESS)


@node(answers.ComplaintAnswer, prefix="ans", needs=READ)
class ComplaintAnswer(Node):
    """One answer to a complaint: sent, waiting for approval, or never sent."""

    complaint: "Complaint | None" = one("What it answers.", "complaint_id")
    stage: int = column("At which stage of the complaint.", filter=True)
    attempt: int | None = column("The how manieth of its stage; null until somebody has put it forward.")
    status: answers.AnswerStatus = column("How far it is.", filter=True, sort=True)
    next_statuses: list[answers.AnswerStatus] = expression(
        "What the viewer may make of it now.", next_statuses(limits.MACHINE)
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
        "The money that it gave back: one refund, once it is sent and grants one of an order.", "answer_id", "made_at"
    )
    ratings: "list[Rating]" = many("What the customer thinks of it: one rating, or none yet.", "answer_id", "rated_at")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


@node(answers.RedressLimit, prefix="lim", needs=GRANTED)
class RedressLimit(Node):
    """Up to how much a role grants, or approves, redress. Without one for a currency, nothing."""

    role: Role = column("Whose limit.", filter=True, sort=True)
    limit: Money = money("Up to how much in all for one complaint, included.", "limit_minor")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


# --- Inputs and payloads ----------------------------------------------------------------------------------------------


@strawberry.input(description="Up to how much a role grants redress.")
class SetRedressLimitInput:
    """Up to how much a role grants redress."""

    role: Role = member("A role that grants or approves redress, and that the viewer does not hold.")
    currency: CurrencyCode = member("The currency of the limit.")
    limit: Decimal = member("Up to how much for one complaint, included; 0 is nothing without a second person.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class ComplaintAnswerPayload:
    """What became of an answer."""

    ROWS: ClassVar = ("answer",)
    answer: "ComplaintAnswer | None" = changed(
        "The answer as it now is; null when there are errors, and with `dryRun`."
    )
    masked_text: str | None = plain(MASKED, default=None)
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class RedressLimitPayload:
    """What became of a limit."""

    ROWS: ClassVar = ("redress_limit",)
    redress_limit: "RedressLimit | None" = changed("The limit as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Roots ------------------------------------------------------------------------------------------------------------


class Answers:
    """Either office's way to answers: the back office sees those to complaints that were handed to its departments."""

    answers: "Connection[ComplaintAnswer]" = read(
        EntryRows("-made_at"), "All answers, latest first. Those that wait for approval are PROPOSED.", needs=READ
    )
    redress_limits: "Connection[RedressLimit]" = read(
        EntryRows("role"), "Up to how much each role grants redress.", needs=GRANTED
    )


class AnswerMutations:
    """Who decides about redress."""

    approve_redress = mutation(APPROVE, approve_redress, shows=ComplaintAnswerPayload)
    reject_redress = mutation(APPROVE, reject_redress, shows=ComplaintAnswerPayload)
    withdraw_answer = mutation(Permission.WRITE_COMPLAINTS, withdraw_answer, shows=ComplaintAnswerPayload)
    set_redress_limit = verb(
        "Says up to how much a role grants, or approves, redress for one complaint in all. Never for a role of one's own.",
        Permission.WRITE_POLICIES,
        SetRedressLimitInput,
        RedressLimitPayload,
        lambda viewer, given: limits.set_redress_limit(
            viewer, given.role, given.currency, given.limit, given.expected_version
        ),
    )


AREA = Area(
    front_office=(Answers,),
    back_office=(Answers,),
    mutations=(AnswerMutations,),
)
