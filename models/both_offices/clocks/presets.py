"""The regimes that Interoffice is shipped with. DEFAULT is ours, and active until another one is adopted.

- DEFAULT: acknowledged within a working day, answered by severity; a department's answer after 4 hours to 5 plain days.
- FCA_DISP: FCA Handbook, DISP 1.6 "Complaints time limit rules". 1.6.1R(1): a prompt written acknowledgement. The rule names no
  figure; 3 business days are ours, after DISP 1.5.1R, which lets what is resolved by then off. 1.6.2R: a final response by the
  end of eight weeks after receipt. 1.6.5R: the eight weeks hold a two-stage procedure's both stages, so the clock goes on.
- ASIC_RG_271: ASIC Regulatory Guide 271 "Internal dispute resolution", September 2021. RG 271.51: acknowledged within 24 hours
  (or one business day): the hours, because they keep both. RG 271.56: a response no later than 30 calendar days after
  receipt. RG 271.88: all tiers of internal dispute resolution together have no longer, so the clock goes on.
- UK_HOUSING: Housing Ombudsman, Complaint Handling Code, April 2024. 6.2: acknowledged within 5 working days of receipt. 6.3:
  stage 1 answered within 10 working days of the acknowledgement. 6.14: stage 2 within 20 working days of its acknowledgement.

The surprising rule: what regulators say about customers does not say how fast departments are; those clocks are the same in all.
"""

from dataclasses import dataclass
from datetime import timedelta

from models.both_offices.clocks.policies import AtReopening, ClockKind, CountsFrom
from models.both_offices.clocks.working_time import MINUTES_PER_DAY, Counting
from models.kit.severity import Severity

HOUR = 60
WEEK = 7 * MINUTES_PER_DAY


@dataclass(frozen=True)
class CalendarPreset:
    """A business calendar that is open from Monday to Friday, from 9 to 17 hours, without public holidays."""

    name: str
    time_zone: str
    country: str | None = None
    subdivision: str | None = None


@dataclass(frozen=True)
class PolicyPreset:
    """A clock policy: what is left out means any, and a budget is in minutes as counted."""

    kind: ClockKind
    budget_minutes: int
    counting: Counting
    severity: Severity | None = None
    stage: int | None = None
    at_reopening: AtReopening = AtReopening.RESTART
    counts_from: CountsFrom = CountsFrom.START
    lease_minutes: int | None = None


@dataclass(frozen=True)
class RegimePreset:
    """A regime with all that it needs: every kind of clock has a policy that fits anything."""

    code: str
    name: str
    source: str
    calendar: CalendarPreset
    policies: tuple[PolicyPreset, ...]
    reopen_within_days: int = 30
    rating_window_days: int = 14


_K, _PLAIN, _DAYS = ClockKind, Counting.PLAIN, Counting.WORKING_DAYS
_DAY = MINUTES_PER_DAY


DUE_WITHIN: dict[Severity, timedelta] = {
    Severity.CRITICAL: timedelta(hours=4),
    Severity.HIGH: timedelta(days=1),
    Severity.MEDIUM: timedelta(days=3),
    Severity.LOW: timedelta(days=5),
}
"""After how much time departments answer."""


def _within(severity: Severity) -> int:
    return DUE_WITHIN[severity] // timedelta(minutes=1)


DEPARTMENTS = (
    PolicyPreset(_K.CLAIM_HANDOFF, HOUR, _PLAIN, Severity.CRITICAL),
    PolicyPreset(_K.CLAIM_HANDOFF, 4 * HOUR, _PLAIN, Severity.HIGH),
    PolicyPreset(_K.CLAIM_HANDOFF, _DAY, _PLAIN, Severity.MEDIUM),
    PolicyPreset(_K.CLAIM_HANDOFF, 2 * _DAY, _PLAIN),
    PolicyPreset(_K.ANSWER_HANDOFF, _within(Severity.CRITICAL), _PLAIN, Severity.CRITICAL, lease_minutes=2 * HOUR),
    PolicyPreset(_K.ANSWER_HANDOFF, _within(Severity.HIGH), _PLAIN, Severity.HIGH, lease_minutes=16 * HOUR),
    PolicyPreset(_K.ANSWER_HANDOFF, _within(Severity.MEDIUM), _PLAIN, Severity.MEDIUM, lease_minutes=2 * _DAY),
    PolicyPreset(_K.ANSWER_HANDOFF, _within(Severity.LOW), _PLAIN, lease_minutes=3 * _DAY),
)
"""How fast departments are, in every regime: plain time, as it was before there were policies."""

