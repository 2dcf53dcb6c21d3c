"""What customers of the demo company complain about: one grievance per order at most, picked from Northwind's own rows.

Each order that was shipped after its required date is one about delivery. Of the other orders of the last year about every
eighth is picked by its number, and what it is about follows from what was ordered.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from models.front_office.customers import Channel
from models.front_office.service.complaints import Category, CauseCode
from models.kit.severity import Severity
from resolvers.demo.facts import Row, moment, order_details, rows

YEAR_BEGINS = moment("1997-05-07")
"""A year before Northwind's last order."""

PARTS_GO_FIRST = moment("1997-10-01")
"""Since then, what is late is late for another reason (see resolvers/demo/improving.py)."""

LATENESS = (
    (10, Severity.HIGH, "The freight charge back, and a name to call about the next delivery."),
    (3, Severity.MEDIUM, "An explanation, and delivery in time from now on."),
    (0, Severity.LOW, None),
)
"""From how many days on being late is a disadvantage, then serious; nobody is in danger, so it is never critical."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grievance:
    """What one customer complains about. `told` is the description but for who speaks; `found` what the department finds."""

    order: Row
    product: Row | None = None
    category: Category
    severity: Severity
    cause: CauseCode
    subject: str
    told: str
    remedy_sought: str | None = None
    found: str
    answer: str

    @property
    def received_at(self) -> datetime:
        """Some days after the goods left, within working hours; no two at the same moment."""
        number = int(self.order["OrderID"])
        day = moment(self.order["ShippedDate"]) + timedelta(days=3 + number % 5)
        while day.weekday() >= 5:
            day += timedelta(days=1)
        return day + timedelta(hours=9 + number % 7, minutes=number % 60, seconds=number % 59)

    @property
    def channel(self) -> Channel:
        """Each in turn."""
        return tuple(Channel)[int(self.order["OrderID"]) % len(Channel)]

    def pick(self, of: int, salt: str = "") -> int:
        """A number below `of` that looks random and is always the same for this grievance."""
        return pick(f"{self.order['OrderID']} {salt}", of)


def pick(what: str, of: int) -> int:
    """A number below `of` that looks random and is always the same for these words."""
    return int.from_bytes(sha256(what.encode()).digest()[:6]) % of


def grievances() -> list[Grievance]:
    """All of them, in the order in which they reach us."""
    details, products = order_details(), {row["ProductID"]: row for row in rows("Products")}
    shipped = (order for order in rows("Orders") if order["ShippedDate"])
    found = (_of_order(order, details[order["OrderID"]], products) for order in shipped)
    return sorted((one for one in found if one), key=lambda one: (one.received_at, one.order["OrderID"]))


def _of_order(order: Row, details: list[Row], products: dict[str, Row]) -> Grievance | None:
    if order["ShippedDate"] > order["RequiredDate"]:
        return _late(order)
    if moment(order["OrderDate"]) < YEAR_BEGINS or pick(f"complains {order['OrderID']}", 8):
        return None
    detail = details[pick(f"line {order['OrderID']}", len(details))]
    product = products[detail["ProductID"]]
    if float(detail["Discount"]) and pick(f"bill {order['OrderID']}", 2):
        return _without_discount(order, detail, product)
    if pick(f"website {order['OrderID']}", 12) == 0:
        return _website(order)
    if product["CategoryID"] in PERISHABLE:
        return _spoiled(order, detail, product)
    return (_broken if product["CategoryID"] in BOTTLED else _stale)(order, detail, product)


BOTTLED = frozenset({"1", "2"})
"""Beverages and condiments, by Northwind's categories."""

PERISHABLE = frozenset({"4", "6", "7", "8"})
"""Dairy products, meat, produce and seafood."""


