"""The models' enumerations as GraphQL ones: members describe themselves."""

from typing import Any

import strawberry

from models.back_office.handoffs import HandoffStatus
from models.back_office.handoffs.messages import Audience, MessageKind, Office
from models.back_office.logistics.inventory import BatchStatus, LocationKind, MoveKind, StockCountStatus
from models.back_office.logistics.shipments import ShipmentStatus
from models.back_office.production import BillStatus, WorkOrderStatus
from models.back_office.products.catalogue import ProductStatus, StockAlert, Unit
from models.back_office.products.decisions import Decision
from models.back_office.products.improvements import ImprovementKind, ImprovementStatus
from models.back_office.products.systemic_issues import IssueGrouping, IssueTrend
from models.back_office.purchasing import PurchaseOrderStatus
from models.both_offices.clocks.policies import AtReopening, ClockKind, CountsFrom
from models.both_offices.clocks.reckoning import ClockState
from models.both_offices.clocks.running import ClockReason
from models.both_offices.clocks.working_time import Counting
from models.both_offices.escalations import EscalationLevel, EscalationSource, EscalationTrend
from models.both_offices.notifications import NotificationKind
from models.both_offices.rules import RuleActionKind, RuleField, RuleOperator, RuleSkip
from models.both_offices.tasks import TaskSource
from models.both_offices.work import WorkKind
from models.events import EVERY_KIND
from models.front_office.after_sales.returns import Condition, Disposition, ReturnReason, ReturnStatus
from models.front_office.customers import Channel, Language
from models.front_office.sales.orders import (
    DiscountState,
    OrderStatus,
    OrderWarning,
    PaymentMethod,
    PaymentState,
    ProgressStage,
    ShortagePolicy,
)
from models.front_office.service.answers import AnswerStatus, Redress
from models.front_office.service.cases import CaseStatus
from models.front_office.service.complaints import Category, CauseCode, ComplaintStatus, Outcome, Severity
from models.front_office.service.correspondence import CorrespondenceKind, Direction
from models.front_office.service.links import LinkKind
from models.front_office.service.ratings import SatisfactionGrouping
from models.front_office.service.stages import ReopeningKind
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.permissions import Department, Permission, Role
from resolvers.reading.declare import enum_values, stand_for


def declare(members: type[DescribedEnum], name: str | None = None) -> Any:
    """Makes an enumeration known to the schema, each member with its own description."""
    declared = strawberry.enum(members, name=name, description=" ".join((members.__doc__ or "").split()))
    for value in enum_values(declared):
        value.description = members[value.name].description
    return declared


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

# Each area has kinds of events of its own; to clients they are one enumeration.
_kinds: Any = DescribedEnum("EventKind", {value: (value, kind.description) for value, kind in EVERY_KIND.items()})  # type: ignore[call-overload]
_kinds.__doc__ = EventKind.__doc__
stand_for(EventKind, declare(_kinds))
