"""What a change answers when it was not made: `errors` of the payload, typed where data helps the client."""

from dataclasses import asdict
from typing import Any

import strawberry

from resolvers.kit.problems import Problem
from resolvers.reading.declare import plain, plain_type
from resolvers.reading.sources import Access


@strawberry.interface(description="Why a change was not made. Nothing was changed.")
class UserError:
    """Why a change was not made. Nothing was changed."""

    code: str = plain("Stable, for programs.", Access.PUBLIC)
    message: str = plain("For people, in English.", Access.PUBLIC)
    path: list[str] = plain(
        "The input member it is about, from the outside in; empty when it is about none.", Access.PUBLIC
    )


@plain_type(Access.PUBLIC)
class Rejection(UserError):
    """A reason that its code and message say completely."""


@plain_type(Access.PUBLIC)
class IllegalTransition(UserError):
    """The record's present status does not permit the step."""

    origin: str = plain("The present status.", name="from")
    next_statuses: list[str] = plain("What the viewer may make of it now.")


@plain_type(Access.PUBLIC)
class StaleVersion(UserError):
    """Somebody changed the record since the client read it."""

    current_version: int = plain("The record's present version.")


@plain_type(Access.PUBLIC)
class AlreadyClaimed(UserError):
    """Somebody has claimed the handoff already."""

    by: str = plain("The name of who has it.")


@plain_type(Access.PUBLIC)
class OutOfStock(UserError):
    """There is not as much as was asked for."""

    available: int = plain("How much there is, in the product's unit.")


@plain_type(Access.PUBLIC)
class TryLater(UserError):
    """There was too much of it for now; the answer's header `Retry-After` says the same."""

    retry_after: int = plain("In how many seconds it is worth trying again.")


ERROR_TYPES = [Rejection, IllegalTransition, StaleVersion, AlreadyClaimed, OutOfStock, TryLater]


_SHOWN_AS: dict[str, Any] = {shown.__name__: shown for shown in ERROR_TYPES} | {Problem.__name__: Rejection}


def show(problem: Problem) -> Any:
    """A problem as clients see it: typed problems as the type of the same name."""
    return _SHOWN_AS[type(problem).__name__](**asdict(problem))
