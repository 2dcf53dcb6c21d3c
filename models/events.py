"""What can happen, to what, and who may know of it: the areas' kinds of events and their subjects, put together.

The surprising rule: what is not listed here is told to nobody. A new kind is a line in its area; a new area's kinds and
subjects are a line here.
"""

from models.back_office.handoffs import Handoff, HandoffEvent
from models.back_office.handoffs.messages import MessageEvent
from models.back_office.logistics.inventory import Batch, BatchEvent, StockEvent
from models.back_office.logistics.shipments import Shipment, ShipmentEvent
from models.back_office.production import ProductionEvent, WorkOrder
from models.back_office.products.catalogue import Product, ProductEvent
from models.back_office.products.decisions import DecisionEvent
from models.back_office.products.improvements import Improvement, ImprovementEvent
from models.back_office.purchasing import PurchaseOrder, PurchaseOrderEvent, Supplier, SupplierEvent
from models.both_offices.absences import AbsenceEvent
from models.both_offices.accounts import AccountEvent
from models.both_offices.clocks.running import ClockEvent
from models.both_offices.escalations import EscalationEvent
from models.both_offices.notifications import NotificationEvent
from models.both_offices.rules import RuleEvent
from models.both_offices.tasks import TaskEvent
from models.front_office.after_sales.returns import CustomerReturn, ReturnEvent
from models.front_office.sales.orders import Order, OrderEvent
from models.front_office.service.answers import AnswerEvent, StageEvent
from models.front_office.service.cases import CaseEvent, LinkEvent
from models.front_office.service.complaints import Complaint, ComplaintEvent
from models.front_office.service.correspondence import CorrespondenceEvent
from models.front_office.service.ratings import RatingEvent
from models.kit.base import ReadScope, Record, RowScope, is_one_of
from models.kit.events import EventKind, is_about, subject_type

KINDS: tuple[type[EventKind], ...] = (
    ComplaintEvent,
    CorrespondenceEvent,
    AnswerEvent,
    StageEvent,
    RatingEvent,
    LinkEvent,
    CaseEvent,
    HandoffEvent,
    MessageEvent,
    ClockEvent,
    EscalationEvent,
    ImprovementEvent,
    DecisionEvent,
    ProductEvent,
    ProductionEvent,
    BatchEvent,
    StockEvent,
    OrderEvent,
    ShipmentEvent,
    SupplierEvent,
    PurchaseOrderEvent,
    ReturnEvent,
    RuleEvent,
    TaskEvent,
    NotificationEvent,
    AbsenceEvent,
    AccountEvent,
)

EVERY_KIND: dict[str, EventKind] = {kind.value: kind for kinds in KINDS for kind in kinds}

SUBJECTS: tuple[type[Record], ...] = (
    Complaint,
    Handoff,
    Improvement,
    Product,
    Batch,
    WorkOrder,
    Order,
    Shipment,
    PurchaseOrder,
    Supplier,
    CustomerReturn,
)
"""What there are histories of. Each says by `history_needs` who may know of them."""


TOLD_OF_PRODUCTS: tuple[EventKind, ...] = (
    *ProductEvent,
    DecisionEvent.DECIDED,
    ProductionEvent.BILL_ACTIVATED,
    StockEvent.LOW,
    StockEvent.OUT,
)
"""What a product's history tells."""


def events_about(subject: type[Record], *kinds: EventKind) -> RowScope:
    """What happened to records of one table, which every reader of them may know; of these kinds only where any are named."""

    def scope(read_scope: ReadScope, event: str) -> str | None:
        about = is_about(event, subject_type(subject))
        told = [kind for kind in kinds if kind.needs is None or kind.needs in read_scope.permissions]
        return f"{about} AND {is_one_of(f'{event}.kind', told)}" if kinds else about

    return scope


def visible_events(read_scope: ReadScope, event: str) -> str | None:
    """What happened to records all of which the viewer may know of, as far as the kind of event may be known, too.

    A department sees what happened to its handoffs and their complaints; whoever sees all handoffs sees what happened to any.
    Of what is said within one office, the other one does not even learn that it was said.
    """
    known = [one for one in SUBJECTS if one.history_needs in read_scope.permissions]
    ours = [one for one in SUBJECTS if one.history_for_department and one not in known]
    types = ", ".join(f"'{subject_type(one)}'" for one in (*known, *ours))
    unknown = f"about.event_id = {event}.id AND about.type NOT IN ({types})"
    conditions = [
        f"EXISTS (SELECT 1 FROM event_subjects about WHERE about.event_id = {event}.id)",
        f"NOT EXISTS (SELECT 1 FROM event_subjects about WHERE {unknown})",
    ]
    if ours:
        department = is_one_of(f"{event}.department", read_scope.departments)
        conditions.append(f"({department} OR NOT {is_about(event, *map(subject_type, ours))})")
    secret = [kind for kind in EVERY_KIND.values() if kind.needs and kind.needs not in read_scope.permissions]
    if secret:
        conditions.append(f"NOT ({is_one_of(f'{event}.kind', secret)})")
    return " AND ".join(conditions)
