"""What Prometheus reads counts operations without letting clients invent labels without end."""

import re

import httpx

from schema.transport.monitoring import MOST_NAMES
from tests.transport.small_house import SmallHouse


def value_of(text: str, metric: str, **labels: str) -> float:
    """The value of one series; 0 if there is none."""
    named = "{" + ",".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "}" if labels else ""
    found = re.search(rf"^{re.escape(metric + named)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0


async def scraped(client: httpx.AsyncClient) -> str:
    response = await client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    return response.text


async def test_operations_are_counted_by_name_type_and_outcome(house: SmallHouse, client: httpx.AsyncClient) -> None:
    house.engine.codes = {"Hidden": "FORBIDDEN"}
    for query in (
        "query Where { address }",
        "query Where { address }",
        "mutation Ring { ring }",
        "{ address }",
        "query Hidden { address }",
        "query Broken { nothing }",
        "query Much { " + "address " * 201 + "}",
        "query Bang { address } # explode",
    ):
        await client.post("/graphql", json={"query": query})
    text = await scraped(client)
    total = "interoffice_operations_total"
    assert value_of(text, total, name="Where", type="query", outcome="ok") == 2
    assert value_of(text, total, name="Ring", type="mutation", outcome="ok") == 1
    assert value_of(text, total, name="none", type="query", outcome="ok") == 1
    assert value_of(text, total, name="none", type="none", outcome="forbidden") == 1
    assert value_of(text, total, name="none", type="none", outcome="bad_request") == 1
    assert value_of(text, total, name="none", type="none", outcome="limit_exceeded") == 1
    assert value_of(text, total, name="none", type="none", outcome="internal") == 1
    assert value_of(text, "interoffice_operation_duration_seconds_count", type="query") == 3


async def test_names_of_documents_that_are_not_valid_do_not_become_labels(client: httpx.AsyncClient) -> None:
    await client.post("/graphql", json={"query": "query NancyDavolio { nothing }"})
    await client.post("/graphql", json={"query": "query NancyDavolio { "})
    assert "NancyDavolio" not in await scraped(client)


async def test_names_beyond_the_first_hundreds_are_counted_together(
    house: SmallHouse, client: httpx.AsyncClient
) -> None:
    for number in range(MOST_NAMES + 50):
        house.metrics.operation(f"Name{number}", "query", "OK", 0.001)
    house.metrics.operation("Name0", "query", "OK", 0.001)
    text = await scraped(client)
    total = "interoffice_operations_total"
    assert value_of(text, total, name="other", type="query", outcome="ok") == 50
    assert value_of(text, total, name="Name0", type="query", outcome="ok") == 2
    assert text.count(total + "{") == MOST_NAMES + 1


async def test_codes_that_nobody_knows_become_one_outcome(house: SmallHouse, client: httpx.AsyncClient) -> None:
    for number in range(5):
        house.metrics.operation("Name", "query", f"CODE_{number}", 0.001)
    text = await scraped(client)
    assert value_of(text, "interoffice_operations_total", name="Name", type="query", outcome="error") == 5


async def test_figures_about_pushes_are_read_when_prometheus_asks(house: SmallHouse, client: httpx.AsyncClient) -> None:
    figures = {"open": 3.0, "lag": 0.0}
    house.metrics.watch_pushes(open_subscriptions=lambda: figures["open"], dispatcher_lag=lambda: figures["lag"])
    assert value_of(await scraped(client), "interoffice_open_subscriptions") == 3
    figures |= {"open": 5.0, "lag": 7.0}
    text = await scraped(client)
    assert value_of(text, "interoffice_open_subscriptions") == 5
    assert value_of(text, "interoffice_dispatcher_lag_events") == 7


async def test_two_servers_in_one_process_count_for_themselves(house: SmallHouse) -> None:
    other = SmallHouse()
    other.metrics.operation("Elsewhere", "query", "OK", 0.001)
    async with house.client() as ours, other.client() as theirs:
        assert "Elsewhere" in await scraped(theirs)
        assert "Elsewhere" not in await scraped(ours)
