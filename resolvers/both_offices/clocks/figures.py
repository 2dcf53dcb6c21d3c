"""What is left of a clock at this very moment, and whether it is breached, as SQL: reads are one statement.

Needs no write to be right: for a running clock, what is left is what its calendar counts between now and its due moment. The
terms stand side by side and not in one another, because SQLite's parser follows them only so deep.
"""

from models.kit.database import Dialect
from resolvers.reading.sources import SqlContext


def breached_sql(ctx: SqlContext) -> str:
    """Whether the due moment passed while the clock had not been stopped."""
    due, stopped = ctx.column("due_at"), ctx.column("stopped_at")
    return f"{due} IS NOT NULL AND {due} <= coalesce({stopped}, {ctx.now()})"


def remaining_sql(ctx: SqlContext) -> str:
    """The counted minutes that are left, rounded up, so that 0 means none."""
    due, now, kept = ctx.column("due_at"), ctx.now(), ctx.column("remaining_ms")
    policy = ctx.column("policy_id")
    counted = f"{_counted_until(due, policy, ctx.dialect)} - {_counted_until(now, policy, ctx.dialect)}"
    # In plain time there are no openings, and the sums are null.
    left = f"coalesce({counted}, {_between(now, due, ctx.dialect)})"
    # Half a millisecond is what SQLite's own sums may be wrong by; moments are kept in whole ones.
    whole = "floor({})::bigint" if ctx.dialect == "postgres" else "CAST({} AS INTEGER)"
    minutes = whole.format(f"({left} + 59999.5) / 60000")
    return (
        f"CASE WHEN {ctx.column('state')} <> 'RUNNING' OR {due} IS NULL THEN ({kept} + 59999) / 60000"
        f" WHEN {due} <= {now} THEN 0 ELSE {minutes} END"
    )


def _counted_until(moment: str, policy: str, dialect: Dialect) -> str:
    """What the policy's calendar has counted until a moment, since its openings were first filled; null without openings."""
    span = _between("o.opens_at", "o.closes_at", dialect)
    since = f"{_between('o.opens_at', moment, dialect)} * o.length_ms / ({span})"
    least = "least" if dialect == "postgres" else "min"
    return (
        f"(SELECT o.before_ms + {least}(o.length_ms, {since}) FROM clock_policies p JOIN calendar_openings o"
        f" ON o.calendar_id = p.calendar_id AND o.counting = p.counting AND o.opens_at <= {moment}"
        f" WHERE p.id = {policy} ORDER BY o.opens_at DESC LIMIT 1)"
    )


def _between(earlier: str, later: str, dialect: Dialect) -> str:
    """Milliseconds from one moment to another, with a fraction."""
    if dialect == "postgres":
        return f"extract(epoch FROM {later} - {earlier}) * 1000"
    return f"(julianday({later}) - julianday({earlier})) * 86400000"
