"""What we build upon beyond the documentation of libraries, one module for each: when a version moves, it is looked at again."""

import inspect
import re
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import asyncpg
import pytest
import strawberry
import tortoise.models
from aiosqlite import Connection
from asyncpg.pool import PoolConnectionHolder
from graphql import (
    ExecutionResult,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    OperationDefinitionNode,
    build_schema,
    execute,
    parse,
)
from graphql.execution import VariableValues
from strawberry.schema.config import StrawberryConfig
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContextPooled
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import Protocol

from models.back_office.handoffs import Handoff
from models.front_office.sales.orders import OrderLine
from models.kit import tortoise_privates
from models.kit.database import Database
from models.kit.events import EventSubject
from resolvers.reading import strawberry_privates
from resolvers.reading.graphql_privates import HookedExecutor, Selection, fragment_details, place_of
from resolvers.reading.strawberry_privates import LateField, LateType, argument
from schema.transport.guard import GuardedHttp
from schema.transport.wire import Wire
from tests.reading.planner_house import Row

ROOT = Path(__file__).parent.parent

KNOWN = {
    "aiosqlite": ("0.22.1", "models/kit/database.py and models/engines/"),
    "asyncpg": ("0.32.0", "models/kit/postgres.py"),
    "graphql-core": ("3.3.2", "resolvers/reading/graphql_privates.py"),
    "strawberry-graphql": ("0.341.2", "resolvers/reading/strawberry_privates.py"),
    "tortoise-orm": ("1.1.9", "models/kit/tortoise_privates.py and models/engines"),
    "uvicorn": ("0.54.0", "schema/transport/wire.py and schema/transport/guard.py"),
    "websockets": ("17.4", "schema/transport/wire.py"),
}
"""The version that each library's inner workings were read in, and where we build upon them."""


@pytest.mark.parametrize("library", KNOWN)
def test_the_version_is_the_one_whose_inner_workings_were_read(library: str) -> None:
    known, where = KNOWN[library]
    assert version(library) == known, (
        f"{library} moved from {known} to {version(library)}: read what {where} uses of it again, see that this file passes,"
        " and write the new version down here."
    )


# --- Strawberry -------------------------------------------------------------------------------------------------------

T = TypeVar("T")


class Counted(LateField):
    """A field that takes a number."""

    def make_arguments(self) -> Any:
        yield argument("much", int, "How much.")


def small_schema() -> strawberry.Schema:
    """One late name, one late field, a generic and an input, with metadata."""

    @strawberry.type
    class Item:
        size: int = strawberry.field(metadata={"needs": "SIZE"})

    late = LateType("Item", "", find=lambda _: Item)

    @strawberry.type
    class Connection(Generic[T]):
        nodes: list[T] = strawberry.field(metadata={"needs": "NODES"})

    @strawberry.input
    class Which:
        name: str = strawberry.field(metadata={"needs": "NAME"})

    @strawberry.type
    class Query:
        many: Connection[late] = Counted(metadata={"needs": "MANY"}, base_resolver=None)  # type: ignore[valid-type]

        @strawberry.field(metadata={"needs": "ONE"})
        def one(self, which: Which, info: strawberry.Info[None, None]) -> str:
            return strawberry_privates.parent_type_name(info) + which.name

    return strawberry.Schema(Query, config=StrawberryConfig())


def test_strawberrys_fields_keep_what_they_were_declared_with() -> None:
    schema = strawberry_privates.graphql_schema(small_schema())
    found: dict[str, Any] = {}
    for graphql_type in schema.type_map.values():
        if isinstance(graphql_type, GraphQLObjectType | GraphQLInputObjectType) and graphql_type.name[0] != "_":
            for name, member in graphql_type.fields.items():
                declared = strawberry_privates.declared_field(member)
                found[f"{graphql_type.name}.{name}"] = declared and declared.metadata["needs"]
    assert found == {
        "Query.many": "MANY",
        "Query.one": "ONE",
        "ItemConnection.nodes": "NODES",
        "Item.size": "SIZE",
        "Which.name": "NAME",
    }


def test_strawberry_resolves_late_names_and_asks_late_fields_for_their_arguments() -> None:
    made = small_schema()
    query = strawberry_privates.graphql_schema(made).query_type
    assert query is not None and list(query.fields["many"].args) == ["much"]
    declared = strawberry_privates.declared_field(query.fields["many"])
    assert declared is not None
    item = strawberry_privates.type_argument(declared.type, "Connection")
    assert [member.name for member in strawberry_privates.fields_of(item)] == ["size"]
    assert strawberry_privates.type_argument(item, "Connection") is None
    assert made.execute_sync('{ one(which: {name: "!"}) }').data == {"one": "Query!"}


