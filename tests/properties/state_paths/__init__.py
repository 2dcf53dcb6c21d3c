"""The ways to every status: which verbs, sent by whom, bring a fresh record there. Nothing is left to chance.

A situation is a status, and what else decides about the next step: stages, windows, second persons, departments at work,
what lies on the shelf.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

from models.kit.base import as_of, now
from models.permissions import Role
from resolvers.both_offices.rules.applying import apply_rules
from resolvers.kit.transaction import before_commit
from schema.transport.execution import Engine
from tests.properties.state_paths import chain, complaints
from tests.properties.state_paths.steps import Step, Told, Way, filled_in, send

__all__ = [
    "CONSEQUENCES",
    "GIVEN",
    "KEEPS",
    "WAYS",
    "Told",
    "found",
    "input_of",
    "steps_to",
    "tell",
    "tries_of",
    "walkers_of",
]

WAYS: dict[str, Way] = complaints.WAYS | chain.WAYS
"""Situations of which each begins with the prefix of its record and the status that it is in."""

GIVEN: dict[str, dict[str, Any]] = complaints.GIVEN | chain.GIVEN
"""What an input is given besides ids and texts, so that the verb can succeed."""

CONSEQUENCES = complaints.CONSEQUENCES | chain.CONSEQUENCES
KEEPS = chain.KEEPS


def _is_of_complaints(prefix: str) -> bool:
    return any(situation.startswith(prefix) for situation in complaints.WAYS)


def walkers_of(prefix: str) -> tuple[Role, ...]:
    """Who tries the verbs about records of a kind."""
    return complaints.WALKERS if _is_of_complaints(prefix) else chain.WALKERS


async def found(graphql: Engine, prefix: str) -> None:
    """Fills an empty database with what the ways of a kind begin with."""
    await (complaints.found_company(graphql) if _is_of_complaints(prefix) else chain.found_house())


def steps_to(situation: str, earlier: float = 0) -> list[tuple[Step, float]]:
    """All steps to a situation, and how many days ago each was taken."""
    found = WAYS[situation]
    before = steps_to(found.after, earlier + found.earlier) if found.after else []
    return [*before, *((step, step.ago + earlier) for step in found.steps)]


def input_of(verb: str, told: Told, members: Mapping[str, Any], status: str = "") -> dict[str, Any]:
    """An input with which the verb can succeed for what was told."""
    given = GIVEN.get(verb, {}) | dict(members)
    if verb == "closeComplaint":
        given = ({} if status in ("", "ANSWERED") else complaints.WITHDRAWN) | {"reason": "Because."} | given
    return filled_in(verb, told, given)


async def tries_of(verb: str, told: Told) -> list[dict[str, Any]]:
    """What a verb is given, try by try, where what it is given decides where it leads; once nothing in particular elsewhere."""
    return await chain.receipts(told) if verb == "receivePurchaseOrder" else [{}]


async def tell(graphql: Engine, situation: str) -> Told:
    """Takes all steps to a situation, with fresh records."""
    told: Told = {}
    for step, ago in steps_to(situation):
        rules = before_commit(apply_rules) if step.ruled else None
        try:
            with as_of(now() - timedelta(days=ago)) if ago else nullcontext():
                payload = await send(graphql, step.who, step.verb, input_of(step.verb, told, step.members))
        finally:
            if rules:
                rules()
        told |= {
            f"other{name[0].upper()}{name[1:]}" if step.other else name: record["id"]
            for name, record in payload.items()
            if isinstance(record, dict)
        }
        await complaints.look(told)
        await chain.look(told)
    return told
