"""The schema's own description: made once, kept as bytes, bounded, and never made on the event loop."""

import asyncio
import gzip
import time

import httpx
import orjson
import pytest
from graphql import build_client_schema, get_introspection_query
from starlette.applications import Starlette
from starlette.routing import Route

from models.kit.database import Database
from resolvers.both_offices.accounts.authority import Authority
from schema import build
from schema.transport import introspection
from schema.transport.engine import Answer, OperationRequest
from schema.transport.execution import Engine
from schema.transport.http import GraphQLEndpoint
from tests.both_offices.signing_in import authority

SCHEMA, CATALOG = build()
WIDEST = get_introspection_query(
    specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
)
TOOLS = {
    "graphql-js": get_introspection_query(),
    "graphql-js without descriptions": get_introspection_query(descriptions=False),
    "GraphiQL and codegen": WIDEST,
    "one type": '{ __type(name: "Order") { name fields { name args { name } type { name kind ofType { name } } } } }',
    "names alone, under a name, with __typename": "query Names { __typename here: __schema { types { name } } }",
}
HOSTILE = {
    "thirty aliases of all": "{" + " ".join(f"a{i}: __schema {{ types {{ ...T }} }}" for i in range(30)) + "}"
    " fragment T on __Type { fields { name type { name } } }",
    "thirty aliases of the types' fields": "{ __schema { "
    + " ".join(f"a{i}: types {{ fields {{ name description }} }}" for i in range(30))
    + " } }",
    "fields of fields of fields": "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
}


def engine(*, anonymous: bool = True) -> Engine:
    """The real schema; there is nothing in the database that introspection would look at."""
    return Engine(CATALOG, Database("sqlite:///nowhere.db"), None, anonymous_introspection=anonymous)


async def asked(engine: Engine, text: str, address: str = "192.0.2.1") -> Answer:
    return await engine.execute(OperationRequest(text), None, address)


@pytest.mark.parametrize("text", TOOLS.values(), ids=TOOLS.keys())
async def test_what_tools_ask_is_answered_and_the_second_time_from_memory(text: str) -> None:
    of = engine()
    first = await asked(of, text)
    assert first.has_data and "errors" not in orjson.loads(first.body)
    if text == WIDEST:
        assert len(build_client_schema(orjson.loads(first.body)["data"]).type_map) == len(SCHEMA._schema.type_map)
    began = time.process_time()
    again = await asked(of, text)
    assert again.body is first.body
    assert time.process_time() - began < 0.02


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_what_would_find_more_than_all_there_is_once_is_refused_before_it_costs_anything(text: str) -> None:
    of = engine()
    await asked(of, "{ __typename }")
    began = time.process_time()
    refused = await asked(of, text)
    assert time.process_time() - began < 0.5
    assert refused.codes == ("LIMIT_EXCEEDED",), refused.body[:300]


async def test_beside_anything_else_nobody_introspects() -> None:
    for text in (
        "{ __schema { types { name } } viewer { name } }",
        '{ ...A viewer { name } } fragment A on Query { __type(name: "Order") { name } }',
    ):
        refused = await asked(engine(), text)
        assert refused.codes == ("BAD_REQUEST",)
        assert b"an operation of their own" in refused.body


async def test_while_the_schema_is_described_the_event_loop_turns() -> None:
    of, longest = engine(), 0.0
    # Read before, so that only the making is looked at.
    of.prepare(WIDEST, None)
    making = asyncio.create_task(asked(of, WIDEST))
    while not making.done():
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - began)
    assert (await making).has_data
    # A quiet machine stays far below; made on the loop, it would be the whole of the time.
    assert longest < 0.2


async def test_many_who_ask_at_once_wait_for_one_making(monkeypatch: pytest.MonkeyPatch) -> None:
    made, describe = list[object](), introspection._describe
    monkeypatch.setattr(introspection, "_describe", lambda *given: made.append(given) or describe(*given))
    of = engine()
    answers = await asyncio.gather(*(asked(of, TOOLS["one type"], f"192.0.2.{host}") for host in range(8)))
    assert len(made) == 1 and len({answer.body for answer in answers}) == 1


async def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(introspection, "KEPT_BYTES", 20_000)
    of = engine()
    for number in range(12):
        await asked(of, f'query Q{number} {{ __type(name: "Order") {{ fields {{ name description }} }} }}', str(number))
    kept = of._introspection
    assert 0 < len(kept._kept) < 12
    assert kept._bytes == sum(map(introspection._size, kept._kept.values())) <= 20_000


async def test_where_a_setting_says_so_it_is_for_those_who_have_signed_in() -> None:
    of = engine(anonymous=False)
    for text in TOOLS.values():
        assert (await asked(of, text)).codes == ("UNAUTHENTICATED",)
    assert (await asked(of, "{ __typename }")).has_data


@pytest.mark.parametrize(
    ("takes", "compressed"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("br", False),
        ("identity", False),
    ],
)
async def test_a_client_that_takes_gzip_gets_a_tenth_of_the_bytes(takes: str, compressed: bool) -> None:
    office: Authority = authority()
    app = Starlette(routes=[Route("/graphql", GraphQLEndpoint(engine(), office))])
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://house") as client,
        client.stream(
            "POST", "/graphql", json={"query": TOOLS["one type"]}, headers={"accept-encoding": takes}
        ) as response,
    ):
        raw = b"".join([part async for part in response.aiter_raw()])
    assert response.headers["vary"] == "accept-encoding"
    assert response.headers.get("content-encoding") == ("gzip" if compressed else None)
    assert int(response.headers["content-length"]) == len(raw)
    body = gzip.decompress(raw) if compressed else raw
    assert orjson.loads(body)["data"]["__type"]["name"] == "Order"
