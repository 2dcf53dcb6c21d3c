"""A purchase order as a third kind of subject. Nothing but the declaration in here knows of it."""

import sys

from models import subjects
from models.back_office.purchasing import PurchaseOrder, PurchaseOrderStatus
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.subjects import Subject, Subjects
from models.permissions import Department, Permission

PURCHASE = Subject(
    model=PurchaseOrder,
    seen_with=Permission.READ_PURCHASING,
    department=lambda _: Department.LOGISTICS,
    clocks=(ClockKind.ANSWER_HANDOFF,),
    due_by=ClockKind.ANSWER_HANDOFF,
    open_statuses=frozenset({PurchaseOrderStatus.DRAFT}),
    begun=lambda _record, _at: [],
)


def declare() -> None:
    """Makes it one of the subjects, in front of everybody who imports them from now on: before the services' tables are made."""
    assert "models.both_offices.clocks.running" not in sys.modules
    subjects.SUBJECTS = Subjects(*subjects.SUBJECTS, PURCHASE)
