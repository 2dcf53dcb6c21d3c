"""uvicorn's HTTP protocol with bounds on who keeps us waiting: a request must be whole in time, its answer taken in time, and
one address holds only so many connections.

The surprising rule: whoever is too late is cut off without a word, for a word would wait for them too.
"""

from asyncio import Transport
from collections import Counter
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from resolvers.kit.context import network_of

REQUEST_SECONDS = 20.0
"""How long a new connection may be silent, and how long a request may take to arrive, body and all."""

TAKING_SECONDS = 30.0
"""How long an answer may take to be taken, once the connection would otherwise be closed as idle."""

CONNECTIONS_PER_ADDRESS = 200


class GuardedHttp(HttpToolsProtocol):
    """One HTTP connection, until it becomes a WebSocket."""

    per_address: ClassVar[int] = CONNECTIONS_PER_ADDRESS
    """How many connections one address may hold; 0 for any number, where all come by a proxy."""

    request_seconds: ClassVar[float] = REQUEST_SECONDS
    taking_seconds: ClassVar[float] = TAKING_SECONDS
    open_from: ClassVar[Counter[str]] = Counter()

    _network = ""
    _deadline = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_request()
        if self.client is not None and self.per_address:
            network = network_of(self.client[0])
            if self.open_from[network] >= self.per_address:
                transport.abort()
                return
            self._network = network
            self.open_from[network] += 1

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._leave()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_request()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._stop_waiting()

    def handle_websocket_upgrade(self) -> None:
        # From here on it is a socket, which has bounds of its own.
        self._leave()
        super().handle_websocket_upgrade()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        if self.transport.get_write_buffer_size():
            self._deadline = self.loop.call_later(self.taking_seconds, self.transport.abort)

    def _await_request(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.request_seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _leave(self) -> None:
        self._stop_waiting()
        if self._network:
            self.open_from[self._network] -= 1
            if not self.open_from[self._network]:
                del self.open_from[self._network]
            self._network = ""


def guarded(per_address: int) -> type[GuardedHttp]:
    """The protocol of one server, which counts by itself."""
    return type("ServersHttp", (GuardedHttp,), {"per_address": per_address, "open_from": Counter[str]()})
