"""Events, from the row that a change records to the bytes on every subscriber's screen: record, relay, dispatcher, cursors."""

from resolvers.events.record import record

__all__ = ["record"]