# --- graphql-core -----------------------------------------------------------------------------------------------------

PLAIN = build_schema("type Query { items: [Item] } type Item { own: Int other: Item must: Int! }")


def selected(document: str) -> Selection:
    """The selection of a document without variables."""
    *fragments, operation = parse(document).definitions
    details = fragment_details({cast(Any, node).name.value: cast(Any, node) for node in fragments})
    return Selection(cast(OperationDefinitionNode, operation), details, VariableValues({}, {}))


def test_strawberry_takes_an_enumeration_that_stands_for_another() -> None:
    class Base(Enum):
        """Without members of its own."""

    made = strawberry.enum(Enum("Whole", {"ONE": "ONE", "TWO": "TWO"}), name="Whole")  # type: ignore[misc]
    strawberry_privates.stand_for(Base, made)

    query = strawberry.type(type("Query", (), {"__annotations__": {"which": Base}}))
    whole = strawberry_privates.graphql_schema(strawberry.Schema(query)).type_map["Whole"]
    assert isinstance(whole, GraphQLEnumType)
    assert [*whole.values] == ["ONE", "TWO"]


def test_graphql_core_merges_fields_of_one_response_key_and_decides_skip() -> None:
    selection = selected(
        "fragment More on Item { other { must } } query { items { ...More other { own } gone: own @skip(if: true) } }"
    )
    root, item = PLAIN.query_type, PLAIN.type_map["Item"]
    assert root is not None and isinstance(item, GraphQLObjectType)
    [(key, details)] = selection.at_root(PLAIN, root).items()
    below = selection.below(PLAIN, item, details)
    assert (key, list(below)) == ("items", ["other"])
    assert list(selection.below(PLAIN, item, below["other"])) == ["must", "own"]
    assert details[0].node.name.value == "items"


class Hooked(HookedExecutor):
    """Takes over `own` and `must`, and notes where."""

    places: list[Any]

    def take_over(self, type_name: str, source: Any, details: Any, path: Any) -> Any:
        name = details[0].node.name.value
        if type_name != "Item" or name not in ("own", "must"):
            return None
        self.places.append(place_of(path))

        async def answer() -> int:
            if name == "must":
                raise ValueError("It must not.")
            return source["size"]

        return answer()


async def test_graphql_cores_executor_lets_fields_be_taken_over() -> None:
    Hooked.places = []
    root = {"items": [{"size": 1, "other": {"size": 2}}, {"size": 3, "other": {"size": 4}}]}
    document = parse("{ items { own other { again: own must } } }")
    outcome: Any = execute(PLAIN, document, root, executor_class=Hooked)
    result = cast(ExecutionResult, await outcome)
    # What fails is an error of its own field, and null goes up to where it may stand.
    assert result.data == {"items": [{"own": 1, "other": None}, {"own": 3, "other": None}]}
    assert [error.path for error in result.errors or ()] == [["items", index, "other", "must"] for index in (0, 1)]
    assert set(Hooked.places) == {
        (("own", "Item"), ("items", "Query")),
        (("again", "Item"), ("other", "Item"), ("items", "Query")),
        (("must", "Item"), ("other", "Item"), ("items", "Query")),
    }


# --- Tortoise and aiosqlite -------------------------------------------------------------------------------------------


