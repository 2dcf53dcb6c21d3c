"""Makes requests that no client would send: every verb and list with values out of hand, documents and bodies in pieces.

Half of them are right but for a value or two, so that they get far.
"""

import json
import random
from typing import Any

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

TEXTS = [
    *(
        "",
        " ",
        "x",
        "Alfreds",
        "0",
        "null",
        "true",
        "-1",
        "1e9",
        "NaN",
        "%",
        "_",
        "'",
        '"',
        "\\",
        "';--",
        "$1",
        "?1",
        "{}",
        "[]",
    ),
    *(
        "\0",
        "a\0b",
        "\x1b[2J",
        "\x7f",
        "\x85",
        "\u200b",
        "\u202e",
        "\ufeff",
        "\u3000",
        "\ufffd",
        "\ud800",
        "\udfff x",
        "😀" * 50,
    ),
    *(
        "ＦＵＬＬ",
        "e\u0301" * 100,
        "\u0345" * 500,
        "ﷺ" * 300,
        "İ" * 200,
        "ß" * 200,
        "x" * 201,
        "x" * 10_001,
        "x" * 200_000,
    ),
    *(
        "a@b.example",
        "a@b@c",
        "https://x.example/?a=b#c",
        "DE",
        "EUR",
        "XXX",
        "CMP-1998-000001",
        "cus_",
        "_",
        "cus_1",
        "ord_" + "0" * 36,
    ),
    *("<script>", "../../etc/passwd", "${jndi:x}", "{{7*7}}", "\r\n\r\n", "\t", "en", "xx", "German", "germany "),
]
NUMBERS = [
    0,
    -0.0,
    1,
    -1,
    2,
    100,
    101,
    2**31 - 1,
    2**31,
    -(2**31),
    2**53,
    2**63 - 1,
    2**63,
    -(2**63),
    10**40,
    0.1,
    1e308,
    -1e-308,
]
DECIMALS = [
    "0",
    "1",
    "0.001",
    "-1",
    "1.005",
    "12.50",
    "1e3",
    "9" * 18,
    "9" * 40,
    "0." + "0" * 40,
    "Infinity",
    "١٢",
    "1_0",
    " 1",
    "+1",
    ".",
]
MOMENTS = [
    *(
        "2026-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "0001-01-01T00:00:00+14:00",
        "2026-02-30T00:00:00Z",
    ),
    *(
        "9999-12-31T23:59:59-14:00",
        "2026-01-01",
        "2026-01-01T25:00:00Z",
        "1e9",
        "2026-W01-1T00:00:00Z",
        "1970-01-01T00:00:00.0000001Z",
    ),
]
DAYS = [
    "2026-01-01",
    "0001-01-01",
    "9999-12-31",
    "2026-02-29",
    "2024-02-29",
    "10000-01-01",
    "-0001-01-01",
    "20260101",
    "1996-07-04",
]


