"""What valid rows are made of: ids and moments that are the same in every run."""

from typing import Any
from uuid import UUID

Row = dict[str, Any]
T0 = "2026-03-01 09:00:00.000000+00:00"


def an_id(number: int) -> str:
    return str(UUID(int=(7 << 76) | (2 << 62) | number))
