"""Plans: finished statements with their binds, kept for documents seen before and used again for other values and viewers."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    ListValueNode,
    VariableNode,
    Visitor,
    visit,
)

from models.kit.base import is_one_of
from models.kit.database import Database, Dialect
from models.kit.events import subject_type
from models.kit.tortoise_privates import table_of
from models.permissions import Department
from resolvers.kit.viewer import NOBODY_SCOPE, Viewer
from resolvers.reading.arguments import Leaf, Variables, shape
from resolvers.reading.catalog import Catalog, FieldFacts
from resolvers.reading.compile import Bind, Compiler
from resolvers.reading.costs import MAX_COST, Costs, too_costly
from resolvers.reading.entries import entry, rows
from resolvers.reading.graphql_privates import FieldDetailsList, Selection
from resolvers.reading.kinds import ENUM, INTEGER, UUID_KIND
from resolvers.reading.pieces import BadArgument, glue
from resolvers.reading.sources import EntryEvents, parse_global_id


def bad_request(error: BadArgument) -> GraphQLError:
    """A wrong argument as a GraphQL error."""
    return GraphQLError(str(error), extensions={"code": "BAD_REQUEST", "argument": error.argument})


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT, its binds, and what it may cost."""

    sql: str
    binds: tuple[Bind, ...]
    costs: Costs | None
    """What it may cost, where the variables decide; null when no variables can make it cost too much."""

    checks: tuple[Bind, ...]
    """Arguments that the statement has no use for, but that must be right all the same."""

    now_bind: int = 0
    """The number of the bind that is the present moment; 0 when there is none."""

    def values(self, variables: Variables, viewer: Viewer | None) -> list[Any]:
        """The values of the binds. Raises BadArgument, or GraphQLError when it would cost too much."""
        for check in self.checks:
            check(variables, viewer)
        values = [bind(variables, viewer) for bind in self.binds]
        if self.costs is not None and (cost := self.costs.total(variables)) > MAX_COST:
            raise too_costly(cost)
        return values

    def identity(self, variables: Variables, viewer: Viewer | None) -> tuple[Any, ...]:
        """What makes two executions the same: the values of all binds but the present moment."""
        values = self.values(variables, viewer)
        return tuple(value for number, value in enumerate(values, 1) if number != self.now_bind)


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole query: fixed texts, the statement's columns and the viewer's own values, in the order of the response."""

    statement: Statement | None
    parts: tuple["Part", ...]

    async def run(self, database: Database, variables: Variables, viewer: Viewer | None) -> bytes:
        """The whole response."""
        row: Any = ()
        if self.statement is not None:
            row = (await database.fetch(self.statement.sql, self.statement.values(variables, viewer)))[0]
        texts = [
            part if isinstance(part, str) else row[part] if isinstance(part, int) else part(viewer)
            for part in self.parts
        ]
        return "".join(texts).encode()


Part = str | int | Callable[[Any], str]
"""A part of a response: a fixed text, a column's number, or what makes the text from the viewer."""


class _Parts:
    """Collects a response's parts; neighbouring texts become one."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.columns: list[str] = []

    def text(self, text: str) -> None:
        """A fixed text."""
        if self.parts and isinstance(self.parts[-1], str):
            self.parts[-1] += text
        else:
            self.parts.append(text)

    def column(self, sql: str) -> None:
        """A column of the statement."""
        self.parts.append(len(self.columns))
        self.columns.append(sql)

    def of_viewer(self, get: Callable[[Viewer], Any]) -> None:
        """A value of the viewer's own."""
        self.parts.append(lambda viewer: orjson.dumps(get(viewer)).decode())


def _finished(compiler: Compiler, sql: str) -> Statement:
    costs = compiler.costs if compiler.costs.bound() > MAX_COST else None
    return Statement(sql, tuple(compiler.binds), costs, tuple(compiler.checks), compiler.now_bind)


