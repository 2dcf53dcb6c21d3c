"""Kinds of events: each area has its own; to clients they are one enumeration, which stands for all of them."""

from typing import Any

from models.events import EVERY_KIND
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from resolvers.reading.declare import declare_enumerations, stand_for
from resolvers.reading.sources import SUBSCRIBED

_described = {value: (value, kind.description) for value, kind in EVERY_KIND.items()}
_described[SUBSCRIBED] = (SUBSCRIBED, "A subscription begins here: read now what it is about. Nothing has happened.")
_kinds: Any = DescribedEnum("EventKind", _described)  # type: ignore[call-overload]
_kinds.__doc__ = EventKind.__doc__
declare_enumerations(_kinds)
stand_for(EventKind, _kinds)
