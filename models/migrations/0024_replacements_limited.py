"""A replacement is granted within the same limits as money: answers keep what the goods were sold for."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.kit.migrating_constraints import constrain, constrain_anew, given, when

PRICED = f"{given('amount_minor')} AND {given('currency')} AND {{row}}amount_minor > 0"
UNPRICED = "{row}amount_minor IS NULL AND {row}currency IS NULL"

CONSTRAINTS: dict[str, dict[str, str]] = {
    # What was answered before nobody had looked at.
    "complaint_answers": {"replaced": when("redress", "REPLACEMENT", f"({PRICED}) OR ({UNPRICED})")}
}
REPLACED: dict[str, dict[str, str]] = {"complaint_answers": {"unpriced": when("redress", "NONE APOLOGY", UNPRICED)}}


async def limit_replacements(_apps: Any, editor: Any) -> None:
    """Lets answers that replace something say what that is worth."""
    for table, conditions in REPLACED.items():
        await constrain_anew(editor, table, conditions)
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)


class Migration(migrations.Migration):
    dependencies = [("models", "0023_costs_unseen")]
    operations = [ops.RunPython(limit_replacements)]
