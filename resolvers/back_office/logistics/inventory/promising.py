"""Promising: which stock goes to which order line. What expires first is promised first, and the oldest order is served first.

The surprising rule: what came in is given to waiting orders without waiting for anybody: what somebody else holds just now
is left out, and given by whoever holds it, or at the next occasion. Lock an order before its stock, and never its lines.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from tortoise.connection import get_connection

from models.back_office.logistics.inventory.stock import can_be_promised
from models.back_office.logistics.shipments import LISTED
from models.front_office.sales.orders import TO_SHIP, Order, OrderEvent, OrderLine
from models.kit.base import is_one_of, new_id
from models.kit.database import Database
from models.kit.events import about
from models.kit.sql import listed, locking, read_rows
from resolvers.back_office.logistics.inventory.reordering import alert, run_out_by_expiring
from resolvers.events.record import record
from resolvers.kit.scheduler import do_part, is_ending

_WAITS = "{0}.shipped_quantity + {0}.allocated_quantity < {0}.quantity"

LINES_AT_ONCE = 20
"""How many lines of orders the scheduler sees to in one transaction: on SQLite everybody else waits for it."""

ONE_DAY = timedelta(days=1)

_looked_on: WeakKeyDictionary[Database, date] = WeakKeyDictionary()
"""On which day it was last told what ran out by expiring: what expired before that, this process need not look at again."""

# What a shipment is to fetch from its shelf, or has fetched already, stays promised until the shipment is given up.
_UNPICKED = f"a.quantity - {LISTED}"


async def promise(lines: Sequence[OrderLine], at: datetime) -> dict[UUID, int]:
    """Allocates to the lines, in their order, as much of what each still lacks as there is; says how much each got.

    Locks what lies of their products in the order of its keys. The lines' `allocated_quantity` is kept in step.
    """
    lacking = [line for line in lines if _lack(line) > 0]
    if not lacking:
        return {line.id: 0 for line in lines}
    products = {line.product_id for line in lacking}
    await lock_stock(products)
    given = await _share_out(lacking, await _free(products), at)
    return {line.id: given.get(line.id, 0) for line in lines}


async def lock_stock(products: Iterable[UUID]) -> None:
    """Locks what lies of these products, in the order of its keys: for who releases and promises in one transaction.

    What is promised already is locked too: it may become free. What is read afterwards is as it stays.
    """
    wanted, lock = listed(products), locking()
    if wanted and lock:
        stock = f"SELECT b.id FROM stock_balances b WHERE b.product_id IN ({wanted}) AND b.on_hand > 0"
        await get_connection("default").execute_query(f"{stock} ORDER BY b.id{lock}")


async def release(lines: Iterable[UUID], at_most: Mapping[UUID, int] | None = None) -> dict[UUID, int]:
    """Gives up what is promised to these lines and in no shipment, `at_most` so much of each; says how much.

    What expires last is given up first. Whoever calls it gives what became free to those who wait (`fill_backorders`).
    """
    wanted = listed(lines)
    if not wanted:
        return {}
    products = await read_rows(f"SELECT DISTINCT product_id FROM order_lines WHERE id IN ({wanted})")
    await lock_stock(row["product_id"] for row in products)
    rows = await _promised(f"a.order_line_id IN ({wanted})", "g.expires_on IS NULL DESC, g.expires_on DESC")
    return await _give_up(rows, at_most)


async def release_batch(
    batch: UUID, product: UUID, at: datetime, actor: UUID | None = None, most: int | None = None
) -> int:
    """Gives up what is promised of a batch and in no shipment, and promises other stock instead, as far as there is.

    The batch may not be promised any more: it was put on hold in the same transaction, or has expired. Orders that are
    promised less than before are told so. Ends with `alert`, as `fill_backorders` does. With `most`, it is only done for so many
    promises, of the oldest orders; says for how many it was.
    """
    await lock_stock([product])
    of_batch = f"b.batch_id = '{batch}' AND {_UNPICKED} > 0"
    rows = await _promised(of_batch, "o.placed_at, o.id, l.position, a.id", most)
    freed = await _give_up(rows)
    if not freed:
        await alert([product], at)
        return 0
    promised = {line: quantity + freed[line] for line, quantity in (await allocated_to(freed)).items()}
    await fill_backorders([product], at, actor, most)
    await tell_who_waits(promised, at, actor)
    return len(rows)


async def allocated_to(lines: Iterable[UUID]) -> dict[UUID, int]:
    """How much is promised to each of these lines."""
    return dict(await OrderLine.filter(id__in=[*lines]).values_list("id", "allocated_quantity"))


async def tell_who_waits(promised: Mapping[UUID, int], at: datetime, actor: UUID | None) -> tuple[UUID, ...]:
    """Records which orders have lines that are promised less than they were, and answers with these orders."""
    lines = await OrderLine.filter(id__in=[*promised])
    late = sorted({line.order_id for line in lines if line.allocated_quantity < promised[line.id]})
    for order in late:
        await record(OrderEvent.BACKORDERED, about(Order, order), actor=actor, at=at)
    return tuple(late)


async def release_youngest(balance: UUID, quantity: int) -> None:
    """Gives up so much of what is promised of one balance, the latest orders' first, as far as no shipment is to fetch it.

    Whoever calls it serves those who wait afterwards (`fill_backorders`).
    """
    left, parts = quantity, list[tuple[dict[str, Any], int]]()
    for row in await _promised(f"a.balance_id = '{balance}'", "o.placed_at DESC, o.id DESC, a.id DESC"):
        if part := max(min(left, row["unpicked"]), 0):
            parts.append((row, part))
            left -= part
    await _lower(parts)


async def fill_backorders(
    products: Iterable[UUID], at: datetime, actor: UUID | None = None, most: int | None = None
) -> int:
    """Promises what is free of these products to the orders that wait for it, the oldest first; never waits for anybody.

    Ends with `alert`, so whoever calls it last need not. With `most`, it serves so many lines of each product; says how many
    it served.
    """
    products, lines_served = list(products), 0
    stock = await _free(products, skipping=True)
    served: dict[UUID, None] = {}
    for product in sorted({one["product_id"] for one in stock}):
        of_product = [one for one in stock if one["product_id"] == product]
        free = sum(one["free"] for one in of_product)
        lines = await _waiting(product, free if most is None else min(free, most))
        given = await _share_out(lines, of_product, at)
        lines_served += len(given)
        served |= {line.order_id: None for line in lines if given.get(line.id)}
    for order in served:
        await record(OrderEvent.ALLOCATED, about(Order, order), actor=actor, at=at)
    # Whatever came in, it is noted that there is enough again, so that the next shortage is told.
    await alert(products, at)
    return lines_served


# --- What there is, and who waits -------------------------------------------------------------------------------------


def _lack(line: OrderLine) -> int:
    return line.quantity - line.shipped_quantity - line.allocated_quantity


async def _free(products: Iterable[UUID], *, skipping: bool = False) -> list[dict[str, Any]]:
    """What can be promised of the products, in the order in which it is. `skipping` locks it, but for what others hold."""
    wanted = listed(products)
    if not wanted:
        return []
    return await read_rows(
        "SELECT b.id, b.product_id, b.on_hand - b.allocated AS free"
        " FROM stock_balances b JOIN batches g ON g.id = b.batch_id"
        f" WHERE b.product_id IN ({wanted}) AND b.allocated < b.on_hand AND {can_be_promised('b')}"
        " ORDER BY g.expires_on IS NULL, g.expires_on, g.made_at, b.id"
        + (locking("OF b SKIP LOCKED") if skipping else "")
    )


async def _waiting(product: UUID, at_most: int) -> list[OrderLine]:
    """Lines that wait for a product, the oldest order's first, with their orders locked."""
    return await OrderLine.raw(  # type: ignore[return-value]
        f"SELECT l.* FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE l.product_id = '{product}'"
        f" AND {_WAITS.format('l')} AND {is_one_of('o.status', TO_SHIP)}"
        f" ORDER BY o.placed_at, o.id, l.position LIMIT {at_most}{locking('OF l, o SKIP LOCKED')}"
    )


