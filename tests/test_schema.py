"""The schema that clients were promised: printed, described throughout, and broken only on purpose."""

import difflib
import re
import subprocess
import sys
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from tests.reading.reference import BUILT

FILE = Path(__file__).parent / "schema.graphql"
SCHEMA = BUILT[1].graphql

PERMITTED_BREAKS: frozenset[str] = frozenset()
"""Breaking changes that were agreed with the clients, in the failing test's words, until schema.graphql is renewed."""

HOW = "If this is meant, run `uv run app.py schema > tests/schema.graphql`."


def breaks(before: GraphQLSchema, now: GraphQLSchema) -> list[str]:
    """What clients would trip over."""
    return sorted(f"{change.type.name}: {change.description}" for change in find_breaking_changes(before, now))


def undescribed(schema: GraphQLSchema) -> list[str]:
    """What does not say what it is."""
    found: list[str] = []

    def look(coordinate: str, thing: object) -> None:
        if not (getattr(thing, "description", None) or "").strip():
            found.append(coordinate)

    for name, graphql_type in schema.type_map.items():
        if is_introspection_type(graphql_type) or is_specified_scalar_type(graphql_type):
            continue
        look(name, graphql_type)
        if isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in graphql_type.fields.items():
                look(f"{name}.{field_name}", field)
                for argument_name, argument in field.args.items():
                    look(f"{name}.{field_name}({argument_name}:)", argument)
        elif isinstance(graphql_type, GraphQLInputObjectType):
            for field_name, member in graphql_type.fields.items():
                look(f"{name}.{field_name}", member)
        elif isinstance(graphql_type, GraphQLEnumType):
            for value_name, value in graphql_type.values.items():
                look(f"{name}.{value_name}", value)
    for directive in schema.directives:
        if not is_specified_directive(directive):
            look(f"@{directive.name}", directive)
    return found


def test_nothing_breaks_for_clients_unless_it_was_agreed() -> None:
    found = [change for change in breaks(build_schema(FILE.read_text()), SCHEMA) if change not in PERMITTED_BREAKS]
    assert not found, "Clients would break. Agree with them, then list it in PERMITTED_BREAKS:\n" + "\n".join(found)


def test_the_schema_is_the_one_that_was_agreed() -> None:
    agreed, found = FILE.read_text().strip(), BUILT[0].as_str().strip()
    changes = "\n".join(
        difflib.unified_diff(agreed.splitlines(), found.splitlines(), "agreed", "found", lineterm="", n=0)
    )
    assert agreed == found, f"{HOW}\n{changes}"


def test_the_command_line_prints_the_agreed_schema() -> None:
    printed = subprocess.run(
        [sys.executable, "app.py", "schema"], cwd=FILE.parent.parent, capture_output=True, text=True, timeout=60
    )
    assert printed.stdout.strip() == FILE.read_text().strip(), printed.stderr


def test_the_schema_says_where_to_begin_in_words_that_are_in_it() -> None:
    described, _, rest = FILE.read_text().removeprefix('"""').partition('"""')
    assert described.strip() == SCHEMA.description
    named = set(re.findall(r"`@?(\w+)[`(]", described)) - {"connection_init"}
    assert {"signIn", "viewer", "frontOffice", "backOffice", "idempotencyKey", "dryRun", "needs"} <= named
    assert [name for name in named if not re.search(rf"\b{name}\b", rest)] == []


def test_a_removed_field_is_seen_as_a_break() -> None:
    with_more = FILE.read_text().replace("type Query {", 'type Query {\n  "Gone." gone: Int\n')
    assert breaks(build_schema(with_more), SCHEMA) == ["FIELD_REMOVED: Field Query.gone was removed."]


def test_everything_in_the_schema_says_what_it_is() -> None:
    assert undescribed(SCHEMA) == []


def test_a_missing_description_is_noticed() -> None:
    assert undescribed(build_schema("type Query { ok(much: Int): Boolean }")) == [
        "Query",
        "Query.ok",
        "Query.ok(much:)",
    ]


def test_every_list_can_be_sorted_by_its_usual_order() -> None:
    wrong = [
        (facts.coordinate, name)
        for facts in BUILT[1].fields.values()
        if facts.reading and facts.target
        for name in getattr(facts.reading.source, "sort", "").replace("-", "").split(",")
        if name and name not in facts.target.sorts
    ]
    assert wrong == []
