"""Which media type and which status a GraphQL response over HTTP gets, and whether a request's body is JSON."""

from functools import lru_cache

JSON = b"application/json; charset=utf-8"
GRAPHQL_RESPONSE = b"application/graphql-response+json; charset=utf-8"

STATUS = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "INTERNAL": 500}
"""The status of a request that did not run, by its code; 400 is that of all others."""

LONGEST_REMEMBERED_HEADER = 300


def status_of(code: str, media_type: bytes) -> int:
    """The status of an operation that did not run. Plain JSON has one only for what is our own fault."""
    if media_type is JSON and code != "INTERNAL":
        return 200
    return STATUS.get(code, 400)


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
