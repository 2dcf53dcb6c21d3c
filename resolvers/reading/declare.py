"""What the schema is written with: node types, their fields, where each comes from and who may see it, in one place.

The areas of the product's schema declare in `registry`; another schema of the same process makes a Registry of its own. This
module, `relay`, `sources` and `values` are all that areas see of the planner.
"""

from resolvers.reading.catalog import Catalog
from resolvers.reading.fields import (
    changed,
    changed_many,
    column,
    computed,
    count,
    door,
    embedded,
    expression,
    filter_only,
    history,
    many,
    money,
    of_viewer,
    one,
    plain,
    read,
    shown,
    subject,
    through,
)
from resolvers.reading.pieces import BadArgument
from resolvers.reading.plans import bad_request
from resolvers.reading.registry import Registry, declare_enumerations, rows_of_payload, sentence
from resolvers.reading.strawberry_privates import parent_type_name, stand_for

__all__ = [
    "BadArgument",
    "Catalog",
    "Registry",
    "bad_request",
    "changed",
    "changed_many",
    "column",
    "computed",
    "count",
    "declare_enumerations",
    "door",
    "embedded",
    "expression",
    "filter_only",
    "history",
    "many",
    "merge_types",
    "money",
    "node",
    "of_viewer",
    "one",
    "parent_type_name",
    "part",
    "plain",
    "plain_type",
    "read",
    "registry",
    "rows_of_payload",
    "sentence",
    "shown",
    "stand_for",
    "subject",
    "through",
]

registry = Registry()

node, part, plain_type, merge_types = registry.node, registry.part, registry.plain_type, registry.merge_types
