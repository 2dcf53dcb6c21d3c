"""The roots: two doors to one graph, the way to any node by its id, and who is asking."""

from models.permissions import Permission
from resolvers.reading.declare import Door, EntryAnyNode, Node, door, gathered, read
from schema.absences import AbsenceMutations, Absences
from schema.back_office.accounts import AccountMutations, Accounts, ViewerItself
from schema.back_office.handoffs import HandoffMutations, Handoffs, HandoffSubscriptions, TransferMutations
from schema.back_office.improvements import ImprovementMutations, Improvements
from schema.back_office.inventory import Batches, InventoryMutations, Places, Stock, StockCounts, StockSubscriptions
from schema.back_office.messages import MessageMutations
from schema.back_office.product_decisions import ProductDecisionMutations, ProductDecisions
from schema.back_office.production import BillMutations, Production, QualityMutations, WorkOrderMutations
from schema.back_office.products import ProductMutations, Products
from schema.back_office.purchasing import PurchaseOrderMutations, Purchasing, SupplierMutations
from schema.back_office.shipments import ShipmentMutations, Shipments, ShipmentSubscriptions, ShipmentWork
from schema.back_office.systemic_issues import SystemicIssues
from schema.clocks import ClockPolicies, ClockPolicyMutations
from schema.escalations import EscalationMutations, Escalations
from schema.front_office.answers import AnswerMutations, Answers
from schema.front_office.cases import CaseMutations, Cases
from schema.front_office.complaints import (
    CauseMutations,
    ComplaintMutations,
    ComplaintSubscriptions,
    FrontOfficeComplaints,
    SeverityMutations,
    SplitMutations,
)
from schema.front_office.correspondence import CorrespondenceMutations, MessageTemplates
from schema.front_office.customers import FrontOfficeCustomers
from schema.front_office.links import LinkMutations
from schema.front_office.orders import (
    DiscountsToApprove,
    DraftMutations,
    OrderMutations,
    Orders,
    OrderSubscriptions,
    OrderTerms,
    PaymentMutations,
    TermsMutations,
)
from schema.front_office.ratings import RatingMutations, Ratings
from schema.front_office.returns import ReturnMutations, Returns
from schema.front_office.stages import StageMutations
from schema.notifications import NotificationMutations, NotificationSubscriptions, ViewerNotifications
from schema.rules import RuleMutations, Rules
from schema.tasks import TaskMutations, Tasks
from schema.work import ViewerWork

FrontOffice = gathered(
    "FrontOffice",
    "The front office's door: customers, their orders and complaints.",
    Door.SIGNED_IN,
    [
        FrontOfficeCustomers,
        Orders,
        DiscountsToApprove,
        OrderTerms,
        Returns,
        FrontOfficeComplaints,
        MessageTemplates,
        Answers,
        Cases,
        Ratings,
        Handoffs,
        Products,
        Batches,
        Improvements,
        Shipments,
        SystemicIssues,
        Escalations,
        Absences,
        Tasks,
        Rules,
        ClockPolicies,
    ],
)

BackOffice = gathered(
    "BackOffice",
    "The back office's door: what was handed to its departments, products, accounts.",
    Door.SIGNED_IN,
    [
        Orders,
        OrderTerms,
        Returns,
        Answers,
        Cases,
        Ratings,
        Handoffs,
        Products,
        Places,
        Batches,
        Stock,
        StockCounts,
        Improvements,
        SystemicIssues,
        ProductDecisions,
        Purchasing,
        Production,
        Shipments,
        ShipmentWork,
        Accounts,
        Escalations,
        Absences,
        Tasks,
        Rules,
        ClockPolicies,
    ],
)


Viewer = gathered(
    "Viewer",
    "Who is asking, what they may do, and what is theirs.",
    Door.EVERYONE,
    [ViewerItself, ViewerNotifications, ViewerWork],
)
"""An area adds lists and counts of what is the viewer's own; their row scopes compare with `models.base.VIEWER`."""


class Nodes:
    """The way to any node by its global id."""

    node: Node | None = read(
        EntryAnyNode(), "One node by its id; null when the viewer sees none.", needs=Door.SIGNED_IN
    )
    nodes: list[Node | None] = read(
        EntryAnyNode(many=True),
        "Nodes by their ids, in their order; null where the viewer sees none.",
        needs=Door.SIGNED_IN,
    )


Query = gathered(
    "Query",
    "What can be read.",
    Door.SIGNED_IN,
    [Nodes],
    front_office=(FrontOffice, door("Where the front office enters.", Permission.ENTER_FRONT_OFFICE)),
    back_office=(BackOffice, door("Where the back office enters.", Permission.ENTER_BACK_OFFICE)),
    viewer=(Viewer, door("Who is asking.", Door.SIGNED_IN)),
)

Mutation = gathered(
    "Mutation",
    "What can be changed.",
    Door.SIGNED_IN,
    [
        AccountMutations,
        DraftMutations,
        OrderMutations,
        ReturnMutations,
        PaymentMutations,
        TermsMutations,
        ComplaintMutations,
        CauseMutations,
        AnswerMutations,
        StageMutations,
        LinkMutations,
        CaseMutations,
        RatingMutations,
        SeverityMutations,
        HandoffMutations,
        TransferMutations,
        MessageMutations,
        ImprovementMutations,
        ProductDecisionMutations,
        ShipmentMutations,
        InventoryMutations,
        SupplierMutations,
        PurchaseOrderMutations,
        ProductMutations,
        BillMutations,
        WorkOrderMutations,
        QualityMutations,
        SplitMutations,
        CorrespondenceMutations,
        EscalationMutations,
        AbsenceMutations,
        NotificationMutations,
        TaskMutations,
        RuleMutations,
        ClockPolicyMutations,
    ],
)

Subscription = gathered(
    "Subscription",
    "What is pushed as it happens.",
    Door.SIGNED_IN,
    [
        HandoffSubscriptions,
        ComplaintSubscriptions,
        NotificationSubscriptions,
        OrderSubscriptions,
        ShipmentSubscriptions,
        StockSubscriptions,
    ],
)
