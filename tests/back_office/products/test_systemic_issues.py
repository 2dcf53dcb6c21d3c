"""The systemic-issue report: what comes again and again, how bad it is, where it is heading, and for whose eyes."""

from datetime import timedelta
from typing import Any

import pytest

from models.back_office.products.systemic_issues import IssueTrend, trend_of
from models.front_office.service.complaints import Category, CauseCode, Outcome
from models.kit.severity import Severity
from models.permissions import ROLE_PERMISSIONS, Department, Permission, Role
from resolvers.kit.commands import Viewer
from tests.back_office.products.improving import START, a_product, complained, ordered
from tests.office import Office, handed_off

REPORT = """query ($since: DateTime!, $until: DateTime, $least: Int! = 2, $first: Int! = 20,
  $by: IssueGrouping! = ALL) { backOffice {
  systemicIssues(since: $since, until: $until, minComplaints: $least, first: $first, groupBy: $by) { cause category
  product { name } frequency harm trend orders perThousandOrders complaints { number } } } }"""
SINCE, UNTIL = START, START + timedelta(days=10)
PERIOD: dict[str, Any] = {"since": SINCE.isoformat(), "until": UNTIL.isoformat()}


async def report(office: Office, viewer: Viewer, **others: Any) -> list[dict[str, Any]]:
    return await office.find(viewer, REPORT, PERIOD | others)


@pytest.mark.parametrize(
    ("first", "second", "trend"),
    [
        (0, 0, IssueTrend.STEADY),
        (0, 1, IssueTrend.STEADY),
        (0, 2, IssueTrend.RISING),
        (8, 10, IssueTrend.RISING),
        (9, 11, IssueTrend.STEADY),
        (8, 6, IssueTrend.FALLING),
        (100, 76, IssueTrend.STEADY),
    ],
)
def test_a_trend_begins_at_a_quarter_and_at_two(first: int, second: int, trend: IssueTrend) -> None:
    assert trend_of(first, second) is trend


async def test_issues_are_grouped_by_what_they_share_the_most_harmful_first(office: Office, manager: Viewer) -> None:
    product = await a_product()
    early, late = SINCE, UNTIL - timedelta(milliseconds=1)
    for at in (early, early, early):
        await complained(at, severity=Severity.LOW)
    bad = [await complained(at, severity=Severity.HIGH, product_id=product.id) for at in (late, late)]
    worst = [
        await complained(late, severity=Severity.CRITICAL, cause=None, category=Category.BILLING) for _ in range(2)
    ]
    # Alone, too early, too late, and no complaint at all.
    await complained(early, cause=CauseCode.DESIGN, severity=Severity.CRITICAL)
    await complained(early - timedelta(milliseconds=1))
    await complained(UNTIL)
    await complained(early, outcome=Outcome.NOT_A_COMPLAINT)
    await ordered(early, product, times=3)
    await ordered(late, times=5)
    await ordered(UNTIL, product)
    found = await report(office, manager)
    assert [
        (issue["cause"], issue["category"], issue["frequency"], issue["harm"], issue["trend"]) for issue in found
    ] == [
        (None, "BILLING", 2, 54, "RISING"),
        ("METHOD", "DELIVERY", 2, 18, "RISING"),
        ("METHOD", "DELIVERY", 3, 3, "FALLING"),
    ]
    assert [(issue["orders"], issue["perThousandOrders"]) for issue in found] == [
        (8, "250.00"),
        (3, "666.67"),
        (8, "375.00"),
    ]
    assert [issue["product"] for issue in found] == [None, {"name": product.name}, None]
    # Equal moments: the later row first.
    assert [one["number"] for one in found[0]["complaints"]] == [one.number for one in reversed(worst)]
    assert {one["number"] for one in found[1]["complaints"]} == {one.number for one in bad}
    assert await report(office, manager, first=1) == found[:1]
    assert [issue["frequency"] for issue in await report(office, manager, least=3)] == [3]
    assert await report(office, manager, until=(SINCE + timedelta(milliseconds=1)).isoformat(), least=4) == []


async def test_a_cause_that_is_spread_over_products_is_found_and_so_is_a_product_with_many_causes(
    office: Office, manager: Viewer
) -> None:
    one, two = await a_product(), await a_product(1)
    await complained(SINCE, product_id=one.id, severity=Severity.HIGH)
    await complained(SINCE, product_id=two.id, category=Category.BILLING)
    await complained(SINCE, product_id=two.id, cause=None)
    await complained(SINCE, cause=CauseCode.DESIGN)
    await ordered(SINCE, two, times=2)
    await ordered(SINCE, one, times=2)
    assert await report(office, manager) == []
    members = ("cause", "category", "product", "frequency", "harm", "perThousandOrders")
    [cause] = await report(office, manager, by="CAUSE")
    assert [cause[member] for member in members] == ["METHOD", None, None, 2, 12, "500.00"]
    [product] = await report(office, manager, by="PRODUCT")
    assert [product[member] for member in members] == [None, None, {"name": two.name}, 2, 6, "1000.00"]
    assert [len(issue["complaints"]) for issue in (cause, product)] == [2, 2]


async def test_complaints_that_a_viewer_does_not_see_are_not_counted(office: Office, manager: Viewer) -> None:
    agent, developer = await office.somebody("service"), await office.somebody("development")
    for department in (Department.PRODUCT_DEVELOPMENT, Department.PRODUCT_DEVELOPMENT, Department.LOGISTICS):
        await handed_off(agent, department)
    period = {"since": "2026-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
    [ours], [all_of_them] = await report(office, developer, **period), await report(office, manager, **period)
    assert (ours["frequency"], len(ours["complaints"])) == (2, 2)
    assert (all_of_them["frequency"], len(all_of_them["complaints"])) == (3, 3)


async def test_a_wrong_argument_is_named(office: Office, manager: Viewer) -> None:
    for name, value in {"until": PERIOD["since"], "least": 0, "first": 51}.items():
        answer = await office.ask(manager, REPORT, PERIOD | {name: value})
        [error] = answer["errors"]
        named = {"least": "minComplaints"}.get(name, name)
        assert (error["extensions"]["code"], error["extensions"]["argument"]) == ("BAD_REQUEST", named)
        assert "BackOffice.systemicIssues" in error["message"]
    front = await office.somebody("front.manager")
    [error] = (await office.ask(front, REPORT.replace("backOffice", "frontOffice"), PERIOD | {"first": 51}))["errors"]
    assert "FrontOffice.systemicIssues" in error["message"]
    assert await report(office, manager, first=0) == []


async def test_the_report_costs_one_statement_and_each_relation_another_however_many_issues_there_are(
    office: Office, manager: Viewer
) -> None:
    product = await a_product()
    for cause in (CauseCode.METHOD, CauseCode.DESIGN, CauseCode.SUPPLIER):
        for _ in range(2):
            await complained(SINCE, cause=cause, product_id=product.id)
    before = office.database.statements_read
    assert [len(issue["complaints"]) for issue in await report(office, manager)] == [2, 2, 2]
    assert office.database.statements_read - before == 3


def test_managers_and_those_who_make_products_and_rules_read_it() -> None:
    readers = {role for role, held in ROLE_PERMISSIONS.items() if Permission.READ_SYSTEMIC_ISSUES in held}
    front = {role for role in readers if Permission.ENTER_FRONT_OFFICE in ROLE_PERMISSIONS[role]}
    assert front == {Role.FRONT_OFFICE_MANAGER}