async def test_tortoise_tells_tables_columns_and_views(database: Database) -> None:
    assert tortoise_privates.table_of(Handoff) == "handoffs"
    assert tortoise_privates.key_column(Handoff) == "id"
    assert (tortoise_privates.is_view(Handoff), tortoise_privates.is_view(Row)) == (False, True)
    assert tortoise_privates.field_of(Handoff, "complaint_id").null is False
    assert tortoise_privates.field_of(Handoff, "claimed_by_id").null is True
    assert tortoise_privates.field_of(Handoff, "status").enum_type.__name__ == "HandoffStatus"
    assert ("order_id", "position") in {tuple(columns) for columns in tortoise_privates.unique_columns(OrderLine)}
    assert tortoise_privates.key_field(Handoff).get_for_dialect("postgres", "SQL_TYPE") == "UUID"
    declared = dict(tortoise_privates.declared_columns(Handoff))
    assert (
        [*declared][:3] == ["id", "number", "complaint_id"]
        and "complaint" not in declared
        and "messages" not in declared
    )
    assert tortoise_privates.declared_indexes(EventSubject) == [("key", "type", "event_id")]
    assert tortoise_privates.index_name("idx", "events", ("at",)) == "idx_events_at_92f8f6"


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (SqliteClient, {"_in_transaction", "_lock"}),
        (SqliteTransactionWrapper, {"begin", "commit", "rollback", "_connection"}),
        (SqliteTransactionContext, {"__aenter__", "__aexit__", "_trxlock", "ensure_connection", "token"}),
        (AsyncpgDBClient, {"_in_transaction", "_pool", "_pool_init_lock"}),
        (TransactionWrapper, {"begin", "_parent", "_connection"}),
        (
            TransactionContextPooled,
            {"__aenter__", "__aexit__", "ensure_connection", "client", "connection_name", "token"},
        ),
        (Connection, {"interrupt", "execute_fetchall", "_execute"}),
        (
            WebSocketsSansIOProtocol,
            {
                *(name for name, member in vars(Wire).items() if inspect.isfunction(member)),
                *("close_sent", "close_timer", "conn", "curr_msg_data_type", "frames", "queue", "read_paused", "scope"),
                *("transport", "loop"),
            }
            - {"write", "end", "_abort_if_stuck"},
        ),
        (
            HttpToolsProtocol,
            {
                *(name for name, member in vars(GuardedHttp).items() if inspect.isfunction(member)),
                *("transport", "loop", "client"),
            }
            - {"_await_request", "_stop_waiting", "_leave"},
        ),
        (Protocol, {"state", "send_close", "data_to_send"}),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_what_our_subclasses_take_for_granted_is_there(owner: type, names: set[str]) -> None:
    sources = "".join(
        inspect.getsource(cls) for cls in owner.__mro__ if cls.__module__.split(".")[0] not in ("builtins", "asyncio")
    )
    missing = [name for name in names if not hasattr(owner, name) and f"self.{name}" not in sources]
    assert not missing, f"{owner.__module__}.{owner.__name__} no longer has {missing}."


# --- One module for each library --------------------------------------------------------------------------------------

PRIVATE = {
    "graphql-core": r"graphql\.(execution\.\w+|pyutils)\b",
    "strawberry-graphql": r"strawberry\.(annotation|types\.(?!scalar)|schema\.schema)|strawberry_def|\._schema\b|_raw_info",
    "tortoise-orm": r"\._meta\b|tortoise\.backends|tortoise\.migrations\.(?!operations)|\._parent\b|\._init_relations",
    "uvicorn": r"uvicorn\.protocols",
    "websockets": r"\bwebsockets\.\w+ import",
    "aiosqlite": r"\._conn\b",
}
"""What only the modules that KNOWN names may write."""


@pytest.mark.parametrize("library", PRIVATE)
def test_what_is_private_is_used_in_one_module_for_each_library(library: str) -> None:
    _, where = KNOWN[library]
    found = {
        str(path.relative_to(ROOT)): sorted(
            {match.group() for match in re.finditer(PRIVATE[library], path.read_text())}
        )
        for tree in ("models", "resolvers", "schema")
        for path in (ROOT / tree).rglob("*.py")
        if "migrations" not in path.parts
    }
    wrong = {name: words for name, words in found.items() if words and not name.startswith(tuple(where.split(" and ")))}
    assert not wrong, f"What {library} keeps to itself is used in {where} only."


def test_tortoise_reads_no_source_for_comments() -> None:
    assert "_get_comments(new_class)" in inspect.getsource(tortoise.models.ModelMeta)
    assert tortoise.models._get_comments(Handoff) == {}


# --- asyncpg ----------------------------------------------------------------------------------------------------------


def test_asyncpg_lets_a_connection_say_how_it_is_broken_off_and_knows_its_pool() -> None:
    # models.kit.postgres ends a connection that does not say that it broke a statement off, and has its pool made anew.
    assert list(inspect.signature(asyncpg.Connection._cancel).parameters) == ["self", "waiter", "cancel_waiter"]
    assert "_pool_holder" in asyncpg.Connection.__slots__
    assert {"_pool", "_con"} <= set(PoolConnectionHolder.__slots__)
    assert inspect.iscoroutinefunction(asyncpg.Pool.expire_connections)
