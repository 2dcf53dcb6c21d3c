"""What the software itself must remember: number series and the answers already given under an idempotency key."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.kit.base import Record, reference
from models.kit.constraints import at_least


class NumberSeries(Model):
    """The last number given in a series, for instance `CMP-2026`, on SQLite. On PostgreSQL it is where its sequence began."""

    name = fields.CharField(max_length=20, primary_key=True)
    last_given = fields.BigIntField()

    class Meta:
        table = "number_series"
        checks = {"last_given": at_least(0, "last_given")}


class IdempotencyKey(Record):
    """The first answer to a change that was sent with a key: the same account, key and input get it again."""

    account_id = reference("Account")
    key = fields.CharField(max_length=200)
    operation = fields.CharField(max_length=50)
    input_hash = fields.CharField(max_length=64)
    answer: Any = fields.JSONField(null=True)
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "idempotency_keys"
        unique_together = (("account_id", "key"),)
