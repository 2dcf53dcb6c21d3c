"""Absences: when somebody is away and who stands in. Colleagues see that, and never why.

The surprising rule: nothing marks the beginning. Somebody is absent while an absence covers the present moment.
"""

from tortoise import fields

from models.kit.base import NOW, VIEWER, Record, all_rows, optional_reference, reference
from models.kit.constraints import Index, Refusal
from models.kit.events import EventKind


class AbsenceEvent(EventKind):
    """What happens to absences."""

    SET = "ABSENCE_SET", "Somebody will be absent."
    ENDED = "ABSENCE_ENDED", "Somebody is back."


class Absence(Record):
    """One time during which somebody is away, from `from_at` until `until_at`, or until further notice.

    With `ended_at` it ended early, or never began. The times of one account do not overlap (a trigger holds that).
    """

    account_id = reference("Account", related_name="absences")
    from_at = fields.DatetimeField()
    until_at = fields.DatetimeField(null=True)
    stand_in_id = optional_reference("Account", related_name="stood_in_absences")
    set_at = fields.DatetimeField()
    set_by_id = reference("Account")
    ended_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "absences"
        indexes = (("account_id", "from_at", "id"), ("from_at", "id"))
        checks = {
            "times": "until_at IS NULL OR until_at > from_at",
            "stand_in": "stand_in_id IS NULL OR stand_in_id <> account_id",
        }
        triggers = (
            Refusal(
                "absences_overlap",
                "BEFORE INSERT OR UPDATE",
                "EXISTS ( SELECT 1 FROM absences other WHERE other.account_id = NEW.account_id"
                " AND other.id <> NEW.id AND (other.ended_at IS NULL OR other.ended_at > other.from_at)"
                " AND (NEW.ended_at IS NULL OR NEW.ended_at > NEW.from_at) AND (other.until_at IS NULL"
                " OR other.until_at > NEW.from_at) AND (other.ended_at IS NULL OR other.ended_at > NEW.from_at)"
                " AND (NEW.until_at IS NULL OR NEW.until_at > other.from_at) AND (NEW.ended_at IS NULL"
                " OR NEW.ended_at > other.from_at) )",
            ),
        )
        more_indexes = (
            Index("work_standing_in", "stand_in_id", where="stand_in_id IS NOT NULL", as_text=True),
            Index("absences_to_end", "until_at, from_at"),
        )


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


Absence.row_scope = all_rows
