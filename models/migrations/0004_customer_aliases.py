"""What each department calls the customer of a complaint: drawn by lot, one for each complaint and department."""

from models.kit.migrating import Step


async def apply(step: Step) -> None:
    """Adds the column, and draws for the handoffs that are there."""
    lot = "upper(hex(randomblob(4)))" if step.dialect == "sqlite" else "upper(left(gen_random_uuid()::text, 8))"
    first = (
        "SELECT min(drawn.customer_alias) FROM handoffs drawn"
        " WHERE drawn.complaint_id = handoffs.complaint_id AND drawn.department = handoffs.department"
    )
    await step.run(
        [
            "ALTER TABLE handoffs ADD COLUMN customer_alias VARCHAR(8) NOT NULL DEFAULT ''",
            f"UPDATE handoffs SET customer_alias = {lot}",
            f"UPDATE handoffs SET customer_alias = ({first})",
        ]
    )
