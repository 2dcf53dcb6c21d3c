"""The plain, slow reading that the planner is compared with: all rows in memory, and GraphQL's own executor over them.

It takes from the declarations which column a field is and which permission it needs, and nothing from the planner.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cached_property, cmp_to_key
from typing import Any
from uuid import UUID

from graphql import ExecutionResult, GraphQLError, GraphQLResolveInfo, GraphQLSchema, build_schema, execute_sync, parse
from tortoise.models import Model

from models.back_office.products.catalogue import Product
from models.front_office.customers import Customer
from models.front_office.sales.orders.progress import OrderProgress
from models.kit.events import EventSubject
from models.kit.money import decimals_of
from models.kit.text import searchable
from models.permissions import Department, Permission, Role
from resolvers.kit.commands import Viewer
from resolvers.kit.sealing import OF_THIS_PROCESS
from resolvers.reading.declare import registry
from resolvers.reading.fields import ReadField
from resolvers.reading.sources import (
    Amount,
    Column,
    Computed,
    Embedded,
    EntryAnyNode,
    EntryCount,
    EntryNode,
    EntryRows,
    Expression,
    GlobalId,
    Many,
    Needs,
    NodeType,
    One,
    Selectable,
    SubjectId,
    SubjectOf,
    Through,
    camel,
)
from schema import build
from tests.properties.adversarial.company import TABLES
from tests.reading.reference_scopes import Eyes, Row
from tests.reading.reference_steps import MACHINES, next_statuses
from tests.reading.reference_values import COMPUTED, Values
from tests.reading.reference_views import shown

CURSOR = "cursor:"
SEARCHED: dict[type[Model], tuple[str, ...]] = {
    Customer: ("number", "name", "contact_name", "email", "phone"),
    Product: ("sku", "name"),
}
"""By what lists are searched."""


Steps = list[tuple[str, str, bool]]
"""A list's whole order: name, column, whether it runs down; the key is its last step."""


@dataclass(frozen=True)
class Item:
    """A row seen as a node type, or as the part of one whose columns begin with `prefix`."""

    type_name: str
    row: Row
    prefix: str = ""


@dataclass(frozen=True)
class ListPage:
    """One page of a list. `steps` is its whole order."""

    items: list[Item]
    count: int
    has_next: bool
    has_previous: bool
    steps: Steps


class Refusal(GraphQLError):
    """An argument that cannot be answered; the answer must be BAD_REQUEST and name it."""

    def __init__(self, argument: str) -> None:
        super().__init__(f"wrong {argument}", extensions={"argument": argument})


BUILT = build()
READINGS = {
    (type_name, name): field.extensions["strawberry-definition"]
    for type_name, graphql_type in BUILT[1].graphql.type_map.items()
    for name, field in getattr(graphql_type, "fields", {}).items()
    if isinstance(field.extensions.get("strawberry-definition"), ReadField)
}
PLAIN_SCHEMA: GraphQLSchema = build_schema(BUILT[0].as_str())
"""The same types without any resolver or Python value behind them."""


def is_known(type_name: str, name: str) -> bool:
    """Whether the plain reading can answer a field: its rows are in the small company, and no SQL is its source.

    What it does not know stands in no generated document; the tests of the area that declares it look at it.
    """
    declared = READINGS.get((type_name, name))
    facts = BUILT[1].fields[type_name, name]
    if declared is None:
        # A report of the areas, or what the viewer is and may do.
        return type_name not in ("FrontOffice", "BackOffice") and (type_name != "Viewer" or name in VIEWER_ITSELF)
    if facts.target is not None and facts.target.model not in KNOWN_TABLES:
        return False
    match declared.reading.source:
        case Expression() if name == "nextStatuses":
            return type_name in MACHINES
        case Expression() | Computed():
            return (type_name, name) in COMPUTED
        case EntryCount():
            return (type_name, name) in LISTED
        case Through() as source:
            return source.table in {model._meta.db_table for model in TABLES}
        case EntryRows() as source:
            return source.where is None or (type_name, name) in LISTED
        case _:
            return True


VIEWS = (OrderProgress,)
KNOWN_TABLES = (*TABLES, *VIEWS)

LISTED: dict[tuple[str, str], Callable[[Row], bool]] = {
    ("FrontOffice", "discountsToApprove"): lambda row: row["discount_state"] == "ASKED",
    ("Viewer", "unreadNotifications"): lambda row: row["read_at"] is None,
}
"""Which rows belong to a list that does not hold all of its type."""

VIEWER_ITSELF = ("id", "name", "roles", "departments", "permissions")


def known_nodes() -> list[NodeType]:
    """The node types with a global id whose rows are in the small company."""
    return [info for info in registry.nodes.values() if info.prefix and info.model in TABLES]


