"""One socket: who it belongs to, what it subscribes to, and what it has not taken yet.

It costs one task, which reads; messages are written by the dispatcher's own step, straight into the wire. The surprising
rule: a subscriber that does not keep up is closed with 1013, and resumes from its cursor.
"""

import asyncio
from collections import deque
from collections.abc import Hashable
from os import urandom
from time import perf_counter
from typing import TYPE_CHECKING, Any

import orjson

from models.kit.base import now
from models.kit.outages import outage_of
from resolvers.both_offices.accounts.sessions import InvalidToken
from resolvers.events import Subscription
from resolvers.kit.commands import Viewer
from resolvers.kit.problems import Refused
from schema.transport.engine import OperationRefused
from schema.transport.logs import current_request, report_incident, report_outage
from schema.transport.websocket.messages import Bad, bearer_token, decode, identifier, operation, optional_object
from schema.transport.wire import Wire

if TYPE_CHECKING:
    from schema.transport.websocket import GraphQLSocketEndpoint

INIT_SECONDS = 5.0
MAX_SUBSCRIPTIONS = 50
OUTBOX_MESSAGES = 1000
OUTBOX_BYTES = 524_288
DRAIN_SECONDS = 10.0
"""How long a subscriber that catches up may leave us waiting."""

TOO_SLOW = 1013, "Too slow: resume from your cursor."
AWAY = 1013, "UNAVAILABLE: the database does not answer at present. Connect again and resume from your cursor."
"""'Try again later': clients take it as a reason to reconnect, unlike graphql-ws's own 44xx codes."""


