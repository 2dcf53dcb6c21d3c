"""The viewers of tokens that were verified a moment ago. Every request asks here first, so asking is one look into a dict."""

from collections.abc import Callable
from time import monotonic
from uuid import UUID

from models.kit.base import now
from resolvers.kit.viewer import Viewer

MOST_VIEWERS = 10_000


class RememberedViewers:
    """Viewers by token, for a short while and in bounded memory."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._viewers: dict[str, tuple[float, Viewer]] = {}
        self.forgettings = 0
        """Goes up whenever something is forgotten: what was read from the database before must not be remembered after."""

    def get(self, token: str) -> Viewer | None:
        """The viewer of a token, if it was verified a moment ago."""
        found = self._viewers.get(token)
        return found[1] if found is not None and monotonic() < found[0] else None

    def put(self, token: str, viewer: Viewer) -> None:
        """Remembers a viewer until the token expires, and never for long."""
        seconds = min(self._seconds, (viewer.expires_at - now()).total_seconds())
        self._viewers.pop(token, None)
        if len(self._viewers) >= MOST_VIEWERS:
            # Insertion order is the order of verification: the first is the one that expires next.
            del self._viewers[next(iter(self._viewers))]
        self._viewers[token] = (monotonic() + seconds, viewer)

    def forget_account(self, account: UUID) -> None:
        """Drops the viewers of one account."""
        self._keep(lambda viewer: viewer.account != account)

    def forget_session(self, family: UUID) -> None:
        """Drops the viewers of one session."""
        self._keep(lambda viewer: viewer.session != family)

    def _keep(self, stays: Callable[[Viewer], bool]) -> None:
        self.forgettings += 1
        for token in [token for token, (_, viewer) in self._viewers.items() if not stays(viewer)]:
            del self._viewers[token]

    def __len__(self) -> int:
        return len(self._viewers)
