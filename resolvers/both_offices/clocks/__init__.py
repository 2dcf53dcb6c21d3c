"""Clocks: started, paused, resumed and stopped by the verbs on complaints and handoffs, and watched by the keeper."""

from resolvers.both_offices.clocks.moments import on_moment
from resolvers.both_offices.clocks.policies import active_regime, bring_in_presets, complaint_of, handoff_policy
from resolvers.both_offices.clocks.running import (
    follow,
    pause,
    reopen,
    restart,
    resume,
    start,
    stop,
    stop_all,
    take_over,
    the_clock,
)
from resolvers.both_offices.clocks.segments import check_clock
from resolvers.both_offices.clocks.watching import ClockJob, notice_clock

__all__ = [
    "ClockJob",
    "active_regime",
    "bring_in_presets",
    "check_clock",
    "complaint_of",
    "follow",
    "handoff_policy",
    "notice_clock",
    "on_moment",
    "pause",
    "reopen",
    "restart",
    "resume",
    "start",
    "stop",
    "stop_all",
    "take_over",
    "the_clock",
]