class Connection:
    """One socket."""

    __slots__ = (
        "_deadline",
        "_drained",
        "_ended",
        "_endpoint",
        "_id",
        "_outbox",
        "_outbox_bytes",
        "_places",
        "_token",
        "_viewer",
        "_wire",
    )

    def __init__(self, endpoint: "GraphQLSocketEndpoint", wire: Wire) -> None:
        self._endpoint = endpoint
        self._wire = wire
        self._id = urandom(8).hex()
        self._viewer: Viewer | None = None
        self._token = ""
        self._places: dict[str, Place] = {}
        self._outbox: deque[tuple[bytes, bytes, bytes]] | None = None
        self._outbox_bytes = 0
        self._drained: asyncio.Event | None = None
        self._ended = False
        reason = "Connection initialisation timeout: send connection_init within 5 seconds."
        self._deadline = wire.loop.call_later(INIT_SECONDS, self.end, 4408, reason)

    async def run(self) -> None:
        """Reads until the peer or we end it."""
        current_request.set(self._id)
        self._wire.on_drained = self._flush
        try:
            while not self._ended:
                event = await self._wire.receive()
                if event["type"] != "websocket.receive" or self._ended:
                    return
                await self._handle(decode(event.get("text")))
        except Bad as bad:
            self.end(bad.code, bad.reason)
        except Exception as error:
            if outage_of(error) is None:
                raise
            report_outage(error)
            self.lose()
        finally:
            self.end(1011, "Internal error")

    # What the client says

    async def _handle(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                place = self._places.get(identifier(message))
                if place is not None:
                    place.close()
            case "ping":
                payload = optional_object(message)
                self._say({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
            case "pong":
                optional_object(message)
            case "connection_init":
                await self._initialise(optional_object(message) or {})
            case _:
                raise Bad(4400, "Unknown message type.")

    async def _initialise(self, payload: dict[str, Any]) -> None:
        if self._viewer is not None:
            raise Bad(4429, "Too many initialisation requests.")
        self._deadline.cancel()
        token = bearer_token(payload)
        viewer = await self._signed_in(token)
        if self._ended:
            return
        if not self._endpoint.hold(viewer.account, self._endpoint.limits.per_account):
            raise Bad(4429, "Too many sockets of this account: close another one first.")
        self._viewer, self._token = viewer, token
        self._endpoint.dispatcher.guard(viewer.account, self)
        remaining = max(0.0, (viewer.expires_at - now()).total_seconds())
        reason = "The access token has expired: refresh the session and resume."
        self._deadline = self._wire.loop.call_later(remaining, self.end, 4403, reason)
        self._say({"type": "connection_ack"})

    async def _signed_in(self, token: str) -> Viewer:
        endpoint = self._endpoint
        while True:
            epoch = endpoint.dispatcher.rights_epoch
            try:
                viewer = await endpoint.authority.viewer_of(token)
            except InvalidToken:
                raise Bad(4403, "The access token is not valid.") from None
            # Rights that changed while they were looked up would never be looked at again.
            if epoch == endpoint.dispatcher.rights_epoch:
                return viewer

    async def _subscribe(self, message: dict[str, Any]) -> None:
        name, request = identifier(message), operation(message)
        if self._viewer is None:
            raise Bad(4401, "Unauthorized: send connection_init first.")
        if name in self._places:
            raise Bad(4409, f"Subscriber for {name} already exists.")
        if len(self._places) >= MAX_SUBSCRIPTIONS:
            self._refuse(name, "LIMIT_EXCEEDED", f"One socket holds at most {MAX_SUBSCRIPTIONS} subscriptions.")
            return
        most = self._endpoint.limits.subscriptions_per_account
        if not self._endpoint.hold(self._subscriptions, most):
            self._refuse(name, "LIMIT_EXCEEDED", f"One account holds at most {most} subscriptions on all its sockets.")
            return
        self._places[name] = place = Place(self, name)
        self._endpoint.open_subscriptions += 1
        began, operation_name, code = perf_counter(), None, "OK"
        try:
            await self._endpoint.engine.read(request.query, request.operation_name, self._viewer.account)
            stream = self._endpoint.engine.subscribe(request, self._viewer)
            operation_name = stream.operation_name
            place.subscription = await self._endpoint.dispatcher.subscribe(stream, place)
        except OperationRefused as refused:
            code = refused.codes[0]
            place.close()
            self._say({"id": name, "type": "error", "payload": refused.errors})
        except Refused as refused:
            code = refused.problems[0].code
            place.close()
            self._refuse(name, code, refused.problems[0].message)
        except Exception as error:  # noqa: BLE001 - the client gets an incident id, the log gets the rest
            place.close()
            if outage := outage_of(error):
                code = outage.value
                report_outage(error)
                self.lose()
            else:
                code = "INTERNAL"
                self.give_up(name, report_incident(error))
        self._endpoint.report(self._id, self._viewer, operation_name, code, began)
        if self._ended:
            # Ended while the stream was being opened: nobody else closes it.
            place.close()

    @property
    def _subscriptions(self) -> Hashable:
        assert self._viewer is not None, "Nobody subscribes before they have signed in."
        return "subscriptions", self._viewer.account

    # What we say

    def send(self, head: bytes, body: bytes, end: bytes) -> None:
        """Writes at once, keeps it until the peer reads on, or ends a socket that is too far behind. Never waits."""
        if self._ended:
            return
        if self._outbox is None:
            if not self._wire.congested:
                self._wire.write(head, body, end)
                return
            self._outbox = deque()
        # Not joined: the body is shared with all who wait for it.
        self._outbox.append((head, body, end))
        self._outbox_bytes += len(body)
        if len(self._outbox) > OUTBOX_MESSAGES or self._outbox_bytes > OUTBOX_BYTES:
            self.end(*TOO_SLOW)

    async def drained(self) -> None:
        """Waits until the peer reads on, but not for ever."""
        while self._outbox is not None or self._wire.congested:
            if self._ended:
                return
            self._drained = self._drained or asyncio.Event()
            timer = self._wire.loop.call_later(DRAIN_SECONDS, self.end, *TOO_SLOW)
            try:
                await self._drained.wait()
            finally:
                timer.cancel()

    def _flush(self) -> None:
        outbox = self._outbox
        while outbox and not self._wire.congested and not self._ended:
            head, body, end = outbox.popleft()
            self._outbox_bytes -= len(body)
            self._wire.write(head, body, end)
        if not outbox:
            self._outbox = None
            self._wake_waiting()

    def _wake_waiting(self) -> None:
        if self._drained is not None:
            self._drained.set()
            self._drained = None

    def _say(self, message: dict[str, Any]) -> None:
        self.send(b"", orjson.dumps(message), b"")

    def _refuse(self, name: str, code: str, text: str, **extensions: str) -> None:
        error = {"message": text, "extensions": {"code": code, **extensions}}
        self._say({"id": name, "type": "error", "payload": [error]})

    def give_up(self, name: str, incident: str) -> None:
        """Ends one subscription for no fault of the client's."""
        text = f"Something unexpected happened. Please quote incident {incident}."
        self._refuse(name, "INTERNAL", text, incident=incident)

    # The end

    def lose(self) -> None:
        """Ends the socket because the database is away: who comes back finds what was missed."""
        self.end(*AWAY)

    async def recheck(self, *, account_changed: bool) -> None:
        """Ends the socket when its rights are gone: with the account's change, or when its own session has ended."""
        if not account_changed:
            try:
                await self._endpoint.authority.viewer_of(self._token)
            except InvalidToken:
                account_changed = True
        if account_changed:
            self.end(4403, "Your rights have changed: sign in again.")

    def end(self, code: int, reason: str) -> None:
        """Closes the socket and gives everything back, once. Nothing is delivered afterwards."""
        if self._ended:
            return
        self._ended = True
        self._deadline.cancel()
        self._outbox = None
        if self._viewer is not None:
            self._endpoint.dispatcher.unguard(self._viewer.account, self)
            self._endpoint.release(self._viewer.account)
        for place in list(self._places.values()):
            place.close()
        self._wake_waiting()
        self._wire.end(code, reason[:123])

    def forget(self, name: str, place: "Place") -> None:
        """Frees a subscription's id."""
        if self._places.get(name) is place:
            del self._places[name]
            self._endpoint.open_subscriptions -= 1
            self._endpoint.release(self._subscriptions)


class Place:
    """One subscription of a socket, known to the client by its id."""

    __slots__ = ("_connection", "_head", "_name", "subscription")

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._head = b'{"id":' + orjson.dumps(name) + b',"type":"next","payload":'
        self.subscription: Subscription | None = None

    def begin(self, opening: bytes) -> None:
        """Takes the first message."""
        self.deliver(opening)

    def deliver(self, message: bytes) -> None:
        """Takes a message without waiting."""
        self._connection.send(self._head, message, b"}")

    async def drained(self) -> None:
        """Waits until the socket can take more."""
        await self._connection.drained()

    def fail(self, incident: str) -> None:
        """Ends because the messages cannot be made."""
        self.close()
        self._connection.give_up(self._name, incident)

    def lose(self) -> None:
        """Ends, with its socket, because the database is away."""
        self._connection.lose()

    def close(self) -> None:
        """Leaves the dispatcher and frees the id."""
        self._connection.forget(self._name, self)
        if self.subscription is not None:
            self.subscription.close()
