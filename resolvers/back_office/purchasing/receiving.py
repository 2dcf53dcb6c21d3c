"""Receiving what suppliers deliver: what came becomes batches in stock, and goes to the orders that wait for it.

The surprising rule: more than ordered is taken only within the supplier's allowance, which the database guards too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from models.back_office.logistics.inventory import Batch, BatchEvent, BatchStatus, Location, LocationKind, MoveKind
from models.back_office.products.catalogue import Product
from models.back_office.purchasing import (
    TRANSITIONS,
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
from models.kit.text import clean
from resolvers.back_office.logistics.inventory.ledger import NewMove, post
from resolvers.back_office.logistics.inventory.promising import fill_backorders
from resolvers.back_office.purchasing.drafting import save
from resolvers.back_office.purchasing.steps import MACHINE
from resolvers.events import record
from resolvers.kit.commands import Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import find_all, load
from resolvers.kit.numbers import next_number
from resolvers.kit.viewer import Viewer

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


@dataclass(slots=True)
class _Delivery:
    """What came, once it is checked: the batches by what tells them apart, and how much of which was put where."""

    batches: dict[tuple[UUID, str | None, date | None, bool], Batch] = field(
        default_factory=dict[tuple[UUID, str | None, date | None, bool], Batch]
    )
    put: list[tuple[PurchaseOrderLine, Batch, Location, int]] = field(
        default_factory=list[tuple[PurchaseOrderLine, Batch, Location, int]]
    )

    @property
    def products(self) -> list[UUID]:
        """What came in, each once."""
        return sorted({line.product_id for line, *_ in self.put})


async def receive_purchase_order(viewer: Viewer, given: ReceivePurchaseOrder) -> Keys:
    """Takes a delivery in: what came is stock from now on, and goes to the orders that wait for it. Refused with OVER_RECEIPT
    when more came than the supplier's allowance permits.
    """
    errors = InputErrors()
    note = errors.optional_text("deliveryNote", given.delivery_note, LONGEST_DELIVERY_NOTE)
    order = await load(viewer, PurchaseOrder, given.purchase_order, errors, given.expected_version)
    at = now()
    lines = await PurchaseOrderLine.filter(purchase_order_id=order.id)
    delivery = _Delivery()
    if await MACHINE.check(viewer, order, "receivePurchaseOrder", S.RECEIVED, errors):
        delivery = await _delivery(viewer, order, lines, given.lines, at, errors)
    errors.raise_if_any()
    receipt = Receipt(id=new_id(), purchase_order_id=order.id, delivery_note=note, received_at=at)
    receipt.received_by_id, receipt.number = viewer.account, await next_number("REC", at)
    await receipt.save(force_create=True)
    await _store_batches(delivery, at, errors)
    await _put_away(viewer, receipt, delivery, at)
    came = {line.id: line.received_quantity for line in lines}
    for line, _, _, quantity in delivery.put:
        came[line.id] += quantity
    whole = all(came[line.id] >= line.quantity for line in lines)
    move_to(order, S.RECEIVED if whole else S.PARTLY_RECEIVED, TRANSITIONS)
    order.received_at = at if whole else None
    keys = await save(viewer, order, PurchaseOrderEvent.RECEIVED, at)
    for batch in delivery.batches.values():
        if batch.status is BatchStatus.ON_HOLD:
            kind, of = BatchEvent.HELD, batch.product_id
            await record(kind, batch, about(Product, of), actor=viewer, at=at)
    await fill_backorders(delivery.products, at, viewer.account)
    return {**keys, "receipt": receipt.id}


# --- What is said to have come ---


async def _delivery(
    viewer: Viewer,
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    arrivals: Sequence[ReceivedLine],
    at: datetime,
    errors: InputErrors,
) -> _Delivery:
    delivery = _Delivery()
    if not 1 <= len(arrivals) <= MOST_ARRIVALS:
        errors.add("lines", f"A receipt has 1 to {MOST_ARRIVALS} lines.")
        return delivery
    supplier = await Supplier.get(id=order.supplier_id)
    of_order: dict[Key[PurchaseOrderLine], PurchaseOrderLine] = {Key(line.id): line for line in lines}
    products = {one.id: one for one in await Product.filter(id__in=[line.product_id for line in lines])}
    found = await find_all(viewer, Location, (arrival.location for arrival in arrivals))
    places = {key: place for key, place in found.items() if place.warehouse_id == order.warehouse_id}
    # What more may come of each line; negative where an allowance was lowered since.
    room = {
        line.id: line.quantity * (10_000 + supplier.over_receipt_basis_points) // 10_000 - line.received_quantity
        for line in lines
    }
    for index, arrival in enumerate(arrivals):
        inner = errors.within("lines", str(index))
        line = of_order.get(arrival.purchase_order_line)
        place = places.get(arrival.location)
        if line is None:
            inner.not_found("purchaseOrderLine", "line on this purchase order")
        if place is None:
            inner.not_found("location", "location in the purchase order's warehouse")
        elif place.kind not in RECEIVED_INTO:
            inner.add("location", f"{place.code} is for {place.kind}: nothing is received there.")
        if not 1 <= arrival.quantity <= MOST_PIECES_AT_ONCE:
            inner.add("quantity", f"1 to {MOST_PIECES_AT_ONCE:,} units.")
        elif line is not None:
            if arrival.quantity > room[line.id]:
                more = max(room[line.id], 0)
                inner.add("quantity", f"Of this line {more} more may come.", "OVER_RECEIPT")
            room[line.id] -= arrival.quantity
        number = _own_number(arrival, inner)
        if line is not None:
            _check_expiry(arrival, products[line.product_id], at, inner)
        if line is not None and place is not None:
            batch = _batch(delivery, supplier, line, number, arrival, at)
            delivery.put.append((line, batch, place, arrival.quantity))
    await _check_numbers(delivery, arrivals, errors)
    return delivery


def _own_number(arrival: ReceivedLine, errors: InputErrors) -> str | None:
    """The supplier's number, when it can be one."""
    before = errors.count
    number = errors.optional_text("batchNumber", arrival.batch_number, LONGEST_BATCH_NUMBER)
    if number is not None and number.upper().startswith(OUR_BATCHES):
        errors.add("batchNumber", f"Numbers that begin with {OUR_BATCHES} are given here: leave it out.")
    return number if errors.count == before else None


