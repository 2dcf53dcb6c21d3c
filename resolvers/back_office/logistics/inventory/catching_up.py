"""What the passing of time, or somebody else's hand on the stock, left undone. The scheduler does it.

What orders wait for although it is there is promised to them; what expired since it was promised is given up, and told of.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from resolvers.back_office.logistics.inventory.alerts import alert, run_out_by_expiring
from resolvers.back_office.logistics.inventory.promising import (
    expired_promises,
    fill_backorders,
    missed_backorders,
    release_batch,
)
from resolvers.kit.transaction import transact


async def fill_missed_backorders(at: datetime) -> None:
    """Promises to waiting orders what is free of their products; usually there is none, and nothing is locked."""
    products = await missed_backorders()

    async def fill() -> Mapping[str, UUID]:
        await fill_backorders(products, at)
        return {}

    if products:
        await transact(fill)


async def give_up_what_expired(at: datetime) -> None:
    """Promises other stock instead of what has expired, or lets its orders wait, and tells which products ran out by that."""
    for batch, product in await expired_promises():

        async def exchange(batch: UUID = batch, product: UUID = product) -> Mapping[str, UUID]:
            await release_batch(batch, product, at)
            await alert([product], at)
            return {}

        await transact(exchange)
    products = await run_out_by_expiring()

    async def tell() -> Mapping[str, UUID]:
        await alert(products, at)
        return {}

    if products:
        await transact(tell)
