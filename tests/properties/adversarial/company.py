"""A small company with nasty data: missing and equal values, every kind of character, money without and with three decimals.

Rows are plain dictionaries per model, parents before children, so that a test can change them before they are written.
"""

from datetime import UTC, datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any
from uuid import UUID

from tortoise.models import Model

from models.back_office.handoffs import Handoff, HandoffEvent, HandoffStatus
from models.back_office.products.catalogue import Product, ProductCategory, ProductStatus, StockAlert, Unit
from models.back_office.purchasing import Supplier
from models.both_offices.accounts import Account
from models.front_office.customers import Channel, Customer, Language
from models.front_office.sales.orders import DiscountState, Order, OrderLine, OrderStatus, ShortagePolicy
from models.front_office.service.complaints import (
    Category,
    CauseCode,
    Complaint,
    ComplaintEvent,
    ComplaintStatus,
    Outcome,
)
from models.kit.database import Database
from models.kit.events import Event, EventKind, EventSubject, about
from models.kit.migrating import migrate
from models.kit.severity import Severity
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department, Role
from tests.properties.adversarial.chain import chain
from tests.properties.adversarial.goods import goods
from tests.properties.adversarial.happenings import chain_events, subjects_of
from tests.properties.adversarial.kinds import Nasty
from tests.properties.adversarial.talk import talk
from tests.properties.adversarial.work import cases, watched
from tests.storage.valid_rows import forget_shipped
from tests.storage.without_sums import without_sums

Row = dict[str, Any]
Company = dict[type[Model], list[Row]]

NASTY_TEXTS = (
    "Blauer See",
    "O'Brien",
    'say "hi"',
    "back\\slash",
    "",
    "tab\tand\nline",
    "\x01\x1f\x7f",
    "Ünïcödé Straße",
    "e\u0301",
    "é",
    "日本語",
    "😀𝒳",
    "</script>",
    "100 %_?",
    '{"a": [1]}',
    "'; --",
    "a",
    "A",
    "\u2028\ufeff",
    "\\u0041 \ufffd",
    " ",
)

WAS_CLAIMED = (
    HandoffStatus.CLAIMED,
    HandoffStatus.AWAITING_INFORMATION,
    HandoffStatus.ANSWERED,
    HandoffStatus.ACCEPTED,
)

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PRESENT = START + timedelta(days=365)
"""When the company is looked at: somebody is absent then, and what was watched has been watched for long enough."""


def key(kind: int, number: int) -> UUID:
    """A UUIDv7 that says what it is the key of."""
    return UUID(int=(kind << 96) | (7 << 76) | (2 << 62) | number)


def viewer_account(role: Role) -> UUID:
    """The account of the one person in a role."""
    return key(1, list(Role).index(role) + 1)


def departments_of(role: Role) -> frozenset[Department]:
    """Whose work the person in a role does."""
    chosen = {
        Role.PRODUCT_DEVELOPER: {Department.PRODUCT_DEVELOPMENT},
        Role.PRODUCTION_PLANNER: {Department.PRODUCTION},
        Role.LOGISTICS_CLERK: {Department.LOGISTICS},
        Role.ACCOUNTANT: {Department.FINANCE},
        Role.HR_OFFICER: {Department.HUMAN_RESOURCES, Department.LOGISTICS},
        Role.IT_TECHNICIAN: {Department.IT},
        Role.LEGAL_OFFICER: {Department.LEGAL},
        Role.OFFICE_ADMINISTRATOR: {Department.ADMINISTRATION},
    }
    return frozenset(chosen.get(role, set()))


def near(number: int) -> datetime:
    """The same, and never far away: for what time is added to."""
    return moment(number if number % 11 != 10 else number + 1)


def moment(number: int) -> datetime:
    """One of a few moments, so that many are equal; some have milliseconds, one is far away."""
    if number % 11 == 10:
        return datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
    return START + timedelta(hours=number % 5, milliseconds=(number % 3) * 7)


