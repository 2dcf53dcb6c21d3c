"""Argument values with their origin: a plan remembers where each value comes from, so that it serves other values too.

`shape` says what a plan depends on: which members are present, null, true, or which enumeration value; never texts or numbers.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_nullable_type,
    is_list_type,
    value_from_ast,
)

Variables = Mapping[str, Any]


@dataclass(frozen=True)
class Leaf:
    """One value of an argument: `now` is what it is in the request that the plan is made for, `get` what it is in another."""

    now: Any
    get: Callable[[Variables], Any]


Tree = Leaf | dict[str, Any] | list[Any] | None
"""An argument's value: input objects as dicts, lists of input objects as lists, everything else as leaves; None for null."""


def shape(value: Any) -> Any:
    """What a plan may depend on in a variable's value."""
    if value is None or isinstance(value, bool | Enum):
        return value
    if isinstance(value, dict):
        return tuple((name, shape(member)) for name, member in value.items())
    if isinstance(value, list) and any(isinstance(member, dict) for member in value):
        return tuple(shape(member) for member in value)
    return type(value).__name__


def given_members(value: Any) -> Hashable:
    """Which members of a value are given: what a decision may depend on where only a use case looks at the value itself."""
    if isinstance(value, dict):
        return tuple((name, given_members(member)) for name, member in value.items())
    if isinstance(value, list):
        return frozenset(map(given_members, value))
    return value is not None


def _from_variables(value: Any, get: Callable[[Variables], Any]) -> Tree:
    if value is None:
        return None
    if isinstance(value, dict):
        return {
            name: _from_variables(member, lambda variables, name=name: get(variables)[name])
            for name, member in value.items()
        }
    if isinstance(value, list) and any(isinstance(member, dict) for member in value):
        return [
            _from_variables(member, lambda variables, index=index: get(variables)[index])
            for index, member in enumerate(value)
        ]
    return Leaf(value, get)


def leaf_of(arguments: Mapping[str, Tree], name: str) -> Leaf | None:
    """An argument that is one value; None where it is missing or null."""
    tree = arguments.get(name)
    return tree if isinstance(tree, Leaf) else None


def _is_missing(node: ValueNode, variables: Variables) -> bool:
    return isinstance(node, VariableNode) and node.name.value not in variables


def tree_of(node: ValueNode, expected: GraphQLInputType, variables: Variables) -> Tree:
    """The value at a node of the document, for a validated document and coerced variables."""
    if isinstance(node, VariableNode):
        name = node.name.value
        return _from_variables(variables.get(name), lambda given: given.get(name))
    if isinstance(node, NullValueNode):
        return None
    inner = get_nullable_type(expected)
    if isinstance(node, ObjectValueNode) and isinstance(inner, GraphQLInputObjectType):
        return {
            field.name.value: tree_of(field.value, inner.fields[field.name.value].type, variables)
            for field in node.fields
            if not _is_missing(field.value, variables)
        }
    if is_list_type(inner):
        # GraphQL takes a single value for a list of one.
        items = node.values if isinstance(node, ListValueNode) else [node]
        members = [tree_of(item, inner.of_type, variables) for item in items]
        if any(isinstance(member, dict) for member in members):
            return members
        leaves = [member for member in members if isinstance(member, Leaf)]
        return Leaf([leaf.now for leaf in leaves], lambda given: [leaf.get(given) for leaf in leaves])
    value = value_from_ast(node, expected, dict(variables))
    return None if value is None else Leaf(value, lambda _given: value)
