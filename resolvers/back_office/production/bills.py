"""Bills of materials: written line by line, and activated when no product needs itself, through all that it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.production import (
    BILL_TRANSITIONS,
    BillLine,
    BillOfMaterials,
    BillStatus,
    visible_bills_of_materials,
)
from models.back_office.products.catalogue import Product
from models.kit.base import new_id, now
from models.kit.events import EventKind
from models.kit.states import move_to
from resolvers.back_office.production.shared import BILLS, Keys, check_quantity, components_sql
from resolvers.events import record
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access, visible
from resolvers.kit.locks import BILLS_LOCK, alone
from resolvers.kit.viewer import Viewer

MOST_LINES = 200

S = BillStatus


@dataclass(frozen=True, slots=True)
class BillLineGiven:
    """How much of a component goes into the bill's output."""

    component: UUID | None
    quantity: int


async def draft_bill(
    viewer: Viewer, product: UUID | None, output_quantity: int, lines: Sequence[BillLineGiven]
) -> Keys:
    """Writes the next version of what a product is made of, as a draft that nothing follows yet."""
    errors = InputErrors()
    made = await visible(viewer, Product, product)
    if made is None:
        errors.not_found("product", "product")
    check_quantity("outputQuantity", output_quantity, errors)
    await _check_lines(lines, product, errors)
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
        output_quantity=output_quantity,
        drafted_at=now(),
        drafted_by_id=viewer.account,
    )
    await _write_lines(bill, lines)
    return {"bill": bill.id}


async def change_bill(
    viewer: Viewer,
    key: UUID | None,
    output_quantity: int | None,
    lines: Sequence[BillLineGiven] | None,
    expected_version: int | None,
) -> Keys:
    """Writes a draft anew; the lines that are given take the place of all that there were."""
    errors = InputErrors()
    bill = await _bill_at(viewer, key, errors, expected_version)
    if bill.status is not S.DRAFT:
        errors.add("bill", f"The bill is {bill.status}: draft another version.", "NOT_A_DRAFT")
    if output_quantity is not None:
        check_quantity("outputQuantity", output_quantity, errors)
        bill.output_quantity = output_quantity
    if lines is not None:
        await _check_lines(lines, bill.product_id, errors)
    errors.raise_if_any()
    if lines is not None:
        await BillLine.filter(bill_id=bill.id).delete()
        await _write_lines(bill, lines)
    bill.version += 1
    await bill.save()
    return {"bill": bill.id}


async def activate_bill(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Lets new work orders follow a bill; the one that they followed so far retires. From now on the product is made here."""
    errors = InputErrors()
    # Two bills that are each without fault may need each other's product: one at a time.
    await alone(BILLS_LOCK)
    bill = await _bill_at(viewer, key, errors, expected_version)
    if await BILLS.check_step(viewer, bill, "activateBill", S.ACTIVE, errors):
        leading_back = await _components_made_of(bill)
        if leading_back:
            message = f"The product would be made of itself, by way of {', '.join(leading_back)}."
            errors.add("bill", message, "MADE_OF_ITSELF")
    errors.raise_if_any()
    at = now()
    former = await BillOfMaterials.filter(product_id=bill.product_id, status=S.ACTIVE).first()
    if former is not None:
        move_to(former, S.RETIRED, BILL_TRANSITIONS)
        former.retired_at = at
        former.version += 1
        await former.save()
    move_to(bill, S.ACTIVE, BILL_TRANSITIONS)
    bill.activated_at = at
    bill.version += 1
    await bill.save()
    await Product.filter(id=bill.product_id, is_made=False).update(is_made=True)
    await record(EventKind.BILL_ACTIVATED, actor=viewer.account, at=at, product_id=bill.product_id)
    return {"bill": bill.id}


async def _bill_at(
    viewer: Viewer, key: UUID | None, errors: InputErrors, expected_version: int | None
) -> BillOfMaterials:
    bill = await access(viewer, BillOfMaterials, visible_bills_of_materials, key)
    if bill is None:
        errors.not_found("bill", "bill of materials")
        raise errors.refusal()
    errors.version(bill.version, expected_version)
    return bill


async def _check_lines(lines: Sequence[BillLineGiven], product: UUID | None, errors: InputErrors) -> None:
    if not 1 <= len(lines) <= MOST_LINES:
        errors.add("lines", f"A bill of materials has 1 to {MOST_LINES} lines.")
        return
    named = [line.component for line in lines if line.component is not None]
    there: set[Any] = set(await Product.filter(id__in=named).values_list("id", flat=True))
    seen: set[UUID] = set()
    for place, line in enumerate(lines):
        inner = errors.within("lines", str(place))
        check_quantity("quantity", line.quantity, inner)
        if line.component is None or line.component not in there:
            inner.not_found("component", "product")
        elif line.component == product:
            inner.add("component", "Nothing is made of itself.", "MADE_OF_ITSELF")
        elif line.component in seen:
            inner.add("component", "Another line names the same component.", "TWICE")
        else:
            seen.add(line.component)


async def _write_lines(bill: BillOfMaterials, lines: Sequence[BillLineGiven]) -> None:
    await BillLine.bulk_create(
        [
            BillLine(
                id=new_id(), bill_id=bill.id, position=position, component_id=line.component, quantity=line.quantity
            )
            for position, line in enumerate(lines, start=1)
        ]
    )


async def _components_made_of(bill: BillOfMaterials) -> list[str]:
    """The names of the bill's components that need its product, themselves or by what they are made of."""
    rows = await get_connection("default").execute_query_dict(
        components_sql(f"'{bill.id}'")
        + " SELECT DISTINCT named.name FROM needed JOIN products named ON named.id = needed.of"
        f" WHERE needed.component = '{bill.product_id}' ORDER BY named.name"
    )
    return [row["name"] for row in rows]
