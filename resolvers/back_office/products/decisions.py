"""Deciding about products: with the figures of that day, counted by the database in the change itself."""

from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.products.catalogue import Product, ProductStatus
from models.back_office.products.decisions import Decision, DecisionEvent, ProductDecision
from models.back_office.products.improvements import Improvement
from models.back_office.products.recurrence import NO_COMPLAINTS
from models.kit.base import new_id, now
from resolvers.back_office.products.catalogue import take_to
from resolvers.events import record
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.loading import find


@command
class DecideProduct(Command):
    """What becomes of a product."""

    product: Key[Product] = member("The product.")
    decision: Decision = member(
        "What becomes of it. WITHDRAW discontinues it, and the next decision puts it back on sale."
    )
    reasons: str = member("Why, at most 10,000 characters.")
    improvement: Key[Improvement] | None = member("The improvement that the decision rests on.", default=None)


async def decide_product(viewer: Viewer, given: DecideProduct) -> Keys:
    """Decides whether a product is kept, improved or withdrawn, and keeps the figures of the day with it."""
    # One that was discontinued without a decision stays so: that was decided elsewhere. The decision stands in the product's
    # history with all that was known of it then: decide again to decide otherwise.
    errors = InputErrors()
    reasons = errors.text("reasons", given.reasons)
    product = await find(viewer, Product, given.product, errors, lock=True)
    improvement = await find(viewer, Improvement, given.improvement, errors, lock=True)
    if improvement is not None and product is not None and improvement.product_id not in (None, product.id):
        errors.add("improvement", "The improvement is about another product.")
    errors.raise_if_any()
    assert product is not None
    at = now()
    before = await ProductDecision.filter(product_id=product.id).order_by("-decided_at", "-id").first()
    made = await ProductDecision.create(
        id=new_id(),
        product_id=product.id,
        decision=given.decision,
        reasons=reasons,
        improvement_id=improvement and improvement.id,
        decided_at=at,
        decided_by_id=viewer.account,
        **await _figures(product.id),
    )
    await record(DecisionEvent.DECIDED, improvement, product, actor=viewer, at=at)
    becomes = _status_after(product, given.decision, before)
    if product.status is not becomes:
        await take_to(viewer, product, becomes, at)
    return {"decision": made.id}


def _status_after(product: Product, decision: Decision, before: ProductDecision | None) -> ProductStatus:
    """Withdrawing it takes it off sale; whoever decides otherwise undoes that, and nothing that was not decided."""
    if decision is Decision.WITHDRAW:
        return ProductStatus.WITHDRAWN
    undoes = product.status is ProductStatus.WITHDRAWN and before is not None and before.decision is Decision.WITHDRAW
    return ProductStatus.ON_SALE if undoes else product.status


async def _figures(product: UUID) -> dict[str, Any]:
    """All that is known of a product today, by one statement."""
    about = f"FROM complaints WHERE product_id = '{product}' AND (outcome IS NULL OR outcome NOT IN {NO_COMPLAINTS})"
    lines = f"FROM order_lines line JOIN orders placed ON placed.id = line.order_id WHERE line.product_id = '{product}'"
    # Half up, as everywhere where nothing hangs on a hundredth.
    average = "(sum(rating.score) * 200 + count(*)) / nullif(count(*) * 2, 0)"
    ratings = (
        f"ratings rating JOIN complaints rated ON rated.id = rating.complaint_id AND rated.product_id = '{product}'"
    )
    [row] = await get_connection("default").execute_query_dict(
        f"SELECT (SELECT count(*) {about}) AS complaints,"
        f" (SELECT count(*) {about} AND status NOT IN ('ANSWERED', 'CLOSED')) AS open_complaints,"
        f" (SELECT count(*) {about} AND severity = 'HIGH') AS high_complaints,"
        f" (SELECT count(*) {about} AND severity = 'CRITICAL') AS critical_complaints,"
        f" (SELECT count(DISTINCT line.order_id) {lines} AND placed.status <> 'DRAFT') AS orders,"
        f" (SELECT coalesce(sum(line.quantity), 0) {lines} AND placed.status NOT IN ('DRAFT', 'CANCELLED')) AS units_sold,"
        f" (SELECT {average} FROM {ratings}) AS average_rating"
    )
    return dict(row)
