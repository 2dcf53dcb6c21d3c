"""What computed values and views let a viewer know of other tables than their own: read from the very SQL that computes them.

tests/properties/test_twin_worlds.py prints it whole, so that a value which suddenly looks at more is seen in review.
"""

import re
from collections import defaultdict
from collections.abc import Mapping

from tortoise.connection import get_connection
from tortoise.models import Model

from models.kit.base import NOW, ROLES, VIEWER
from resolvers.kit.commands import Viewer
from resolvers.reading.sources import Computed, Expression, SqlContext
from tests.properties.adversarial.company import TABLES
from tests.reading.reference import READINGS
from tests.storage.valid_rows.columns import columns_of

Columns = dict[type[Model], set[str]]
BY_NAME: Mapping[str, type[Model]] = {str(model._meta.db_table): model for model in TABLES}

COUNTS_EVERYBODY = frozenset(
    {("Recurrence", name) for owner, name in READINGS if owner == "Recurrence"}
    | {("Improvement", "nextStatuses"), ("Supplier", "complaintRate"), ("ProductDecision", "averageRating")}
    | {("ProductDecision", name) for owner, name in READINGS if owner == "ProductDecision" and "omplaints" in name}
    | {("FrontOffice", "satisfaction"), ("BackOffice", "satisfaction")}
    | {("FrontOffice", "systemicIssues"), ("BackOffice", "systemicIssues")}
    | {("FrontOffice", "testRule"), ("BackOffice", "testRule")}
)
"""Figures that count all complaints whoever looks, as their declarations say. Who sees the complaints of some departments only
is not asked for them in the twins, whose other complaints are gone."""


def read_of(sql: str, views: Mapping[str, str]) -> Columns:
    """The columns that SQL reads of which tables. `views` are the definitions of views by name."""
    found: defaultdict[type[Model], set[str]] = defaultdict(set)
    aliases: defaultdict[str, set[type[Model]]] = defaultdict(set)
    for table, alias in re.findall(r'(?:FROM|JOIN|,)\s+"?(\w+)"?\s+(\w+)', sql):
        if table in BY_NAME:
            aliases[alias].add(BY_NAME[table])
            found[BY_NAME[table]].add("id")
        elif table in views:
            for model, columns in read_of(views[table], views).items():
                found[model] |= columns
    for alias, column in re.findall(r'\b(\w+)\."?(\w+)"?', sql):
        for model in aliases[alias]:
            if column in columns_of(model):
                found[model].add(column)
    return dict(found)


def computing(owner: str, name: str, viewer: Viewer) -> str:
    """The SQL of a computed field for a viewer; empty for other fields."""
    source = READINGS[owner, name].reading.source
    if not isinstance(source, Computed | Expression):
        return ""
    ctx = SqlContext(
        lambda column: f"own.{column}", "sqlite", viewer.read_scope, lambda: VIEWER, lambda: ROLES, lambda: NOW, str
    )
    return source.sql(ctx)


async def views() -> dict[str, str]:
    """The definitions of the open database's views, by name."""
    connection = get_connection("default")
    if connection.capabilities.dialect == "sqlite":
        sql = "SELECT name, sql FROM sqlite_master WHERE type = 'view'"
    else:
        sql = "SELECT viewname AS name, definition AS sql FROM pg_views WHERE schemaname = 'public'"
    return {row["name"]: row["sql"] for row in await connection.execute_query_dict(sql)}
