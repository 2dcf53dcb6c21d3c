"""Events: one row says that something happened to one record. They are the source of history and of every push.

Rows hold ids and kinds only, never field values that some reader may not see. Positions are given after commit, by one
relay (resolvers/events), so that they never skip and never fill in later.
"""

from tortoise import fields

from models.kit.base import VIEWER, ReadScope, is_one_of
from models.kit.constraints import Index, at_least
from models.kit.enums import DescribedEnum
from models.kit.references import Referring, optional_reference
from models.permissions import Department, Permission


class EventKind(DescribedEnum):
    """What happened."""

    COMPLAINT_RECEIVED = "COMPLAINT_RECEIVED", "A complaint was written down."
    COMPLAINT_ACKNOWLEDGED = "COMPLAINT_ACKNOWLEDGED", "The customer was told that we have the complaint."
    COMPLAINT_ROUTED = "COMPLAINT_ROUTED", "A rule said which department it belongs to."
    SEVERITY_CHANGED = "SEVERITY_CHANGED", "A complaint turned out to be more or less severe."
    CAUSE_DETERMINED = "CAUSE_DETERMINED", "What a complaint came from was found out."
    CUSTOMER_ASKED = "CUSTOMER_ASKED", "The customer was asked something, and must answer before we go on."
    CUSTOMER_REPLIED = "CUSTOMER_REPLIED", "The customer replied."
    REDRESS_PROPOSED = "REDRESS_PROPOSED", "An answer waits for a second person, who must approve its redress."
    REDRESS_APPROVED = "REDRESS_APPROVED", "A second person approved the redress."
    REDRESS_REJECTED = "REDRESS_REJECTED", "A second person did not approve the redress."
    REDRESS_WITHDRAWN = "REDRESS_WITHDRAWN", "An answer that waited for a second person was taken back."
    COMPLAINT_ANSWERED = "COMPLAINT_ANSWERED", "The customer got an answer."
    COMPLAINT_CHALLENGED = "COMPLAINT_CHALLENGED", "The customer did not accept the answer; the next stage began."
    COMPLAINT_REOPENED = "COMPLAINT_REOPENED", "Work on the complaint began again."
    COMPLAINT_RATED = "COMPLAINT_RATED", "The customer said how satisfied they are."
    COMPLAINT_LINKED = "COMPLAINT_LINKED", "A complaint was linked to another one."
    COMPLAINT_UNLINKED = "COMPLAINT_UNLINKED", "A link to another complaint was taken back."
    COMPLAINT_ATTACHED = "COMPLAINT_ATTACHED", "A complaint was attached to a major case."
    COMPLAINT_DETACHED = "COMPLAINT_DETACHED", "A complaint was taken out of a major case."
    COMPLAINT_CLOSED = "COMPLAINT_CLOSED", "A complaint was closed."
    HANDOFF_QUEUED = "HANDOFF_QUEUED", "A piece of a complaint was given to a department."
    HANDOFF_CLAIMED = "HANDOFF_CLAIMED", "Somebody of the department took it."
    HANDOFF_RELEASED = "HANDOFF_RELEASED", "Who had it put it back into the queue."
    HANDOFF_ANSWERED = "HANDOFF_ANSWERED", "The department answered."
    HANDOFF_REFUSED = "HANDOFF_REFUSED", "The department refused it."
    HANDOFF_WITHDRAWN = "HANDOFF_WITHDRAWN", "The front office took it back."
    ANSWER_ACCEPTED = "ANSWER_ACCEPTED", "The front office took the department's answer."
    ANSWER_REJECTED = "ANSWER_REJECTED", "The front office sent the answer back to work."
    HANDOFF_TRANSFERRED = "HANDOFF_TRANSFERRED", "A handoff went on to another department."
    CLAIM_RETURNED = "CLAIM_RETURNED", "A handoff came back into the queue because who had it was absent or idle."
    INFORMATION_REQUESTED = "INFORMATION_REQUESTED", "The department asked the front office something."
    INFORMATION_PROVIDED = "INFORMATION_PROVIDED", "The front office told the department what it asked for."
    MESSAGE_POSTED = "MESSAGE_POSTED", "Somebody wrote a message on a handoff, for both offices."
    FRONT_OFFICE_MESSAGE_POSTED = "FRONT_OFFICE_MESSAGE_POSTED", "Somebody wrote one for the front office only."
    BACK_OFFICE_MESSAGE_POSTED = "BACK_OFFICE_MESSAGE_POSTED", "Somebody wrote one for the department only."
    CLOCK_WARNED = "CLOCK_WARNED", "Three quarters of a deadline's time have gone."
    CLOCK_BREACHED = "CLOCK_BREACHED", "A deadline has passed."
    ESCALATION_OPENED = "ESCALATION_OPENED", "A complaint was taken to a manager."
    ESCALATION_CHANGED = "ESCALATION_CHANGED", "An escalation became more or less urgent."
    ESCALATION_CLOSED = "ESCALATION_CLOSED", "An escalation was closed."
    CASE_PROPOSED = "CASE_PROPOSED", "Complaints were proposed to be one major case."
    CASE_OPENED = "CASE_OPENED", "A major case was opened."
    CASE_ANSWERED = "CASE_ANSWERED", "A major case was answered; each of its complaints waits for confirmation."
    CASE_CLOSED = "CASE_CLOSED", "A major case was closed."
    IMPROVEMENT_PROPOSED = "IMPROVEMENT_PROPOSED", "An improvement was proposed."
    IMPROVEMENT_REVISED = "IMPROVEMENT_REVISED", "An improvement was described anew."
    IMPROVEMENT_PLANNED = "IMPROVEMENT_PLANNED", "An improvement got its plan and its criterion."
    IMPROVEMENT_STARTED = "IMPROVEMENT_STARTED", "Work on an improvement began."
    IMPROVEMENT_MONITORED = "IMPROVEMENT_MONITORED", "An improvement is in place; its effect is watched."
    IMPROVEMENT_JUDGED = "IMPROVEMENT_JUDGED", "An improvement's effect was measured."
    IMPROVEMENT_REJECTED = "IMPROVEMENT_REJECTED", "An improvement will not be made."
    PRODUCT_DECIDED = "PRODUCT_DECIDED", "It was decided whether a product is kept, improved or withdrawn."
    PRODUCT_ADDED = "PRODUCT_ADDED", "A product was added."
    PRODUCT_CHANGED = "PRODUCT_CHANGED", "A product was described anew, or its price or cost was set."
    PRODUCT_STATUS_CHANGED = "PRODUCT_STATUS_CHANGED", "A product was put on sale, is phased out, or was withdrawn."
    BILL_ACTIVATED = "BILL_ACTIVATED", "A product is made by a new bill of materials."
    WORK_ORDER_PLANNED = "WORK_ORDER_PLANNED", "Something is planned to be made, or planned anew."
    WORK_ORDER_RELEASED = "WORK_ORDER_RELEASED", "The workshop may begin."
    WORK_ORDER_STARTED = "WORK_ORDER_STARTED", "The workshop began."
    WORK_ORDER_COMPLETED = "WORK_ORDER_COMPLETED", "Something was made; its batch is in stock."
    WORK_ORDER_CANCELLED = "WORK_ORDER_CANCELLED", "Something will not be made."
    BATCH_CHECKED = "BATCH_CHECKED", "Somebody looked at a batch."
    BATCH_HELD = "BATCH_HELD", "A batch may not be sold until it is released."
    BATCH_RELEASED = "BATCH_RELEASED", "A batch may be sold."
    BATCH_REJECTED = "BATCH_REJECTED", "A batch will never be sold."
    STOCK_LOW = "STOCK_LOW", "What is available of a product fell to its reorder level."
    STOCK_OUT = "STOCK_OUT", "Nothing of a product is available any more."
    STOCK_COUNTED = "STOCK_COUNTED", "A count's differences were posted."
    ORDER_DRAFTED = "ORDER_DRAFTED", "An order was begun."
    ORDER_CHANGED = "ORDER_CHANGED", "A draft was changed."
    ORDER_QUOTED = "ORDER_QUOTED", "The customer was told what it would cost."
    DISCOUNT_ASKED = "DISCOUNT_ASKED", "An order's discounts wait for a second person."
    DISCOUNT_APPROVED = "DISCOUNT_APPROVED", "A second person approved an order's discounts."
    DISCOUNT_REJECTED = "DISCOUNT_REJECTED", "A second person refused an order's discounts."
    ORDER_PLACED = "ORDER_PLACED", "The customer ordered."
    ORDER_AMENDED = "ORDER_AMENDED", "An order was changed after it had been placed."
    ORDER_ALLOCATED = "ORDER_ALLOCATED", "Stock that an order waited for is there."
    ORDER_BACKORDERED = "ORDER_BACKORDERED", "Stock that was promised to an order is not there; it waits again."
    ORDER_HELD = "ORDER_HELD", "An order is held back."
    ORDER_RESUMED = "ORDER_RESUMED", "An order goes on."
    ORDER_CANCELLED = "ORDER_CANCELLED", "An order was cancelled."
    PAYMENT_RECORDED = "PAYMENT_RECORDED", "Money came for an order, or a record of it was taken back."
    SHIPMENT_CREATED = "SHIPMENT_CREATED", "A pick list waits for the warehouse."
    SHIPMENT_PICKED = "SHIPMENT_PICKED", "A shipment was taken from the shelves."
    SHIPMENT_PACKED = "SHIPMENT_PACKED", "A shipment was packed."
    SHIPMENT_SHIPPED = "SHIPMENT_SHIPPED", "A shipment left the house."
    SHIPMENT_DELIVERED = "SHIPMENT_DELIVERED", "A shipment is with the customer."
    SHIPMENT_CANCELLED = "SHIPMENT_CANCELLED", "A shipment was given up before it left."
    SUPPLIER_ADDED = "SUPPLIER_ADDED", "A company to buy from was added."
    SUPPLIER_CHANGED = "SUPPLIER_CHANGED", "What is known of a supplier was changed."
    PURCHASE_ORDER_DRAFTED = "PURCHASE_ORDER_DRAFTED", "A purchase order was begun, or proposed by a reorder point."
    PURCHASE_ORDER_CHANGED = (
        "PURCHASE_ORDER_CHANGED",
        "What a purchase order asks for, or when it is expected, was changed.",
    )
    PURCHASE_ORDER_APPROVED = "PURCHASE_ORDER_APPROVED", "A second person approved a purchase order."
    PURCHASE_ORDER_SENT = "PURCHASE_ORDER_SENT", "A purchase order went to its supplier."
    PURCHASE_ORDER_RECEIVED = "PURCHASE_ORDER_RECEIVED", "Something that we had ordered arrived."
    PURCHASE_ORDER_CLOSED = "PURCHASE_ORDER_CLOSED", "Nothing more is expected of a purchase order."
    PURCHASE_ORDER_CANCELLED = "PURCHASE_ORDER_CANCELLED", "A purchase order was taken back."
    RETURN_REQUESTED = "RETURN_REQUESTED", "A customer wants to send something back."
    RETURN_AUTHORISED = "RETURN_AUTHORISED", "We take it back."
    RETURN_RECEIVED = "RETURN_RECEIVED", "It came back."
    RETURN_INSPECTED = "RETURN_INSPECTED", "Somebody looked at what came back."
    RETURN_CLOSED = "RETURN_CLOSED", "A return is done with."
    REFUND_MADE = "REFUND_MADE", "A customer got money back."
    RULE_APPLIED = "RULE_APPLIED", "A rule did something."
    TASK_CREATED = "TASK_CREATED", "Somebody got a task."
    TASK_FINISHED = "TASK_FINISHED", "A task was done."
    NOTIFICATION_SENT = "NOTIFICATION_SENT", "Somebody was notified."
    ABSENCE_SET = "ABSENCE_SET", "Somebody will be absent."
    ABSENCE_ENDED = "ABSENCE_ENDED", "Somebody is back."
    ACCOUNT_ADDED = "ACCOUNT_ADDED", "An account was added."
    ACCOUNT_CHANGED = "ACCOUNT_CHANGED", "An account's roles, departments or state changed."
    SESSION_ENDED = "SESSION_ENDED", "Somebody signed out, or a session was ended for safety."


