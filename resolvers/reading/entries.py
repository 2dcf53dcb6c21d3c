"""Where the planner takes over: one row, any row by its id, a list, a count, and the rows that a change touched."""

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from graphql.execution.collect_fields import FieldDetailsList

from models.kit.database import Dialect
from models.permissions import Permission
from resolvers.kit.viewer import Viewer
from resolvers.reading.arguments import Variables
from resolvers.reading.catalog import FieldFacts
from resolvers.reading.compile import Bind, Compiler
from resolvers.reading.global_ids import NIL, parse_global_id
from resolvers.reading.kinds import UUID_KIND, BadValue, uuid_text
from resolvers.reading.pieces import glue
from resolvers.reading.sources import EntryAnyNode, EntryCount, EntryNode, EntryRows, NodeType


def entry(compiler: Compiler, facts: FieldFacts, details: FieldDetailsList) -> str:
    """JSON text of a field at which the planner takes over."""
    assert facts.reading is not None
    source = facts.reading.source
    match source:
        case EntryNode():
            return _entry_node(compiler, facts, details)
        case EntryAnyNode():
            return _any_node(compiler, facts, details, many=source.many)
        case EntryRows():
            return compiler.connection(
                facts, details, 0, _listed(compiler, source.where), source.sort, source if source.search else None
            )
        case EntryCount():
            return _count(compiler, facts, _listed(compiler, source.where))
        case _:
            raise AssertionError(f"{facts.coordinate} is no entry")


def _listed(compiler: Compiler, where: Callable[[str], str] | None) -> Callable[[str], str] | None:
    """An entry's own condition, with binds where it names the viewer and the present moment."""
    return (lambda alias: compiler.settled(where(alias))) if where else None


def _count(compiler: Compiler, facts: FieldFacts, condition: Callable[[str], str] | None) -> str:
    """How many rows of a list the viewer sees, as text."""
    assert facts.target is not None
    alias = compiler.alias()
    where = compiler.scoped(facts.target, alias, *([condition(alias)] if condition else []))
    return f'(SELECT CAST(count(*) AS text) FROM "{facts.target.table}" {alias} WHERE {where})'


def _row(compiler: Compiler, target: NodeType, details: FieldDetailsList, key: Bind) -> str:
    """JSON text of one row by its key, or 'null'."""
    alias = compiler.alias()
    text = glue(compiler.object(target.name, alias, details, compiler.costs.add(0, 1)))
    dialect = compiler.dialect
    number = compiler.bind(lambda variables, viewer: UUID_KIND.to_bind(key(variables, viewer), dialect))
    where = compiler.scoped(target, alias, f'{alias}."id" = {UUID_KIND.placeholder(number, dialect)}')
    return f"coalesce((SELECT {text} FROM \"{target.table}\" {alias} WHERE {where}), 'null')"


def rows(compiler: Compiler, target: NodeType, details: FieldDetailsList, keys: Sequence[UUID]) -> str:
    """A statement for the rows of some keys: key and JSON text, without those that the viewer does not see."""
    alias, dialect = compiler.alias(), compiler.dialect
    text = glue(compiler.object(target.name, alias, details, compiler.costs.add(0, len(keys))))
    number = compiler.bind(lambda _variables, _viewer: UUID_KIND.list_bind([*keys], dialect))
    where = compiler.scoped(target, alias, UUID_KIND.list_condition(f'{alias}."id"', number, dialect))
    return f'SELECT {uuid_text(f"{alias}.id", dialect)}, {text} FROM "{target.table}" {alias} WHERE {where}'


def _entry_node(compiler: Compiler, facts: FieldFacts, details: FieldDetailsList) -> str:
    target = facts.target
    assert target is not None
    leaf = compiler.required(facts, details, "id")

    def key(variables: Variables, _viewer: Viewer | None) -> UUID:
        prefix, own = parse_global_id(leaf.get(variables))
        return own if prefix == target.prefix else NIL

    return _row(compiler, target, details, key)


def _any_node(compiler: Compiler, facts: FieldFacts, details: FieldDetailsList, *, many: bool) -> str:
    """`node` and `nodes`: which table is asked is decided by the id's prefix, in the statement."""
    leaf = compiler.required(facts, details, "ids" if many else "id")
    site = compiler.costs.add(0, 100, lambda v: len(leaf.get(v))) if many else compiler.costs.add(0, 1)
    dialect = compiler.dialect

    def parsed(variables: Variables) -> list[tuple[str, UUID]]:
        given = leaf.get(variables) if many else [leaf.get(variables)]
        if len(given) > 100:
            raise BadValue("must hold at most 100 ids")
        return [parse_global_id(value) for value in given]

    prefixes = compiler.value_bind(facts, "ids", lambda v: _list([prefix for prefix, _ in parsed(v)], dialect))
    keys = compiler.value_bind(
        facts, "ids", lambda v: _list([UUID_KIND.to_bind(key, dialect) for _, key in parsed(v)], dialect)
    )
    branches: list[str] = []
    for target in compiler.catalog.nodes.values():
        if (
            isinstance(target.needs, Permission) and target.needs not in compiler.read_scope.permissions
        ) or not target.prefix:
            continue
        alias = compiler.alias()
        text = glue(compiler.object(target.name, alias, details, site))
        where = compiler.scoped(target, alias, f'{alias}."id" = asked.key')
        branches.append(f"WHEN '{target.prefix}' THEN (SELECT {text} FROM \"{target.table}\" {alias} WHERE {where})")
    found = f"coalesce(CASE asked.prefix {' '.join(branches)} END, 'null')" if branches else "'null'"
    if dialect == "sqlite":
        asked = (
            f"(SELECT p.value AS prefix, k.value AS key, p.key AS place FROM json_each(?{prefixes}) p "
            f"JOIN json_each(?{keys}) k ON k.key = p.key ORDER BY p.key) asked"
        )
        joined = f"group_concat({found}, ',')"
    else:
        asked = f"unnest(${prefixes}::text[], ${keys}::uuid[]) WITH ORDINALITY asked(prefix, key, place)"
        joined = f"string_agg({found}, ',' ORDER BY asked.place)"
    if many:
        return f"(SELECT '[' || coalesce({joined}, '') || ']' FROM {asked})"
    return f"(SELECT {joined} FROM {asked})"


def _list(values: list[Any], dialect: Dialect) -> Any:
    return json.dumps(values) if dialect == "sqlite" else values
