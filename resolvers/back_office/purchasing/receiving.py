"""Receiving what suppliers deliver: what came becomes batches in stock, and goes to the orders that wait for it.

The surprising rule: more than ordered is taken only within the supplier's allowance, which the database guards too.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from models.back_office.logistics.inventory import Batch, BatchEvent, BatchStatus, Location, LocationKind
from models.back_office.logistics.inventory.stock import MoveKind
from models.back_office.products.catalogue import Product
from models.back_office.purchasing import (
    PurchaseOrder,
    PurchaseOrderEvent,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    Receipt,
    ReceiptLine,
    Supplier,
)
from models.kit.base import new_id, now
from models.kit.events import about
from models.kit.states import move_to
from models.kit.text import clean_code
from resolvers.back_office.logistics.inventory.ledger import NewMove, post
from resolvers.back_office.logistics.inventory.promising import fill_backorders
from resolvers.back_office.purchasing.drafting import save
from resolvers.back_office.purchasing.sending import MACHINE
from resolvers.events import record
from resolvers.kit.commands import InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find_all, load
from resolvers.kit.numbers import next_number

MOST_ARRIVALS = 100
MOST_PIECES_AT_ONCE = 2_000_000
LONGEST_BATCH_NUMBER = 20
LONGEST_DELIVERY_NOTE = 100
OUR_BATCHES = "BAT-"
"""How the numbers begin that we give ourselves."""
RECEIVED_INTO = frozenset({LocationKind.STORAGE, LocationKind.QUARANTINE})

S = PurchaseOrderStatus


@command
class ReceivedLine:
    """How much of a line came, as which batch, and where it was put."""

    purchase_order_line: Key[PurchaseOrderLine] = member(
        "The line that ordered it. It may come as several batches, into several places."
    )
    quantity: int = member("How many units; more than ordered only within the supplier's allowance.")
    location: Key[Location] = member(
        "Where it was put: a place for STORAGE or QUARANTINE in the purchase order's warehouse."
    )
    batch_number: str | None = member(
        "The supplier's number of the batch, at most 20 characters; left out, it gets one of ours. What came of a line with the"
        " same number and expiry is one batch.",
        default=None,
    )
    expires_on: date | None = member(
        "The last day on which it may be shipped; needed for what does not keep for ever.", default=None
    )
    on_hold: bool = member("Whether it must not be sold before somebody has checked it.", default=False)


@command
class ReceivePurchaseOrder(Update):
    """What a supplier delivered."""

    purchase_order: Key[PurchaseOrder] = member("The purchase order that it was ordered by.")
    lines: tuple[ReceivedLine, ...] = member("What came, 1 to 100 lines.")
    delivery_note: str | None = member(
        "The number of the supplier's delivery note, at most 100 characters.", default=None
    )


_Arrived = tuple[PurchaseOrderLine, Batch, Location, int]
"""How much came of which line, as which batch, and where it was put."""


async def receive_purchase_order(viewer: Viewer, given: ReceivePurchaseOrder) -> Keys:
    """Takes a delivery in: what came is stock from now on, and goes to the orders that wait for it. Refused with OVER_RECEIPT
    when more came than the supplier's allowance permits.
    """
    errors, at = InputErrors(), now()
    note = errors.optional_text("deliveryNote", given.delivery_note, LONGEST_DELIVERY_NOTE)
    order = await load(viewer, PurchaseOrder, given.purchase_order, errors, given.expected_version)
    lines = await PurchaseOrderLine.filter(purchase_order_id=order.id)
    came: list[_Arrived] = []
    if await MACHINE.check(viewer, order, "receivePurchaseOrder", S.RECEIVED, errors):
        came = await _arrived(viewer, order, lines, given.lines, at, errors)
    errors.raise_if_any()
    receipt = await Receipt.create(
        id=new_id(),
        number=await next_number("REC", at),
        purchase_order_id=order.id,
        delivery_note=note,
        received_at=at,
        received_by_id=viewer.account,
    )
    batches = await _store_batches(came, at, errors)
    await _put_away(viewer, receipt, came, at)
    for line, _, _, quantity in came:
        line.received_quantity += quantity
    whole = all(line.received_quantity >= line.quantity for line in lines)
    move_to(order, S.RECEIVED if whole else S.PARTLY_RECEIVED)
    order.received_at = at if whole else None
    keys = await save(viewer, order, PurchaseOrderEvent.RECEIVED, at)
    for batch in batches:
        if batch.status is BatchStatus.ON_HOLD:
            await record(BatchEvent.HELD, batch, about(Product, batch.product_id), actor=viewer, at=at)
    await fill_backorders({line.product_id for line, *_ in came}, at, viewer.account)
    return {**keys, "receipt": receipt.id}


async def _arrived(
    viewer: Viewer,
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    arrivals: Sequence[ReceivedLine],
    at: datetime,
    errors: InputErrors,
) -> list[_Arrived]:
    if not 1 <= len(arrivals) <= MOST_ARRIVALS:
        errors.add("lines", f"A receipt has 1 to {MOST_ARRIVALS} lines.")
        return []
    supplier = await Supplier.get(id=order.supplier_id)
    of_order: dict[Key[PurchaseOrderLine], PurchaseOrderLine] = {Key(line.id): line for line in lines}
    products = {one.id: one for one in await Product.filter(id__in=[line.product_id for line in lines])}
    places = await find_all(viewer, Location, (arrival.location for arrival in arrivals))
    # What more may come of each line; negative where an allowance was lowered since.
    room = {
        line.id: line.quantity * (10_000 + supplier.over_receipt_basis_points) // 10_000 - line.received_quantity
        for line in lines
    }
    came: list[_Arrived] = []
    batches: dict[tuple[UUID, str | None, date | None, bool], Batch] = {}
    for index, arrival in enumerate(arrivals):
        inner = errors.within("lines", str(index))
        line = of_order.get(arrival.purchase_order_line)
        place = places.get(arrival.location)
        if line is None:
            inner.not_found("purchaseOrderLine", "line on this purchase order")
        if place is None or place.warehouse_id != order.warehouse_id:
            place = None
            inner.not_found("location", "location in the purchase order's warehouse")
        elif place.kind not in RECEIVED_INTO:
            inner.add("location", f"{place.code} is for {place.kind}: nothing is received there.")
        if not 1 <= arrival.quantity <= MOST_PIECES_AT_ONCE:
            inner.add("quantity", f"1 to {MOST_PIECES_AT_ONCE:,} units.")
        elif line is not None:
            if arrival.quantity > room[line.id]:
                inner.add("quantity", f"Of this line {max(room[line.id], 0)} more may come.", "OVER_RECEIPT")
            room[line.id] -= arrival.quantity
        number = _own_number(arrival, inner)
        if line is not None:
            _check_expiry(arrival, products[line.product_id], at, inner)
        if line is not None and place is not None:
            # What came of one line with one number and expiry is one batch, wherever it lies.
            marks = (line.id, number, arrival.expires_on, arrival.on_hold)
            batches[marks] = batches.get(marks) or _batch(line, number, arrival, supplier, at)
            came.append((line, batches[marks], place, arrival.quantity))
    await _check_numbers([batch.number for batch in batches.values() if batch.number], arrivals, errors)
    return came


def _own_number(arrival: ReceivedLine, errors: InputErrors) -> str | None:
    """The supplier's number, when it can be one."""
    before = errors.count
    given = (arrival.batch_number or "").strip()
    number = errors.code("batchNumber", given, LONGEST_BATCH_NUMBER) if given else None
    if number is not None and number.upper().startswith(OUR_BATCHES):
        errors.add("batchNumber", f"Numbers that begin with {OUR_BATCHES} are given here: leave it out.")
    return number if errors.count == before else None


