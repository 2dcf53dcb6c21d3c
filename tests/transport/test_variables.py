"""Variables that are taken as they are, are what GraphQL's own coercion makes of them."""

from typing import Any

from graphql import OperationDefinitionNode, build_schema, parse
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import given
from hypothesis import strategies as st

from schema.transport.variables import expected_variables, taken_as_they_are

SCHEMA = build_schema("type Query { f(a: ID, b: String, c: Int, d: Boolean, e: [ID], g: Float): Int }")
TYPES = (
    "ID",
    "ID!",
    "String",
    "String!",
    "Int",
    "Int!",
    "Boolean",
    "Boolean!",
    "[ID!]",
    "Float",
    'String = "x"',
    "Int! = 3",
)

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.sampled_from((2**31 - 1, 2**31, -(2**31), -(2**31) - 1)),
    st.floats(),
    st.text(),
    st.lists(st.text(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.none(), max_size=1),
)


@given(st.lists(st.sampled_from(TYPES), max_size=4), st.data())
def test_what_is_taken_as_it_is_is_what_coercion_makes_of_it(types: list[str], data: st.DataObject) -> None:
    names = [f"v{number}" for number in range(len(types))]
    definitions = ", ".join(f"${name}: {kind}" for name, kind in zip(names, types, strict=True))
    operation = parse(f"query({definitions}) {{ f }}" if names else "{ f }").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    given_values: dict[str, Any] = data.draw(
        st.dictionaries(st.sampled_from([*names, "unknown"]), values, max_size=5) if names else st.just({})
    )
    taken = taken_as_they_are(expected_variables(operation), given_values)
    if taken is not None:
        coerced = get_variable_values(SCHEMA, operation.variable_definitions or (), given_values)
        assert isinstance(coerced, VariableValues)
        assert taken == coerced.coerced
        assert [type(value) for value in taken.values()] == [type(value) for value in coerced.coerced.values()]


def test_the_common_case_is_taken_as_it_is() -> None:
    operation = parse("query($id: ID!, $first: Int = 10, $after: String) { f }").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    given_values = {"id": "cus_1", "first": 5, "more": "ignored"}
    assert taken_as_they_are(expected_variables(operation), given_values) == {"id": "cus_1", "first": 5}
