"""Clocks: started, paused, resumed and stopped by the verbs on what areas declare, and watched by the scheduler."""

from resolvers.both_offices.clocks.moments import on_moment
from resolvers.both_offices.clocks.policies import active_regime, bring_in_presets, policy_of
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
    "follow",
    "notice_clock",
    "on_moment",
    "pause",
    "policy_of",
    "reopen",
    "restart",
    "resume",
    "start",
    "stop",
    "stop_all",
    "take_over",
    "the_clock",
]
