"""Bills of materials: written line by line, and activated when no product needs itself, through all that it is made of."""

from collections.abc import Sequence
from uuid import UUID

from models.back_office import production
from models.back_office.production import BillOfMaterials, BillStatus, ProductionEvent
from models.back_office.products.catalogue import Product
from models.kit.base import new_id, now
from models.kit.events import about
from models.kit.sql import read_rows
from models.kit.states import Guard, move_to
from resolvers.back_office.logistics.inventory.ledger import LARGEST_QUANTITY
from resolvers.events import record
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find, find_all, load
from resolvers.kit.locks import BILLS_LOCK, alone
from resolvers.kit.state_machine import Row, StateMachine

MOST_LINES = 200

S = BillStatus

OUTPUT_QUANTITY = "How many units come out of what the lines name, 1 to 100,000,000."


def components_sql(bill: str) -> str:
    """What a bill needs, with all that it is made of in its turn: `component`, by which of the bill's own components (`of`)."""
    return (
        "WITH RECURSIVE needed (component, of) AS ("
        f"SELECT own.component_id, own.component_id FROM bill_lines own WHERE own.bill_id = {bill}"
        " UNION SELECT line.component_id, needed.of FROM needed"
        f" JOIN bills_of_materials by_it ON by_it.product_id = needed.component AND by_it.status = '{BillStatus.ACTIVE}'"
        " JOIN bill_lines line ON line.bill_id = by_it.id)"
    )


def _is_not_of_itself(row: Row) -> str:
    needed = (
        f"{components_sql(row.column('id'))} SELECT 1 FROM needed WHERE needed.component = {row.column('product_id')}"
    )
    return f"NOT EXISTS ({needed})"


async def _is_of_itself(_viewer: Viewer, bill: BillOfMaterials, errors: InputErrors) -> None:
    """Notes by which of a bill's components its product would be needed to make itself."""
    rows = await read_rows(
        components_sql(f"'{bill.id}'")
        + " SELECT DISTINCT named.name FROM needed JOIN products named ON named.id = needed.of"
        f" WHERE needed.component = '{bill.product_id}' ORDER BY named.name"
    )
    message = f"The product would be made of itself, by way of {', '.join(row['name'] for row in rows)}."
    errors.add("bill", message, "MADE_OF_ITSELF")


BILLS = StateMachine(
    BillOfMaterials,
    {Guard.NOT_OF_ITSELF: _is_not_of_itself},
    {Guard.NOT_OF_ITSELF: _is_of_itself},
)


@command
class BillLine:
    """How much of a component goes into a bill's output."""

    component: Key[Product] = member("A product, each on one line only.")
    quantity: int = member("How many units of it, 1 to 100,000,000.")


@command
class DraftBill(Command):
    """The next version of what a product is made of."""

    product: Key[Product] = member("What is made.")
    output_quantity: int = member(OUTPUT_QUANTITY, default=1)
    lines: tuple[BillLine, ...] = member("What goes in, 1 to 200 components.")


async def draft_bill(viewer: Viewer, given: DraftBill) -> Keys:
    """Drafts the next version of what a product is made of. Nothing follows it before `activateBill`."""
    errors = InputErrors()
    made = await find(viewer, Product, given.product, errors)
    errors.number("outputQuantity", given.output_quantity, LARGEST_QUANTITY)
    await _check_lines(viewer, given.lines, given.product.id, errors)
    errors.raise_if_any()
    assert made is not None
    # Of two drafts at once, the second gets the number after the first one's.
    await alone(BILLS_LOCK)
    last = await BillOfMaterials.filter(product_id=made.id).order_by("-revision").first()
    bill = await BillOfMaterials.create(
        id=new_id(),
        product_id=made.id,
        revision=last.revision + 1 if last else 1,
        status=S.DRAFT,
        output_quantity=given.output_quantity,
        drafted_at=now(),
        drafted_by_id=viewer.account,
    )
    await _write_lines(bill, given.lines)
    return {"bill": bill.id}


@command
class ChangeBill(Update):
    """A draft written anew; what is left out stays as it was."""

    bill: Key[BillOfMaterials] = member("The draft.")
    output_quantity: int | None = member(OUTPUT_QUANTITY, default=None)
    lines: tuple[BillLine, ...] | None = member("All that goes in; what there was goes.", default=None)


async def change_bill(viewer: Viewer, given: ChangeBill) -> Keys:
    """Writes a draft anew."""
    errors = InputErrors()
    bill = await load(viewer, BillOfMaterials, given.bill, errors, given.expected_version)
    if bill.status is not S.DRAFT:
        errors.add("bill", f"The bill is {bill.status}: draft another version.", "NOT_A_DRAFT")
    if given.output_quantity is not None:
        errors.number("outputQuantity", given.output_quantity, LARGEST_QUANTITY)
        bill.output_quantity = given.output_quantity
    if given.lines is not None:
        await _check_lines(viewer, given.lines, bill.product_id, errors)
    errors.raise_if_any()
    if given.lines is not None:
        await production.BillLine.filter(bill_id=bill.id).delete()
        await _write_lines(bill, given.lines)
    await bill.save_next_version()
    return {"bill": bill.id}


@command
class ActivateBill(Update):
    """What `activateBill` takes."""

    bill: Key[BillOfMaterials] = member("The draft.")


async def activate_bill(viewer: Viewer, given: ActivateBill) -> Keys:
    """Lets new work orders follow a draft, and retires the version that they followed so far. Refused with MADE_OF_ITSELF
    when the product would be needed to make itself, through all that it is made of.
    """
    errors = InputErrors()
    # Two bills that are each without fault may need each other's product: one at a time.
    await alone(BILLS_LOCK)
    bill = await load(viewer, BillOfMaterials, given.bill, errors, given.expected_version)
    await BILLS.check(viewer, bill, "activateBill", S.ACTIVE, errors)
    errors.raise_if_any()
    at = now()
    former = await BillOfMaterials.filter(product_id=bill.product_id, status=S.ACTIVE).first()
    if former is not None:
        move_to(former, S.RETIRED)
        former.retired_at = at
        await former.save_next_version()
    move_to(bill, S.ACTIVE)
    bill.activated_at = at
    await bill.save_next_version()
    await Product.filter(id=bill.product_id, is_made=False).update(is_made=True)
    await record(ProductionEvent.BILL_ACTIVATED, about(Product, bill.product_id), actor=viewer, at=at)
    return {"bill": bill.id}


async def _check_lines(viewer: Viewer, lines: Sequence[BillLine], product: UUID | None, errors: InputErrors) -> None:
    if not 1 <= len(lines) <= MOST_LINES:
        errors.add("lines", f"A bill of materials has 1 to {MOST_LINES} lines.")
        return
    there = await find_all(viewer, Product, (line.component for line in lines))
    seen: set[Key[Product]] = set()
    for place, line in enumerate(lines):
        inner = errors.within("lines", str(place))
        inner.number("quantity", line.quantity, LARGEST_QUANTITY)
        if line.component not in there:
            inner.not_found("component", "product")
        elif line.component.id == product:
            inner.add("component", "Nothing is made of itself.", "MADE_OF_ITSELF")
        elif line.component in seen:
            inner.add("component", "Another line names the same component.", "TWICE")
        seen.add(line.component)


async def _write_lines(bill: BillOfMaterials, lines: Sequence[BillLine]) -> None:
    await production.BillLine.bulk_create(
        production.BillLine(
            id=new_id(), bill_id=bill.id, position=position, component_id=line.component.id, quantity=line.quantity
        )
        for position, line in enumerate(lines, start=1)
    )
