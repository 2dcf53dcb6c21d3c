"""What issue 4 says of the access matrix, held against the schema itself: a new field is covered by being declared.

"Sales and service see availability and dates, never cost, supplier or margin; logistics sees ship-to addresses, never prices
or e-mail addresses; accountants see prices and costs, never contact data beyond what an invoice needs."
"""

import re
from collections import defaultdict
from functools import cache

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, get_named_type

from models.permissions import ROLE_PERMISSIONS, Permission, Role
from resolvers.reading.catalog import FieldFacts
from tests.access_matrix import may
from tests.reading.reference import BUILT

CATALOG = BUILT[1]
FIELDS: defaultdict[str, list[FieldFacts]] = defaultdict(list)
for (type_name, _), facts in CATALOG.fields.items():
    FIELDS[type_name].append(facts)

FRONT_OFFICE = [role for role in Role if Permission.ENTER_FRONT_OFFICE in ROLE_PERMISSIONS[role]]

OPEN_TO_EVERYONE = {"SignInInput.email", "SetPasswordPayload.email"}
"""Whoever signs in names an address of their own, and is told nothing by it; who sets a password by the token that was sent to
an address is told that address."""


def words(coordinate: str) -> frozenset[str]:
    """The words of a name, in the singular: `Order.discountAskedBy` is of an order, and of a discount."""
    found = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", coordinate)
    return frozenset(word.lower().removesuffix("s") for word in found)


@cache
def reached(role: Role) -> dict[str, str]:
    """All that a role can use: fields, arguments, members of inputs, what lists are sorted by; each with its type's name."""
    found: dict[str, str] = {}
    pending, seen = ["Query", "Mutation", "Subscription"], set[str]()
    while pending:
        type_name = pending.pop()
        if type_name in seen:
            continue
        seen.add(type_name)
        graphql_type = CATALOG.graphql.type_map[type_name]
        if isinstance(graphql_type, GraphQLInterfaceType):
            # Whoever has a global id asks `node` for it: every type that they may read is reached.
            pending += [
                one.name
                for one in CATALOG.graphql.get_implementations(graphql_type).objects
                if one.name not in CATALOG.nodes or may(role, {CATALOG.nodes[one.name].needs})
            ]
        if isinstance(graphql_type, GraphQLObjectType):
            pending += [one.name for one in graphql_type.interfaces]
        if isinstance(graphql_type, GraphQLInputObjectType):
            for name, member in graphql_type.fields.items():
                needs = CATALOG.input_fields.get((type_name, name))
                if needs is None or may(role, {needs}):
                    found[f"{type_name}.{name}"] = get_named_type(member.type).name
                    pending.append(get_named_type(member.type).name)
        elif isinstance(graphql_type, GraphQLEnumType):
            for (enumeration, value), needs in CATALOG.enum_values.items():
                if enumeration == type_name and may(role, {needs}):
                    found[f"{type_name}.{value}"] = type_name
        for facts in FIELDS[type_name]:
            if not may(role, facts.needs):
                continue
            found[facts.coordinate] = facts.type_name
            pending.append(facts.type_name)
            for name, argument in facts.arguments.items():
                needs = facts.argument_needs.get(name)
                if needs is None or may(role, {needs}):
                    found[f"{facts.coordinate}({name}:)"] = get_named_type(argument).name
                    pending.append(get_named_type(argument).name)
    return found


def speaking_of(role: Role, *of: str) -> set[str]:
    """What a role can use that has one of these words in its name."""
    return {coordinate for coordinate in reached(role) if words(coordinate) & set(of)} - OPEN_TO_EVERYONE


def amounts(role: Role) -> set[str]:
    """What a role can use that is an amount of money."""
    return {coordinate for coordinate, type_name in reached(role).items() if type_name == "Money"}


def test_the_way_through_the_schema_comes_to_everything_that_anybody_may_use() -> None:
    everything = {coordinate for role in Role for coordinate in reached(role)}
    assert {facts.coordinate for facts in CATALOG.fields.values()} - everything == set()
    assert {"NewPurchaseOrderLineInput.unitCost", "ProductFilter.supplierName", "AccountSortField.EMAIL"} <= everything


