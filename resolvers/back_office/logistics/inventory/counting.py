"""Stock counts: opened for a location, written down batch by batch, and posted as moves of the differences.

The surprising rules: a difference is one to what the ledger said when the batch was counted, whatever moves since; and what
was promised and is not there is taken from the youngest orders, which get other stock or wait.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.logistics.inventory import (
    STOCK_COUNT_TRANSITIONS,
    Allocation,
    Batch,
    Location,
    MoveKind,
    StockBalance,
    StockCount,
    StockCountLine,
    StockCountStatus,
    StockEvent,
)
from models.back_office.products.catalogue import Product
from models.kit.base import new_id, now
from models.kit.events import about
from models.kit.states import Guard, move_to
from resolvers.back_office.logistics.inventory.ledger import LARGEST_QUANTITY, NewMove, lock_balances, post
from resolvers.back_office.logistics.inventory.promising import (
    allocated_to,
    fill_backorders,
    release_youngest,
    tell_who_waits,
)
from resolvers.events import record
from resolvers.kit.commands import Command, Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import find, find_all, load
from resolvers.kit.numbers import next_number
from resolvers.kit.state_machine import Row, StateMachine
from resolvers.kit.viewer import Viewer

MOST_LINES = 250
"""At once; more can be recorded later."""

S = StockCountStatus


def _is_counted(row: Row) -> str:
    """A condition that a count can be posted: something was counted, and enough is left for what shipments are to take."""
    listed = (
        "SELECT coalesce(sum(listed.quantity), 0) FROM shipment_lines listed JOIN shipments picking"
        " ON picking.id = listed.shipment_id WHERE picking.status = 'TO_PICK' AND listed.batch_id = found.batch_id"
        f" AND listed.location_id = {row.column('location_id')}"
    )
    bound = (
        f"CASE (SELECT place.kind FROM locations place WHERE place.id = {row.column('location_id')})"
        f" WHEN 'STORAGE' THEN ({listed}) ELSE coalesce(held.allocated, 0) END"
    )
    lines = f"FROM stock_count_lines found WHERE found.count_id = {row.column('id')}"
    short = (
        "SELECT 1 FROM stock_count_lines found LEFT JOIN stock_balances held ON held.batch_id = found.batch_id"
        f" AND held.location_id = {row.column('location_id')} WHERE found.count_id = {row.column('id')}"
        f" AND coalesce(held.on_hand, 0) + found.counted - found.expected < {bound}"
    )
    return f"EXISTS (SELECT 1 {lines}) AND NOT EXISTS ({short})"


MACHINE = StateMachine("stock count", "stock_counts", STOCK_COUNT_TRANSITIONS, {Guard.COUNTED: _is_counted})


@command
class OpenStockCount(Command):
    """What is to be counted."""

    location: Key[Location] = member("The location; one count of it is open at a time.")


async def open_stock_count(viewer: Viewer, given: OpenStockCount) -> Keys:
    """Opens a count of a location."""
    errors = InputErrors()
    location = await find(viewer, Location, given.location, errors, lock=True)
    if location and (running := await StockCount.get_or_none(location_id=location.id, status=S.OPEN)):
        errors.add("location", f"{running.number} counts it already.", "ALREADY_OPEN")
    errors.raise_if_any()
    assert location is not None
    at = now()
    count = await StockCount.create(
        id=new_id(),
        number=await next_number("CNT", at),
        location_id=location.id,
        status=S.OPEN,
        opened_at=at,
        opened_by_id=viewer.account,
    )
    return {"stock_count": count.id}


@command
class _StockCountCommand(Update):
    """What every verb on a stock count takes."""

    stock_count: Key[StockCount] = member("The stock count.")


@command
class Counted:
    """How much of a batch was found."""

    batch: Key[Batch] = member("The batch.")
    counted: int = member("How much was found; 0 for none.")


@command
class RecordCount(_StockCountCommand):
    """What was found."""

    lines: tuple[Counted, ...] = member("1 to 250 batches, each once. What was written down of one before is replaced.")


async def record_count(viewer: Viewer, given: RecordCount) -> Keys:
    """Writes down what was found, beside what the ledger says now. Nothing moves until the count is posted."""
    errors = InputErrors()
    count = await _open_count(viewer, given, "postStockCount", S.POSTED, errors)
    if not 1 <= len(given.lines) <= MOST_LINES:
        errors.add("lines", f"Name 1 to {MOST_LINES} batches.")
    lines = given.lines[:MOST_LINES]
    batches = await find_all(viewer, Batch, (line.batch for line in lines))
    found: dict[UUID, int] = {}
    for place, line in enumerate(lines):
        inner = errors.within("lines", str(place))
        inner.number("counted", line.counted, LARGEST_QUANTITY, least=0)
        batch = batches.get(line.batch)
        if batch is None:
            inner.not_found("batch", "batch")
        elif batch.id in found:
            inner.add("batch", "The batch is named twice.")
        else:
            found[batch.id] = line.counted
    errors.raise_if_any()
    balances = await lock_balances((count.location_id, batch_id) for batch_id in found)
    present = {batch_id: balance.on_hand for (_, batch_id), balance in balances.items()}
    known = {line.batch_id: line for line in await StockCountLine.filter(count_id=count.id, batch_id__in=[*found])}
    for batch_id, line in known.items():
        line.counted, line.expected = found[batch_id], present.get(batch_id, 0)
    if known:
        await StockCountLine.bulk_update(known.values(), ["counted", "expected"])
    await StockCountLine.bulk_create(
        [
            StockCountLine(
                id=new_id(),
                count_id=count.id,
                batch_id=batch_id,
                counted=counted,
                expected=present.get(batch_id, 0),
            )
            for batch_id, counted in found.items()
            if batch_id not in known
        ]
    )
    return await _save(count)


@command
class PostStockCount(_StockCountCommand):
    """What `postStockCount` takes."""


async def post_stock_count(viewer: Viewer, given: PostStockCount) -> Keys:
    """Posts the differences between what was found and what the ledger said then. Where less is there than is promised, the
    youngest orders give up what is lacking, and get it from elsewhere as far as there is any.
    """
    # What nobody counted stays as it is. What was picked, received or moved since a batch was counted is no difference: only
    # what was amiss then is posted. `short_orders` wait for what they gave up; what shipments are to take stays theirs.
    errors = InputErrors()
    count = await _open_count(viewer, given, "postStockCount", S.POSTED, errors)
    lines = await StockCountLine.filter(count_id=count.id).order_by("batch_id")
    if not lines:
        errors.add("stockCount", "Nothing has been counted.", "NOTHING_COUNTED")
    errors.raise_if_any()
    at = now()
    location = count.location_id
    await _lock_orders(location, [line.batch_id for line in lines])
    batches = {batch.id: batch for batch in await Batch.filter(id__in=[line.batch_id for line in lines])}
    balances = await lock_balances((location, line.batch_id) for line in lines)
    short: list[tuple[StockBalance, int]] = []
    moves: list[NewMove] = []
    for line in lines:
        balance = balances.get((location, line.batch_id))
        there = (balance.on_hand if balance else 0) + line.counted - line.expected
        if there < 0:
            message = f"Of batch {batches[line.batch_id].number} more has left since than was found: count it again."
            errors.add("stockCount", message, "COUNT_AGAIN")
        elif balance and there < balance.allocated:
            short.append((balance, balance.allocated - there))
        if line.counted != line.expected:
            moves.append(_move(count, line, batches[line.batch_id], viewer.account, at))
    errors.raise_if_any()
    promised = await _promised_to(balance for balance, _ in short)
    for balance, lacking in short:
        if await release_youngest(balance.id, lacking) < lacking:
            batch = batches[balance.batch_id].number
            message = (
                f"Of batch {batch} less is there than shipments are to take: cancel one of them, then count again."
            )
            errors.add("stockCount", message, "IN_SHIPMENT")
    errors.raise_if_any()
    await post(moves)
    products = sorted({move.product_id for move in moves})
    for product in products:
        await record(StockEvent.COUNTED, about(Product, product), actor=viewer, at=at)
    if products:
        await fill_backorders(products, at, viewer.account)
    waiting = await tell_who_waits(promised, at, viewer.account)
    count.posted_at, count.posted_by_id = at, viewer.account
    move_to(count, S.POSTED, STOCK_COUNT_TRANSITIONS)
    return {**await _save(count), "short_orders": waiting}


@command
class CancelStockCount(_StockCountCommand):
    """What `cancelStockCount` takes."""


async def cancel_stock_count(viewer: Viewer, given: CancelStockCount) -> Keys:
    """Gives a count up. Nothing moves."""
    errors = InputErrors()
    count = await _open_count(viewer, given, "cancelStockCount", S.CANCELLED, errors)
    errors.raise_if_any()
    move_to(count, S.CANCELLED, STOCK_COUNT_TRANSITIONS)
    return await _save(count)


async def _open_count(
    viewer: Viewer, given: _StockCountCommand, verb: str, to: StockCountStatus, errors: InputErrors
) -> StockCount:
    """The count that a verb is about, locked; notes when it is not open any more."""
    count = await load(viewer, StockCount, given.stock_count, errors, given.expected_version)
    await MACHINE.check_step(viewer, count, verb, to, errors)
    return count


async def _save(count: StockCount) -> Keys:
    count.version += 1
    await count.save()
    return {"stock_count": count.id}


def _move(count: StockCount, line: StockCountLine, batch: Batch, actor: UUID, at: datetime) -> NewMove:
    return NewMove(
        product_id=batch.product_id,
        location_id=count.location_id,
        batch_id=batch.id,
        kind=MoveKind.ADJUST,
        quantity=line.counted - line.expected,
        at=at,
        actor_id=actor,
        reason=f"Stock count {count.number}",
        stock_count_id=count.id,
        path=("input", "stockCount"),
    )


# --- What was promised and is not there ---


async def _lock_orders(location: UUID, batches: Iterable[UUID]) -> None:
    """Locks the orders that what is counted is promised to, before the balances: orders come first for everyone."""
    connection = get_connection("default")
    if connection.capabilities.dialect != "postgres":
        return
    named = ", ".join(f"'{batch}'" for batch in batches)
    await connection.execute_query_dict(
        "SELECT bought.id FROM orders bought WHERE bought.id IN (SELECT line.order_id FROM order_lines line"
        " JOIN allocations promised ON promised.order_line_id = line.id"
        " JOIN stock_balances held ON held.id = promised.balance_id"
        f" WHERE held.location_id = '{location}' AND held.batch_id IN ({named})) ORDER BY bought.id FOR NO KEY UPDATE"
    )


async def _promised_to(balances: Iterable[StockBalance]) -> dict[UUID, int]:
    """The lines that something of these balances is promised to, and how much they are promised in all."""
    promised = Allocation.filter(balance_id__in=[balance.id for balance in balances])
    return await allocated_to(await promised.values_list("order_line_id", flat=True))  # type: ignore[arg-type]
