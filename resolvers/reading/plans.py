"""Plans: finished statements with their binds, kept for documents seen before and used again for other values and viewers."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)

from models.kit.base import is_one_of
from models.kit.database import Database, Dialect
from models.kit.events import is_about, subject_type
from models.kit.tortoise_privates import table_of
from models.permissions import Department
from resolvers.reading.arguments import Leaf, Variables, given_members, leaf_of, shape
from resolvers.reading.catalog import Catalog, FieldFacts
from resolvers.reading.compile import Compiler
from resolvers.reading.entries import entry, rows
from resolvers.reading.graphql_privates import FieldDetailsList, Selection
from resolvers.reading.kinds import ENUM, INTEGER, UUID_KIND, glue
from resolvers.reading.openings import Opening, plan_opening
from resolvers.reading.sources import EntryEvents, Viewer, parse_global_id
from resolvers.reading.statements import Statement


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole query: fixed texts, the statement's columns and the viewer's own values, in the order of the response."""

    statement: Statement | None
    parts: tuple["Part", ...]

    async def run(self, database: Database, variables: Variables, viewer: Viewer | None) -> bytes:
        """The whole response."""
        row: Any = ()
        if self.statement is not None:
            values = self.statement.values(variables, viewer)
            [texts] = await database.fetch(self.statement.sql, values, holder_of(viewer), heavy=self.statement.heavy)
            row = [*map(self.statement.shown, texts)] if self.statement.seal else texts
        texts = [
            part if isinstance(part, str) else row[part] if isinstance(part, int) else part(viewer)
            for part in self.parts
        ]
        return "".join(texts).encode()


def holder_of(viewer: Viewer | None) -> Hashable:
    """For whom the database works, among whom it shares its readers."""
    return viewer.account if viewer else "nobody"


Part = str | int | Callable[[Any], str]
"""A part of a response: a fixed text, a column's number, or what makes the text from the viewer."""


