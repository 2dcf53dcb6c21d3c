"""The complaints that Northwind's data imply: each order shipped after its required date is one about delivery.

They are received and nothing more, each by the employee who took the order; handing them off is left to the visitor.
"""

from collections import Counter
from datetime import datetime, timedelta

from models.back_office.accounts import Account
from models.bookkeeping import NumberSeries
from models.events import Event, EventKind
from models.front_office.complaints import Category, Channel, Complaint, ComplaintStatus, Severity
from models.front_office.customers import Customer
from models.front_office.orders import Order
from resolvers.demo.facts import Row, fixed_id, moment, rows

MEDIUM_FROM_DAYS = 3
HIGH_FROM_DAYS = 10


def severity_of(days_late: int) -> Severity:
    """Late is an inconvenience, then a disadvantage, then serious; nobody is in danger, so it is never critical."""
    if days_late >= HIGH_FROM_DAYS:
        return Severity.HIGH
    return Severity.MEDIUM if days_late >= MEDIUM_FROM_DAYS else Severity.LOW


REMEDIES = {
    Severity.LOW: None,
    Severity.MEDIUM: "An explanation, and delivery in time from now on.",
    Severity.HIGH: "The freight charge back, and a name to call about the next delivery.",
}


async def late_deliveries(buyers: dict[str, Customer], sold: dict[str, Order], staff: dict[str, Account]) -> None:
    """Stores the complaints with their numbers and events, in the order in which they were received."""
    late = [row for row in rows("Orders") if row["ShippedDate"] and row["ShippedDate"] > row["RequiredDate"]]
    late.sort(key=_received_at)
    last_given: Counter[str] = Counter()
    received: list[tuple[Complaint, Account]] = []
    for row in late:
        series = f"CMP-{_received_at(row).year}"
        last_given[series] += 1
        employee = staff[row["EmployeeID"]]
        complaint = _complaint(row, buyers[row["CustomerID"]], sold[row["OrderID"]], employee)
        complaint.number = f"{series}-{last_given[series]:06}"
        received.append((complaint, employee))
    await Complaint.bulk_create([complaint for complaint, _ in received])
    await NumberSeries.bulk_create([NumberSeries(name=name, last_given=last) for name, last in last_given.items()])
    await Event.bulk_create(
        [
            Event(
                position=position,
                kind=EventKind.COMPLAINT_RECEIVED,
                at=complaint.received_at,
                actor_id=employee.id,
                complaint_id=complaint.id,
            )
            for position, (complaint, employee) in enumerate(received, start=1)
        ]
    )


def _received_at(row: Row) -> datetime:
    """Some days after the goods left, within working hours; no two at the same moment."""
    order = int(row["OrderID"])
    return moment(row["ShippedDate"]) + timedelta(days=3 + order % 5, hours=9 + order % 8, minutes=order % 60)


def _complaint(row: Row, customer: Customer, order: Order, employee: Account) -> Complaint:
    required, shipped = moment(row["RequiredDate"]), moment(row["ShippedDate"])
    late = (shipped - required).days
    days = "1 day" if late == 1 else f"{late} days"
    severity = severity_of(late)
    received_at = _received_at(row)
    channels = tuple(Channel)
    return Complaint(
        id=fixed_id("complaint", int(row["OrderID"]), received_at),
        customer_id=customer.id,
        order_id=order.id,
        channel=channels[int(row["OrderID"]) % len(channels)],
        category=Category.DELIVERY,
        severity=severity,
        subject=f"Order left the house {days} after it was required",
        description=(
            f"{customer.contact_name} of {customer.name} ({customer.phone}) says that order {order.number} was required"
            f" by {required.day} {required:%B %Y} and left us only on {shipped.day} {shipped:%B %Y}, {days} late."
        ),
        remedy_sought=REMEDIES[severity],
        status=ComplaintStatus.RECEIVED,
        received_at=received_at,
        received_by_id=employee.id,
    )
