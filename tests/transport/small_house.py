"""A small schema behind the real endpoints, for tests about what lies between the socket and the engine.

`SmallEngine` is a plain engine over Strawberry; everything around it is what the real one is served with.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import orjson
import strawberry
import uvicorn
from graphql import OperationType, get_operation_ast
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp

from resolvers.both_offices.accounts.authority import Authority
from resolvers.kit.commands import Viewer
from resolvers.kit.problems import Refused
from schema.transport.engine import Answer, OperationRefused, OperationRequest
from schema.transport.graphiql import ASSETS_PATH, GraphiQLPage
from schema.transport.http import GraphQLEndpoint, cross_origin
from schema.transport.limits import prepare_document, refusal
from schema.transport.logs import JsonHandler
from schema.transport.monitoring import Metrics, healthz
from schema.transport.request_middleware import RequestMiddleware
from schema.transport.variables import check_variables
from tests.both_offices.signing_in import authority

PATHS = frozenset({"/graphql", "/healthz", "/metrics", "/broken"})
SECRET_OF_THE_DATABASE = "SELECT salary FROM staff WHERE name = 'Nancy'"


@strawberry.type
class Query:
    @strawberry.field
    def echo(self, text: str) -> str:
        return text

    @strawberry.field
    def viewer(self, info: strawberry.Info) -> str | None:
        viewer = cast("Viewer | None", info.context["viewer"])
        return viewer.name if viewer else None

    @strawberry.field
    def address(self, info: strawberry.Info) -> str:
        return info.context["address"]


@strawberry.type
class Mutation:
    @strawberry.mutation
    def ring(self) -> str:
        return "rung"

    @strawberry.mutation
    async def sign_in(self, info: strawberry.Info, email: str, password: str) -> str | None:
        try:
            session = await info.context["authority"].sign_in(email, password, info.context["address"])
        except Refused:
            return None
        return session.access_token


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def rings(self) -> AsyncIterator[str]:
        yield "rung"


SCHEMA = strawberry.Schema(Query, Mutation, Subscription)


@dataclass
class SmallEngine:
    """Executes with Strawberry what passes the real limits. A document that holds 'explode' breaks it."""

    authority: Authority
    codes: dict[str, str] = field(default_factory=dict[str, str])
    """Operations by name that are refused, and with what code."""

    async def execute(
        self, request: OperationRequest, viewer: Viewer | None, address: str, *, allow_mutations: bool
    ) -> Answer:
        """The answer, with refusals as answers too."""
        try:
            return await self._run(request, viewer, address, allow_mutations)
        except OperationRefused as refused:
            kind = "mutation" if "POST" in str(refused) else None
            return Answer(orjson.dumps({"errors": refused.errors}), False, kind, None, refused.codes)

    async def _run(
        self, request: OperationRequest, viewer: Viewer | None, address: str, allow_mutations: bool
    ) -> Answer:
        document = prepare_document(SCHEMA._schema, request.query)
        operation = get_operation_ast(document, request.operation_name)
        if operation is None:
            raise refusal("BAD_REQUEST", "There is no such operation.")
        name = operation.name.value if operation.name else None
        if operation.operation is OperationType.SUBSCRIPTION:
            raise refusal("BAD_REQUEST", "Subscriptions run over graphql-transport-ws only.")
        if operation.operation is OperationType.MUTATION and not allow_mutations:
            raise refusal("BAD_REQUEST", "Send mutations with POST.")
        if name in self.codes:
            raise refusal(self.codes[name], "Not for you.")
        check_variables(request.variables)
        if "explode" in request.query:
            raise RuntimeError(SECRET_OF_THE_DATABASE)
        context = {"viewer": viewer, "address": address, "authority": self.authority}
        result = await SCHEMA.execute(request.query, request.variables, context, operation_name=request.operation_name)
        errors = [{**error.formatted, "extensions": {"code": "BAD_REQUEST"}} for error in result.errors or []]
        body: dict[str, Any] = {"errors": errors} if errors else {"data": result.data}
        codes = tuple("BAD_REQUEST" for _ in errors)
        return Answer(orjson.dumps(body), not errors, operation.operation.value, name, codes)


class SmallHouse:
    """The application, and everything that it wrote into its log."""

    def __init__(self, graphiql: Path | None = None, origins: list[str] | None = None) -> None:
        self.written = io.BytesIO()
        self.authority = authority()
        self.engine = SmallEngine(self.authority)
        self.metrics = Metrics()
        self.page = GraphiQLPage(graphiql)
        endpoint = GraphQLEndpoint(self.engine, self.authority, self.metrics, self.page)
        middleware: list[Middleware] = cross_origin(origins or [])
        routes = [
            Route("/graphql", endpoint),
            Route(f"{ASSETS_PATH}/{{name}}", self.page.asset),
            Route("/healthz", healthz),
            Route("/metrics", self.metrics.endpoint),
            Route("/broken", broken),
        ]
        self.log = JsonHandler(self.written)
        self.app = RequestMiddleware(Starlette(routes=routes, middleware=middleware), PATHS, self.log.request)

    def client(self, **headers: str) -> httpx.AsyncClient:
        """A client of the application, in the same event loop."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=("192.0.2.9", 4711))
        return httpx.AsyncClient(transport=transport, base_url="http://house", headers=headers)

    def lines(self) -> list[dict[str, Any]]:
        """What is in the log."""
        return [orjson.loads(line) for line in self.written.getvalue().splitlines()]

    def served(self) -> AbstractAsyncContextManager[str]:
        """The application behind a real socket; gives its address."""
        return served(self.app, ws="none")


@asynccontextmanager
async def served(app: ASGIApp, **options: Any) -> AsyncIterator[str]:
    """An application behind a real socket of this process; gives its address."""
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, server_header=False, **options)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


async def broken(_request: object) -> None:
    """A route with a mistake in it."""
    raise RuntimeError(SECRET_OF_THE_DATABASE)
