"""Numbers of a series from a sequence on PostgreSQL, so that whoever takes one waits for nobody."""

from models.kit.migrating import Step
from models.kit.tables import NEXT_NUMBER


async def apply(step: Step) -> None:
    """Adds what makes and asks sequences; each goes on where its series stands."""
    if step.dialect == "postgres":
        await step.run([NEXT_NUMBER])