def _merged(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts; neighbouring texts become one."""
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return tuple(merged)


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


def input_variables(document: DocumentNode, operation: OperationDefinitionNode) -> frozenset[str]:
    """The variables that a mutation hands to its use cases, and that no selection, directive or other argument depends on."""
    if operation.operation is not OperationType.MUTATION:
        return frozenset()
    handed, named = Counter[str](), Counter[str]()

    class Named(Visitor):
        def __init__(self, found: Counter[str]) -> None:
            super().__init__()
            self._found = found

        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            self._found[node.name.value] += 1

    for field in operation.selection_set.selections:
        for argument in field.arguments or () if isinstance(field, FieldNode) else ():
            visit(argument, Named(handed))
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    for part in (operation.selection_set, *(operation.directives or ()), *fragments):
        visit(part, Named(named))
    return frozenset(name for name, times in handed.items() if times == named[name])


def plan_key(
    catalog: Catalog, viewer: Viewer | None, variables: Variables, ids: tuple[str, ...], inputs: frozenset[str]
) -> Hashable:
    """What a plan depends on beside its document: the viewer's sight, the shape of the variables, and what type ids are of.

    `ids` are the variables that `node` and `nodes` get their ids in (see `id_variables`), and of `inputs` only counts which
    members are given (see `input_variables`): a complaint's category changes nothing about what its payload selects.
    """
    return (
        viewer.read_scope if viewer else None,
        tuple((name, given_members(value) if name in inputs else shape(value)) for name, value in variables.items()),
        *(_prefixes(catalog, variables.get(name)) for name in ids),
    )


def _prefixes(catalog: Catalog, given: Any) -> frozenset[str]:
    """The known prefixes of an id or of several: all unknown ones lead to the same plan."""
    values = given if isinstance(given, list) else [given]
    return frozenset(parse_global_id(value)[0] for value in values).intersection(catalog.by_prefix)


class NotPlannable(Exception):
    """The query has parts that only ordinary resolvers answer."""


def plan_query(catalog: Catalog, dialect: Dialect, viewer: Viewer | None, selection: Selection) -> Plan:
    """Plans a query that consists of entries only; NotPlannable otherwise."""
    compiler = Compiler(catalog, dialect, viewer, selection)
    root = catalog.graphql.query_type
    assert root is not None
    columns: list[str] = []
    fields = selection.at_root(catalog.graphql, root)
    parts = _merged(['{"data":', *_parts(compiler, root.name, fields, columns), "}"])
    return Plan(compiler.finished(f"SELECT {', '.join(columns)}") if columns else None, parts)


def _parts(
    compiler: Compiler, type_name: str, fields: Mapping[str, FieldDetailsList], columns: list[str]
) -> Iterator[Part]:
    """The parts of an object outside all rows; what the statement answers becomes one of its `columns`."""
    yield "{"
    for index, (key, details) in enumerate(fields.items()):
        name = details[0].node.name.value
        yield f'{"," if index else ""}"{key}":'
        facts = compiler.catalog.fields.get((type_name, name))
        if name == "__typename":
            yield f'"{type_name}"'
        elif facts is None:
            raise NotPlannable
        elif facts.starts_statement:
            columns.append(entry(compiler, facts, details))
            yield len(columns) - 1
        elif get := facts.of_viewer:
            yield lambda viewer, get=get: orjson.dumps(get(viewer)).decode()
        elif facts.is_entrance:
            yield from _parts(compiler, facts.type_name, compiler.collect(facts.type_name, details), columns)
        else:
            raise NotPlannable
    yield "}"


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
    compiler = Compiler(catalog, dialect, viewer, selection)
    sql = rows(compiler, facts, details) if facts.is_payload else f"SELECT {entry(compiler, facts, details)}"
    return compiler.finished(sql)


@dataclass(frozen=True, slots=True)
class EventPlan:
    """A subscription: its statement takes (after, upto, limit) as its first three binds."""

    statement: Statement
    coordinate: str
    shows: str
    """The type of its messages, which their cursors are about."""

    response_key: str
    opening: Opening
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
    compiler = Compiler(catalog, dialect, viewer, selection)
    root = catalog.graphql.subscription_type
    assert isinstance(root, GraphQLObjectType)
    (key, details), *more = selection.at_root(catalog.graphql, root).items()
    facts = catalog.fields[root.name, details[0].node.name.value]
    source, target = facts.source, facts.node
    assert not more and isinstance(source, EntryEvents)
    arguments = compiler.arguments(facts, details)
    for _ in range(3):
        compiler.bind(lambda _variables, _viewer: None)
    alias = compiler.alias()
    after, upto, limit = (INTEGER.placeholder(number, dialect) for number in (1, 2, 3))
    conditions = [f"{alias}.position > {after}", f"{alias}.position <= {upto}"]
    if source.kinds:
        conditions.append(is_one_of(f"{alias}.kind", source.kinds))
    for kind, model in source.elsewhere:
        conditions.append(f"NOT ({alias}.kind = '{kind.value}' AND {is_about(alias, subject_type(model))})")
    if source.account:
        conditions.append(f"{alias}.account_id = {compiler.viewer_bind()}")
    departments: Leaf | frozenset[Department] | None = None
    if source.departments:
        departments = own = leaf_of(arguments, "departments") or compiler.read_scope.departments
        number = compiler.bind(
            lambda v, _viewer: ENUM.list_bind(sorted(own.get(v) if isinstance(own, Leaf) else own), dialect)
        )
        conditions.append(ENUM.list_condition(f"{alias}.department", number, dialect))

    def key_in(given: Leaf) -> str:
        number = compiler.bind(lambda v, _viewer: UUID_KIND.to_bind(parse_global_id(given.get(v))[1], dialect))
        return UUID_KIND.placeholder(number, dialect)

    of, held_by = leaf_of(arguments, source.of), leaf_of(arguments, source.within)
    subject = subject_type(source.about)
    narrowed = f" AND about.key = {key_in(of)}" if of else ""
    if held_by:
        belongs = f"held.id = about.key AND held.{source.within}_id = {key_in(held_by)}"
        narrowed += f' AND EXISTS (SELECT 1 FROM "{table_of(source.about)}" held WHERE {belongs})'
    of_event = f"about.event_id = {alias}.id AND about.type = '{subject}'{narrowed}"
    conditions.append(f"EXISTS (SELECT 1 FROM event_subjects about WHERE {of_event})")
    text = glue(compiler.object(target.name, alias, details, 0))
    rows = compiler.rows(target, alias, *conditions)
    sql = f"SELECT {alias}.position, {text} FROM {rows} ORDER BY {alias}.position LIMIT {limit}"
    return EventPlan(
        compiler.finished(sql),
        facts.coordinate,
        target.name,
        key,
        plan_opening(compiler, target.name, details),
        leaf_of(arguments, "after"),
        departments,
        subject,
        of,
        source.account,
        frozenset(kind.value for kind in source.kinds) or None,
    )
