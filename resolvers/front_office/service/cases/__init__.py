"""Major cases: opened, filled, answered once, and their answer confirmed complaint by complaint."""

from resolvers.front_office.service.cases.answering import answer_case, confirm_case_answer, decline_case_answer
from resolvers.front_office.service.cases.gathering import (
    attach,
    attach_to_case,
    close_case,
    confirm_case,
    detach_from_case,
    open_case,
    propose_case_for,
)

__all__ = [
    "answer_case",
    "attach",
    "attach_to_case",
    "close_case",
    "confirm_case",
    "confirm_case_answer",
    "decline_case_answer",
    "detach_from_case",
    "open_case",
    "propose_case_for",
]
