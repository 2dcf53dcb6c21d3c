"""Which proposed refund waits, in the list of work: of one order several may wait at once."""

from dataclasses import replace
from importlib import import_module

from models.kit.migrating import Step


async def apply(step: Step) -> None:
    """Adds what a kind of work leads to."""
    work = import_module("models.migrations.0001_baseline.tables").VIEWS[-1]
    values, rows = import_module("models.migrations.0003_second_persons").TO_APPROVE
    to_approve = {**values, "refund_proposal_id": "offered.id"}, rows
    to_post = import_module("models.migrations.0006_counts_to_post").TO_POST
    columns = {**work.columns, "stock_count_id": "uuid", "refund_proposal_id": "uuid"}
    await step.run(["DROP VIEW work_items"])
    await step.run(replace(work, columns=columns, branches=(*work.branches, to_approve, to_post)).made(step.dialect))
