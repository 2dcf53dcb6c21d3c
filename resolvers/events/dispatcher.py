"""The dispatcher reads what happened, once for all subscribers of this process, and lets each group have it.

The surprising rule: when an account changes or a session ends, its sockets end before anything later is delivered.
"""

import asyncio
from collections.abc import Hashable
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol
from uuid import UUID

from models.both_offices.accounts import AccountEvent
from models.kit.base import now
from models.kit.database import Database
from models.kit.events import Subject
from models.permissions import Department
from resolvers.events.cursors import check_resumable, present
from resolvers.events.outbox import POLL_SECONDS, OutboxRelay
from resolvers.events.streams import (
    FETCH_LIMIT,
    Group,
    Happening,
    Receiver,
    Stream,
    Subscription,
    patiently,
    report_incident,
)
from resolvers.events.waking import NotifyChannel, WakefulLoop

READ_LIMIT = 1000

_READ = (
    "SELECT e.position, e.kind, e.department, e.account_id, about.type, about.key FROM"
    f" (SELECT * FROM events WHERE position > {{}} ORDER BY position LIMIT {READ_LIMIT}) e"
    " LEFT JOIN event_subjects about ON about.event_id = e.id ORDER BY e.position"
)


class RightsCache(Protocol):
    """Remembers what accounts may do (see resolvers/both_offices/accounts)."""

    def forget_account(self, account_id: UUID) -> None:
        """Looks at the account afresh from now on."""
        ...


class Guarded(Protocol):
    """A socket that lives on somebody's rights."""

    async def recheck(self, *, account_changed: bool) -> None:
        """Ends it if the account changed or its own session has ended."""
        ...


