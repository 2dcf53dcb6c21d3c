"""Events, from the row that a change records to the bytes on every subscriber's screen."""

from resolvers.events.dispatcher import Dispatcher
from resolvers.events.record import record
from resolvers.events.streams import Stream, Subscription

__all__ = ["Dispatcher", "Stream", "Subscription", "record"]
