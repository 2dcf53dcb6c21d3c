"""Fields: how the schema writes down where a field comes from and who may select it. Arguments follow from the source."""

import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.schema_directive import Location
from tortoise.models import Model

from models.kit.base import Record, RowScope
from models.kit.events import subject_type
from models.permissions import Department, Permission
from resolvers.kit.viewer import Viewer
from resolvers.reading.sources import (
    Access,
    Amount,
    Changed,
    ChangedMany,
    Column,
    Computed,
    Embedded,
    EntryAnyNode,
    EntryCount,
    EntryEvents,
    EntryNode,
    EntryRows,
    Expression,
    Many,
    Needs,
    NodeType,
    One,
    Reading,
    Source,
    SqlContext,
    SubjectOf,
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
        source = self.reading.source
        if isinstance(source, EntryNode):
            yield argument("id", strawberry.ID, "The global id.", required=True)
        elif isinstance(source, EntryAnyNode) and source.many:
            yield argument("ids", list[strawberry.ID], "The global ids, at most 100.", required=True)
        elif isinstance(source, EntryAnyNode):
            yield argument("id", strawberry.ID, "The global id.", required=True)
        elif isinstance(source, EntryEvents):
            yield from event_arguments(source)
        elif isinstance(source, Many | Through | EntryRows) and (target := connected_node(self.type)):
            yield from connection_arguments(target, searchable=isinstance(source, EntryRows) and bool(source.search))


def give_needs(declared: StrawberryField, needs: Needs) -> None:
    """Settles what a field needs, for the catalog and for the SDL."""
    declared.metadata = {**declared.metadata, "needs": needs}  # pyright: ignore[reportAttributeAccessIssue]
    declared.directives = shown(needs)
    if isinstance(declared, ReadField):
        declared.reading.needs = needs


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
    typical_length: int = 10,
) -> Any:
    """A field that the planner answers."""
    reading = Reading(source, needs, filter, sort, argument_needs or {}, typical_length)
    return ReadField(description=description, metadata={"reading": reading, "needs": needs}, base_resolver=None)


def column(
    description: str, name: str = "", *, needs: Needs | None = None, filter: bool = False, sort: bool = False
) -> Any:
    """A field that is a column."""
    return read(Column(name), description, needs=needs, filter=filter, sort=sort)


def expression(description: str, sql: Callable[[SqlContext], str], *, needs: Needs | None = None) -> Any:
    """A field that the database computes; `sql` gives JSON text that is never null."""
    return read(Expression(sql), description, needs=needs)


def computed(
    description: str, sql: Callable[[SqlContext], str], *, needs: Needs | None = None, filter: bool = False
) -> Any:
    """A field that the database computes: `sql` gives an SQL value of the field's own type, null where the type permits it.

    Texts, whole numbers, booleans, moments and enumeration values are made into JSON by the planner. A list is an SQL value
    that holds JSON (`listed` makes one). It can be filtered by, and not sorted: no index could answer that.
    """
    return read(Computed(sql), description, needs=needs, filter=filter)


def money(description: str, minor: str, *, needs: Needs | None = None) -> Any:
    """A field that is an amount of money."""
    return read(Amount(minor), description, needs=needs)


def embedded(description: str, prefix: str = "", *, needs: Needs | None = None) -> Any:
    """A field that shows several columns of the same row as one object."""
    return read(Embedded(prefix), description, needs=needs)


def one(description: str, key: str, *, needs: Needs | None = None) -> Any:
    """A field that leads to one other row; null when there is none or the viewer does not see it."""
    return read(One(key), description, needs=needs)


def subject(description: str, model: type[Model], *, needs: Needs | None = None) -> Any:
    """An event's field that leads to the record of a table that it is about; null when there is none or it is not seen."""
    return read(SubjectOf("id", subject_type(model)), description, needs=needs)


def history(
    description: str,
    model: type[Record],
    *,
    needs: Needs | None = None,
    told: Callable[[type[Record]], RowScope] | None = None,
) -> Any:
    """A field of a table's records that leads to what happened to them, in order: as far as the type says, or `told` of it."""
    about = f"link.type = '{subject_type(model)}'"
    rows = told(model) if told else None
    return read(Through("event_subjects", "key", "event_id", "", about, rows=rows), description, needs=needs)


def many(
    description: str, column: str, sort: str, *, key: str = "id", needs: Needs | None = None, typical_length: int = 10
) -> Any:
    """A field that leads to the rows whose `column` holds this row's `key`, as a connection or a list, in the order of `sort`."""
    return read(Many(column, sort, key), description, needs=needs, typical_length=typical_length)


def through(
    description: str,
    table: str,
    near: str,
    far: str,
    sort: str,
    *,
    where: str = "",
    key: str = "id",
    needs: Needs | None = None,
    typical_length: int = 10,
) -> Any:
    """A field that leads to the rows that a table of links connects with this one, as a connection or a list.

    A link's `near` holds this row's `key`, its `far` the other row's id; index the links by (near, far). `where` narrows the
    links down in plain SQL, where they go by the name `link`.
    """
    return read(Through(table, near, far, sort, where, key), description, needs=needs, typical_length=typical_length)


def filter_only(name: str, annotation: Any, needs: Needs | None = None) -> "FilterOnly":
    """A column that lists can be filtered and sorted by although it is no field of the type itself."""
    return FilterOnly(name, annotation, needs)


@dataclass(frozen=True)
class FilterOnly:
    """See `filter_only`."""

    column: str
    annotation: Any
    needs: Needs | None


def plain(description: str, needs: Needs | None = None, **options: Any) -> Any:
    """An ordinary Strawberry field, with its permission."""
    return strawberry.field(description=description, metadata={"needs": needs}, directives=shown(needs), **options)


def of_viewer(description: str, get: Callable[[Viewer], Any], needs: Needs | None = None) -> Any:
    """A field of the viewer itself, in no table: what `get` says, a text, an enumeration's value, or a list of them."""

    def resolve(root: Any) -> Any:
        return get(root)

    metadata = {"needs": needs, "of_viewer": get}
    return strawberry.field(resolver=resolve, description=description, metadata=metadata, directives=shown(needs))


def count(description: str, node: str, where: Callable[[str], str] | None = None, *, needs: Needs | None = None) -> Any:
    """How many rows of a node type the viewer sees, among those that meet `where` (plain SQL on an alias)."""
    return read(EntryCount(node, where), description, needs=needs)


def door(description: str, needs: Needs) -> Any:
    """A root's field that leads to a gathered type, an entrance to the graph; it holds nothing but who is asking."""

    def resolve(info: Any) -> Any:
        return info.context.viewer

    resolve.__annotations__ = {"info": strawberry.Info[Any, None]}
    return strawberry.field(
        resolver=resolve,
        description=description,
        metadata={"needs": needs, "entrance": True},
        directives=shown(needs),
    )


def changed(description: str) -> Any:
    """A payload's field: the row that the change made or touched, null when nothing was changed."""
    return read(Changed(), description, needs=Access.SIGNED_IN)


def changed_many(description: str) -> Any:
    """A payload's field: the rows that the change made or touched, in the order of their keys; empty when nothing was changed.

    Rows that the viewer does not see are left out.
    """
    return read(ChangedMany(), description, needs=Access.SIGNED_IN)
