"""What the schema adds up to: for every field who may select it and how it is read. A field that says neither does not start."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, Self

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)

from models.kit.base import RowScope
from resolvers.kit.sealing import OF_THIS_PROCESS, Seal
from resolvers.reading.fields import connected_node, node_of
from resolvers.reading.kinds import BOOLEAN, DAY, ENUM, INTEGER, JSON, MOMENT, TEXT, Kind
from resolvers.reading.sources import (
    Changed,
    Entry,
    EntryAnyNode,
    EntryCount,
    Needs,
    NodeType,
    Reading,
    Source,
    Through,
    camel,
)
from resolvers.reading.strawberry_privates import declared_field, graphql_schema


class UndeclaredPermission(TypeError):
    """A field of the schema does not say who may use it. Closed by default: the server does not start."""


@dataclass(frozen=True)
class FieldFacts:
    """One field: what it needs, how it is read (None: by an ordinary resolver), and the node type it leads to."""

    coordinate: str
    needs: frozenset[Needs]
    reading: Reading | None
    target: NodeType | None
    connection: bool
    nullable: bool
    python_name: str
    type_name: str
    kind: Kind | None
    arguments: dict[str, GraphQLInputType]
    is_entrance: bool
    of_viewer: Callable[[Any], Any] | None
    """The field's value, for what is the viewer's own and in no table."""

    @property
    def source(self) -> Source | None:
        """Where the planner reads it from."""
        return self.reading.source if self.reading else None

    @property
    def argument_needs(self) -> Mapping[str, Needs]:
        """What some of its arguments need besides."""
        return self.reading.argument_needs if self.reading else {}

    @property
    def node(self) -> NodeType:
        """The node type that it leads to, where it must lead to one."""
        assert self.target is not None, f"{self.coordinate} leads to no node type"
        return self.target

    @property
    def rows(self) -> RowScope | None:
        """Which rows it shows a viewer, where that is not what their type says."""
        return self.source.rows if isinstance(self.source, Through) else None

    @property
    def is_payload(self) -> bool:
        """Whether it shows rows that a change touched."""
        return isinstance(self.source, Changed)

    @property
    def starts_statement(self) -> bool:
        """Whether the planner takes over here, coming from an ordinary resolver or a root."""
        return isinstance(self.source, Entry)


class Catalog:
    """The facts about every field of a schema, looked up by type and field name."""

    def __init__(self, schema: strawberry.Schema, nodes: Mapping[str, NodeType]) -> None:
        self.graphql: GraphQLSchema = graphql_schema(schema)
        self.fields: dict[tuple[str, str], FieldFacts] = {}
        self.nodes = nodes
        self.seal = OF_THIS_PROCESS
        self.by_prefix = {info.prefix: info for info in nodes.values() if info.prefix}
        self.enum_values: dict[tuple[str, str], Needs] = {}
        """What a sort field needs, by enumeration and value."""
        self.input_fields: dict[tuple[str, str], Needs] = {}
        """What a member of an input needs, by type and name."""
        for info in nodes.values():
            for name, selectable in info.sorts.items():
                self.enum_values[f"{info.name}SortField", name.upper()] = selectable.needs
            for name, selectable in info.filters.items():
                self.input_fields[f"{info.name}Filter", camel(name)] = selectable.needs
        for graphql_type in self.graphql.type_map.values():
            if isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType) and not graphql_type.name.startswith(
                "__"
            ):
                for name in graphql_type.fields:
                    self.fields[graphql_type.name, name] = self._facts(graphql_type, name)
            elif isinstance(graphql_type, GraphQLInputObjectType):
                for name, member in graphql_type.fields.items():
                    declared = declared_field(member)
                    if needs := declared.metadata.get("needs") if declared is not None else None:
                        self.input_fields[graphql_type.name, name] = needs
        self.any_node_fields = frozenset(
            name for (_, name), facts in self.fields.items() if isinstance(facts.source, EntryAnyNode)
        )
        """`node` and `nodes`: whose ids decide which table is asked."""

    def sealed_by(self, seal: Seal) -> Self:
        """The same, for whoever has keys of their own for what clients only bring back."""
        other = copy(self)
        other.seal = seal
        return other

    def _facts(self, graphql_type: GraphQLObjectType | GraphQLInterfaceType, name: str) -> FieldFacts:
        graphql_field = graphql_type.fields[name]
        coordinate = f"{graphql_type.name}.{name}"
        declared = declared_field(graphql_field)
        needs = declared.metadata.get("needs") if declared is not None else None
        if declared is None or needs is None:
            raise UndeclaredPermission(f"{coordinate} does not say which permission it needs.")
        target = node_of(declared.type)
        if target is None and get_named_type(graphql_field.type).name in self.nodes:
            raise UndeclaredPermission(f"{coordinate} leads to a node type in a way that the planner does not know.")
        reading: Reading | None = declared.metadata.get("reading")
        if reading is not None and isinstance(reading.source, EntryCount):
            target = self.nodes[reading.source.node]
        return FieldFacts(
            coordinate=coordinate,
            # Whoever counts a list learns something about its type, so the way there needs the type's permission too.
            needs=frozenset({needs} | ({target.needs} if target else set())),
            reading=reading,
            target=target,
            connection=connected_node(declared.type) is not None,
            nullable=not is_non_null_type(graphql_field.type),
            python_name=declared.python_name,
            type_name=get_named_type(graphql_field.type).name,
            kind=_kind(graphql_field.type),
            arguments={name: argument.type for name, argument in graphql_field.args.items()},
            is_entrance=bool(declared.metadata.get("entrance")),
            of_viewer=declared.metadata.get("of_viewer"),
        )


_SCALAR_KINDS = {
    "String": TEXT,
    "Int": INTEGER,
    "Boolean": BOOLEAN,
    "DateTime": MOMENT,
    "Date": DAY,
    "CurrencyCode": ENUM,
}


def _kind(graphql_type: GraphQLOutputType) -> Kind | None:
    """The kind of column that a field of this type shows; None for what is no plain column."""
    inner = get_nullable_type(graphql_type)
    if is_list_type(inner):
        return JSON
    return ENUM if isinstance(inner, GraphQLEnumType) else _SCALAR_KINDS.get(get_named_type(inner).name)
