"""The hook in GraphQL's executor: where an ordinary resolver reaches rows, the planner takes over with one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Any
from uuid import UUID

import orjson

from models.kit.database import Database
from resolvers.reading.catalog import Catalog, FieldFacts
from resolvers.reading.entries import KEYS
from resolvers.reading.graphql_privates import FieldDetailsList, HookedExecutor, Path, place_of
from resolvers.reading.plans import holder_of, plan_field
from resolvers.reading.sources import Changed, Viewer
from resolvers.reading.statements import Statement

Texts = dict[UUID, str]
"""JSON text by key; without the keys of rows that the viewer does not see."""


ReadRows = Callable[[list[UUID]], Awaitable[Texts]]
"""Reads the rows of some keys."""


class Batches:
    """Rows that several objects of one answer lead to, read together: a list of twenty costs one statement, and not twenty.

    Whoever asks waits for one turn of the event loop, in which all the others ask.
    """

    def __init__(self) -> None:
        self._open: dict[Any, tuple[dict[UUID, None], asyncio.Future[Texts]]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    async def rows(self, what: Any, keys: Iterable[UUID], read: ReadRows) -> Texts:
        """The rows of these keys, and those of others who asked for `what` in the same turn; `read` is asked once."""
        if what not in self._open:
            loop = asyncio.get_running_loop()
            self._open[what] = ({}, loop.create_future())
            loop.call_soon(self._close, what, read)
        asked, answer = self._open[what]
        asked.update(dict.fromkeys(keys))
        return await answer

    def _close(self, what: Any, read: ReadRows) -> None:
        asked, answer = self._open.pop(what)

        async def fill() -> None:
            try:
                texts = await read(list(asked))
            except Exception as error:  # noqa: BLE001 - whatever it is, it becomes the error of everybody who asked
                if not answer.done():
                    answer.set_exception(error)
            else:
                if not answer.done():
                    answer.set_result(texts)

        task = asyncio.create_task(fill())
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)


class PlanningExecutor(HookedExecutor):
    """Executes mutations and mixed queries; fields that start a statement are answered by the planner."""

    def __init__(
        self,
        *args: Any,
        catalog: Catalog,
        database: Database,
        viewer: Viewer | None,
        statements: dict[Hashable, Statement],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._catalog = catalog
        self._database = database
        self._viewer = viewer
        self._statements = statements
        self._batches = Batches()

    def take_over(self, type_name: str, source: Any, details: FieldDetailsList, path: Path) -> Awaitable[Any] | None:
        facts = self._catalog.fields.get((type_name, details[0].node.name.value))
        return self._planned(facts, source, details, path) if facts and facts.starts_statement else None

    async def _planned(self, facts: FieldFacts, source: Any, details: FieldDetailsList, path: Path) -> Any:
        place = place_of(path)
        if isinstance(facts.source, Changed):
            return await self._rows(facts, facts.source, getattr(source, facts.python_name), details, place)
        statement = self._statement(facts, details, place)
        values = statement.values(self.variable_values.coerced, self._viewer)
        holder = holder_of(self._viewer)
        text = await self._database.read(statement.sql, values, holder, heavy=statement.heavy)
        return orjson.Fragment(statement.shown(text or "null"))

    def _statement(self, facts: FieldFacts, details: FieldDetailsList, place: Hashable) -> Statement:
        """The statement of a field, from memory when this operation, by such a viewer, was there before."""
        statement = self._statements.get(place)
        if statement is None:
            dialect = self._database.dialect
            statement = plan_field(self._catalog, dialect, self._viewer, self.selection, facts, details)
            self._statements[place] = statement
        return statement

    async def _rows(
        self, facts: FieldFacts, changed: Changed, given: Any, details: FieldDetailsList, place: Hashable
    ) -> Any:
        """The row of a key, or the rows of several in their order; those that the viewer does not see are left out."""
        keys = [UUID(str(key)) for key in (given or () if changed.many else [given]) if key is not None]
        if not keys:
            return [] if changed.many else None

        async def read(keys: list[UUID]) -> Texts:
            statement = self._statement(facts, details, place)
            values = statement.values({**self.variable_values.coerced, KEYS: keys}, self._viewer)
            rows = await self._database.fetch(statement.sql, values, holder_of(self._viewer), heavy=statement.heavy)
            return {UUID(str(key)): statement.shown(text) for key, text in rows}

        texts = await self._batches.rows(place, keys, read)
        if not changed.many:
            return orjson.Fragment(texts.get(keys[0], "null"))
        return orjson.Fragment("[" + ",".join(texts[key] for key in keys if key in texts) + "]")
