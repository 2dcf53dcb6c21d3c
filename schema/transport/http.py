"""GraphQL over HTTP: GET for queries, POST for everything but subscriptions.

Follows https://graphql.github.io/graphql-over-http: with `application/graphql-response+json` the status tells whether
the operation ran, with `application/json` every well-formed request is answered with 200.
"""

from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import parse_qs

import orjson
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from models.kit.outages import Outage
from resolvers.both_offices.accounts.authority import Authority
from resolvers.both_offices.accounts.sessions import InvalidToken
from resolvers.kit.commands import Viewer
from schema.transport.engine import Answer, OperationRequest
from schema.transport.limits import LIMITS
from schema.transport.monitoring import Metrics
from schema.transport.request_middleware import JSON, error_body, failure, respond, trace_of

GRAPHQL_RESPONSE = b"application/graphql-response+json; charset=utf-8"

STATUS = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "INTERNAL": 500, **dict.fromkeys(Outage, 503)}
"""The status of a request that did not run, by its code; 400 is that of all others."""

MOST_PARAMETERS = 20
LONGEST_REMEMBERED_HEADER = 300


class Executes(Protocol):
    """What the endpoint needs of the engine."""

    async def execute(
        self, request: OperationRequest, viewer: Viewer | None, address: str, *, allow_mutations: bool
    ) -> Answer:
        """The answer to an operation, also if it is a refusal."""
        ...


class Unacceptable(Exception):
    """The HTTP request is no GraphQL request that could be answered."""

    def __init__(self, status: int, message: str, *headers: tuple[bytes, bytes], code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


class GraphQLEndpoint:
    """The ASGI application behind `http://…/graphql`. `page` answers browsers that come without a query."""

    def __init__(
        self,
        engine: Executes,
        authority: Authority,
        metrics: Metrics | None = None,
        page: ASGIApp | None = None,
    ) -> None:
        self._engine = engine
        self._authority = authority
        self._metrics = metrics
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        trace = trace_of(scope)
        headers: dict[bytes, bytes] = dict(scope["headers"])
        accept = headers.get(b"accept", b"*/*")
        if self._page is not None and scope["method"] == "GET" and wants_page(accept, scope["query_string"]):
            await self._page(scope, receive, send)
            return
        media_type = JSON
        extra: tuple[tuple[bytes, bytes], ...] = ()
        ran = False
        try:
            acceptable = media_type_for(accept)
            if acceptable is None:
                raise Unacceptable(406, "Accept application/graphql-response+json or application/json.")
            media_type = acceptable
            viewer = await self._viewer(headers.get(b"authorization"))
            trace.account = viewer.account if viewer else None
            posted = scope["method"] == "POST"
            request = await self._posted(headers, receive) if posted else _asked_by_url(scope)
            address = scope["client"][0] if scope.get("client") else ""
            answer = await self._engine.execute(request, viewer, address, allow_mutations=posted)
            trace.operation_type, trace.operation_name = answer.operation_type, answer.operation_name
            status, trace.code, body = 200, answer.codes[0] if answer.codes else "OK", answer.body
            if answer.gzipped is not None:
                extra = ((b"vary", b"accept-encoding"),)
                if takes_gzip(headers.get(b"accept-encoding", b"")):
                    body, extra = answer.gzipped, (*extra, (b"content-encoding", b"gzip"))
            if answer.retry_after:
                extra = ((b"retry-after", str(answer.retry_after).encode()),)
            ran = answer.has_data
            if not ran:
                status = status_of(trace.code, media_type)
                if answer.operation_type == "mutation" and not posted:
                    status, extra = 405, ((b"allow", b"POST"),)
        except Unacceptable as refused:
            trace.code = refused.code
            status, body, extra = refused.status, error_body(refused.code, refused.message), refused.headers
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the client gets an incident id, the log gets the rest
            status, body, extra = failure(error, trace)
        if status == 401 and not extra:
            extra = ((b"www-authenticate", b"Bearer"),)
        if self._metrics is not None:
            # Names are the clients' words: only what was good enough to run becomes a label.
            name = trace.operation_name if ran else None
            self._metrics.operation(name, trace.operation_type, trace.code or "INTERNAL", trace.seconds)
        await respond(send, status, media_type, body, *extra)

    async def _viewer(self, authorization: bytes | None) -> Viewer | None:
        if authorization is None:
            return None
        if authorization[:7].lower() != b"bearer ":
            raise _unauthenticated("The Authorization header must hold a bearer token.")
        token = authorization[7:].strip().decode("latin-1")
        try:
            return await self._authority.viewer_of(token)
        except InvalidToken as invalid:
            raise _unauthenticated(str(invalid)) from None

    async def _posted(self, headers: dict[bytes, bytes], receive: Receive) -> OperationRequest:
        content_type = headers.get(b"content-type", b"")
        if not is_json(content_type):
            raise Unacceptable(415, "Send the request as application/json in UTF-8.")
        if headers.get(b"content-encoding", b"identity") != b"identity":
            raise Unacceptable(415, "Send the request without a content encoding.")
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 18 or int(length) > LIMITS.body_bytes:
            raise _too_large()
        body = await _read(receive)
        try:
            parameters: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Unacceptable(400, "The body is not valid JSON.") from None
        if isinstance(parameters, list):
            raise Unacceptable(400, "Batches are not supported: send one operation per request.")
        if not isinstance(parameters, dict):
            raise Unacceptable(400, "The body must be a JSON object with the member 'query'.")
        return _request(parameters)  # pyright: ignore[reportUnknownArgumentType]


class ClientGone(Exception):
    """The client closed the connection before it had sent its request."""


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > LIMITS.body_bytes:
            # Nobody knows how much more would come.
            raise _too_large((b"connection", b"close"))
        if not message.get("more_body", False):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)


