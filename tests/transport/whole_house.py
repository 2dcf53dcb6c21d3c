"""The whole server in this process, behind a real socket, with everything that it logs kept for looking at."""

import asyncio
import io
import logging
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from models.kit.database import Database
from resolvers.events import Dispatcher
from schema import build
from schema.transport.execution import Engine
from schema.transport.http import GraphQLEndpoint
from schema.transport.logs import QUIET, JsonHandler
from schema.transport.monitoring import Metrics, Readiness, healthz
from schema.transport.request_middleware import RequestMiddleware
from schema.transport.websocket import GraphQLSocketEndpoint
from schema.transport.wire import SERVER_OPTIONS
from tests.both_offices.signing_in import authority

PATHS = frozenset({"/graphql", "/healthz", "/readyz", "/metrics"})


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
async def whole_house(database: Database) -> AsyncIterator[WholeHouse]:
    """Serves an open database."""
    written = io.BytesIO()
    handler = JsonHandler(written)
    trusted = authority()
    _, catalog = build()
    engine = Engine(catalog, database, trusted)
    metrics = Metrics()
    async with logging_everything(handler):
        dispatcher = Dispatcher(database, trusted)
        await dispatcher.start()
        routes = [
            Route("/graphql", GraphQLEndpoint(engine, trusted, metrics)),
            WebSocketRoute("/graphql", GraphQLSocketEndpoint(engine, dispatcher, trusted)),
            Route("/healthz", healthz),
            Route("/readyz", Readiness(database).endpoint),
            Route("/metrics", metrics.endpoint),
        ]
        app = RequestMiddleware(Starlette(routes=routes), PATHS, handler.request)
        options: dict[str, Any] = {"log_config": None, "access_log": False, "lifespan": "off", **SERVER_OPTIONS}
        server = uvicorn.Server(uvicorn.Config(app, port=0, **options))
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield WholeHouse(f"127.0.0.1:{port}", written)
        finally:
            server.should_exit = True
            await serving
            await dispatcher.stop()
