"""The second of two worlds: the same company with everything changed that a viewer may not see.

What that is follows from the declarations, the row scopes and the permission table: a new field is covered by itself.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.models import Model

from models.back_office.logistics.inventory.stock import StockMove
from models.back_office.products.decisions import ProductDecision
from models.back_office.products.improvements import Improvement
from models.back_office.purchasing import PurchaseLimit, PurchaseOrderLine
from models.both_offices.absences import Absence
from models.both_offices.accounts import RefreshToken
from models.both_offices.clocks.policies import BusinessCalendar, ClockPolicy, Regime
from models.both_offices.clocks.running import Clock, ClockSegment
from models.both_offices.escalations import DepartmentManager, Escalation
from models.both_offices.rules import Rule, RuleAction, RuleApplication, RuleCondition
from models.both_offices.tasks import Task
from models.front_office.after_sales.returns import Refund
from models.front_office.customers import IDENTIFYING, Customer
from models.front_office.identities import DUTIES, KNOWING
from models.front_office.sales.orders import SHIPPED_TO, SOLD_TO, Order
from models.front_office.sales.orders.amendments import OrderAmendmentLine
from models.front_office.sales.orders.terms import DiscountLimit, TaxRate
from models.front_office.service.answers import ComplaintAnswer, RedressLimit
from models.front_office.service.cases import ComplaintLink, MajorCase
from models.front_office.service.ratings import Rating
from models.kit.base import RowScope
from models.kit.database import Dialect
from models.kit.events import Event, EventSubject
from models.permissions import Permission
from resolvers.kit.commands import Viewer
from resolvers.kit.loading import scope_of
from resolvers.reading.declare import registry
from resolvers.reading.sources import (
    Amount,
    Column,
    Computed,
    Embedded,
    EntryEvents,
    Expression,
    Many,
    NodeType,
    One,
    SqlContext,
    Through,
)
from tests.properties.adversarial.company import TABLES
from tests.properties.adversarial.making import Company, Row
from tests.reading.planning import CATALOG
from tests.reading.reference import READINGS
from tests.reading.revealing import COUNTS_EVERYBODY, Columns, computing, read_of, views
from tests.storage.valid_rows.columns import columns_of
from tests.storage.valid_rows.together import spoken_of

# What the database itself or other columns decide.
UNTOUCHED = frozenset({"id", "search_text", "name_mark", "contact_mark", "street_mark", "position"}) | {
    *("allocated_quantity", "shipped_quantity", "returned_quantity", "refunded_quantity"),
}
GROWS, VANISHES = frozenset({"paid_minor", "on_hand"}), frozenset({"refunded_minor", "allocated"})
"""Sums that are never below others, and those others."""


STATEFUL = frozenset({Absence, Clock, ClockPolicy, Rating, RuleAction, RuleCondition, StockMove})
"""Tables whose rows must say something because of what else they say, in ways that their checks alone do not tell."""

FIGURES = (
    "department max_recurrence window_days complaints_before complaints_after orders_before orders_after judged_at"
    " monitoring_from monitored_until"
)

SETTLED: dict[type[Model], frozenset[str]] = {
    model: frozenset(columns.split())
    for model, columns in (
        (PurchaseLimit, "role currency"),
        (RedressLimit, "role currency"),
        (DiscountLimit, "role"),
        (DepartmentManager, "department"),
        (TaxRate, "valid_from valid_until"),
        (StockMove, "kind quantity"),
        (ComplaintLink, "kind"),
        (Regime, "active"),
        (BusinessCalendar, "hours time_zone"),
        (ClockPolicy, "kind stage department category severity counting"),
        (Clock, "kind department state"),
        (ClockSegment, "number restarts"),
        (ComplaintAnswer, "redress amount_minor currency attempt"),
        (MajorCase, "redress amount_minor currency"),
        (Improvement, FIGURES),
        (Escalation, "source level closed_role requested_roles"),
        (Task, "source department"),
        (Absence, "from_at until_at ended_at"),
        (Rating, "score"),
        (ProductDecision, "average_rating"),
        (Rule, "enabled position"),
        (RuleAction, "kind department"),
        (RuleCondition, "looks_at operator"),
        (RuleApplication, "event_number"),
        (Refund, "amount_minor overpaid_minor"),
        (PurchaseOrderLine, "cost_known"),
        (OrderAmendmentLine, "quantity_before quantity_after"),
    )
}
"""What other rows, or other columns of the row, leave no choice about."""


def holds(viewer: Viewer, needs: Any) -> bool:
    """Whether the viewer has what is needed."""
    return not isinstance(needs, Permission) or needs in viewer.permissions


def readable_types(viewer: Viewer) -> Iterator[NodeType]:
    """The node types of the company's tables that the viewer may read at all."""
    return (info for info in registry.nodes.values() if info.model in TABLES and holds(viewer, info.needs))


