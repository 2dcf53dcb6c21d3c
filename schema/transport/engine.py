"""Answers operations: what HTTP and WebSocket hand over, authorised, planned and executed."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from graphql import Node

from models.permissions import Department


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


@dataclass(frozen=True, slots=True)
class Stream:
    """An authorised subscription. Streams of equal `key` get the same bytes, so each event is executed once for all of them.

    `fetch(after, upto, limit)` answers with the next messages whose event positions p satisfy after < p <= upto, in order,
    each as (position, JSON text of the whole GraphQL response); it looks at the rows with the rights that the stream was
    opened with. `about` is the type of subject that such events have, `departments`, `of` (the subject's key), `account` and
    `kinds` say which of them can matter to it, so that others cost it nothing; null is all. The name is for logs.
    """

    key: Hashable
    after: int | None
    departments: frozenset[Department] | None
    fetch: Callable[[int, int, int], Awaitable[list[tuple[int, bytes]]]]
    about: str
    of: UUID | None = None
    operation_name: str | None = None
    account: UUID | None = None
    kinds: frozenset[str] | None = None


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
