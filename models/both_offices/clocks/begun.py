"""What clocks begin with: how one that is not stored yet has run so far."""

from dataclasses import dataclass
from datetime import datetime

from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.reckoning import ClockState
from models.both_offices.clocks.running import ClockReason


@dataclass(frozen=True, slots=True)
class Begun:
    """A clock to be stored: when it began and, if it is no longer running, since when not."""

    kind: ClockKind
    at: datetime
    reason: ClockReason
    paused_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def states(self) -> list[tuple[datetime, ClockState]]:
        """What its segments are."""
        found = [(self.at, ClockState.RUNNING)]
        if self.stopped_at is not None:
            found.append((max(self.at, self.stopped_at), ClockState.STOPPED))
        elif self.paused_at is not None:
            found.append((max(self.at, self.paused_at), ClockState.PAUSED))
        return found
