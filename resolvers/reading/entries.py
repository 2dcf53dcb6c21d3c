"""Where the planner takes over: one row, any row by its id, a list, a count, and the rows that a change touched."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from models.kit.database import Dialect
from resolvers.reading.arguments import Leaf, Variables
from resolvers.reading.catalog import FieldFacts
from resolvers.reading.compile import Compiler
from resolvers.reading.connections import Page
from resolvers.reading.graphql_privates import FieldDetailsList
from resolvers.reading.kinds import UUID_KIND, BadValue, array, as_text, glue
from resolvers.reading.sources import (
    NIL,
    Access,
    EntryAnyNode,
    EntryCount,
    EntryNode,
    EntryRows,
    NodeType,
    Viewer,
    parse_global_id,
)
from resolvers.reading.statements import MAX_COST
from resolvers.reading.values import bound


def entry(compiler: Compiler, facts: FieldFacts, details: FieldDetailsList) -> str:
    """JSON text of a field at which the planner takes over."""
    match facts.source:
        case EntryNode():
            return _by_id(compiler, facts.node, details, compiler.required(facts, details, "id"))
        case EntryAnyNode(many=False):
            # The table is that of the id's prefix, which is part of what the plan is kept under (see `plan_key`).
            leaf = compiler.required(facts, details, "id")
            return next((_by_id(compiler, info, details, leaf) for info in _visible(compiler, [leaf.now])), "'null'")
        case EntryAnyNode():
            return _any_nodes(compiler, facts, details)
        case EntryRows() as source:
            search = source if source.search else None
            return Page(compiler, facts, details, _listed(compiler, source.where), source.sort, search).sql(0)
        case EntryCount() as source:
            compiler.look_through(0, 0, counts=True)
            alias, condition = compiler.alias(), _listed(compiler, source.where)
            rows = compiler.rows(facts.node, alias, *([condition(alias)] if condition else []))
            return f"(SELECT CAST(count(*) AS text) FROM {rows})"
        case _:
            raise AssertionError(f"{facts.coordinate} is no entry")


def _listed(compiler: Compiler, where: Callable[[str], str] | None) -> Callable[[str], str] | None:
    """An entry's own condition, with binds where it names the viewer and the present moment."""
    return (lambda alias: bound(where(alias), compiler.context(alias))) if where else None


KEYS = "(keys)"
"""Where the keys of rows stand among the variables: a name that no variable can have."""


def rows(compiler: Compiler, facts: FieldFacts, details: FieldDetailsList) -> str:
    """A statement for the rows of some keys: key and JSON text, without those that the viewer does not see."""
    target, alias, dialect = facts.node, compiler.alias(), compiler.dialect
    site = compiler.costs.add(0, MAX_COST + 1, lambda variables: len(variables[KEYS]))
    text = glue(compiler.object(target.name, alias, details, site))
    number = compiler.bind(lambda variables, _viewer: UUID_KIND.list_bind(variables[KEYS], dialect))
    rows = compiler.rows(target, alias, UUID_KIND.list_condition(f'{alias}."id"', number, dialect))
    return f"SELECT {as_text(f'{alias}.id', dialect)}, {text} FROM {rows}"


def _by_id(compiler: Compiler, target: NodeType, details: FieldDetailsList, leaf: Leaf) -> str:
    """JSON text of one row by its global id, or 'null'."""

    alias, dialect = compiler.alias(), compiler.dialect
    text = glue(compiler.object(target.name, alias, details, compiler.costs.add(0, 1)))

    def key(variables: Variables, _viewer: Viewer | None) -> Any:
        prefix, own = parse_global_id(leaf.get(variables))
        return UUID_KIND.to_bind(own if prefix == target.prefix else NIL, dialect)

    own = f'{alias}."id" = {UUID_KIND.placeholder(compiler.bind(key), dialect)}'
    return f"coalesce((SELECT {text} FROM {compiler.rows(target, alias, own)}), 'null')"


def _visible(compiler: Compiler, global_ids: Iterable[Any]) -> list[NodeType]:
    """The node types that some ids are of, as far as the viewer may read them; each prefix is looked at once."""
    prefixes = dict.fromkeys(parse_global_id(value)[0] for value in global_ids)
    found = [compiler.catalog.by_prefix[prefix] for prefix in prefixes if prefix in compiler.catalog.by_prefix]
    return [info for info in found if isinstance(info.needs, Access) or info.needs in compiler.read_scope.permissions]


def _any_nodes(compiler: Compiler, facts: FieldFacts, details: FieldDetailsList) -> str:
    """`nodes`: one statement with a branch for each of the ids' prefixes, in the order of the ids."""
    leaf = compiler.required(facts, details, "ids")
    site = compiler.costs.add(0, 100, lambda v: len(leaf.get(v)))
    dialect = compiler.dialect

    def parsed(variables: Variables) -> list[tuple[str, UUID]]:
        if len(leaf.get(variables)) > 100:
            raise BadValue("must hold at most 100 ids")
        return [parse_global_id(value) for value in leaf.get(variables)]

    prefixes = compiler.value_bind(facts, "ids", lambda v: _list([prefix for prefix, _ in parsed(v)], dialect))
    keys = compiler.value_bind(
        facts, "ids", lambda v: _list([UUID_KIND.to_bind(key, dialect) for _, key in parsed(v)], dialect)
    )
    branches: list[str] = []
    for target in _visible(compiler, leaf.now):
        alias = compiler.alias()
        text = glue(compiler.object(target.name, alias, details, site))
        rows = compiler.rows(target, alias, f'{alias}."id" = asked.key')
        branches.append(f"WHEN '{target.prefix}' THEN (SELECT {text} FROM {rows})")
    found = f"coalesce(CASE asked.prefix {' '.join(branches)} END, 'null')" if branches else "'null'"
    if dialect == "sqlite":
        asked = (
            f"(SELECT p.value AS prefix, k.value AS key, p.key AS place FROM json_each(?{prefixes}) p "
            f"JOIN json_each(?{keys}) k ON k.key = p.key ORDER BY p.key) asked"
        )
    else:
        asked = f"unnest(${prefixes}::text[], ${keys}::uuid[]) WITH ORDINALITY asked(prefix, key, place)"
    return array(found, asked, dialect, "asked.place")


def _list(values: list[Any], dialect: Dialect) -> Any:
    return json.dumps(values) if dialect == "sqlite" else values
