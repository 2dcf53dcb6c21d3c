"""Which restores from a backup there were: cursors of before are told apart by it."""

from models.kit.migrating import Step
from models.kit.tables import Table

RESTORES = Table(
    "restores",
    {
        "id": "BIGSERIAL NOT NULL PRIMARY KEY",
        "epoch": "VARCHAR(8) NOT NULL UNIQUE",
        "at": "TIMESTAMPTZ NOT NULL",
    },
    checks={"epoch": "epoch <> '' AND rtrim(epoch, '0123456789abcdef') = ''"},
    append_only=True,
)


async def apply(step: Step) -> None:
    """Adds their table."""
    await step.run(RESTORES.added(step.dialect))