def _late(order: Row) -> Grievance:
    number, required, shipped = int(order["OrderID"]), moment(order["RequiredDate"]), moment(order["ShippedDate"])
    late = (shipped - required).days
    days = "1 day" if late == 1 else f"{late} days"
    severity, remedy = next((severity, remedy) for least, severity, remedy in LATENESS if late >= least)
    return Grievance(
        order=order,
        category=Category.DELIVERY,
        severity=severity,
        cause=CauseCode.METHOD if shipped < PARTS_GO_FIRST or number % 8 == 0 else CauseCode.SUPPLIER,
        subject=f"Order left the house {days} after it was required",
        told=f"required by {required.day} {required:%B %Y} and left us only on {shipped.day} {shipped:%B %Y}, {days} late.",
        remedy_sought=remedy,
        found="It waited for one article that was on order; nobody asked whether the rest should go first."
        if shipped < PARTS_GO_FIRST
        else "Nothing of it was in the house: the supplier delivered nine days late.",
        answer="We should have sent what we had and told you about the rest. Your next order goes out in parts if need be.",
    )


def _without_discount(order: Row, detail: Row, product: Row) -> Grievance:
    percent = round(float(detail["Discount"]) * 100)
    return Grievance(
        order=order,
        product=product,
        category=Category.BILLING,
        severity=Severity.LOW if percent <= 10 else Severity.MEDIUM,
        cause=CauseCode.INFORMATION,
        subject=f"Discount of {percent} % is not on the invoice",
        told=f"agreed with {percent} % off on {product['ProductName']}, and the invoice shows the full price.",
        remedy_sought="The difference as a credit.",
        found=f"The discount of {percent} % is on the order and was left out when the invoice was typed.",
        answer="The invoice was wrong. The difference is credited to your account.",
    )


def _website(order: Row) -> Grievance:
    return Grievance(
        order=order,
        category=Category.WEBSITE,
        severity=Severity.LOW,
        cause=CauseCode.DESIGN,
        subject="The order form forgot half of the order",
        told="typed in twice, because the form on the web was empty again after an hour.",
        found="The form forgets what was typed when a session ends after 60 minutes.",
        answer="We are sorry for the double work. The form keeps what you type from the next release on.",
    )


def _spoiled(order: Row, detail: Row, product: Row) -> Grievance:
    some = max(1, int(detail["Quantity"]) // 4)
    sick = pick(f"sick {order['OrderID']}", 9) == 0
    what = f"{some} of {detail['Quantity']} packs of {product['ProductName']} were spoiled"
    return Grievance(
        order=order,
        product=product,
        category=Category.PRODUCT_QUALITY,
        severity=Severity.HIGH,
        cause=CauseCode.SUPPLIER if pick(product["ProductID"], 2) else CauseCode.MATERIAL,
        subject=f"{product['ProductName']} spoiled on arrival",
        told=f"opened at once, and {what}." + (" Two people who tasted it got food poisoning." if sick else ""),
        remedy_sought="The money for the spoiled packs back.",
        found="The packs of that week stood unrefrigerated at the dock for most of a day.",
        answer="The packs stood too warm before they left us. You get back what you paid for them.",
    )


def _broken(order: Row, detail: Row, product: Row) -> Grievance:
    some = max(1, int(detail["Quantity"]) // 6)
    return Grievance(
        order=order,
        product=product,
        category=Category.DELIVERY,
        severity=Severity.MEDIUM,
        cause=CauseCode.MATERIAL if pick(f"box {order['OrderID']}", 2) else CauseCode.METHOD,
        subject=f"{some} of {detail['Quantity']} pieces of {product['ProductName']} arrived broken",
        told=f"unpacked today: {some} of {detail['Quantity']} pieces of {product['ProductName']} were broken, the rest sticky.",
        remedy_sought="The broken ones once more, and soon.",
        found="Twelve bottles stood in a carton made for six, without dividers.",
        answer="The carton was the wrong one. New pieces are on their way.",
    )


def _stale(order: Row, detail: Row, product: Row) -> Grievance:
    return Grievance(
        order=order,
        product=product,
        category=Category.PRODUCT_QUALITY,
        severity=Severity.MEDIUM,
        cause=CauseCode.MATERIAL if pick(product["ProductID"], 2) else CauseCode.METHOD,
        subject=f"{product['ProductName']} stale well before its date",
        told=f"stored dry, and yet all {detail['Quantity']} packs of {product['ProductName']} are stale, months before the date.",
        remedy_sought="Fresh packs.",
        found="The seal of that batch opens when it is stacked higher than four.",
        answer="The packs of that batch did not close well. We replace all of them.",
    )