class Dispatcher:
    """Everything that is pushed by this process. Start it after the database is open, stop it before it is closed."""

    def __init__(self, database: Database, authority: RightsCache) -> None:
        self.position = 0
        self.rights_epoch = 0
        """Grows when anybody's rights change: what was looked up before must then be looked up again."""
        self._database = database
        self._authority = authority
        self._loop = WakefulLoop("event dispatcher", self._read_all, POLL_SECONDS)
        self._bell = NotifyChannel(database, self._loop.ring)
        self._relay = OutboxRelay(database, self._numbered)
        self._groups: dict[Hashable, Group] = {}
        self._guarded: dict[UUID, set[Guarded]] = {}
        self._replays: set[asyncio.Task[None]] = set()
        self._fetching: dict[Hashable, asyncio.Task[list[tuple[int, bytes]]]] = {}
        self._advanced = asyncio.Event()
        self._executed_before = 0

    async def start(self) -> None:
        """Begins where the row of events ends at present."""
        self.position, _ = await present(self._database)
        self._bell.start()
        self._relay.start()
        self._loop.start()

    async def stop(self) -> None:
        """Ends all deliveries; subscribers come back with their cursors."""
        await self._relay.stop()
        await self._bell.stop()
        await self._loop.stop()
        self._advanced.set()
        for replay in self._replays:
            replay.cancel()
        await asyncio.gather(*self._replays, *self._fetching.values(), return_exceptions=True)
        await asyncio.gather(*(group.finish() for group in list(self._groups.values())))

    @property
    def executions(self) -> int:
        """How often messages were fetched for a group: once per event, however many subscribers it has."""
        return self._executed_before + sum(group.executions for group in self._groups.values())

    @property
    def live_subscriptions(self) -> int:
        """How many subscriptions have caught up and wait for what happens next."""
        return sum(map(len, self._groups.values()))

    @property
    def stuck_seconds(self) -> float:
        """For how long what happens has not been numbered, or not been read, by this process."""
        return max(self._relay.stuck_seconds, self._loop.stuck_seconds)

    @property
    def lag(self) -> int:
        """How many events the slowest group of subscribers has yet to get."""
        return max((self.position - group.position for group in self._groups.values()), default=0)

    def guard(self, account: UUID, socket: Guarded) -> None:
        """Lets a socket know when the rights that it lives on change."""
        self._guarded.setdefault(account, set()).add(socket)

    def unguard(self, account: UUID, socket: Guarded) -> None:
        """Takes it back: the socket is gone."""
        sockets = self._guarded.get(account, set())
        sockets.discard(socket)
        if not sockets:
            self._guarded.pop(account, None)

    async def subscribe(self, stream: Stream, receiver: Receiver) -> Subscription:
        """Delivers what was missed since `stream.after`, then what happens. Raises Refused for a bad `after`.

        Without one it begins at present, and says so at once. Whatever has no position yet gets a later one, however long ago it
        was committed, and what has one is there to be read: so nothing is missed by whoever reads the rest after that message.
        """
        if stream.after is None:
            after, epoch = await present(self._database)
            receiver.begin(stream.opening(after, epoch))
        else:
            after = stream.after
            await check_resumable(self._database, after, now(), stream.epoch)
        while self.position < after and not self._loop.stopping:
            advanced = self._advanced
            self._loop.ring()
            await advanced.wait()
        subscription = Subscription(stream, receiver, after)
        if not self._join(subscription):
            subscription.replay = asyncio.create_task(self._replay(subscription), name="event replay")
            self._replays.add(subscription.replay)
            subscription.replay.add_done_callback(self._replays.discard)
        return subscription

    def _join(self, subscription: Subscription) -> bool:
        """Makes a subscription live if it lacks nothing that its group has had; in one step, so nothing slips by."""
        key = subscription.stream.key
        group = self._groups.get(key)
        if subscription.after < (group.position if group else self.position):
            return False
        if group is None:
            group = self._groups[key] = Group(subscription.stream, self.position, lambda: self._end_group(key))
        group.join(subscription)
        return True

    def _end_group(self, key: Hashable) -> None:
        self._executed_before += self._groups.pop(key).executions

    async def _replay(self, subscription: Subscription) -> None:
        try:
            while not self._join(subscription):
                group = self._groups.get(subscription.stream.key)
                after, upto = subscription.after, group.position if group else self.position
                messages = await self._missed(subscription.stream, after, upto)
                for message in messages:
                    await subscription.receiver.drained()
                    subscription.deliver([message])
                if len(messages) < FETCH_LIMIT:
                    subscription.after = upto
            subscription.replay = None
        except Exception as error:  # noqa: BLE001
            subscription.replay = None
            subscription.fail(report_incident(error))

    async def _missed(self, stream: Stream, after: int, upto: int) -> list[tuple[int, bytes]]:
        # After a cut or a restart all screens come back at once, and many of them have missed the same.
        key = (stream.key, after, upto)
        fetching = self._fetching.get(key)
        if fetching is None:
            fetching = asyncio.ensure_future(patiently(partial(stream.fetch, after, upto, FETCH_LIMIT)))
            self._fetching[key] = fetching
            fetching.add_done_callback(lambda _: self._fetching.pop(key))
        return await asyncio.shield(fetching)

    async def _numbered(self) -> None:
        self._loop.ring()
        await self._bell.ring()

    async def _read_all(self, _woken: bool) -> None:
        # When it fails, the position has not moved.
        while await self._read_on() == READ_LIMIT:
            pass

    async def _read_on(self) -> int:
        placeholder = "$1" if self._database.dialect == "postgres" else "?1"
        rows = await self._database.fetch(_READ.format(placeholder), [self.position])
        if rows:
            news = [_happening(list(of_one)) for _, of_one in groupby(rows, itemgetter(0))]
            await self._guard_rights(news)
            self.position = news[-1].position
            for group in list(self._groups.values()):
                group.advance(news, self.position)
            advanced, self._advanced = self._advanced, asyncio.Event()
            advanced.set()
            return len(news)
        return 0

    async def _guard_rights(self, news: list[Happening]) -> None:
        for happening in news:
            if happening.account is None or happening.kind not in (*_LESS_RIGHTS, AccountEvent.SESSION_ENDED):
                continue
            self.rights_epoch += 1
            self._authority.forget_account(happening.account)
            for socket in list(self._guarded.get(happening.account, ())):
                await socket.recheck(account_changed=happening.kind in _LESS_RIGHTS)


_LESS_RIGHTS = (AccountEvent.CHANGED, AccountEvent.DISABLED)


def _happening(rows: list[Any]) -> Happening:
    """An event, of the rows that it and each of its subjects are."""
    position, kind, department, account, *_ = rows[0]
    return Happening(
        position,
        kind,
        # One that only a newer version of the software knows has no subscribers here.
        Department(department) if department in Department.__members__.values() else None,
        None if account is None else _uuid(account),
        tuple(Subject(row[4], _uuid(row[5])) for row in rows if row[4] is not None),
    )


def _uuid(value: Any) -> UUID:
    # SQLite keeps text, asyncpg has a class of its own.
    return UUID(str(value))
