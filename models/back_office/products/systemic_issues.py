"""Systemic issues: causes that bring complaints again and again (ISO 10002, 8.3), and how bad and how fast that is.

The surprising rule: harm is counted in weights, so that one critical complaint outweighs twenty-six slight ones.
"""

from models.kit.enums import DescribedEnum
from models.kit.severity import Severity

HARM: dict[Severity, int] = {Severity.LOW: 1, Severity.MEDIUM: 3, Severity.HIGH: 9, Severity.CRITICAL: 27}
"""How much a complaint of each severity weighs: each step three times the one before, as in risk matrices with a ratio scale."""

TREND_THRESHOLD_PERCENT = 25
"""By how much the second half of a period must differ from the first, in percent of the first, to be called a trend."""


class IssueGrouping(DescribedEnum):
    """What complaints must share to be one issue."""

    ALL = "ALL", "Their cause, category and product."
    CAUSE = "CAUSE", "Their cause, whatever they are about: what is spread over many products is found, too."
    PRODUCT = "PRODUCT", "Their product, whatever the cause."


SHARED: dict[IssueGrouping, frozenset[str]] = {
    IssueGrouping.ALL: frozenset({"cause", "category", "product_id"}),
    IssueGrouping.CAUSE: frozenset({"cause"}),
    IssueGrouping.PRODUCT: frozenset({"product_id"}),
}
"""The columns of a complaint that each grouping looks at."""


class IssueTrend(DescribedEnum):
    """Whether complaints become more: the second half of the period against the first."""

    RISING = "RISING", "The second half has at least a quarter more than the first."
    STEADY = "STEADY", "The halves differ by less than a quarter of the first."
    FALLING = "FALLING", "The second half has at least a quarter less than the first."


def trend_of(first_half: int, second_half: int) -> IssueTrend:
    """The trend between two counts. From none to some is rising; one more or less on its own is chance, and steady."""
    difference = second_half - first_half
    if abs(difference) < 2 or abs(difference) * 100 < TREND_THRESHOLD_PERCENT * first_half:
        return IssueTrend.STEADY
    return IssueTrend.RISING if difference > 0 else IssueTrend.FALLING
