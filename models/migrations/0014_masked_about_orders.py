"""Masks may take the place of words in what was written about orders. And who is there to be told is asked when one looks."""

from dataclasses import replace
from importlib import import_module

from models.kit.migrating import Step

EVERY_LABEL = tuple(f"[{what}]" for what in "customer e-mail phone street place web account number".split())
LEDGERS = (
    ("order_amendments", "reason", "id order_id asked_by asked_through amended_at amended_by_id"),
    (
        "order_payments",
        "reference",
        "id order_id amount_minor currency method received_at recorded_at recorded_by_id reverses_id",
    ),
    (
        "refunds",
        "reason",
        "id number order_id customer_return_id complaint_id answer_id currency amount_minor overpaid_minor made_at made_by_id",
    ),
)


async def apply(step: Step) -> None:
    """Lets the triggers pass what only masks, and makes the list of work anew."""
    for table, column, kept in LEDGERS:
        await _let_masks_pass(step, table, column, kept.split())
    work = import_module("models.migrations.0001_baseline.tables").VIEWS[-1]
    values, rows = import_module("models.migrations.0003_second_persons").TO_APPROVE
    before = import_module("models.migrations.0011_written_by_others")
    for_others = (
        (values, rows.partition(" AND EXISTS (SELECT 1 FROM accounts")[0])
        for values, rows in (before.LABEL_TO_WRITE, before.INVOICE_TO_WRITE)
    )
    branches = (
        *import_module("models.migrations.0009_work_of_the_gone")._with_others(work.branches),
        ({**values, "refund_proposal_id": "offered.id"}, rows),
        import_module("models.migrations.0006_counts_to_post").TO_POST,
        *for_others,
    )
    columns = {**work.columns, "stock_count_id": "uuid", "refund_proposal_id": "uuid"}
    await step.run(["DROP VIEW work_items"])
    await step.run(replace(work, columns=columns, branches=branches).made(step.dialect))


async def _let_masks_pass(step: Step, table: str, column: str, kept: list[str]) -> None:
    same = "IS" if step.dialect == "sqlite" else "IS NOT DISTINCT FROM"
    rest = [f"OLD.{name} {same} NEW.{name}" for name in kept]
    fewer = f"length({_without_masks(f'NEW.{column}')}) < length({_without_masks(f'OLD.{column}')})"
    said = f"OLD.{column} IS NOT NULL AND NEW.{column} IS NOT NULL"
    rewritten = f"NOT ({' AND '.join([said, fewer, *rest])})"
    trigger = f"{table}_only_grow"
    if step.dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END"
        await step.run(
            [
                f"DROP TRIGGER {trigger}_update",
                f"CREATE TRIGGER {trigger}_update BEFORE UPDATE ON {table} WHEN {rewritten} {refuse}",
            ]
        )
        return
    refuse = f"EXECUTE FUNCTION refuse_to_rewrite_{table}()"
    await step.run(
        [
            f"DROP TRIGGER {trigger} ON {table}",
            f"CREATE TRIGGER {trigger}_update BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({rewritten}) {refuse}",
            f"CREATE TRIGGER {trigger} BEFORE DELETE ON {table} FOR EACH ROW {refuse}",
        ]
    )


def _without_masks(text: str) -> str:
    for label in EVERY_LABEL:
        text = f"replace({text}, '{label}', '')"
    return text
