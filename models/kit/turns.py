"""Turns: a few places for many, so that nobody holds more than a share of them and nobody waits behind somebody else's crowd.

Whoever finds no place waits in a line of their own, and the lines are served in turn.
"""

import asyncio
from collections import deque
from collections.abc import Hashable


class Crowded(Exception):
    """So much is under way already, of one or of all, that more of it is not even waited for."""


class Turns:
    """`places` at once, at most `share` of them for one holder, and at most `heavy` for what takes long (left out: all but one).

    The house itself, None, has no share to keep to and goes first. `line` is how many of one holder may wait, and `crowd` of all.
    """

    def __init__(
        self, places: int, share: int, *, heavy: int | None = None, line: int = 200, crowd: int = 10_000
    ) -> None:
        self._free = places
        self._share = share
        self._heavy_free = max(1, places - 1) if heavy is None else heavy
        self._line = line
        self._crowd = crowd
        self._held: dict[Hashable, int] = {}
        self._lines: dict[Hashable, deque[tuple[asyncio.Future[None], bool]]] = {}
        """Who waits, by holder; the first is the next to be served."""

    async def take(self, holder: Hashable, *, heavy: bool = False) -> None:
        """Waits for a place, to be given back by `give_back` with the same words. Raises Crowded."""
        line = self._lines.get(holder)
        if line is None and self._may(holder, heavy):
            self._seat(holder, heavy)
            return
        if len(line or ()) >= self._line or sum(map(len, self._lines.values())) >= self._crowd:
            raise Crowded
        if line is None:
            line = self._lines[holder] = deque()
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append((place, heavy))
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.give_back(holder, heavy=heavy)
            elif (waiting := self._lines.get(holder)) is not None:
                waiting.remove((place, heavy))
                if not waiting:
                    del self._lines[holder]
                self._serve()
            raise

    def give_back(self, holder: Hashable, *, heavy: bool = False) -> None:
        """Frees a place for whoever is next."""
        self._free += 1
        self._heavy_free += heavy
        held = self._held.pop(holder) - 1
        if held:
            self._held[holder] = held
        self._serve()

    def _may(self, holder: Hashable, heavy: bool) -> bool:
        within = holder is None or self._held.get(holder, 0) < self._share
        return self._free > 0 and within and not (heavy and self._heavy_free < 1)

    def _seat(self, holder: Hashable, heavy: bool) -> None:
        self._free -= 1
        self._heavy_free -= heavy
        self._held[holder] = self._held.get(holder, 0) + 1

    def _serve(self) -> None:
        while self._lines and (holder := self._next()) is not _NOBODY:
            line = self._lines.pop(holder)
            place, heavy = line.popleft()
            if line:
                # Behind all others: each gets one turn.
                self._lines[holder] = line
            if not place.cancelled():
                self._seat(holder, heavy)
                place.set_result(None)

    def _next(self) -> Hashable:
        if None in self._lines and self._may(None, self._lines[None][0][1]):
            return None
        return next((holder for holder, line in self._lines.items() if self._may(holder, line[0][1])), _NOBODY)


_NOBODY = object()
