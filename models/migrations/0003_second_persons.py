"""Refunds that wait for a second person, in the list of work too; and who counted what of a stock count."""

from dataclasses import replace
from importlib import import_module

from models.kit.constraints import Index, currency_code
from models.kit.migrating import Step
from models.kit.tables import Table

TABLES = (
    Table(
        "refund_proposals",
        {
            "id": "UUID NOT NULL PRIMARY KEY",
            "order_id": "UUID NOT NULL REFERENCES orders (id) ON DELETE RESTRICT",
            "customer_return_id": "UUID REFERENCES returns (id) ON DELETE RESTRICT",
            "status": 'VARCHAR(20) COLLATE "C" NOT NULL',
            "currency": "VARCHAR(3) NOT NULL",
            "amount_minor": "BIGINT NOT NULL",
            "overpaid_minor": "BIGINT NOT NULL",
            "reason": "TEXT",
            "proposed_at": "TIMESTAMPTZ NOT NULL",
            "proposed_by_id": "UUID NOT NULL REFERENCES accounts (id) ON DELETE RESTRICT",
            "decided_at": "TIMESTAMPTZ",
            "decided_by_id": "UUID REFERENCES accounts (id) ON DELETE RESTRICT",
            "refund_id": "UUID UNIQUE REFERENCES refunds (id) ON DELETE RESTRICT",
            "version": "INT NOT NULL",
        },
        checks={
            "status": "status IN ('PROPOSED', 'APPROVED', 'REJECTED')",
            "currency": currency_code("currency"),
            "version": "(version IS NULL OR version >= 1)",
            "amount": "(amount_minor IS NULL OR amount_minor >= 1)",
            "overpaid": "overpaid_minor BETWEEN 0 AND amount_minor",
            "decided": "(status IN ('APPROVED', 'REJECTED')) = (decided_at IS NOT NULL)",
            "decider": "(decided_at IS NULL) = (decided_by_id IS NULL)",
            "made": "(status IN ('APPROVED')) = (refund_id IS NOT NULL)",
            "two_people": "status <> 'APPROVED' OR decided_by_id <> proposed_by_id",
        },
        indexes=(
            Index("idx_refund_prop_order_i_9e97c6", "order_id"),
            Index("idx_refund_prop_propose_a7208d", "proposed_at, id"),
            Index("idx_refund_prop_status_1f95eb", "status, proposed_at, id"),
        ),
    ),
    Table(
        "refund_proposal_lines",
        {
            "id": "UUID NOT NULL PRIMARY KEY",
            "proposal_id": "UUID NOT NULL REFERENCES refund_proposals (id) ON DELETE RESTRICT",
            "position": "INT NOT NULL",
            "order_line_id": "UUID NOT NULL REFERENCES order_lines (id) ON DELETE RESTRICT",
            "quantity": "INT NOT NULL",
            "amount_minor": "BIGINT NOT NULL",
            "currency": "VARCHAR(3) NOT NULL",
        },
        unique={
            "uid_refund_prop_proposa_b4c6b9": "proposal_id, position",
        },
        checks={
            "currency": currency_code("currency"),
            "position": "(position IS NULL OR position >= 1)",
            "quantity": "(quantity IS NULL OR quantity >= 0)",
            "amount": "(amount_minor IS NULL OR amount_minor >= 0)",
        },
        append_only=True,
    ),
)

TO_APPROVE = (
    {
        "id": "offered.id",
        "kind": "'REFUND_TO_APPROVE'",
        "since": "offered.proposed_at",
        "due_at": "NULL",
        "order_id": "offered.order_id",
        "proposed_by_id": "offered.proposed_by_id",
        "owner": "'REFUND_APPROVERS'",
    },
    "refund_proposals offered WHERE offered.status = 'PROPOSED'",
)


async def apply(step: Step) -> None:
    """Adds the tables, a kind of work, and the column."""
    for table in TABLES:
        await step.run(table.added(step.dialect))
    work = import_module("models.migrations.0001_baseline.tables").VIEWS[-1]
    await step.run(["DROP VIEW work_items"])
    await step.run(replace(work, branches=(*work.branches, TO_APPROVE)).made(step.dialect))
    key = "UUID" if step.dialect == "postgres" else "CHAR(36)"
    column = f'"counted_by_id" {key} REFERENCES accounts (id) ON DELETE RESTRICT'
    await step.run([f"ALTER TABLE stock_count_lines ADD COLUMN {column}"])
