"""What is subscribed to, who gets it, and the groups of subscribers who get the same bytes.

The surprising rule: nothing here ever waits for a receiver, except the replay of what that one receiver has missed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from typing import Protocol
from uuid import UUID

from models.kit.events import Subject
from models.kit.outages import outage_of
from models.permissions import Department

FETCH_LIMIT = 100
ATTEMPTS = 6
PATIENCE_SECONDS = 10.0
MEMBERS_PER_BREATH = 64
"""The first are on their way while the last are still being written, and other work is not held up."""

logger = logging.getLogger("interoffice.events")


@dataclass(frozen=True, slots=True)
class Stream:
    """An authorised subscription. Streams of equal `key` get the same bytes, so each event is executed once for all of them.

    `after` is where it was left off, and `epoch` of which epoch that is. `opening(position, epoch)` is the JSON text of the
    response that says where a stream begins which is not resumed.
    `fetch(after, upto, limit)` answers with the next messages whose event positions p satisfy after < p <= upto, in order,
    each as (position, JSON text of the whole GraphQL response); it looks at the rows with the rights that the stream was
    opened with. `about` is the type of subject that such events have, `departments`, `of` (the subject's key), `account` and
    `kinds` say which of them can matter to it, so that others cost it nothing; null is all. The name is for logs.
    """

    key: Hashable
    after: int | None
    epoch: str
    departments: frozenset[Department] | None
    opening: Callable[[int, str], bytes]
    fetch: Callable[[int, int, int], Awaitable[list[tuple[int, bytes]]]]
    about: str
    of: UUID | None = None
    operation_name: str | None = None
    account: UUID | None = None
    kinds: frozenset[str] | None = None


class Receiver(Protocol):
    """Where messages go: one subscription of one socket."""

    def begin(self, opening: bytes) -> None:
        """Takes the message that says where the subscription begins, before any other."""
        ...

    def deliver(self, message: bytes) -> None:
        """Takes a message without waiting, or gives the socket up because it does not keep up."""
        ...

    async def drained(self) -> None:
        """Waits until it can take more; used for replay only."""
        ...

    def fail(self, incident: str) -> None:
        """Ends the subscription because its messages cannot be made; the log knows more under the incident's id."""
        ...

    def lose(self) -> None:
        """Ends because the database is away: whoever it is comes back later and resumes."""
        ...


@dataclass(frozen=True, slots=True)
class Happening:
    """What the dispatcher needs to know of an event."""

    position: int
    kind: str
    department: Department | None
    account: UUID | None
    subjects: tuple[Subject, ...]


class Subscription:
    """One receiver's place in the row of events: everything up to `after` has been delivered."""

    __slots__ = ("after", "closed", "group", "receiver", "replay", "stream")

    def __init__(self, stream: Stream, receiver: Receiver, after: int) -> None:
        self.stream = stream
        self.receiver = receiver
        self.after = after
        self.closed = False
        self.group: Group | None = None
        self.replay: asyncio.Task[None] | None = None

    def deliver(self, messages: Sequence[tuple[int, bytes]]) -> None:
        """Hands messages on, in order, and never one twice."""
        for position, message in messages:
            if self.closed:
                return
            if position > self.after:
                self.after = position
                self.receiver.deliver(message)

    def close(self) -> None:
        """Leaves; nothing is delivered afterwards."""
        self.closed = True
        if self.group is not None:
            self.group.leave(self)
        if self.replay is not None:
            self.replay.cancel()

    def fail(self, incident: str | None) -> None:
        """Leaves because its messages cannot be made; without an incident, because the database is away."""
        if not self.closed:
            self.close()
            if incident is None:
                self.receiver.lose()
            else:
                self.receiver.fail(incident)


class Group:
    """Subscriptions of equal key: each event is executed once for all of them.

    A group has a task only while it is behind, so a slow statement of one group holds up no other.
    """

    def __init__(self, stream: Stream, position: int, forget: Callable[[], None]) -> None:
        self._stream = stream
        self._forget = forget
        self._target = position
        self._members: dict[Subscription, None] = {}
        self._task: asyncio.Task[None] | None = None
        self.position = position
        """All members have been handed everything up to here, or are being handed it."""
        self.executions = 0

    def __len__(self) -> int:
        return len(self._members)

    def join(self, subscription: Subscription) -> None:
        """Takes a member that has everything up to the group's position."""
        subscription.group = self
        self._members[subscription] = None

    def leave(self, subscription: Subscription) -> None:
        """Lets a member go; an empty group ends."""
        subscription.group = None
        self._members.pop(subscription, None)
        if not self._members:
            self._forget()

    def advance(self, news: Sequence[Happening], position: int) -> None:
        """Notes what happened up to `position` and begins to deliver it, if any of it can concern the members."""
        if any(self._may_concern(happening) for happening in news):
            self._target = position
            if self._task is None:
                self._task = asyncio.create_task(self._deliver(), name="event group")
        elif self._task is None:
            self.position = self._target = position

    async def finish(self) -> None:
        """Ends the delivery under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _may_concern(self, happening: Happening) -> bool:
        stream = self._stream
        if stream.kinds is not None and happening.kind not in stream.kinds:
            return False
        return (
            any(one.type == stream.about and stream.of in (None, one.key) for one in happening.subjects)
            and (stream.account is None or happening.account == stream.account)
            and (stream.departments is None or happening.department in stream.departments)
        )

    async def _deliver(self) -> None:
        try:
            while self._members and self.position < self._target:
                upto = self._target
                messages = await self._fetch(upto)
                whole = len(messages) < FETCH_LIMIT
                # In one step with looking at who is a member: whoever joins from now on has had these messages.
                self.position = upto if whole else messages[-1][0]
                members = list(self._members) if messages else []
                for start in range(0, len(members), MEMBERS_PER_BREATH):
                    if start:
                        await asyncio.sleep(0)
                    for member in members[start : start + MEMBERS_PER_BREATH]:
                        member.deliver(messages)
        except Exception as error:  # noqa: BLE001
            incident = report_incident(error)
            for member in list(self._members):
                member.fail(incident)
        finally:
            self._task = None

    async def _fetch(self, upto: int) -> list[tuple[int, bytes]]:
        self.executions += 1
        return await patiently(partial(self._stream.fetch, self.position, upto, FETCH_LIMIT))


async def patiently(
    fetch: Callable[[], Awaitable[list[tuple[int, bytes]]]],
) -> list[tuple[int, bytes]]:
    """Fetches, and tries again for some seconds: a database that is restarted costs its subscribers nothing."""
    clock = asyncio.get_running_loop()
    began = clock.time()
    for attempt in range(1, ATTEMPTS):
        try:
            return await fetch()
        except Exception as error:
            if clock.time() - began > PATIENCE_SECONDS:
                raise
            logger.warning("Messages could not be fetched (try %d): %s", attempt, type(error).__name__)
            await asyncio.sleep(0.1 * 2**attempt)
    return await fetch()


def report_incident(error: BaseException) -> str | None:
    """Logs once why messages could not be made, and returns the id that every client concerned may quote.

    None when the database is away, which is nobody's mistake and passes.
    """
    if outage_of(error):
        logger.warning("Messages could not be fetched, subscribers have to come back: %s", type(error).__name__)
        return None
    incident = token_hex(6)
    logger.error(
        "A subscription's messages could not be made.", exc_info=error, extra={"fields": {"incident": incident}}
    )
    return incident
