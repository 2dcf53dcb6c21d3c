"""Hears every statement that goes to a database, whichever connection it takes."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from models.kit.database import Database

Hear = Callable[[str, list[Any]], object]
"""What is told of a statement, and of the values that are bound."""


class _Handler(logging.Handler):
    def __init__(self, hear: Hear) -> None:
        super().__init__(logging.DEBUG)
        self._hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        sql, values, *_ = (*record.args, None) if isinstance(record.args, tuple) and record.args else (record.msg, None)
        self._hear(str(sql), list(cast("Sequence[Any] | None", values) or ()))


@contextmanager
def heard(hear: Hear) -> Iterator[None]:
    """Lets `hear` know of every statement."""
    fetch = Database.fetch

    async def fetched(self: Database, sql: str, binds: Sequence[Any], *holder: Any, **how: Any) -> list[Any]:
        hear(sql, list(binds))
        return await fetch(self, sql, binds, *holder, **how)

    log, handler = logging.getLogger("tortoise.db_client"), _Handler(hear)
    before, propagated = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    Database.fetch = fetched
    try:
        yield
    finally:
        Database.fetch = fetch
        log.setLevel(before)
        log.propagate = propagated
        log.removeHandler(handler)