def row_scopes(viewer: Viewer) -> Iterator[tuple[NodeType, RowScope]]:
    """What decides which rows the viewer sees: the scopes of the types that it may read, and of ways to them with their own."""
    for info in registry.nodes.values():
        if holds(viewer, info.needs):
            yield info, info.rows
    for facts in CATALOG.fields.values():
        if facts.target and facts.rows and all(holds(viewer, needs) for needs in facts.needs):
            yield facts.target, facts.rows


def readable_columns(viewer: Viewer) -> Columns:
    """The columns that some field, filter or order shows the viewer, or that decide which rows it sees."""
    found: Columns = {model: {"id"} for model in TABLES}
    for info, rows in row_scopes(viewer):
        if info.model in TABLES:
            found[info.model] |= set(re.findall(r"seen\.(\w+)", rows(viewer.read_scope, "seen") or ""))
    for info in readable_types(viewer):
        for selectable in (*info.filters.values(), *info.sorts.values()):
            if holds(viewer, selectable.needs):
                found[info.model].add(selectable.column)
        _read(viewer, info.name, info.model, "", found)
    for facts in CATALOG.fields.values():
        source = facts.reading.source if facts.reading else None
        if isinstance(source, EntryEvents) and source.departments and all(holds(viewer, one) for one in facts.needs):
            # Its argument narrows by this column, which repeats the handoff's own.
            found[Event].add("department")
    if viewer.permissions >= KNOWING or viewer.permissions & DUTIES:
        # Who may know whom a text is about reads in its mask who that is, and was before.
        found[Customer] |= {*IDENTIFYING, "formerly"}
        found[Order] |= {column for column in (*SOLD_TO, *SHIPPED_TO) if column} | {"formerly"}
    return found


def _read(viewer: Viewer, type_name: str, model: type[Model], prefix: str, found: Columns) -> None:
    for (owner, name), declared in READINGS.items():
        facts = CATALOG.fields[owner, name]
        if owner != type_name or not all(holds(viewer, needs) for needs in facts.needs):
            continue
        match declared.reading.source:
            case Column() as source:
                found[model].add(prefix + (source.name or declared.python_name))
            case Amount() as source:
                found[model] |= {prefix + source.minor, prefix + source.currency}
            case Embedded() as source:
                _read(viewer, facts.type_name, model, prefix + source.prefix, found)
            case One() as source:
                found[model].add(source.column)
            case Many() as source:
                assert facts.target is not None
                if facts.target.model in TABLES:
                    found[facts.target.model].add(source.column)
            case Expression() | Computed() as source:
                source.sql(_noting(found[model], viewer))
            case _:
                pass


async def revealed_columns(viewer: Viewer) -> Columns:
    """The columns that computed values and views of what the viewer may read look at, in whatever table."""
    known, found = await views(), dict[type[Model], set[str]]()
    names = {info.name for info in registry.nodes.values() if holds(viewer, info.needs)}
    texts = [
        computing(owner, name, viewer)
        for owner, name in READINGS
        if all(holds(viewer, needs) for needs in CATALOG.fields[owner, name].needs)
        and (owner, name) not in left_out(viewer)
    ]
    texts += [known[registry.nodes[name].table] for name in names if registry.nodes[name].table in known]
    texts += [rows(viewer.read_scope, "seen") or "" for _, rows in row_scopes(viewer)]
    for text in texts:
        for model, columns in read_of(text, known).items():
            found.setdefault(model, set()).update(columns)
    return found


def left_out(viewer: Viewer) -> frozenset[tuple[str, str]]:
    """What the viewer is not asked for, because it counts rows on purpose that the viewer does not see."""
    return frozenset() if viewer.may(Permission.READ_ALL_HANDOFFS) else COUNTS_EVERYBODY


async def kept_keys(viewer: Viewer, revealed: Columns, rows: Company, visible: dict[type[Model], set[Any]]) -> set[Any]:
    """The rows that both worlds hold although the viewer does not see them: what is computed for it reckons with them.

    Of tables with a row scope these are none: what is computed of a visible row looks at visible ones. A list of work says
    whose turn it is, whether or not the record is seen. A session, which is its first token, is known by its later ones.
    """
    scoped = {info.model for info in registry.nodes.values() if info.rows(viewer.read_scope, "seen")}
    kept = {row["id"] for model in revealed if model not in scoped for row in rows[model]}
    seen = {row["family"] for row in rows[RefreshToken] if row["id"] in visible[RefreshToken]}
    kept |= {row["id"] for row in rows[RefreshToken] if row["family"] in seen}
    work = registry.nodes["WorkItem"]
    scope = scope_of(viewer, work.rows, "seen", get_connection("default").capabilities.dialect) or "TRUE"
    for row in await get_connection("default").execute_query_dict(f"SELECT * FROM {work.table} seen WHERE {scope}"):
        kept |= {UUID(str(value)) for name, value in row.items() if value and (name == "id" or name.endswith("_id"))}
    return kept


def _noting(columns: set[str], viewer: Viewer) -> SqlContext:
    def note(name: str) -> str:
        columns.add(name)
        return name

    dialect: Dialect = "sqlite"
    return SqlContext(note, dialect, viewer.read_scope, lambda: "NULL", lambda: "NULL", lambda: "NULL", str)


