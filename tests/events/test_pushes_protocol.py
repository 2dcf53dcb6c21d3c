"""graphql-transport-ws as PROTOCOL.md has it: how frames are answered, and which end the socket with which code."""

import asyncio
import json

import pytest
import websockets
from websockets.exceptions import InvalidStatus

from schema.transport.websocket import SocketLimits, connection
from schema.transport.wire import frame_head
from tests.events.pushing import LIVE, happen, token_for
from tests.events.screens import Client, Office, office_at

SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": {"query": LIVE}}


@pytest.fixture
def engine() -> str:
    """The protocol knows nothing of the database: one engine is enough."""
    return "sqlite"


async def test_another_subprotocol_or_none_is_closed_with_4406(office: Office) -> None:
    for options in ({"subprotocols": ["graphql-ws"]}, {"subprotocols": None}):
        client = await Client.connect(office.port, **options)
        assert (await client.closed_with())[0] == 4406


async def test_a_page_of_somebody_else_may_not_connect(office: Office) -> None:
    own, allowed = f"http://127.0.0.1:{office.port}", "https://screens.example"
    for origin in (own, allowed, None):
        await Client.signed_in(office.port, office.token, origin=origin)
    for origin in ("https://evil.example", f"http://localhost:{office.port}", "null", ""):
        with pytest.raises(InvalidStatus, match="403"):
            await Client.connect(office.port, additional_headers={"Origin": origin})


async def test_who_does_not_introduce_itself_is_closed_with_4408(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "INIT_SECONDS", 0.2)
    client = await Client.connect(office.port)
    assert (await client.closed_with())[0] == 4408


@pytest.mark.parametrize("form", ["authorization", "Authorization", "token"])
async def test_a_token_is_taken_in_any_of_its_usual_places(office: Office, form: str) -> None:
    client = await Client.connect(office.port)
    shown = office.token if form == "token" else f"Bearer {office.token}"
    await client.send({"type": "connection_init", "payload": {form: shown}})
    assert await client.receive() == {"type": "connection_ack"}


@pytest.mark.parametrize(
    "payload", [None, {}, {"authorization": "Bearer nonsense"}, {"authorization": 5}, {"token": ""}]
)
async def test_without_a_valid_token_the_socket_is_closed_with_4403(office: Office, payload: object) -> None:
    client = await Client.connect(office.port)
    await client.send(
        {"type": "connection_init"} if payload is None else {"type": "connection_init", "payload": payload}
    )
    assert (await client.closed_with())[0] == 4403


async def test_an_expired_token_is_closed_with_4403(office: Office) -> None:
    client = await Client.connect(office.port)
    expired = await token_for(office.account, minutes=1e-6)
    await client.send({"type": "connection_init", "payload": {"token": expired}})
    assert (await client.closed_with())[0] == 4403


async def test_subscribing_before_the_introduction_is_closed_with_4401(office: Office) -> None:
    client = await Client.connect(office.port)
    await client.send(SUBSCRIBE)
    assert (await client.closed_with())[0] == 4401


async def test_a_second_introduction_is_closed_with_4429(office: Office) -> None:
    client = await Client.signed_in(office.port, office.token)
    await client.send({"type": "connection_init"})
    assert (await client.closed_with())[0] == 4429


async def test_an_id_in_use_is_closed_with_4409_and_a_completed_one_is_free_again(office: Office) -> None:
    client = await Client.signed_in(office.port, office.token)
    for _ in range(3):
        await client.subscribe("1")
        await client.send({"id": "1", "type": "complete"})
    await client.subscribe("1")
    await client.send(SUBSCRIBE)
    code, reason = await client.closed_with()
    assert (code, reason) == (4409, "Subscriber for 1 already exists.")


async def test_pings_are_answered_with_their_payload(office: Office) -> None:
    client = await Client.connect(office.port)
    await client.send({"type": "ping"})
    assert await client.receive() == {"type": "pong"}
    await client.send({"type": "ping", "payload": {"sent": 1}})
    assert await client.receive() == {"type": "pong", "payload": {"sent": 1}}
    await client.send({"type": "pong"})
    await client.send({"id": "unknown", "type": "complete"})
    assert await client.is_silent(0.1)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "[]",
        "5",
        "null",
        '"subscribe"',
        "{}",
        "{",
        '{"type": 1}',
        '{"type": "start"}',
        '{"type": "ping", "payload": 5}',
        '{"type": "pong", "payload": []}',
        '{"type": "connection_init", "payload": "x"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": "", "payload": {"query": "x"}}',
        '{"type": "subscribe", "id": [1], "payload": {"query": "x"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "x"}}',
        '{"type": "subscribe", "id": "' + "i" * 129 + '", "payload": {"query": "x"}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 5}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "x", "variables": []}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "x", "operationName": {}}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "x", "extensions": 1}}',
        '{"type": "complete"}',
        '{"type": "complete", "id": {}}',
        '{"type": "ping", "payload": {"x": "\\ud800"}}',
        "[" * 60_000,
        '{"type": "ping", "payload": ' + '{"x":' * 10_000 + "1" + "}" * 10_001,
        b"binary",
        b"",
    ],
)
async def test_a_malformed_frame_is_closed_with_4400(office: Office, frame: str | bytes) -> None:
    client = await Client.signed_in(office.port, office.token)
    await client.socket.send(frame)
    assert (await client.closed_with())[0] == 4400


