"""Customers: found however they are spelled, and reached only by those who meet them."""

import re
from typing import Any

from models.back_office.handoffs import Handoff
from models.front_office.customers import Customer
from models.permissions import ROLE_PERMISSIONS, Department, Permission, Role
from resolvers.back_office.handoffs.verbs import transfer_handoff
from resolvers.front_office.service.complaints.working import hand_off_complaint
from tests.office import Office, alfreds, do, handed_off

SEARCH = """
query ($search: String) { frontOffice { customers(search: $search, first: 5) { totalCount nodes { number name } } } }
"""


async def found(office: Office, search: str) -> list[str]:
    service = await office.somebody("service")
    page = await office.find(service, SEARCH, {"search": search})
    return [node["number"] for node in page["nodes"]]


async def test_a_customer_is_found_by_name_contact_address_or_number_in_any_case(office: Office) -> None:
    by_name = ["futterkiste", "FUTTER", "alfreds  FUTTERKISTE", " Maria Anders "]
    for search in [*by_name, "maria.anders@alfki", "c-000001", "030-0074321"]:
        assert "C-000001" in await found(office, search), search


async def test_a_customer_is_found_with_and_without_accents(office: Office) -> None:
    await Customer.create(number="C-900001", name="Señor Ærø Straße", country="Denmark")
    for search in ("senor", "SEÑOR", "sen\u0303or", "strasse", "STRAẞE"):
        assert "C-900001" in await found(office, search), search


async def test_what_patterns_mean_elsewhere_is_plain_text_in_a_search(office: Office) -> None:
    await Customer.create(number="C-900002", name="100 %_ Wool*", country="Denmark")
    assert await found(office, "%_ wool*") == ["C-900002"]
    assert await found(office, "_lfreds") == []
    assert await found(office, "'; --") == []


async def test_a_customer_who_changed_their_name_is_found_by_the_new_one(office: Office) -> None:
    customer = await alfreds()
    customer.name = "Bertas Backstube"
    await customer.save()
    assert await found(office, "backstube") == ["C-000001"]
    assert await found(office, "futterkiste") == []


CONTACT = ["name", "contactName", "email", "phone", "address { street }", "address { city }", "address { postalCode }"]


async def test_the_back_office_reads_nothing_of_whose_complaint_it_has(office: Office) -> None:
    service, logistics = await office.somebody("service"), await office.somebody("logistics")
    handoff = await handed_off(service)
    query = "query ($id: ID!) { backOffice { handoff(id: $id) { complaint { customer { %s } } } } }"
    for field in ("id", "number", "address { country }", *CONTACT):
        refused: dict[str, Any] = await office.ask(logistics, query % field, {"id": f"hnd_{handoff.id}"})
        assert "data" not in refused
        assert "READ_CUSTOMERS" in [error["extensions"]["permission"] for error in refused["errors"]]


async def test_each_department_has_a_name_of_its_own_for_the_customer_of_each_complaint(office: Office) -> None:
    service, manager = await office.somebody("service"), await office.somebody("back.manager")

    async def alias(handoff: Handoff) -> str:
        return await office.read(manager, handoff, "customerAlias")

    async def again(department: Department) -> Handoff:
        keys = await do(hand_off_complaint, service, complaint=first.complaint_id, department=department)
        return await Handoff.get(id=keys["handoff"])

    first, second = await handed_off(service), await handed_off(service)
    finance = await again(Department.FINANCE)
    names = [await alias(one) for one in (first, second, finance)]
    assert len(set(names)) == 3 and all(re.fullmatch("[0-9A-F]{8}", name) for name in names)
    assert await alias(await again(first.department)) == names[0]
    await do(transfer_handoff, service, finance, department=first.department, reason="Theirs.")
    assert await alias(finance) == names[0]


def test_contact_data_are_for_the_front_office_alone() -> None:
    readers = {role for role, held in ROLE_PERMISSIONS.items() if Permission.READ_CUSTOMER_CONTACT in held}
    front = {Role.SERVICE_AGENT, Role.SALES_REPRESENTATIVE, Role.MARKETER, Role.FRONT_OFFICE_MANAGER}
    assert readers == front


async def test_the_360_degree_view_is_one_statement(office: Office) -> None:
    service = await office.somebody("service")
    customer = await alfreds()
    before = office.database.statements_read
    answer = await office.operation(service, "Customer360", {"id": f"cus_{customer.id}", "orders": 10})
    assert answer["data"]["frontOffice"]["customer"]["orders"]["totalCount"] == 6
    assert office.database.statements_read == before + 1
