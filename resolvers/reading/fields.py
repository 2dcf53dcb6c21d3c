"""Fields that the planner answers: what they need, and the arguments that follow from their source."""

import typing
from collections.abc import Iterator, Mapping
from typing import Any

import strawberry
from strawberry.schema_directive import Location

from models.permissions import Department, Permission
from resolvers.reading.sources import (
    EntryAnyNode,
    EntryEvents,
    EntryNode,
    EntryRows,
    Many,
    Needs,
    NodeType,
    Reading,
    Source,
    Through,
)
from resolvers.reading.strawberry_privates import (
    LateField,
    StrawberryArgument,
    StrawberryField,
    argument,
    bare,
    type_argument,
)


@strawberry.schema_directive(
    locations=[
        Location.FIELD_DEFINITION,
        Location.INPUT_FIELD_DEFINITION,
        Location.ARGUMENT_DEFINITION,
        Location.ENUM_VALUE,
    ],
    description="What a viewer must hold to use this; without it, the whole operation is refused before it runs.",
    name="needs",
)
class NeedsDirective:
    """Shows a permission in the SDL."""

    permission: str = strawberry.directive_field(name="permission")


def shown(needs: Needs | None) -> list[object]:
    """The directive that shows a permission in the SDL."""
    return [NeedsDirective(permission=needs.value)] if isinstance(needs, Permission) else []


def node_of(annotation: Any) -> NodeType | None:
    """The node type that a field leads to: itself, a list of it, or a connection of it."""
    return connected_node(annotation) or _node_type(bare(annotation))


def connected_node(annotation: Any) -> NodeType | None:
    """The node type of a connection, or None when the type is no connection."""
    return _node_type(type_argument(annotation, "Connection"))


def _node_type(cls: Any) -> NodeType | None:
    info = getattr(cls, "__node_type__", None)
    return info if info is not None and info.graphql is cls else None


class ReadField(LateField):
    """A field that the planner answers. Its arguments follow from its source and its type."""

    @property
    def reading(self) -> Reading:
        """How this field is read."""
        return typing.cast(Reading, self.metadata["reading"])

    def make_arguments(self) -> Iterator[StrawberryArgument]:
        """The arguments that the source and the type ask for."""
        match self.reading.source:
            case EntryAnyNode(many=True):
                yield argument("ids", list[strawberry.ID], "The global ids, at most 100.", required=True)
            case EntryNode() | EntryAnyNode():
                yield argument("id", strawberry.ID, "The global id.", required=True)
            case EntryEvents() as source:
                yield from event_arguments(source)
            case Many() | Through() | EntryRows() as source if target := connected_node(self.type):
                yield from connection_arguments(
                    target, searchable=isinstance(source, EntryRows) and bool(source.search)
                )
            case _:
                pass


def give_needs(declared: StrawberryField, needs: Needs) -> None:
    """Settles what a field needs, for the catalog and for the SDL."""
    declared.metadata = {**declared.metadata, "needs": needs}  # pyright: ignore[reportAttributeAccessIssue]
    declared.directives = shown(needs)


def connection_arguments(target: NodeType, *, searchable: bool) -> Iterator[StrawberryArgument]:
    """What every connection takes (Relay's cursor connections), and its node type's own filter and sort."""
    yield argument("first", int, "How many from the start, 0 to 100; 20 when neither `first` nor `last` is given.")
    yield argument("after", str, "Only what comes after this cursor.")
    yield argument("last", int, "How many from the end, 0 to 100.")
    yield argument("before", str, "Only what comes before this cursor.")
    if searchable:
        yield argument("search", str, "Only what has this text in it, whatever its case and accents.")
    yield argument("filter", target.filter_input, "Only what meets these conditions.")
    yield argument(
        "sort", list[target.sort_input], "The order, most important first; left out, the list's usual order."
    )


def event_arguments(source: EntryEvents) -> Iterator[StrawberryArgument]:
    """What a subscription takes: which events, and where the client left off."""
    if source.departments:
        yield argument(
            "departments", list[Department], "Whose handoffs; left out, those of the viewer's own departments."
        )
    if source.of:
        yield argument(source.of, strawberry.ID, f"Only what happens to this {source.of}.")
    if source.within:
        yield argument(source.within, strawberry.ID, f"Only what belongs to this {source.within}.")
    yield argument("after", str, "The cursor of the last message seen: what was missed since comes first, then live.")


def read(
    source: Source,
    description: str,
    *,
    needs: Needs | None = None,
    filter: bool = False,
    sort: bool = False,
    argument_needs: Mapping[str, Needs] | None = None,
) -> Any:
    """A field that the planner answers."""
    return ReadField(
        description=description,
        metadata={"reading": Reading(source, filter, sort, argument_needs or {}), "needs": needs},
        base_resolver=None,
        directives=shown(needs),
    )


def plain(description: str, needs: Needs | None = None, **options: Any) -> Any:
    """An ordinary Strawberry field, with its permission."""
    return strawberry.field(description=description, metadata={"needs": needs}, directives=shown(needs), **options)
