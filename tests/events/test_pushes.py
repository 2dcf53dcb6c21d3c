"""What subscribers get: all they may see, once, in order, across reconnects, and nothing after their rights end."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise.transactions import in_transaction
from websockets.exceptions import ConnectionClosedError

from models.both_offices.accounts import Account, AccountEvent
from models.kit.base import now
from models.kit.database import Database
from models.permissions import Department
from resolvers.both_offices.accounts.administration import administer
from resolvers.both_offices.accounts.authority import Authority
from resolvers.both_offices.accounts.settings import SecuritySettings
from resolvers.events import record
from resolvers.events.outbox import number_events
from resolvers.kit.transaction import finish_running
from tests.events.pushing import SECRET, fill, happen, serving_here, token_for
from tests.events.screens import Client, Office, cursor_at, office_at, positions


async def test_what_happens_reaches_the_subscriber_at_once_and_not_with_the_next_poll(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("outbox", "dispatcher"):
        monkeypatch.setattr(f"resolvers.events.{module}.POLL_SECONDS", 60)
    async with office_at(database_url) as office:
        client = await office.screen()
        for _ in range(5):
            await office.reaches(client, 5)
        assert await client.is_silent()


async def test_a_subscriber_hears_nothing_of_what_was_before(office: Office) -> None:
    await happen(office.handoff, 5)
    await office.settle()
    client = await office.screen()
    assert await client.is_silent()


async def test_other_departments_hear_nothing(office: Office) -> None:
    account, _ = await fill("finance@example.com", Department.FINANCE)
    other = await Client.watching(office.port, await token_for(account))
    mine = await office.screen()
    await happen(office.handoff)
    await mine.cursors(1)
    assert await other.is_silent()


async def test_after_a_cut_exactly_the_missed_hundred_come_in_order_then_live_ones(office: Office) -> None:
    client = await office.screen()
    await happen(office.handoff)
    [seen] = await client.cursors(1)
    await client.socket.close()
    for _ in range(20):
        await happen(office.handoff, 5)
    back = await office.screen(after=seen)
    missed = positions(await back.cursors(100))
    first = positions([seen])[0] + 1
    assert missed == list(range(first, first + 100))
    assert await back.is_silent()
    await happen(office.handoff)
    assert positions(await back.cursors(1)) == [first + 100]


async def test_nothing_is_lost_or_repeated_between_replay_and_live(office: Office) -> None:
    chance = random.Random(7)
    await happen(office.handoff, 3)
    await office.settle()
    start = office.dispatcher.position
    writes = [chance.choice([1, 1, 1, 2, 5, 130]) for _ in range(40)]

    async def write() -> None:
        for count in writes:
            await happen(office.handoff, count)
            await asyncio.sleep(chance.random() / 50)

    async def watch(delay: float) -> list[int]:
        await asyncio.sleep(delay)
        client = await office.screen(after=cursor_at(start))
        found: list[int] = []
        while len(found) < sum(writes):
            try:
                found += positions(await client.cursors(1, 3))
            except TimeoutError:
                break
        assert await client.is_silent(0.2)
        return found

    _, *seen = await asyncio.gather(write(), *(watch(chance.random() * 0.8) for _ in range(8)))
    for found in seen:
        assert found == list(range(start + 1, start + 1 + sum(writes)))


async def test_equal_subscriptions_are_executed_once_per_event(office: Office) -> None:
    clients = [await office.screen() for _ in range(20)]
    for _ in range(3):
        await happen(office.handoff)
        await asyncio.gather(*(client.cursors(1) for client in clients))
    assert office.dispatcher.executions == 3


async def test_screens_that_come_back_at_once_share_what_they_missed(office: Office) -> None:
    await happen(office.handoff)
    await office.settle()
    start = office.dispatcher.position
    await happen(office.handoff, 30)
    await office.settle()
    clients = [await Client.signed_in(office.port, office.token) for _ in range(40)]
    before = office.database.statements_read
    await asyncio.gather(*(client.subscribe(after=cursor_at(start)) for client in clients))
    for client in clients:
        assert positions(await client.cursors(30)) == list(range(start + 1, start + 31))
    # Each asks where the row of events ends and how old its cursor is; what was missed is read for many at once.
    assert office.database.statements_read - before < 2 * 40 + 30


async def test_an_event_that_cannot_concern_a_subscription_costs_it_nothing(office: Office) -> None:
    _, elsewhere = await fill("finance@example.com", Department.FINANCE)
    await office.screen()
    await happen(elsewhere, 10)
    await office.settle()
    assert office.dispatcher.executions == 0


async def test_cursors_that_cannot_be_resumed_from_are_refused(office: Office) -> None:
    await happen(office.handoff, at=now() - timedelta(days=31))
    await happen(office.handoff)
    await office.settle()
    last = office.dispatcher.position
    client = await Client.signed_in(office.port, office.token)
    for after, code in (
        ("nonsense", "BAD_REQUEST"),
        (cursor_at(last + 1), "BAD_REQUEST"),
        (cursor_at(last - 1), "CURSOR_EXPIRED"),
    ):
        await client.subscribe("1", after=after)
        _, [error, *_] = await client.refusal()
        assert error["extensions"]["code"] == code
    await client.subscribe("1", after=cursor_at(last))
    assert await client.is_silent()


async def test_a_revoked_agent_receives_no_further_handoffs(office: Office) -> None:
    client = await office.screen()
    await happen(office.handoff)
    await client.cursors(1)
    await administer("logistics@example.com", enabled=False)
    await happen(office.handoff)
    assert (await client.closed_with())[0] == 4403
    with pytest.raises(ConnectionClosedError):
        await client.receive()


async def test_an_account_that_was_changed_by_another_process_is_not_believed_any_more(office: Office) -> None:
    client = await office.screen()
    # Without `transact` nothing wakes this process, as when the command line writes into the same database.
    async with in_transaction("default"):
        await Account.filter(id=office.account).update(departments=[Department.FINANCE.value])
        await record(AccountEvent.CHANGED, actor=None, account=office.account)
    assert (await client.closed_with())[0] == 4403


async def test_the_end_of_one_session_ends_its_sockets_and_no_others(office: Office) -> None:
    authority = Authority(SecuritySettings(SECRET))
    ending = await office.screen()
    staying = await Client.watching(office.port, await token_for(office.account))
    await authority.sign_out(await authority.viewer_of(office.token))
    assert (await ending.closed_with())[0] == 4403
    await office.reaches(staying)


async def test_a_socket_ends_when_its_token_expires(office: Office) -> None:
    client = await Client.watching(office.port, await token_for(office.account, minutes=3 / 60))
    await office.reaches(client)
    code, reason = await client.closed_with(8)
    assert (code, "expired" in reason) == (4403, True)


async def test_events_that_were_numbered_while_nobody_served_are_waiting_after_a_start(database_url: str) -> None:
    async with office_at(database_url) as office:
        client = await office.screen()
        await happen(office.handoff)
        [seen] = await client.cursors(1)
    database = Database(database_url)
    await database.open()
    await happen(office.handoff, 3)
    await number_events(database)
    await happen(office.handoff, 2)
    await finish_running()
    await database.close()
    async with serving_here(database_url) as (port, app):
        back = await replace(office, port=port, app=app).screen(after=seen)
        assert len(await back.cursors(5)) == 5


async def test_a_dispatcher_that_stops_leaves_nothing_running(database_url: str) -> None:
    before = asyncio.all_tasks()
    async with office_at(database_url) as office:
        client = await office.screen()
        await happen(office.handoff, 50)
        await client.cursors(10)
    assert [task.get_name() for task in asyncio.all_tasks() - before if task.get_name().startswith("event")] == []
