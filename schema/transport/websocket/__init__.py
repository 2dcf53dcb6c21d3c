"""Subscriptions over graphql-transport-ws (github.com/enisdenjo/graphql-ws, PROTOCOL.md), and nothing else over it.

Here is the way in: who may connect from where, and what is counted and logged. `connection` is what one socket does,
`messages` what clients may say.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, cast
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from resolvers.both_offices.accounts.authority import Authority
from resolvers.events import Dispatcher
from resolvers.kit.commands import Viewer
from resolvers.kit.context import network_of
from schema.transport.execution import Engine
from schema.transport.monitoring import Metrics
from schema.transport.request_middleware import LONGEST_NAME
from schema.transport.websocket.connection import Connection
from schema.transport.wire import EXTENSION, Wire

PROTOCOL = "graphql-transport-ws"


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """How many sockets there are at once of one address (a /64 in IPv6) and of one account, and subscriptions of one account."""

    per_address: int = 200
    per_account: int = 20
    subscriptions_per_account: int = 200


class GraphQLSocketEndpoint:
    """The ASGI application behind `ws://…/graphql`. uvicorn must run with `schema.transport.wire.SERVER_OPTIONS`."""

    def __init__(
        self,
        engine: Engine,
        dispatcher: Dispatcher,
        authority: Authority,
        allowed_origins: Sequence[str] = (),
        metrics: Metrics | None = None,
        log: Callable[[dict[str, Any]], None] | None = None,
        limits: SocketLimits | None = None,
    ) -> None:
        self.limits = limits or SocketLimits()
        self._held: Counter[Hashable] = Counter()
        self.engine = engine
        self.dispatcher = dispatcher
        self.authority = authority
        self._allowed_origins = frozenset(origin.rstrip("/").lower() for origin in allowed_origins)
        self._metrics = metrics
        self._log = log
        self.open_subscriptions = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        wire = cast("Wire | None", scope.get("extensions", {}).get(EXTENSION))
        if wire is None:
            raise RuntimeError("Subscriptions need uvicorn to run with schema.transport.wire.SERVER_OPTIONS.")
        await websocket.receive()
        if not self._is_welcome(websocket.headers.get("origin"), websocket.headers.get("host")):
            await websocket.close()
            return
        if PROTOCOL not in scope["subprotocols"]:
            await websocket.accept()
            wire.end(4406, f"Subprotocol not acceptable: {PROTOCOL} is spoken here.")
            return
        await websocket.accept(PROTOCOL)
        network = network_of(scope["client"][0]) if scope.get("client") else ""
        if not self.hold(network, self.limits.per_address):
            wire.end(1013, "Too many sockets of this address: try again later.")
            return
        try:
            await Connection(self, wire).run()
        finally:
            self.release(network)

    def hold(self, key: Hashable, most: int) -> bool:
        """Counts one more of something, to be taken back by `release`, unless there are as many as there may be."""
        if self._held[key] >= most:
            return False
        self._held[key] += 1
        return True

    def release(self, key: Hashable) -> None:
        """Counts one less of something."""
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]

    def report(self, socket: str, viewer: Viewer, operation: str | None, code: str, began: float) -> None:
        """Counts and logs one subscription that was asked for. The name must come from a valid document."""
        seconds = perf_counter() - began
        if self._metrics is not None:
            self._metrics.operation(operation, "subscription", code, seconds)
        if self._log is not None:
            line = {"request": socket, "method": "WEBSOCKET", "path": "/graphql", "ms": round(seconds * 1000, 3)}
            named = operation[:LONGEST_NAME] if operation else None
            told = {"type": "subscription", "operation": named, "outcome": code, "account": str(viewer.account)}
            self._log({**line, **told})

    def _is_welcome(self, origin: str | None, host: str | None) -> bool:
        # Programs send no Origin; browsers always do, and a page of somebody else must not use its visitor's network.
        if origin is None:
            return True
        own = urlsplit(origin).netloc.lower() == (host or "").lower() != ""
        return own or "*" in self._allowed_origins or origin.lower() in self._allowed_origins
