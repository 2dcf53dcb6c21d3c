"""Pushes of one's own account: each gets their own, and what happens to others costs nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from models.back_office.handoffs import Handoff, HandoffEvent
from models.both_offices.notifications import NotificationKind
from models.front_office.service.complaints import Complaint
from models.kit import base
from models.kit.events import EventKind, about
from models.permissions import Role
from resolvers.both_offices.accounts.authority import Authority
from resolvers.both_offices.accounts.settings import SecuritySettings
from resolvers.both_offices.notifications import notify
from resolvers.events import Dispatcher, record
from resolvers.kit.commands import Viewer
from resolvers.kit.sealing import OF_THIS_PROCESS
from resolvers.kit.transaction import transact
from schema.transport.engine import OperationRefused, OperationRequest
from tests.events.listening import Screen
from tests.reading.planner_people import HOUR, NOON, House


@pytest.fixture
async def dispatcher(house: House) -> AsyncIterator[Dispatcher]:
    """Pushes what happens."""
    running = Dispatcher(house.database, Authority(SecuritySettings(b"a secret for tests, long enough!")))
    await running.start()
    yield running
    await running.stop()


NOTED = OperationRequest("subscription($after: String) { noted(after: $after) { kind note { at piece { number } } } }")


async def _tell(viewer: Viewer, number: str) -> None:
    handoff = await Handoff.get(number=number)
    await transact(lambda: notify(NotificationKind.MENTIONED, [viewer.account], handoff, at=NOON))


async def _happen(kind: EventKind = HandoffEvent.CLAIMED) -> None:
    handoff = await Handoff.get(number="HND-1")
    await transact(lambda: record(kind, about(Complaint, handoff.complaint_id), handoff, actor=None, at=NOON))


async def test_a_stream_of_ones_own_gets_ones_own_and_costs_nothing_for_others(
    house: House, dispatcher: Dispatcher
) -> None:
    adas, bobs = Screen(), Screen()
    streams = [house.engine.subscribe(NOTED, viewer) for viewer in (house.ada, house.bob)]
    assert streams[0].key != streams[1].key
    assert house.engine.subscribe(NOTED, house.ada).key == streams[0].key
    await dispatcher.subscribe(streams[0], adas)
    await dispatcher.subscribe(streams[1], bobs)
    await _tell(house.ada, "HND-1")
    message = {"noted": {"kind": "NOTIFICATION_SENT", "note": {"at": "2026-05-04T12:00:00.000Z"}}}
    message["noted"]["note"] |= {"piece": {"number": "HND-1"}}  # type: ignore[index]
    assert await adas.next() == message
    assert dispatcher.executions == 1
    await _happen()
    await _tell(house.bob, "HND-4")
    message["noted"]["note"] |= {"piece": None}  # type: ignore[index]
    assert await bobs.next() == message
    assert (adas.messages, dispatcher.executions) == ([], 2)


async def test_streams_of_complaints_take_no_part_in_notifications(house: House, dispatcher: Dispatcher) -> None:
    screen = Screen()
    request = OperationRequest("subscription { happened { kind } }")
    await dispatcher.subscribe(house.engine.subscribe(request, house.ada), screen)
    await _tell(house.ada, "HND-1")
    await _tell(house.bob, "HND-1")
    await _happen()
    assert await screen.next() == {"happened": {"kind": "HANDOFF_CLAIMED"}}
    assert (screen.messages, dispatcher.executions) == ([], 1)


async def test_what_was_missed_of_ones_own_comes_first(
    house: House, dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.events.dispatcher.now", lambda: NOON)
    live = Screen()
    await dispatcher.subscribe(house.engine.subscribe(NOTED, house.ada), live)
    for number in ("HND-1", "HND-2", "HND-3"):
        await _tell(house.bob, number)
        await _tell(house.ada, number)
    seen = [await live.next() for _ in range(3)]
    again = Screen()
    request = replace(NOTED, variables={"after": OF_THIS_PROCESS.sealed("NoteReceived", "1")})
    await dispatcher.subscribe(house.engine.subscribe(request, house.ada), again)
    # Position 1 was Bob's.
    assert [await again.next() for _ in range(3)] == seen


async def test_the_moment_makes_no_two_streams_of_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = OperationRequest("subscription { happened { note { piece { breached } } } }")
    one = house.engine.subscribe(request, house.ada)
    monkeypatch.setattr(base, "now", lambda: NOON + HOUR)
    assert house.engine.subscribe(request, house.ada).key == one.key
    assert house.engine.subscribe(request, house.bob).key != one.key


async def test_a_stream_needs_somebody_who_may(house: House) -> None:
    nobody = replace(house.ada, roles=frozenset[Role]())
    request = OperationRequest("subscription { noted { note { piece { number } } } }")
    with pytest.raises(OperationRefused, match="needs"):
        house.engine.subscribe(request, nobody)