def company() -> Company:
    """All rows. The same every time."""
    texts = cycle(NASTY_TEXTS)
    random = Random(3)

    def text(most: int = 200) -> str:
        return next(texts)[:most]

    def maybe(value: Any) -> Any:
        return value if random.random() < 0.6 else None

    accounts = [
        {
            "id": viewer_account(role),
            "email": f"{role.value.lower()}@example.com",
            "name": f"{text()}",
            "roles": [role.value],
            "departments": sorted(department.value for department in departments_of(role)),
            "enabled": index % 4 != 3,
            "created_at": moment(index),
            "version": index + 1,
        }
        for index, role in enumerate(Role)
    ]
    customers = [
        {
            "id": key(2, n),
            **([{"credit_limit_minor": n * 2000, "credit_currency": ["EUR", "JPY"][n % 2]}, {}][n % 3 == 0]),
            "number": f"C-{n:06}",
            "name": ("Twin" if n in (3, 4) else text()),
            "contact_name": maybe(text()),
            "email": maybe(f"person{n % 3}@example.com"),
            "phone": maybe(f"+49 30 {n % 2}"),
            "street": maybe(text()),
            "city": maybe(text(100)),
            "region": maybe(text(100)),
            "postal_code": maybe(text(20)),
            "country": ["Germany", "Mexico", "Österreich"][n % 3],
            "language": maybe(list(Language)[n % 6]),
            "preferred_channel": maybe(list(Channel)[n % 7]),
        }
        for n in range(1, 9)
    ]
    currencies = cycle(["EUR", "JPY", "BHD", "USD"])
    # The largest ones can be added up without leaving 64 bits.
    minors = cycle([1234, 0, 5, 100, 2**53 + 1, 999, 2**58, 7])
    categories = [{"id": key(12, n), "name": name, "version": n} for n, name in enumerate(["Tea", "Cake", ""], start=1)]
    suppliers = [
        {
            "id": key(13, n),
            "number": f"S-{n:06}",
            "name": name,
            "contact_name": maybe(text()),
            "email": maybe(f"sales{n}@example.com"),
            "phone": maybe(f"+33 1 {n}"),
            "street": maybe(text()),
            "city": [None, text(100)][n % 2],
            "region": maybe(text(100)),
            "postal_code": maybe(text(20)),
            "country": ["UK", "France", "Österreich"][n % 3],
            "currency": next(currencies),
            "over_receipt_basis_points": n * 100,
            "version": n,
        }
        for n, name in enumerate(["Ma Maison", "Exotic Liquids", text()], start=1)
    ]
    products = [
        {
            "id": key(3, n),
            "sku": f"P-{n}",
            "name": text(),
            "category_id": maybe(key(12, n % 3 + 1)),
            "supplier_id": maybe(key(13, n % 3 + 1)),
            "status": list(ProductStatus)[n % 4],
            "unit": list(Unit)[n % 7],
            "quantity_per_unit": maybe(text(100)),
            "currency": next(currencies),
            "list_price_minor": next(minors),
            "cost_price_minor": maybe(next(minors)),
            "units_in_stock": [0, 5, 5, 2**31 - 1][n % 4],
            "reorder_level": n % 3,
            "reorder_quantity": n % 2,
            "is_made": n % 3 == 0,
            "warranty_months": maybe(n * 6),
            "shelf_life_days": maybe(n % 4),
            "stock_alert": [None, *StockAlert][n % 3],
            "version": n,
        }
        for n in range(1, 9)
    ]
    orders = [
        {
            "id": key(4, n),
            "number": f"ORD-{n}",
            "customer_id": key(2, n % 7 + 1),
            "status": list(OrderStatus)[n % 7],
            "placed_at": moment(n),
            "required_at": maybe(moment(n + 1)),
            "shipped_at": maybe(moment(n * 2)),
            "delivered_at": near(n * 3),
            "cancelled_at": moment(n),
            "cancellation_reason": maybe(text()),
            "held_at": moment(n),
            "hold_reason": text(),
            "currency": next(currencies),
            **_paid(_taxed(next(minors), n), n),
            **_discounted(n),
            "discount_asked_at": moment(n) if n % 4 else None,
            "quoted_at": maybe(moment(n)),
            "quoted_until": maybe(moment(n + 1)),
            "replaces_id": key(4, n - 5) if n % 5 == 0 and n > 5 else None,
            "complaint_id": key(6, n) if n % 5 == 0 else None,
            "version": n,
            "shortage_policy": list(ShortagePolicy)[n % 2],
            "taken_by_id": maybe(viewer_account(Role.SALES_REPRESENTATIVE)),
            "asked_by": maybe(text()),
            "asked_through": maybe(list(Channel)[n % 7]),
            "customer_name": maybe(text()),
            "bill_street": maybe(text()),
            "bill_city": maybe(text(100)),
            "bill_region": maybe(text(100)),
            "bill_postal_code": maybe(text(20)),
            "bill_country": maybe("Österreich"),
            "ship_name": maybe(text()),
            "ship_street": maybe(text()),
            "ship_city": maybe(text(100)),
            "ship_region": maybe(text(100)),
            "ship_postal_code": maybe(text(20)),
            "ship_country": maybe("Mexico"),
        }
        for n in range(1, 19)
    ]
    lines = [
        {
            "id": key(5, order * 10 + position),
            "order_id": key(4, order),
            "position": position,
            "product_id": key(3, (order + position) % 8 + 1),
            "quantity": position * order,
            "unit_price_minor": next(minors),
            "product_name": maybe(text()),
            "discount_basis_points": [0, 1500, 10000][position % 3],
            "currency": orders[order - 1]["currency"],
            "tax_rate_basis_points": [0, 700, 1900][position % 3],
            "warranty_months": [None, 0, 600][position % 3],
            **_part_refunded(_taxed(next(minors), position), order),
            **_fulfilled(position * order, order),
            "version": position,
        }
        for order in range(1, 18)
        for position in range(1, order % 4 + 1)
    ]
    complaints, handoffs, events = _complaints(text, maybe)
    begun: Company = {
        Account: accounts,
        Customer: customers,
        ProductCategory: categories,
        Supplier: suppliers,
        Product: products,
        Order: orders,
        OrderLine: lines,
    }
    made = _the_rest(begun, complaints, handoffs)
    made.rows[Event] = events + chain_events(made, len(events), key, moment)
    made.rows[EventSubject] = subjects_of(made.rows[Event])
    talk(made)
    return made.rows


