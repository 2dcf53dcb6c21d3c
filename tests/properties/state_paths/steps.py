"""What a way to a situation is made of, and how its steps are taken: verbs that somebody sends, and what they are given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLEnumType, get_named_type, is_required_input_field

from models.permissions import Role
from schema.transport.execution import Engine
from tests.properties.canaries.company import WORK
from tests.properties.verbs.declared import RECORDS, VERBS
from tests.reading.planning import data


@dataclass(frozen=True)
class Step:
    """One verb that somebody sends, some days ago. `ruled`: the shipped rules are in force meanwhile.

    `other`: what it makes is not what the way is about, and is told as `otherBill` instead of `bill`.
    """

    who: Role
    verb: str
    ago: float
    members: Mapping[str, Any]
    ruled: bool = False
    other: bool = False


@dataclass(frozen=True)
class Way:
    """The steps to a situation, after those to another one, which then happened `earlier` by so many days."""

    after: str
    steps: tuple[Step, ...] = ()
    earlier: float = 0


def by(who: Role, verb: str, ago: float = 1, *, ruled: bool = False, other: bool = False, **members: Any) -> Step:
    """A step; members of its input that are left out are those of GIVEN, and what they must lead to is the way's own."""
    return Step(who, verb, ago, members, ruled, other)


def walkers(ways: Mapping[str, Way], *others: Role) -> tuple[Role, ...]:
    """Who tries every verb: whoever takes a step of a way, these others, and a reader."""
    return tuple(dict.fromkeys((*(step.who for one in ways.values() for step in one.steps), *others, Role.MARKETER)))


def way(after: str, *steps: Step, earlier: float = 0) -> Way:
    """A way; `after` is empty where it begins with nothing."""
    return Way(after, steps, earlier)


Told = dict[str, str]
"""The global ids that a way leads past, by what they are: the complaint, the handoff, the answer."""


def filled_in(verb: str, told: Told, members: Mapping[str, Any]) -> dict[str, Any]:
    """These members of a verb's input and all others that it must have. Ids are named by what they are."""
    given = dict(members)
    for name, declared in VERBS[verb].given.fields.items():
        if name in given:
            given[name] = _led(given[name], told)
        elif is_required_input_field(declared):
            given[name] = _of_itself(get_named_type(declared.type), name, told)
    return given


def _of_itself(named: Any, name: str, told: Told) -> str:
    """What a member holds of which nothing is said: the record told of, an enumeration's first value, a text."""
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    return told[name] if named.name == "ID" else "Because."


def _led(value: Any, told: Told) -> Any:
    if isinstance(value, list):
        return [_led(one, told) for one in value]
    if isinstance(value, dict):
        return {name: _led(one, told) for name, one in value.items()}
    if isinstance(value, Callable):
        return value()
    return told.get(value, value) if isinstance(value, str) else value


async def send(graphql: Engine, who: Role, verb: str, given: dict[str, Any]) -> dict[str, Any]:
    """Sends a verb that must succeed; its payload, with the ids of what was changed."""
    fields = VERBS[verb].payload.fields
    ids = " ".join(f"{name} {{ id }}" for name in RECORDS.values() if name in fields)
    answer = await data(
        graphql, WORK[who], VERBS[verb].document(f"{ids} errors {{ code message path }}"), {"input": given}
    )
    [payload] = answer.values()
    assert not payload["errors"], (verb, given, payload)
    return payload
