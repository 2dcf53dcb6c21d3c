"""Introspection: the schema's own description. It is the same for everybody, so each answer is made once and kept as bytes.

Making one takes Python most of a second. It happens in a thread, one at a time, in turns, and after each the maker rests for as
long, so that whoever asks for another and another slows nobody down but those who ask for the same kind of thing.
"""

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute

from models.kit.turns import Turns

KEPT_BYTES = 16_000_000
"""Of all answers together; that of GraphiQL has about one million, and a tenth of that once more compressed."""

WORTH_COMPRESSING = 1_000

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="introspection")


@dataclass(frozen=True, slots=True)
class Described:
    """An answer as it is, and compressed."""

    body: bytes
    gzipped: bytes | None


class Introspection:
    """Describes one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._graphql = schema
        self._kept: OrderedDict[Hashable, Described] = OrderedDict()
        self._bytes = 0
        self._turns = Turns(1, 1, line=20)

    async def answer(
        self,
        key: Hashable,
        document: DocumentNode,
        variables: dict[str, Any] | None,
        name: str | None,
        holder: Hashable,
    ) -> Described:
        """The answer to a document that asks for nothing else; `key` is what makes two such requests the same."""
        if known := self._known(key):
            return known
        await self._turns.take(holder)
        loop, seconds = asyncio.get_running_loop(), 0.0
        try:
            # Whoever waited may have waited for just this.
            if known := self._known(key):
                return known
            began = loop.time()
            made = await loop.run_in_executor(_thread, _describe, self._graphql, document, variables, name)
            seconds = loop.time() - began
        finally:
            loop.call_later(seconds, self._turns.give_back, holder)
        self._keep(key, made)
        return made

    def _known(self, key: Hashable) -> Described | None:
        if known := self._kept.get(key):
            self._kept.move_to_end(key)
        return known

    def _keep(self, key: Hashable, made: Described) -> None:
        self._kept[key] = made
        self._bytes += _size(made)
        while self._bytes > KEPT_BYTES:
            self._bytes -= _size(self._kept.popitem(last=False)[1])


def _size(made: Described) -> int:
    return len(made.body) + len(made.gzipped or b"")


def _describe(
    schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any] | None, name: str | None
) -> Described:
    result = execute(schema, document, variable_values=variables, operation_name=name, hide_suggestions=True)
    assert isinstance(result, ExecutionResult), "Introspection waits for nothing."
    if result.errors:
        raise result.errors[0]
    body = orjson.dumps({"data": result.data})
    return Described(body, gzip.compress(body, 6) if len(body) >= WORTH_COMPRESSING else None)
