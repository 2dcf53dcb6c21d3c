"""Improvements: proposed from complaints, planned, made, watched, and judged by what the figures say.

Locks are taken in one order, complaints before improvements, so that two changes can wait for each other but never both.
"""

from resolvers.back_office.products.improvements.carrying_out import (
    monitor_improvement,
    plan_improvement,
    reject_improvement,
    revise_improvement,
    start_improvement,
)
from resolvers.back_office.products.improvements.judging import judge_improvement
from resolvers.back_office.products.improvements.proposing import (
    NewImprovement,
    add_complaints_to_improvement,
    propose_improvement,
)
from resolvers.back_office.products.improvements.shared import Keys, Terms, access_improvement
from resolvers.back_office.products.improvements.watching import tell_of_due_improvements

__all__ = [
    "Keys",
    "NewImprovement",
    "Terms",
    "access_improvement",
    "add_complaints_to_improvement",
    "judge_improvement",
    "monitor_improvement",
    "plan_improvement",
    "propose_improvement",
    "reject_improvement",
    "revise_improvement",
    "start_improvement",
    "tell_of_due_improvements",
]
