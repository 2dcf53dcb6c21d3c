"""What orders wait for although it is there: whoever brought it in found somebody else's hand on it. The keeper gives it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from resolvers.back_office.inventory.alerts import alert
from resolvers.back_office.inventory.promising import fill_backorders, missed_backorders
from resolvers.transaction import transact


async def fill_missed_backorders(at: datetime) -> None:
    """Promises to waiting orders what is free of their products; usually there is none, and nothing is locked."""
    products = await missed_backorders()

    async def fill() -> Mapping[str, UUID]:
        await fill_backorders(products, at)
        await alert(products, at)
        return {}

    if products:
        await transact(fill)
