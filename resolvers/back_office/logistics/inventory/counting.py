"""Stock counts: opened for a location, written down batch by batch, and posted as moves of the differences.

The surprising rules: a difference is one to what the ledger said when the batch was counted, whatever moves since; what was
promised and is not there is taken from the youngest orders, which get other stock or wait; and who found less posts it never
alone, however little: a limit by value would tell who sees no costs what something costs.
"""

from uuid import UUID

from models.back_office.logistics.inventory import (
    Batch,
    Location,
    StockCount,
    StockCountLine,
    StockCountStatus,
    found_less_sql,
)
from models.back_office.logistics.inventory.stock import Allocation, MoveKind, StockEvent
from models.back_office.products.catalogue import Product
from models.kit.base import new_id, now
from models.kit.events import about
from models.kit.sql import listed, locking, read_rows
from models.kit.states import Guard, move_to
from resolvers.back_office.logistics.inventory.ledger import LARGEST_QUANTITY, NewMove, lock_balances, post
from resolvers.back_office.logistics.inventory.promising import (
    allocated_to,
    fill_backorders,
    release_youngest,
    tell_who_waits,
)
from resolvers.events import record
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find, find_all, load
from resolvers.kit.numbers import next_number
from resolvers.kit.state_machine import Refusal, Row, StateMachine

MOST_LINES = 250
"""At once; more can be recorded later."""

S = StockCountStatus


_LEFT = "coalesce(held.on_hand, 0) + found.counted - found.expected"
"""How much there is of a line `found`, by what lies there now and what was amiss when it was counted."""


def _short_sql(selected: str, count: str, location: str) -> str:
    """Selects of a count's lines those that leave less than shipments are to take; outside of storage, than is promised."""
    listed_there = (
        "SELECT coalesce(sum(listed.quantity), 0) FROM shipment_lines listed JOIN shipments picking"
        " ON picking.id = listed.shipment_id WHERE picking.status = 'TO_PICK' AND listed.batch_id = found.batch_id"
        f" AND listed.location_id = {location}"
    )
    bound = (
        f"CASE (SELECT place.kind FROM locations place WHERE place.id = {location})"
        f" WHEN 'STORAGE' THEN ({listed_there}) ELSE coalesce(held.allocated, 0) END"
    )
    return (
        f"SELECT {selected} FROM stock_count_lines found LEFT JOIN stock_balances held ON held.batch_id = found.batch_id"
        f" AND held.location_id = {location} WHERE found.count_id = {count} AND {_LEFT} < {bound}"
    )


def _is_counted(row: Row) -> str:
    """A condition that a count can be posted: something was counted, and enough is left for what shipments are to take."""
    counted = f"SELECT 1 FROM stock_count_lines found WHERE found.count_id = {row.column('id')}"
    return f"EXISTS ({counted}) AND NOT EXISTS ({_short_sql('1', row.column('id'), row.column('location_id'))})"


async def _not_counted(_viewer: Viewer, count: StockCount, errors: InputErrors) -> None:
    """Notes that nothing was counted, or of which batches too little is left."""
    number = "(SELECT lot.number FROM batches lot WHERE lot.id = found.batch_id) AS number"
    sql = _short_sql(f"{number}, {_LEFT} AS there", f"'{count.id}'", f"'{count.location_id}'")
    short = await read_rows(f"{sql} ORDER BY found.batch_id")
    if not short:
        errors.add("stockCount", "Nothing has been counted.", "NOTHING_COUNTED")
    gone = [row["number"] for row in short if row["there"] < 0]
    for batch in gone:
        message = f"Of batch {batch} more has left since than was found: count it again."
        errors.add("stockCount", message, "COUNT_AGAIN")
    for row in [] if gone else short:
        message = (
            f"Of batch {row['number']} less is there than shipments are to take: cancel one of them, then count again."
        )
        errors.add("stockCount", message, "IN_SHIPMENT")


def _is_second_person(row: Row) -> str:
    """A condition that somebody else than the viewer found what is missing."""
    return f"NOT {found_less_sql(row.column('id'), row.column('opened_by_id'))}"


MACHINE = StateMachine(
    StockCount,
    {Guard.COUNTED: _is_counted, Guard.SECOND_PERSON: _is_second_person},
    {
        Guard.COUNTED: _not_counted,
        Guard.SECOND_PERSON: Refusal("SAME_PERSON", "You found less than there should be: somebody else posts it."),
    },
)


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
class StockCountCommand(Update):
    """What every verb on a stock count takes."""

    stock_count: Key[StockCount] = member("The stock count.")


@command
class Counted:
    """How much of a batch was found."""

    batch: Key[Batch] = member("The batch.")
    counted: int = member("How much was found; 0 for none.")


@command
class RecordCount(StockCountCommand):
    """What was found."""

    lines: tuple[Counted, ...] = member(
        "1 to 250 batches, each once. What was written down of one before is replaced; where a colleague found less than there"
        " should be, not by more than that."
    )


