"""Chooses what stands in a document: ids, pages, orders, filters and other values, as literals or in variables."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)

from models.permissions import Permission
from resolvers.reading.sources import Many, Needs, NodeType, Through, camel
from tests.reading.pools import BAD_CURSORS, BAD_IDS, Pools, Word, wire
from tests.reading.reference import PLAIN_SCHEMA

NEUTRAL: dict[str, Any] = {
    "IntFilter": 1,
    "DateTimeFilter": "2026-03-01T09:00:00.000Z",
    "DateFilter": "2026-03-01",
    "BooleanFilter": True,
}
"""What a column that holds nothing is compared with, by the kind of its filter; a text otherwise."""


@dataclass
class Chooser:
    """Chooses values and arguments for one document, and keeps the variables that hold some of them."""

    random: Random
    pools: Pools
    permissions: frozenset[Permission]
    careless: int = 0
    wrong: int = 0
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict[str, tuple[str, Any]], init=False)
    has_mistake: bool = field(default=False, init=False)

    # --- Choices ---

    def chance(self, percent: int) -> bool:
        """Whether something of this probability happens; Hypothesis shrinks towards no."""
        return percent > 0 and self.random.randrange(100) >= 100 - percent

    def _mistake(self) -> bool:
        """Whether to make the document's one mistake here: of several, the two readings need not come to the same first."""
        makes_one = not self.has_mistake and self.chance(self.wrong)
        self.has_mistake = self.has_mistake or makes_one
        return makes_one

    def choose(self, choices: Sequence[Any]) -> Any:
        """One of several."""
        return choices[self.random.randrange(len(choices))]

    def some(self, choices: Sequence[Any], most: int, least: int = 0) -> list[Any]:
        """A few of several, each once, in any order."""
        left = list(choices)
        least = min(least, len(left))
        count = least + self.random.randrange(min(most, len(left) - least + 1))
        return [left.pop(self.random.randrange(len(left))) for _ in range(count)]

    def permits(self, needs: Needs | None) -> bool:
        """Whether this may stand in the document."""
        return not isinstance(needs, Permission) or needs in self.permissions or self.chance(self.careless)

    def permits_field(self, type_name: str, name: str) -> bool:
        """Whether a field may stand in the document."""
        facts = self.pools.catalog.fields[type_name, name]
        return all(self.permits(needs) for needs in sorted(facts.needs, key=str))

    # --- Arguments ---

    def _arguments(self, parent: GraphQLObjectType, name: str, graphql_field: GraphQLField, depth: int) -> str:
        if not graphql_field.args:
            return ""
        facts = self.pools.catalog.fields[parent.name, name]
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
            return self._id(self.choose(self.pools.nodes()))
        return NEUTRAL.get(f"{inner.name}Filter", "x")

    def _list_arguments(self, target: NodeType, coordinate: str, searchable: bool) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if self.chance(60):
            size = self.choose([-1, 101, 2**31 - 1, 100]) if self._mistake() else self.choose([0, 1, 2, 3, 5])
            given[self.choose(["first", "last"])] = size
        if self._mistake():
            given.update(first=1, last=1)
        orders = self.pools.cursors.get(coordinate, {})
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
            given["search"] = self._text(self.pools.values(target, "name") + self.pools.values(target, "phone"))
        return given

    def _id(self, info: NodeType) -> str:
        if self.chance(10):
            return self.choose(BAD_IDS)
        if self.chance(5):
            info = self.choose(self.pools.nodes())
        return self.choose(self.pools.ids(info))

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
        names = [name for name, selectable in self.pools.filters(target).items() if self.permits(selectable.needs)]
        for name in self.some(names, 2, 1):
            given[camel(name)] = None if self.chance(5) else self._condition(target, name)
        if depth and self.chance(25):
            given["not"] = self._filter(target, depth - 1)
        for name in ("and", "or"):
            if depth and self.chance(15):
                given[name] = (
                    None
                    if self.chance(10)
                    else [self._filter(target, depth - 1) for _ in range(self.random.randrange(3))]
                )
        return given

    def _condition(self, target: NodeType, name: str) -> dict[str, Any]:
        input_type = PLAIN_SCHEMA.type_map[f"{target.name}Filter"].fields[camel(name)].type
        kind = get_nullable_type(input_type)
        assert isinstance(kind, GraphQLInputObjectType)
        selectable = target.filters[name]
        values = [] if selectable.sql else self.pools.values(target, selectable.column)
        values = values or self._nothing_like(kind)
        condition: dict[str, Any] = {}
        for operator in self.some(list(kind.fields), 2, 1):
            if self.chance(4):
                condition[operator] = None
            elif operator == "isNull":
                condition[operator] = self.choose([True, False])
            elif operator == "in":
                condition[operator] = [self._near(kind.name, values) for _ in range(self.random.randrange(4))]
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
            start = self.random.randrange(min(len(text), 6) + 1)
            text = text[start : start + 3]
        return self.choose([text, text, text.upper(), text.lower(), text + " "])

    # --- Values: literals and variables ---

    def value_of(self, name: str, type_name: str, value: Any) -> str:
        """A variable of this name that holds a value."""
        self.variables[name] = (type_name, wire(value))
        return f"${name}"

    def value(self, value: Any, expected: GraphQLInputType, *, variable: int = 30) -> str:
        """A value in the document: a literal, a variable, or a literal with variables inside."""
        if self.chance(variable) and len(self.variables) < 15:
            name = f"v{len(self.variables)}"
            declared = str(expected)
            if is_non_null_type(expected) or value is not None or self.chance(50):
                self.variables[name] = (declared, wire(value))
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