DEFAULT = RegimePreset(
    code="DEFAULT",
    name="House rules",
    source="Interoffice's own proposal, in the spirit of ISO 10002:2018, 8.3 (acknowledgement) and 8.7 (response).",
    calendar=CalendarPreset("Office hours", "UTC"),
    policies=(
        PolicyPreset(_K.ACKNOWLEDGE_COMPLAINT, _DAY, _DAYS, at_reopening=AtReopening.CONTINUE),
        PolicyPreset(_K.ANSWER_COMPLAINT, 2 * _DAY, _DAYS, Severity.CRITICAL),
        PolicyPreset(_K.ANSWER_COMPLAINT, 3 * _DAY, _DAYS, Severity.HIGH),
        PolicyPreset(_K.ANSWER_COMPLAINT, 5 * _DAY, _DAYS, Severity.MEDIUM),
        PolicyPreset(_K.ANSWER_COMPLAINT, 10 * _DAY, _DAYS),
        *DEPARTMENTS,
    ),
)

FCA_DISP = RegimePreset(
    code="FCA_DISP",
    name="FCA, Dispute resolution: Complaints",
    source="FCA Handbook DISP 1.6.1R (prompt acknowledgement), 1.6.2R (final response within eight weeks), 1.6.5R.",
    calendar=CalendarPreset("London", "Europe/London", "GB", "ENG"),
    policies=(
        PolicyPreset(_K.ACKNOWLEDGE_COMPLAINT, 3 * _DAY, _DAYS, at_reopening=AtReopening.CONTINUE),
        PolicyPreset(_K.ANSWER_COMPLAINT, 8 * WEEK, _PLAIN, at_reopening=AtReopening.CONTINUE),
        *DEPARTMENTS,
    ),
)

ASIC_RG_271 = RegimePreset(
    code="ASIC_RG_271",
    name="ASIC, Internal dispute resolution",
    source="ASIC Regulatory Guide 271: RG 271.51 (24 hours), RG 271.56 (30 calendar days), RG 271.88 (all tiers together).",
    calendar=CalendarPreset("Sydney", "Australia/Sydney", "AU", "NSW"),
    policies=(
        PolicyPreset(_K.ACKNOWLEDGE_COMPLAINT, 24 * HOUR, _PLAIN, at_reopening=AtReopening.CONTINUE),
        PolicyPreset(_K.ANSWER_COMPLAINT, 30 * _DAY, _PLAIN, at_reopening=AtReopening.CONTINUE),
        *DEPARTMENTS,
    ),
)

UK_HOUSING = RegimePreset(
    code="UK_HOUSING",
    name="Housing Ombudsman, Complaint Handling Code",
    source="Complaint Handling Code 2024: 6.2 and 6.11 (5 working days), 6.3 (10), 6.14 (20, from the acknowledgement).",
    calendar=CalendarPreset("England", "Europe/London", "GB", "ENG"),
    policies=(
        PolicyPreset(_K.ACKNOWLEDGE_COMPLAINT, 5 * _DAY, _DAYS, at_reopening=AtReopening.CONTINUE),
        PolicyPreset(_K.ANSWER_COMPLAINT, 10 * _DAY, _DAYS, counts_from=CountsFrom.ACKNOWLEDGEMENT),
        PolicyPreset(_K.ANSWER_COMPLAINT, 20 * _DAY, _DAYS, stage=2, counts_from=CountsFrom.ACKNOWLEDGEMENT),
        PolicyPreset(_K.ANSWER_COMPLAINT, 20 * _DAY, _DAYS, stage=3, counts_from=CountsFrom.ACKNOWLEDGEMENT),
        *DEPARTMENTS,
    ),
)

PRESETS = (DEFAULT, FCA_DISP, ASIC_RG_271, UK_HOUSING)
