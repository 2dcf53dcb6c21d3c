"""What must never be false, whoever writes: the values of enumerations, signs, and what a status requires.

The words are frozen here on purpose: an enumeration that grows needs a migration that replaces its constraint.
SQLite cannot add a CHECK to a table that exists, so there the same condition stands in a pair of triggers.
"""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

DEPARTMENTS = (
    "CUSTOMER_SERVICE SALES MARKETING PRODUCT_DEVELOPMENT PRODUCTION LOGISTICS FINANCE HUMAN_RESOURCES IT LEGAL"
    " ADMINISTRATION"
)
EVENT_KINDS = (
    "COMPLAINT_RECEIVED COMPLAINT_ANSWERED COMPLAINT_CLOSED HANDOFF_QUEUED HANDOFF_CLAIMED HANDOFF_RELEASED"
    " HANDOFF_ANSWERED HANDOFF_REFUSED HANDOFF_WITHDRAWN ANSWER_ACCEPTED ANSWER_REJECTED ACCOUNT_ADDED ACCOUNT_CHANGED"
    " SESSION_ENDED"
)


def one_of(column: str, words: str) -> str:
    """The column holds one of these words, or nothing where nothing is allowed."""
    members = ", ".join(f"'{word}'" for word in words.split())
    return f"{{row}}{column} IN ({members})"


def given(column: str) -> str:
    """The column holds something."""
    return f"{{row}}{column} IS NOT NULL"


def when(status: str, *conditions: str) -> str:
    """With one of these statuses, all of the conditions hold."""
    return f"NOT ({one_of('status', status)}) OR ({' AND '.join(conditions)})"


def at_least(least: int, *columns: str) -> str:
    """None of the columns holds less."""
    return " AND ".join(f"({{row}}{column} IS NULL OR {{row}}{column} >= {least})" for column in columns)


CAPITALS = " AND ".join(f"substr({{row}}currency, {place}, 1) BETWEEN 'A' AND 'Z'" for place in (1, 2, 3))
CURRENCY_CODE = f"length({{row}}currency) = 3 AND {CAPITALS}"

CONSTRAINTS: dict[str, dict[str, str]] = {
    "accounts": {"version": at_least(1, "version")},
    "number_series": {"last_given": at_least(0, "last_given")},
    "products": {
        "prices": at_least(0, "list_price_minor", "cost_price_minor"),
        "stock": at_least(0, "units_in_stock", "units_on_order", "reorder_level"),
        "currency": CURRENCY_CODE,
    },
    "orders": {
        "status": one_of("status", "PLACED SHIPPED CANCELLED"),
        "total": at_least(0, "total_minor"),
        "currency": CURRENCY_CODE,
    },
    "order_lines": {
        "position": at_least(1, "position"),
        "quantity": at_least(1, "quantity"),
        "prices": at_least(0, "unit_price_minor", "total_minor"),
        "discount": "{row}discount_basis_points BETWEEN 0 AND 10000",
        "currency": CURRENCY_CODE,
    },
    "complaints": {
        "channel": one_of("channel", "PHONE EMAIL CHAT WEB SOCIAL IN_PERSON LETTER"),
        "category": one_of(
            "category", "PRODUCT_QUALITY DELIVERY BILLING STAFF_CONDUCT DATA_PRIVACY CONTRACT WEBSITE OTHER"
        ),
        "severity": one_of("severity", "LOW MEDIUM HIGH CRITICAL"),
        "status": one_of("status", "RECEIVED HANDED_OFF ANSWERED CLOSED"),
        "outcome": one_of("outcome", "UPHELD PARTLY_UPHELD NOT_UPHELD WITHDRAWN NOT_A_COMPLAINT DUPLICATE"),
        "version": at_least(1, "version"),
        "answered": when("ANSWERED", given("answer"), given("answered_at"), given("outcome")),
        "closed": when(
            "CLOSED", given("closed_at"), given("outcome"), f"({given('answer')} OR {given('closing_reason')})"
        ),
    },
    "handoffs": {
        "department": one_of("department", DEPARTMENTS),
        "status": one_of("status", "QUEUED CLAIMED ANSWERED ACCEPTED REFUSED WITHDRAWN"),
        "version": at_least(1, "version"),
        "claimed": when("CLAIMED", given("claimed_by_id")),
        "answered": when("ANSWERED ACCEPTED", given("answer")),
        "refused": when("REFUSED", given("refusal_reason")),
        "ended": when("ACCEPTED REFUSED WITHDRAWN", given("ended_at")),
    },
    "events": {
        "kind": one_of("kind", EVENT_KINDS),
        "department": one_of("department", DEPARTMENTS),
        "position": at_least(1, "position"),
    },
}

EVENT_COLUMNS = ("id", "kind", "at", "actor_id", "complaint_id", "handoff_id", "department", "account_id")
ONLY_NUMBERED = " AND ".join(
    (
        "OLD.position IS NULL",
        "NEW.position IS NOT NULL",
        *(f"OLD.{column} IS NOT DISTINCT FROM NEW.{column}" for column in EVENT_COLUMNS),
    )
)


def _sqlite_statements() -> list[str]:
    statements: list[str] = []
    for table, constraints in CONSTRAINTS.items():
        for name, condition in constraints.items():
            for moment in ("INSERT", "UPDATE"):
                statements.append(
                    f"CREATE TRIGGER ck_{table}_{name}_{moment.lower()} BEFORE {moment} ON {table}"
                    f" WHEN NOT ({condition.format(row='NEW.')})"
                    f" BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: ck_{table}_{name}'); END"
                )
    refuse = "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
    # SQLite before 3.39 has no IS NOT DISTINCT FROM; its IS means the same.
    numbered = ONLY_NUMBERED.replace("IS NOT DISTINCT FROM", "IS")
    statements.append(f"CREATE TRIGGER events_kept BEFORE DELETE ON events {refuse}")
    statements.append(f"CREATE TRIGGER events_unchanged BEFORE UPDATE ON events WHEN NOT ({numbered}) {refuse}")
    return statements


def _postgres_statements() -> list[str]:
    statements = [
        f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition.format(row='')})"
        for table, constraints in CONSTRAINTS.items()
        for name, condition in constraints.items()
    ]
    statements.append(
        "CREATE FUNCTION refuse_to_rewrite_events() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'check_violation'; END $$"
    )
    refuse = "EXECUTE FUNCTION refuse_to_rewrite_events()"
    statements.append(f"CREATE TRIGGER events_kept BEFORE DELETE ON events FOR EACH ROW {refuse}")
    statements.append(f"CREATE TRIGGER events_not_emptied BEFORE TRUNCATE ON events FOR EACH STATEMENT {refuse}")
    statements.append(
        f"CREATE TRIGGER events_unchanged BEFORE UPDATE ON events FOR EACH ROW WHEN (NOT ({ONLY_NUMBERED})) {refuse}"
    )
    return statements


async def add_constraints(_apps: Any, editor: Any) -> None:
    """Adds them all; unlike RunSQL, this does not split a trigger at its semicolons."""
    statements = _sqlite_statements() if editor.DIALECT == "sqlite" else _postgres_statements()
    statements.append("CREATE INDEX events_unnumbered ON events (id) WHERE position IS NULL")
    for statement in statements:
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    """After the tables, what their rows must obey."""

    dependencies = [("models", "0001_initial")]
    operations = [ops.RunPython(add_constraints)]