async def record_count(viewer: Viewer, given: RecordCount) -> Keys:
    """Writes down what was found, beside what the ledger says now. Nothing moves until the count is posted. Error: FOUND_LESS."""
    errors = InputErrors()
    count = await load(viewer, StockCount, given.stock_count, errors, given.expected_version)
    # It must be open; that something was counted comes by this.
    await MACHINE.check_step(viewer, count, "postStockCount", S.POSTED, errors)
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
    balances = await lock_balances((count.location_id, batch) for batch in found)
    present = {batch: balance.on_hand for (_, batch), balance in balances.items()}
    await _check_not_hidden(viewer, count, found, present, errors)
    errors.raise_if_any()
    await StockCountLine.bulk_create(
        [
            StockCountLine(
                id=new_id(),
                count_id=count.id,
                batch_id=batch,
                counted=counted,
                expected=present.get(batch, 0),
                counted_by_id=viewer.account,
            )
            for batch, counted in found.items()
        ],
        on_conflict=["count_id", "batch_id"],
        update_fields=["counted", "expected", "counted_by_id"],
    )
    return await _save(count)


async def _check_not_hidden(
    viewer: Viewer, count: StockCount, found: dict[UUID, int], present: dict[UUID, int], errors: InputErrors
) -> None:
    """Notes what would hide that a colleague found less: they alone correct it, or the count is given up, which is kept."""
    before = {line.batch_id: line for line in await StockCountLine.filter(count_id=count.id, batch_id__in=[*found])}
    for place, (batch, counted) in enumerate(found.items()):
        line = before.get(batch)
        if line is None or (line.counted_by_id or count.opened_by_id) == viewer.account:
            continue
        missing = line.expected - line.counted
        if missing > 0 and present.get(batch, 0) - counted < missing:
            message = (
                f"A colleague found {missing} less than there should be: they correct it, or the count is given up."
            )
            errors.within("lines", str(place)).add("counted", message, "FOUND_LESS")


async def post_stock_count(viewer: Viewer, given: StockCountCommand) -> Keys:
    """Posts the differences between what was found and what the ledger said then. Where less is there than is promised, the
    youngest orders give up what is lacking, and get it from elsewhere as far as there is any. Where less was found, never by who
    counted it.
    """
    # What nobody counted stays as it is. What was picked, received or moved since a batch was counted is no difference: only
    # what was amiss then is posted. `short_orders` wait for what they gave up; what shipments are to take stays theirs.
    errors, at = InputErrors(), now()
    count = await load(viewer, StockCount, given.stock_count, errors, given.expected_version)
    location = count.location_id
    lines = await StockCountLine.filter(count_id=count.id).order_by("batch_id")
    named = [line.batch_id for line in lines]
    await _lock_orders(location, named)
    balances = await lock_balances((location, batch) for batch in named)
    await MACHINE.check(viewer, count, "postStockCount", S.POSTED, errors)
    errors.raise_if_any()
    batches = {batch.id: batch for batch in await Batch.filter(id__in=named)}
    lacking: dict[UUID, int] = {}
    for line in lines:
        balance = balances.get((location, line.batch_id))
        if balance and (less := balance.allocated - balance.on_hand - line.counted + line.expected) > 0:
            lacking[balance.id] = less
    of_lines = await Allocation.filter(balance_id__in=[*lacking]).values_list("order_line_id", flat=True)
    promised = await allocated_to(of_lines)  # type: ignore[arg-type]
    for balance, quantity in lacking.items():
        await release_youngest(balance, quantity)
    different = [line for line in lines if line.counted != line.expected]
    await post(
        [
            NewMove(
                product_id=batches[line.batch_id].product_id,
                location_id=location,
                batch_id=line.batch_id,
                kind=MoveKind.ADJUST,
                quantity=line.counted - line.expected,
                at=at,
                actor_id=viewer.account,
                reason=f"Stock count {count.number}",
                stock_count_id=count.id,
                path=("input", "stockCount"),
            )
            for line in different
        ]
    )
    products = sorted({batches[line.batch_id].product_id for line in different})
    for product in products:
        await record(StockEvent.COUNTED, about(Product, product), actor=viewer, at=at)
    await fill_backorders(products, at, viewer.account)
    waiting = await tell_who_waits(promised, at, viewer.account)
    count.posted_at, count.posted_by_id = at, viewer.account
    move_to(count, S.POSTED)
    return {**await _save(count), "short_orders": waiting}


async def _lock_orders(location: UUID, batches: list[UUID]) -> None:
    """Locks the orders that what is counted is promised to, before the balances: orders come first for everyone."""
    lock = locking()
    if batches and lock:
        await read_rows(
            "SELECT bought.id FROM orders bought WHERE bought.id IN (SELECT line.order_id FROM order_lines line"
            " JOIN allocations promised ON promised.order_line_id = line.id"
            " JOIN stock_balances held ON held.id = promised.balance_id"
            f" WHERE held.location_id = '{location}' AND held.batch_id IN ({listed(batches) or 'NULL'})) ORDER BY bought.id{lock}"
        )


async def cancel_stock_count(viewer: Viewer, given: StockCountCommand) -> Keys:
    """Gives a count up. Nothing moves."""
    errors = InputErrors()
    count = await load(viewer, StockCount, given.stock_count, errors, given.expected_version)
    await MACHINE.check(viewer, count, "cancelStockCount", S.CANCELLED, errors)
    errors.raise_if_any()
    move_to(count, S.CANCELLED)
    return await _save(count)


async def _save(count: StockCount) -> Keys:
    await count.save_next_version()
    return {"stock_count": count.id}
