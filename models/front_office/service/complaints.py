"""Complaints (ISO 10002): an expression of dissatisfaction to which the customer expects an answer. Nothing is ever deleted.

The one surprising rule: `subject` is read by both offices, so it is stored with the customer's identity masked.
"""

from typing import Any

from tortoise import fields

from models.front_office.customers import Channel
from models.kit.base import VIEWER, ReadScope, Record, is_one_of, optional_reference, reference
from models.kit.categories import Category
from models.kit.constraints import when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.severity import Severity
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Department, Permission

DEPARTMENT_OF: dict[Category, Department] = {
    Category.PRODUCT_QUALITY: Department.PRODUCT_DEVELOPMENT,
    Category.DELIVERY: Department.LOGISTICS,
    Category.BILLING: Department.FINANCE,
    Category.STAFF_CONDUCT: Department.HUMAN_RESOURCES,
    Category.DATA_PRIVACY: Department.IT,
    Category.CONTRACT: Department.LEGAL,
    Category.WEBSITE: Department.IT,
    Category.OTHER: Department.ADMINISTRATION,
}


class ComplaintStatus(DescribedEnum):
    """How far a complaint is."""

    RECEIVED = "RECEIVED", "Written down, and with no department at present."
    HANDED_OFF = "HANDED_OFF", "At least one department works on it or has given an answer that was accepted."
    AWAITING_CUSTOMER = "AWAITING_CUSTOMER", "The customer was asked something; the customer's clock stands still."
    AWAITING_APPROVAL = "AWAITING_APPROVAL", "The answer's redress waits for a second person's approval."
    ANSWERED = "ANSWERED", "The customer has our answer."
    CLOSED = "CLOSED", "Done with, and never deleted."


class Outcome(DescribedEnum):
    """How a complaint ended."""

    UPHELD = "UPHELD", "The customer was right."
    PARTLY_UPHELD = "PARTLY_UPHELD", "The customer was right in part."
    NOT_UPHELD = "NOT_UPHELD", "The customer was not right."
    WITHDRAWN = "WITHDRAWN", "The customer took it back."
    NOT_A_COMPLAINT = "NOT_A_COMPLAINT", "It turned out to be something else, an enquiry for instance."
    DUPLICATE = "DUPLICATE", "It was received before."


class CauseCode(DescribedEnum):
    """What a complaint came from; improvements are measured by it."""

    MATERIAL = "MATERIAL", "What the product is made of."
    METHOD = "METHOD", "How the work is done."
    MACHINE = "MACHINE", "The equipment it is done with."
    TRAINING = "TRAINING", "Somebody did not know how."
    SUPPLIER = "SUPPLIER", "What a supplier delivered."
    DESIGN = "DESIGN", "How the product or service was thought out."
    INFORMATION = "INFORMATION", "What was said, or not said, to whom."
    POLICY = "POLICY", "A rule of ours."
    OTHER = "OTHER", "Something else."


ANSWER_OUTCOMES = frozenset({Outcome.UPHELD, Outcome.PARTLY_UPHELD, Outcome.NOT_UPHELD})
CLOSING_OUTCOMES = frozenset(Outcome) - ANSWER_OUTCOMES

_S = ComplaintStatus
_W = Permission.WRITE_COMPLAINTS
_A = Permission.APPROVE_REDRESS

_HAND_OFF = ("handOffComplaint", "splitComplaint")
_ANSWER = ("answerComplaint", "confirmCaseAnswer")
_STAGE = (Guard.AT_STAGE,)
_SETTLED = (Guard.AT_STAGE, Guard.SETTLED)
_APPROVE = (Guard.AT_STAGE, Guard.SECOND_PERSON, Guard.WITHIN_LIMIT, Guard.GRANTABLE)
_RETURN = (
    Transition(_S.RECEIVED, _W, ("reopenComplaint",), (Guard.REOPENABLE,)),
    Transition(_S.RECEIVED, _W, ("challengeComplaint",), (Guard.CHALLENGEABLE,)),
)

