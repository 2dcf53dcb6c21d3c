"""A schema of a test's own, on the product's tables or on views: declared apart, so that the product's never knows of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers.reading.catalog import Catalog
from resolvers.reading.declare import GATHERED, NODES, settle_relations
from resolvers.reading.sources import ENUM_VALUE_NEEDS, INPUT_FIELD_NEEDS
from schema.kit.errors import ERROR_TYPES
from schema.kit.scalars import SCALARS


@contextmanager
def declared_apart() -> Iterator[None]:
    """What is declared in here is forgotten afterwards; the schema must be built in here too."""
    registries: list[dict[Any, Any]] = [NODES, GATHERED, ENUM_VALUE_NEEDS, INPUT_FIELD_NEEDS]
    before = [dict(registry) for registry in registries]
    try:
        yield
    finally:
        for registry, old in zip(registries, before, strict=True):
            registry.clear()
            registry.update(old)


def built(query: Any, mutation: Any = None, subscription: Any = None) -> tuple[strawberry.Schema, Catalog]:
    """A schema on these roots."""
    settle_relations()
    own = StrawberryConfig(scalar_map=SCALARS)
    types = [*ERROR_TYPES, *(info.graphql for info in NODES.values())]
    made = strawberry.Schema(query=query, mutation=mutation, subscription=subscription, types=types, config=own)
    return made, Catalog(made)
