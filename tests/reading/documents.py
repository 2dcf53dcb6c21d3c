"""Makes documents over the schema with their variables, from Hypothesis's choices: what clients could send, and some would not.

Values come from the company's own rows, so that filters hit and ids exist. Permissions are looked at only as far as a
test wants: with `careless` high, most documents hold something that the viewer may not have.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.permissions import Permission
from resolvers.reading.catalog import Catalog
from resolvers.reading.declare import registry
from resolvers.reading.sources import Many, Needs, NodeType, Selectable, Through, camel
from tests.properties.adversarial.company import Company
from tests.reading.reference import PLAIN_SCHEMA, is_known, known_filters, known_nodes, show

FACTOR = 10 if os.environ.get("INTEROFFICE_TESTS") == "thorough" else 1
"""`INTEROFFICE_TESTS=thorough` looks at ten times as many documents."""


def many_documents(examples: int) -> Any:
    """Hypothesis's settings for a test over documents: the same ones every time."""
    return settings(
        max_examples=examples * FACTOR,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
    )


def drawn(strategy: Any, count: int) -> list[Any]:
    """Many examples of a strategy."""
    examples: list[Any] = []

    @many_documents(count)
    @given(strategy)
    def draw(example: Any) -> None:
        examples.append(example)

    draw()
    return examples


@dataclass(frozen=True)
class Word:
    """An enumeration value, which is no string in a document."""

    name: str


@dataclass(frozen=True)
class Document:
    """A document and its variables, as they go over the wire."""

    text: str
    variables: dict[str, Any]
    has_mistake: bool = False
    """Whether it holds an argument that must be refused, though perhaps on a path that leads to no row."""


@dataclass
class Pools:
    """What values are drawn from: the company's rows and the cursors of earlier answers."""

    rows: Company
    catalog: Catalog
    cursors: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    whole: bool = False
    """Whether documents ask for all that the schema has, also for what the plain reading cannot answer."""
    left_out: frozenset[tuple[str, str]] = frozenset()
    """Fields that no document asks for all the same."""

    def ids(self, info: NodeType) -> list[str]:
        """Global ids that lead to a row of the type, for somebody."""
        return [info.global_id(row["id"]) for row in self.rows.get(info.model, [])] or [*BAD_IDS]

    def values(self, info: NodeType, column: str) -> list[Any]:
        """What the column holds."""
        rows = self.rows.get(info.model, [])
        return list(dict.fromkeys(show(row[column]) for row in rows if row.get(column) is not None))

    def knows(self, type_name: str, name: str) -> bool:
        """Whether a field may stand in a document."""
        return (type_name, name) not in self.left_out and (self.whole or is_known(type_name, name))

    def nodes(self) -> list[NodeType]:
        """The node types that `node` may be asked for."""
        return [info for info in registry.nodes.values() if info.prefix] if self.whole else known_nodes()

    def filters(self, target: NodeType) -> dict[str, Selectable]:
        """What lists of a type may be filtered by."""
        known = target.filters if self.whole else known_filters(target)
        return {name: found for name, found in known.items() if (target.name, camel(name)) not in self.left_out}


NEUTRAL: dict[str, Any] = {
    "IntFilter": 1,
    "DateTimeFilter": "2026-03-01T09:00:00.000Z",
    "DateFilter": "2026-03-01",
    "BooleanFilter": True,
}
"""What a column that holds nothing is compared with, by the kind of its filter; a text otherwise."""

DEEPEST = 7
"""How deep selections go. SQLite before 3.46 cannot parse the statements of some deeper ones that the limits permit."""

BAD_IDS = (
    "",
    "_",
    "cus_",
    "cus_zzz",
    "nonsense",
    "prd_00000003-0000-7000-8000-00000000ffff",
    "CUS_00000002-0000-7000-8000-000000000001",
)
BAD_CURSORS = ("", "zz", "5b5d", "7b7d", "5b226e756d626572225d", "é", "00", "5b226964222c2278225d")


