"""What a load balancer asks: whether the process lives, and whether it can do its work."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from models.kit.database import Database
from models.kit.migrating import pending_migrations
from schema.transport.logs import describe

logger = logging.getLogger("interoffice.health")

PATIENCE_SECONDS = 3

NO_STORE = {"cache-control": "no-store"}


async def healthz(_request: Request) -> Response:
    """Answers GET /healthz: the event loop turns."""
    return JSONResponse({"status": "ok"}, headers=NO_STORE)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Answers GET /readyz: the database answers, and it has the tables that this version of the software needs."""

    database: Database

    async def endpoint(self, _request: Request) -> Response:
        """200 when everything is well, 503 and what is not otherwise."""
        checks = {"database": await _holds(self._answers), "migrations": await _holds(self._migrated)}
        ready = all(checks.values())
        report = {name: "ok" if holds else "failing" for name, holds in checks.items()}
        return JSONResponse(
            {"status": "ok" if ready else "failing", "checks": report}, 200 if ready else 503, headers=NO_STORE
        )

    async def _answers(self) -> bool:
        rows = await self.database.fetch("SELECT 1", [])
        return rows[0][0] == 1

    async def _migrated(self) -> bool:
        return not await pending_migrations(self.database)


async def _holds(check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        # No transaction is open here, so giving up is safe.
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await check()
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the answer is "not ready"
        logger.warning("A readiness check failed.", extra={"fields": {"exception": [describe(error)]}})
        return False
