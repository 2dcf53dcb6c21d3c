"""Indexes for what the scheduler looks for: what is due, and not all that ever was."""

from models.kit.constraints import Index
from models.kit.migrating import Step

INDEXES = {
    "accounts": Index("accounts_disabled", "id", where="NOT enabled"),
    "absences": Index("absences_to_end", "until_at, from_at"),
    "stock_balances": Index("stock_promised", "batch_id, id", where="allocated > 0"),
}


async def apply(step: Step) -> None:
    """Adds them."""
    for table, index in INDEXES.items():
        await step.run(index.made(table, step.dialect))
