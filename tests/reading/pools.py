"""What documents are drawn from: the company's rows, cursors of earlier answers, Hypothesis's choices; and all of every row."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    get_named_type,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.permissions import Permission
from resolvers.reading.catalog import Catalog
from resolvers.reading.declare import registry
from resolvers.reading.sources import NodeType, Selectable, camel
from tests.properties.adversarial.company import Company
from tests.reading.reference import PLAIN_SCHEMA, is_known, known_filters, known_nodes, show

FACTOR = 10 if os.environ.get("INTEROFFICE_TESTS") == "thorough" else 1
"""`INTEROFFICE_TESTS=thorough` looks at ten times as many documents."""


def many_documents(examples: int) -> Any:
    """Hypothesis's settings for a test over documents: the same ones every time."""
    return settings(
        max_examples=examples * FACTOR,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
    )


def drawn(strategy: Any, count: int) -> list[Any]:
    """Many examples of a strategy."""
    examples: list[Any] = []

    @many_documents(count)
    @given(strategy)
    def draw(example: Any) -> None:
        examples.append(example)

    draw()
    return examples


@dataclass(frozen=True)
class Word:
    """An enumeration value, which is no string in a document."""

    name: str


@dataclass(frozen=True)
class Document:
    """A document and its variables, as they go over the wire."""

    text: str
    variables: dict[str, Any]
    has_mistake: bool = False
    """Whether it holds an argument that must be refused, though perhaps on a path that leads to no row."""


@dataclass
class Pools:
    """What values are drawn from: the company's rows and the cursors of earlier answers."""

    rows: Company
    catalog: Catalog
    cursors: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    whole: bool = False
    """Whether documents ask for all that the schema has, also for what the plain reading cannot answer."""
    left_out: frozenset[tuple[str, str]] = frozenset()
    """Fields that no document asks for all the same."""

    def ids(self, info: NodeType) -> list[str]:
        """Global ids that lead to a row of the type, for somebody."""
        return [info.global_id(row["id"]) for row in self.rows.get(info.model, [])] or [*BAD_IDS]

    def values(self, info: NodeType, column: str) -> list[Any]:
        """What the column holds."""
        rows = self.rows.get(info.model, [])
        return list(dict.fromkeys(show(row[column]) for row in rows if row.get(column) is not None))

    def knows(self, type_name: str, name: str) -> bool:
        """Whether a field may stand in a document."""
        return (type_name, name) not in self.left_out and (self.whole or is_known(type_name, name))

    def nodes(self) -> list[NodeType]:
        """The node types that `node` may be asked for."""
        return [info for info in registry.nodes.values() if info.prefix] if self.whole else known_nodes()

    def filters(self, target: NodeType) -> dict[str, Selectable]:
        """What lists of a type may be filtered by."""
        known = target.filters if self.whole else known_filters(target)
        return {name: found for name, found in known.items() if (target.name, camel(name)) not in self.left_out}


BAD_IDS = (
    "",
    "_",
    "cus_",
    "cus_zzz",
    "nonsense",
    "prd_00000003-0000-7000-8000-00000000ffff",
    "CUS_00000002-0000-7000-8000-000000000001",
)
BAD_CURSORS = ("", "zz", "5b5d", "7b7d", "5b226e756d626572225d", "é", "00", "5b226964222c2278225d")


def wire(value: Any) -> Any:
    """A value as JSON carries it."""
    if isinstance(value, Word):
        return value.name
    if isinstance(value, dict):
        return {name: wire(member) for name, member in value.items()}
    return [wire(member) for member in value] if isinstance(value, list) else value


def choices() -> st.SearchStrategy[Random]:
    """Where a document's choices come from: a seed that Hypothesis draws, because drawing each choice takes ten times as long."""
    return st.randoms(use_true_random=True)


def every_subscription() -> dict[str, str]:
    """The type of each subscription's messages, by its name."""
    root = PLAIN_SCHEMA.subscription_type
    assert root is not None
    return {name: str(get_named_type(declared.type)) for name, declared in root.fields.items()}


def whole_rows(pools: Pools, permissions: frozenset[Permission], *, with_others: bool) -> Iterator[Document]:
    """Every field that the viewer may read of every row: chance alone comes to most of them too seldom.

    `with_others`: and of all rows that it leads to; else only of those that have no global id and are found in no other way.
    """
    for info in pools.nodes():
        ids = pools.ids(info)
        fields = list(readable_fields(pools, info.name, permissions, with_others=with_others))
        for some in batched(fields, 4 if with_others else 40):
            text = f"query Q($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {info.name} {{ {' '.join(some)} }} }} }}"
            for chosen in batched(ids, 30):
                yield Document(text, {"ids": list(chosen)})


def readable_fields(
    pools: Pools, type_name: str, permissions: frozenset[Permission], *, with_others: bool | None
) -> Iterator[str]:
    """The fields of a type, and what they lead to with all of its own that lead nowhere. With None, nothing is led to."""
    yield "__typename"
    for name, declared in PLAIN_SCHEMA.type_map[type_name].fields.items():
        facts, named = pools.catalog.fields[type_name, name], get_named_type(declared.type)
        permitted = all(needs in permissions for needs in facts.needs if isinstance(needs, Permission))
        if not permitted or not pools.knows(type_name, name):
            continue
        is_leaf, target = not hasattr(named, "fields"), facts.target
        if target and (with_others is None or (target.prefix and not with_others)):
            continue
        inside = (
            "" if is_leaf else " ".join(readable_fields(pools, (target or named).name, permissions, with_others=None))
        )
        if facts.connection:
            yield f"{name}(first: 30) {{ totalCount nodes {{ {inside} }} }}"
        else:
            yield name if is_leaf else f"{name} {{ {inside} }}"


def batched(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Items, so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))
