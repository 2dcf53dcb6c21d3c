"""What happened in the nasty company, and to what: every kind of event, and every kind of subject."""

from itertools import cycle

from models.areas import WITH_HISTORY
from models.back_office.handoffs import Handoff, HandoffEvent
from models.back_office.logistics.shipments import Shipment, ShipmentEvent
from models.both_offices.accounts import Account
from models.both_offices.notifications import Notification
from models.events import EVERY_KIND
from models.front_office.after_sales.returns import CustomerReturn, ReturnEvent
from models.front_office.sales.orders import Order
from models.front_office.service.complaints import Complaint, ComplaintEvent
from models.kit.events import Event, EventKind, EventSubject, Subject, about
from models.permissions import Department
from tests.properties.adversarial.making import Nasty, key, moment

UNNUMBERED = 9
"""One in so many events the relay has not come to yet."""


def happenings(made: Nasty) -> None:
    """Makes events, each about a record or several; most have a number."""
    events = made.rows[Event] = []
    subjects = made.rows[EventSubject] = []
    actors = cycle(row["id"] for row in made.rows[Account])

    def happened(
        kind: EventKind, *of: Subject | None, department: Department | None = None, account: object = None
    ) -> None:
        number = len(events) + 1
        events.append(
            {
                "id": number * 3,
                "position": number if number % UNNUMBERED else None,
                "kind": kind,
                "at": moment(number),
                "actor_id": made.maybe(next(actors)),
                "department": department,
                "account_id": account,
            }
        )
        for one in of:
            if one is not None:
                own = {"event_id": number * 3, "type": one.type, "key": one.key}
                subjects.append({"id": len(subjects) + 1} | own)

    for complaint in made.rows[Complaint]:
        happened(ComplaintEvent.RECEIVED, about(Complaint, complaint["id"]))
    for n, handoff in enumerate(made.rows[Handoff]):
        both = about(Complaint, handoff["complaint_id"]), about(Handoff, handoff["id"])
        happened(HandoffEvent.QUEUED, *both, department=handoff["department"])
        if n % 4 == 0:
            happened(HandoffEvent.CLAIMED, *both, department=handoff["department"])
    # Of what concerns one person, and is nobody else's business.
    for n, notification in enumerate(made.rows[Notification]):
        kind = list(EVERY_KIND.values())[-1 - n % 9]
        happened(kind, about(Notification, notification["id"]) if n % 2 else None, account=notification["account_id"])
    told = cycle(WITH_HISTORY)
    for n, kind in enumerate(EVERY_KIND.values(), start=1):
        for model in (next(told), next(told)):
            happened(kind, about(model, made.id_of(model, n)))
    # What several records have to do with, and a complaint: seen by whoever may see all of them.
    for n in range(1, 13):
        ordered, complaint = about(Order, key(4, n)), about(Complaint, key(6, n))
        department = Department.LOGISTICS if n % 2 else None
        returned = about(CustomerReturn, made.id_of(CustomerReturn, n))
        happened(ReturnEvent.REQUESTED, ordered, returned, complaint, department=department)
        happened(ShipmentEvent.CREATED, ordered, about(Shipment, made.id_of(Shipment, n)))
        happened(ReturnEvent.REFUND_MADE, ordered, complaint, department=department)