class Event(Referring):
    """Something happened to one record. `position` is null until the relay has numbered the row."""

    id = fields.BigIntField(primary_key=True, generated=True)
    position = fields.BigIntField(null=True, unique=True)
    kind = fields.CharEnumField(EventKind, max_length=30)
    at = fields.DatetimeField()
    actor_id = optional_reference("Account", related_name="acted_events")
    complaint_id = optional_reference("Complaint", related_name="events", index=True)
    handoff_id = optional_reference("Handoff", related_name="events", index=True)
    department = fields.CharEnumField(Department, max_length=30, null=True)
    account_id = optional_reference("Account", related_name="events")
    # Plain keys, not foreign ones: most events are about none of these, and history outlives what it tells of.
    improvement_id = fields.UUIDField(null=True)
    notification_id = fields.UUIDField(null=True)
    order_id = fields.UUIDField(null=True)
    product_id = fields.UUIDField(null=True)
    batch_id = fields.UUIDField(null=True)
    work_order_id = fields.UUIDField(null=True)
    shipment_id = fields.UUIDField(null=True)
    purchase_order_id = fields.UUIDField(null=True)
    return_id = fields.UUIDField(null=True)
    supplier_id = fields.UUIDField(null=True)

    class Meta:
        table = "events"
        checks = {"position": at_least(1, "position")}
        append_only = True
        filled_in_once = ("position",)
        more_indexes = (
            Index("events_unnumbered", "id", where="position IS NULL"),
            Index("events_of_improvements", "improvement_id, id", where="improvement_id IS NOT NULL"),
            Index("events_of_orders", "order_id, id", where="order_id IS NOT NULL"),
            Index("events_of_products", "product_id, id", where="product_id IS NOT NULL"),
            Index("events_of_batchs", "batch_id, id", where="batch_id IS NOT NULL"),
            Index("events_of_work_orders", "work_order_id, id", where="work_order_id IS NOT NULL"),
            Index("events_of_shipments", "shipment_id, id", where="shipment_id IS NOT NULL"),
            Index("events_of_purchase_orders", "purchase_order_id, id", where="purchase_order_id IS NOT NULL"),
            Index("events_of_returns", "return_id, id", where="return_id IS NOT NULL"),
            Index("events_of_suppliers", "supplier_id, id", where="supplier_id IS NOT NULL"),
        )


