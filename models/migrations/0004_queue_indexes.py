"""Queues are walked in the index alone: it holds the status, by which the many handoffs that are done are passed over."""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """The same orders as before, and the status at their end."""

    dependencies = [("models", "0003_code_point_order")]
    operations = [
        ops.RemoveIndex(model_name="Handoff", name=None, fields=["department", "due_at", "id"]),
        ops.RemoveIndex(model_name="Handoff", name=None, fields=["due_at", "id"]),
        ops.AddIndex(model_name="Handoff", index=Index(fields=["department", "due_at", "id", "status"])),
        ops.AddIndex(model_name="Handoff", index=Index(fields=["due_at", "id", "status"])),
    ]
