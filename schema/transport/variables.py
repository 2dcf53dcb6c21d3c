"""Variables: what no database could store is refused, plain ones are taken as they are, others go through GraphQL's coercion."""

from dataclasses import dataclass
from math import isfinite
from typing import Any, NoReturn, cast

from graphql import NamedTypeNode, NonNullTypeNode, OperationDefinitionNode, TypeNode

from schema.transport.engine import refusal
from schema.transport.limits import LIMITS, exceeded, keep_within

INT64 = range(-(2**63), 2**63)


def check_variables(variables: dict[str, Any] | None) -> None:
    """Refuses variables that are too many, too deep, too long, or that no database could store."""
    waiting: list[tuple[Any, int, str]] = [(value, 0, name) for name, value in (variables or {}).items()]
    seen = 0
    keep_within("inputValues", LIMITS.input_values, len(waiting), "There are too many variables")
    while waiting:
        value, depth, name = waiting.pop()
        seen += 1
        if isinstance(value, str):
            if "\0" in value or not _encodes(value):
                _bad_variable(name, "holds a string with a NUL character or half a surrogate pair")
        elif isinstance(value, list | dict):
            parts = cast("list[Any]", list(value.values()) if isinstance(value, dict) else value)
            # No words are made for what is well: every list of every request comes by here.
            if depth >= LIMITS.input_depth:
                raise exceeded("inputDepth", LIMITS.input_depth, depth + 1, f"{_variable(name)} is nested too deeply")
            if isinstance(value, list) and len(parts) > LIMITS.list_items:
                raise exceeded("listItems", LIMITS.list_items, len(parts), f"{_variable(name)} has too many items")
            found = seen + len(waiting) + len(parts)
            keep_within("inputValues", LIMITS.input_values, found, "The variables hold too many values")
            waiting.extend((part, depth + 1, name) for part in parts)
        elif (isinstance(value, int) and value not in INT64) or (isinstance(value, float) and not isfinite(value)):
            _bad_variable(name, "holds a number that is out of range")


def _encodes(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _variable(name: str) -> str:
    return f"The variable '${name[:80]}'"


def _bad_variable(name: str, fault: str) -> NoReturn:
    raise refusal("BAD_REQUEST", f"{_variable(name)} {fault}.")


# --- Variables of documents seen before -------------------------------------------------------------------------------

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
