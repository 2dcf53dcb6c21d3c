"""Clocks, and the regimes, policies and business calendars that decide how long something may take."""

from schema.both_offices.clocks.changes import ClockPolicyMutations
from schema.both_offices.clocks.types import Clock, ClockPolicies

__all__ = ["Clock", "ClockPolicies", "ClockPolicyMutations"]
