"""The roots: two doors to one graph, the way to any node by its id, and who is asking."""

from models.permissions import Permission
from resolvers.reading.declare import Access, EntryAnyNode, Node, door, merge_types, read
from schema.back_office.handoffs import HandoffMutations, Handoffs, HandoffSubscriptions, TransferMutations
from schema.back_office.handoffs.messages import MessageMutations
from schema.back_office.logistics.inventory import (
    Batches,
    InventoryMutations,
    Places,
    Stock,
    StockCounts,
    StockSubscriptions,
)
from schema.back_office.logistics.shipments import ShipmentMutations, Shipments, ShipmentSubscriptions, ShipmentWork
from schema.back_office.production import BillMutations, Production, QualityMutations, WorkOrderMutations
from schema.back_office.products.catalogue import ProductMutations, Products
from schema.back_office.products.decisions import ProductDecisionMutations, ProductDecisions
from schema.back_office.products.improvements import ImprovementMutations, Improvements
from schema.back_office.products.systemic_issues import SystemicIssues
from schema.back_office.purchasing import PurchaseOrderMutations, Purchasing, SupplierMutations
from schema.both_offices.absences import AbsenceMutations, Absences
from schema.both_offices.accounts import AccountMutations, Accounts, ViewerItself
from schema.both_offices.clocks import ClockPolicies, ClockPolicyMutations
from schema.both_offices.escalations import EscalationMutations, Escalations
from schema.both_offices.notifications import NotificationMutations, NotificationSubscriptions, ViewerNotifications
from schema.both_offices.rules import RuleMutations, Rules
from schema.both_offices.tasks import TaskMutations, Tasks
from schema.both_offices.work import ViewerWork
from schema.front_office.after_sales.returns import ReturnMutations, Returns
from schema.front_office.customers import FrontOfficeCustomers
from schema.front_office.sales.orders import (
    DiscountsToApprove,
    DraftMutations,
    OrderMutations,
    Orders,
    OrderSubscriptions,
    OrderTerms,
    PaymentMutations,
    TermsMutations,
)
from schema.front_office.service.answers import AnswerMutations, Answers
from schema.front_office.service.cases import CaseMutations, Cases
from schema.front_office.service.complaints import (
    CauseMutations,
    ComplaintMutations,
    ComplaintSubscriptions,
    FrontOfficeComplaints,
    SeverityMutations,
    SplitMutations,
)
from schema.front_office.service.correspondence import CorrespondenceMutations, MessageTemplates
from schema.front_office.service.links import LinkMutations
from schema.front_office.service.ratings import RatingMutations, Ratings
from schema.front_office.service.stages import StageMutations

FrontOffice = merge_types(
    "FrontOffice",
    "The front office's door: customers, their orders and complaints.",
    Access.SIGNED_IN,
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

BackOffice = merge_types(
    "BackOffice",
    "The back office's door: what was handed to its departments, products, accounts.",
    Access.SIGNED_IN,
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


Viewer = merge_types(
    "Viewer",
    "Who is asking, what they may do, and what is theirs.",
    Access.PUBLIC,
    [ViewerItself, ViewerNotifications, ViewerWork],
)
"""An area adds lists and counts of what is the viewer's own; their row scopes compare with `models.kit.base.VIEWER`."""


class Nodes:
    """The way to any node by its global id."""

    node: Node | None = read(
        EntryAnyNode(), "One node by its id; null when the viewer sees none.", needs=Access.SIGNED_IN
    )
    nodes: list[Node | None] = read(
        EntryAnyNode(many=True),
        "Nodes by their ids, in their order; null where the viewer sees none.",
        needs=Access.SIGNED_IN,
    )


Query = merge_types(
    "Query",
    "What can be read.",
    Access.SIGNED_IN,
    [Nodes],
    front_office=(FrontOffice, door("Where the front office enters.", Permission.ENTER_FRONT_OFFICE)),
    back_office=(BackOffice, door("Where the back office enters.", Permission.ENTER_BACK_OFFICE)),
    viewer=(Viewer, door("Who is asking.", Access.SIGNED_IN)),
)

Mutation = merge_types(
    "Mutation",
    "What can be changed.",
    Access.SIGNED_IN,
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

Subscription = merge_types(
    "Subscription",
    "What is pushed as it happens.",
    Access.SIGNED_IN,
    [
        HandoffSubscriptions,
        ComplaintSubscriptions,
        NotificationSubscriptions,
        OrderSubscriptions,
        ShipmentSubscriptions,
        StockSubscriptions,
    ],
)
