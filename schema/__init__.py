"""The one schema: what clients see, gathered from the areas."""

import strawberry
from strawberry.schema.config import StrawberryConfig

import schema.kit.enumerations  # noqa: F401  # pyright: ignore[reportUnusedImport] - declares what the areas use
from resolvers.reading.catalog import Catalog
from resolvers.reading.declare import NODES, settle_relations
from schema.kit.errors import ERROR_TYPES
from schema.kit.scalars import SCALARS
from schema.roots import Mutation, Query, Subscription


def build() -> tuple[strawberry.Schema, Catalog]:
    """The schema and the facts about it. A field without a declared permission is an error here, before anything is served."""
    settle_relations()
    made = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[*ERROR_TYPES, *(info.graphql for info in NODES.values())],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    return made, Catalog(made)