class Maker:
    """Makes them by chance."""

    def __init__(self, schema: GraphQLSchema, ids: list[str], chance: random.Random) -> None:
        self.schema, self.ids, self.chance = schema, ids, chance
        mutation, self._doors = schema.mutation_type, list[tuple[str, str, GraphQLField]]()
        assert mutation is not None and schema.query_type is not None
        self._verbs = [(name, field) for name, field in mutation.fields.items() if name not in ("signOut",)]
        self._doors += [("", name, field) for name, field in schema.query_type.fields.items()]
        for door in ("frontOffice", "backOffice", "viewer"):
            inner: Any = get_named_type(schema.query_type.fields[door].type)
            self._doors += [(door, name, field) for name, field in inner.fields.items()]

    # --- Values ---

    def value(self, expected: Any, depth: int = 0) -> Any:
        """A value that is of the type more often than not, and seldom one that makes sense."""
        if self.chance.random() < 0.03:
            return self.anything(depth)
        if is_non_null_type(expected):
            return self.value(expected.of_type, depth)
        if self.chance.random() < 0.1:
            return None
        inner = get_nullable_type(expected)
        if is_list_type(inner):
            count = self.chance.choice([0, 1, 1, 2, 3, 40, 250, 251] if depth < 2 else [0, 1, 2])
            return [self.value(inner.of_type, depth + 1) for _ in range(count)]
        if isinstance(inner, GraphQLInputObjectType):
            return self._members(inner, depth)
        if isinstance(inner, GraphQLEnumType):
            return self.chance.choice([*inner.values, "NOTHING"])
        return self.chance.choice(self._leaves(inner.name))

    def _members(self, of: GraphQLInputObjectType, depth: int) -> Any:
        names = list(of.fields)
        if of.is_one_of:
            names = self.chance.sample(names, 1)
        found: dict[str, Any] = {}
        for name in names:
            wanted = is_non_null_type(of.fields[name].type) or (self.chance.random() < 0.4 and depth < 4)
            if name == "idempotencyKey":
                wanted = self.chance.random() < 0.05
            if wanted and self.chance.random() < 0.98:
                found[name] = self.value(of.fields[name].type, depth + 1)
        return found

    def _leaves(self, name: str) -> list[Any]:
        match name:
            case "ID":
                return [*self.chance.choices(self.ids, k=40), *TEXTS[:10], "\0", "\ud800", 5]
            case "Int":
                return [1, 2, 5, *NUMBERS]
            case "Float" | "Decimal":
                return [*DECIMALS, 1, 0.5]
            case "Boolean":
                return [True, False]
            case "DateTime":
                return MOMENTS
            case "Date":
                return DAYS
            case "CurrencyCode":
                return ["USD", "EUR", "usd", "XXX", "ÄÖÜ", "JPY"]
            case _:
                return TEXTS

    def anything(self, depth: int = 0) -> Any:
        """Any JSON at all."""
        pick = self.chance.randrange(7 if depth < 3 else 4)
        if pick < 4:
            return self.chance.choice([self.chance.choice(TEXTS), self.chance.choice(NUMBERS), None, True])
        if pick < 6:
            return [self.anything(depth + 1) for _ in range(self.chance.randrange(4))]
        return {self.chance.choice(TEXTS[:20]): self.anything(depth + 1) for _ in range(self.chance.randrange(4))}

    # --- Documents ---

    def change(self) -> dict[str, Any]:
        """A verb with an input."""
        name, field = self.chance.choice(self._verbs)
        return self._asked("mutation", [], name, field)

    def question(self) -> dict[str, Any]:
        """An entry with its arguments."""
        door, name, field = self.chance.choice(self._doors)
        return self._asked("query", [door] if door else [], name, field)

    def _asked(self, kind: str, doors: list[str], name: str, field: GraphQLField) -> dict[str, Any]:
        given = {
            one: made for one, made in field.args.items() if is_non_null_type(made.type) or self.chance.random() < 0.6
        }
        defined = ", ".join(f"${one}: {made.type}" for one, made in given.items())
        passed = ", ".join(f"{one}: ${one}" for one in given)
        text = f"{name}{f'({passed})' if passed else ''}{self._shown(field.type, 2)}"
        for door in doors:
            text = f"{door} {{ {text} }}"
        variables = {one: self.value(made.type) for one, made in given.items()}
        return {"query": f"{kind}{f'({defined})' if defined else ''} {{ {text} }}", "variables": variables}

    def _shown(self, expected: Any, depth: int) -> str:
        inner: Any = get_named_type(expected)
        if is_leaf_type(inner):
            return ""
        if not hasattr(inner, "fields") or depth == 0:
            return " { __typename }"
        plain = [
            one for one, field in inner.fields.items() if is_leaf_type(get_named_type(field.type)) and not field.args
        ]
        nested = [
            one
            for one, field in inner.fields.items()
            if not is_leaf_type(get_named_type(field.type)) and not field.args
        ]
        shown = self.chance.sample(plain, min(3, len(plain)))
        for one in ("errors", *self.chance.sample(nested, min(2, len(nested)))):
            if one in inner.fields:
                shown.append(one + self._shown(inner.fields[one].type, depth - 1))
        return f" {{ {' '.join(dict.fromkeys(shown)) or '__typename'} }}"

    def torn(self, text: str) -> str:
        """A document with something missing, doubled, exchanged or put in."""
        tokens = text.split(" ")
        for _ in range(self.chance.randrange(1, 4)):
            place = self.chance.randrange(len(tokens))
            match self.chance.randrange(4):
                case 0:
                    del tokens[place]
                case 1:
                    tokens.insert(place, tokens[self.chance.randrange(len(tokens))])
                case 2:
                    tokens[place] = self.chance.choice(TEXTS[:60])
                case _:
                    other = self.chance.randrange(len(tokens))
                    tokens[place], tokens[other] = tokens[other], tokens[place]
            tokens = tokens or [""]
        return " ".join(tokens)

    # --- Requests ---

    def request(self) -> tuple[str, bytes, dict[bytes, bytes], bytes]:
        """A method, a query string, headers and a body."""
        made = self.change() if self.chance.random() < 0.6 else self.question()
        pick = self.chance.random()
        if pick < 0.1:
            made["query"] = self.torn(made["query"])
        elif pick < 0.13:
            made[self.chance.choice(["query", "variables", "operationName", "extensions"])] = self.anything()
        headers = {b"content-type": b"application/json"}
        body = encoded(made)
        method, query_string = "POST", b""
        if 0.13 <= pick < 0.18:
            body = self._spoilt(body)
        elif pick < 0.2:
            headers[
                self.chance.choice(
                    [b"accept", b"content-type", b"content-encoding", b"content-length", b"authorization"]
                )
            ] = self.chance.choice(TEXTS).encode("utf-8", "replace")[:4_000]
        elif pick < 0.22:
            method = self.chance.choice(["GET", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "X"])
            query_string = b"query=" + self._spoilt(encoded(made["query"]))[:2_000] + b"&variables=" + body[:500]
        return method, query_string, headers, body

    def _spoilt(self, body: bytes) -> bytes:
        changed = bytearray(body or b"{}")
        for _ in range(self.chance.randrange(1, 6)):
            place = self.chance.randrange(len(changed))
            changed[place : place + self.chance.randrange(3)] = self.chance.randbytes(self.chance.randrange(3)) or b"]"
        return bytes(changed)


def encoded(value: Any) -> bytes:
    """JSON, also of what orjson refuses to write."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()
