"""What decides how long something may take: regimes, their clock policies, and the business calendars that these count in.

The surprising rule: policies and calendars never change. A change adds a row and retires the old one, so that what a clock
counted under stays what it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from tortoise import fields

from models.both_offices.clocks.working_time import MINUTE, Allowance, Counting, WorkingCalendar
from models.kit.base import Record, all_rows, now, optional_reference, reference
from models.kit.categories import LAST_STAGE, Category
from models.kit.constraints import Index, at_least, one_of
from models.kit.enums import DescribedEnum
from models.kit.severity import Severity
from models.permissions import Department


class ClockKind(DescribedEnum):
    """What a clock watches: the first two are the customer's and run on a complaint, the others a department's, on a handoff."""

    ACKNOWLEDGE_COMPLAINT = "ACKNOWLEDGE_COMPLAINT", "That the customer hears that we have the complaint."
    ANSWER_COMPLAINT = "ANSWER_COMPLAINT", "That the customer gets our answer."
    CLAIM_HANDOFF = "CLAIM_HANDOFF", "That somebody of the department takes the handoff."
    ANSWER_HANDOFF = "ANSWER_HANDOFF", "That the department answers."


class AtReopening(DescribedEnum):
    """What happens to a clock when something that was answered is opened again."""

    RESTART = "RESTART", "It begins anew, with the whole budget."
    CONTINUE = "CONTINUE", "It goes on with what was left."


class CountsFrom(DescribedEnum):
    """From when a budget is counted."""

    START = "START", "From the beginning: the receipt of the complaint, the handing off of a handoff."
    ACKNOWLEDGEMENT = (
        "ACKNOWLEDGEMENT",
        "From the acknowledgement of the complaint, when the clock begins anew; until then, from the beginning.",
    )


class Regime(Record):
    """A set of rules that the company works by: its own or a regulator's. Exactly one is active."""

    code = fields.CharField(max_length=60, unique=True)
    name = fields.CharField(max_length=200)
    source = fields.TextField()
    active = fields.BooleanField(default=False)
    reopen_within_days = fields.IntField()
    rating_window_days = fields.IntField()
    version = fields.IntField(default=1)

    class Meta:
        table = "regimes"
        checks = {"days": at_least(0, "reopen_within_days", "rating_window_days")}
        by_code_point = ("code", "name")
        more_indexes = (Index("regimes_one_active", "active", where="active", unique=True),)


class BusinessCalendar(Record):
    """When the business is open. `hours` is JSON: for each weekday from Monday a list of [opens, closes] in local minutes.

    `closed_dates` is JSON too: further local days without opening. `replaced_by` is the calendar's next version.
    """

    name = fields.CharField(max_length=200)
    time_zone = fields.CharField(max_length=60)
    hours: Any = fields.JSONField()
    country = fields.CharField(max_length=2, null=True)
    subdivision = fields.CharField(max_length=10, null=True)
    closed_dates: Any = fields.JSONField()
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField(default=now)
    filled_until = fields.DatetimeField(null=True)
    replaced_by_id = optional_reference("BusinessCalendar", related_name="replaced")

    class Meta:
        table = "business_calendars"
        by_code_point = ("name",)

    def working(self) -> WorkingCalendar:
        """The calendar as the arithmetic takes it."""
        return WorkingCalendar(
            self.time_zone,
            tuple(tuple((opens, closes) for opens, closes in day) for day in self.hours),
            self.country,
            self.subdivision,
            frozenset(date.fromisoformat(day) for day in self.closed_dates),
        )


class CalendarOpening(Record):
    """A span of a calendar that counts, with the sum of all before it: what is left of a clock is one subtraction in SQL.

    `length_ms` is what the span counts, `before_ms` what all earlier ones of this calendar and counting do.
    """

    calendar_id = reference("BusinessCalendar", related_name="openings")
    counting = fields.CharEnumField(Counting, max_length=20)
    opens_at = fields.DatetimeField()
    closes_at = fields.DatetimeField()
    length_ms = fields.BigIntField()
    before_ms = fields.BigIntField()

    class Meta:
        table = "calendar_openings"
        unique_together = (("calendar_id", "counting", "opens_at"),)
        checks = {
            "counting": one_of("counting", "WORKING_HOURS WORKING_DAYS"),
            "span": "closes_at > opens_at",
            "sums": "(length_ms IS NULL OR length_ms >= 1) AND (before_ms IS NULL OR before_ms >= 0)",
        }


@dataclass(frozen=True, kw_only=True)
class Classes:
    """What clock policies ask of a record besides its department; None is nothing in particular."""

    stage: int = 1
    category: Category | None = None
    severity: Severity | None = None


class ClockPolicy(Record):
    """How long something may take. What is null in its selectors means any."""

    regime_id = reference("Regime", related_name="policies", index=True)
    kind = fields.CharEnumField(ClockKind, max_length=30)
    stage = fields.IntField(null=True)
    department: Any = fields.CharEnumField(Department, max_length=30, null=True)
    category: Any = fields.CharEnumField(Category, max_length=20, null=True)
    severity: Any = fields.CharEnumField(Severity, max_length=20, null=True)
    budget_minutes = fields.IntField()
    counting = fields.CharEnumField(Counting, max_length=20)
    calendar_id = optional_reference("BusinessCalendar", related_name="policies")
    calendar: fields.ForeignKeyNullableRelation[BusinessCalendar]
    at_reopening = fields.CharEnumField(AtReopening, max_length=20)
    counts_from = fields.CharEnumField(CountsFrom, max_length=20)
    lease_minutes = fields.IntField(null=True)
    created_at = fields.DatetimeField(default=now)
    retired_at = fields.DatetimeField(null=True)
    replaced_by_id = optional_reference("ClockPolicy", related_name="replaced")

    class Meta:
        table = "clock_policies"
        checks = {
            "stage": f"stage IS NULL OR stage BETWEEN 1 AND {LAST_STAGE}",
            "calendar": "(counting IN ('PLAIN')) = (calendar_id IS NULL)",
            "minutes": at_least(1, "budget_minutes", "lease_minutes"),
        }
        more_indexes = (
            Index(
                "clock_policies_one_in_force",
                "regime_id, kind, coalesce(stage, 0), coalesce(department, ''), coalesce(category, ''), coalesce(severity, '')",
                where="retired_at IS NULL",
                unique=True,
            ),
        )

    @cached_property
    def allowance(self) -> Allowance:
        """The policy as the arithmetic takes it. The calendar must have been fetched."""
        calendar = self.calendar.working() if self.calendar else None
        return Allowance(self.budget_minutes * MINUTE, self.counting, calendar)

    def fits(self, department: Department | None, classes: Classes) -> bool:
        """Whether every selector that it names is met."""
        return (
            self.stage in (None, classes.stage)
            and self.department in (None, department)
            and self.category in (None, classes.category)
            and self.severity in (None, classes.severity)
        )

    @property
    def specificity(self) -> tuple[bool, bool, bool, bool]:
        """What is compared when several fit: a stage outweighs a department, that a category, that a severity."""
        return tuple(selector is not None for selector in (self.stage, self.department, self.category, self.severity))  # pyright: ignore[reportReturnType]


def most_specific(
    policies: Iterable[ClockPolicy], department: Department | None, classes: Classes
) -> ClockPolicy | None:
    """The policy of those of one kind that holds: of those that fit, the most specific one."""
    fitting = (policy for policy in policies if policy.fits(department, classes))
    return max(fitting, key=lambda policy: policy.specificity, default=None)


Regime.row_scope = BusinessCalendar.row_scope = ClockPolicy.row_scope = all_rows
