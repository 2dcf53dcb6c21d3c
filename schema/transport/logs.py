"""Logs as JSON lines that tell an operator what happened and nobody who it happened to.

The surprising rule: the message of an exception is never written, because databases and libraries quote values in it.
Its type, its error code and where it was raised are.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from secrets import token_hex
from traceback import walk_tb
from typing import Any, BinaryIO

import orjson

logger = logging.getLogger("interoffice")

current_request: ContextVar[str | None] = ContextVar("current_request", default=None)
"""The id of the request that is being answered, so that whatever is logged meanwhile can be found by it."""

LONGEST_MESSAGE = 500
WORDS_OF_OURS = (AttributeError, NameError, ImportError)
"""Exceptions that speak about the program and never about its data."""

MOST_FRAMES = 15
MOST_CAUSES = 3

QUIET = {
    # Ours has a line for each request, and theirs would quote query strings.
    "uvicorn.access": logging.CRITICAL + 1,
    "uvicorn.error": logging.WARNING,
    "websockets": logging.CRITICAL,
    # Writes whole documents with the literals in them.
    "strawberry.execution": logging.CRITICAL + 1,
    # Writes statements with their values when it is talkative.
    "tortoise": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "asyncio": logging.WARNING,
}


class JsonHandler(logging.Handler):
    """Writes each record as one line of JSON."""

    def __init__(self, stream: BinaryIO, level: int | str = logging.INFO) -> None:
        super().__init__(level)
        self._stream = stream
        self._writing = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        # A log that cannot be written must not end what it is about, and there is nowhere else to complain.
        with suppress(Exception):
            self._write(as_json(record))

    def request(self, line: dict[str, Any]) -> None:
        """Writes the one line of a request. It is on every request's way, so it goes round logging's machinery."""
        if self.level <= logging.INFO:
            with suppress(OSError, ValueError, TypeError):
                self._write({"time": datetime.now(UTC), "level": "INFO", "logger": "interoffice.requests", **line})

    def _write(self, line: dict[str, Any]) -> None:
        text = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
        # Threads log too, and a line must stay a line.
        with self._writing:
            self._stream.write(text)
            self._stream.flush()


def as_json(record: logging.LogRecord) -> dict[str, Any]:
    """What is written of a record."""
    line: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC),
        "level": record.levelname,
        "logger": record.name,
        "message": _safe_message(record),
    }
    request = current_request.get()
    if request is not None:
        line["request"] = request
    line.update(getattr(record, "fields", {}))
    if record.exc_info and record.exc_info[1] is not None:
        line["exception"] = [describe(error) for error in _chain(record.exc_info[1])]
    return line


def _safe_message(record: logging.LogRecord) -> str:
    # Libraries append what they were working on after the first line: values, tasks with exceptions, source lines.
    lines = record.getMessage().strip().splitlines() or [""]
    if lines[0].startswith("Traceback"):
        return lines[-1].split(":")[0][:LONGEST_MESSAGE]
    return lines[0][:LONGEST_MESSAGE]


def describe(error: BaseException) -> dict[str, Any]:
    """An exception without its words, unless they are about the program."""
    kind = type(error)
    described: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}", "frames": list(_frames(error))}
    if isinstance(error, WORDS_OF_OURS):
        described["message"] = str(error)[:LONGEST_MESSAGE]
    for name in ("sqlstate", "sqlite_errorname", "errno"):
        code = getattr(error, name, None)
        if isinstance(code, str | int):
            described["code"] = code
            break
    return described


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(MOST_CAUSES):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__


def _frames(error: BaseException) -> Iterator[str]:
    for frame, line in list(walk_tb(error.__traceback__))[-MOST_FRAMES:]:
        file = "/".join(frame.f_code.co_filename.replace("\\", "/").split("/")[-3:])
        yield f"{file}:{line} {frame.f_code.co_name}"


def report_incident(error: BaseException) -> str:
    """Logs something that should not have happened, and returns the id that the client may quote."""
    incident = token_hex(6)
    exc_info = (type(error), error, error.__traceback__)
    logger.error("Something unexpected happened.", extra={"fields": {"incident": incident}}, exc_info=exc_info)
    return incident


def report_outage(error: BaseException) -> None:
    """Logs that the database does not serve, and what its driver says; where that was noticed does not matter."""
    found = [described["type"] + f" {described.get('code', '')}".rstrip() for described in map(describe, _chain(error))]
    logger.warning("The database does not serve.", extra={"fields": {"because": found}})


def configure_logging(level: str = "INFO", stream: BinaryIO | None = None) -> JsonHandler:
    """Makes the whole process, libraries and warnings included, log JSON to stderr."""
    written = JsonHandler(stream or sys.stderr.buffer, level)
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.addHandler(written)
    root.setLevel(level)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(least)
    logging.captureWarnings(True)
    # What logging would look up for every record and no line shows.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    threading.excepthook = sys.unraisablehook = _log_failure
    return written


def _log_failure(failure: "threading.ExceptHookArgs | sys.UnraisableHookArgs") -> None:
    if failure.exc_value is not None:
        report_incident(failure.exc_value)
