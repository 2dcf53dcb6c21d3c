"""Tokens by which somebody sets their password without an old one."""

from models.kit.constraints import Index
from models.kit.migrating import Step
from models.kit.tables import Table

PASSWORD_TOKENS = Table(
    "password_tokens",
    {
        "id": "UUID NOT NULL PRIMARY KEY",
        "account_id": "UUID NOT NULL REFERENCES accounts (id) ON DELETE RESTRICT",
        "issued_at": "TIMESTAMPTZ NOT NULL",
        "issued_by_id": "UUID REFERENCES accounts (id) ON DELETE RESTRICT",
        "expires_at": "TIMESTAMPTZ NOT NULL",
        "used_at": "TIMESTAMPTZ",
    },
    indexes=(
        Index("idx_password_to_account_41dfc4", "account_id"),
        Index("idx_password_to_issued__a43f80", "issued_at, id"),
    ),
)


async def apply(step: Step) -> None:
    """Adds their table."""
    await step.run(PASSWORD_TOKENS.added(step.dialect))
