"""Where fields come from and what they need: plain data that the schema's declarations add up to and the planner reads."""

import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol
from uuid import UUID

from tortoise.models import Model

from models.kit.base import ReadScope, RowScope
from models.kit.database import Dialect
from models.kit.events import EventKind, subject_type
from models.kit.tortoise_privates import table_of
from models.permissions import Permission
from resolvers.reading.kinds import Kind


class Access(enum.Enum):
    """What needs no permission: open to everyone, or to everyone who has signed in."""

    PUBLIC = "EVERYONE"
    SIGNED_IN = "SIGNED_IN"


Needs = Permission | Access


class Viewer(Protocol):
    """Who asks, as far as the planner must know."""

    @property
    def account(self) -> UUID: ...

    @cached_property
    def listed_roles(self) -> str: ...

    @cached_property
    def read_scope(self) -> ReadScope: ...


@dataclass(frozen=True)
class SqlContext:
    """What an SQL expression may depend on: the row's columns, the engine, the viewer's sight and id, the present.

    `viewer_id`, `viewer_roles` and `now` give binds; their values are never part of a plan. `sealed` makes of an SQL value a
    text that clients only bring back.
    """

    column: Callable[[str], str]
    dialect: Dialect
    read_scope: ReadScope
    viewer_id: Callable[[], str]
    viewer_roles: Callable[[], str]
    now: Callable[[], str]
    sealed: Callable[[str], str]

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the viewer may read and do."""
        return self.read_scope.permissions


class Source:
    """Where a field comes from."""


class Relation(Source):
    """A way from one row to another, or to several."""


class Entry(Source):
    """Where the planner takes over, coming from a root or from an ordinary resolver."""


@dataclass(frozen=True)
class Column(Source):
    """A column of the type's own table. `name` is empty when it is the field's own name."""

    name: str = ""
    kind: Kind | None = None


@dataclass(frozen=True)
class Expression(Source):
    """JSON text computed by the database, never null."""

    sql: Callable[[SqlContext], str]


@dataclass(frozen=True)
class Computed(Source):
    """An SQL value of the field's own type; the planner makes JSON of it. A list is an SQL value that holds JSON."""

    sql: Callable[[SqlContext], str]


@dataclass(frozen=True)
class GlobalId(Source):
    """The opaque id of a node: its type's prefix, '_' and its key."""


@dataclass(frozen=True)
class Embedded(Source):
    """Several columns of the same row shown as one object; their names begin with `prefix`."""

    prefix: str = ""


@dataclass(frozen=True)
class Amount(Source):
    """Money: a column of minor units and one with the currency."""

    minor: str
    currency: str = "currency"


@dataclass(frozen=True)
class One(Relation):
    """The row that a foreign key leads to."""

    column: str

    def key(self, column: Callable[[str], str]) -> str:
        """The key of the row, in SQL; `column` gives this row's columns."""
        return column(self.column)


@dataclass(frozen=True)
class SubjectOf(One):
    """The record of one type that an event is about."""

    type: str

    def key(self, column: Callable[[str], str]) -> str:
        of_event = f"about.event_id = {column(self.column)} AND about.type = '{self.type}'"
        return f"(SELECT about.key FROM event_subjects about WHERE {of_event} ORDER BY about.id LIMIT 1)"


@dataclass(frozen=True)
class SubjectId(Source):
    """The global id of the record that an event is about, also where the viewer does not see the record any more.

    It tells nothing new: an event is told to those alone who may know, or might when it happened, what it happened to.
    """

    subject: SubjectOf


@dataclass(frozen=True)
class Many(Relation):
    """The rows whose `column` holds this row's `key`, as a list or, when the field's type is a connection, page by page."""

    column: str
    sort: str
    key: str = "id"
    typical_length: int = 10

    def belongs(self, key: str, alias: str) -> str:
        """The condition that a row, known by the alias, belongs to the row with this key."""
        return f'{alias}."{self.column}" = {key}'

    def settles(self) -> set[str]:
        """The target's columns that are equal throughout one list."""
        return {self.column}


