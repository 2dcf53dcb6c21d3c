"""Which statuses a viewer may give a record next, told once more in plain Python from the transitions and all rows."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from models.back_office.handoffs import OPEN_STATUSES, Handoff, HandoffStatus
from models.back_office.handoffs import TRANSITIONS as HANDOFFS
from models.back_office.logistics.inventory import BATCH_TRANSITIONS
from models.back_office.production import QualityCheck
from models.back_office.products.catalogue import TRANSITIONS as PRODUCTS
from models.back_office.products.improvements import TRANSITIONS as IMPROVEMENTS
from models.back_office.products.improvements import ImprovementComplaint
from models.both_offices.clocks.policies import Regime
from models.front_office.after_sales.returns import PROPOSAL_TRANSITIONS, Refund
from models.front_office.after_sales.returns import TRANSITIONS as RETURNS
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.sales.orders.terms import OrderPayment
from models.front_office.service.answers import REDRESS_WITH_AMOUNT, ComplaintAnswer, RedressLimit, StageWorker
from models.front_office.service.answers import TRANSITIONS as ANSWERS
from models.front_office.service.cases import TRANSITIONS as CASES
from models.front_office.service.cases import MajorCase
from models.front_office.service.complaints import ANSWER_OUTCOMES, UNANSWERED, Complaint, ComplaintStatus
from models.front_office.service.complaints import TRANSITIONS as COMPLAINTS
from models.kit.base import now
from models.kit.categories import LAST_STAGE
from models.kit.states import Guard, Transitions
from tests.reading.reference_scopes import Row
from tests.reading.reference_values import Values

Holds = Callable[[Values, Row], bool]
KEPT_STATUSES = OPEN_STATUSES | {HandoffStatus.ACCEPTED}


def next_statuses(values: Values, type_name: str, row: Row) -> list[str]:
    """What the viewer may make of a record."""
    transitions, conditions = MACHINES[type_name]
    offered = [
        str(step.to)
        for step in transitions[row["status"]]
        if step.needs in values.viewer.permissions
        and not step.consequence
        and all(conditions[when](values, row) for when in step.guards)
    ]
    return list(dict.fromkeys(offered))


# --- Complaints, handoffs and answers ---


def _at_present_stage(values: Values, row: Row) -> bool:
    complaint = values.one(Complaint, row["complaint_id"])
    assert complaint
    return values.is_at_stage(complaint["id"], complaint["stage"])


def _nothing_blocks(values: Values, complaint: Row) -> bool:
    own = values.all(Handoff, complaint_id=complaint["id"])
    return not any(one["blocks"] and one["status"] in OPEN_STATUSES for one in own)


def _with_departments(values: Values, complaint: Row) -> bool:
    own = values.all(Handoff, complaint_id=complaint["id"], stage=complaint["stage"])
    return any(one["status"] in KEPT_STATUSES for one in own)


def _reopenable(values: Values, complaint: Row) -> bool:
    ended = complaint["closed_at"] or complaint["answered_at"]
    active = values.all(Regime, active=True)
    return any(ended and ended >= now() - timedelta(days=one["reopen_within_days"]) for one in active)


def _challengeable(_values: Values, complaint: Row) -> bool:
    was_answered = complaint["status"] == ComplaintStatus.ANSWERED or complaint["outcome"] in ANSWER_OUTCOMES
    return complaint["stage"] < LAST_STAGE and was_answered


def _second_person(values: Values, answer: Row) -> bool:
    case = values.one(MajorCase, answer["case_id"])
    proposer = answer["proposed_by_id"]
    wrote_case = case is not None and case["answered_by_id"] == values.viewer.account
    return proposer is not None and proposer != values.viewer.account and not wrote_case


def _within_limit(values: Values, answer: Row) -> bool:
    if answer["amount_minor"] is None:
        return True
    complaint = values.one(Complaint, answer["complaint_id"])
    assert complaint
    took = values.all(OrderPayment, order_id=complaint["order_id"], recorded_by_id=values.viewer.account)
    if answer["redress"] == "REFUND" and complaint["order_id"] and took:
        return False
    total = answer["amount_minor"] + _given_before(values, complaint, answer["currency"])
    limits = values.all(RedressLimit, currency=answer["currency"])
    return any(one["role"] in values.viewer.roles and one["limit_minor"] >= total for one in limits)


def _given_before(values: Values, complaint: Row, currency: str) -> int:
    """What counts with what a complaint brings: all of it and of its order, and what its customer got within 30 days."""
    lately, given = now() - timedelta(days=30), 0
    for one in values.all(ComplaintAnswer, currency=currency, status="SENT"):
        about = values.one(Complaint, one["complaint_id"])
        assert about
        same_order = complaint["order_id"] is not None and about["order_id"] == complaint["order_id"]
        same_customer = about["customer_id"] == complaint["customer_id"] and one["sent_at"] > lately
        if about["id"] == complaint["id"] or same_order or same_customer:
            given += one["amount_minor"] or 0
    for one in values.all(Refund, currency=currency, answer_id=None):
        order = values.one(Order, one["order_id"])
        assert order
        same_customer = order["customer_id"] == complaint["customer_id"] and one["made_at"] > lately
        if order["id"] == complaint["order_id"] or same_customer:
            given += one["amount_minor"]
    return given


def _of_proposed(holds: Holds) -> Holds:
    def of_complaint(values: Values, complaint: Row) -> bool:
        return any(
            holds(values, one) for one in values.all(ComplaintAnswer, complaint_id=complaint["id"], status="PROPOSED")
        )

    return of_complaint


def _confirmable(values: Values, answer: Row) -> bool:
    complaint = values.one(Complaint, answer["complaint_id"])
    assert complaint
    case = values.one(MajorCase, answer["case_id"])
    wrote = case["answered_by_id"] if case else None
    worked = values.all(StageWorker, complaint_id=complaint["id"], account_id=wrote) if wrote else []
    if complaint["status"] not in UNANSWERED or not _nothing_blocks(values, complaint):
        return False
    if any(one["stage"] != complaint["stage"] for one in worked):
        return False
    order = values.one(Order, complaint["order_id"])
    if order and answer["redress"] in REDRESS_WITH_AMOUNT and order["currency"] != answer["currency"]:
        return False
    return _grantable(values, answer)


def _grantable(values: Values, answer: Row) -> bool:
    complaint = values.one(Complaint, answer["complaint_id"])
    assert complaint
    order = values.one(Order, complaint["order_id"])
    if answer["redress"] == "REPLACEMENT":
        return order is not None and _is_something_to_replace(values, complaint, order)
    return order is None or not _refunds_too_much(values, answer, order)


def _refunds_too_much(values: Values, answer: Row, order: Row) -> bool:
    complaints = {one["id"] for one in values.all(Complaint, order_id=order["id"])}
    granted = sum(
        one["amount_minor"]
        for one in values.all(ComplaintAnswer, redress="REFUND")
        if one["complaint_id"] in complaints and one["status"] in ("PROPOSED", "SENT")
        if one["id"] != answer["id"] and not values.all(Refund, answer_id=one["id"])
    )
    given_back = sum(line["refunded_minor"] for line in values.all(OrderLine, order_id=order["id"]))
    left = min(order["paid_minor"] - order["refunded_minor"], order["total_minor"] - given_back) - granted
    return answer["redress"] == "REFUND" and answer["amount_minor"] > left


def _is_something_to_replace(values: Values, complaint: Row, order: Row) -> bool:
    again = {one["id"] for one in values.all(Order, replaces_id=order["id"]) if one["status"] != "CANCELLED"}
    replaced = Counter[Any]()
    for one in values.tables[OrderLine]:
        if one["order_id"] in again:
            replaced[one["product_id"]] += one["quantity"]
    for line in sorted(values.all(OrderLine, order_id=order["id"]), key=lambda it: it["position"]):
        pieces = max(line["shipped_quantity"] - line["refunded_quantity"], 0)
        gone = min(pieces, replaced[line["product_id"]])
        replaced[line["product_id"]] -= gone
        of_line, of_product = complaint["order_line_id"], complaint["product_id"]
        is_about = line["id"] == of_line if of_line else of_product in (None, line["product_id"])
        if is_about and pieces > gone:
            return True
    return False


# --- Goods and improvements ---


def _has_passed(values: Values, batch: Row) -> bool:
    checks = values.all(QualityCheck, batch_id=batch["id"])
    latest = {
        one["name"]: max(
            (other for other in checks if other["name"] == one["name"]), key=lambda it: (it["checked_at"], it["id"])
        )
        for one in checks
    }
    since = batch["held_at"] or batch["made_at"]
    looks = [one for one in checks if one["checked_at"] >= since]
    return bool(looks) and not any(one is latest[one["name"]] and not one["passed"] for one in looks)


def _is_measured(values: Values, row: Row) -> bool:
    sources = {one["complaint_id"] for one in values.all(ImprovementComplaint, improvement_id=row["id"])}
    about = [one for one in values.tables[Complaint] if one["id"] in sources]
    is_over = row["monitored_until"] is not None and row["monitored_until"] <= now()
    all_done = all(one["status"] in ("ANSWERED", "CLOSED") for one in about)
    return is_over and all_done and values.orders_in(row, values.after(row)) > 0


def _nothing_to_confirm(values: Values, case: Row) -> bool:
    return not values.all(ComplaintAnswer, case_id=case["id"], status="TO_CONFIRM")


def _gives_back_as_second(values: Values, proposal: Row) -> bool:
    me = values.viewer.account
    took = values.all(OrderPayment, order_id=proposal["order_id"], recorded_by_id=me)
    return proposal["proposed_by_id"] != me and not took


MACHINES: dict[str, tuple[Transitions, Mapping[Guard, Holds]]] = {
    "Complaint": (
        COMPLAINTS,
        {
            Guard.AT_STAGE: lambda values, row: values.is_at_stage(row["id"], row["stage"]),
            Guard.SETTLED: _nothing_blocks,
            Guard.SECOND_PERSON: _of_proposed(_second_person),
            Guard.WITHIN_LIMIT: _of_proposed(_within_limit),
            Guard.GRANTABLE: _of_proposed(_grantable),
            Guard.WITH_DEPARTMENTS: _with_departments,
            Guard.WITHOUT_DEPARTMENTS: lambda values, row: not _with_departments(values, row),
            Guard.REOPENABLE: _reopenable,
            Guard.CHALLENGEABLE: _challengeable,
        },
    ),
    "Handoff": (
        HANDOFFS,
        {
            Guard.CLAIMED_BY_ME: lambda values, row: row["claimed_by_id"] == values.viewer.account,
            Guard.AT_STAGE: lambda values, row: values.is_at_stage(row["complaint_id"], row["stage"]),
            Guard.AT_COMPLAINTS_STAGE: _at_present_stage,
        },
    ),
    "ComplaintAnswer": (
        ANSWERS,
        {
            Guard.AT_STAGE: _at_present_stage,
            Guard.SECOND_PERSON: _second_person,
            Guard.WITHIN_LIMIT: _within_limit,
            Guard.ABOVE_LIMIT: lambda values, row: not _within_limit(values, row),
            Guard.CONFIRMABLE: _confirmable,
            Guard.GRANTABLE: _grantable,
        },
    ),
    "MajorCase": (CASES, {Guard.SETTLED: _nothing_to_confirm}),
    "Improvement": (IMPROVEMENTS, {Guard.SETTLED: _is_measured}),
    "Batch": (BATCH_TRANSITIONS, {Guard.SETTLED: _has_passed}),
    "Product": (PRODUCTS, {}),
    "Return": (RETURNS, {}),
    "RefundProposal": (PROPOSAL_TRANSITIONS, {Guard.SECOND_PERSON: _gives_back_as_second}),
}
"""The state machine behind `nextStatuses` of each type, and what its conditions mean."""