def id_variables(catalog: Catalog, document: DocumentNode) -> tuple[str, ...]:
    """The variables in which a document's `node` and `nodes` get their ids."""
    found: dict[str, None] = {}

    class Ids(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            if node.name.value in catalog.any_node_fields:
                for argument in node.arguments or ():
                    values = argument.value.values if isinstance(argument.value, ListValueNode) else [argument.value]
                    found.update((value.name.value, None) for value in values if isinstance(value, VariableNode))

    visit(document, Ids())
    return tuple(found)


def plan_key(catalog: Catalog, viewer: Viewer | None, variables: Variables, ids: tuple[str, ...]) -> Hashable:
    """What a plan depends on beside its document: the viewer's sight, the shape of the variables, and what type ids are of.

    `ids` are the variables that `node` and `nodes` get their ids in (see `id_variables`).
    """
    return (
        viewer.read_scope if viewer else None,
        shape(variables),
        *(_prefixes(catalog, variables.get(name)) for name in ids),
    )


def _prefixes(catalog: Catalog, given: Any) -> frozenset[str]:
    """The known prefixes of an id or of several: all unknown ones lead to the same plan."""
    values = given if isinstance(given, list) else [given]
    return frozenset(parse_global_id(value)[0] for value in values).intersection(catalog.by_prefix)


class NotPlannable(Exception):
    """The query has parts that only ordinary resolvers answer."""


def _compiler(catalog: Catalog, dialect: Dialect, viewer: Viewer | None, selection: Selection) -> Compiler:
    return Compiler(catalog, dialect, viewer.read_scope if viewer else NOBODY_SCOPE, selection)


def plan_query(catalog: Catalog, dialect: Dialect, viewer: Viewer | None, selection: Selection) -> Plan:
    """Plans a query that consists of entries only; NotPlannable otherwise."""
    compiler = _compiler(catalog, dialect, viewer, selection)
    root = catalog.graphql.query_type
    assert root is not None
    made = _Parts()
    made.text('{"data":')
    _plan_fields(compiler, root.name, selection.at_root(catalog.graphql, root), made)
    made.text("}")
    if not made.columns:
        return Plan(None, tuple(made.parts))
    sql = "SELECT " + ", ".join(made.columns)
    return Plan(_finished(compiler, sql), tuple(made.parts))


def _plan_fields(compiler: Compiler, type_name: str, fields: Mapping[str, FieldDetailsList], made: _Parts) -> None:
    made.text("{")
    for index, (key, details) in enumerate(fields.items()):
        name = details[0].node.name.value
        made.text(f'{"," if index else ""}"{key}":')
        facts = compiler.catalog.fields.get((type_name, name))
        if name == "__typename":
            made.text(f'"{type_name}"')
        elif facts is not None and facts.starts_statement:
            made.column(entry(compiler, facts, details))
        elif facts is not None and facts.of_viewer is not None:
            made.of_viewer(facts.of_viewer)
        elif facts is not None and facts.is_entrance:
            _plan_fields(compiler, facts.type_name, compiler.collect(facts.type_name, details), made)
        else:
            raise NotPlannable
    made.text("}")


def plan_field(
    catalog: Catalog,
    dialect: Dialect,
    viewer: Viewer | None,
    selection: Selection,
    facts: FieldFacts,
    details: FieldDetailsList,
) -> Statement:
    """Plans one field of an operation whose other parts ordinary resolvers answer.

    For an entry, the statement answers with its JSON text; for rows that a change touched, or that a report leads to, with the
    key and JSON text of each that the viewer sees. Their keys are given among the variables, as KEYS.
    """
    compiler = _compiler(catalog, dialect, viewer, selection)
    if facts.is_payload:
        return _finished(compiler, rows(compiler, facts, details))
    return _finished(compiler, f"SELECT {entry(compiler, facts, details)}")


@dataclass(frozen=True, slots=True)
class EventPlan:
    """A subscription: its statement takes (after, upto, limit) as its first three binds."""

    statement: Statement
    coordinate: str
    response_key: str
    after: Leaf | None
    departments: Leaf | frozenset[Department] | None
    about: str
    of: Leaf | None
    """The id of what it is about, where the client narrowed it down to that."""

    is_personal: bool
    """Whether its events are those of the viewer's own account."""

    kinds: frozenset[str] | None


def plan_events(catalog: Catalog, dialect: Dialect, viewer: Viewer | None, selection: Selection) -> EventPlan:
    """Plans a subscription: rows of (position, JSON text) of the events between two positions."""
    compiler = _compiler(catalog, dialect, viewer, selection)
    root = catalog.graphql.subscription_type
    assert isinstance(root, GraphQLObjectType)
    (key, details), *more = selection.at_root(catalog.graphql, root).items()
    facts = catalog.fields[root.name, details[0].node.name.value]
    assert not more and facts.reading is not None and isinstance(facts.reading.source, EntryEvents)
    source, target = facts.reading.source, facts.target
    assert target is not None
    arguments = compiler.arguments(facts, details)
    for _ in range(3):
        compiler.bind(lambda _variables, _viewer: None)
    alias = compiler.alias()
    after, upto, limit = (INTEGER.placeholder(number, dialect) for number in (1, 2, 3))
    conditions = [f"{alias}.position > {after}", f"{alias}.position <= {upto}"]
    if source.kinds:
        conditions.append(is_one_of(f"{alias}.kind", source.kinds))
    if source.account:
        conditions.append(f"{alias}.account_id = {compiler.viewer_bind()}")
    departments: Leaf | frozenset[Department] | None = None
    if source.departments:
        asked = arguments.get("departments")
        departments = own = asked if isinstance(asked, Leaf) else compiler.read_scope.departments
        number = compiler.bind(
            lambda v, _viewer: ENUM.list_bind(sorted(own.get(v) if isinstance(own, Leaf) else own), dialect)
        )
        conditions.append(ENUM.list_condition(f"{alias}.department", number, dialect))

    def key_in(given: Leaf) -> str:
        number = compiler.bind(lambda v, _viewer: UUID_KIND.to_bind(parse_global_id(given.get(v))[1], dialect))
        return UUID_KIND.placeholder(number, dialect)

    of = arguments.get(source.of)
    subject = subject_type(source.about)
    narrowed = f" AND about.key = {key_in(of)}" if isinstance(of, Leaf) else ""
    if source.within and isinstance(within := arguments.get(source.within), Leaf):
        belongs = f"held.id = about.key AND held.{source.within}_id = {key_in(within)}"
        narrowed += f' AND EXISTS (SELECT 1 FROM "{table_of(source.about)}" held WHERE {belongs})'
    of_event = f"about.event_id = {alias}.id AND about.type = '{subject}'{narrowed}"
    conditions.append(f"EXISTS (SELECT 1 FROM event_subjects about WHERE {of_event})")
    text = glue(compiler.object(target.name, alias, details, 0))
    where = compiler.scoped(target, alias, *conditions)
    rows = (
        f'FROM "{target.table}" {alias}{compiler.joined(alias)} WHERE {where} ORDER BY {alias}.position LIMIT {limit}'
    )
    sql = f"SELECT {alias}.position, {text} {rows}"
    cursor = arguments.get("after")
    return EventPlan(
        _finished(compiler, sql),
        facts.coordinate,
        key,
        cursor if isinstance(cursor, Leaf) else None,
        departments,
        subject,
        of if isinstance(of, Leaf) else None,
        source.account,
        frozenset(kind.value for kind in source.kinds) or None,
    )
