"""What a schema's areas declare is looked at when the schema is built, and every schema knows its own declarations only."""

from typing import Any

import pytest
import strawberry

from models.both_offices.accounts import Account as AccountRow
from models.kit.base import all_rows
from resolvers.reading.catalog import Catalog
from resolvers.reading.declare import Registry, column, one, read, registry
from resolvers.reading.registry import UnknownName
from resolvers.reading.relay import Connection
from resolvers.reading.sources import Access, EntryRows
from schema.kit.errors import ERROR_TYPES
from schema.kit.scalars import SCALARS
from tests.reading.reference import BUILT


def query_of(own: Registry, annotation: Any = "Connection[Person]") -> Any:
    """A root that leads to accounts."""
    people = read(EntryRows("name"), "Everybody.", needs=Access.SIGNED_IN)
    body = {"__annotations__": {"people": annotation}, "__module__": Connection.__module__, "people": people}
    return own.merge_types("Query", "What can be read.", Access.SIGNED_IN, [type("Entries", (), body)])


def person(own: Registry, annotation: str = "Person | None", *, prefix: str = "acc") -> type:
    """A node type with a field of this annotation."""

    class Person:
        """Somebody."""

        name: str = column("Name.", sort=True)
        friend = one("Whom they know.", "id")

    Person.__annotations__ = {"name": "str", "friend": annotation}
    return own.node(AccountRow, prefix=prefix, rows=all_rows, needs=Access.SIGNED_IN)(Person)


def built(own: Registry, query: Any) -> tuple[strawberry.Schema, Catalog]:
    """The schema and its catalog."""
    return own.build(query, types=ERROR_TYPES, scalars=SCALARS)


def test_an_annotation_that_names_nothing_is_an_error_at_the_start() -> None:
    own = Registry()
    person(own, "Persom | None")
    with pytest.raises(UnknownName, match=r"Person\.friend names Persom, which nothing is declared as"):
        built(own, query_of(own))


def test_all_names_that_mean_nothing_are_told_at_once() -> None:
    own = Registry()
    person(own, "list[Frend]")
    with pytest.raises(UnknownName, match=r"Person\.friend names Frend.*; Query\.people names Persons"):
        built(own, query_of(own, "Connection[Persons]"))


@pytest.mark.parametrize(
    "annotation", ["print('here')", "[Person]", "Person if True else None", "'Person'", "lambda: 1"]
)
def test_an_annotation_is_read_and_not_run(annotation: str) -> None:
    with pytest.raises(UnknownName, match=r"Person\.friend is declared as .*, which is no type"):
        person(Registry(), annotation)


def test_two_registries_know_nothing_of_each_other() -> None:
    first, second = Registry(), Registry()
    one_person, other_person = person(first), person(second, prefix="prs")
    queries = query_of(first), query_of(second)
    for own, query, declared in zip((first, second), queries, (one_person, other_person), strict=True):
        _, catalog = built(own, query)
        target = catalog.fields["Query", "people"].target
        assert target is not None and target is own.nodes["Person"] and target.graphql is declared
        assert catalog.fields["Person", "friend"].target is target
    assert "Person" not in registry.nodes and "Person" not in BUILT[1].nodes


def test_no_two_node_types_share_a_name_or_a_prefix() -> None:
    own = Registry()
    person(own)
    with pytest.raises(TypeError, match="called Person"):
        person(own, prefix="prs")

    class Human:
        """Somebody."""

        name: str = column("Name.")

    with pytest.raises(TypeError, match="the prefix 'acc'"):
        own.node(AccountRow, prefix="acc", rows=all_rows, needs=Access.SIGNED_IN)(Human)
