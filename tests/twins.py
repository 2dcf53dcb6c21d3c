"""The second of two worlds: the same company with everything changed that a viewer may not see.

What that is follows from the declarations, the row scopes and the permission table: a new field is covered by itself.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.models import Model

from models.back_office.handoffs import Handoff
from models.back_office.inventory import Batch
from models.back_office.production import BillOfMaterials, WorkOrder
from models.back_office.purchasing import PurchaseOrder
from models.back_office.shipments import Shipment
from models.database import Dialect
from models.events import Event
from models.front_office.complaints import Complaint
from models.front_office.orders import Order
from models.permissions import Permission
from resolvers.access import scope_of
from resolvers.reading.sources import (
    NODES,
    Amount,
    Column,
    Computed,
    Embedded,
    EntryEvents,
    Expression,
    Many,
    NodeType,
    One,
    Surroundings,
    Through,
)
from resolvers.viewer import Viewer
from tests.nasty_company import TABLES, Company, Row
from tests.planning import CATALOG
from tests.reference import READINGS

Columns = dict[type[Model], set[str]]

# What the database itself or other columns decide.
UNTOUCHED = frozenset({"id", "search_text", "position"}) | {
    *("allocated_quantity", "shipped_quantity", "returned_quantity", "refunded_quantity", "received_quantity"),
    *("paid_minor", "refunded_minor", "on_hand", "allocated"),
}


STATEFUL = frozenset({Complaint, Handoff, Order, Batch, Shipment, PurchaseOrder, WorkOrder, BillOfMaterials})
"""Tables whose rows must say something because of what else they say."""


def holds(viewer: Viewer, needs: Any) -> bool:
    """Whether the viewer has what is needed."""
    return not isinstance(needs, Permission) or needs in viewer.permissions


def readable_types(viewer: Viewer) -> Iterator[NodeType]:
    """The node types of the company's tables that the viewer may read at all."""
    return (info for info in NODES.values() if info.model in TABLES and holds(viewer, info.needs))


def readable_columns(viewer: Viewer) -> Columns:
    """The columns that some field, filter or order shows the viewer, or that decide which rows it sees."""
    found: Columns = {model: {"id"} for model in TABLES}
    for info in readable_types(viewer):
        found[info.model] |= set(re.findall(r"seen\.(\w+)", info.rows(viewer.sight, "seen") or ""))
        for selectable in (*info.filters.values(), *info.sorts.values()):
            if holds(viewer, selectable.needs):
                found[info.model].add(selectable.column)
        _read(viewer, info.name, info.model, "", found)
    for facts in CATALOG.fields.values():
        source = facts.reading.source if facts.reading else None
        if isinstance(source, EntryEvents) and source.departments and all(holds(viewer, one) for one in facts.needs):
            # Its argument narrows by this column, which repeats the handoff's own.
            found[Event].add("department")
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


def _noting(columns: set[str], viewer: Viewer) -> Surroundings:
    def note(name: str) -> str:
        columns.add(name)
        return name

    dialect: Dialect = "sqlite"
    return Surroundings(note, dialect, viewer.permissions, lambda: "NULL", lambda: "NULL")


async def visible_keys(viewer: Viewer) -> dict[type[Model], set[Any]]:
    """The keys of the rows that the viewer sees in the open database, by each table's own scope."""
    found: dict[type[Model], set[Any]] = {model: set() for model in TABLES}
    for info in readable_types(viewer):
        condition = scope_of(viewer, info.rows, "seen", get_connection("default").capabilities.dialect) or "TRUE"
        rows = await get_connection("default").execute_query_dict(
            f'SELECT seen.id FROM "{info.table}" seen WHERE {condition}'
        )
        keys = (row["id"] for row in rows)
        found[info.model] |= {UUID(str(one)) if info.prefix else one for one in keys}
    for (owner, _), declared in READINGS.items():
        source = declared.reading.source
        if isinstance(source, Through) and holds(viewer, declared.reading.needs):
            # Links are no nodes; they show where what they hang on does.
            links = next((model for model in TABLES if model._meta.db_table == source.table), None)
            if links is None:
                continue
            for link in await links.all().values():
                if link[source.near] in found[NODES[owner].model]:
                    found[links].add(link["id"])
    return found


def twin_of(rows: Company, visible: dict[type[Model], set[Any]], readable: Columns) -> Company:
    """The other world: without invisible rows that nothing visible needs, with other values in unreadable columns."""
    needed: set[UUID] = set()
    twin: Company = {}
    for model in reversed(TABLES):
        kept = [row for row in rows[model] if row["id"] in visible[model] or row["id"] in needed]
        needed |= {value for row in kept for column, value in row.items() if column.endswith("_id") and value}
        changed = [
            _changed(model, row, readable[model] if row["id"] in visible[model] else {"id"}, n)
            for n, row in enumerate(kept)
        ]
        # Written the other way round, because the order on disk is nobody's business either.
        twin[model] = changed[::-1]
    return {model: twin[model] for model in TABLES}


def _changed(model: type[Model], row: Row, readable: set[str], n: int) -> Row:
    hidden = {column for column in row if column not in readable | UNTOUCHED and not column.endswith("_id")}
    return _summed(row | {column: _other(model, column, row[column], n) for column in hidden}, hidden)


def _summed(row: Row, hidden: set[str]) -> Row:
    """A row whose parts make its total, as they must."""
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
    declared = model._meta.fields_map[column]
    # Their statuses require some texts and times to be there.
    if declared.null and value is not None and n % 3 == 0 and model not in STATEFUL:
        return None
    if members := getattr(declared, "enum_type", None):
        # Whether a discount was approved says who did, besides.
        return (
            value if column in ("status", "discount_state") else next(member for member in members if member != value)
        )
    if column == "currency":
        return "BHD" if value != "BHD" else "JPY"
    if column == "stage":
        return value % 3 + 1
    match value:
        case bool():
            return not value
        case int():
            return (value + 777) % 10_000
        case datetime():
            return value.replace(year=2027) + timedelta(hours=n % 5)
        case list():
            return [] if value else ["LOGISTICS"]
        case _ if issubclass(declared.field_type, str):
            return f"{'zyx'[n % 3]}{n} other {column}"[: getattr(declared, "max_length", None) or 100]
        case _:
            # It was missing.
            return {int: n, datetime: datetime.fromisoformat("2027-01-01T00:00:00Z")}.get(declared.field_type, value)
