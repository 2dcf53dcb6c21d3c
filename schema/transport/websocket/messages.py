"""What clients may say over graphql-transport-ws, and the close codes for everything else."""

from typing import Any, cast

import orjson

from schema.transport.engine import OperationRequest
from schema.transport.wire import FRAME_BYTES

MAX_ID_LENGTH = 128


class Bad(Exception):
    """A frame that the protocol does not allow; the socket is closed with the code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def decode(text: str | None) -> dict[str, Any]:
    """A frame's message: an object with a `type`."""
    if text is None:
        raise Bad(4400, "Binary frames are not spoken here.")
    if len(text) > FRAME_BYTES:
        raise Bad(4400, "The frame is too large.")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Bad(4400, "The frame is not JSON.") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Bad(4400, "A message is an object with a type.")
    return cast("dict[str, Any]", message)


def identifier(message: dict[str, Any]) -> str:
    """The id of the subscription that a message is about."""
    name = message.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= MAX_ID_LENGTH:
        raise Bad(4400, "`id` is a text of 1 to 128 characters.")
    return name


def optional_object(message: dict[str, Any]) -> dict[str, Any] | None:
    """A message's payload, which may be left out."""
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise Bad(4400, "`payload` is an object.")
    return cast("dict[str, Any] | None", payload)


def operation(message: dict[str, Any]) -> OperationRequest:
    """The GraphQL request of a `subscribe` message."""
    payload = optional_object(message) or {}
    query, name, variables = (payload.get(member) for member in ("query", "operationName", "variables"))
    if not isinstance(query, str):
        raise Bad(4400, "`payload.query` is a text.")
    if name is not None and not isinstance(name, str):
        raise Bad(4400, "`payload.operationName` is a text.")
    if variables is not None and not isinstance(variables, dict):
        raise Bad(4400, "`payload.variables` is an object.")
    if not isinstance(payload.get("extensions", {}), dict | None):
        raise Bad(4400, "`payload.extensions` is an object.")
    return OperationRequest(query, name, cast("dict[str, Any] | None", variables))


def bearer_token(payload: dict[str, Any]) -> str:
    """The access token of `connection_init`: `authorization: "Bearer …"`, as over HTTP, or plain `token`."""
    for name, value in payload.items():
        if name.lower() == "authorization" and isinstance(value, str):
            scheme, _, token = value.partition(" ")
            if scheme.lower() == "bearer" and token.strip():
                return token.strip()
        if name == "token" and isinstance(value, str) and value:
            return value
    raise Bad(4403, "Sign in first: connection_init needs an access token.")
