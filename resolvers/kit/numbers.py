"""Human numbers such as CMP-2026-000042: given in the transaction that uses them, rising within a year.

The surprising rule: they are not gapless everywhere. On PostgreSQL a number that was taken for a change that came to nothing is
given to nobody, because whoever takes the next one would otherwise wait until that is known.
"""

from datetime import datetime

from models.kit.sql import read_rows, this_dialect

_NEXT = {
    "sqlite": "INSERT INTO number_series (name, last_given) VALUES (?1, 1) ON CONFLICT (name)"
    " DO UPDATE SET last_given = number_series.last_given + 1 RETURNING last_given AS number",
    "postgres": "SELECT next_number(?1) AS number",
}


async def next_number(prefix: str, at: datetime) -> str:
    """The next number of a series; no number is given twice."""
    series = f"{prefix}-{at.year}"
    [row] = await read_rows(_NEXT[this_dialect()], series)
    return f"{series}-{row['number']:06d}"
