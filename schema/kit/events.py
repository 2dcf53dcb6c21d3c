"""What happened, as histories and pushes show it. Each record's own field says which events are its own."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from models.events import version_sql, visible_events
from models.kit import events
from models.kit.base import Record
from resolvers.reading.declare import column, computed, expression, node, one
from resolvers.reading.sources import Access, SqlContext

if TYPE_CHECKING:
    from schema.both_offices.accounts import Account


def _sealed(ctx: SqlContext, text: str) -> str:
    return f"'\"' || {ctx.sealed(f'({text})')} || '\"'"


def _place(ctx: SqlContext) -> str:
    """Where among all events, and among which: after a restore, others get the same positions."""
    return f"{ctx.column('position')} || ' ' || {events.EPOCH}"


@strawberry.interface(description="What every message of a subscription says by itself.")
class Update:
    """What every message of a subscription says by itself."""

    cursor: str = expression(
        "Send it as `after` to resume behind this message.",
        lambda ctx: _sealed(ctx, _place(ctx)),
        needs=Access.SIGNED_IN,
    )
    id: strawberry.ID = expression(
        "What happened, so that what comes twice is known again: the same in all subscriptions to messages of one type,"
        " and nowhere else.",
        lambda ctx: _sealed(ctx, f"'id ' || {_place(ctx)}"),
        needs=Access.SIGNED_IN,
    )
    kind: events.EventKind = column("What happened; SUBSCRIBED in the first message.", needs=Access.SIGNED_IN)
    at: datetime = column("When.", needs=Access.SIGNED_IN)


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
