"""What tests of the planner share: viewers of any role, an engine on the company, and cursors from real answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from models.kit.database import Database
from models.permissions import Department, Role
from resolvers.kit.commands import Viewer
from resolvers.reading.declare import registry
from resolvers.reading.sources import EntryRows, Many, NodeType, Through
from schema.transport.engine import OperationRequest
from schema.transport.execution import Engine
from tests.properties.adversarial.company import TABLES, Company, company
from tests.properties.adversarial.making import viewer_account
from tests.properties.adversarial.sales import departments_of
from tests.reading.pools import Document, Pools
from tests.reading.reference import BUILT, is_known

CATALOG = BUILT[1]


def viewer_in(role: Role, departments: frozenset[Department] | None = None) -> Viewer:
    """The person in a role."""
    own = departments_of(role) if departments is None else departments
    expires = datetime.now(UTC) + timedelta(hours=1)
    return Viewer(viewer_account(role), role.value, frozenset({role}), own, None, expires)


EVERYTHING = Viewer(
    viewer_account(Role.BACK_OFFICE_MANAGER),
    "All",
    frozenset(Role),
    frozenset(Department),
    None,
    datetime(2100, 1, 1, tzinfo=UTC),
)
"""Somebody with every role."""


def engine_on(database: Database) -> Engine:
    """A new engine, with no plans yet."""
    return Engine(CATALOG, database, None)


async def body(
    engine: Engine, viewer: Viewer | None, document: Document | str, variables: dict[str, Any] | None = None
) -> bytes:
    """The bytes of an answer."""
    made = Document(document, variables or {}) if isinstance(document, str) else document
    return (await engine.execute(OperationRequest(made.text, None, made.variables), viewer, "")).body


async def ask(
    engine: Engine, viewer: Viewer | None, document: str, variables: dict[str, Any] | None = None
) -> dict[str, Any]:
    """An answer."""
    return orjson.loads(await body(engine, viewer, document, variables))


async def data(engine: Engine, viewer: Viewer | None, document: str, variables: dict[str, Any] | None = None) -> Any:
    """The data of an answer without errors."""
    answer = await ask(engine, viewer, document, variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def sort_literal(steps: list[dict[str, str]]) -> str:
    """A `sort` argument's text."""
    return "[" + ", ".join(f"{{field: {step['field']}, direction: {step['direction']}}}" for step in steps) + "]"


def orders_of(target: NodeType) -> list[list[dict[str, str]]]:
    """The usual order, each field both ways, and pairs of fields that run in different directions."""
    names = [name.upper() for name in target.sorts]
    single = [[{"field": name, "direction": way}] for name in names for way in ("ASC", "DESC")]
    pairs = zip(names, names[3:] + names[:3], strict=True)
    mixed = [[{"field": a, "direction": "DESC"}, {"field": b, "direction": "ASC"}] for a, b in pairs if a != b]
    return [[], *single, *mixed]


async def collect_cursors(engine: Engine, pools: Pools) -> None:
    """Asks every list in several orders, and keeps the cursors of the answers."""
    for facts in CATALOG.fields.values():
        target = facts.target
        owner, name = facts.coordinate.split(".")
        if not facts.connection or target is None or facts.reading is None or not is_known(owner, name):
            continue
        if owner in registry.nodes and registry.nodes[owner].model not in TABLES:
            continue
        orders = orders_of(target)
        for start in range(0, len(orders), 25):
            some = list(enumerate(orders))[start : start + 25]
            inner = " ".join(f"o{index}: {name}{page_of(steps)} {{ edges {{ cursor }} }}" for index, steps in some)
            if isinstance(facts.reading.source, EntryRows):
                door = owner[0].lower() + owner[1:]
                found = [(await data(engine, EVERYTHING, f"{{ {door} {{ {inner} }} }}"))[door]]
            else:
                assert isinstance(facts.reading.source, Many | Through)
                query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {owner} {{ {inner} }} }} }}"
                found = (await data(engine, EVERYTHING, query, {"ids": pools.ids(registry.nodes[owner])[:4]}))["nodes"]
            for index, steps in some:
                if cursors := [edge["cursor"] for one in found for edge in one[f"o{index}"]["edges"]]:
                    pools.cursors.setdefault(facts.coordinate, {})[orjson.dumps(steps).decode()] = cursors


def page_of(steps: list[dict[str, str]]) -> str:
    """The arguments of a small page in an order."""
    return f"(first: 6, sort: {sort_literal(steps)})" if steps else "(first: 6)"


async def pools_on(engine: Engine, rows: Company | None = None) -> Pools:
    """Values for documents, with cursors from the engine's answers."""
    pools = Pools(rows or company(), CATALOG)
    await collect_cursors(engine, pools)
    return pools


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """An open database, closed afterwards."""
    database = Database(url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()