@dataclass(frozen=True)
class Through(Relation):
    """The rows that a table of links connects with this one. `where` narrows the links down, which go by the name `link`.

    `rows` says which of them a viewer sees, where this way to them shows others than their type does.
    """

    table: str
    near: str
    far: str
    sort: str
    where: str = ""
    key: str = "id"
    typical_length: int = 10
    rows: RowScope | None = None

    def belongs(self, key: str, alias: str) -> str:
        """The condition that a row, known by the alias, is linked with the row with this key."""
        where = f" AND ({self.where})" if self.where else ""
        links = f'SELECT link."{self.far}" FROM "{self.table}" link WHERE link."{self.near}" = {key}{where}'
        return f'{alias}."id" IN ({links})'

    def settles(self) -> set[str]:
        """Nothing is equal throughout the list but what leads to it."""
        return set()


@dataclass(frozen=True)
class EntryNode(Entry):
    """A root's way to one row by its global id."""


@dataclass(frozen=True)
class EntryAnyNode(Entry):
    """A root's way to rows of any type by global id: `node` and `nodes`."""

    many: bool = False


@dataclass(frozen=True)
class EntryRows(Entry):
    """A way to all rows that the viewer sees, page by page, from a root or from what is the viewer's own.

    `search` is a column that `search:` looks into. `where` says in plain SQL, as a row scope does, which rows of the table
    known by an alias belong to the list.
    """

    sort: str
    search: str = ""
    search_bind: Callable[[str], str] | None = None
    where: Callable[[str], str] | None = None


@dataclass(frozen=True)
class EntryCount(Entry):
    """How many rows of a node type the viewer sees, without a way to them; `where` as for EntryRows."""

    node: str
    where: Callable[[str], str] | None = None


SUBSCRIBED = "SUBSCRIBED"
"""The kind of a subscription's first message, which says where it begins. Nothing that happens is of that kind."""


@dataclass(frozen=True)
class EntryEvents(Entry):
    """A subscription's way to events: those about a record of the table `about`, of some `kinds` where any are named.

    `departments` is an argument that narrows them, `of` the name of one that takes the id of what they are about, and `within`
    that of one that takes the id which the record that they are about holds in the column `<argument>_id`.
    With `account`, they are those that concern the viewer's own account (`account_id`). `elsewhere` are kinds of events that are
    not told here where they are about a record of the table beside them, too: what happened is told here by another one.
    """

    about: type[Model]
    departments: bool = False
    of: str = ""
    within: str = ""
    account: bool = False
    kinds: tuple[EventKind, ...] = ()
    elsewhere: tuple[tuple[EventKind, type[Model]], ...] = ()


@dataclass(frozen=True)
class Changed(Entry):
    """A payload's way to the row, or the rows, that a change made or touched: it holds the key, or keys in order, or None."""

    many: bool = False


@dataclass(frozen=True)
class Reading:
    """How one field is read: its source, whether lists can be filtered and sorted by it, and what its arguments need."""

    source: Source
    filter: bool = False
    sort: bool = False
    argument_needs: Mapping[str, Needs] = field(default_factory=dict)


@dataclass(frozen=True)
class FilterOnly:
    """A column that lists can be filtered and sorted by although it is no field of the type itself."""

    column: str
    annotation: Any
    needs: Needs | None = None


@dataclass
class Selectable:
    """A column that lists can be filtered or sorted by, or a computed value that they can be filtered by."""

    column: str
    kind: Kind
    nullable: bool
    needs: Needs
    sql: Callable[[SqlContext], str] | None = None
    annotation: Any = None


@dataclass(eq=False)
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
        return table_of(self.model)

    def holds(self, subject: str) -> bool:
        """Whether it shows, by global ids, the records that are called so as subjects of events."""
        return self.prefix != "" and subject_type(self.model) == subject

    def global_id(self, key: UUID) -> str:
        """The opaque id that clients see."""
        return f"{self.prefix}_{key}"


GLOBAL_ID = re.compile(r"([a-z]+)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
"""Only the canonical form: one row has one id."""

NIL = UUID(int=0)
"""The key of no row: what a malformed global id stands for."""


def parse_global_id(value: Any) -> tuple[str, UUID]:
    """Prefix and key of a global id; a malformed one leads to no row."""
    found = GLOBAL_ID.fullmatch(str(value))
    return (found[1], UUID(found[2])) if found else ("", NIL)


def camel(name: str) -> str:
    """`placed_at` as `placedAt`."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)
