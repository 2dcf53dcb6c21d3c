"""What the schema is written with: node types, their fields, where each comes from and who may see it, in one place.

A field without a permission of its own needs its type's. What needs none says so with `Door.EVERYONE`.
"""

import builtins
import enum
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Optional, TypeVar
from uuid import UUID

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema_directive import Location
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from tortoise.models import Model

from models.base import RowScope
from models.database import Dialect
from models.permissions import Department, Permission
from resolvers.reading.filters import BooleanFilter, DateTimeFilter, IntFilter, SortDirection, StringFilter, enum_filter
from resolvers.reading.inputs import Member, input_type
from resolvers.reading.kinds import BOOLEAN, INTEGER, MOMENT, TEXT, Kind, kind_of

T = TypeVar("T")


class Door(enum.Enum):
    """What needs no permission: open to everyone, or to everyone who has signed in."""

    EVERYONE = "EVERYONE"
    SIGNED_IN = "SIGNED_IN"


Needs = Permission | Door


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.INPUT_FIELD_DEFINITION, Location.ARGUMENT_DEFINITION, Location.ENUM_VALUE],
    description="What a viewer must hold to use this; without it, the whole operation is refused before it runs.",
    name="needs",
)
class NeedsDirective:
    """Shows a permission in the SDL."""

    permission: str = strawberry.directive_field(name="permission")


def shown(needs: Needs | None) -> list[object]:
    """The directive that shows a permission in the SDL."""
    return [NeedsDirective(permission=needs.value)] if isinstance(needs, Permission) else []


# --- Where a field comes from -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Surroundings:
    """What an SQL expression may depend on: the row's columns, the engine, the viewer's permissions and id."""

    column: Callable[[str], str]
    dialect: Dialect
    permissions: frozenset[Permission]
    viewer_id: Callable[[], str]


@dataclass(frozen=True)
class Column:
    """A column of the type's own table. `name` is empty when it is the field's own name."""

    name: str = ""
    kind: Kind | None = None


@dataclass(frozen=True)
class Expression:
    """JSON text computed by the database, never null."""

    sql: Callable[[Surroundings], str]


@dataclass(frozen=True)
class GlobalId:
    """The opaque id of a node: its type's prefix, '_' and its key."""


@dataclass(frozen=True)
class Embedded:
    """Several columns of the same row shown as one object; their names begin with `prefix`."""

    prefix: str = ""


@dataclass(frozen=True)
class Amount:
    """Money: a column of minor units and one with the currency."""

    minor: str
    currency: str = "currency"


@dataclass(frozen=True)
class One:
    """The row that a foreign key leads to."""

    column: str
    key: str = "id"


@dataclass(frozen=True)
class Many:
    """The rows whose foreign key leads here, as a list or, when the field's type is a connection, page by page."""

    column: str
    sort: str


@dataclass(frozen=True)
class EntryNode:
    """A root's way to one row by its global id."""


@dataclass(frozen=True)
class EntryAnyNode:
    """A root's way to rows of any type by global id: `node` and `nodes`."""

    many: bool = False


@dataclass(frozen=True)
class EntryRows:
    """A root's way to all rows that the viewer sees, page by page. `search` is a column that `search:` looks into."""

    sort: str
    search: str = ""
    search_bind: Callable[[str], str] | None = None


@dataclass(frozen=True)
class EntryEvents:
    """A subscription's way to events: those whose `about` is not null. An argument narrows them by a column."""

    about: str
    departments: bool = False
    complaint: bool = False


@dataclass(frozen=True)
class Changed:
    """A payload's way to the row that a change made or touched; the payload holds its key, or None."""


Source = (
    Column | Expression | GlobalId | Embedded | Amount | One | Many | EntryNode | EntryAnyNode | EntryRows | EntryEvents | Changed
)


@dataclass
class Reading:
    """How one field is read: its source, its permission, and whether clients may filter and sort by it."""

    source: Source
    needs: Needs | None
    filter: bool = False
    sort: bool = False
    argument_needs: Mapping[str, Needs] = field(default_factory=dict)
    typical_length: int = 10