async def _share_out(lines: Sequence[OrderLine], stock: Sequence[dict[str, Any]], at: datetime) -> dict[UUID, int]:
    """Allocates the stock to the lines, both in their order; says how much each line got."""
    shares: list[tuple[UUID, UUID, int]] = []
    given: dict[UUID, int] = {}
    for line in lines:
        lacking = _lack(line)
        for one in stock:
            part = min(lacking, one["free"]) if one["product_id"] == line.product_id else 0
            if part > 0:
                shares.append((line.id, one["id"], part))
                one["free"] -= part
                lacking -= part
                given[line.id] = given.get(line.id, 0) + part
        line.allocated_quantity += given.get(line.id, 0)
    await allocate(shares, at)
    return given


async def allocate(shares: Iterable[tuple[UUID, UUID, int]], at: datetime) -> None:
    """Promises to lines so much more of balances, which must have it free."""
    moment = f"'{at.isoformat(' ')}'"
    rows = [f"('{new_id()}', '{line}', '{balance}', {part}, {moment})" for line, balance, part in shares]
    if rows:
        await get_connection("default").execute_query(
            "INSERT INTO allocations (id, order_line_id, balance_id, quantity, allocated_at)"
            f" VALUES {', '.join(rows)} ON CONFLICT (order_line_id, balance_id)"
            " DO UPDATE SET quantity = allocations.quantity + excluded.quantity"
        )


