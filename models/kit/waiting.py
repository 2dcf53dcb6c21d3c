"""How long one request waits for what only one may do at a time: all its waits together, so that they do not add up."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic


@dataclass(slots=True)
class Waited:
    """What a request has waited so far."""

    seconds: float = 0.0


_waited: ContextVar[Waited | None] = ContextVar("waited", default=None)


def begin_waiting() -> None:
    """Counts from here on, in this task and those that it starts. Elsewhere each wait is by itself."""
    _waited.set(Waited())


@contextmanager
def waiting(most: float) -> Iterator[float]:
    """Counts what is waited within it, and says how long that may be at most."""
    waited = _waited.get() or Waited()
    began = monotonic()
    try:
        yield max(0.0, most - waited.seconds)
    finally:
        waited.seconds += monotonic() - began
