"""What the schema is written with: node types, their fields, where each comes from and who may see it, in one place.

The areas of the product's schema declare in `registry`; another schema of the same process makes a Registry of its own. This
module, `relay`, `sources` and `values` are all that areas see of the planner.
"""

from collections.abc import Callable
from typing import Any

import strawberry
from tortoise.models import Model

from models.kit.base import Record, RowScope
from models.kit.events import subject_type
from resolvers.reading.catalog import Catalog
from resolvers.reading.fields import plain, read, shown
from resolvers.reading.registry import Registry, declare_enumerations, rows_of_payload, sentence
from resolvers.reading.sources import (
    Access,
    Amount,
    Changed,
    Column,
    Computed,
    Embedded,
    EntryCount,
    Expression,
    Many,
    Needs,
    One,
    SqlContext,
    SubjectId,
    SubjectOf,
    Through,
)
from resolvers.reading.statements import BadArgument
from resolvers.reading.strawberry_privates import parent_type_name, stand_for

# What areas see of other modules, beside what is declared below.
__all__ = [
    "BadArgument",
    "Catalog",
    "Registry",
    "declare_enumerations",
    "parent_type_name",
    "plain",
    "read",
    "rows_of_payload",
    "sentence",
    "shown",
    "stand_for",
]

registry = Registry()

node, plain_type, merge_types = registry.node, registry.plain_type, registry.merge_types


# --- Fields ---


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


def subject_id(description: str, model: type[Model], *, needs: Needs | None = None) -> Any:
    """An event's field that is the id of the record of a table that it is about, seen or not; null when there is none.

    Where that takes more than the event's own type, it needs what the record's type needs.
    """
    return read(SubjectId(SubjectOf("id", subject_type(model))), description, needs=needs)


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
    return read(Many(column, sort, key, typical_length), description, needs=needs)


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
    return read(Through(table, near, far, sort, where, key, typical_length), description, needs=needs)


def of_viewer(description: str, get: Callable[[Any], Any], needs: Needs | None = None) -> Any:
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
    return read(Changed(many=True), description, needs=Access.SIGNED_IN)