TRANSITIONS: Transitions = {
    _S.RECEIVED: (
        Transition(_S.HANDED_OFF, _W, _HAND_OFF, _STAGE),
        Transition(_S.AWAITING_CUSTOMER, _W, ("askCustomer",), _STAGE),
        Transition(_S.AWAITING_APPROVAL, _W, _ANSWER, _STAGE, consequence=True),
        Transition(_S.ANSWERED, _W, _ANSWER, _STAGE),
        Transition(_S.CLOSED, _W, ("closeComplaint",), _STAGE),
    ),
    _S.HANDED_OFF: (
        Transition(_S.HANDED_OFF, _W, _HAND_OFF, _STAGE),
        Transition(_S.RECEIVED, _W, consequence=True),
        Transition(_S.AWAITING_CUSTOMER, _W, ("askCustomer",), _STAGE),
        Transition(_S.AWAITING_APPROVAL, _W, _ANSWER, _SETTLED, consequence=True),
        Transition(_S.ANSWERED, _W, _ANSWER, _SETTLED),
        Transition(_S.CLOSED, _W, ("closeComplaint",), _STAGE),
    ),
    _S.AWAITING_CUSTOMER: (
        Transition(_S.RECEIVED, _W, ("customerReplied",), (Guard.WITHOUT_DEPARTMENTS,)),
        Transition(_S.HANDED_OFF, _W, ("customerReplied",), (Guard.WITH_DEPARTMENTS,)),
        Transition(_S.AWAITING_APPROVAL, _W, _ANSWER, _SETTLED, consequence=True),
        Transition(_S.ANSWERED, _W, _ANSWER, _SETTLED),
        Transition(_S.CLOSED, _W, ("closeComplaint",), _STAGE),
    ),
    _S.AWAITING_APPROVAL: (
        Transition(_S.ANSWERED, _A, ("approveRedress",), _APPROVE),
        Transition(_S.RECEIVED, _A, consequence=True),
        Transition(_S.HANDED_OFF, _A, consequence=True),
        Transition(_S.CLOSED, _W, ("closeComplaint",), _STAGE),
    ),
    _S.ANSWERED: (
        *_RETURN,
        Transition(_S.CLOSED, _W, ("closeComplaint",)),
    ),
    _S.CLOSED: _RETURN,
}
"""RECEIVED follows ANSWERED and CLOSED when a complaint is challenged or reopened; with it comes HANDED_OFF where a department
still works on it, or gave an answer at this stage that was accepted. `approveRedress` is about the complaint's answer.
"""


UNANSWERED = frozenset({_S.RECEIVED, _S.HANDED_OFF, _S.AWAITING_CUSTOMER})
"""Where a complaint can take an answer: not when one waits for approval, and not when it has its answer."""

DONE_WITH = frozenset({_S.ANSWERED, _S.CLOSED})
"""Where nobody works on a complaint any more."""


class ComplaintEvent(EventKind):
    """What happens to complaints."""

    RECEIVED = "COMPLAINT_RECEIVED", "A complaint was written down."
    ACKNOWLEDGED = "COMPLAINT_ACKNOWLEDGED", "The customer was told that we have the complaint."
    ROUTED = "COMPLAINT_ROUTED", "A rule said which department it belongs to."
    SEVERITY_CHANGED = "SEVERITY_CHANGED", "A complaint turned out to be more or less severe."
    CAUSE_DETERMINED = "CAUSE_DETERMINED", "What a complaint came from was found out."
    ANSWERED = "COMPLAINT_ANSWERED", "The customer got an answer."
    CLOSED = "COMPLAINT_CLOSED", "A complaint was closed."


