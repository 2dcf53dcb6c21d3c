"""What the records say of a supplier, and of who may do what with a purchase order, as SQL values."""

from models.back_office.products.improvements.recurrence import NO_COMPLAINTS, per_thousand_sql
from models.back_office.purchasing import LARGEST_PURCHASE_MINOR
from models.permissions import Permission
from resolvers.back_office.purchasing.steps import costs_known, may_send_alone
from resolvers.kit.state_machine import Row
from resolvers.reading.declare import SqlContext
from resolvers.reading.steps import bound
from resolvers.reading.values import hundredths, seconds_between

SECONDS_OF_A_DAY = 86_400


def lead_time_days(ctx: SqlContext) -> str:
    """JSON text of the average days from sending a purchase order to its first receipt; null without any."""
    first = "(SELECT min(came.received_at) FROM receipts came WHERE came.purchase_order_id = ordered.id)"
    waited = (
        f"SELECT {seconds_between('ordered.sent_at', first, ctx.dialect)} AS seconds FROM purchase_orders ordered"
        f" WHERE ordered.supplier_id = {ctx.column('id')} AND ordered.sent_at IS NOT NULL"
    )
    # Rounded half up to hundredths of a day, in whole numbers.
    total = f"CAST(sum(seconds) AS bigint) * 100 + count(*) * {SECONDS_OF_A_DAY // 2}"
    average = f"({total}) / nullif(count(*) * {SECONDS_OF_A_DAY}, 0)"
    return hundredths(f"(SELECT {average} FROM ({waited}) waited WHERE seconds >= 0)", ctx.dialect)


def complaint_rate(ctx: SqlContext) -> str:
    """JSON text of the complaints about a supplier's batches per 1,000 units of them that were shipped; null without any."""
    supplied = f"supplied.supplier_id = {ctx.column('id')}"
    complaints = (
        "(SELECT count(*) FROM batches supplied JOIN complaints counted ON counted.batch_id = supplied.id"
        f" WHERE {supplied} AND (counted.outcome IS NULL OR counted.outcome NOT IN {NO_COMPLAINTS}))"
    )
    shipped = (
        "(SELECT CAST(-sum(gone.quantity) AS bigint) FROM batches supplied JOIN stock_moves gone"
        f" ON gone.batch_id = supplied.id WHERE {supplied} AND gone.kind = 'SHIP')"
    )
    figures = f"(SELECT {complaints} AS complaints, {shipped} AS shipped) counted"
    return hundredths(f"(SELECT {per_thousand_sql('complaints', 'shipped')} FROM {figures})", ctx.dialect)


def awaits_approval(ctx: SqlContext) -> str:
    """Whether a purchase order is a draft that whoever wrote it may not send alone; any draft, for who approves none.

    What it costs, and what roles its writer has, is what those see who approve.
    """
    if Permission.APPROVE_PURCHASES not in ctx.permissions:
        return f"({_undecided(ctx)})"
    writer = f"coalesce({ctx.column('changed_by_id')}, {ctx.column('drafted_by_id')})"
    return bound(f"({_undecided(ctx)} AND NOT {may_send_alone(_row(ctx), writer)})", ctx)


def says_all_costs(ctx: SqlContext) -> str:
    """Whether a purchase order says of every line what it costs."""
    return costs_known(_row(ctx))


def may_approve(ctx: SqlContext) -> str:
    """Whether the viewer may approve a purchase order: resolvers/back_office/purchasing/sending says the same in Python."""
    if Permission.APPROVE_PURCHASES not in ctx.permissions:
        return "FALSE"
    me = ctx.viewer_id()
    others = (f"coalesce({ctx.column(column)} <> {me}, TRUE)" for column in ("drafted_by_id", "changed_by_id"))
    in_bounds = f"{ctx.column('total_minor')} <= {LARGEST_PURCHASE_MINOR} AND {costs_known(_row(ctx))}"
    return f"({_undecided(ctx)} AND {in_bounds} AND {' AND '.join(others)})"


def _undecided(ctx: SqlContext) -> str:
    return f"{ctx.column('status')} = 'DRAFT' AND {ctx.column('approved_at')} IS NULL"


def _row(ctx: SqlContext) -> Row:
    return Row(ctx.column, ctx.dialect, ctx.permissions)
