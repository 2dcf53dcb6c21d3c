"""Errors name what is wrong by a path into the input: a form can show each beside its field."""

from collections.abc import Iterator
from random import Random
from typing import Any

import orjson
from graphql import GraphQLInputObjectType, get_named_type

from models.kit.base import as_of
from resolvers.reading.declare import registry
from tests.conftest import Databases
from tests.properties.adversarial.company import PRESENT, found, stored
from tests.properties.verbs.declared import NOT_OUR_BUSINESS, VERBS, prefix_of
from tests.properties.verbs.inputs import Inputs
from tests.reading.planning import EVERYTHING, body, engine_on, opened
from tests.reading.pools import Document

TRIES = 6
"""How many inputs of each verb, of which every other one leads to nothing."""

PATHLESS = "errors { code path message }"


def leads_somewhere(path: list[str], of: GraphQLInputObjectType) -> bool:
    """Whether a path goes from `input` through members that there are."""
    first, *steps = path
    within: Any = of
    for step in steps:
        if step.isdigit():
            continue
        if not isinstance(within, GraphQLInputObjectType) or step not in within.fields:
            return False
        within = get_named_type(within.fields[step].type)
    return first == "input"


def without_records(given: dict[str, Any], of: GraphQLInputObjectType) -> dict[str, Any]:
    """The same input with ids that lead to nothing."""

    def emptied(name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [emptied(name, one) for one in value]
        inner = get_named_type(of.fields[name].type)
        if isinstance(value, dict) and isinstance(inner, GraphQLInputObjectType):
            return without_records(value, inner)
        prefix = prefix_of(of.name, name)
        return f"{prefix}_00000000-0000-7000-8000-000000000000" if prefix and value else value

    return {name: emptied(name, value) for name, value in given.items()}


def inputs(rows: Any) -> Iterator[tuple[str, Document]]:
    """Inputs for every verb, with their verbs."""
    for name, verb in sorted(VERBS.items()):
        if name in NOT_OUR_BUSINESS:
            continue
        making = Inputs(Random(name), EVERYTHING, rows)
        for number in range(TRIES):
            given = making.of(verb)
            if number % 2:
                given = without_records(given, verb.given)
            yield name, Document(verb.document(PATHLESS), {"input": given})


async def test_every_error_is_about_a_member_that_there_is(databases: Databases) -> None:
    url = await databases.copy_of("sqlite", "nasty", found)
    wrong: dict[str, Any] = {}
    async with opened(url) as database:
        graphql = engine_on(database)
        with as_of(PRESENT):
            rows = await stored()
            named = registry.nodes.values()
            known = {
                info.global_id(row["id"]): row for info in named if info.prefix for row in rows.get(info.model, [])
            }
            for name, document in inputs(known):
                answer = orjson.loads(await body(graphql, EVERYTHING, document))
                payload = (answer.get("data") or {}).get(name) or {"errors": []}
                for error in payload["errors"]:
                    if not leads_somewhere(error["path"], VERBS[name].given):
                        wrong[f"{name} {error['code']} {'.'.join(error['path'])}"] = error["message"]
    await databases.drop(url)
    assert not wrong
