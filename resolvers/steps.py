"""Which steps a viewer may take from a record's present status; resolvers/reading/steps says the same in SQL."""

from typing import Any
from uuid import UUID

from models.states import Transitions
from resolvers.problems import IllegalTransition
from resolvers.viewer import Viewer


def next_steps(
    transitions: Transitions,
    status: Any,
    viewer: Viewer,
    *,
    claimant: UUID | None = None,
    settled: bool = True,
    second_person: bool = True,
) -> list[str]:
    """The statuses that the viewer may give the record next."""
    return list(
        dict.fromkeys(
            str(step.to)
            for step in transitions[status]
            if viewer.may(step.needs)
            and not step.consequence
            and (not step.by_claimant or claimant == viewer.account)
            and (settled or not step.once_settled)
            and (second_person or not step.by_second_person)
        )
    )


def illegal(record: str, status: Any, to: Any, permitted: list[str], *path: str) -> IllegalTransition:
    """The problem that a record cannot take a step now."""
    message = f"The {record} is {status} and cannot become {to} now."
    return IllegalTransition("ILLEGAL_TRANSITION", message, path, origin=str(status), next_statuses=tuple(permitted))