OF_ONE_OFFICE: dict[EventKind, Permission] = {
    EventKind.FRONT_OFFICE_MESSAGE_POSTED: Permission.ENTER_FRONT_OFFICE,
    EventKind.BACK_OFFICE_MESSAGE_POSTED: Permission.ENTER_BACK_OFFICE,
}
"""What only one office hears of, and what its members hold."""

OF_A_RECORD: dict[str, Permission] = {
    "order_id": Permission.READ_ORDERS,
    "product_id": Permission.READ_PRODUCTS,
    "batch_id": Permission.READ_BATCHES,
    "work_order_id": Permission.READ_PRODUCTION,
    "shipment_id": Permission.READ_SHIPMENTS,
    "purchase_order_id": Permission.READ_PURCHASING,
    "return_id": Permission.READ_RETURNS,
    "supplier_id": Permission.READ_SUPPLIERS,
}
"""What an event from order to delivery can be about, by column, and who may read that."""

SUBJECTS = ("complaint_id", "handoff_id", "notification_id", *OF_A_RECORD)
"""The columns of what somebody may listen to."""

OF_A_KIND: dict[EventKind, Permission] = {
    **OF_ONE_OFFICE,
    EventKind.PRODUCT_DECIDED: Permission.READ_IMPROVEMENTS,
    EventKind.BILL_ACTIVATED: Permission.READ_PRODUCTION,
    EventKind.STOCK_LOW: Permission.READ_STOCK,
    EventKind.STOCK_OUT: Permission.READ_STOCK,
    EventKind.STOCK_COUNTED: Permission.READ_STOCK,
    EventKind.SUPPLIER_CHANGED: Permission.READ_PURCHASING,
    EventKind.ORDER_QUOTED: Permission.READ_ORDER_PRICES,
    EventKind.DISCOUNT_ASKED: Permission.READ_ORDER_PRICES,
    EventKind.DISCOUNT_APPROVED: Permission.READ_ORDER_PRICES,
    EventKind.DISCOUNT_REJECTED: Permission.READ_ORDER_PRICES,
    EventKind.PAYMENT_RECORDED: Permission.READ_ORDER_PRICES,
    EventKind.REFUND_MADE: Permission.READ_ORDER_PRICES,
}
"""What says more than that something happened to its subject, and who may know that."""


