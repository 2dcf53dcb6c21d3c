"""What is used of graphql-core beyond what its documentation promises: all of it is in here.

tests/test_library_contracts.py says what must hold of it, and fails when the version moves.
"""

from collections.abc import Awaitable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import FragmentDefinitionNode, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode
from graphql.execution import VariableValues
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails, collect_fields, collect_subfields
from graphql.pyutils import Path

from resolvers.reading.strawberry_privates import StrawberryGraphQLCoreExecutionContext

__all__ = ["FieldDetailsList", "FragmentDetails", "HookedExecutor", "Path", "Selection", "fragment_details", "place_of"]


def fragment_details(definitions: Mapping[str, FragmentDefinitionNode]) -> dict[str, FragmentDetails]:
    """A document's fragments as graphql-core wants them for collecting fields."""
    return {name: FragmentDetails(node, None) for name, node in definitions.items()}


@dataclass(frozen=True, slots=True)
class Selection:
    """The operation that a selection stands in, with its fragments and coerced variables."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    variables: VariableValues

    def at_root(self, schema: GraphQLSchema, root: GraphQLObjectType) -> Mapping[str, FieldDetailsList]:
        """The operation's fields by response key, merged and with @skip and @include decided."""
        found = collect_fields(schema, self.fragments, self.variables, root, self.operation)
        return found.grouped_field_set

    def below(
        self, schema: GraphQLSchema, graphql_type: GraphQLObjectType, details: FieldDetailsList
    ) -> Mapping[str, FieldDetailsList]:
        """The fields selected of an object of this type, likewise."""
        found = collect_subfields(schema, self.fragments, self.variables, self.operation, graphql_type, details)
        return found.grouped_field_set


class HookedExecutor(StrawberryGraphQLCoreExecutionContext):
    """GraphQL's executor with a way in: fields that `take_over` answers are not resolved."""

    def take_over(self, type_name: str, source: Any, details: FieldDetailsList, path: Path) -> Awaitable[Any] | None:
        """The answer to a field of an object, or None where its resolver is to answer."""
        raise NotImplementedError

    @property
    def selection(self) -> Selection:
        """The operation that is being executed."""
        return Selection(self.operation, self.fragments, self.variable_values)

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        answer = self.take_over(parent_type.name, source, field_details_list, path)
        if answer is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        return self._completed(answer, parent_type, field_details_list, path)

    async def _completed(
        self, answer: Awaitable[Any], parent_type: GraphQLObjectType, details: FieldDetailsList, path: Path
    ) -> Any:
        try:
            return await answer
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes this field's error
            field_type = parent_type.fields[details[0].node.name.value].type
            self.handle_field_error(error, field_type, details, path)
            return None


def place_of(path: Path) -> Hashable:
    """Where a field stands, the same for each object of a list: the response keys up to the root, and the types they are of."""
    found: list[tuple[str, str | None]] = []
    step: Path | None = path
    while step is not None:
        if isinstance(step.key, str):
            found.append((step.key, step.typename))
        step = step.prev
    return tuple(found)
