"""The models' enumerations as GraphQL ones: members describe themselves."""

import strawberry

from models.back_office.handoffs import HandoffStatus
from models.back_office.improvements import ImprovementKind, ImprovementStatus
from models.back_office.inventory import BatchStatus, LocationKind, MoveKind, StockCountStatus
from models.back_office.messages import Audience, MessageKind, Office
from models.back_office.product_decisions import Decision
from models.back_office.production import BillStatus, WorkOrderStatus
from models.back_office.products import ProductStatus, StockAlert, Unit
from models.back_office.purchasing import PurchaseOrderStatus
from models.back_office.shipments import ShipmentStatus
from models.back_office.systemic_issues import IssueGrouping, IssueTrend
from models.clock_policies import AtReopening, ClockKind, CountsFrom
from models.clock_reckoning import ClockState
from models.clocks import ClockReason
from models.enums import DescribedEnum
from models.escalations import EscalationLevel, EscalationSource, EscalationTrend
from models.events import EventKind
from models.front_office.answers import AnswerStatus, Redress
from models.front_office.cases import CaseStatus
from models.front_office.complaints import Category, CauseCode, ComplaintStatus, Outcome, Severity
from models.front_office.correspondence import CorrespondenceKind, Direction
from models.front_office.customers import Channel, Language
from models.front_office.links import LinkKind
from models.front_office.orders import (
    DiscountState,
    OrderStatus,
    OrderWarning,
    PaymentMethod,
    PaymentState,
    ProgressStage,
    ShortagePolicy,
)
from models.front_office.ratings import SatisfactionGrouping
from models.front_office.returns import Condition, Disposition, ReturnReason, ReturnStatus
from models.front_office.stages import ReopeningKind
from models.notifications import NotificationKind
from models.permissions import Department, Permission, Role
from models.rules import RuleActionKind, RuleField, RuleOperator, RuleSkip
from models.tasks import TaskSource
from models.work import WorkKind
from models.working_time import Counting


def declare(members: type[DescribedEnum], name: str | None = None) -> None:
    """Makes an enumeration known to the schema, each member with its own description."""
    declared = strawberry.enum(members, name=name, description=" ".join((members.__doc__ or "").split()))
    for value in declared.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = members[value.name].description


for _members in (
    Audience,
    AnswerStatus,
    CaseStatus,
    AtReopening,
    BatchStatus,
    BillStatus,
    Category,
    CauseCode,
    Channel,
    ClockKind,
    ClockReason,
    ClockState,
    ComplaintStatus,
    Condition,
    CorrespondenceKind,
    Decision,
    Counting,
    CountsFrom,
    Department,
    EscalationLevel,
    EscalationSource,
    EscalationTrend,
    Direction,
    DiscountState,
    Disposition,
    EventKind,
    HandoffStatus,
    ImprovementKind,
    ImprovementStatus,
    IssueGrouping,
    IssueTrend,
    Language,
    MessageKind,
    LocationKind,
    MoveKind,
    LinkKind,
    NotificationKind,
    Office,
    OrderStatus,
    OrderWarning,
    Outcome,
    PaymentMethod,
    PaymentState,
    ProgressStage,
    Permission,
    ProductStatus,
    PurchaseOrderStatus,
    Redress,
    ReopeningKind,
    ReturnReason,
    ReturnStatus,
    Role,
    RuleActionKind,
    RuleField,
    RuleOperator,
    RuleSkip,
    SatisfactionGrouping,
    Severity,
    ShipmentStatus,
    ShortagePolicy,
    StockAlert,
    StockCountStatus,
    TaskSource,
    Unit,
    WorkKind,
    WorkOrderStatus,
):
    declare(_members)