# --- Giving up --------------------------------------------------------------------------------------------------------


async def _promised(where: str, order_by: str, most: int | None = None) -> list[dict[str, Any]]:
    limit = "" if most is None else f" LIMIT {most}"
    return await read_rows(
        f"SELECT a.id, a.order_line_id, a.quantity, CAST({_UNPICKED} AS integer) AS unpicked FROM allocations a"
        " JOIN stock_balances b ON b.id = a.balance_id JOIN batches g ON g.id = b.batch_id"
        " JOIN locations shelf ON shelf.id = b.location_id AND shelf.kind = 'STORAGE'"
        " JOIN order_lines l ON l.id = a.order_line_id JOIN orders o ON o.id = l.order_id"
        f" WHERE {where} ORDER BY {order_by}{limit}"
    )


async def _give_up(promised: Sequence[dict[str, Any]], at_most: Mapping[UUID, int] | None = None) -> dict[UUID, int]:
    """Gives up promises as far as no shipment is to fetch them; says how much of each line."""
    freed: dict[UUID, int] = {}
    parts: list[tuple[dict[str, Any], int]] = []
    for row in promised:
        line, part = row["order_line_id"], row["unpicked"]
        if at_most is not None:
            part = min(part, at_most.get(line, 0) - freed.get(line, 0))
        if part > 0:
            freed[line] = freed.get(line, 0) + part
            parts.append((row, part))
    await _lower(parts)
    return freed


async def _lower(parts: Sequence[tuple[dict[str, Any], int]]) -> None:
    """Takes so much off each of these allocations; none of 0 is kept."""
    run = get_connection("default").execute_query
    if ended := listed(row["id"] for row, part in parts if part == row["quantity"]):
        await run(f"DELETE FROM allocations WHERE id IN ({ended})")
    for row, part in parts:
        if part < row["quantity"]:
            await run(f"UPDATE allocations SET quantity = quantity - {part} WHERE id = '{row['id']}'")


# --- What the passing of time, or somebody else's hand on the stock, left undone: the scheduler does it ---------------


async def fill_missed_backorders(database: Database, at: datetime) -> None:
    """Promises to waiting orders what is free of their products; usually there is none, and nothing is locked.

    Somebody else held the one or the other when it came in.
    """
    # From the open orders on: lines that wait are also those of all that was ever cancelled. And a value, not EXISTS, of
    # which PostgreSQL would make a join that begins with what is free.
    missed = (
        "SELECT DISTINCT l.product_id FROM orders o CROSS JOIN order_lines l WHERE l.order_id = o.id"
        f" AND {is_one_of('o.status', TO_SHIP)} AND {_WAITS.format('l')} AND (SELECT 1 FROM stock_balances b"
        f" WHERE b.product_id = l.product_id AND b.allocated < b.on_hand AND {can_be_promised('b')} LIMIT 1) = 1"
    )
    for [product] in await database.fetch(missed, []):
        part = partial(fill_backorders, [UUID(str(product))], at, most=LINES_AT_ONCE)
        while not is_ending() and await do_part(part) == LINES_AT_ONCE:
            pass


async def give_up_what_expired(database: Database, at: datetime) -> None:
    """Promises other stock instead of what has expired, or lets its orders wait, and tells which products ran out by that.

    What is on pick lists stays there.
    """
    # From what is promised on: batches that expired are all that ever did.
    expired = (
        "SELECT DISTINCT b.batch_id, b.product_id FROM stock_balances b WHERE b.allocated > 0"
        " AND (SELECT g.expires_on FROM batches g WHERE g.id = b.batch_id) < CURRENT_DATE"
        " AND (SELECT shelf.kind FROM locations shelf WHERE shelf.id = b.location_id) = 'STORAGE'"
        f" AND (SELECT max({_UNPICKED}) FROM allocations a WHERE a.balance_id = b.id) > 0"
    )
    for batch, product in await database.fetch(expired, []):
        part = partial(release_batch, UUID(str(batch)), UUID(str(product)), at, most=LINES_AT_ONCE)
        while not is_ending() and await do_part(part) == LINES_AT_ONCE:
            pass
    # The day before too: the database's day may be another one than ours.
    since = _looked_on.get(database, date.min + ONE_DAY) - ONE_DAY
    for product in await run_out_by_expiring(database, since):
        if is_ending():
            return
        await do_part(partial(alert, [product], at))
    _looked_on[database] = at.date()