def known_filters(target: NodeType) -> dict[str, Selectable]:
    """What lists of a type can be filtered by, but for what is computed and not told once more."""
    return {
        name: selectable
        for name, selectable in target.filters.items()
        if selectable.sql is None or (target.name, camel(name)) in COMPUTED
    }


def show(value: Any) -> Any:
    """A stored value as JSON has it."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def meaning(cursor: str) -> str:
    """What one of the planner's cursors means."""
    try:
        said = bytes.fromhex(cursor).decode()
    except ValueError:
        said = OF_THIS_PROCESS.content(cursor).partition(" ")[2]
    return CURSOR + json.dumps(json.loads(said))


def compared(left: Any, right: Any) -> int:
    """Small before large, missing last."""
    if left is None or right is None:
        return (left is None) - (right is None)
    return (left > right) - (left < right)


def target_of(info: GraphQLResolveInfo[Any]) -> NodeType:
    """The node type that a field leads to."""
    return registry.nodes[str(info.return_type).strip("[]!").removesuffix("Connection")]


class Reference:
    """Answers one viewer from rows in memory."""

    def __init__(self, tables: Mapping[type[Model], list[Row]], viewer: Viewer) -> None:
        self.tables = tables
        self.viewer = viewer
        self.eyes = Eyes(tables, viewer)
        self.values = Values(tables, viewer)

    @cached_property
    def shown(self) -> dict[type[Model], list[Row]]:
        """The rows of the database's views."""
        return shown(self.tables)

    def execute(self, text: str, variables: dict[str, Any] | None = None) -> ExecutionResult:
        """The answer, with cursors by their meaning."""
        return execute_sync(
            PLAIN_SCHEMA,
            parse(text),
            {"viewer": self.who()},
            variable_values=variables,
            field_resolver=self.resolve,
            type_resolver=lambda item, *_: item.type_name,
        )

    def who(self) -> dict[str, Any]:
        """The viewer's own answer."""
        may = self.viewer.permissions
        return {
            "id": f"acc_{self.viewer.account}",
            "name": self.viewer.name,
            "departments": [str(one) for one in Department if one in self.viewer.departments],
            "roles": [str(role) for role in Role if role in self.viewer.roles],
            "permissions": [str(permission) for permission in Permission if permission in may],
        }

    # --- Which rows ---

    def permits(self, needs: Needs) -> bool:
        """Whether the viewer has what is needed."""
        return not isinstance(needs, Permission) or needs in self.viewer.permissions

    def rows(
        self, info: NodeType, where: Callable[[Row], bool] = lambda _row: True, coordinate: str = ""
    ) -> list[Item]:
        """The rows of a type that the viewer sees, by that way to them."""
        table = self.shown[info.model] if info.model in VIEWS else self.tables[info.model]
        return [Item(info.name, row) for row in table if where(row) and self.eyes.see(info.name, row, coordinate)]

    def row(self, info: NodeType, value: Any) -> Item | None:
        """One row by its key."""
        return next(iter(self.rows(info, lambda row: value is not None and row["id"] == value)), None)

    def by_global_id(self, global_id: str, types: list[NodeType]) -> Item | None:
        """One row by its global id."""
        for info in types:
            if not global_id.startswith(f"{info.prefix}_"):
                continue
            found = self.rows(info, lambda row, prefix=info.prefix: global_id == f"{prefix}_{row['id']}")
            if found:
                return found[0]
        return None

    # --- Fields ---

    def resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        """One field."""
        name = info.field_name
        if isinstance(source, ListPage):
            return self.of_page(source, name)
        declared = READINGS.get((info.parent_type.name, name))
        if declared is None:
            return {} if name in ("frontOffice", "backOffice") else source[name]
        return self.read(source, declared, info, arguments)

    def read(self, source: Any, declared: ReadField, info: GraphQLResolveInfo[Any], arguments: dict[str, Any]) -> Any:
        """A field that the planner would read."""
        place, coordinate = declared.reading.source, f"{info.parent_type.name}.{info.field_name}"
        match place:
            case EntryNode():
                return self.by_global_id(arguments["id"], [target_of(info)])
            case EntryAnyNode():
                permitted = [node for node in known_nodes() if self.permits(node.needs)]
                if not place.many:
                    return self.by_global_id(arguments["id"], permitted)
                if len(arguments["ids"]) > 100:
                    raise Refusal("ids")
                return [self.by_global_id(global_id, permitted) for global_id in arguments["ids"]]
            case EntryRows():
                target, where = target_of(info), LISTED.get((info.parent_type.name, info.field_name), lambda _row: True)
                return self.page(target, self.rows(target, where), place.sort, arguments, coordinate)
            case EntryCount():
                where = LISTED[info.parent_type.name, info.field_name]
                return len(self.rows(registry.nodes[place.node], where))
            case _:
                assert isinstance(source, Item)
        if info.parent_type.name == "Money":
            return source.row[info.field_name]
        row, prefix = source.row, source.prefix
        match place:
            case GlobalId():
                return f"{registry.nodes[source.type_name].prefix}_{row['id']}"
            case Column():
                return show(row[prefix + (place.name or declared.python_name)])
            case Amount():
                return self.money(row[prefix + place.minor], row[prefix + place.currency])
            case Embedded():
                return Item(str(info.return_type).strip("!"), row, prefix + place.prefix)
            case SubjectId(subject):
                [prefix] = {info.prefix for info in registry.nodes.values() if info.holds(subject.type)}
                about = (one for one in self.tables[EventSubject] if one["event_id"] == row["id"])
                return next((f"{prefix}_{one['key']}" for one in about if one["type"] == subject.type), None)
            case SubjectOf():
                about = (one for one in self.tables[EventSubject] if one["event_id"] == row["id"])
                return self.row(target_of(info), next((one["key"] for one in about if one["type"] == place.type), None))
            case One():
                return self.row(target_of(info), row[place.column])
            case Many() | Through():
                target = target_of(info)
                if isinstance(place, Many):
                    items = self.rows(target, lambda other: other[place.column] == row[place.key])
                else:
                    links = next(rows for model, rows in self.tables.items() if model._meta.db_table == place.table)
                    far = {link[place.far] for link in links if link[place.near] == row[place.key]}
                    items = self.rows(target, lambda other: other["id"] in far, f"{source.type_name}.{info.field_name}")
                if str(info.return_type).startswith("["):
                    return self.sorted(items, self.steps(target, place.sort, None))
                return self.page(target, items, place.sort, arguments, coordinate)
            case _ if info.field_name == "nextStatuses":
                return next_statuses(self.values, source.type_name, row)
            case _:
                return show(COMPUTED[source.type_name, info.field_name](self.values, row))

    @staticmethod
    def money(minor: int | None, currency: str) -> Item | None:
        """An amount with its currency's decimals."""
        if minor is None:
            return None
        decimals = decimals_of(currency)
        amount = f"{Decimal(minor) / 10**decimals:.{decimals}f}"
        return Item("Money", {"amount": amount, "currency": currency})

    # --- Pages ---

    def of_page(self, page: ListPage, name: str) -> Any:
        """A field of a connection."""
        if name == "totalCount":
            return page.count
        order = self.order_name(page.steps)
        cursors = [CURSOR + json.dumps([order, *self.place(item, page.steps)]) for item in page.items]
        if name == "nodes":
            return page.items
        if name == "edges":
            return [{"cursor": cursor, "node": item} for cursor, item in zip(cursors, page.items, strict=True)]
        return {
            "hasNextPage": page.has_next,
            "hasPreviousPage": page.has_previous,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        }

    def page(self, target: NodeType, items: list[Item], usual: str, given: dict[str, Any], coordinate: str) -> ListPage:
        """One page of a list."""
        first, last = given.get("first"), given.get("last")
        if first is not None and last is not None:
            raise Refusal("last")
        for name, size in (("first", first), ("last", last)):
            if size is not None and not 0 <= size <= 100:
                raise Refusal(name)
        steps = self.steps(target, usual, given.get("sort"))
        after, before = (
            self.values_at(target, given[name], steps, name, coordinate) if given.get(name) is not None else None
            for name in ("after", "before")
        )
        if given.get("filter") is not None:
            items = [item for item in items if self.meets(target, item.row, given["filter"])]
        if given.get("search") is not None:
            texts = SEARCHED[target.model]
            wanted = searchable(given["search"])
            items = [item for item in items if wanted in searchable(*(item.row[text] for text in texts))]
        items = self.sorted(items, steps)
        places = {id(item): self.place(item, steps) for item in items}
        # Neither cursor's row lies between them.
        behind = [item for item in items if after is not None and self.order(places[id(item)], after, steps) <= 0]
        beyond = [item for item in items if before is not None and self.order(places[id(item)], before, steps) >= 0]
        inside = items[len(behind) : len(items) - len(beyond)]
        size = first if first is not None else last if last is not None else 20
        backward = last is not None
        chosen = inside[max(0, len(inside) - size) :] if backward else inside[:size]
        passed = bool(beyond if backward else behind)
        more = len(inside) > size
        return ListPage(chosen, len(items), passed if backward else more, more if backward else passed, steps)

    @staticmethod
    def steps(target: NodeType, usual: str, given: Any) -> Steps:
        """A list's order: the one that is asked for, or its usual one."""
        if given:
            named = [(step["field"].lower(), step["direction"] == "DESC") for step in given]
        else:
            named = [(name.lstrip("-"), name.startswith("-")) for name in usual.split(",") if name]
        if len({name for name, _ in named}) < len(named):
            raise Refusal("sort")
        whole = [(name, target.sorts[name].column, down) for name, down in named]
        return [*whole, ("id", "id", whole[-1][2] if whole else False)]

    def sorted(self, items: list[Item], steps: Steps) -> list[Item]:
        """The items in an order."""
        values = {id(item): self.place(item, steps) for item in items}
        return sorted(items, key=cmp_to_key(lambda a, b: self.order(values[id(a)], values[id(b)], steps)))

    @staticmethod
    def order(left: list[Any], right: list[Any], steps: Steps) -> int:
        """Which of two rows comes first."""
        for a, b, (_, _, down) in zip(left, right, steps, strict=True):
            if difference := compared(a, b):
                return -difference if down else difference
        return 0

    @staticmethod
    def place(item: Item, steps: Steps) -> list[Any]:
        """The values that a row's place in an order follows from."""
        return [show(item.row[column]) for _, column, _ in steps]

    @staticmethod
    def order_name(steps: Steps) -> str:
        """Names an order, as cursors do."""
        return ",".join(f"{'-' if down else ''}{name}" for name, _, down in steps)

    def values_at(self, target: NodeType, cursor: str, steps: Steps, argument: str, coordinate: str) -> list[Any]:
        """The values that a cursor holds, if it is one of this order of such rows."""
        try:
            if target.prefix:
                own, *values = json.loads(bytes.fromhex(cursor))
            else:
                # What has no id is sealed, for its own list.
                own, *values = json.loads(OF_THIS_PROCESS.opened(coordinate, cursor))
        except ValueError:
            raise Refusal(argument) from None
        columns = target.model._meta.fields_map
        # Another list's order may have the same name, and values of another type.
        numbers = [issubclass(columns[column].field_type, int) for _, column, _ in steps]
        pairs = zip(values, numbers, strict=False)
        fits = len(values) == len(steps) and all(one is None or isinstance(one, int) is number for one, number in pairs)
        if own != self.order_name(steps) or not fits:
            raise Refusal(argument)
        return values

    # --- Filters ---

    def meets(self, target: NodeType, row: Row, given: dict[str, Any]) -> bool:
        """Whether a row meets all conditions of a filter."""
        for name, condition in given.items():
            if condition is None:
                continue
            if name == "and":
                holds = all(self.meets(target, row, one) for one in condition)
            elif name == "or":
                holds = any(self.meets(target, row, one) for one in condition)
            elif name == "not":
                holds = not self.meets(target, row, condition)
            else:
                selectable = next(found for own, found in target.filters.items() if camel(own) == name)
                computed = COMPUTED.get((target.name, name)) if selectable.sql else None
                value = computed(self.values, row) if computed else row[selectable.column]
                holds = self.is_so(value if isinstance(value, datetime) else show(value), condition)
            if not holds:
                return False
        return True

    @staticmethod
    def is_so(value: Any, condition: dict[str, Any]) -> bool:
        """Whether a value meets all operators."""
        for operator, given in condition.items():
            if given is None:
                continue
            wanted = datetime.fromisoformat(given) if isinstance(value, datetime) and operator != "isNull" else given
            if operator == "isNull":
                holds = (value is None) == given
            elif operator == "ne":
                holds = value != wanted
            else:
                holds = value is not None and OPERATORS[operator](value, wanted)
            if not holds:
                return False
        return True


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: value == wanted,
    "in": lambda value, wanted: value in wanted,
    "contains": lambda value, wanted: wanted in value,
    "startsWith": lambda value, wanted: value.startswith(wanted),
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
}
"""What an operator asks of a value that is there."""


def differences(reference: Any, planner: Any, path: str = "data") -> list[str]:
    """Where two answers differ: in values, in their JSON types, or in the order of members."""
    if isinstance(reference, str) and reference.startswith(CURSOR) and isinstance(planner, str):
        planner = meaning(planner)
    if type(reference) is not type(planner):
        return [f"{path}: {reference!r} is not {planner!r}"]
    if isinstance(reference, dict):
        if list(reference) != list(planner):
            return [f"{path}: members {list(reference)} are not {list(planner)}"]
        return [line for name in reference for line in differences(reference[name], planner[name], f"{path}.{name}")]
    if isinstance(reference, list):
        if len(reference) != len(planner):
            return [f"{path}: {len(reference)} items are not {len(planner)}"]
        pairs = enumerate(zip(reference, planner, strict=True))
        return [line for index, (a, b) in pairs for line in differences(a, b, f"{path}[{index}]")]
    return [] if reference == planner else [f"{path}: {reference!r} is not {planner!r}"]