@dataclass
class Selectable:
    """A column that lists can be filtered or sorted by."""

    column: str
    kind: Kind
    nullable: bool
    needs: Needs


@dataclass
class NodeType:
    """One node type: its table, its rows, its permission, and what its lists can be filtered and sorted by."""

    name: str
    model: type[Model]
    prefix: str
    rows: RowScope
    needs: Needs
    graphql: Any = None
    filters: dict[str, Selectable] = field(default_factory=dict)
    sorts: dict[str, Selectable] = field(default_factory=dict)
    filter_input: Any = None
    sort_input: Any = None

    @property
    def table(self) -> str:
        """The table's name."""
        return str(self.model._meta.db_table)

    def global_id(self, key: UUID) -> str:
        """The opaque id that clients see."""
        return f"{self.prefix}_{key}"


NODES: dict[str, NodeType] = {}
"""Every node type by its GraphQL name."""

ENUM_VALUE_NEEDS: dict[tuple[str, str], Needs] = {}
"""What a sort field needs, by enumeration and value."""

INPUT_FIELD_NEEDS: dict[tuple[str, str], Needs] = {}
"""What a filter field needs, by input type and field."""


# --- Fields -----------------------------------------------------------------------------------------------------------


class ReadField(StrawberryField):
    """A field that the planner answers. Its arguments follow from its source and its type."""

    @property
    def reading(self) -> Reading:
        """How this field is read."""
        return typing.cast(Reading, self.metadata["reading"])

    @property
    def arguments(self) -> list[StrawberryArgument]:
        """The arguments, made when the schema is put together: by then every node type is known."""
        if self._arguments is None:
            self._arguments = list(self._made_arguments())
        return self._arguments

    @arguments.setter
    def arguments(self, value: list[StrawberryArgument]) -> None:
        self._arguments = value

    def _made_arguments(self) -> Iterator[StrawberryArgument]:
        source = self.reading.source
        if isinstance(source, EntryNode):
            yield argument("id", strawberry.ID, "The global id.", required=True)
        elif isinstance(source, EntryAnyNode) and source.many:
            yield argument("ids", list[strawberry.ID], "The global ids, at most 100.", required=True)
        elif isinstance(source, EntryAnyNode):
            yield argument("id", strawberry.ID, "The global id.", required=True)
        elif isinstance(source, EntryEvents):
            yield from event_arguments(source)
        elif isinstance(source, Many | EntryRows) and (target := connected_node(self.type)):
            yield from connection_arguments(target, searchable=isinstance(source, EntryRows) and bool(source.search))


def argument(name: str, annotation: Any, description: str, *, required: bool = False) -> StrawberryArgument:
    """One argument of a field."""
    return StrawberryArgument(
        python_name=name,
        graphql_name=name,
        type_annotation=StrawberryAnnotation(annotation if required else Optional[annotation]),
        description=description,
            )


def connection_arguments(target: NodeType, *, searchable: bool) -> Iterator[StrawberryArgument]:
    """What every connection takes (Relay's cursor connections), and its node type's own filter and sort."""
    yield argument("first", int, "How many from the start, 0 to 100; 20 when neither `first` nor `last` is given.")
    yield argument("after", str, "Only what comes after this cursor.")
    yield argument("last", int, "How many from the end, 0 to 100.")
    yield argument("before", str, "Only what comes before this cursor.")
    if searchable:
        yield argument("search", str, "Only what has this text in it, whatever its case and accents.")
    yield argument("filter", target.filter_input, "Only what meets these conditions.")
    yield argument("sort", list[target.sort_input], "The order, most important first; left out, the list's usual order.")


def event_arguments(source: EntryEvents) -> Iterator[StrawberryArgument]:
    """What a subscription takes: which events, and where the client left off."""
    if source.departments:
        yield argument("departments", list[Department], "Whose handoffs; left out, those of the viewer's own departments.")
    if source.complaint:
        yield argument("complaint", strawberry.ID, "Only what happens to this complaint.")
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


def column(description: str, name: str = "", *, needs: Needs | None = None, filter: bool = False, sort: bool = False) -> Any:
    """A field that is a column."""
    return read(Column(name), description, needs=needs, filter=filter, sort=sort)