async def visible_keys(viewer: Viewer) -> dict[type[Model], set[Any]]:
    """The keys of the rows that the viewer sees in the open database, by each table's own scope."""
    found: dict[type[Model], set[Any]] = {model: set() for model in TABLES}
    connection = get_connection("default")
    for info, scope in row_scopes(viewer):
        if info.model in TABLES:
            condition = scope_of(viewer, scope, "seen", connection.capabilities.dialect) or "TRUE"
            rows = await connection.execute_query_dict(f'SELECT seen.id FROM "{info.table}" seen WHERE {condition}')
            found[info.model] |= {info.model._meta.pk.to_python_value(row["id"]) for row in rows}
    for (owner, _), declared in READINGS.items():
        source = declared.reading.source
        if isinstance(source, Through) and holds(viewer, declared.metadata["needs"]):
            # Links are no nodes; they show where what they hang on does.
            links = next((model for model in TABLES if model._meta.db_table == source.table), None)
            if links is None:
                continue
            for link in await links.all().values():
                if link[source.near] in found[registry.nodes[owner].model]:
                    found[links].add(link["id"])
    return found


def twin_of(
    rows: Company, visible: dict[type[Model], set[Any]], readable: Columns, revealed: Columns, kept: set[Any]
) -> Company:
    """The other world: without invisible rows that nothing visible needs, with other values in unreadable columns."""
    stays = {row["id"] for model in TABLES for row in rows[model] if row["id"] in visible[model] or row["id"] in kept}
    needed: set[Any] = set()
    while stays - needed:
        needed = stays
        stays = needed | {
            value
            for model in TABLES
            for row in rows[model]
            if row["id"] in needed
            for column, value in row.items()
            if column.endswith("_id") and value
        }
    twin: Company = {}
    for model in TABLES:
        if model is EventSubject:
            # What there is to know of an event hangs on what it is about.
            twin[model] = [row for row in rows[model] if row["event_id"] in visible[Event]][::-1]
            continue
        # An event's number is no key of anything else, but may be the same as another table's.
        of_model = visible[model] if model is Event else stays
        changed = [
            _changed(
                model,
                row,
                revealed.get(model, set()) | (readable[model] if row["id"] in visible[model] else {"id"}),
                n,
            )
            for n, row in enumerate(row for row in rows[model] if row["id"] in of_model)
        ]
        # Written the other way round, because the order on disk is nobody's business either.
        twin[model] = changed[::-1]
    return twin


def _changed(model: type[Model], row: Row, readable: set[str], n: int) -> Row:
    fixed = readable | UNTOUCHED | SETTLED.get(model, frozenset())
    hidden = {column for column in row if column not in fixed and not column.endswith("_id")}
    return _summed(row | {column: _other(model, column, row[column], n) for column in hidden}, hidden)


def _summed(row: Row, hidden: set[str]) -> Row:
    """A row whose parts make its total, as they must."""
    if row.get("cost_known") is False:
        row |= {"unit_cost_minor": 0}
    if "unit_cost_minor" in row and "total_minor" in row:
        # There, somebody knows what nobody knows here.
        known = row["cost_known"] or "cost_known" in hidden
        return row | {"total_minor": row["unit_cost_minor"] * row["quantity"], "cost_known": known}
    if "net_minor" not in row or "net_minor" not in hidden:
        return row
    if "total_minor" in hidden:
        return row | {"total_minor": row["net_minor"] + row["tax_minor"]}
    tax = min(row["tax_minor"], row["total_minor"]) if "tax_minor" in hidden else row["tax_minor"]
    return row | {"net_minor": row["total_minor"] - tax, "tax_minor": tax}


def _other(model: type[Model], column: str, value: Any, n: int) -> Any:
    """Another value that the table's constraints permit."""
    declared = columns_of(model)[column]
    if column in GROWS | VANISHES:
        return value + 777 if column in GROWS else 0
    # Their statuses require some texts and times to be there, and others not to be.
    is_settled = model in STATEFUL or column in spoken_of(model._meta.db_table)
    if declared.null and (value is None if is_settled else value is not None and n % 3 == 0):
        return None
    if members := getattr(declared, "enum_type", None):
        # Whether a discount was approved says who did, besides.
        return (
            value if column in ("status", "discount_state") else next(member for member in members if member != value)
        )
    if column.endswith("currency"):
        return "BHD" if value != "BHD" else "JPY"
    if column == "stage":
        return value % 3 + 1
    match value:
        case bool():
            return not value
        case int():
            # What was taken back is below nothing.
            return (value + 777) % 10_000 if value >= 0 else value - 777
        case datetime():
            return value.replace(year=2027) + timedelta(hours=n % 5)
        case date():
            return value.replace(year=2027)
        case list():
            return [] if value else ["LOGISTICS"]
        case _ if issubclass(declared.field_type, str):
            return f"{'zyx'[n % 3]}{n} other {column}"[: getattr(declared, "max_length", None) or 100]
        case _:
            # It was missing.
            return {int: n, datetime: datetime.fromisoformat("2027-01-01T00:00:00Z")}.get(declared.field_type, value)
