"""The log tells an operator what happened, and nobody who it happened to."""

import asyncio
import io
import json
import logging
import re
import subprocess
import sys
import time
from typing import Any

import httpx
import orjson
import pytest
import websockets

from resolvers.demo import DEMO_PASSWORD
from schema.transport.logs import JsonHandler, as_json, report_incident
from tests.office import alfreds
from tests.transport.small_house import SmallHouse
from tests.transport.whole_house import WholeHouse, whole_house

CANARY = "canary-7f3a"
EMAIL = f"{CANARY}-mail@northwind.example"
PASSWORD = f"{CANARY}-password"
TOKEN = f"{CANARY}-token"
DESCRIPTION = f"{CANARY}-description"
NAME = f"{CANARY}-name"

SIGN_IN = """
mutation SignIn($input: SignInInput!) { signIn(input: $input) { session { accessToken refreshToken } errors { code } } }
"""
RATE = "mutation Rate($input: RateComplaintInput!) { rateComplaint(input: $input) { errors { code } } }"
RECEIVE = """
mutation Receive($input: ReceiveComplaintInput!) {
  receiveComplaint(input: $input) { complaint { id number description } errors { code message } }
}
"""


async def test_a_request_is_one_line_with_what_an_operator_needs(house: SmallHouse, client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/graphql", json={"query": "query Where { address }"}, headers={"x-request-id": "abc-1"}
    )
    assert response.headers["x-request-id"] == "abc-1"
    [line] = house.lines()
    assert line.pop("ms") >= 0
    assert line.pop("time")
    assert line == {
        "level": "INFO",
        "logger": "interoffice.requests",
        "request": "abc-1",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "type": "query",
        "operation": "Where",
        "outcome": "OK",
    }


@pytest.mark.parametrize("given", ["", "a b", "a" * 65, 'x"y', "ü", "a\tb"])
async def test_a_request_id_that_is_not_sane_is_replaced(house: SmallHouse, given: str) -> None:
    async with house.client() as client:
        response = await client.get("/healthz", headers=[(b"x-request-id", given.encode())])
    [line] = house.lines()
    assert line["request"] == response.headers["x-request-id"] != given
    assert re.fullmatch(r"[0-9a-f]{10}-\d+", line["request"])


async def test_every_request_without_an_id_gets_its_own(house: SmallHouse, client: httpx.AsyncClient) -> None:
    for _ in range(50):
        await client.get("/healthz")
    assert len({line["request"] for line in house.lines()}) == 50


async def test_a_denial_is_one_line_without_a_traceback(house: SmallHouse, client: httpx.AsyncClient) -> None:
    house.engine.codes = {"Hidden": "FORBIDDEN"}
    await client.post("/graphql", json={"query": "query Hidden { address }"})
    await client.post("/graphql", json={"query": "{ nothing }"})
    await client.post("/graphql", content=b"[")
    assert [line["outcome"] for line in house.lines()] == ["FORBIDDEN", "BAD_REQUEST", "BAD_REQUEST"]
    assert all("exception" not in line for line in house.lines())


async def test_a_path_or_a_method_of_the_clients_own_making_is_not_repeated(
    house: SmallHouse, client: httpx.AsyncClient
) -> None:
    await client.request("GET", f"/customers/{EMAIL}")
    await client.request(CANARY.upper(), "/graphql", params={"query": CANARY})
    assert [(line["path"], line["method"]) for line in house.lines()] == [("other", "GET"), ("/graphql", "OTHER")]
    assert CANARY not in house.written.getvalue().decode().lower()


