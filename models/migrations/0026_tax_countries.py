"""Tax rates are found by their country however it is written, among those of many countries and years."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0025_overpaid")]
    operations = [
        ops.RunSQL(
            "CREATE INDEX tax_rates_in_force ON tax_rates (lower(country), valid_from, id)",
            "DROP INDEX tax_rates_in_force",
        )
    ]
