"""The proofs leave nothing out that nobody has named: they know each table, column and field, or it stands here with a reason."""

from models.areas import MODELS
from resolvers.reading.declare import registry
from tests.conftest import Databases
from tests.properties.adversarial.company import TABLES, found, stored
from tests.reading.planning import opened
from tests.reading.pools import every_subscription
from tests.reading.reference import KNOWN_TABLES, PLAIN_SCHEMA, READINGS, is_known

NO_DOCUMENT_READS = {
    "CalendarOpening": "What a calendar counts, reckoned in advance; only Clock.remaining looks at it.",
    "IdempotencyKey": "What was answered to a key; resolvers/kit/idempotency.py reads it.",
    "NumberSeries": "Which number was given last.",
    "PasswordToken": "Who may set a password without an old one.",
    "RatingLink": "Which links were given out.",
    "Restore": "When a backup was put back; cursors hold its epoch.",
    "SignInAttempt": "Attempts to sign in.",
}
"""Tables without a node type."""

ALWAYS_THE_SAME = {
    "Account.password_hash": "Nobody signs in here.",
    "Account.subject": "Nobody signs in here.",
    "PurchaseLimit.limit_minor": "Varied in tests/back_office/purchasing/test_purchasing_limits.py.",
    "PurchaseLimit.role": "As its limit.",
    "Rule.enabled": "What is applied changes what verbs do; here rules are read.",
}
"""Columns that hold one value throughout the nasty company."""

NOT_TOLD_AGAIN = {
    "Clock.remaining": "tests/both_offices/test_clocks_read.py reckons it by the calendars' own arithmetic.",
    **dict.fromkeys(
        (f"{owner}.nextStatuses" for owner in ("Order", "PurchaseOrder", "Shipment", "StockCount", "WorkOrder")),
        "tests/properties/test_state_paths.py tries every verb against what is offered.",
    ),
    "BillOfMaterials.nextStatuses": "As those.",
    "PurchaseOrder.awaitsApproval": "tests/back_office/purchasing/test_purchasing_limits.py.",
    "PurchaseOrder.mayApprove": "tests/back_office/purchasing/test_purchasing_limits.py.",
    "Viewer.work": "tests/both_offices/test_work.py; every twin is asked for it in tests/properties/test_twin_worlds.py.",
    "Viewer.openWork": "As Viewer.work.",
}
"""Fields whose answer the plain reading does not tell once more."""


REPORTS = {
    "satisfaction": "tests/front_office/service/test_ratings.py; every twin is asked for it.",
    "systemicIssues": "tests/back_office/products/test_systemic_issues.py; every twin is asked for it.",
    "ordersToShip": "tests/back_office/logistics/test_shipments.py; every twin is asked for it.",
    "testRule": "tests/both_offices/rules; every twin is asked for it.",
}
"""Ways in that lead to no rows, or to rows that are chosen by more than they hold."""


def test_every_table_has_nasty_rows() -> None:
    missing = {model.__name__ for model in MODELS if model not in TABLES}
    assert missing == NO_DOCUMENT_READS.keys()
    assert {info.name for info in registry.nodes.values() if info.model not in KNOWN_TABLES} == {"WorkItem"}


async def test_every_column_holds_more_than_one_value(databases: Databases) -> None:
    url = await databases.copy_of("sqlite", "nasty", found)
    async with opened(url):
        rows = await stored()
    await databases.drop(url)
    same = {
        f"{model.__name__}.{column}"
        for model in TABLES
        for column in rows[model][0]
        if len({repr(row[column]) for row in rows[model]}) < 2
    }
    assert same == ALWAYS_THE_SAME.keys()


def test_every_field_is_told_once_more_or_says_why_not() -> None:
    # Sealed; tests/events opens them.
    pushed = {f"{name}.{sealed}" for name in (*every_subscription().values(), "Update") for sealed in ("cursor", "id")}
    unknown = {f"{owner}.{name}" for owner, name in READINGS if not is_known(owner, name)}
    assert unknown - pushed - {f"BackOffice.{name}" for name in REPORTS} == NOT_TOLD_AGAIN.keys()


def test_every_way_in_is_told_once_more_but_reports() -> None:
    ways = {(owner, name) for owner in ("FrontOffice", "BackOffice") for name in fields_of(owner)}
    assert {name for owner, name in ways if not is_known(owner, name)} == REPORTS.keys()


def fields_of(owner: str) -> list[str]:
    """The fields of a type."""
    return list(PLAIN_SCHEMA.type_map[owner].fields)
