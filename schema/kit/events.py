"""What happened, as histories and pushes show it. Each record's own field says which events are its own."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.events import version_sql, visible_events
from models.kit import events
from models.kit.base import Record
from resolvers.reading.declare import column, computed, node, one
from resolvers.reading.sources import Access, SqlContext

if TYPE_CHECKING:
    from schema.both_offices.accounts import Account


def cursor_column(ctx: SqlContext) -> str:
    """The cursor to resume a subscription from."""
    return f"'\"' || {ctx.sealed(ctx.column('position'))} || '\"'"


def version(model: type[Record]) -> Any:
    """The version of a record of which not every reader may know every change."""
    description = "Grows with every change that the viewer may know of; send it back as `expectedVersion`."
    return computed(description, lambda ctx: version_sql(model, ctx.read_scope, ctx.column))


@node(events.Event, prefix="", rows=visible_events, needs=Access.SIGNED_IN)
class RecordEvent:
    """One thing that happened to a record: an order, a shipment, a batch and so on."""

    kind: events.EventKind = column("What happened.", filter=True)
    at: datetime = column("When.", filter=True)
    actor: "Account | None" = one("Who did it; null when it happened by itself.", "actor_id")