def _asked_by_url(scope: Scope) -> OperationRequest:
    if scope["method"] != "GET":
        allow = (b"allow", b"GET, POST")
        raise Unacceptable(405, "Use POST, or GET for queries.", allow)
    try:
        found = parse_qs(
            scope["query_string"].decode("latin-1"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError:
        raise Unacceptable(400, "The URL's parameters cannot be read.") from None
    if any(len(values) > 1 for values in found.values()):
        raise Unacceptable(400, "Each of the URL's parameters may appear once.")
    parameters: dict[str, Any] = {name: values[0] for name, values in found.items()}
    for name in ("variables", "extensions"):
        text = parameters.get(name)
        if text:
            try:
                parameters[name] = orjson.loads(text)
            except orjson.JSONDecodeError:
                raise Unacceptable(400, f"The parameter '{name}' is not valid JSON.") from None
        else:
            parameters.pop(name, None)
    return _request(parameters)


def _request(parameters: dict[str, Any]) -> OperationRequest:
    query = parameters.get("query")
    if not isinstance(query, str) or not query:
        raise Unacceptable(400, "The member 'query' must be a string that holds a GraphQL document.")
    operation_name = parameters.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise Unacceptable(400, "The member 'operationName' must be a string.")
    variables = parameters.get("variables")
    if variables is not None and not isinstance(variables, dict):
        raise Unacceptable(400, "The member 'variables' must be an object.")
    if not isinstance(parameters.get("extensions", {}), dict | None):
        raise Unacceptable(400, "The member 'extensions' must be an object.")
    return OperationRequest(query, operation_name or None, variables)  # pyright: ignore[reportUnknownArgumentType]


def _too_large(*headers: tuple[bytes, bytes]) -> Unacceptable:
    message = f"The body has more than {LIMITS.body_bytes} bytes (limit 'bodyBytes')."
    return Unacceptable(413, message, *headers, code="LIMIT_EXCEEDED")


def _unauthenticated(message: str) -> Unacceptable:
    challenge = (b"www-authenticate", b'Bearer error="invalid_token"')
    return Unacceptable(401, message, challenge, code="UNAUTHENTICATED")


# --- What the client takes, and what it sends -------------------------------------------------------------------------


def status_of(code: str, media_type: bytes) -> int:
    """The status of an operation that did not run. Plain JSON has one only for what is our own fault."""
    status = STATUS.get(code, 400)
    return 200 if media_type is JSON and status < 500 else status


def media_type_for(accept: bytes) -> bytes | None:
    """What to answer with, by the Accept header; null if the client would take neither of ours."""
    return _remembered_media_type(accept) if len(accept) <= LONGEST_REMEMBERED_HEADER else _best_media_type(accept)


def _best_media_type(accept: bytes) -> bytes | None:
    """What the client likes best, JSON if it likes both alike but names neither."""
    weights: dict[str, float] = {}
    for part in accept.decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        charset = next((value[8:].strip('"') for value in parameters if value.startswith("charset=")), "utf-8")
        if charset in {"utf-8", "utf8"}:
            weights[name] = max(weights.get(name, 0.0), _weight(parameters))
    anything = weights.get("application/*", weights.get("*/*", weights.get("text/html", 0.0)))
    modern = weights.get("application/graphql-response+json", 0.0)
    plain = weights.get("application/json", anything)
    if max(modern, plain) <= 0:
        return None
    return GRAPHQL_RESPONSE if modern >= plain else JSON


_remembered_media_type = lru_cache(maxsize=256)(_best_media_type)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def takes_gzip(accept_encoding: bytes) -> bool:
    """Whether a client can read what is compressed."""
    for part in accept_encoding.lower().split(b","):
        name, *parameters = (piece.strip() for piece in part.split(b";"))
        if name in {b"gzip", b"*"}:
            return _weight([piece.decode("latin-1") for piece in parameters]) > 0
    return False


def wants_page(accept: bytes, query_string: bytes) -> bool:
    """Whether this is a browser that wants to look around."""
    return b"text/html" in accept and not (b"query=" in query_string or b"extensions=" in query_string)


def is_json(content_type: bytes) -> bool:
    """Whether a Content-Type header says JSON in UTF-8."""
    if content_type == b"application/json":
        return True
    name, *parameters = (piece.strip().lower() for piece in content_type.split(b";"))
    charsets = [value[8:].strip(b'"') for value in parameters if value.startswith(b"charset=")]
    return name == b"application/json" and all(charset in {b"utf-8", b"utf8"} for charset in charsets)


def cross_origin(origins: list[str]) -> list[Middleware]:
    """What lets pages from these origins read answers; nothing if there are none."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "x-request-id"],
            expose_headers=["x-request-id"],
            max_age=3600,
        )
    ]
