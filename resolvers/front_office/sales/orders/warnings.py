"""Warnings: what an agent should know before going on with an order. They stop nothing."""

from collections.abc import Sequence
from uuid import UUID

from tortoise.connection import get_connection

from models.front_office.sales.orders import OrderWarning, warnings_sql


async def warnings_of(order: UUID) -> Sequence[OrderWarning]:
    """What an agent should know about an order that stands in the database, be it in the present transaction."""

    def column(name: str) -> str:
        return f"whose.{name}"

    [row] = await get_connection("default").execute_query_dict(
        f"SELECT {warnings_sql(column)} AS warnings FROM orders whose WHERE whose.id = '{order}'"
    )
    return [warning for warning in OrderWarning if f'"{warning.value}"' in row["warnings"]]
