"""Product decisions: what was decided about a product, why, and on which figures."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from models.back_office.products import decisions as product_decisions
from models.back_office.products.recurrence import per_thousand_sql
from models.permissions import Permission
from resolvers.back_office.products.decisions import decide_product
from resolvers.reading.declare import column, expression, node, one, read
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryRows
from resolvers.reading.values import hundredths
from schema.kit.areas import Area
from schema.kit.mutations import changed, mutation, payload

if TYPE_CHECKING:
    from schema.back_office.products.catalogue import Product
    from schema.back_office.products.improvements import Improvement
    from schema.both_offices.accounts import Account

READ = Permission.READ_IMPROVEMENTS


@node(product_decisions.ProductDecision, prefix="dec", needs=READ)
class ProductDecision(Node):
    """One decision about a product, with the figures of that day. They count everything until then, in all of the company."""

    product: "Product | None" = one("The product.", "product_id")
    decision: product_decisions.Decision = column("What was decided.", filter=True, sort=True)
    reasons: str = column("Why.")
    improvement: "Improvement | None" = one("The improvement that it rests on, if any.", "improvement_id")
    decided_at: datetime = column("When.", filter=True, sort=True)
    decided_by: "Account | None" = one("Who decided.", "decided_by_id")
    complaints: int = column("Complaints about the product; duplicates and what turned out to be none left out.")
    open_complaints: int = column("Those of them that were neither answered nor closed.")
    high_complaints: int = column("Those of them whose severity was HIGH.")
    critical_complaints: int = column("Those of them whose severity was CRITICAL.")
    orders: int = column("Orders with the product.")
    units_sold: int = column("Pieces sold, those of cancelled orders left out.")
    complaints_per_thousand_orders: Decimal | None = expression(
        "Complaints per 1,000 orders with the product, rounded up to hundredths; null without orders.",
        lambda ctx: hundredths(per_thousand_sql(ctx.column("complaints"), ctx.column("orders")), ctx.dialect),
    )
    average_rating: Decimal | None = expression(
        "How customers rated the answers to complaints about it, 1 to 5; null when nobody had.",
        lambda ctx: hundredths(ctx.column("average_rating"), ctx.dialect),
        needs=Permission.READ_SATISFACTION,
    )


@payload
class ProductDecisionPayload:
    """What was decided about a product."""

    decision: "ProductDecision | None" = changed("The decision; null when there are errors.")


class ProductDecisions:
    """The back office's way to what was decided about products."""

    product_decisions: "Connection[ProductDecision]" = read(
        EntryRows("-decided_at"), "All decisions about products, latest first.", needs=READ
    )


AREA = Area(
    back_office=(ProductDecisions,),
    mutations=(mutation(Permission.DECIDE_PRODUCTS, decide_product, shows=ProductDecisionPayload),),
)
