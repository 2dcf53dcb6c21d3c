"""Static authorisation: what an operation selects, filters and sorts by is compared with what the viewer holds, before it runs.

Nothing here looks at a row, so the outcome cannot depend on data. @skip and @include are honoured.
"""

from enum import Enum
from typing import Any

from graphql import (
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    InlineFragmentNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from models.permissions import Permission
from resolvers.reading.arguments import Variables
from resolvers.reading.catalog import Catalog
from resolvers.reading.sources import Access, Needs, Viewer


def unauthenticated(node: Node | None = None) -> GraphQLError:
    """The refusal of somebody who has not signed in."""
    return GraphQLError("Sign in first.", nodes=node, extensions={"code": "UNAUTHENTICATED"})


def forbidden(coordinate: str, permission: Permission, node: Node) -> GraphQLError:
    """The refusal of one field, argument, filter or sort."""
    return GraphQLError(
        f"{coordinate} needs the permission {permission.value}.",
        nodes=node,
        extensions={"code": "FORBIDDEN", "coordinate": coordinate, "permission": permission.value},
    )


class Authoriser:
    """Walks one operation with its coerced variables."""

    def __init__(
        self,
        catalog: Catalog,
        fragments: dict[str, FragmentDefinitionNode],
        variables: Variables,
        viewer: Viewer | None,
    ) -> None:
        self._catalog = catalog
        self._fragments = fragments
        self._variables = variables
        self._viewer = viewer
        self._seen_fragments: set[str] = set()
        self._errors: dict[tuple[str, int], GraphQLError] = {}
        self._is_mutation = False

    def refusals(self, operation: OperationDefinitionNode) -> list[GraphQLError]:
        """One error per use of something that the viewer may not use; empty when all is permitted."""
        root = self._catalog.graphql.get_root_type(operation.operation)
        assert root is not None
        self._is_mutation = operation.operation is OperationType.MUTATION
        self._selections(operation.selection_set, root.name)
        errors = list(self._errors.values())
        if self._viewer is None and errors:
            return [unauthenticated(errors[0].nodes[0] if errors[0].nodes else None)]
        return errors

    def _require(self, needs: Needs, coordinate: str, node: Node) -> None:
        viewer = self._viewer
        if needs is Access.PUBLIC or (
            viewer is not None and (needs is Access.SIGNED_IN or needs in viewer.read_scope.permissions)
        ):
            return
        error = unauthenticated(node) if isinstance(needs, Access) else forbidden(coordinate, needs, node)
        self._errors.setdefault((coordinate, id(node)), error)

    # --- Selections ---

    def _selections(self, selection_set: SelectionSetNode, type_name: str) -> None:
        for selection in selection_set.selections:
            if self._is_included(selection):
                match selection:
                    case FieldNode():
                        self._field(selection, type_name)
                    case InlineFragmentNode(type_condition=condition):
                        self._selections(selection.selection_set, condition.name.value if condition else type_name)
                    case FragmentSpreadNode():
                        self._fragment(selection.name.value)
                    case _:
                        raise AssertionError(f"{selection.kind} is no selection")

    def _is_included(self, selection: SelectionNode) -> bool:
        for directive in selection.directives or ():
            if directive.name.value in ("skip", "include"):
                condition = next(argument.value for argument in directive.arguments or ())
                if isinstance(condition, VariableNode):
                    value = bool(self._variables.get(condition.name.value))
                else:
                    value = bool(getattr(condition, "value", False))
                if value == (directive.name.value == "skip"):
                    return False
        return True

    def _fragment(self, name: str) -> None:
        if name not in self._seen_fragments:
            self._seen_fragments.add(name)
            fragment = self._fragments[name]
            self._selections(fragment.selection_set, fragment.type_condition.name.value)

    def _field(self, node: FieldNode, type_name: str) -> None:
        name = node.name.value
        facts = self._catalog.fields.get((type_name, name))
        if facts is None:
            # __typename and introspection are open to everyone.
            return
        if self._is_mutation and facts.starts_statement and not facts.is_payload:
            # What a session shows of its viewer may be somebody else's than who asks.
            message = f"{facts.coordinate} is answered by queries only; ask for it with the session's own token."
            extensions = {"code": "BAD_REQUEST", "coordinate": facts.coordinate}
            self._errors[facts.coordinate, id(node)] = GraphQLError(message, nodes=node, extensions=extensions)
        for needs in sorted(facts.needs, key=str):
            self._require(needs, facts.coordinate, node)
        for argument in node.arguments or ():
            argument_name = argument.name.value
            if self._is_given(argument.value):
                if argument_name in facts.argument_needs:
                    coordinate = f"{facts.coordinate}({argument_name}:)"
                    self._require(facts.argument_needs[argument_name], coordinate, argument)
                self._literal(argument.value, facts.arguments[argument_name])
        if node.selection_set:
            self._selections(node.selection_set, facts.type_name)

    # --- Values ---

    def _is_given(self, node: ValueNode) -> bool:
        if isinstance(node, VariableNode):
            return self._variables.get(node.name.value) is not None
        return node.kind != "null_value"

    def _literal(self, node: ValueNode, expected: GraphQLInputType) -> None:
        inner = get_nullable_type(expected)
        if isinstance(node, VariableNode):
            self._value(self._variables.get(node.name.value), expected, node)
        elif isinstance(node, ListValueNode) and is_list_type(inner):
            for item in node.values:
                self._literal(item, inner.of_type)
        elif is_list_type(inner):
            self._literal(node, inner.of_type)
        elif isinstance(node, ObjectValueNode) and isinstance(inner, GraphQLInputObjectType):
            for field in node.fields:
                if self._is_given(field.value):
                    self._input_field(inner, field.name.value, field)
                    self._literal(field.value, inner.fields[field.name.value].type)
        elif isinstance(node, EnumValueNode) and isinstance(inner, GraphQLEnumType):
            self._enum_value(inner, node.value, node)

    def _value(self, value: Any, expected: GraphQLInputType | GraphQLNamedType, node: Node) -> None:
        named = get_named_type(expected)
        if isinstance(value, list):
            for item in value:
                self._value(item, named, node)
        elif isinstance(value, dict) and isinstance(named, GraphQLInputObjectType):
            for name, member in value.items():
                if member is not None:
                    self._input_field(named, name, node)
                    self._value(member, named.fields[name].type, node)
        elif isinstance(value, Enum) and isinstance(named, GraphQLEnumType):
            self._enum_value(named, value.name, node)

    def _input_field(self, input_type: GraphQLInputObjectType, name: str, node: Node) -> None:
        if needs := self._catalog.input_fields.get((input_type.name, name)):
            self._require(needs, f"{input_type.name}.{name}", node)

    def _enum_value(self, enum_type: GraphQLEnumType, name: str, node: Node) -> None:
        if needs := self._catalog.enum_values.get((enum_type.name, name)):
            self._require(needs, f"{enum_type.name}.{name}", node)
