"""Answers operations: what HTTP and WebSocket hand over, authorised, planned and executed."""

from dataclasses import dataclass
from typing import Any

from graphql import Node


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """One GraphQL request as it came in, its JSON already decoded and its members of the right kind."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole GraphQL response as JSON. `has_data` is false for request errors, which have no `data` member."""

    body: bytes
    has_data: bool
    operation_type: str | None
    operation_name: str | None
    codes: tuple[str, ...] = ()
    gzipped: bytes | None = None
    """The body once more, compressed, where that was made before."""

    retry_after: int = 0
    """In how many seconds it is worth trying again; 0 where nothing need be waited for."""


class OperationRefused(Exception):
    """The operation will not run. `errors` are formatted GraphQL errors, each with `extensions.code`."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors
        self.codes = tuple(str(error.get("extensions", {}).get("code", "BAD_REQUEST")) for error in errors)


def refusal(code: str, message: str, *, node: Node | None = None, **extensions: Any) -> OperationRefused:
    """One reason for not running an operation, at the place in the document that it is about."""
    error: dict[str, Any] = {"message": message}
    location = node.loc if node else None
    if location:
        place = location.source.get_location(location.start)
        error["locations"] = [{"line": place.line, "column": place.column}]
    error["extensions"] = {"code": code, **extensions}
    return OperationRefused([error])