def expression(description: str, sql: Callable[[Surroundings], str], *, needs: Needs | None = None) -> Any:
    """A field that the database computes; `sql` gives JSON text that is never null."""
    return read(Expression(sql), description, needs=needs)


def money(description: str, minor: str, *, needs: Needs | None = None) -> Any:
    """A field that is an amount of money."""
    return read(Amount(minor), description, needs=needs)


def embedded(description: str, prefix: str = "", *, needs: Needs | None = None) -> Any:
    """A field that shows several columns of the same row as one object."""
    return read(Embedded(prefix), description, needs=needs)


def one(description: str, key: str, *, needs: Needs | None = None) -> Any:
    """A field that leads to one other row; null when there is none or the viewer does not see it."""
    return read(One(key), description, needs=needs)


def many(description: str, key: str, sort: str, *, needs: Needs | None = None, typical_length: int = 10) -> Any:
    """A field that leads to the rows whose `key` points here, as a connection or a list, in the order of `sort`."""
    return read(Many(key, sort), description, needs=needs, typical_length=typical_length)


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


# --- Types ------------------------------------------------------------------------------------------------------------


class NodeReference(LazyType[Any, Any]):
    """A node type named before it is declared."""

    def resolve_type(self) -> type[Any]:
        return typing.cast(type[Any], NODES[self.type_name].graphql)


class _Names(dict[str, Any]):
    """The names of a module, and every other name as a node type that will be declared."""

    def __missing__(self, name: str) -> Any:
        return getattr(builtins, name) if hasattr(builtins, name) else NodeReference(name, "")


def _evaluated(cls: type) -> dict[str, Any]:
    names = _Names(vars(sys.modules[cls.__module__]))
    return {
        name: eval(annotation, {}, names) if isinstance(annotation, str) else annotation  # noqa: S307 (our own source)
        for name, annotation in cls.__dict__.get("__annotations__", {}).items()
    }


def sentence(cls: type) -> str:
    """A class's docstring as the description that clients read."""
    text = " ".join((cls.__doc__ or "").split())
    if not text:
        raise TypeError(f"{cls.__name__} has no docstring; clients read it as the type's description.")
    return text


def _without_null(annotation: Any) -> tuple[Any, bool]:
    arguments = typing.get_args(annotation)
    if type(None) in arguments:
        return next(member for member in arguments if member is not type(None)), True
    return annotation, False


def camel(name: str) -> str:
    """`placed_at` as `placedAt`."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def node(model: type[Model], *, prefix: str, rows: RowScope, needs: Needs, interface: bool = True) -> Callable[[type[T]], type[T]]:
    """Declares a node type: a table, the rows of it that a viewer sees, and the permission that its fields need by default."""

    def declare(cls: type[T]) -> type[T]:
        info = NodeType(cls.__name__, model, prefix, rows, needs)
        NODES[cls.__name__] = info
        cls.__annotations__ = _evaluated(cls)
        for name, value in list(vars(cls).items()):
            if isinstance(value, FilterOnly):
                delattr(cls, name)
                selectable = Selectable(value.column, kind_of(value.annotation), False, value.needs or needs)
                info.filters[name] = info.sorts[name] = selectable
            elif isinstance(value, ReadField):
                _settle(info, name, value, cls.__annotations__[name])
        info.graphql = strawberry.type(cls, description=sentence(cls))
        _make_inputs(info)
        return typing.cast(type[T], info.graphql)

    return declare


def settle_relations() -> None:
    """Gives each relation the permission of the type it leads to, where it names none; call it once all types are declared."""
    for info in NODES.values():
        for declared in info.graphql.__strawberry_definition__.fields:
            if isinstance(declared, ReadField) and isinstance(declared.reading.source, One | Many) and not declared.reading.needs:
                target = node_of(declared.type)
                assert target is not None, f"{info.name}.{declared.name} leads to no node type"
                declared.reading.needs = target.needs
                declared.metadata = {**declared.metadata, "needs": target.needs}
                declared.directives = shown(target.needs)


def _settle(info: NodeType, name: str, declared: ReadField, annotation: Any) -> None:
    """Gives a field its type's permission where it has none of its own, and notes what lists can be filtered by."""
    reading = declared.reading
    if isinstance(reading.source, One | Many):
        return
    reading.needs = reading.needs or info.needs
    declared.metadata = {**declared.metadata, "needs": reading.needs}
    declared.directives = shown(reading.needs)
    if isinstance(reading.source, Column) and (reading.filter or reading.sort):
        bare, nullable = _without_null(annotation)
        selectable = Selectable(reading.source.name or name, kind_of(bare), nullable, reading.needs)
        if reading.filter:
            info.filters[name] = selectable
        if reading.sort:
            info.sorts[name] = selectable


