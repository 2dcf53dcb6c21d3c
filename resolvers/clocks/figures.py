"""What is left of a clock at this very moment, and whether it is breached, as SQL: reads are one statement.

Needs no write to be right: for a running clock, what is left is what its calendar counts between now and its due moment.
"""

from models.database import Dialect
from resolvers.reading.sources import Surroundings


def breached_sql(around: Surroundings) -> str:
    """Whether the due moment passed while the clock had not been stopped."""
    due, stopped = around.column("due_at"), around.column("stopped_at")
    return f"{due} IS NOT NULL AND {due} <= coalesce({stopped}, {around.now()})"


def remaining_sql(around: Surroundings) -> str:
    """The counted minutes that are left, rounded up, so that 0 means none."""
    due, now, kept = around.column("due_at"), around.now(), around.column("remaining_ms")
    counted = f"({_counted_until(due, around.dialect)} - {_counted_until(now, around.dialect)})"
    left = (
        f"CASE WHEN {around.column('state')} <> 'RUNNING' OR {due} IS NULL THEN {kept}"
        f" WHEN {due} <= {now} THEN 0"
        f" WHEN policy.counting = 'PLAIN' THEN {_milliseconds(due, around.dialect)} - {_milliseconds(now, around.dialect)}"
        f" ELSE {counted} END"
    )
    owner = f"clock_policies policy WHERE policy.id = {around.column('policy_id')}"
    return f"(SELECT ({left} + 59999) / 60000 FROM {owner})"


def _counted_until(moment: str, dialect: Dialect) -> str:
    """What the policy's calendar has counted until a moment, since the openings were first filled."""
    opens, closes = (_milliseconds(f"opening.{column}", dialect) for column in ("opens_at", "closes_at"))
    part = f"({_milliseconds(moment, dialect)} - {opens}) * opening.length_ms / ({closes} - {opens})"
    return (
        f"coalesce((SELECT opening.before_ms + CASE WHEN {moment} >= opening.closes_at THEN opening.length_ms ELSE {part} END"
        " FROM calendar_openings opening WHERE opening.calendar_id = policy.calendar_id"
        f" AND opening.counting = policy.counting AND opening.opens_at <= {moment}"
        " ORDER BY opening.opens_at DESC LIMIT 1), 0)"
    )


def _milliseconds(moment: str, dialect: Dialect) -> str:
    if dialect == "postgres":
        return f"(extract(epoch FROM {moment}) * 1000)::bigint"
    return f"(unixepoch({moment}) * 1000 + CAST(substr(strftime('%f', {moment}), 4) AS INTEGER))"