def _check_expiry(arrival: ReceivedLine, product: Product, at: datetime, errors: InputErrors) -> None:
    if arrival.expires_on is None and product.shelf_life_days is not None:
        errors.add("expiresOn", f"{product.sku} does not keep for ever: say until when it does.", "REQUIRED")
    elif arrival.expires_on is not None and arrival.expires_on < at.date():
        errors.add("expiresOn", "It has expired already: send it back.", "EXPIRED")


def _batch(
    line: PurchaseOrderLine, number: str | None, arrival: ReceivedLine, supplier: Supplier, at: datetime
) -> Batch:
    return Batch(
        id=new_id(),
        number=number or "",
        product_id=line.product_id,
        status=BatchStatus.ON_HOLD if arrival.on_hold else BatchStatus.RELEASED,
        made_at=at,
        expires_on=arrival.expires_on,
        supplier_id=supplier.id,
        currency=line.currency,
        unit_cost_minor=line.unit_cost_minor,
    )


async def _check_numbers(own: list[str], arrivals: Sequence[ReceivedLine], errors: InputErrors) -> None:
    """Notes numbers that another batch has, in stock or in this delivery."""
    taken = set(await Batch.filter(number__in=own).values_list("number", flat=True)) if own else set[str]()
    taken |= {number for number in own if own.count(number) > 1}
    for index, arrival in enumerate(arrivals):
        if arrival.batch_number and clean_code(arrival.batch_number) in taken:
            errors.within("lines", str(index)).add("batchNumber", "Another batch has this number.", "TAKEN")


async def _store_batches(came: Sequence[_Arrived], at: datetime, errors: InputErrors) -> list[Batch]:
    batches = list({batch.id: batch for _, batch, _, _ in came}.values())
    for batch in batches:
        batch.number = batch.number or await next_number("BAT", at)
    # Somebody may have taken a number since it was looked for.
    await Batch.bulk_create(batches, ignore_conflicts=True)
    if await Batch.filter(id__in=[batch.id for batch in batches]).count() < len(batches):
        errors.add("lines", "Another batch has one of these numbers.", "TAKEN")
    errors.raise_if_any()
    return batches


async def _put_away(viewer: Viewer, receipt: Receipt, came: Sequence[_Arrived], at: datetime) -> None:
    await ReceiptLine.bulk_create(
        ReceiptLine(
            id=new_id(),
            receipt_id=receipt.id,
            purchase_order_line_id=line.id,
            batch_id=batch.id,
            location_id=place.id,
            quantity=quantity,
        )
        for line, batch, place, quantity in came
    )
    await post(
        [
            NewMove(
                product_id=line.product_id,
                location_id=place.id,
                batch_id=batch.id,
                kind=MoveKind.RECEIPT,
                quantity=quantity,
                at=at,
                actor_id=viewer.account,
                receipt_id=receipt.id,
                path=("input", "lines"),
            )
            for line, batch, place, quantity in came
        ]
    )