async def test_text_that_is_not_utf8_is_closed_with_4400(office: Office) -> None:
    client = await Client.signed_in(office.port, office.token)
    await client.socket.send(b'{"type": "ping", "payload": {"x": "\xff"}}', text=True)
    assert (await client.closed_with())[0] == 4400


async def test_a_frame_over_64_kb_is_refused(office: Office) -> None:
    client = await Client.signed_in(office.port, office.token)
    await client.socket.send(json.dumps({"type": "ping", "payload": {"x": "x" * 65_536}}))
    assert (await client.closed_with())[0] == 1009


async def test_queries_and_mutations_are_refused_with_an_error_and_the_socket_stays(office: Office) -> None:
    client = await Client.signed_in(office.port, office.token)
    for query in ("{ viewer { name } }", 'mutation { signIn(input: {email: "a", password: "b"}) { errors { code } } }'):
        await client.send({"id": "1", "type": "subscribe", "payload": {"query": query}})
        name, [error, *_] = await client.refusal()
        assert (name, error["extensions"]["code"]) == ("1", "BAD_REQUEST")
    await client.subscribe("1")
    await office.reaches(client)


async def test_one_socket_holds_at_most_fifty_subscriptions(office: Office) -> None:
    client = await Client.signed_in(office.port, office.token)
    for number in range(50):
        await client.subscribe(str(number))
    await client.subscribe("one too many")
    name, [error] = await client.refusal()
    assert (name, error["extensions"]["code"]) == ("one too many", "LIMIT_EXCEEDED")
    await happen(office.handoff)
    assert len(await client.cursors(50)) == 50


async def test_one_account_and_one_address_hold_so_many_sockets_and_subscriptions_and_no_more(office: Office) -> None:
    endpoint = office.app.state.endpoint
    endpoint.limits = SocketLimits(per_address=4, per_account=2, subscriptions_per_account=3)
    for _ in range(2):
        # What was closed makes room, so that the second time is as the first.
        one, two = [await Client.signed_in(office.port, office.token) for _ in range(2)]
        third = await Client.connect(office.port)
        await third.send({"type": "connection_init", "payload": {"token": office.token}})
        assert (await third.closed_with())[0] == 4429
        silent = [await Client.connect(office.port) for _ in range(2)]
        assert (await (await Client.connect(office.port)).closed_with())[0] == 1013
        await one.subscribe("1")
        await one.subscribe("2")
        await two.subscribe("1")
        await two.subscribe("2")
        name, [error] = await two.refusal()
        assert (name, error["extensions"]["code"]) == ("2", "LIMIT_EXCEEDED")
        await one.send({"id": "2", "type": "complete"})
        await one.settled()
        await two.subscribe("2", query="subscription { nothing }")
        await two.refusal()
        await two.subscribe("2")
        assert endpoint.open_subscriptions == 3
        for client in (one, two, *silent):
            await client.socket.close()
        async with asyncio.timeout(5):
            while endpoint._held:
                await asyncio.sleep(0.01)
        assert endpoint.open_subscriptions == 0


async def test_after_complete_nothing_more_comes(office: Office) -> None:
    client = await office.screen()
    await client.send({"id": "1", "type": "complete"})
    await client.settled()
    await happen(office.handoff)
    assert await client.is_silent()
    assert office.app.state.endpoint.open_subscriptions == 0
    assert office.dispatcher.live_subscriptions == 0


async def test_ids_come_back_as_they_were_sent(office: Office) -> None:
    client = await Client.signed_in(office.port, office.token)
    for name in ('"quoted"\\', "späte Lieferung 🙂", "\u2028", "i" * 128):
        await client.subscribe(name)
        await happen(office.handoff)
        assert (await client.receive())["id"] == name
        await client.send({"id": name, "type": "complete"})


async def test_a_server_that_stops_says_so_with_1012(database_url: str) -> None:
    async with office_at(database_url) as office:
        client = await office.screen()
        started = asyncio.get_running_loop().time()
    assert (await client.closed_with())[0] == 1012
    assert asyncio.get_running_loop().time() - started < 2.5


async def test_a_failure_in_the_engine_is_an_incident_without_details(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("SELECT secret FROM accounts")

    monkeypatch.setattr(office.app.state.engine, "subscribe", broken)
    client = await Client.signed_in(office.port, office.token)
    await client.send(SUBSCRIBE)
    _, [error] = await client.refusal()
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in json.dumps(error)
    await client.send({"type": "ping"})
    assert await client.receive() == {"type": "pong"}


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000])
def test_frames_begin_as_the_standard_says(length: int) -> None:
    frame = websockets.frames.Frame(websockets.frames.Opcode.TEXT, b"x" * length)
    assert frame_head(length) + b"x" * length == frame.serialize(mask=False)
