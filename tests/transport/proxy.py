"""A proxy of the tests' own between a server and PostgreSQL, which passes on what is said, swallows it, or is not there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from urllib.parse import parse_qs, urlsplit


class Does(Enum):
    """What becomes of what is said."""

    PASS = auto()
    SWALLOW = auto()
    """Taken and never passed on, either way: a network that lost the other end without a word, for connections of before and
    for new ones.
    """

    REFUSE = auto()
    """Cut, and nobody listens any more."""


class Proxy:
    """A TCP port behind which there is a PostgreSQL that listens on a unix socket."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
        self._name, self._user = parts.path.strip("/"), parts.username
        self._does = Does.PASS
        self._talks: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The same database, by this way."""
        return f"postgres://{self._user}@127.0.0.1:{self._port}/{self._name}?minsize=1"

    async def does(self, what: Does) -> None:
        """What is done from now on. Connections that something was swallowed of never say anything again."""
        self._does = what
        if what is Does.REFUSE:
            await self.stop()
        elif self._listening is None:
            self._listening = await asyncio.start_server(self._talk, "127.0.0.1", self._port)
            self._port = self._listening.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cuts everything."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        writers = [writer]
        try:
            if self._does is Does.SWALLOW:
                await reader.read(-1)
                return
            from_there, there = await asyncio.open_unix_connection(self._target)
            writers.append(there)
            lost = asyncio.Event()
            await asyncio.gather(self._pass_on(reader, there, lost), self._pass_on(from_there, writer, lost))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._talks.discard(task)
            for each in writers:
                each.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        while said := await reader.read(65_536):
            if self._does is Does.SWALLOW:
                lost.set()
            if not lost.is_set():
                writer.write(said)
                await writer.drain()
        if not lost.is_set():
            writer.write_eof()


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    """A proxy that passes everything on, until it is told otherwise."""
    proxy = Proxy(url)
    await proxy.does(Does.PASS)
    try:
        yield proxy
    finally:
        with suppress(OSError):
            await proxy.stop()
