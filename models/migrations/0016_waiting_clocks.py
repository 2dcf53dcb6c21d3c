"""Finds the clocks that still run by their policy, and an improvement's successor, without a look at all the others."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """The keeper looks every few seconds; nearly all clocks of a policy have stopped for good."""

    dependencies = [("models", "0015_redress_withdrawn")]
    operations = [
        ops.RunSQL("CREATE INDEX clocks_not_stopped ON clocks (policy_id) WHERE state <> 'STOPPED'"),
        ops.RunSQL("CREATE INDEX improvements_by_predecessor ON improvements (predecessor_id)"),
    ]