class Maker:
    """Makes one document."""

    def __init__(
        self, random: Random, pools: Pools, permissions: frozenset[Permission], careless: int = 0, wrong: int = 0
    ) -> None:
        self._random = random
        self._pools = pools
        self._permissions = permissions
        self._careless = careless
        self._wrong = wrong
        self._variables: dict[str, tuple[str, Any]] = {}
        self._fragments: list[str] = []
        self._aliases = 0
        self._fields = 0
        self._directives = 0
        self._has_mistake = False

    # --- Choices ---

    def chance(self, percent: int) -> bool:
        """Whether something of this probability happens; Hypothesis shrinks towards no."""
        return percent > 0 and self._random.randrange(100) >= 100 - percent

    def _mistake(self) -> bool:
        """Whether to make a mistake here, which is then remembered."""
        makes_one = self.chance(self._wrong)
        self._has_mistake = self._has_mistake or makes_one
        return makes_one

    def choose(self, choices: Sequence[Any]) -> Any:
        """One of several."""
        return choices[self._random.randrange(len(choices))]

    def some(self, choices: Sequence[Any], most: int, least: int = 0) -> list[Any]:
        """A few of several, each once, in any order."""
        left = list(choices)
        least = min(least, len(left))
        count = least + self._random.randrange(min(most, len(left) - least + 1))
        return [left.pop(self._random.randrange(len(left))) for _ in range(count)]

    def permits(self, needs: Needs | None) -> bool:
        """Whether this may stand in the document."""
        return not isinstance(needs, Permission) or needs in self._permissions or self.chance(self._careless)

    def permits_field(self, type_name: str, name: str) -> bool:
        """Whether a field may stand in the document."""
        facts = self._pools.catalog.fields[type_name, name]
        return all(self.permits(needs) for needs in sorted(facts.needs, key=str))

    # --- The document ---

    def query(self) -> Document:
        """A query."""
        return self._document("query", self._roots())

    def operation(self, kind: str, selection: str) -> Document:
        """An operation with a selection that was made here."""
        return self._document(kind, selection)

    def _document(self, kind: str, selection: str) -> Document:
        declared = ", ".join(f"${name}: {type_name}" for name, (type_name, _) in self._variables.items())
        head = f"{kind} Q({declared})" if declared else kind
        values = {name: value for name, (_, value) in self._variables.items()}
        return Document("\n".join([f"{head} {{ {selection} }}", *self._fragments]), values, self._has_mistake)

    def _roots(self) -> str:
        parts: list[str] = []
        for _ in range(1 + self.chance(30)):
            doors = [
                name
                for name, needs in (("frontOffice", "ENTER_FRONT_OFFICE"), ("backOffice", "ENTER_BACK_OFFICE"))
                if self.permits(Permission(needs))
            ]
            entrance = self.choose([*doors, *doors, *doors, "node", "nodes", "viewer"])
            if entrance == "viewer":
                viewer = PLAIN_SCHEMA.type_map["Viewer"]
                parts.append(f"{self._alias(True)}viewer {{ {self.selection(viewer, 1)} }}")
            elif entrance in ("node", "nodes"):
                parts.append(self.any_node(entrance))
            else:
                door = PLAIN_SCHEMA.query_type.fields[entrance]
                parts.append(f"{self._alias(True)}{entrance} {{ {self.selection(get_named_type(door.type), 1)} }}")
        return " ".join(parts)

    def _alias(self, wanted: bool) -> str:
        if not wanted:
            return ""
        self._aliases += 1
        return f"a{self._aliases}: "

    def any_node(self, entrance: str) -> str:
        """`node` or `nodes`, with fragments on a type or two."""
        types = self._pools.nodes()
        chosen = [info for info in self.some(types, 2) if self.permits(info.needs)]
        # Types share names of fields that are of different types, so that each fragment's fields get names of their own.
        inside = [
            self._fragment_on(info.name, self.selection(PLAIN_SCHEMA.type_map[info.name], 3, own_names=True))
            for info in chosen
        ]
        expected = PLAIN_SCHEMA.query_type.fields[entrance].args["id" if entrance == "node" else "ids"].type
        if entrance == "node":
            argument = f"id: {self.value(self._id(self.choose(chosen or types)), expected)}"
        else:
            ids = [self._id(self.choose(chosen or types)) for _ in range(self._random.randrange(5))]
            argument = f"ids: {self.value(ids, expected)}"
        return f"{self._alias(True)}{entrance}({argument}) {{ __typename id {' '.join(inside)} }}"

    def selection(self, graphql_type: Any, depth: int, *, own_names: bool = False) -> str:
        """What is asked of a type; never empty."""
        assert isinstance(graphql_type, GraphQLObjectType)
        names = [
            name
            for name in graphql_type.fields
            if self._pools.knows(graphql_type.name, name)
            and self._fits(graphql_type, name, depth)
            and self.permits_field(graphql_type.name, name)
        ]
        chosen = self.some(names, 2 if depth > 5 else 5, 1)
        parts: list[str] = []
        for name in chosen:
            part = self._field(graphql_type, name, depth, own_names)
            if self.chance(12):
                part = self._fragment_on(graphql_type.name, part)
            parts.append(part)
        if self.chance(20) or not parts:
            parts.append(f"{self._alias(own_names)}__typename{self._directive()}")
        if graphql_type.interfaces and not own_names and self.chance(10):
            parts.append("... on Node { id __typename }")
        return " ".join(parts)

    def _fits(self, graphql_type: GraphQLObjectType, name: str, depth: int) -> bool:
        is_leaf = not hasattr(get_named_type(graphql_type.fields[name].type), "fields")
        return is_leaf or (depth < DEEPEST and self._fields < 45)

    def _fragment_on(self, type_name: str, selection: str) -> str:
        if len(self._fragments) < 8 and self.chance(40):
            self._fragments.append(f"fragment F{len(self._fragments)} on {type_name} {{ {selection} }}")
            return f"...F{len(self._fragments) - 1}{self._directive()}"
        return f"... on {type_name}{self._directive()} {{ {selection} }}"

    def _directive(self) -> str:
        if self._directives >= 10 or not self.chance(6):
            return ""
        self._directives += 1
        condition = self.value(self.choose([True, False]), GraphQLNonNull(PLAIN_SCHEMA.type_map["Boolean"]))  # type: ignore[arg-type]
        return f" @{self.choose(['include', 'skip'])}(if: {condition})"

    def _field(self, parent: GraphQLObjectType, name: str, depth: int, own_name: bool) -> str:
        self._fields += 1
        graphql_field = parent.fields[name]
        named = get_named_type(graphql_field.type)
        arguments = self._arguments(parent, name, graphql_field, depth)
        wanted = own_name or bool(arguments) or self.chance(8)
        if wanted and self._aliases >= 24:
            return "" if own_name else "__typename"
        text = f"{self._alias(wanted)}{name}{arguments}{self._directive()}"
        if isinstance(named, GraphQLInterfaceType):
            return f"{text} {{ __typename id }}"
        if not isinstance(named, GraphQLObjectType):
            return text
        return f"{text} {{ {self.selection(named, depth + 1)} }}"

    # --- Arguments ---

    def _arguments(self, parent: GraphQLObjectType, name: str, graphql_field: GraphQLField, depth: int) -> str:
        if not graphql_field.args:
            return ""
        facts = self._pools.catalog.fields[parent.name, name]
        if facts.reading is None:
            return self._report_arguments(graphql_field)
        assert facts.target is not None
        if "id" in graphql_field.args:
            return f"(id: {self.value(self._id(facts.target), graphql_field.args['id'].type)})"
        given = self._list_arguments(
            facts.target,
            facts.coordinate,
            "search" in graphql_field.args and all(self.permits(needs) for needs in facts.argument_needs.values()),
        )
        # Pages inside pages stay small, or the operation would cost too much.
        nested = depth > 2 or isinstance(facts.reading.source, Many | Through)
        if nested and not {"first", "last"} & set(given):
            given["first"] = 3
        texts = [
            f"{argument}: {self.value(value, graphql_field.args[argument].type)}" for argument, value in given.items()
        ]
        return f"({', '.join(texts)})" if texts else ""

    def _report_arguments(self, graphql_field: GraphQLField) -> str:
        """Arguments of what is no table."""
        given: list[str] = []
        for argument, declared in graphql_field.args.items():
            if is_non_null_type(declared.type) or self.chance(50):
                given.append(f"{argument}: {self.value(self._any_value(declared.type), declared.type)}")
        return f"({', '.join(given)})" if given else ""

    def _any_value(self, expected: GraphQLInputType) -> Any:
        """Some value of a type."""
        inner = get_nullable_type(expected)
        if is_list_type(inner):
            return [self._any_value(inner.of_type)]
        if isinstance(inner, GraphQLEnumType):
            return Word(self.choose(list(inner.values)))
        if isinstance(inner, GraphQLInputObjectType):
            return {name: self._any_value(declared.type) for name, declared in inner.fields.items()}
        if inner.name == "ID":
            return self._id(self.choose(self._pools.nodes()))
        return NEUTRAL.get(f"{inner.name}Filter", "x")

    def _list_arguments(self, target: NodeType, coordinate: str, searchable: bool) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if self.chance(60):
            size = self.choose([-1, 101, 2**31 - 1, 100]) if self._mistake() else self.choose([0, 1, 2, 3, 5])
            given[self.choose(["first", "last"])] = size
        if self._mistake():
            given.update(first=1, last=1)
        orders = self._pools.cursors.get(coordinate, {})
        sort: Any = self._sort(target) if target.sorts and self.chance(45) else None
        if orders and self.chance(40):
            known = [
                text
                for text in orders
                if all(self.permits(target.sorts[step["field"].lower()].needs) for step in json.loads(text))
            ]
            if known:
                order = self.choose(known)
                sort = [
                    {"field": Word(step["field"]), "direction": Word(step["direction"])} for step in json.loads(order)
                ] or None
                for argument in self.some(["after", "before"], 2):
                    given[argument] = self.choose(orders[order])
        if self._mistake():
            given[self.choose(["after", "before"])] = self.choose(BAD_CURSORS)
        if sort is not None:
            given["sort"] = sort
        if self.chance(45):
            given["filter"] = self._filter(target, 2)
        if searchable and self.chance(30):
            given["search"] = self._text(self._pools.values(target, "name") + self._pools.values(target, "phone"))
        return given

    def _id(self, info: NodeType) -> str:
        if self.chance(10):
            return self.choose(BAD_IDS)
        if self.chance(5):
            info = self.choose(self._pools.nodes())
        return self.choose(self._pools.ids(info))

    def _sort(self, target: NodeType) -> list[dict[str, Any]]:
        names = [name for name, selectable in target.sorts.items() if self.permits(selectable.needs)]
        steps = [{"field": Word(name.upper())} for name in self.some(names, 3, 1)]
        for step in steps:
            if self.chance(60):
                step["direction"] = Word(self.choose(["ASC", "DESC"]))
        if steps and self._mistake():
            steps.append(steps[0])
        return steps

    def _filter(self, target: NodeType, depth: int) -> dict[str, Any]:
        given: dict[str, Any] = {}
        names = [name for name, selectable in self._pools.filters(target).items() if self.permits(selectable.needs)]
        for name in self.some(names, 2, 1):
            given[camel(name)] = None if self.chance(5) else self._condition(target, name)
        if depth and self.chance(25):
            given["not"] = self._filter(target, depth - 1)
        for name in ("and", "or"):
            if depth and self.chance(15):
                given[name] = (
                    None
                    if self.chance(10)
                    else [self._filter(target, depth - 1) for _ in range(self._random.randrange(3))]
                )
        return given

    def _condition(self, target: NodeType, name: str) -> dict[str, Any]:
        input_type = PLAIN_SCHEMA.type_map[f"{target.name}Filter"].fields[camel(name)].type
        kind = get_nullable_type(input_type)
        assert isinstance(kind, GraphQLInputObjectType)
        selectable = target.filters[name]
        values = [] if selectable.sql else self._pools.values(target, selectable.column)
        values = values or self._nothing_like(kind)
        condition: dict[str, Any] = {}
        for operator in self.some(list(kind.fields), 2, 1):
            if self.chance(4):
                condition[operator] = None
            elif operator == "isNull":
                condition[operator] = self.choose([True, False])
            elif operator == "in":
                condition[operator] = [self._near(kind.name, values) for _ in range(self._random.randrange(4))]
            else:
                condition[operator] = self._near(kind.name, values)
        return condition

    def _nothing_like(self, kind: GraphQLInputObjectType) -> list[Any]:
        """What a column is compared with that holds nothing."""
        compared = get_named_type(next(iter(kind.fields.values())).type)
        if isinstance(compared, GraphQLEnumType):
            return list(compared.values)
        return [NEUTRAL.get(kind.name, "x")]

    def _near(self, kind: str, values: list[Any]) -> Any:
        """A value like the column's own."""
        if kind == "StringFilter":
            return self._text(values)
        value = self.choose(values)
        if kind == "IntFilter":
            return max(-(2**31), min(2**31 - 1, value + self.choose([0, 0, 1, -1])))
        if kind == "DateTimeFilter":
            moment = datetime.fromisoformat(value)
            zone = UTC if moment.year > 9998 else self.choose([UTC, timezone(timedelta(hours=5, minutes=30))])
            return moment.astimezone(zone).isoformat(timespec="milliseconds")
        return Word(value) if isinstance(value, str) and kind != "DateFilter" else value

    def _text(self, values: list[str]) -> str:
        text = self.choose(values)
        if self.chance(50):
            start = self._random.randrange(min(len(text), 6) + 1)
            text = text[start : start + 3]
        return self.choose([text, text, text.upper(), text.lower(), text + " "])

    # --- Values: literals and variables ---

    def value_of(self, name: str, type_name: str, value: Any) -> str:
        """A variable of this name that holds a value."""
        self._variables[name] = (type_name, wire(value))
        return f"${name}"

    def value(self, value: Any, expected: GraphQLInputType, *, variable: int = 30) -> str:
        """A value in the document: a literal, a variable, or a literal with variables inside."""
        if self.chance(variable) and len(self._variables) < 15:
            name = f"v{len(self._variables)}"
            declared = str(expected)
            if is_non_null_type(expected) or value is not None or self.chance(50):
                self._variables[name] = (declared, wire(value))
                return f"${name}"
        inner = get_nullable_type(expected)
        if value is None:
            return "null"
        if isinstance(value, dict) and isinstance(inner, GraphQLInputObjectType):
            members = (f"{name}: {self.value(member, inner.fields[name].type)}" for name, member in value.items())
            return "{" + ", ".join(members) + "}"
        if isinstance(value, list) and is_list_type(inner):
            if len(value) == 1 and self.chance(20):
                # GraphQL takes one for a list of one, but not from a variable.
                return self.value(value[0], inner.of_type, variable=0)
            return "[" + ", ".join(self.value(member, inner.of_type) for member in value) + "]"
        if isinstance(value, Word):
            return value.name
        assert not isinstance(inner, GraphQLEnumType)
        return json.dumps(value, ensure_ascii=self.chance(20))


