"""Who may be told where goods go and whom an order is invoiced to, and who sees what of an order through a complaint.

The surprising rule: whoever may be told such things at all never sees the order of a complaint. And for each person and order
there is a wall: whoever works, or worked, on a complaint about an order is not told where it goes, unless they were told before.
"""

from models.both_offices.work import FRONT_OFFICE, WorkKind, WorkSource
from models.front_office.sales.orders import OWED
from models.kit.base import NOW, VIEWER, ReadScope, RowScope, days_ago, is_one_of
from models.kit.events import EventKind
from models.kit.tables import of_row
from models.permissions import HELD_BY, Permission


class AddressEvent(EventKind):
    """Who was told where something goes: there is no other way to learn it, so that each look is known."""

    LABEL_PRINTED = "LABEL_PRINTED", "Somebody was told where a shipment goes."
    INVOICE_ADDRESSED = "INVOICE_ADDRESSED", "Somebody was told whom an order is invoiced to."


def was_told(subject: str, key: str) -> str:
    """The condition that the viewer was told where a record goes: an order, or one shipment of it."""
    return (
        "EXISTS (SELECT 1 FROM event_subjects told JOIN events look ON look.id = told.event_id"
        f" WHERE told.key = {key} AND told.type = '{subject}' AND look.actor_id = {VIEWER}"
        f" AND {is_one_of('look.kind', AddressEvent)})"
    )


def may_be_told(order: str, complaint: str) -> str:
    """The condition that the viewer has, and had, no handoff about an order, nor about the complaint that it puts right.

    Who was told before is told again: a refusal would say that a complaint is about just this order.
    """
    held = f"held.complaint_id = grieved.id AND held.claimed_by_id = {VIEWER}"
    worked = f"worked.complaint_id = grieved.id AND worked.account_id = {VIEWER}"
    return (
        f"({was_told('order', order)}"
        f" OR NOT EXISTS (SELECT 1 FROM complaints grieved WHERE (grieved.order_id = {order} OR grieved.id = {complaint})"
        f" AND (EXISTS (SELECT 1 FROM handoffs held WHERE {held})"
        f" OR EXISTS (SELECT 1 FROM stage_workers worked WHERE {worked}))))"
    )


def is_complained_about(order: str) -> str:
    """The condition that a complaint is about an order: without one, everybody whose work it is may be told of it."""
    key, put_right = f"{order}.id", f"{order}.complaint_id"
    return f"EXISTS (SELECT 1 FROM complaints about_it WHERE about_it.order_id = {key} OR about_it.id = {put_right})"


def for_others(kind: WorkKind, needs: Permission) -> RowScope:
    """Narrows a kind of work to orders of which nobody who is there and whose work it is may be told: the front office knows."""
    does_it = " OR ".join(f"CAST(teller.roles AS text) LIKE '%\"{role.value}\"%'" for role in sorted(HELD_BY[needs]))
    away = (
        f"SELECT 1 FROM absences away WHERE away.account_id = teller.id AND away.from_at <= {NOW}"
        f" AND (away.until_at IS NULL OR away.until_at > {NOW}) AND (away.ended_at IS NULL OR away.ended_at > {NOW})"
    )
    told = may_be_told("ordered.id", "ordered.complaint_id").replace(VIEWER, "teller.id")

    def seen(_read_scope: ReadScope, item: str) -> str:
        return (
            f"({item}.kind <> '{kind.value}' OR NOT EXISTS (SELECT 1 FROM orders ordered JOIN accounts teller"
            f" ON teller.enabled AND ({does_it}) WHERE ordered.id = {item}.order_id AND NOT EXISTS ({away}) AND {told}))"
        )

    return seen


def seen_in_complaints(read_scope: ReadScope, _order: str) -> str | None:
    """The order of a complaint, its lines and its progress: the front office sees them, and of the back office whoever learns no
    names.

    For who learns them there is no rule about which ones they see: whoever was told one name alone would know by what it keeps
    back that this customer complains.
    """
    learns_names = read_scope.permissions & {Permission.READ_SHIP_TO, Permission.READ_INVOICE_ADDRESS}
    return None if not learns_names or Permission.READ_CUSTOMERS in read_scope.permissions else "1 = 0"


INVOICED_LATE_DAYS = 30
"""For how long an order is invoiced that was paid before anybody was told whom it is invoiced to."""


def to_invoice(order: str) -> str:
    """The condition that an order is being invoiced: from being placed until it is paid, and for a while if it was paid first."""
    latest = f"SELECT max(came.recorded_at) FROM order_payments came WHERE came.order_id = {order}.id"
    invoiced = (
        f"SELECT 1 FROM event_subjects told JOIN events look ON look.id = told.event_id WHERE told.key = {order}.id"
        f" AND told.type = 'order' AND look.kind = '{AddressEvent.INVOICE_ADDRESSED}' AND look.at < ({latest})"
    )
    paid_first = f"({latest}) > {days_ago(INVOICED_LATE_DAYS)} AND NOT EXISTS ({invoiced})"
    return (
        f"{order}.status NOT IN ('DRAFT', 'CANCELLED') AND ({order}.paid_minor < {order}.total_minor OR ({paid_first}))"
    )


def invoice_addresses(_read_scope: ReadScope, order: str) -> str:
    """Whom an order is invoiced to, for whoever was told so and may still know it."""
    return f"{to_invoice(order)} AND {was_told('order', f'{order}.id')}"


WORK = (
    WorkSource(
        kind=WorkKind.INVOICE_TO_WRITE,
        table="orders owed",
        where=f"{of_row(OWED, 'owed')} AND {is_complained_about('owed')}",
        owner=FRONT_OFFICE,
        since="owed.placed_at",
        columns={"order_id": "owed.id"},
        seen=for_others(WorkKind.INVOICE_TO_WRITE, Permission.READ_INVOICE_ADDRESS),
    ),
)
