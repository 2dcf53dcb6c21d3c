"""The demo company: Northwind Traders as its data say, the same in every database, and never half of it."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.expressions import F

from models.back_office.handoffs import Handoff
from models.back_office.logistics.shipments import Shipment, ShipmentStatus
from models.back_office.products.catalogue import Product, ProductStatus
from models.back_office.products.improvements import Improvement
from models.both_offices.accounts import Account
from models.both_offices.notifications import Notification
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderLine, OrderStatus
from models.front_office.service.answers import ComplaintAnswer
from models.front_office.service.cases import CaseStatus, MajorCase
from models.front_office.service.complaints import Category, Complaint, ComplaintStatus
from models.kit.bookkeeping import NumberSeries
from models.kit.database import Database
from models.kit.events import Event
from models.permissions import BACK_OFFICE_DEPARTMENTS, FRONT_OFFICE_DEPARTMENTS, Department, Role
from resolvers import demo
from resolvers.both_offices.accounts.passwords import is_right
from resolvers.demo import DEMO_ACCOUNTS, OtherCompanyError, load_demo
from resolvers.demo.company import invented_email, whole
from resolvers.demo.facts import rows
from resolvers.demo.grievances import YEAR_BEGINS
from tests.conftest import Databases, Engine, demo_company_with_its_past, opened
from tests.properties.chain.invariants import check_the_chain
from tests.properties.invariants import check_everything


async def counts() -> dict[str, int]:
    tables = (Customer, Product, Order, OrderLine, Account, Complaint, Event, NumberSeries)
    return {model.__name__: await model.all().count() for model in tables}


async def test_all_of_northwind_is_there(northwind: Database) -> None:
    assert await counts() == {
        "Customer": 93,
        "Product": 77,
        "Order": 830,
        "OrderLine": 2155,
        "Account": 9 + 14 + 3,
        "Complaint": 0,
        "Event": 0,
        "NumberSeries": 0,
    }


async def test_a_second_call_changes_nothing(northwind: Database) -> None:
    before = await counts()
    assert await load_demo(northwind) is False
    assert await counts() == before


async def test_the_demo_company_does_not_move_in_with_another_one(database: Database) -> None:
    await Customer.create(number="C-000001", name="Somebody else", country="Norway")
    with pytest.raises(OtherCompanyError):
        await load_demo(database)
    assert sum((await counts()).values()) == 1


async def test_nothing_of_the_demo_company_stays_when_a_part_of_it_fails(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("in the middle of it")

    monkeypatch.setattr(demo, "tell_the_year", fail)
    with pytest.raises(RuntimeError, match="in the middle of it"):
        await load_demo(database)
    assert sum((await counts()).values()) == 0


async def test_every_database_gets_the_same_ids(northwind: Database) -> None:
    assert str((await Customer.get(number="C-000001")).id) == "00c2b02a-0801-76a7-b943-6b880ebe0016"
    assert len({line.id for line in await OrderLine.all()}) == 2155


async def test_ids_are_uuids_of_version_7_in_the_order_of_time(northwind: Database) -> None:
    for model in (Customer, Product, Order, OrderLine, Account):
        assert {row.id.version for row in await model.all()} == {7}
    customers = await Customer.all().order_by("id")
    assert [customer.number for customer in customers] == sorted(customer.number for customer in customers)
    placed = [order.placed_at for order in await Order.all().order_by("id")]
    assert placed == sorted(placed)


async def test_an_order_is_what_northwind_says(northwind: Database) -> None:
    order = await Order.get(number="ORD-10250").prefetch_related("lines__product", "customer")
    assert (order.customer.name, order.customer.number) == ("Hanari Carnes", "C-000034")
    assert order.status is OrderStatus.DELIVERED
    assert order.placed_at == datetime(1996, 7, 8, tzinfo=UTC)
    assert order.required_at == datetime(1996, 8, 5, tzinfo=UTC)
    assert order.shipped_at == datetime(1996, 7, 12, tzinfo=UTC)
    assert (order.ship_street, order.ship_city, order.ship_country) == ("Rua do Paço, 67", "Rio de Janeiro", "Brazil")
    lines = sorted(order.lines, key=lambda line: line.position)
    assert [
        (line.product.name, line.quantity, line.unit_price_minor, line.discount_basis_points, line.total_minor)
        for line in lines
    ] == [
        ("Jack's New England Clam Chowder", 10, 770, 0, 7700),
        ("Manjimup Dried Apples", 35, 4240, 1500, 126140),
        ("Louisiana Fiery Hot Pepper Sauce", 15, 1680, 1500, 21420),
    ]
    assert (order.total_minor, order.currency) == (155260, "USD")


async def test_an_order_costs_what_its_lines_cost_rounded_half_up(northwind: Database) -> None:
    totals: Counter[object] = Counter()
    for line in await OrderLine.all():
        gross = line.quantity * line.unit_price_minor * (10_000 - line.discount_basis_points)
        assert line.total_minor == (gross + 5_000) // 10_000
        totals[line.order_id] += line.total_minor
    assert totals == {order.id: order.total_minor for order in await Order.all()}
    # Northwind's well-known turnover is 1,265,793.04 before lines are rounded to cents.
    assert abs(sum(totals.values()) - 126_579_304) < 100


async def test_orders_that_never_left_the_house_are_placed(northwind: Database) -> None:
    assert await Order.filter(status=OrderStatus.PLACED, shipped_at=None).count() == 21
    assert await Order.filter(status=OrderStatus.DELIVERED).exclude(shipped_at=None).count() == 809


async def test_a_product_costs_us_sixty_percent_of_its_list_price(northwind: Database) -> None:
    for product in await Product.all():
        assert product.cost_price_minor == (product.list_price_minor * 6 + 5) // 10
    chai = await Product.get(sku="P-000001").prefetch_related("category", "supplier")
    assert chai.category is not None and chai.supplier is not None
    assert (chai.name, chai.category.name, chai.supplier.name) == ("Chai", "Beverages", "Exotic Liquids")
    assert (chai.list_price_minor, chai.cost_price_minor, chai.units_in_stock) == (1800, 1080, 39)
    assert await Product.filter(status=ProductStatus.WITHDRAWN).count() == 8


async def test_customers_can_be_reached_at_addresses_that_cannot_exist(northwind: Database) -> None:
    alfreds = await Customer.get(number="C-000001")
    assert (alfreds.name, alfreds.contact_name) == ("Alfreds Futterkiste", "Maria Anders")
    assert (alfreds.street, alfreds.postal_code, alfreds.country) == ("Obere Str. 57", "12209", "Germany")
    assert (alfreds.phone, alfreds.email) == ("030-0074321", "maria.anders@alfki.example")
    emails = [customer.email for customer in await Customer.all()]
    assert all(email is not None and email.isascii() and email.endswith(".example") for email in emails)
    assert len(set(emails)) == 93
    assert invented_email("BLONP", "Frédérique Citeaux") == "frederique.citeaux@blonp.example"
    assert await Customer.filter(country="Unknown").count() == 2


async def test_there_is_one_account_for_every_role_and_it_opens_with_the_demo_password(northwind: Database) -> None:
    assert {account.role for account in DEMO_ACCOUNTS} == set(Role)
    assert len(DEMO_ACCOUNTS) == len(Role)
    for somebody in DEMO_ACCOUNTS:
        account = await Account.get(email=somebody.email)
        assert account.roles == [somebody.role]
        assert set(account.departments) == somebody.departments
    hashes = {account.password_hash for account in await Account.all()}
    assert len(hashes) == 1
    assert await is_right(hashes.pop(), "northwind")


async def test_every_department_has_somebody_and_managers_have_theirs(northwind: Database) -> None:
    staffed = {Department(word) for account in await Account.all() for word in account.departments}
    assert staffed == set(Department)
    back = await Account.get(email="back.manager@northwind.example")
    assert set(back.departments) == BACK_OFFICE_DEPARTMENTS
    fuller = await Account.get(email="andrew.fuller@northwind.example")
    assert (fuller.name, fuller.roles) == ("Andrew Fuller", ["FRONT_OFFICE_MANAGER"])
    assert set(fuller.departments) == FRONT_OFFICE_DEPARTMENTS


async def test_the_past_is_told_the_same_on_both_engines(databases: Databases) -> None:
    told: list[dict[str, list[Any]]] = []
    engines: tuple[Engine, Engine] = ("sqlite", "postgres")
    for engine in engines:
        EXECUTOR_CACHE.clear()
        url = await databases.copy_of(engine, "visited", demo_company_with_its_past)
        async for _ in opened(url):
            kept = {Complaint: "number", Handoff: "number", ComplaintAnswer: "id", Notification: "id", Event: "at"}
            told.append(
                {
                    model.__name__: await model.all().order_by("id").values_list("id", column)
                    for model, column in kept.items()
                }
            )
        await databases.drop(url)
    assert told[0] == told[1]
    assert len(told[0]["Complaint"]) == 98


async def test_each_order_that_left_too_late_was_complained_about(visited: Database) -> None:
    late = {
        order.id: order
        for order in await Order.all()
        if order.shipped_at and order.required_at and order.shipped_at > order.required_at
    }
    complaints = {complaint.order_id: complaint for complaint in await Complaint.all()}
    assert len(late) == 37
    for key, order in late.items():
        assert complaints[key].category is Category.DELIVERY
        assert complaints[key].customer_id == order.customer_id
        assert timedelta(days=3) < complaints[key].received_at - order.shipped_at < timedelta(days=11)


async def test_complaints_went_every_way_and_some_are_left_for_the_visitor(visited: Database) -> None:
    complaints = await Complaint.all()
    assert len(complaints) == 98
    assert sum(complaint.received_at >= YEAR_BEGINS for complaint in complaints) >= 80
    assert {complaint.status for complaint in complaints} >= {ComplaintStatus.RECEIVED, ComplaintStatus.CLOSED}
    assert await Complaint.filter(status=ComplaintStatus.RECEIVED).count() >= 6
    assert {complaint.stage for complaint in complaints} == {1, 2}
    kinds = {event.kind for event in await Event.all()}
    wanted = """
        COMPLAINT_RECEIVED COMPLAINT_ACKNOWLEDGED CUSTOMER_ASKED CUSTOMER_REPLIED REDRESS_PROPOSED REDRESS_APPROVED
        COMPLAINT_ANSWERED COMPLAINT_CHALLENGED COMPLAINT_REOPENED COMPLAINT_RATED COMPLAINT_CLOSED CAUSE_DETERMINED
        HANDOFF_TRANSFERRED HANDOFF_REFUSED INFORMATION_REQUESTED INFORMATION_PROVIDED MESSAGE_POSTED CLOCK_WARNED
        CLOCK_BREACHED ESCALATION_OPENED ESCALATION_CLOSED IMPROVEMENT_JUDGED IMPROVEMENT_REJECTED
        PRODUCT_DECIDED COMPLAINT_LINKED CASE_OPENED COMPLAINT_ATTACHED TASK_CREATED TASK_FINISHED ABSENCE_SET
    """
    assert kinds >= {*wanted.split()}
    statuses = {improvement.status.value for improvement in await Improvement.all()}
    assert statuses == {"PROPOSED", "IN_PROGRESS", "MONITORING", "EFFECTIVE", "NOT_EFFECTIVE", "REJECTED"}
    # What was withdrawn is what Northwind does not sell any more.
    assert await Product.filter(status=ProductStatus.WITHDRAWN).count() == 8
    assert [case.status for case in await MajorCase.all()] == [CaseStatus.OPEN]
    assert await Complaint.exclude(case_id=None).count() == 3


async def test_a_complaint_about_goods_names_the_batch_that_they_came_from(visited: Database) -> None:
    about_goods = Complaint.exclude(product_id=None)
    shipped = about_goods.filter(order_line__shipped_quantity__gt=0)
    assert await shipped.filter(batch_id=None).count() == 0 < await shipped.count()
    assert await about_goods.filter(order_line_id=None).count() == 0


async def test_what_is_told_obeys_all_that_must_hold(visited: Database) -> None:
    await check_everything()
    await check_the_chain()


async def test_stock_is_what_northwind_says_and_all_of_it_came_and_went_by_moves(northwind: Database) -> None:
    await check_the_chain()
    said = {f"P-{int(row['ProductID']):06}": int(row["UnitsInStock"]) for row in rows("Products")}
    assert {product.sku: product.units_in_stock for product in await Product.all()} == said
    assert await Order.filter(paid_minor__gt=0).count() == await Order.filter(paid_minor=F("total_minor")).count()
    assert await Shipment.filter(status=ShipmentStatus.DELIVERED).count() == 809


async def test_a_subject_does_not_say_who_complains_and_a_description_does(visited: Database) -> None:
    for complaint in await Complaint.all().prefetch_related("customer"):
        for identity in (complaint.customer.name, complaint.customer.contact_name, complaint.customer.phone):
            assert identity not in complaint.subject
            assert identity in complaint.description


async def test_events_are_numbered_in_the_order_of_time(visited: Database) -> None:
    events = await Event.all().order_by("position")
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    # What a complaint's redress brings about keeps the day alone: it begins before the moment of the answer.
    midnight = time(tzinfo=UTC)
    times = [event.at for event in events if event.at.timetz() != midnight]
    assert times == sorted(times) and len(times) > 0.9 * len(events)
    days = [event.at.date() for event in events]
    assert days == sorted(days)


def test_half_a_cent_is_rounded_up() -> None:
    assert [whole(Decimal(value)) for value in ("0.5", "1.5", "2.5", "2.49")] == [1, 2, 3, 2]
