"""All tables, as they were when this became the first migration. A database of the 28 migrations before it is carried over."""

from models.kit.migrating import Step
from models.kit.tables import everything
from models.migrations import revision_28

from .rows import statements
from .tables import TABLES, VIEWS


async def apply(step: Step) -> None:
    """Makes all of it in a database without tables."""
    if await revision_28.found(step):
        await revision_28.carry_over(step, TABLES, VIEWS)
    else:
        await step.run(everything(TABLES, VIEWS, step.dialect))
        await step.run(statements())
