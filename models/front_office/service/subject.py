"""The complaint as a subject of the services between the offices: what they know of it, and what rules may ask."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from models.back_office.products.catalogue import Product, ProductCategory
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.reckoning import Begun, ClockReason
from models.both_offices.rules import RuleField, RuleOperator
from models.both_offices.subjects import Classes, Counted, Fact, FactSheet, FactSource, RuledSubject
from models.front_office.customers import IDENTIFYING, Channel
from models.front_office.identities import former, masked
from models.front_office.sales.orders import SHIPPED_TO, SOLD_TO
from models.front_office.service.complaints import (
    DONE_WITH,
    Category,
    CauseCode,
    Complaint,
    ComplaintEvent,
    ComplaintStatus,
    goes_to,
)
from models.kit.categories import LAST_STAGE
from models.kit.masking import Named, mask
from models.kit.severity import Severity
from models.permissions import BACK_OFFICE_DEPARTMENTS, Permission

_F, _O = RuleField, RuleOperator
_LISTED = frozenset({_O.IN, _O.NOT_IN})
_COMPARED = frozenset({_O.AT_LEAST, _O.AT_MOST})
_READ = Permission.READ_COMPLAINTS


def _words(members: Iterable[Enum]) -> frozenset[str]:
    return frozenset(str(member.value) for member in members)


_WHO = {
    **{f"u_{column}": f"u.{column}" for column in (*IDENTIFYING, "formerly")},
    **{f"o_{column}": f"o.{column}" for column in {*SOLD_TO, *SHIPPED_TO, "formerly"} if column},
}
"""What says who the customer is, and whom the order is for: it is read to be masked, and no condition sees it."""


def _masked(row: Mapping[str, Any]) -> str:
    people = [Named(*(row[f"u_{column}"] for column in IDENTIFYING))]
    people += [Named(*(column and row[f"o_{column}"] for column in columns)) for columns in (SOLD_TO, SHIPPED_TO)]
    before = [one for said in ("u_formerly", "o_formerly") for one in former(row[said])]
    return mask(f"{row['subject']}\n\n{row['description']}", *people, *before)


def _begun(complaint: Complaint, at: datetime) -> list[Begun]:
    stopped = (complaint.answered_at or complaint.closed_at or at) if complaint.status in DONE_WITH else None
    paused = at if complaint.status == ComplaintStatus.AWAITING_CUSTOMER else None
    heard = complaint.acknowledged_at or stopped
    since, reason = complaint.received_at, ClockReason.TAKEN_OVER
    return [
        Begun(ClockKind.ACKNOWLEDGE_COMPLAINT, since, reason, stopped_at=heard),
        Begun(ClockKind.ANSWER_COMPLAINT, since, reason, paused_at=paused, stopped_at=stopped),
    ]


_FACTS = (
    Fact(field=_F.CATEGORY, needs=_READ, operators=_LISTED, sql="c.category", values=_words(Category)),
    Fact(
        field=_F.SEVERITY,
        needs=_READ,
        operators=_LISTED | _COMPARED,
        sql="c.severity",
        values=_words(Severity),
        # By harm, as they are declared.
        rank=[severity.value for severity in Severity].index,
    ),
    Fact(field=_F.CHANNEL, needs=_READ, operators=_LISTED, sql="c.channel", values=_words(Channel)),
    Fact(field=_F.PRODUCT, needs=Permission.READ_PRODUCTS, operators=_LISTED, sql="p.sku", held_in=(Product, "sku")),
    Fact(
        field=_F.PRODUCT_CATEGORY,
        needs=Permission.READ_PRODUCTS,
        operators=_LISTED,
        sql="pc.name",
        held_in=(ProductCategory, "name"),
    ),
    Fact(field=_F.CAUSE, needs=_READ, operators=_LISTED, sql="c.cause", values=_words(CauseCode)),
    Fact(
        field=_F.STAGE,
        needs=_READ,
        operators=_LISTED | _COMPARED,
        sql="c.stage",
        values=frozenset(str(stage) for stage in range(1, LAST_STAGE + 1)),
    ),
    Fact(field=_F.STATUS, needs=_READ, operators=_LISTED, sql="c.status", values=_words(ComplaintStatus)),
    Fact(
        field=_F.DEPARTMENT,
        needs=Permission.READ_HANDOFFS,
        operators=_LISTED,
        source=FactSource.EVENT,
        values=_words(BACK_OFFICE_DEPARTMENTS),
    ),
    Fact(field=_F.PRODUCT_COMPLAINTS, needs=Permission.READ_ALL_HANDOFFS, operators=_COMPARED, source=FactSource.COUNT),
    Fact(
        field=_F.MASKED_TEXT,
        needs=Permission.READ_COMPLAINT_TEXT,
        operators=frozenset({_O.HAS_ANY_WORD}),
        source=FactSource.TEXT,
    ),
)

COMPLAINT = RuledSubject(
    model=Complaint,
    seen_with=Permission.READ_ALL_HANDOFFS,
    clocks=(ClockKind.ACKNOWLEDGE_COMPLAINT, ClockKind.ANSWER_COMPLAINT),
    due_by=ClockKind.ANSWER_COMPLAINT,
    open_statuses=frozenset(ComplaintStatus) - DONE_WITH,
    begun=_begun,
    classes=lambda complaint, _: Classes(
        stage=complaint.stage, category=complaint.category, severity=complaint.severity
    ),
    goes_to=goes_to,
    masked=masked,
    facts=FactSheet(
        rows="complaints c JOIN customers u ON u.id = c.customer_id LEFT JOIN orders o ON o.id = c.order_id"
        " LEFT JOIN products p ON p.id = c.product_id LEFT JOIN product_categories pc ON pc.id = p.category_id",
        all=_FACTS,
        masked_by={
            "subject": "c.subject",
            "description": "c.description",
            **_WHO,
        },
        text=_masked,
        counted=Counted(group="product_id", moment="received_at", kind=ComplaintEvent.RECEIVED),
        at_first={RuleField.STATUS.value: ComplaintStatus.RECEIVED.value, RuleField.STAGE.value: 1},
    ),
)
