"""A small real server for the tests of pushes; tests/events/screens.py is the client.

It has the product's engine, dispatcher and endpoints, and two doors more: `/happen`, where something happens to a
handoff without the work of a mutation, and `/figures`. Run as a module it is a process of its own.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from tortoise.expressions import F

from models.back_office.handoffs import Handoff, HandoffEvent, HandoffStatus
from models.both_offices.accounts import Account
from models.front_office.customers import Customer
from models.front_office.service.complaints import Category, Channel, Complaint, ComplaintStatus
from models.kit.base import now
from models.kit.database import Database
from models.kit.events import about
from models.kit.severity import Severity
from models.permissions import Department, Role
from resolvers.both_offices.accounts.authority import Authority
from resolvers.both_offices.accounts.sessions import open_session
from resolvers.both_offices.accounts.settings import SecuritySettings
from resolvers.events import Dispatcher, dispatcher, record
from resolvers.events import outbox as relay
from resolvers.events.outbox import POLL_SECONDS
from resolvers.kit.sealing import Seal
from resolvers.kit.transaction import finish_running, on_commit, transact
from schema import build
from schema.transport.execution import Engine
from schema.transport.guard import guarded
from schema.transport.http import GraphQLEndpoint
from schema.transport.monitoring import Metrics
from schema.transport.websocket import GraphQLSocketEndpoint, SocketLimits
from schema.transport.wire import SERVER_OPTIONS
from tests.office import DOCUMENTS

SECRET = b"a secret for tests, long enough!"
SEAL = Seal(SECRET)
LIVE = DOCUMENTS["HandoffsLive"]


async def fill(
    email: str = "logistics@example.com",
    department: Department = Department.LOGISTICS,
    role: Role = Role.LOGISTICS_CLERK,
    brief: str = "Find out why.",
) -> tuple[UUID, UUID]:
    """One account and one handoff of its department, the least that events need; answers with both ids."""
    moment = now()
    account = await Account.create(
        email=email, name="Lea", roles=[role.value], departments=[department.value], created_at=moment
    )
    customer = await Customer.create(number=f"C-{email[:10]}", name="Alfreds", country="Germany")
    complaint = await Complaint.create(
        number=f"CMP-{email[:10]}",
        customer=customer,
        channel=Channel.PHONE,
        category=Category.DELIVERY,
        severity=Severity.HIGH,
        subject="Late",
        description="It came late.",
        status=ComplaintStatus.HANDED_OFF,
        received_at=moment,
    )
    handoff = await Handoff.create(
        number=f"HND-{email[:10]}",
        complaint=complaint,
        department=department,
        status=HandoffStatus.QUEUED,
        brief=brief,
        handed_off_at=moment,
        due_at=moment,
    )
    return account.id, handoff.id


async def happen(handoff_id: UUID, times: int = 1, at: datetime | None = None) -> None:
    """Something happens to a handoff, so many times in one transaction."""
    handoff = await Handoff.get(id=handoff_id)

    async def change() -> None:
        await Handoff.filter(id=handoff_id).update(version=F("version") + 1)
        for _ in range(times):
            await record(
                HandoffEvent.RELEASED,
                about(Complaint, handoff.complaint_id),
                about(Handoff, handoff_id),
                actor=None,
                at=at or now(),
                department=handoff.department,
            )

    await transact(change)


async def token_for(account_id: UUID, minutes: float = 10) -> str:
    """An access token of a new session."""
    account = await Account.get(id=account_id)
    settings = SecuritySettings(SECRET, access_token_minutes=minutes)
    return (await transact(partial(open_session, account, settings))).access_token


# --- The server -------------------------------------------------------------------------------------------------------


def make_app(url: str) -> Starlette:
    """The product's engine, endpoints and dispatcher on one database."""
    database = Database(url)
    authority = Authority(SecuritySettings(SECRET))
    dispatcher = Dispatcher(database, authority)
    _, catalog = build()
    engine = Engine(catalog.sealed_by(SEAL), database, authority)
    metrics, lines = Metrics(), list[dict[str, Any]]()
    origins = ["https://screens.example"]
    # Thousands of screens of one account and address are what is tested and measured here; the bounds are tested on the product.
    limits = SocketLimits(100_000, 100_000, 100_000)
    endpoint = GraphQLSocketEndpoint(engine, dispatcher, authority, origins, metrics, lines.append, limits)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        await database.open()
        await dispatcher.start()
        app.state.dispatcher, app.state.engine, app.state.endpoint = dispatcher, engine, endpoint
        app.state.metrics, app.state.lines, app.state.database = metrics, lines, database
        yield
        await dispatcher.stop()
        await finish_running()
        await database.close()

    async def happens(request: Request) -> JSONResponse:
        if "fatal" in request.query_params:
            # After the commit, before anybody has numbered or pushed anything.
            on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
        await happen(UUID(request.query_params["handoff"]), int(request.query_params.get("times", 1)))
        return JSONResponse({})

    async def figures(_request: Request) -> JSONResponse:
        process = psutil.Process()
        return JSONResponse(
            {
                "rss": process.memory_info().rss,
                "cpu": sum(process.cpu_times()[:2]),
                "executions": dispatcher.executions,
                "subscriptions": endpoint.open_subscriptions,
                "live": dispatcher.live_subscriptions,
                "position": dispatcher.position,
            }
        )

    return Starlette(
        routes=[
            WebSocketRoute("/graphql", endpoint),
            Route("/graphql", GraphQLEndpoint(engine, authority)),
            Route("/happen", happens, methods=["POST"]),
            Route("/figures", figures),
        ],
        lifespan=lifespan,
    )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(url: str, port: int, **options: Any) -> None:
    """Serves until it is told to stop."""
    settings: dict[str, Any] = {
        "log_level": "warning",
        "timeout_graceful_shutdown": 3,
        "access_log": False,
        **SERVER_OPTIONS,
        "http": guarded(0),
        **options,
    }
    uvicorn.run(make_app(url), host="127.0.0.1", port=port, **settings)


@asynccontextmanager
async def serving(url: str, poll_seconds: float = POLL_SECONDS) -> AsyncGenerator[int]:
    """A server process of its own; gives its port. It may have died meanwhile."""
    port = free_port()
    words = (url, str(port), str(poll_seconds))
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.events.pushing", *words)
    try:
        await answering(port)
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def serving_here(url: str) -> AsyncGenerator[tuple[int, Starlette]]:
    """A real server in this process, whose inside a test can look at."""
    app, port = make_app(url), free_port()
    options: dict[str, Any] = {"log_level": "warning", "timeout_graceful_shutdown": 3, **SERVER_OPTIONS}
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, **options))
    server.install_signal_handlers = lambda: None
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        app.state.server = server
        yield port, app
    finally:
        server.should_exit = True
        await task


async def answering(port: int) -> None:
    """Waits until a server takes connections."""
    async with asyncio.timeout(120):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


if __name__ == "__main__":
    relay.POLL_SECONDS = dispatcher.POLL_SECONDS = float(sys.argv[3])
    run(sys.argv[1], int(sys.argv[2]))
