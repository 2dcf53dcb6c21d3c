"""GraphQL over HTTP: what is answered with which status, and what is refused before it costs anything."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from schema.transport.limits import LIMITS
from schema.transport.request_middleware import SECURITY_HEADERS
from tests.both_offices.signing_in import EMAIL, PASSWORD, colleague
from tests.transport.small_house import SECRET_OF_THE_DATABASE, SmallHouse

MODERN = "application/graphql-response+json"
PLAIN = "application/json"

ECHO = {"query": "query Echo($text: String!) { echo(text: $text) }", "variables": {"text": "Grüße 👋"}}


def code_of(response: httpx.Response) -> str:
    return response.json()["errors"][0]["extensions"]["code"]


def posted(body: bytes, content_type: str | None = PLAIN, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"content": body, "headers": named | ({"content-type": content_type} if content_type else {})}


async def test_a_posted_query_is_answered(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json=ECHO)
    assert response.status_code == 200
    assert response.json() == {"data": {"echo": "Grüße 👋"}}
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"


async def test_a_query_may_come_in_the_url(client: httpx.AsyncClient) -> None:
    parameters = {
        "query": "query A { address } query Echo($text: String!) { echo(text: $text) }",
        "variables": '{"text": "Grüße"}',
        "operationName": "Echo",
    }
    response = await client.get("/graphql", params=parameters)
    assert response.json() == {"data": {"echo": "Grüße"}}


@pytest.mark.parametrize(
    ("accept", "answered_as"),
    [
        (None, PLAIN),
        ("*/*", PLAIN),
        ("application/*", PLAIN),
        (PLAIN, PLAIN),
        (MODERN, MODERN),
        (f"{MODERN}, {PLAIN}", MODERN),
        (f"{MODERN};q=0.5, {PLAIN};q=0.9", PLAIN),
        (f"{PLAIN};q=0.5, {MODERN};q=0.9", MODERN),
        (f"{MODERN}; charset=utf-8", MODERN),
        ("application/graphql-response+JSON", MODERN),
        (f"text/event-stream, {PLAIN}", PLAIN),
        (f"{PLAIN}, multipart/mixed", PLAIN),
        (f"{MODERN};q=0, {PLAIN}", PLAIN),
        ("image/png", None),
        ("text/event-stream", None),
        (f"{PLAIN};q=0", None),
        (f"{PLAIN}; charset=utf-16", None),
        (f"{PLAIN};q=rubbish", None),
        ("x" * 4_000, None),
    ],
)
async def test_the_answer_has_the_type_that_the_client_likes_best(
    client: httpx.AsyncClient, accept: str | None, answered_as: str | None
) -> None:
    del client.headers["accept"]
    response = await client.post("/graphql", json=ECHO, headers={"accept": accept} if accept else {})
    assert response.status_code == (200 if answered_as else 406)
    if answered_as:
        assert response.headers["content-type"] == f"{answered_as}; charset=utf-8"


@pytest.mark.parametrize(
    ("query", "modern_status"),
    [("{ echo(", 400), ("{ nothing }", 400), ("query Hidden { address }", 403), ("query Mine { address }", 401)],
)
async def test_an_operation_that_did_not_run_has_a_status_in_the_modern_type_only(
    house: SmallHouse, client: httpx.AsyncClient, query: str, modern_status: int
) -> None:
    house.engine.codes = {"Hidden": "FORBIDDEN", "Mine": "UNAUTHENTICATED"}
    modern = await client.post("/graphql", json={"query": query}, headers={"accept": MODERN})
    plain = await client.post("/graphql", json={"query": query}, headers={"accept": PLAIN})
    assert (modern.status_code, plain.status_code) == (modern_status, 200)
    assert modern.json() == plain.json()
    assert "data" not in modern.json()


MALFORMED = {
    "nothing": b"",
    "a number": b"5",
    "null": b"null",
    "a string": b'"{ address }"',
    "a batch": b'[{"query": "{ address }"}]',
    "opening brackets": b"[" * 200_000,
    "opening braces": b'{"a":' * 150_000,
    "no UTF-8": b'{"query": "\xff"}',
    "an integer of five thousand digits": b'{"query": "{ address }", "variables": {"a": ' + b"9" * 5_000 + b"}}",
    "half a surrogate pair": b'{"query": "{ address }", "variables": {"a": "\\ud800"}}',
    "infinity": b'{"query": "{ address }", "variables": {"a": Infinity}}',
    "no query": b'{"operationName": "A"}',
    "an empty query": b'{"query": ""}',
    "a query that is a number": b'{"query": 5}',
    "a query that is null": b'{"query": null}',
    "variables in a list": b'{"query": "{ address }", "variables": []}',
    "variables in a string": b'{"query": "{ address }", "variables": "{}"}',
    "a name that is a number": b'{"query": "{ address }", "operationName": 5}',
    "extensions in a string": b'{"query": "{ address }", "extensions": "{}"}',
    "half of an object": b'{"query": "{ address }"',
}


@pytest.mark.parametrize("accept", [PLAIN, MODERN])
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_body_is_answered_with_400_and_json(
    client: httpx.AsyncClient, body: bytes, accept: str
) -> None:
    response = await client.post("/graphql", **posted(body, accept=accept))
    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"
    assert response.json()["errors"][0]["message"]
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"


@pytest.mark.parametrize(
    "query_string",
    [
        "query={address}&query={address}",
        "query=%ff",
        "query={address}&variables=[",
        "query={address}&variables=[]",
        "query={address}&extensions=5",
        "query={address}&" + "&".join(f"a{i}=1" for i in range(30)),
        "variables={}",
        "",
    ],
)
async def test_a_malformed_url_is_answered_with_400_and_json(client: httpx.AsyncClient, query_string: str) -> None:
    response = await client.get(f"/graphql?{query_string}")
    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/jsonp",
        "rubbish",
    ],
)
async def test_what_a_form_of_another_site_could_send_is_refused(
    client: httpx.AsyncClient, content_type: str | None
) -> None:
    response = await client.post("/graphql", **posted(orjson.dumps(ECHO), content_type))
    assert response.status_code == 415
    assert code_of(response) == "BAD_REQUEST"


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", 'Application/JSON;charset="utf-8"'])
async def test_json_in_utf_8_may_say_so(client: httpx.AsyncClient, content_type: str) -> None:
    response = await client.post("/graphql", **posted(orjson.dumps(ECHO), content_type))
    assert response.json() == {"data": {"echo": "Grüße 👋"}}


async def test_a_compressed_body_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", **posted(b"\x1f\x8b", content_encoding="gzip"))
    assert response.status_code == 415


async def test_a_body_that_announces_too_much_is_refused_unread(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        raise AssertionError("The body was read.")
        yield b""

    headers = {"content-type": PLAIN, "content-length": str(LIMITS.body_bytes + 1)}
    response = await client.post("/graphql", content=endless(), headers=headers)
    assert response.status_code == 413
    assert code_of(response) == "LIMIT_EXCEEDED"


async def test_a_body_without_a_length_is_read_no_further_than_the_limit(house: SmallHouse) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 500:
            sent += 1
            yield b" " * 20_000
            await asyncio.sleep(0)

    async with house.served() as url, httpx.AsyncClient(base_url=url) as client:
        try:
            response = await client.post("/graphql", content=endless(), headers={"content-type": PLAIN})
            assert response.status_code == 413
        except httpx.NetworkError:
            assert sent < 500
        assert (await client.post("/graphql", json=ECHO)).status_code == 200
    [refused] = [line for line in house.lines() if line.get("status") == 413]
    assert refused["outcome"] == "LIMIT_EXCEEDED"


async def test_a_body_of_exactly_the_limit_is_read(client: httpx.AsyncClient) -> None:
    body = orjson.dumps(ECHO)
    padded = body + b" " * (LIMITS.body_bytes - len(body))
    assert (await client.post("/graphql", **posted(padded))).status_code == 200
    assert (await client.post("/graphql", **posted(padded + b" "))).status_code == 413


async def test_a_mutation_by_get_is_not_allowed(client: httpx.AsyncClient) -> None:
    for accept in (PLAIN, MODERN):
        response = await client.get("/graphql", params={"query": "mutation { ring }"}, headers={"accept": accept})
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"
    assert (await client.post("/graphql", json={"query": "mutation { ring }"})).json() == {"data": {"ring": "rung"}}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
async def test_other_methods_are_not_allowed(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_a_posted_subscription_is_told_where_to_go(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "subscription { rings }"}, headers={"accept": MODERN})
    assert response.status_code == 400
    assert "graphql-transport-ws" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("accept", [PLAIN, MODERN])
@pytest.mark.parametrize(
    "authorization", ["Bearer rubbish", "Bearer ", "Basic YTpi", "Bearer \xff", "Bearer " + "a" * 9_000]
)
async def test_a_token_that_is_not_believed_is_401(client: httpx.AsyncClient, authorization: str, accept: str) -> None:
    headers = [(b"authorization", authorization.encode("latin-1")), (b"accept", accept.encode())]
    response = await client.post("/graphql", json=ECHO, headers=headers)
    assert response.status_code == 401
    assert code_of(response) == "UNAUTHENTICATED"
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.usefixtures("database")
async def test_a_bearer_token_says_who_asks(house: SmallHouse, client: httpx.AsyncClient) -> None:
    account = await colleague()
    signing_in = {
        "query": "mutation SignIn($e: String!, $p: String!) { signIn(email: $e, password: $p) }",
        "variables": {"e": EMAIL, "p": PASSWORD},
    }
    token = (await client.post("/graphql", json=signing_in)).json()["data"]["signIn"]
    query = {"query": "query Me { viewer address }"}
    for scheme in ("Bearer", "bearer"):
        mine = await client.post("/graphql", json=query, headers={"authorization": f"{scheme} {token}"})
        assert mine.json() == {"data": {"viewer": account.name, "address": "192.0.2.9"}}
    assert (await client.post("/graphql", json=query)).json()["data"]["viewer"] is None
    assert [line.get("account") for line in house.lines()] == [None, str(account.id), str(account.id), None]


@pytest.mark.parametrize(("path", "body"), [("/graphql", {"query": "{ address } # explode"}), ("/broken", None)])
async def test_what_breaks_answers_with_an_incident_that_the_log_knows(
    house: SmallHouse, client: httpx.AsyncClient, path: str, body: dict[str, str] | None
) -> None:
    response = await (client.post(path, json=body) if body else client.get(path))
    assert response.status_code == 500
    logged = [line for line in house.lines() if "incident" in line]
    assert {line["incident"] for line in logged} != set()
    assert any("RuntimeError" in line["exception"][0]["type"] for line in logged if "exception" in line)
    assert SECRET_OF_THE_DATABASE not in house.written.getvalue().decode() + response.text
    assert "Traceback" not in response.text
    assert ".py" not in response.text
    assert {line["request"] for line in logged} == {response.headers["x-request-id"]}
    if path == "/graphql":
        assert code_of(response) == "INTERNAL"
        assert response.json()["errors"][0]["extensions"]["incident"] == logged[0]["incident"]


@pytest.mark.parametrize(
    "path", ["/graphql", "/healthz", "/metrics", "/nowhere", "/broken", "/graphql?query={address}"]
)
async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    for accept in ("text/html", PLAIN):
        response = await client.get(path, headers={"accept": accept})
        for name, value in SECURITY_HEADERS:
            assert response.headers[name.decode()] == value.decode()
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
        assert "server" not in response.headers


async def test_pages_of_other_origins_read_answers_only_if_a_setting_says_so(client: httpx.AsyncClient) -> None:
    origin = {"origin": "https://shop.example"}
    assert "access-control-allow-origin" not in (await client.post("/graphql", json=ECHO, headers=origin)).headers
    house = SmallHouse(origins=["https://shop.example"])
    async with house.client() as allowed:
        answer = await allowed.post("/graphql", json=ECHO, headers=origin)
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        asking = {"method": "POST", "headers": "authorization, content-type"}
        headers = origin | {f"access-control-request-{name}": value for name, value in asking.items()}
        assert (await allowed.options("/graphql", headers=headers)).status_code == 200
        other = await allowed.post("/graphql", json=ECHO, headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


async def test_a_client_that_leaves_while_sending_troubles_nobody(house: SmallHouse) -> None:
    async with house.served() as url:
        host, port = url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"POST /graphql HTTP/1.1\r\nhost: house\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        for _ in range(100):
            if house.lines():
                break
            await asyncio.sleep(0.01)
    [line] = [line for line in house.lines() if line["logger"] == "interoffice.requests"]
    assert line["status"] is None
    assert not [line for line in house.lines() if line["level"] == "ERROR"]
