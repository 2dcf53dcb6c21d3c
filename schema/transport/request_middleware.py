"""What every HTTP request gets, whatever it asks for: an id, security headers, one line in the log.

And an answer, even if something breaks on the way, or is away.
"""

import re
from asyncio import CancelledError
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from secrets import token_hex
from time import perf_counter
from typing import Any
from uuid import UUID

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.kit.outages import Outage, outage_of
from models.kit.waiting import begin_waiting
from schema.transport.leaving import Leaving
from schema.transport.logs import current_request, report_incident, report_outage

SANE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")

SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-site"),
]
CONTENT_POLICY = b"content-security-policy"
CLOSED_SECURITY_HEADERS = [*SECURITY_HEADERS, (CONTENT_POLICY, b"default-src 'none'; frame-ancestors 'none'")]
"""For everything that is no page."""

JSON = b"application/json; charset=utf-8"

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

LONGEST_NAME = 80
"""Characters of an operation's name that are written down."""

PROCESS = token_hex(5).encode()
COUNTER = count(1)
"""Request ids are this process's random name and a number: no two are alike, and they cost nothing."""


@dataclass(slots=True)
class Trace:
    """What the log will say about one request. Only what is safe to write down is ever put here."""

    request_id: str
    operation_name: str | None = None
    operation_type: str | None = None
    account: UUID | None = None
    code: str | None = None
    incident: str | None = None
    began: float = field(default_factory=perf_counter)

    @property
    def seconds(self) -> float:
        """How long ago the request came in."""
        return perf_counter() - self.began


def trace_of(scope: Scope) -> Trace:
    """The trace of a request; a new one if nobody keeps one."""
    return scope.get("interoffice.trace") or Trace("")


def error_body(code: str, message: str, **extensions: str) -> bytes:
    """A response that says only what is wrong."""
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code, **extensions}}]})


def incident_body(incident: str) -> bytes:
    """The answer to a request that failed for no fault of the client's."""
    return error_body(
        "INTERNAL", f"Something unexpected happened. Please quote incident {incident}.", incident=incident
    )


OUTAGES = {
    Outage.UNAVAILABLE: "The database does not answer at present. Try again in some seconds, a change under the same"
    " idempotencyKey: whether it was made is not known.",
    Outage.STORAGE_FULL: "The database has no room left, so nothing can be changed. Who runs it has been told.",
}
"""What clients are told while the database does not serve."""


STOPPING = "This server stops. Try again, a change under the same idempotencyKey: whether it was made is not known."


def retry_after(outage: Outage) -> tuple[bytes, bytes]:
    """The header that says when to come back."""
    return b"retry-after", str(outage.retry_after).encode()


def failure(error: BaseException, trace: Trace) -> tuple[int, bytes, tuple[tuple[bytes, bytes], ...]]:
    """The status, body and headers for what failed for no fault of the client's; the trace and the log say which it was."""
    if outage := outage_of(error):
        trace.code = outage
        report_outage(error)
        return 503, error_body(outage, OUTAGES[outage]), (retry_after(outage),)
    trace.code, trace.incident = "INTERNAL", report_incident(error)
    return 500, incident_body(trace.incident), ()


async def respond(send: Send, status: int, media_type: bytes, body: bytes, *extra: tuple[bytes, bytes]) -> None:
    """Sends a whole response, which nobody may keep."""
    headers = [
        (b"content-type", media_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class RequestMiddleware:
    """The outermost layer. Log lines name a path only if it is one of ours: others are the client's own words."""

    def __init__(
        self,
        app: ASGIApp,
        paths: frozenset[str],
        log: Callable[[dict[str, Any]], None] | None = None,
        leaving: Leaving | None = None,
    ) -> None:
        self._leaving = leaving or Leaving()
        self._app = app
        self._paths = paths
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        trace = Trace(request_id.decode())
        scope["interoffice.trace"] = trace
        current_request.set(trace.request_id)
        begin_waiting()
        status = 0

        async def send_enveloped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"]
                own_policy = CONTENT_POLICY in dict(headers)
                common = SECURITY_HEADERS if own_policy else CLOSED_SECURITY_HEADERS
                message["headers"] = [*headers, *common, (b"x-request-id", request_id)]
            await send(message)

        try:
            await self._app(scope, receive, send_enveloped)
        except CancelledError:
            if not self._leaving.ends:
                raise
            # The process ends and waits no longer. Without an answer of ours there would be a bare one.
            trace.code = Outage.UNAVAILABLE
            if status == 0:
                await respond(
                    send_enveloped, 503, JSON, error_body(trace.code, STOPPING), retry_after(Outage.UNAVAILABLE)
                )
        except Exception as error:  # noqa: BLE001
            failed, body, headers = failure(error, trace)
            if status == 0:
                await respond(send_enveloped, failed, JSON, body, *headers)
        finally:
            if self._log is not None:
                self._write(scope, trace, status)

    def _write(self, scope: Scope, trace: Trace, status: int) -> None:
        assert self._log is not None
        line: dict[str, Any] = {
            "request": trace.request_id,
            "method": scope["method"] if scope["method"] in METHODS else "OTHER",
            "path": scope["path"] if scope["path"] in self._paths else "other",
            # Without a status the client went away before there was an answer.
            "status": status or None,
            "ms": round(trace.seconds * 1000, 3),
        }
        if trace.operation_type is not None:
            line["type"] = trace.operation_type
            line["operation"] = trace.operation_name[:LONGEST_NAME] if trace.operation_name else None
        account = str(trace.account) if trace.account else None
        known = {"outcome": trace.code, "account": account, "incident": trace.incident}
        self._log(line | {name: value for name, value in known.items() if value is not None})


def _request_id(scope: Scope) -> bytes:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given if SANE_REQUEST_ID.fullmatch(given) else b"%s-%d" % (PROCESS, next(COUNTER))
