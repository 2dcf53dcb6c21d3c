"""What is measured: a document with other variables each time, and beside it the floor's way to the same answers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson

from models.kit.database import Database

OPERATIONS = Path(__file__).parent.parent / "operations"
REQUESTS = 400
"""How many different requests a scenario has; they come round again."""

POINT = """
query OrderById($id: ID!) {
  frontOffice { order(id: $id) { id number status placedAt customer { id name } } }
}
"""
PAGE = """
query CustomersWithOrders($after: String) {
  frontOffice {
    customers(first: 20, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        id number name
        orders(first: 5) {
          nodes {
            id number status placedAt
            total { amount currency }
            lines { quantity unitPrice { amount currency } product { id name } }
          }
        }
      }
    }
  }
}
"""
THOUSAND = """
query ThousandRows($before: DateTime!) {
  frontOffice {
    orders(first: 100, filter: {placedAt: {lt: $before}}) {
      nodes {
        number status placedAt
        customer { number name email phone }
        lines { position quantity total { amount currency } product { sku name categoryName } }
      }
    }
  }
}
"""


@dataclass(frozen=True)
class Scenario:
    """One measured operation: `variables[i]` asks what the floor answers at `paths[i]`."""

    name: str
    account: str
    document: str
    variables: list[dict[str, Any]]
    paths: list[str]

    def asked(self, token: str) -> list[bytes]:
        """The GraphQL requests as they go over the wire."""
        head = (
            "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/graphql-response+json\r\n"
            f"authorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: "
        )
        bodies = (orjson.dumps({"query": self.document, "variables": variables}) for variables in self.variables)
        return [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]

    def floors(self) -> list[bytes]:
        """The floor's requests."""
        return [f"GET {quote(path, safe='/,')} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode() for path in self.paths]


def _cursor(*members: str) -> str:
    return orjson.dumps(members).hex()


async def scenarios(database: Database, accounts: dict[str, UUID]) -> list[Scenario]:
    """The scenarios of a filled database."""
    chance = Random(7)
    [[customers, orders]] = await database.fetch(
        "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM orders)", []
    )
    picked: Callable[[int], list[int]] = lambda most: [chance.randrange(most) for _ in range(REQUESTS)]  # noqa: E731
    buyers = await _rows(database, "customers", "name", [f"C-{number + 1:06}" for number in picked(customers)])
    bought = await _rows(database, "orders", "placed_at", [f"ORD-{number + 10_000}" for number in picked(orders)])
    later = [row for row in bought if str(row[1]) > "2024"] or bought
    moments = [str(row[1]).replace(" ", "T") for row in later]
    statuses = [["QUEUED", "CLAIMED"], ["QUEUED"], ["CLAIMED"], ["QUEUED", "CLAIMED", "ANSWERED"]]
    clerk = accounts["logistics"]
    return [
        Scenario(
            "point read: an order with its customer",
            "service",
            POINT,
            [{"id": f"ord_{key}"} for key, _ in bought],
            [f"/point/{key}" for key, _ in bought],
        ),
        Scenario(
            "page: 20 customers x 5 orders x lines x product",
            "service",
            PAGE,
            [{"after": _cursor("name,id", name, str(key))} for key, name in buyers],
            [f"/page/{name}/{key}" for key, name in buyers],
        ),
        Scenario(
            "customer 360",
            "service",
            (OPERATIONS / "customer-360.graphql").read_text(),
            [{"id": f"cus_{key}"} for key, _ in buyers],
            [f"/customer/{key}" for key, _ in buyers],
        ),
        Scenario(
            "handoff queue: 50 of a department",
            "logistics",
            (OPERATIONS / "handoff-queue.graphql").read_text(),
            [
                {
                    "first": 50,
                    "filter": {"status": {"in": members}, "department": {"eq": "LOGISTICS"}},
                    "sort": [{"field": "DUE_AT", "direction": "ASC"}],
                }
                for members in statuses
            ],
            [f"/queue/{','.join(members)}/{clerk}" for members in statuses],
        ),
        Scenario(
            "a thousand rows, few permissions",
            "marketing",
            THOUSAND,
            [{"before": moment} for moment in moments],
            [f"/thousand/{moment}" for moment in moments],
        ),
    ]


async def _rows(database: Database, table: str, column: str, numbers: list[str]) -> list[tuple[Any, Any]]:
    if database.dialect == "postgres":
        sql, binds = f"SELECT id, {column} FROM {table} WHERE number = ANY($1::text[])", [numbers]
    else:
        sql, binds = (
            f"SELECT id, {column} FROM {table} WHERE number IN (SELECT value FROM json_each(?1))",
            [orjson.dumps(numbers).decode()],
        )
    return [(row[0], row[1]) for row in await database.fetch(sql, binds)]