def part(needs: Needs) -> Callable[[type[T]], type[T]]:
    """Declares a type that is several columns of somebody else's row, for instance an address."""

    def declare(cls: type[T]) -> type[T]:
        cls.__annotations__ = _evaluated(cls)
        for value in vars(cls).values():
            if isinstance(value, ReadField):
                value.reading.needs = value.reading.needs or needs
                value.metadata = {**value.metadata, "needs": value.reading.needs}
                value.directives = shown(value.reading.needs)
        return typing.cast(type[T], strawberry.type(cls, description=sentence(cls)))

    return declare


def door(description: str, needs: Needs) -> Any:
    """A root's field that leads to a gathered type, an entrance to the graph; it holds nothing itself."""
    return strawberry.field(
        resolver=lambda: object(),
        description=description,
        metadata={"needs": needs, "entrance": True},
        directives=shown(needs),
    )


def changed(description: str) -> Any:
    """A payload's field: the row that the change made or touched, null when nothing was changed."""
    return read(Changed(), description, needs=Door.SIGNED_IN)


@typing.dataclass_transform(kw_only_default=True, field_specifiers=(plain,))
def plain_type(needs: Needs, **options: Any) -> Callable[[type[T]], type[T]]:
    """Declares an ordinary type that is no table; its fields need what it needs unless they say otherwise."""

    def declare(cls: type[T]) -> type[T]:
        cls.__annotations__ = _evaluated(cls)
        made = strawberry.type(cls, description=sentence(cls), **options)
        for declared in made.__strawberry_definition__.fields:  # type: ignore[attr-defined]
            if declared.metadata.get("needs") is None:
                declared.metadata = {**declared.metadata, "needs": needs}
        return typing.cast(type[T], made)

    return declare


_FILTER_OF_KIND = {TEXT: StringFilter, INTEGER: IntFilter, MOMENT: DateTimeFilter, BOOLEAN: BooleanFilter}


def _filter_input_of(info: NodeType, name: str, selectable: Selectable) -> Any:
    if selectable.kind in _FILTER_OF_KIND:
        return _FILTER_OF_KIND[selectable.kind]
    return enum_filter(info.model._meta.fields_map[_field_name(info.model, selectable.column)].enum_type)  # type: ignore[attr-defined]


def _field_name(model: type[Model], column_name: str) -> str:
    return model._meta.fields_db_projection_reverse[column_name]


class _OwnInput(LazyType[Any, Any]):
    """A filter input that holds others of its own kind."""

    def resolve_type(self) -> type[Any]:
        return typing.cast(type[Any], NODES[self.type_name].filter_input)


def _make_inputs(info: NodeType) -> None:
    own = _OwnInput(info.name, "")
    members = [
        Member("and", list[own], "All of these hold."),  # type: ignore[valid-type]
        Member("or", list[own], "At least one of these holds. With an empty list, none does."),  # type: ignore[valid-type]
        Member("not", own, "This does not hold."),
    ]
    for name, selectable in info.filters.items():
        condition = _filter_input_of(info, name, selectable)
        members.append(Member(camel(name), condition, f"What `{camel(name)}` must be.", tuple(shown(selectable.needs))))
        INPUT_FIELD_NEEDS[f"{info.name}Filter", camel(name)] = selectable.needs
    description = f"Conditions on a list of {info.name}. All that are given hold together."
    info.filter_input = input_type(f"{info.name}Filter", description, members)
    if info.sorts:
        info.sort_input = _sort_input(info)


