"""Variables of documents seen before: plain ones are taken as they are, all others go through GraphQL's own coercion."""

from dataclasses import dataclass
from typing import Any

from graphql import NamedTypeNode, NonNullTypeNode, OperationDefinitionNode, TypeNode

PLAIN: dict[str, type] = {"ID": str, "String": str, "Int": int, "Boolean": bool}
"""The scalars whose JSON values are their coerced values, and the Python type that these have."""

SMALLEST_INT, LARGEST_INT = -(2**31), 2**31 - 1


@dataclass(frozen=True, slots=True)
class Expected:
    """One variable of an operation. `plain` is null when its values are not taken as they are."""

    name: str
    plain: type | None
    may_be_null: bool
    may_be_missing: bool


def expected_variables(operation: OperationDefinitionNode) -> tuple[Expected, ...]:
    """What an operation expects, in the order of its definitions."""
    found: list[Expected] = []
    for definition in operation.variable_definitions or ():
        node: TypeNode = definition.type
        required = isinstance(node, NonNullTypeNode)
        inner = node.type if isinstance(node, NonNullTypeNode) else node
        plain = PLAIN.get(inner.name.value) if isinstance(inner, NamedTypeNode) else None
        missing = not required and definition.default_value is None
        found.append(Expected(definition.variable.name.value, plain, not required, missing))
    return tuple(found)


def taken_as_they_are(expected: tuple[Expected, ...], given: dict[str, Any]) -> dict[str, Any] | None:
    """The coerced variables when all that are given are plain and right; None when GraphQL must look at them."""
    coerced: dict[str, Any] = {}
    for variable in expected:
        if variable.name not in given:
            if not variable.may_be_missing:
                return None
            continue
        value = given[variable.name]
        if value is None:
            if not variable.may_be_null:
                return None
        elif type(value) is not variable.plain or (variable.plain is int and not SMALLEST_INT <= value <= LARGEST_INT):
            return None
        coerced[variable.name] = value
    return coerced
