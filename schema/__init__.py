"""The one schema: what clients see, gathered from the areas."""

import strawberry

import schema.kit.event_kinds  # noqa: F401  # pyright: ignore[reportUnusedImport] - before any area names a kind
from resolvers.reading.declare import Catalog, registry
from schema.kit.errors import ERROR_TYPES
from schema.kit.scalars import SCALARS
from schema.roots import Mutation, Query, Subscription

DESCRIPTION = """\
Interoffice: the front office, which deals with customers, and the back office, which never meets one, in one graph.

Begin with `signIn`, send its `accessToken` as `authorization: Bearer …`, and ask `viewer` who you are and what you \
may do. `refreshSession` gives the next token before this one ends.

Two doors lead to the same records: `frontOffice` and `backOffice`; `node(id:)` leads to any by its id. \
`viewer.permissions` are yours, and the printed schema says with `@needs` what a field, an argument or a value asks \
for. An operation that uses more is refused before anything is read, with an error and its place for each. A record \
that you may not see answers like one that is missing.

Lists are connections: `first` and `after`, or `last` and `before`, at most 100 at a time, with `filter`, `sort`, \
`totalCount`, and `search` where people search. What has a default may be left out or null.

Changes are verbs with one `input`, such as `receiveComplaint`. They answer with what changed and with `errors { \
code message path }`, which tells every wrong member at once. `idempotencyKey` makes a second try harmless, \
`expectedVersion` refuses to overwrite what somebody else changed, and `dryRun` shows what would happen. \
`nextStatuses` of a record says which verbs it is ready for.

Subscriptions come over WebSockets (`graphql-transport-ws`, with the token in `connection_init`). The first message, \
of kind SUBSCRIBED, comes at once: list then what you show, and nothing is missed. Keep the last `cursor`, and send it as \
`after` when you come back: you get what you missed, in order, then what happens live."""


def build() -> tuple[strawberry.Schema, Catalog]:
    """The schema and the facts about it."""
    return registry.build(Query, Mutation, Subscription, types=ERROR_TYPES, scalars=SCALARS, description=DESCRIPTION)