def record_of(message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("library", logging.ERROR, "library.py", 1, message, arguments, exc_info)


def fail_for(reason: str) -> None:
    """Fails as libraries do, with the value in its message."""
    try:
        int(reason)
    except ValueError as error:
        raise RuntimeError(reason) from error


def test_an_exception_is_logged_without_its_words() -> None:
    with pytest.raises(RuntimeError) as caught:
        fail_for(CANARY)
    line = as_json(record_of("It broke.", error=caught.value))
    assert [described["type"] for described in line["exception"]] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert any("fail_for" in frame for frame in line["exception"][0]["frames"])
    assert CANARY not in json.dumps(line, default=str)


def test_what_libraries_append_to_their_message_is_left_out() -> None:
    error = ValueError(CANARY)
    line = as_json(record_of("Task exception was never retrieved\nfuture: <Task exception=%r>", error))
    assert line["message"] == "Task exception was never retrieved"
    traceback = f"Traceback (most recent call last):\n  File x\nValueError: {CANARY}"
    assert as_json(record_of("%s", traceback))["message"] == "ValueError"


def test_an_error_code_of_the_database_is_kept() -> None:
    error = OSError(28, "No space left on device", CANARY)
    [described] = as_json(record_of("It broke.", error=error))["exception"]
    assert described["code"] == 28


def test_a_log_that_cannot_be_written_breaks_nothing() -> None:
    stream = io.BytesIO()
    handler = JsonHandler(stream)
    stream.close()
    handler.request({"request": "a"})
    handler.emit(record_of("It broke."))


def test_a_process_that_is_configured_logs_warnings_and_libraries_as_json() -> None:
    program = (
        "import logging, warnings, threading, sys;"
        "from schema.transport.logs import configure_logging;"
        "configure_logging('WARNING').request({'request': 'not at this level'});"
        "warnings.warn('careful');"
        "logging.getLogger('uvicorn.error').info('not at this level');"
        "logging.getLogger('uvicorn.error').warning('heard');"
        f"thread = threading.Thread(target=int, args=('{CANARY}',)); thread.start(); thread.join()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["logger"] for line in lines] == ["py.warnings", "uvicorn.error", "interoffice"]
    assert CANARY not in done.stderr


def test_a_line_costs_little() -> None:
    """A point read takes a tenth of a millisecond; its line must not be a large part of that."""
    handler = JsonHandler(io.BytesIO())
    line: dict[str, Any] = {
        "request": "3e5a5788a2505a1d",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "ms": 1.2,
    }
    tries: list[float] = []
    for _ in range(3):
        start = time.process_time()
        for _ in range(1_000):
            handler.request(line)
        tries.append((time.process_time() - start) / 1_000)
    assert min(tries) < 50e-6


async def posted(house: WholeHouse, body: object, token: str | None = None, **headers: str) -> httpx.Response:
    """Sends one operation, or whatever it is."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {"content-type": "application/json", **headers}
    if token:
        headers["authorization"] = f"Bearer {token}"
    async with httpx.AsyncClient(base_url=f"http://{house.host}") as client:
        return await client.post("/graphql", content=content, headers=headers)


async def signed_in(house: WholeHouse, email: str) -> dict[str, str]:
    given = {"email": email, "password": DEMO_PASSWORD}
    answer = await posted(house, {"query": SIGN_IN, "variables": {"input": given}})
    return answer.json()["data"]["signIn"]["session"]


async def talk(house: WholeHouse, *messages: object) -> None:
    """Sends messages over a WebSocket until the server has had enough."""
    url = f"ws://{house.host}/graphql?access_token={TOKEN}"
    async with websockets.connect(url, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as socket:
        try:
            for message in messages:
                await socket.send(message if isinstance(message, str | bytes) else json.dumps(message))
            async with asyncio.timeout(0.5):
                while True:
                    await socket.recv()
        except (TimeoutError, websockets.ConnectionClosed):
            return


async def test_no_secret_and_no_personal_datum_reaches_the_log(northwind_url: str) -> None:
    async with whole_house(northwind_url) as house:
        customer = await alfreds()
        customer.name, customer.contact_name, customer.email = NAME, NAME, EMAIL
        await customer.save()
        service = await signed_in(house, "service@northwind.example")
        logistics = await signed_in(house, "logistics@northwind.example")
        token = service["accessToken"]
        find = "query Find($s: String) { frontOffice { customers(search: $s) { nodes { id name email } } } }"
        found = await posted(house, {"query": find, "variables": {"s": NAME}}, token)
        [node] = found.json()["data"]["frontOffice"]["customers"]["nodes"]
        assert node["email"] == EMAIL
        complaint = {
            "customer": node["id"],
            "channel": "PHONE",
            "category": "DELIVERY",
            "severity": "HIGH",
            "subject": DESCRIPTION,
            "description": f"{DESCRIPTION} {EMAIL}",
            "handOffTo": "LOGISTICS",
        }
        received = await posted(house, {"query": RECEIVE, "variables": {"input": complaint}}, token)
        assert received.json()["data"]["receiveComplaint"]["errors"] == []
        literal = f'mutation {{ signIn(input: {{email: "{EMAIL}", password: "{PASSWORD}"}}) {{ errors {{ code }} }} }}'
        bad_variables = {"input": {**complaint, "customer": CANARY, "severity": CANARY, CANARY: 1}}
        for body in (
            {"query": SIGN_IN, "variables": {"input": {"email": EMAIL, "password": PASSWORD}}},
            {"query": SIGN_IN, "variables": {"input": {"email": EMAIL, "password": f"{PASSWORD}\0"}}},
            {"query": RATE, "variables": {"input": {"token": TOKEN, "score": 1, "comment": CANARY}}},
            {"query": RATE, "variables": {"input": {"token": TOKEN, "score": CANARY}}},
            {"query": literal},
            {"query": literal[:-1]},
            {"query": f"query {{ {CANARY.replace('-', '_')} }}"},
            {"query": RECEIVE, "variables": bad_variables},
            {"query": RECEIVE, "variables": {"input": {**complaint, "customer": CANARY}}},
            {"query": RECEIVE, "variables": {"input": {**complaint, "order": f"ord_{CANARY}"}}},
            {"query": RECEIVE, "variables": {"input": complaint}, "operationName": CANARY},
            {"query": f'{{ node(id: "{CANARY}") {{ id }} }}'},
            {"query": CANARY},
            f'{{"query": "{CANARY}'.encode(),
            f'["{CANARY}"]'.encode(),
            CANARY.encode() * 100_000,
            CANARY.encode() + b"\xff",
        ):
            for bearer in (token, logistics["accessToken"], None, TOKEN):
                await posted(house, body, bearer)
            await posted(house, body, **dict.fromkeys(("content-type", "accept", "user-agent", "origin"), CANARY))
        async with httpx.AsyncClient(base_url=f"http://{house.host}") as client:
            await client.get("/graphql", params={"query": literal, "variables": CANARY})
            await client.get(f"/{CANARY}/{EMAIL}")
            await client.get("/graphql", headers={"authorization": f"Basic {CANARY}", "cookie": CANARY})
        init = {"type": "connection_init", "payload": {"authorization": f"Bearer {logistics['accessToken']}"}}
        live = {"query": "subscription Live { complaintHandoffs { cursor handoff { brief } } }"}
        await talk(house, init, {"id": CANARY, "type": "subscribe", "payload": live})
        await talk(house, {"type": "connection_init", "payload": {"authorization": f"Bearer {TOKEN}"}})
        wrong = {**live, "variables": {CANARY: CANARY}, "operationName": CANARY}
        await talk(house, init, {"id": "1", "type": "subscribe", "payload": wrong})
        await talk(house, init, {"id": "1", "type": "subscribe", "payload": {"query": literal}})
        wordy = {"id": [CANARY], "type": "subscribe"}
        for rubbish in (f'["{CANARY}"]', CANARY, CANARY.encode(), {"type": CANARY}, wordy):
            await talk(house, init, rubbish)
        report_incident(ValueError(CANARY))
        log = house.log()
        assert len(house.lines()) > 70
    for secret in (CANARY, CANARY.upper(), DEMO_PASSWORD, token, service["refreshToken"], "@northwind.example"):
        assert secret not in log, next(line for line in log.splitlines() if secret in line)
    outcomes = {line.get("outcome") for line in house.lines()}
    assert {"OK", "BAD_REQUEST", "UNAUTHENTICATED", "LIMIT_EXCEEDED", "FORBIDDEN"} <= outcomes
    loggers = {"interoffice", "interoffice.requests", "interoffice.websocket", "uvicorn.error"}
    assert {line["logger"] for line in house.lines()} <= loggers
    incidents = [line for line in house.lines() if line["level"] == "ERROR" or line.get("outcome") == "INTERNAL"]
    assert [line["exception"][0]["type"] for line in incidents] == ["builtins.ValueError"]
