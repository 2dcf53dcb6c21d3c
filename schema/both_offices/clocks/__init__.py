"""Clocks, and the regimes, policies and business calendars that decide how long something may take."""

from schema.both_offices.clocks.changes import MUTATIONS
from schema.both_offices.clocks.types import Clock, ClockPolicies
from schema.kit.areas import Area

__all__ = ["MUTATIONS", "Clock", "ClockPolicies"]

AREA = Area(
    front_office=(ClockPolicies,),
    back_office=(ClockPolicies,),
    mutations=MUTATIONS,
)
