"""A trading company of any size, the same one every time: rows for the tables, in an order that foreign keys allow.

The surprising rule: every customer has as many orders as every other, so that a page costs the same in any size.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

import orjson

from models.both_offices.clocks.presets import DUE_WITHIN
from models.front_office.service.complaints import DEPARTMENT_OF, Category, Channel
from models.kit.masking import mark_of
from models.kit.severity import Severity
from models.kit.text import searchable
from resolvers.demo import DEMO_ACCOUNTS

Row = tuple[Any, ...]

COLUMNS = {
    "accounts": "id email name roles departments enabled created_at version",
    "product_categories": "id name version",
    "suppliers": "id number name country currency over_receipt_basis_points version",
    "products": "id sku name category_id supplier_id quantity_per_unit currency list_price_minor cost_price_minor"
    " units_in_stock reorder_level status search_text",
    "customers": "id number name contact_name email phone street city region postal_code country search_text name_mark"
    " contact_mark street_mark",
    "orders": "id number customer_id status placed_at required_at shipped_at cancelled_at currency net_minor"
    " total_minor ship_name ship_street ship_city ship_region ship_postal_code ship_country",
    "order_lines": "id order_id position product_id product_name quantity unit_price_minor discount_basis_points currency"
    " net_minor total_minor",
    "complaints": "id number customer_id order_id product_id channel category severity subject description remedy_sought"
    " status received_at received_by_id answer answered_at outcome closed_at closing_reason version",
    "handoffs": "id number complaint_id department status brief handed_off_at handed_off_by_id due_at claimed_by_id"
    " claimed_at answer answered_at refusal_reason ended_at version",
}
"""The columns that the rows below fill, by table."""

OPENED = datetime(2023, 7, 3, 6, 0, 0, 1000, UTC)
DAYS = 1095
PRODUCTS = 1500

SURNAMES = (
    "Anders Berglund Castillo Dubois Eriksen Fischer Garcia Hansen Ivanova Jensen Kowalski Lindqvist Moreau Nakamura"
    " Oliveira Petersen Quintero Rossi Schäfer Tanaka Ünal Vermeer Wójcik Xavier Yilmaz Zimmermann Ashworth Brandt Côté"
    " Delgado Engström Fontaine Grünwald Hernández Ibrahim Johansson Kaczmarek Larsen Müller Novák"
).split()
FIRST_NAMES = (
    "Ana Björn Chloé David Elena Fatima Georg Hanna Igor Julia Karl Lucía Maria Nils Olga Pedro Rita Sven".split()
)
TRADES = (
    "Bakery Cellars Delicatessen Fisheries Foods Groceries Imports Kitchens Markets Provisions Restaurant Spices Stores"
    " Traders Wholesale Winery"
).split()
FORMS = ("", " & Sons", " GmbH", " Ltd", " AB", " S.A.", " BV", " and Co.")
TOWNS = (
    ("Berlin", None, "Germany"),
    ("Madrid", None, "Spain"),
    ("Lyon", None, "France"),
    ("Luleå", None, "Sweden"),
    ("São Paulo", "SP", "Brazil"),
    ("Portland", "OR", "USA"),
    ("London", None, "UK"),
    ("Graz", None, "Austria"),
    ("Vancouver", "BC", "Canada"),
    ("México D.F.", None, "Mexico"),
)
GOODS = (
    "Chai Tofu Gouda Pesto Rye Olives Lager Honey Saffron Noodles Herring Truffles Couscous Crab Ginger Figs".split()
)
KINDS = "Dark Smoked Fresh Aged Dried Wild Organic Salted Sweet Spiced".split()
PACKS = ("10 boxes x 20 bags", "24 - 12 oz bottles", "12 - 550 ml bottles", "1 kg pkg.", "36 boxes")
SUBJECTS = {
    Category.PRODUCT_QUALITY: "Two of the jars were open",
    Category.DELIVERY: "The delivery came three weeks late",
    Category.BILLING: "The invoice names a discount that was not given",
    Category.STAFF_CONDUCT: "The driver left the crates in the rain",
    Category.DATA_PRIVACY: "The newsletter still comes",
    Category.CONTRACT: "The agreed minimum is another one",
    Category.WEBSITE: "The order form loses the second page",
    Category.OTHER: "Nobody called back",
}
WEIGHTS = (25, 40, 15, 5, 2, 3, 5, 5)
STORY = "The customer has been waiting since the day before yesterday and wants to know what we make of it. " * 2

SOLD = ("ON_SALE", "WITHDRAWN")

BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows each table gets."""

    customers: int = 100_000
    orders: int = 500_000
    lines: int = 1_500_000
    complaints: int = 50_000
    handoffs: int = 40_000

    def part(self, divisor: int) -> "Size":
        """A company that is so many times smaller."""
        return Size(*(rows // divisor for rows in astuple(self)))


class Company:
    """Makes the rows. What later tables refer to is remembered on the way, so `batches` must be used up in its order."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._chance = Random(1996)
        self.accounts = {account.address: self._key(OPENED) for account in DEMO_ACCOUNTS}
        self._staff_of = {
            str(department.value): self.accounts[account.address]
            for account in DEMO_ACCOUNTS
            for department in account.departments
            if len(account.departments) == 1
        }
        self._products: list[tuple[str, int, str]] = []
        self._categories = {name: self._key(OPENED) for name in GOODS[:8]}
        self._suppliers: dict[str, str] = {}
        self._customers: list[str] = []
        self._orders: list[tuple[str, int, datetime]] = []

    def batches(self) -> Iterator[tuple[str, list[Row]]]:
        """All rows, table by table; orders and their lines come alternately."""
        yield "accounts", list(self._staff())
        goods = list(self._goods())
        yield "product_categories", [(key, name, 1) for name, key in self._categories.items()]
        yield (
            "suppliers",
            [
                (key, f"S-{number:06}", name, "USA", "USD", 500, 1)
                for number, (name, key) in enumerate(self._suppliers.items(), start=1)
            ],
        )
        yield "products", goods
        yield from self._in_batches("customers", self._buyers())
        yield from self._sales()
        yield from self._grievances()

    def _in_batches(self, table: str, rows: Iterator[Row]) -> Iterator[tuple[str, list[Row]]]:
        while batch := list(islice(rows, BATCH)):
            yield table, batch

    def _key(self, moment: datetime) -> str:
        """A UUIDv7 of this moment, the same in every run."""
        stamp, chance = int(moment.timestamp() * 1000), self._chance.getrandbits(74)
        variant = 0x8000 | (chance >> 48 & 0x3FFF)
        return f"{stamp >> 16:08x}-{stamp & 0xFFFF:04x}-7{chance >> 62:03x}-{variant:04x}-{chance & (1 << 48) - 1:012x}"

    def _moment(self, part: float) -> datetime:
        """A moment after this part of the company's years, in whole milliseconds."""
        return OPENED + timedelta(milliseconds=int(part * DAYS * 86_400_000))

    # --- Staff, goods, buyers ---

    def _staff(self) -> Iterator[Row]:
        for account in DEMO_ACCOUNTS:
            roles = orjson.dumps([account.role]).decode()
            departments = orjson.dumps(sorted(account.departments)).decode()
            key = self.accounts[account.address]
            yield key, account.email, account.name, roles, departments, True, OPENED, 1

    def _goods(self) -> Iterator[Row]:
        chance = self._chance
        for number in range(1, PRODUCTS + 1):
            key, price = self._key(OPENED), chance.randrange(250, 12_000)
            name = f"{KINDS[number % len(KINDS)]} {GOODS[number // len(KINDS) % len(GOODS)]} No. {number}"
            self._products.append((key, price, name))
            category = self._categories[GOODS[number % 8]]
            supplier = f"{SURNAMES[number % len(SURNAMES)]} {TRADES[number % len(TRADES)]}"
            supplier = self._suppliers.setdefault(supplier, self._key(OPENED))
            sku = f"P-{number:06}"
            pack = PACKS[number % len(PACKS)]
            cost = price * 3 // 5
            yield (
                key,
                sku,
                name,
                category,
                supplier,
                pack,
                "USD",
                price,
                cost,
                # Stock comes by moves, and there are none.
                0,
                25,
                SOLD[number % 40 == 0],
                searchable(sku, name),
            )

    def _buyers(self) -> Iterator[Row]:
        chance = self._chance
        for number in range(1, self.size.customers + 1):
            surname, first_name = chance.choice(SURNAMES), chance.choice(FIRST_NAMES)
            name = f"{surname} {chance.choice(TRADES)}{chance.choice(FORMS)}"
            town, region, country = chance.choice(TOWNS)
            key, code, contact = self._key(OPENED), f"C-{number:06}", f"{first_name} {chance.choice(SURNAMES)}"
            email, phone = f"contact@c{number}.example", f"030-{chance.randrange(10**7):07}"
            street = f"{surname}straße {number % 300 + 1}"
            self._customers.append(key)
            yield (
                key, code, name, contact, email, phone, street, town, region,
                f"{chance.randrange(10_000, 99_999)}", country, searchable(code, name, contact, email, phone),
                *map(mark_of, (name, contact, street)),
            )  # fmt: skip

    # --- Orders ---

    def _sales(self) -> Iterator[tuple[str, list[Row]]]:
        orders: list[Row] = []
        lines: list[Row] = []
        for number in range(self.size.orders):
            orders.append(self._order(number, lines))
            if len(orders) == BATCH or number == self.size.orders - 1:
                yield "orders", orders
                yield "order_lines", lines
                orders, lines = [], []

    def _order(self, number: int, lines: list[Row]) -> Row:
        part = number / self.size.orders
        placed_at = self._moment(part)
        # A prime step spreads each customer's orders over the years.
        buyer = number * 7919 % self.size.customers
        key = self._key(placed_at)
        self._orders.append((key, buyer, placed_at))
        each = self.size.lines // self.size.orders
        total = 0
        for position in range(1, max(1, each + number % 3 - 1) + 1):
            line = self._line(key, position, placed_at)
            lines.append(line)
            total += line[-1]
        status = "PLACED" if part > 0.99 else "CANCELLED" if number % 40 == 7 else "SHIPPED"
        shipped_at = placed_at + timedelta(days=number % 30 + 1) if status == "SHIPPED" else None
        cancelled_at = placed_at if status == "CANCELLED" else None
        town, region, country = TOWNS[buyer % len(TOWNS)]
        return (
            key, f"ORD-{number + 10_000}", self._customers[buyer], status, placed_at, placed_at + timedelta(days=28),
            shipped_at, cancelled_at, "USD", total, total, "Goods received", f"Dock {buyer % 9 + 1}", town, region, None,
            country,
        )  # fmt: skip

    def _line(self, order: str, position: int, placed_at: datetime) -> Row:
        chance = self._chance
        product, price, name = self._products[int(chance.random() * PRODUCTS)]
        quantity, discount = int(chance.random() * 40) + 1, (0, 0, 0, 500, 1000, 1500)[int(chance.random() * 6)]
        total = (price * quantity * (10_000 - discount) + 5_000) // 10_000
        return self._key(placed_at), order, position, product, name, quantity, price, discount, "USD", total, total

    # --- Complaints ---

    def _grievances(self) -> Iterator[tuple[str, list[Row]]]:
        complaints: list[Row] = []
        handoffs: list[Row] = []
        size = self.size
        for number in range(size.complaints):
            pieces = (number + 1) * size.handoffs // size.complaints - number * size.handoffs // size.complaints
            complaints.append(self._complaint(number, pieces, handoffs))
        yield from self._in_batches("complaints", iter(complaints))
        yield from self._in_batches("handoffs", iter(handoffs))

    def _complaint(self, number: int, pieces: int, handoffs: list[Row]) -> Row:
        chance = self._chance
        order, buyer, placed_at = self._orders[number * len(self._orders) // self.size.complaints]
        category, severity = chance.choices(list(Category), WEIGHTS)[0], chance.choice(list(Severity))
        received_at = placed_at + timedelta(days=30, minutes=number % 600)
        closed = number < self.size.complaints * 9 // 10
        key, subject = self._key(received_at), SUBJECTS[category]
        for _ in range(pieces):
            handoffs.append(self._handoff(len(handoffs), key, category, severity, subject, received_at, closed))
        answered_at = received_at + timedelta(days=4) if closed else None
        status = "CLOSED" if closed else "HANDED_OFF" if pieces else "RECEIVED"
        product = self._products[number % PRODUCTS][0] if category is Category.PRODUCT_QUALITY else None
        return (
            key, f"CMP-{received_at.year}-{number + 1:06}", self._customers[buyer], order, product,
            chance.choice(list(Channel)).value, category.value, severity.value, subject,
            f"{subject}. {STORY}", "A credit note", status, received_at, self.accounts["service"],
            "We are sorry; the credit note is under way." if closed else None, answered_at,
            "UPHELD" if closed else None, answered_at, None, 3,
        )  # fmt: skip

    def _handoff(
        self,
        number: int,
        complaint: str,
        category: Category,
        severity: Severity,
        subject: str,
        received_at: datetime,
        closed: bool,
    ) -> Row:
        department = str(DEPARTMENT_OF[category].value)
        handed_off_at = received_at + timedelta(minutes=20)
        status = "ACCEPTED" if closed else ("QUEUED", "QUEUED", "CLAIMED", "ANSWERED")[number % 4]
        claimed = status != "QUEUED"
        answered = closed or status == "ANSWERED"
        worked_at = handed_off_at + timedelta(hours=3)
        return (
            self._key(handed_off_at), f"HND-{handed_off_at.year}-{number + 1:06}", complaint, department, status,
            f"{subject}. {STORY}", handed_off_at, self.accounts["service"], handed_off_at + DUE_WITHIN[severity],
            self._staff_of[department] if claimed else None, worked_at if claimed else None,
            "Found and put right." if answered else None, worked_at if answered else None, None,
            worked_at if closed else None, 2,
        )  # fmt: skip
