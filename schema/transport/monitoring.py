"""What operators' machines ask: whether the process lives and can do its work, and, for Prometheus, what it has done."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from secrets import compare_digest
from typing import Protocol

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from models.kit.database import Database
from models.kit.migrating import pending_migrations
from models.kit.outages import Outage
from schema.transport.leaving import Leaving
from schema.transport.logs import describe
from schema.transport.request_middleware import LONGEST_NAME

logger = logging.getLogger("interoffice.health")

PATIENCE_SECONDS = 3

STUCK_SECONDS = 5.0
"""For how long what happens may be neither numbered nor read before this process is no place to subscribe."""

NO_STORE = {"cache-control": "no-store"}

MOST_NAMES = 300
"""Clients choose the names of their operations; beyond so many they are counted together."""

OUTCOMES = frozenset({"OK", "UNAUTHENTICATED", "FORBIDDEN", "BAD_REQUEST", "LIMIT_EXCEEDED", "INTERNAL", *Outage})

DURATIONS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


async def healthz(_request: Request) -> Response:
    """Answers GET /healthz: the event loop turns."""
    return JSONResponse({"status": "ok"}, headers=NO_STORE)


class Progress(Protocol):
    """What is done again and again, and for how long it has come to nothing."""

    @property
    def stuck_seconds(self) -> float:
        """How long ago it was last done."""
        ...


class Readiness:
    """Answers GET /readyz: the database can be read and written and has the tables that this version of the software needs, what
    happens is numbered and read, and the process has not been told to end.
    """

    def __init__(self, database: Database, pushes: Progress | None = None, leaving: Leaving | None = None) -> None:
        self.database = database
        self._pushes = pushes
        self._leaving = leaving or Leaving()
        self._writing: asyncio.Task[bool] | None = None

    async def endpoint(self, _request: Request) -> Response:
        """200 when everything is well, 503 and what is not otherwise."""
        answers, migrated = await asyncio.gather(_holds(self._answers), _holds(self._migrated))
        checks = {"database": answers, "migrations": migrated}
        if self._pushes is not None:
            checks["pushes"] = self._pushes.stuck_seconds < STUCK_SECONDS
        if self._leaving.begun:
            checks["staying"] = False
        ready = all(checks.values())
        report = {name: "ok" if holds else "failing" for name, holds in checks.items()}
        return JSONResponse(
            {"status": "ok" if ready else "failing", "checks": report}, 200 if ready else 503, headers=NO_STORE
        )

    async def _answers(self) -> bool:
        rows = await self.database.fetch("SELECT 1", [])
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self.database.can_write())
            self._writing.add_done_callback(lambda done: done.cancelled() or done.exception())
        # It is never given up half-way, because that could leave a transaction open; who asks again waits for the same.
        return rows[0][0] == 1 and await asyncio.shield(self._writing)

    async def _migrated(self) -> bool:
        return not await pending_migrations(self.database)


async def _holds(check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        # Reading is safe to give up.
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await check()
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the answer is "not ready"
        logger.warning("A readiness check failed.", extra={"fields": {"exception": [describe(error)]}})
        return False


class Metrics:
    """The figures of one process, for who shows the token; without one for everybody where `is_open`, else for nobody."""

    def __init__(self, token: str | None = None, *, is_open: bool = True) -> None:
        self._token = token
        self._open = is_open and token is None
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._operations = Counter(
            "interoffice_operations",
            "GraphQL operations answered, by name, type and outcome.",
            ("name", "type", "outcome"),
            registry=self.registry,
        )
        durations = Histogram(
            "interoffice_operation_duration_seconds",
            "From the request's arrival to the answer's departure.",
            ("type",),
            registry=self.registry,
            buckets=DURATIONS,
        )
        self._names: set[str] = set()
        self._counted: dict[tuple[str | None, str | None, str], Callable[[], None]] = {}
        kinds = ("query", "mutation", "subscription", "none")
        self._timed = {kind: durations.labels(kind).observe for kind in kinds}

    def operation(self, name: str | None, kind: str | None, code: str, seconds: float) -> None:
        """Counts one operation. The name is that of an operation that ran; `code` is OK or that of its first error."""
        name = name[:LONGEST_NAME] if name else None
        count = self._counted.get((name, kind, code)) or self._counter_for(name, kind, code)
        count()
        self._timed[kind or "none"](seconds)

    def _counter_for(self, name: str | None, kind: str | None, code: str) -> Callable[[], None]:
        if name and name not in self._names and len(self._names) >= MOST_NAMES:
            return self._operations.labels("other", kind or "none", _outcome(code)).inc
        if name:
            self._names.add(name)
        count = self._operations.labels(name or "none", kind or "none", _outcome(code)).inc
        self._counted[name, kind, code] = count
        return count

    def watch_pushes(
        self,
        *,
        open_subscriptions: Callable[[], float],
        dispatcher_lag: Callable[[], float],
        stuck_seconds: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Says where the figures about pushes come from; they are asked for when Prometheus asks."""
        waiting = "Subscriptions that wait for what happens next."
        Gauge("interoffice_open_subscriptions", waiting, registry=self.registry).set_function(open_subscriptions)
        behind = "Events that are recorded and numbered but not yet delivered by this process."
        Gauge("interoffice_dispatcher_lag_events", behind, registry=self.registry).set_function(dispatcher_lag)
        stuck = "For how long events have not been numbered, or not been read, by this process."
        Gauge("interoffice_pushes_stuck_seconds", stuck, registry=self.registry).set_function(stuck_seconds)

    async def endpoint(self, request: Request) -> Response:
        """Answers GET /metrics."""
        if not self._open:
            shown = request.headers.get("authorization", "").encode()
            if self._token is None or not compare_digest(shown, f"Bearer {self._token}".encode()):
                return Response(status_code=401, headers={"www-authenticate": "Bearer", **NO_STORE})
        return Response(generate_latest(self.registry), headers={"content-type": CONTENT_TYPE_LATEST})


def _outcome(code: str) -> str:
    return code.lower() if code in OUTCOMES else "error"
