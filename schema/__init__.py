"""The one schema: what clients see, gathered from the areas."""

import strawberry

import schema.kit.event_kinds  # noqa: F401  # pyright: ignore[reportUnusedImport] - before any area names a kind
from resolvers.reading.declare import Catalog, registry
from schema.kit.errors import ERROR_TYPES
from schema.kit.scalars import SCALARS
from schema.roots import Mutation, Query, Subscription


def build() -> tuple[strawberry.Schema, Catalog]:
    """The schema and the facts about it."""
    return registry.build(Query, Mutation, Subscription, types=ERROR_TYPES, scalars=SCALARS)
