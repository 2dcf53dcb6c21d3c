"""The figures of all limits, and how an operation that is too much is refused."""

from dataclasses import dataclass
from typing import Any

from graphql import Node

from schema.transport.engine import OperationRefused


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may ask for. Introspection has its own figures, so that every tool can read the schema."""

    body_bytes: int = 1_000_000
    document_bytes: int = 16_000
    tokens: int = 1_500
    depth: int = 12
    aliases: int = 30
    fields: int = 200
    fragments: int = 20
    directives: int = 20
    operations: int = 20
    introspection_depth: int = 20
    introspection_fields: int = 500
    list_items: int = 250
    input_depth: int = 12
    input_values: int = 5_000


LIMITS = Limits()


def refusal(code: str, message: str, *, node: Node | None = None, **extensions: Any) -> OperationRefused:
    """One reason for not running an operation, at the place in the document that it is about."""
    error: dict[str, Any] = {"message": message}
    location = node.loc if node else None
    if location:
        place = location.source.get_location(location.start)
        error["locations"] = [{"line": place.line, "column": place.column}]
    error["extensions"] = {"code": code, **extensions}
    return OperationRefused([error])


def exceeded(limit: str, allowed: int, found: int, what: str, node: Node | None = None) -> OperationRefused:
    """The refusal of an operation that passes a limit: which one, how much is allowed, how much was found."""
    message = f"{what}: {found}, and {allowed} are allowed (limit '{limit}')."
    return refusal("LIMIT_EXCEEDED", message, node=node, limit=limit, allowed=allowed, found=found)
