"""Looks at variables before they are coerced: how many, how deep, and whether both databases can store them."""

from math import isfinite
from typing import Any, NoReturn, cast

from schema.transport.limits.figures import LIMITS, Limits, exceeded, refusal

INT64 = range(-(2**63), 2**63)


def check_variables(variables: dict[str, Any] | None, limits: Limits = LIMITS) -> None:
    """Refuses variables that are too many, too deep, too long, or that no database could store."""
    waiting: list[tuple[Any, int, str]] = [(value, 0, name) for name, value in (variables or {}).items()]
    seen = 0
    if len(waiting) > limits.input_values:
        raise exceeded("inputValues", limits.input_values, len(waiting), "There are too many variables")
    while waiting:
        value, depth, name = waiting.pop()
        seen += 1
        if isinstance(value, str):
            if "\0" in value or not _encodes(value):
                _bad_variable(name, "holds a string with a NUL character or half a surrogate pair")
        elif isinstance(value, list | dict):
            parts = cast("list[Any]", list(value.values()) if isinstance(value, dict) else value)
            if depth >= limits.input_depth:
                raise exceeded("inputDepth", limits.input_depth, depth + 1, f"{_variable(name)} is nested too deeply")
            if isinstance(value, list) and len(parts) > limits.list_items:
                raise exceeded("listItems", limits.list_items, len(parts), f"{_variable(name)} has too many items")
            found = seen + len(waiting) + len(parts)
            if found > limits.input_values:
                raise exceeded("inputValues", limits.input_values, found, "The variables hold too many values")
            waiting.extend((part, depth + 1, name) for part in parts)
        elif isinstance(value, int):
            if value not in INT64:
                _bad_variable(name, "holds a number that is out of range")
        elif isinstance(value, float) and not isfinite(value):
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
