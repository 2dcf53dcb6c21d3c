"""Stock counts that wait for a second person, in the list of work."""

from dataclasses import replace
from importlib import import_module

from models.kit.migrating import Step

TO_POST = (
    {
        "id": "counting.id",
        "kind": "'STOCK_COUNT_TO_POST'",
        "since": "counting.opened_at",
        "due_at": "NULL",
        "stock_count_id": "counting.id",
        "owner": "'COUNT_POSTERS'",
    },
    "stock_counts counting WHERE counting.status = 'OPEN' AND EXISTS (SELECT 1 FROM stock_count_lines missing"
    " WHERE missing.count_id = counting.id AND missing.counted < missing.expected)",
)


async def apply(step: Step) -> None:
    """Adds a kind of work, and what it leads to."""
    work = import_module("models.migrations.0001_baseline.tables").VIEWS[-1]
    to_approve = import_module("models.migrations.0003_second_persons").TO_APPROVE
    columns = {**work.columns, "stock_count_id": "uuid"}
    await step.run(["DROP VIEW work_items"])
    await step.run(replace(work, columns=columns, branches=(*work.branches, to_approve, TO_POST)).made(step.dialect))
