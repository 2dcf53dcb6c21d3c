"""The floor: the best statements that we could write by hand for the same answers, behind routes that do nothing else.

    python -m tests.benchmarks.floors URL PORT

They know this company, which the planner cannot: all is in dollars, nothing is negative, every line has a product.
Of the shapes tried (json_object, json_agg, glued text; joins, subqueries; sorted in or before) they are the fastest.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app import Server
from models.kit.database import Database, Dialect
from schema.transport.wire import SERVER_OPTIONS


class Words:
    """The few words that differ between the engines."""

    def __init__(self, dialect: Dialect) -> None:
        self.is_postgres = dialect == "postgres"
        self.joined = "string_agg" if self.is_postgres else "group_concat"
        # PostgreSQL may join in any order; SQLite takes the first table first, and cannot sort in an aggregate.
        self.in_place = " ORDER BY place" if self.is_postgres else ""

    def bind(self, number: int, cast: str = "uuid") -> str:
        return f"${number}::{cast}" if self.is_postgres else f"?{number}"

    def among(self, column: str, number: int) -> str:
        if self.is_postgres:
            return f"{column} = ANY(${number}::text[])"
        return f"{column} IN (SELECT value FROM json_each(?{number}))"

    def text(self, column: str) -> str:
        return f"to_json({column})::text" if self.is_postgres else f"json_quote({column})"

    def optional(self, column: str) -> str:
        return f"coalesce({self.text(column)}, 'null')"

    def moment(self, column: str) -> str:
        if self.is_postgres:
            return f'to_char({column}, \'"\\""YYYY-MM-DD"T"HH24:MI:SS.MS"Z\\""\')'
        return f"strftime('\"%Y-%m-%dT%H:%M:%fZ\"', {column})"

    def money(self, column: str) -> str:
        amount = (
            f"({column} * 0.01)::text" if self.is_postgres else f"printf('%d.%02d', {column} / 100, {column} % 100)"
        )
        return f"""'{{"amount":"' || {amount} || '","currency":"USD"}}'"""

    def cursor(self, order: str, *values: str) -> str:
        text = f"""'["{order}",' || {" || ',' || ".join(values)} || ']'"""
        return f"encode(convert_to({text}, 'UTF8'), 'hex')" if self.is_postgres else f"lower(hex({text}))"

    def key(self, column: str) -> str:
        return f"""'"' || {column} || '"'"""

    def page_info(self, size: int, cursor: str) -> str:
        more = f"CASE WHEN count(*) > {size} THEN 'true' ELSE 'false' END"
        # The last row on the page has the highest place, and places have one length up to there.
        last = f"substr(max((1000 + place) || {cursor}) FILTER (WHERE place <= {size}), 5)"
        return f"""'{{"hasNextPage":' || {more} || ',"endCursor":' || coalesce('"' || {last} || '"', 'null')
            || '}}'"""


def lines(w: Words, product: str, amount: bool = True) -> str:
    """The lines of order `o`, as what stands between the brackets."""
    price = f""","unitPrice":' || {w.money("l.unit_price_minor")} || '""" if amount else ""
    return f"""coalesce((SELECT {w.joined}('{{"quantity":' || l.quantity || '{price},"product":' || {product}
        || '}}', ',')
        FROM (SELECT l.quantity, l.unit_price_minor, p.id, p.sku, p.name FROM order_lines l
              JOIN products p ON p.id = l.product_id WHERE l.order_id = o.id ORDER BY l.position) l), '')"""


def point(w: Words) -> str:
    return f"""SELECT '{{"data":{{"frontOffice":{{"order":{{"id":"ord_' || o.id || '","number":'
        || {w.text("o.number")}
        || ',"status":"' || o.status || '","placedAt":' || {w.moment("o.placed_at")} || ',"customer":{{"id":"cus_'
        || c.id
        || '","name":' || {w.text("c.name")} || '}}}}}}}}}}'
        FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = {w.bind(1)}"""


def page(w: Words) -> str:
    product = f"""'{{"id":"prd_' || l.id || '","name":' || {w.text("l.name")} || '}}'"""
    info = w.page_info(20, w.cursor("name,id", w.text("c.name"), w.key("c.id")))
    return f"""SELECT '{{"data":{{"frontOffice":{{"customers":{{"pageInfo":' || {info} || ',"nodes":[' || {w.joined}(
        '{{"id":"cus_' || c.id || '","number":' || {w.text("c.number")} || ',"name":' || {w.text("c.name")}
        || ',"orders":{{"nodes":[' || coalesce((SELECT {w.joined}('{{"id":"ord_' || o.id || '","number":'
        || {w.text("o.number")}
            || ',"status":"' || o.status || '","placedAt":' || {w.moment("o.placed_at")} || ',"total":'
            || {w.money("o.total_minor")}
            || ',"lines":[' || {lines(w, product)} || ']}}', ',')
            FROM (SELECT id, number, status, placed_at, total_minor FROM orders WHERE customer_id = c.id
                  ORDER BY placed_at DESC, id DESC LIMIT 5) o), '') || ']}}}}', ',') FILTER (WHERE place <= 20)
        || ']}}}}}}}}' FROM (SELECT n.*, row_number() OVER () AS place FROM (
            SELECT id, number, name FROM customers WHERE (name, id) > ({w.bind(1, "text")}, {w.bind(2)})
            ORDER BY name, id LIMIT 21) n) c"""


def customer(w: Words) -> str:
    product = (
        f"""'{{"id":"prd_' || l.id || '","sku":' || {w.text("l.sku")} || ',"name":' || {w.text("l.name")} || '}}'"""
    )
    cursor = w.cursor("-placed_at,-id", w.moment("o.placed_at"), w.key("o.id"))
    count = "(SELECT count(*) FROM orders WHERE customer_id = c.id)"
    orders = f"""(SELECT '{{"totalCount":' || {count} || ',"pageInfo":' || {w.page_info(10, cursor)} || ',"nodes":['
        || coalesce({w.joined}(
        '{{"id":"ord_' || o.id || '","number":' || {w.text("o.number")} || ',"status":"' || o.status
        || '","placedAt":'
        || {w.moment("o.placed_at")} || ',"total":' || {w.money("o.total_minor")} || ',"lines":['
        || {lines(w, product)} || ']}}',
        ',') FILTER (WHERE place <= 10), '') || ']}}'
        FROM (SELECT n.*, row_number() OVER () AS place FROM (
            SELECT id, number, status, placed_at, total_minor FROM orders WHERE customer_id = c.id
            ORDER BY placed_at DESC, id DESC LIMIT 11) n) o)"""
    handoffs = f"""coalesce((SELECT {w.joined}('{{"number":' || {w.text("h.number")} || ',"department":"'
        || h.department
        || '","status":"' || h.status || '","dueAt":' || {w.moment("h.due_at")} || '}}', ',')
        FROM (SELECT * FROM handoffs WHERE complaint_id = x.id ORDER BY handed_off_at, id LIMIT 20) h), '')"""
    complaints = f"""coalesce((SELECT {w.joined}('{{"number":' || {w.text("x.number")} || ',"subject":'
        || {w.text("x.subject")}
        || ',"status":"' || x.status || '","handoffs":{{"nodes":[' || {handoffs} || ']}}}}', ',')
        FROM (SELECT * FROM complaints WHERE customer_id = c.id ORDER BY received_at DESC, id DESC LIMIT 20) x), '')"""
    address = f"""'{{"street":' || {w.optional("c.street")} || ',"city":' || {w.optional("c.city")} || ',"region":'
        || {w.optional("c.region")} || ',"postalCode":' || {w.optional("c.postal_code")} || ',"country":'
        || {w.text("c.country")} || '}}'"""
    return f"""SELECT '{{"data":{{"frontOffice":{{"customer":{{"id":"cus_' || c.id || '","number":'
        || {w.text("c.number")}
        || ',"name":' || {w.text("c.name")} || ',"contactName":' || {w.optional("c.contact_name")} || ',"email":'
        || {w.optional("c.email")} || ',"phone":' || {w.optional("c.phone")} || ',"address":' || {address}
        || ',"orders":' || {orders}
        || ',"complaints":{{"nodes":[' || {complaints} || ']}}}}}}}}}}' FROM customers c WHERE c.id = {w.bind(1)}"""


def queue(w: Words) -> str:
    mine = f"""CASE h.status WHEN 'QUEUED' THEN '["CLAIMED","QUEUED","REFUSED"]' WHEN 'CLAIMED' THEN
        CASE WHEN h.claimed_by_id = {w.bind(2)} THEN '["QUEUED","AWAITING_INFORMATION","ANSWERED","REFUSED"]'
        ELSE '[]' END ELSE '[]' END"""
    where = f"department = 'LOGISTICS' AND {w.among('status', 1)}"
    cursor = w.cursor("due_at,id", w.moment("h.due_at"), w.key("h.id"))
    named = f"""CASE WHEN a.name IS NULL THEN 'null' ELSE '{{"name":' || {w.text("a.name")} || '}}' END"""
    product = f"""CASE WHEN p.id IS NULL THEN 'null' ELSE '{{"sku":' || {w.text("p.sku")} || ',"name":'
        || {w.text("p.name")} || '}}' END"""
    works = f"SELECT 1 FROM stage_workers m WHERE m.complaint_id = x.id AND m.account_id = {w.bind(2)}"
    told = f"""SELECT 1 FROM event_subjects t JOIN events e ON e.id = t.event_id WHERE t.key = o.id AND t.type = 'order'
        AND e.actor_id = {w.bind(2)} AND e.kind IN ('LABEL_PRINTED', 'INVOICE_ADDRESSED')"""
    order = f"""CASE WHEN EXISTS ({works}) AND NOT EXISTS ({told}) THEN '{{"status":"' || o.status || '","placedAt":'
        || {w.moment("o.placed_at")} || '}}' ELSE 'null' END"""
    return f"""SELECT '{{"data":{{"backOffice":{{"handoffs":{{"totalCount":' || (SELECT count(*)
        FROM handoffs WHERE {where})
        || ',"pageInfo":' || {w.page_info(50, cursor)} || ',"nodes":[' || coalesce({w.joined}(
        '{{"id":"hnd_' || h.id || '","number":' || {w.text("h.number")} || ',"department":"' || h.department
        || '","status":"' || h.status
        || '","nextStatuses":' || {mine} || ',"brief":' || {w.text("h.brief")} || ',"handedOffAt":'
        || {w.moment("h.handed_off_at")}
        || ',"dueAt":' || {w.moment("h.due_at")} || ',"claimedBy":' || {named} || ',"complaint":{{"number":'
        || {w.text("x.number")}
        || ',"category":"' || x.category || '","severity":"' || x.severity || '","subject":' || {w.text("x.subject")}
        || ',"product":' || {product} || ',"order":' || {order} || '}}}}', ','{w.in_place})
        FILTER (WHERE place <= 50), '') || ']}}}}}}}}'
        FROM (SELECT n.*, row_number() OVER () AS place FROM (
            SELECT * FROM handoffs WHERE {where} ORDER BY due_at, id LIMIT 51) n) h
        JOIN complaints x ON x.id = h.complaint_id JOIN orders o ON o.id = x.order_id
        LEFT JOIN accounts a ON a.id = h.claimed_by_id LEFT JOIN products p ON p.id = x.product_id"""


def thousand(w: Words) -> str:
    line = f"""'{{"position":' || l.position || ',"quantity":' || l.quantity || ',"total":'
        || {w.money("l.total_minor")}
        || ',"product":{{"sku":' || {w.text("l.sku")} || ',"name":' || {w.text("l.name")} || ',"categoryName":'
        || {w.text("l.category_name")} || '}}}}'"""
    return f"""SELECT '{{"data":{{"frontOffice":{{"orders":{{"nodes":[' || {w.joined}('{{"number":'
        || {w.text("o.number")}
        || ',"status":"' || o.status || '","placedAt":' || {w.moment("o.placed_at")} || ',"customer":{{"number":'
        || {w.text("o.buyer")}
        || ',"name":' || {w.text("o.name")} || ',"email":' || {w.optional("o.email")} || ',"phone":'
        || {w.optional("o.phone")}
        || '}},"lines":[' || (SELECT {w.joined}({line}, ',') FROM (SELECT l.position, l.quantity, l.total_minor, p.sku, p.name,
        k.name AS category_name FROM order_lines l JOIN products p ON p.id = l.product_id
            JOIN product_categories k ON k.id = p.category_id WHERE l.order_id = o.id ORDER BY l.position) l) || ']}}', ',')
            || ']}}}}}}}}'
        FROM (SELECT o.*, c.number AS buyer, c.name, c.email, c.phone FROM (
            SELECT id, number, status, placed_at, customer_id FROM orders WHERE placed_at < {w.bind(1, "timestamptz")}
            ORDER BY placed_at DESC, id DESC LIMIT 100) o JOIN customers c ON c.id = o.customer_id
            ORDER BY o.placed_at DESC, o.id DESC) o"""


STATEMENTS: dict[str, Callable[[Words], str]] = {
    "point": point,
    "page": page,
    "customer": customer,
    "queue": queue,
    "thousand": thousand,
}


def binds_of(name: str, dialect: Dialect, given: dict[str, str]) -> list[Any]:
    """What a route's path gives to its statement."""
    key: Callable[[str], Any] = UUID if dialect == "postgres" else str
    match name:
        case "point" | "customer":
            return [key(given["a"])]
        case "page":
            return [given["a"], key(given["b"])]
        case "queue":
            statuses = given["a"].split(",")
            return [statuses if dialect == "postgres" else orjson.dumps(statuses).decode(), key(given["b"])]
        case _:
            moment = datetime.fromisoformat(given["a"])
            return [moment if dialect == "postgres" else moment.isoformat(" ")]


def route(database: Database, name: str, parts: str) -> Route:
    """A route that runs one statement and returns its text."""
    statement = STATEMENTS[name](Words(database.dialect))

    async def answer(request: Request) -> Response:
        text = await database.read(statement, binds_of(name, database.dialect, request.path_params))
        return Response(text, media_type="application/json")

    endpoint: Callable[[Request], Awaitable[Response]] = answer
    return Route(f"/{name}{parts}", endpoint)


def make_app(url: str) -> Starlette:
    """The floor's application."""
    database = Database(url)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await database.open()
        yield
        await database.close()

    two = ("page", "queue")
    routes = [route(database, name, "/{a}/{b}" if name in two else "/{a}") for name in STATEMENTS]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    options: dict[str, Any] = {"log_config": None, "access_log": False, "server_header": False, **SERVER_OPTIONS}
    config = uvicorn.Config(make_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), **options)
    Server(config, lambda: None).run()