# --- Sales and service see availability and dates, never cost, supplier or margin ---


@pytest.mark.parametrize("role", FRONT_OFFICE)
def test_the_front_office_sees_availability_and_dates(role: Role) -> None:
    dates = {"OrderProgress.expectedAt", "OrderProgress.plannedFor", "Shipment.expectedAt", "Order.deliveredAt"}
    assert {"Product.unitsAvailable", "Product.unitsOnOrder", "OrderLine.backorderedQuantity"} | dates <= set(
        reached(role)
    )


@pytest.mark.parametrize("role", FRONT_OFFICE)
def test_the_front_office_sees_no_cost_supplier_or_margin(role: Role) -> None:
    assert speaking_of(role, "cost", "supplier", "margin", "purchase", "purchasing", "receipt") == set()


# --- Logistics sees ship-to addresses, never prices or e-mail addresses ---


def test_logistics_sees_where_shipments_go_and_does_the_purchasing() -> None:
    work = {f"Mutation.{verb}PurchaseOrder" for verb in ("draft", "change", "send", "receive", "close", "cancel")}
    goods = {"Mutation.printLabel", "ShipmentLabel.street", "NewPurchaseOrderLineInput.quantity", "Supplier.phone"}
    assert work | goods <= set(reached(Role.LOGISTICS_CLERK))


def test_logistics_sees_no_amount_of_money() -> None:
    assert amounts(Role.LOGISTICS_CLERK) == set()


def test_nothing_that_logistics_can_use_is_named_like_a_price_or_an_email_address() -> None:
    money = ("price", "cost", "discount", "tax", "amount", "margin", "paid", "payment", "refund", "credit", "redress")
    assert speaking_of(Role.LOGISTICS_CLERK, *money) == set()
    assert speaking_of(Role.LOGISTICS_CLERK, "email", "mail") == set()


def test_who_decides_about_money_sees_it() -> None:
    sees = {
        Permission.WRITE_PRODUCTS: {Permission.READ_LIST_PRICES, Permission.READ_COST_PRICE},
        Permission.APPROVE_PURCHASES: {
            Permission.READ_PURCHASING,
            Permission.READ_COST_PRICE,
            Permission.READ_ACCOUNTS,
        },
        Permission.SET_PURCHASE_LIMITS: {Permission.READ_COST_PRICE},
        Permission.WRITE_ORDERS: {Permission.READ_LIST_PRICES, Permission.READ_ORDER_PRICES},
        Permission.WRITE_POLICIES: {Permission.READ_ORDER_PRICES, Permission.READ_REDRESS},
    }
    for role, held in ROLE_PERMISSIONS.items():
        for does, needed in sees.items():
            assert does not in held or needed <= held, (role, does)


# --- Accountants see prices and costs, never contact data beyond what an invoice needs ---


OF_CUSTOMERS_AND_COMPLAINTS = {
    "Customer.creditLimit",
    "ComplaintAnswer.amount",
    "MajorCase.amount",
    "RedressLimit.limit",
}
"""What is no entry in the books, and would say whose complaint a refund came from."""


def test_accountants_see_every_amount_of_money_that_is_kept() -> None:
    kept = (facts for name in CATALOG.nodes for facts in FIELDS[name])
    every = {facts.coordinate for facts in kept if facts.type_name == "Money"} - OF_CUSTOMERS_AND_COMPLAINTS
    assert len(every) > 20 and every <= amounts(Role.ACCOUNTANT)


def test_accountants_see_of_others_what_stands_on_an_invoice() -> None:
    contact = ("email", "mail", "phone", "contact", "ship", "shipping", "street", "city", "region", "postal")
    found = speaking_of(Role.ACCOUNTANT, *contact)
    of_invoices = ("InvoiceAddress", "SupplierAddress")
    assert {coordinate for coordinate in found if not coordinate.startswith(of_invoices)} == set()
