"""What waits for somebody who is disabled waits for others, in the list of work."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module

from models.kit.migrating import Step

LEFT_TO = {
    "INFORMATION_TO_PROVIDE": ("handoff.handed_off_by_id", "FRONT_OFFICE"),
    "ANSWER_TO_JUDGE": ("handoff.handed_off_by_id", "FRONT_OFFICE"),
    "ESCALATION_TO_SETTLE": ("escalation.assignee_id", "MANAGERS"),
    "CASE_ANSWER_TO_CONFIRM": ("complaint.received_by_id", "FRONT_OFFICE"),
}

Branch = tuple[Mapping[str, str], str]


async def apply(step: Step) -> None:
    """Makes the list anew."""
    work = import_module("models.migrations.0001_baseline.tables").VIEWS[-1]
    values, rows = import_module("models.migrations.0003_second_persons").TO_APPROVE
    to_approve = {**values, "refund_proposal_id": "offered.id"}, rows
    to_post = import_module("models.migrations.0006_counts_to_post").TO_POST
    columns = {**work.columns, "stock_count_id": "uuid", "refund_proposal_id": "uuid"}
    branches = (*_with_others(work.branches), to_approve, to_post)
    await step.run(["DROP VIEW work_items"])
    await step.run(replace(work, columns=columns, branches=branches).made(step.dialect))


def _with_others(branches: tuple[Branch, ...]) -> Iterator[Branch]:
    """The branches, and after those of an owner and of who stands in for them, that of whom it is left to."""
    of_owner: dict[str, Branch] = {}
    for position, (values, rows) in enumerate(branches):
        kind = values["kind"].strip("'")
        owner, others = LEFT_TO.get(kind, ("", ""))
        if not owner or values["owner"] not in (owner, "absence.stand_in_id"):
            yield values, rows
            continue
        if values["owner"] == owner:
            of_owner[kind] = values, rows
            yield values, rows
        else:
            yield (
                values,
                f"{rows} AND EXISTS (SELECT 1 FROM accounts away WHERE away.id = {owner} AND away.enabled)",
            )
        following = branches[position + 1][0] if position + 1 < len(branches) else {}
        if (following.get("kind"), following.get("owner")) != (values["kind"], "absence.stand_in_id"):
            values, rows = of_owner[kind]
            table, _, where = rows.partition(" WHERE ")
            where = where.removesuffix(f" AND {owner} IS NOT NULL")
            gone = f"{table} JOIN accounts gone ON gone.id = {owner} WHERE {where} AND NOT gone.enabled"
            yield {**values, "owner": f"'{others}'"}, gone
