"""Absences: when somebody is away and who stands in. Colleagues see that, and never why.

The surprising rule: nothing marks the beginning. Somebody is absent while an absence covers the present moment.
"""

from typing import Any
from uuid import UUID

from tortoise import fields

from models.both_offices.accounts import Account
from models.kit.base import NOW, VIEWER, Record, all_rows


class Absence(Record):
    """One time during which somebody is away, from `from_at` until `until_at`, or until further notice.

    With `ended_at` it ended early, or never began. The times of one account do not overlap (a trigger holds that).
    """

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="absences", on_delete=fields.RESTRICT, db_index=False
    )
    account_id: UUID
    from_at = fields.DatetimeField()
    until_at: Any = fields.DatetimeField(null=True)
    stand_in: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="stood_in_absences", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    stand_in_id: UUID | None
    set_at = fields.DatetimeField()
    set_by: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.RESTRICT, db_index=False
    )
    set_by_id: UUID
    ended_at: Any = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "absences"
        indexes = (("account_id", "from_at", "id"), ("from_at", "id"))


visible_absences = all_rows


def covers(absence: str, moment: str) -> str:
    """A plain SQL condition that an absence, known by an alias, covers a moment, which is SQL too."""
    return (
        f"{absence}.from_at <= {moment} AND ({absence}.until_at IS NULL OR {absence}.until_at > {moment})"
        f" AND ({absence}.ended_at IS NULL OR {absence}.ended_at > {moment})"
    )


def stood_in_for() -> str:
    """A plain SQL list of the accounts that the viewer stands in for now, also in the place of a stand-in who is absent."""
    return (
        "(WITH RECURSIVE stood_in_for (account_id) AS ("
        f"SELECT away.account_id FROM absences away WHERE away.stand_in_id = {VIEWER} AND {covers('away', NOW)}"
        " UNION SELECT away.account_id FROM absences away JOIN stood_in_for ON away.stand_in_id = stood_in_for.account_id"
        f" WHERE {covers('away', NOW)}) SELECT account_id FROM stood_in_for)"
    )


Absence.row_scope = visible_absences