def own_events(_read_scope: ReadScope, event: str) -> str | None:
    """What happened to one's own account."""
    return f"{event}.account_id = {VIEWER}"


def visible_events(read_scope: ReadScope, event: str) -> str | None:
    """A department sees what happened to its handoffs; whoever sees all handoffs sees what happened to any complaint.

    Of what is said within one office, the other one does not even learn that it was said.
    """
    return " AND ".join(
        [f"{event}.complaint_id IS NOT NULL", *_own_complaints(read_scope, event), *_readable(read_scope, event)]
    )


def visible_record_events(read_scope: ReadScope, event: str) -> str | None:
    """What happened to any record from order to delivery, suppliers included, by who may read those.

    An event about several is seen by who may read all of them, and one that a complaint has to do with as a complaint's is.
    """
    about = " OR ".join(f"{event}.{column} IS NOT NULL" for column in OF_A_RECORD)
    complaints = " AND ".join(_own_complaints(read_scope, event))
    others = [f"({event}.complaint_id IS NULL OR {complaints})"] if complaints else []
    return " AND ".join([f"({about})", *others, *_readable(read_scope, event)])


def _own_complaints(read_scope: ReadScope, event: str) -> list[str]:
    """The condition that what happened to a complaint is the viewer's business; none for who sees all handoffs."""
    if Permission.READ_ALL_HANDOFFS in read_scope.permissions:
        return []
    return [is_one_of(f"{event}.department", read_scope.departments)]


def _readable(read_scope: ReadScope, event: str) -> list[str]:
    """Conditions that an event is about nothing, and of no kind, that the viewer may not read."""
    unread = [
        f"{event}.{column} IS NULL" for column, needs in OF_A_RECORD.items() if needs not in read_scope.permissions
    ]
    secret = [kind for kind, needs in OF_A_KIND.items() if needs not in read_scope.permissions]
    return [*unread, *([f"NOT ({is_one_of(f'{event}.kind', secret)})"] if secret else [])]
