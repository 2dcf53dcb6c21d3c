"""All answers, and those of one major case, are listed in the order of their making through an index."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("models", "0013_work")]

    initial = False

    operations = [
        ops.AddIndex(
            model_name="ComplaintAnswer",
            index=Index(fields=["made_at", "id"]),
        ),
        ops.AddIndex(
            model_name="ComplaintAnswer",
            index=Index(fields=["case_id", "made_at", "id"]),
        ),
    ]
