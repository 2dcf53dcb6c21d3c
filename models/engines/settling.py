"""Transactions in which each statement finds what was changed before it (models/kit/unit_of_work.py)."""

from collections.abc import Sequence
from typing import Any

from models.kit.unit_of_work import settle


class Settling:
    """What a transaction's connection does before each statement; the connection itself stands behind it among the bases."""

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[str, Any]]]:
        await settle(query)
        return await super().execute_query(query, values)  # type: ignore[misc]

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        await settle(query)
        return await super().execute_query_dict(query, values)  # type: ignore[misc]

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        await settle(query)
        return await super().execute_insert(query, values)  # type: ignore[misc]

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        await settle(query)
        await super().execute_many(query, values)  # type: ignore[misc]

    async def execute_script(self, query: str) -> None:
        await settle(query)
        await super().execute_script(query)  # type: ignore[misc]
