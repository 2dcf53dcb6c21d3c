"""The whole server in this process, behind a real socket, with everything that it logs kept for looking at."""

import io
import logging
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from app import create_app
from schema.transport.logs import QUIET, JsonHandler
from schema.transport.settings import read_settings
from schema.transport.wire import SERVER_OPTIONS
from tests.both_offices.signing_in import SECRET
from tests.transport.small_house import served


@dataclass
class WholeHouse:
    """A running server."""

    host: str
    written: io.BytesIO

    def log(self) -> str:
        """All that was logged so far."""
        return self.written.getvalue().decode()

    def lines(self) -> list[dict[str, Any]]:
        """The same, line by line."""
        return [orjson.loads(line) for line in self.written.getvalue().splitlines()]


@asynccontextmanager
async def logging_everything(handler: JsonHandler) -> AsyncIterator[None]:
    """Logs as the server process does, and puts everything back: other tests have handlers of their own."""
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in QUIET}
    root_level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # The tests' own client would write what it asks for.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            yield
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)
        root.setLevel(root_level)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@asynccontextmanager
async def whole_house(url: str) -> AsyncIterator[WholeHouse]:
    """Serves the database at a URL, which is open meanwhile."""
    written = io.BytesIO()
    handler = JsonHandler(written)
    app = create_app(read_settings(database_url=url, secret=SECRET.decode()), handler.request)
    async with logging_everything(handler), served(app, **SERVER_OPTIONS) as address:
        yield WholeHouse(address.removeprefix("http://"), written)