def _check_expiry(arrival: ReceivedLine, product: Product, at: datetime, errors: InputErrors) -> None:
    if arrival.expires_on is None and product.shelf_life_days is not None:
        errors.add("expiresOn", f"{product.sku} does not keep for ever: say until when it does.", "REQUIRED")
    elif arrival.expires_on is not None and arrival.expires_on < at.date():
        errors.add("expiresOn", "It has expired already: send it back.", "EXPIRED")


def _batch(
    delivery: _Delivery,
    supplier: Supplier,
    line: PurchaseOrderLine,
    number: str | None,
    arrival: ReceivedLine,
    at: datetime,
) -> Batch:
    """The batch that an arrival belongs to: what came of one line with one number and expiry is one, wherever it lies."""
    marks = (line.id, number, arrival.expires_on, arrival.on_hold)
    if marks not in delivery.batches:
        delivery.batches[marks] = Batch(
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
    return delivery.batches[marks]


async def _check_numbers(delivery: _Delivery, arrivals: Sequence[ReceivedLine], errors: InputErrors) -> None:
    """Notes numbers that another batch has, in stock or in this delivery."""
    own = [number for _, number, _, _ in delivery.batches if number]
    taken = set(await Batch.filter(number__in=own).values_list("number", flat=True)) if own else set[str]()
    taken |= {number for number in own if own.count(number) > 1}
    for index, arrival in enumerate(arrivals):
        if arrival.batch_number and clean(arrival.batch_number) in taken:
            errors.within("lines", str(index)).add("batchNumber", "Another batch has this number.", "TAKEN")


# --- Taking it in ---


async def _store_batches(delivery: _Delivery, at: datetime, errors: InputErrors) -> None:
    for batch in delivery.batches.values():
        batch.number = batch.number or await next_number("BAT", at)
    # Somebody may have taken a number since it was looked for.
    await Batch.bulk_create(delivery.batches.values(), ignore_conflicts=True)
    if await Batch.filter(id__in=[batch.id for batch in delivery.batches.values()]).count() < len(delivery.batches):
        errors.add("lines", "Another batch has one of these numbers.", "TAKEN")
    errors.raise_if_any()


async def _put_away(viewer: Viewer, receipt: Receipt, delivery: _Delivery, at: datetime) -> None:
    await ReceiptLine.bulk_create(
        ReceiptLine(
            id=new_id(),
            receipt_id=receipt.id,
            purchase_order_line_id=line.id,
            batch_id=batch.id,
            location_id=place.id,
            quantity=quantity,
        )
        for line, batch, place, quantity in delivery.put
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
            for line, batch, place, quantity in delivery.put
        ]
    )
