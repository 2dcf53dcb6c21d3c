"""Human numbers such as CMP-2026-000042: given in the transaction that uses them, one after another within a year."""

from datetime import datetime

from tortoise.connection import get_connection


async def next_number(prefix: str, at: datetime) -> str:
    """The next number of a series. The row stays locked until the transaction ends, so no number is given twice or lost."""
    name = f"{prefix}-{at.year}"
    rows = await get_connection("default").execute_query_dict(
        "INSERT INTO number_series (name, last_given) VALUES "
        f"('{name}', 1) ON CONFLICT (name) DO UPDATE SET last_given = number_series.last_given + 1 RETURNING last_given"
    )
    return f"{name}-{rows[0]['last_given']:06d}"
