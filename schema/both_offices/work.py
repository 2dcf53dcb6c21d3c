"""Work: what waits for the viewer, in one list over everything, ordered by what is due."""

from datetime import datetime
from typing import TYPE_CHECKING

from models.areas import work_of_viewer
from models.both_offices import work
from resolvers.reading.declare import column, count, node, one, read
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import Access, EntryRows
from schema.kit.areas import Area

if TYPE_CHECKING:
    from schema.back_office.handoffs import Handoff
    from schema.back_office.logistics.inventory.counts import StockCount
    from schema.back_office.products.improvements import Improvement
    from schema.back_office.purchasing import PurchaseOrder
    from schema.both_offices.escalations import Escalation
    from schema.both_offices.notifications import Notification
    from schema.both_offices.tasks import Task
    from schema.front_office.after_sales.returns import RefundProposal
    from schema.front_office.sales.orders import Order
    from schema.front_office.service.answers import ComplaintAnswer
    from schema.front_office.service.complaints import Complaint


@node(work.WorkItem, prefix="wrk", rows=work_of_viewer, needs=Access.SIGNED_IN)
class WorkItem(Node):
    """Something that waits for the viewer, or for somebody whom the viewer stands in for. It ends when it is done."""

    kind: work.WorkKind = column("What is to be done.", filter=True)
    due_at: datetime | None = column(
        "By when: a department's own deadline, or the customer's for what the front office does. Null for an escalation whose"
        " cause has ended.",
        filter=True,
        sort=True,
    )
    since: datetime = column("Since when it waits.", filter=True, sort=True)
    complaint: "Complaint | None" = one("The complaint that it is about, if the viewer sees it.", "complaint_id")
    handoff: "Handoff | None" = one("The handoff to claim, to answer, to inform or to judge.", "handoff_id")
    escalation: "Escalation | None" = one("The escalation to settle.", "escalation_id")
    answer: "ComplaintAnswer | None" = one("The answer to approve or to confirm.", "answer_id")
    notification: "Notification | None" = one("The mention to read.", "notification_id")
    task: "Task | None" = one("The task to do.", "task_id")
    improvement: "Improvement | None" = one("The improvement that asks for its successor.", "improvement_id")
    order: "Order | None" = one(
        "The order whose discounts to approve or to refuse, or that a proposed refund is for.", "order_id"
    )
    purchase_order: "PurchaseOrder | None" = one("The purchase order to approve.", "purchase_order_id")
    stock_count: "StockCount | None" = one("The stock count to post.", "stock_count_id")
    refund_proposal: "RefundProposal | None" = one("The proposed refund to approve or to reject.", "refund_proposal_id")


class ViewerWork:
    """What waits for the viewer."""

    work: "Connection[WorkItem]" = read(
        EntryRows("due_at"),
        "What waits for the viewer, the most urgent first; what is never due, last.",
        needs=Access.SIGNED_IN,
    )
    open_work: int = count("How much waits for the viewer.", "WorkItem", needs=Access.SIGNED_IN)


AREA = Area(
    viewer=(ViewerWork,),
)