def wire(value: Any) -> Any:
    """A value as JSON carries it."""
    if isinstance(value, Word):
        return value.name
    if isinstance(value, dict):
        return {name: wire(member) for name, member in value.items()}
    return [wire(member) for member in value] if isinstance(value, list) else value


def choices() -> st.SearchStrategy[Random]:
    """Where a document's choices come from: a seed that Hypothesis draws, because drawing each choice takes ten times as long."""
    return st.randoms(use_true_random=True)


def every_subscription() -> dict[str, str]:
    """The type of each subscription's messages, by its name."""
    root = PLAIN_SCHEMA.subscription_type
    assert root is not None
    return {name: str(get_named_type(declared.type)) for name, declared in root.fields.items()}


def documents(
    pools: Pools, permissions: frozenset[Permission], careless: int = 0, wrong: int = 0
) -> st.SearchStrategy[Document]:
    """Queries of somebody with these permissions."""
    return choices().map(lambda random: Maker(random, pools, permissions, careless, wrong).query())


def whole_rows(pools: Pools, permissions: frozenset[Permission], *, with_others: bool) -> Iterator[Document]:
    """Every field that the viewer may read of every row: chance alone comes to most of them too seldom.

    `with_others`: and of all rows that it leads to; else only of those that have no global id and are found in no other way.
    """
    for info in pools.nodes():
        ids = pools.ids(info)
        fields = list(readable_fields(pools, info.name, permissions, with_others=with_others))
        for some in batched(fields, 4 if with_others else 40):
            text = f"query Q($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {info.name} {{ {' '.join(some)} }} }} }}"
            for chosen in batched(ids, 30):
                yield Document(text, {"ids": list(chosen)})


def readable_fields(
    pools: Pools, type_name: str, permissions: frozenset[Permission], *, with_others: bool | None
) -> Iterator[str]:
    """The fields of a type, and what they lead to with all of its own that lead nowhere. With None, nothing is led to."""
    yield "__typename"
    for name, declared in PLAIN_SCHEMA.type_map[type_name].fields.items():
        facts, named = pools.catalog.fields[type_name, name], get_named_type(declared.type)
        permitted = all(needs in permissions for needs in facts.needs if isinstance(needs, Permission))
        if not permitted or not pools.knows(type_name, name):
            continue
        is_leaf, target = not hasattr(named, "fields"), facts.target
        if target and (with_others is None or (target.prefix and not with_others)):
            continue
        inside = (
            "" if is_leaf else " ".join(readable_fields(pools, (target or named).name, permissions, with_others=None))
        )
        if facts.connection:
            yield f"{name}(first: 30) {{ totalCount nodes {{ {inside} }} }}"
        else:
            yield name if is_leaf else f"{name} {{ {inside} }}"


def batched(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Items, so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))
