"""A subscriber's screen: a client library that speaks graphql-transport-ws, and the office that it stands in."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

import websockets
from starlette.applications import Starlette

from models.kit.database import Database
from models.kit.events import Event
from resolvers.events import Dispatcher
from tests.events.pushing import LIVE, SEAL, fill, happen, serving_here, token_for


@dataclass
class Client:
    """One socket of a client library, with the messages it has got; those that say where a subscription begins stand apart."""

    socket: websockets.ClientConnection
    unread: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    began: dict[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    async def connect(cls, port: int, **options: Any) -> Self:
        """Opens a socket and says nothing."""
        options = {"subprotocols": ["graphql-transport-ws"], "compression": None, **options}
        return cls(await websockets.connect(f"ws://127.0.0.1:{port}/graphql", **options))

    @classmethod
    async def signed_in(cls, port: int, token: str, **options: Any) -> Self:
        """Opens a socket and shows a token."""
        client = await cls.connect(port, **options)
        await client.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        assert await client.receive() == {"type": "connection_ack"}
        return client

    @classmethod
    async def watching(cls, port: int, token: str, query: str = LIVE, **variables: Any) -> Self:
        """Opens a socket, shows a token and subscribes."""
        client = await cls.signed_in(port, token)
        await client.subscribe(query=query, **variables)
        return client

    async def send(self, message: object) -> None:
        await self.socket.send(json.dumps(message))

    async def receive(self, seconds: float = 30) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            return json.loads(await self.socket.recv())

    async def subscribe(self, name: str = "1", query: str = LIVE, **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self.send({"id": name, "type": "subscribe", "payload": payload})
        # Pongs come in order, so after this one the subscription is open.
        await self.settled()
        if not variables.get("after") and self.unread and self.unread[-1]["type"] == "next":
            opening = self.unread.pop()
            assert opening["id"] == name, opening
            [self.began[name]] = opening["payload"]["data"].values()

    async def settled(self) -> None:
        """Waits until the server has read everything that was sent so far."""
        await self.send({"type": "ping"})
        while (message := await self.receive())["type"] != "pong":
            self.unread.append(message)

    async def cursors(self, count: int, seconds: float = 30) -> list[str]:
        """The cursors of the next so many messages."""
        found: list[str] = []
        while len(found) < count:
            message = self.unread.pop(0) if self.unread else await self.receive(seconds)
            assert message["type"] == "next", message
            found.append(message["payload"]["data"]["complaintHandoffs"]["cursor"])
        return found

    async def refusal(self) -> tuple[str, list[Any]]:
        """The one message that came: for which subscription, and the errors that it was refused with."""
        message = self.unread.pop(0) if self.unread else await self.receive()
        assert message["type"] == "error" and not self.unread, message
        return message["id"], message["payload"]

    async def is_silent(self, seconds: float = 0.4) -> bool:
        """Whether nothing comes for a while."""
        try:
            self.unread.append(await self.receive(seconds))
        except TimeoutError:
            return not self.unread
        return False

    async def closed_with(self, seconds: float = 10) -> tuple[int, str]:
        """The code and reason that the server closes with."""
        async with asyncio.timeout(seconds):
            await self.socket.wait_closed()
        return self.socket.close_code or 0, self.socket.close_reason or ""


def cursor_at(position: int) -> str:
    """The cursor of the event at a position."""
    return SEAL.sealed("HandoffUpdate", str(position))


def positions(cursors: Sequence[str]) -> list[int]:
    """Where the cursors stand."""
    return [int(SEAL.opened("HandoffUpdate", cursor).split(" ")[0]) for cursor in cursors]


@dataclass
class Office:
    """A running server in this process, one account of LOGISTICS and one handoff of that department."""

    port: int
    app: Starlette
    account: UUID
    handoff: UUID
    token: str

    @property
    def dispatcher(self) -> Dispatcher:
        return self.app.state.dispatcher

    @property
    def database(self) -> Database:
        """The server's database."""
        return self.app.state.database

    def connections(self) -> set[Any]:
        """The connections that the server holds, whoever may still be at their other end."""
        return self.app.state.server.server_state.connections

    async def screen(self, **variables: Any) -> Client:
        """A signed-in client with one open subscription."""
        return await Client.watching(self.port, self.token, **variables)

    async def reaches(self, client: Client, seconds: float = 30) -> None:
        """Whatever was before, what happens now reaches the subscriber."""
        await happen(self.handoff)
        assert len(await client.cursors(1, seconds)) == 1

    async def settle(self) -> None:
        """Waits until everything that was committed has been dispatched."""
        last = await Event.all().count()
        while self.dispatcher.position < last:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)


@asynccontextmanager
async def office_at(url: str, brief: str = "Find out why.") -> AsyncGenerator[Office]:
    """Opens an office on a database with empty tables."""
    async with serving_here(url) as (port, app):
        account, handoff = await fill(brief=brief)
        yield Office(port, app, account, handoff, await token_for(account))