class Complaint(Record):
    """One complaint of one customer, from its first word to its end."""

    history_needs = Permission.READ_ALL_HANDOFFS
    history_for_department = True
    transitions = TRANSITIONS

    number = fields.CharField(max_length=20, unique=True)
    customer_id = reference("Customer", related_name="complaints")
    order_id = optional_reference("Order", related_name="complaints", index=True)
    product_id = optional_reference("Product", related_name="complaints", index=True)
    order_line_id = optional_reference("OrderLine", related_name="complaints", index=True)
    batch_id = optional_reference("Batch", related_name="complaints", index=True)
    channel = fields.CharEnumField(Channel, max_length=20)
    category = fields.CharEnumField(Category, max_length=20)
    severity = fields.CharEnumField(Severity, max_length=20)
    subject = fields.CharField(max_length=200)
    description = fields.TextField()
    remedy_sought = fields.TextField(null=True)
    status = fields.CharEnumField(ComplaintStatus, max_length=20)
    stage = fields.IntField(default=1, db_default=1)
    cause: Any = fields.CharEnumField(CauseCode, max_length=20, null=True)
    routed_to: Any = fields.CharEnumField(Department, max_length=30, null=True)
    acknowledged_at = fields.DatetimeField(null=True)
    received_at = fields.DatetimeField()
    received_by_id = optional_reference("Account", related_name="received_complaints")
    answer: Any = fields.TextField(null=True)
    answered_at = fields.DatetimeField(null=True)
    outcome: Any = fields.CharEnumField(Outcome, max_length=20, null=True)
    closed_at = fields.DatetimeField(null=True)
    closing_reason: Any = fields.TextField(null=True)
    case_id = optional_reference("MajorCase", related_name="complaints")
    version = fields.IntField(default=1)

    class Meta:
        table = "complaints"
        indexes = (
            ("customer_id", "received_at", "id"),
            ("received_at", "id"),
            ("status", "received_at", "id"),
            ("case_id", "received_at", "id"),
            ("cause", "received_at"),
        )
        checks = {
            "answered": when("status", "ANSWERED", "answer", "answered_at", "outcome"),
            "closed": when(
                "status", "CLOSED", "closed_at", "outcome", "(answer IS NOT NULL OR closing_reason IS NOT NULL)"
            ),
            "stage": "stage BETWEEN 1 AND 3",
        }
        by_code_point = ("number", "channel", "category", "severity", "status", "cause", "outcome")


def goes_to(complaint: Complaint) -> Department:
    """The department that it is handed to where none is named: a rule may have said another one than its category does."""
    return complaint.routed_to or DEPARTMENT_OF[complaint.category]


def visible_complaints(read_scope: ReadScope, complaint: str) -> str | None:
    """The front office sees all complaints; a department those that were handed to it."""
    if Permission.READ_ALL_HANDOFFS in read_scope.permissions:
        return None
    handed_to_us = is_one_of("own_handoff.department", read_scope.departments)
    return f"EXISTS (SELECT 1 FROM handoffs own_handoff WHERE own_handoff.complaint_id = {complaint}.id AND {handed_to_us})"


Complaint.row_scope = visible_complaints


def of_visible_complaints(read_scope: ReadScope, key: str) -> str | None:
    """The scope of rows that belong to a complaint by this key: as that complaint's."""
    scope = visible_complaints(read_scope, "whose_complaint")
    if scope is None:
        return None
    return f"EXISTS (SELECT 1 FROM complaints whose_complaint WHERE whose_complaint.id = {key} AND {scope})"


def as_their_complaints(read_scope: ReadScope, row: str) -> str | None:
    """Who sees a complaint sees what belongs to it; texts for one office alone need a permission of their own."""
    return of_visible_complaints(read_scope, f"{row}.complaint_id")


def customers_due_sql(complaint: str) -> str:
    """By when the customer must have an answer, as an SQL value: the front office's own deadline in what it does for it."""
    return (
        f"(SELECT clock.due_at FROM clocks clock WHERE clock.complaint_id = {complaint}"
        " AND clock.kind = 'ANSWER_COMPLAINT')"
    )


def at_no_earlier_stage(_read_scope: ReadScope, item: str) -> str:
    """Nobody works on a stage of a complaint who worked on an earlier one; for rows with a stage and a complaint."""
    earlier = (
        f"SELECT 1 FROM stage_workers earlier WHERE earlier.complaint_id = {item}.complaint_id"
        f" AND earlier.account_id = {VIEWER} AND earlier.stage < {item}.stage"
    )
    return f"(coalesce({item}.stage, 1) = 1 OR NOT EXISTS ({earlier}))"