def _sort_input(info: NodeType) -> Any:
    name_of_enum = f"{info.name}SortField"
    names = {name.upper(): name.upper() for name in info.sorts}
    fields = strawberry.enum(enum.Enum(name_of_enum, names), description=f"What lists of {info.name} can be sorted by.")  # type: ignore[misc]
    for value in fields.__strawberry_definition__.values:  # type: ignore[attr-defined]
        needs = info.sorts[value.name.lower()].needs
        value.description = f"By `{camel(value.name.lower())}`."
        value.directives = tuple(shown(needs))
        ENUM_VALUE_NEEDS[name_of_enum, value.name] = needs
    members = [
        Member("field", fields, "What to sort by.", required=True),
        Member("direction", SortDirection, "Which way.", required=True, default=SortDirection.ASC),
    ]
    return input_type(f"{info.name}Sort", f"One step in the order of a list of {info.name}.", members)


# --- Connections ------------------------------------------------------------------------------------------------------


@strawberry.type(description="Where a page stands in its list (Relay).")
class PageInfo:
    """Where a page stands in its list (Relay)."""

    has_next_page: bool = plain("Whether more follows after this page.", Door.EVERYONE)
    has_previous_page: bool = plain("Whether something comes before this page.", Door.EVERYONE)
    start_cursor: str | None = plain("The cursor of the page's first node; null on an empty page.", Door.EVERYONE)
    end_cursor: str | None = plain("The cursor of the page's last node; null on an empty page.", Door.EVERYONE)


@strawberry.type(description="A node and its place in the list.")
class Edge(Generic[T]):
    """A node and its place in the list."""

    cursor: str = plain("The node's place in this list, in this order.", Door.EVERYONE)
    node: T = plain("The node itself.", Door.EVERYONE)


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """One page of a list."""

    edges: list[Edge[T]] = plain("The page's nodes with their cursors.", Door.EVERYONE)
    nodes: list[T] = plain("The page's nodes.", Door.EVERYONE)
    page_info: PageInfo = plain("Where the page stands in the list.", Door.EVERYONE)
    total_count: int = plain("How many the whole list has, with this filter and for this viewer.", Door.EVERYONE)


@strawberry.interface(description="Anything with a global id.")
class Node:
    """Anything with a global id."""

    id: strawberry.ID = read(GlobalId(), "The global id, opaque to clients.", needs=Door.SIGNED_IN)


def bare(annotation: Any) -> Any:
    """A type without its null and list wrappers, and with late names resolved."""
    while hasattr(annotation, "of_type"):
        annotation = annotation.of_type
    return annotation.resolve_type() if isinstance(annotation, LazyType) else annotation


def connected_node(annotation: Any) -> NodeType | None:
    """The node type of a connection, or None when the type is no connection."""
    definition = getattr(bare(annotation), "__strawberry_definition__", None)
    if definition is None or "T" not in definition.type_var_map or not definition.name.startswith("Connection"):
        return None
    return NODES.get(getattr(bare(definition.type_var_map["T"]), "__name__", ""))


def node_of(annotation: Any) -> NodeType | None:
    """The node type that a field leads to: itself, a list of it, or a connection of it."""
    return connected_node(annotation) or NODES.get(getattr(bare(annotation), "__name__", ""))


def gathered(name: str, description: str, needs: Needs, areas: list[type], **own: tuple[Any, Any]) -> Any:
    """One type from what several areas declare, and members of its own as name=(annotation, field)."""
    body: dict[str, Any] = {"__annotations__": {}, "__doc__": description}
    for area in areas:
        for member, annotation in _evaluated(area).items():
            if member in body:
                raise TypeError(f"{name}.{member} is declared by two areas.")
            body["__annotations__"][member] = annotation
            body[member] = vars(area)[member]
        for member, value in vars(area).items():
            if isinstance(value, StrawberryField) and member not in body:
                body[member] = value
    for member, (annotation, value) in own.items():
        body["__annotations__"][member] = annotation
        body[member] = value
    for value in body.values():
        if isinstance(value, ReadField):
            value.directives = shown(value.reading.needs)
            value.metadata = {**value.metadata, "needs": value.reading.needs}
    return plain_type(needs)(type(name, (), body))