def _the_rest(begun: Company, complaints: list[Row], handoffs: list[Row]) -> Nasty:
    """Everything that is made column by column. It takes its texts from where it likes, so that those of the others stay."""
    texts, random = cycle(NASTY_TEXTS[::-1]), Random(7)
    made = Nasty(
        lambda most=200: next(texts)[:most],
        lambda value: value if random.random() < 0.7 else None,
        key,
        moment,
        {**begun},
    )
    chain(made)
    cases(made)
    made.rows[Complaint], made.rows[Handoff] = complaints, handoffs
    goods(made)
    watched(made)
    return made


def _taxed(total: int, n: int) -> Row:
    """An amount, and how much of it is tax."""
    tax = [0, total // 7, total][n % 3]
    return {"net_minor": total - tax, "tax_minor": tax, "total_minor": total}


def _paid(sums: Row, n: int) -> Row:
    """An order's sums with what was paid of them, and what was given back of that."""
    paid = [0, sums["total_minor"], sums["total_minor"] // 3, 99][n % 4]
    return {**sums, "paid_minor": paid, "refunded_minor": [0, paid // 2, paid][n % 3]}


def _discounted(n: int) -> Row:
    """What an order's discounts are, and who said so."""
    state = list(DiscountState)[n % 4]
    decided = state in (DiscountState.APPROVED, DiscountState.REJECTED)
    return {
        "discount_basis_points": [0, 500, 10000][n % 3],
        "discount_state": state,
        "discount_reason": [None, "tab\tand 😀", ""][n % 3],
        "discount_decision_reason": [None, "O'Brien"][n % 2],
        "discount_asked_by_id": viewer_account(Role.SALES_REPRESENTATIVE) if n % 4 else None,
        "discount_decided_by_id": viewer_account(Role.FRONT_OFFICE_MANAGER) if decided else None,
    }


def _fulfilled(quantity: int, n: int) -> Row:
    """How much of a line is where, as the triggers of a real life would have summed it up."""
    shipped = [0, quantity, quantity // 2, quantity // 3][n % 4]
    return {
        "shipped_quantity": shipped,
        "allocated_quantity": [0, quantity - shipped, (quantity - shipped) // 2][n % 3],
        "returned_quantity": [0, shipped][n % 2],
        "refunded_quantity": [shipped, 0, shipped // 2][n % 3],
    }


def _part_refunded(sums: Row, n: int) -> Row:
    """A line's sums with what was given back of them."""
    return {**sums, "refunded_minor": [0, sums["total_minor"], sums["total_minor"] // 3][n % 3]}


def _complaints(text: Any, maybe: Any) -> tuple[list[Row], list[Row], list[Row]]:
    complaints: list[Row] = []
    handoffs: list[Row] = []
    events: list[Row] = []
    departments = cycle(sorted(BACK_OFFICE_DEPARTMENTS))
    # Begun in the middle, so that LOGISTICS has one that is claimed.
    statuses = cycle([*list(HandoffStatus)[3:], *list(HandoffStatus)[:3]])
    staff = cycle([viewer_account(role) for role in Role])

    def happened(kind: EventKind, complaint: UUID, handoff: Row | None = None) -> None:
        number = len(events) + 1
        events.append(
            {
                "id": number * 3,
                # The relay has not come to the last ones yet.
                "position": number if number < 48 else None,
                "kind": kind,
                "at": moment(number),
                "actor_id": maybe(next(staff)),
                "about": [about(Complaint, complaint), about(Handoff, handoff["id"] if handoff else None)],
                "department": handoff and handoff["department"],
            }
        )

    for n in range(1, 19):
        own = key(6, n)
        status = list(ComplaintStatus)[n % 6]
        is_done = status in (ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED)
        complaints.append(
            {
                "id": own,
                "number": f"CMP-1999-{n:06}",
                "customer_id": key(2, n % 6 + 1),
                "order_id": maybe(key(4, n)),
                "product_id": maybe(key(3, n % 8 + 1)),
                "batch_id": [None, key(21, n % 8 + 1)][n % 3 > 0],
                "order_line_id": [None, key(5, 10 * n + 1)][n % 4 == 1],
                "case_id": [None, key(53, n % 5 + 1)][n % 2],
                "channel": list(Channel)[n % 7],
                "category": list(Category)[n % 8],
                "severity": list(Severity)[n % 4],
                "subject": text(),
                "description": f"{text()} {n}",
                "remedy_sought": maybe(text()),
                "status": status,
                "stage": n % 3 + 1,
                "cause": [None, *CauseCode][n % 4],
                "routed_to": [None, *Department][n % 5],
                "acknowledged_at": maybe(moment(n)),
                "received_at": moment(n),
                "received_by_id": maybe(viewer_account(Role.SERVICE_AGENT)),
                "answer": text() if is_done else None,
                "answered_at": moment(n) if is_done else None,
                "outcome": list(Outcome)[n % 3] if is_done else None,
                "closed_at": moment(n + 3) if status == ComplaintStatus.CLOSED else None,
                "closing_reason": maybe(text()) if status == ComplaintStatus.CLOSED else None,
                "version": n,
            }
        )
        happened(ComplaintEvent.RECEIVED, own)
        for _ in range(n % 4):
            handoffs.append(
                _handoff(len(handoffs) + 1, own, next(departments), next(statuses), text, maybe, next(staff))
            )
            happened(HandoffEvent.QUEUED, own, handoffs[-1])
            if n % 3 == 0:
                happened(HandoffEvent.CLAIMED, own, handoffs[-1])
    # Everybody in the back office has something to claim.
    open_one = next(row["id"] for row in complaints if row["status"] == ComplaintStatus.HANDED_OFF)
    for department in sorted(BACK_OFFICE_DEPARTMENTS):
        number = len(handoffs) + 1
        handoffs.append(_handoff(number, open_one, department, HandoffStatus.QUEUED, text, maybe, next(staff)))
        happened(HandoffEvent.QUEUED, open_one, handoffs[-1])
    return complaints, handoffs, events


def _handoff(
    n: int, complaint: UUID, department: Department, status: HandoffStatus, text: Any, maybe: Any, somebody: UUID
) -> Row:
    has_ended = status in (HandoffStatus.ACCEPTED, HandoffStatus.REFUSED, HandoffStatus.WITHDRAWN)
    # A claim belongs to somebody of the department where there is such a person, so that `nextStatuses` differs by viewer.
    members = [viewer_account(role) for role in Role if department in departments_of(role)]
    claimant = members[0] if members else somebody
    return {
        "id": key(7, n),
        "number": f"HND-1999-{n:06}",
        "complaint_id": complaint,
        "department": department,
        "status": status,
        "brief": text(),
        "handed_off_at": moment(n),
        "handed_off_by_id": maybe(viewer_account(Role.SERVICE_AGENT)),
        "due_at": moment(n // 2),
        "claimed_by_id": claimant if status in WAS_CLAIMED else maybe(somebody),
        "claimed_at": maybe(moment(n)),
        "last_activity_at": maybe(moment(n + 1)),
        "lease_until": [None, moment(n + 2)][n % 2],
        "stage": n % 3 + 1,
        "blocks": n % 2 == 0,
        "answer": text() if status in (HandoffStatus.ANSWERED, HandoffStatus.ACCEPTED) else None,
        "answered_at": maybe(moment(n)),
        "refusal_reason": text() if status == HandoffStatus.REFUSED else None,
        "rejection_reason": maybe(text()),
        "withdrawal_reason": maybe(text()),
        "ended_at": moment(n + 1) if has_ended else None,
        "version": n,
    }


TABLES: tuple[type[Model], ...] = tuple(company())
"""What has rows in the company."""


async def write(rows: Company) -> None:
    """Writes the rows into the open database as they are, in the place of those that it was shipped with."""
    await forget_shipped()
    async with without_sums():
        for model in TABLES:
            await model.bulk_create([model(**row) for row in rows[model]])


async def found(url: str, rows: Company | None = None) -> None:
    """Makes a database that holds the company."""
    await migrate(url)
    database = Database(url)
    await database.open()
    try:
        await write(rows or company())
    finally:
        await database.close()


async def stored() -> Company:
    """What the open database holds, as Python sees it."""
    return {model: list(await model.all().values()) for model in TABLES}


def show_all(rows: Company) -> frozenset[str]:
    """Every key and moment of the company as text: what is not among them is new."""
    values = (value for table in rows.values() for row in table for value in row.values())
    return frozenset(
        value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
        if isinstance(value, datetime)
        else str(value)
        for value in values
        if isinstance(value, datetime | UUID)
    )
