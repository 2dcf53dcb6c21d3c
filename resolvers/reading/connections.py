"""Connections: filter, order, page, edges, pageInfo and totalCount of one list, as SQL text that makes JSON."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from models.kit.database import Dialect
from resolvers.reading.arguments import Leaf, Variables, leaf_of
from resolvers.reading.catalog import FieldFacts
from resolvers.reading.filters import CONDITIONS
from resolvers.reading.graphql_privates import FieldDetailsList
from resolvers.reading.kinds import INTEGER, TEXT, BadValue, Literal, Piece, Text, as_text, glue
from resolvers.reading.pages import (
    MAX_PAGE,
    Opened,
    beyond,
    cursor_binds,
    cursor_of,
    from_hex,
    order_by,
    page_size,
    sort_keys,
    to_hex,
    usual_order,
)
from resolvers.reading.sources import EntryRows, NodeType, Selectable, camel
from resolvers.reading.statements import SEARCH_TERMS, BadArgument

if TYPE_CHECKING:
    from resolvers.reading.compile import Compiler


LONGEST_SEARCH = 200
"""Characters of what is searched for."""


class Page:
    """One page of a list: the arguments of its field, and the SQL that answers it.

    `condition` says on an alias which rows belong to the list, and `search` into which column its `search:` looks.
    """

    def __init__(
        self,
        compiler: "Compiler",
        facts: FieldFacts,
        details: FieldDetailsList,
        condition: Callable[[str], str] | None,
        usual_sort: str,
        search: EntryRows | None = None,
    ) -> None:
        self.compiler = compiler
        self.dialect: Dialect = compiler.dialect
        self.facts = facts
        self.target = facts.node
        self.details = details
        self.arguments = compiler.arguments(facts, details)
        self.condition = condition
        self.search = search
        self.site = 0
        filtered, sought = self.arguments.get("filter"), search is not None and self._leaf("search") is not None
        self.terms = terms_of(filtered) + SEARCH_TERMS * sought
        self.keys = sort_keys(self.target, self._steps(usual_sort))
        self.sealed = any(not compiler.may_read(key.needs) for key in self.keys)
        seal = compiler.catalog.seal
        self.opened: Opened = partial(seal.opened, facts.coordinate) if self.sealed else from_hex
        try:
            self.size, self.most, self.backward = page_size(self._leaf("first"), self._leaf("last"))
        except BadValue as error:
            raise BadArgument(facts.coordinate, "last", error.args[0]) from None

    def _leaf(self, name: str) -> Leaf | None:
        return leaf_of(self.arguments, name)

    def _steps(self, usual_sort: str) -> list[tuple[str, bool]]:
        given = self.arguments.get("sort")
        if not isinstance(given, list) or not given:
            return usual_order(self.target, usual_sort)
        steps: list[tuple[str, bool]] = []
        for step in given:
            direction = step.get("direction")
            steps.append((step["field"].now.name.lower(), direction is not None and direction.now.name == "DESC"))
        if len({name for name, _ in steps}) < len(steps):
            raise BadArgument(self.facts.coordinate, "sort", "names a field twice")
        return steps

    def bind(self, argument: str, get: Callable[[Variables], Any]) -> int:
        """A bind that reports a bad value with the argument's name."""
        return self.compiler.value_bind(self.facts, argument, get)

    # --- Which rows ---

    def rows(self, alias: str, *of_page: str, counts: bool = False) -> str:
        """The rows of the list, or of a page of it, that the viewer sees: what follows FROM."""
        self.compiler.look_through(self.site, self.terms, counts=counts)
        conditions = [self.condition(alias)] if self.condition else []
        if isinstance(given := self.arguments.get("filter"), dict):
            conditions += self.filtered(self.target, given, alias)
        if self.search and self.search.search_bind and (looked_for := self._leaf("search")):
            to_bind = self.search.search_bind

            def sought(variables: Variables) -> Any:
                text = looked_for.get(variables)
                if len(text) > LONGEST_SEARCH:
                    raise BadValue(f"has at most {LONGEST_SEARCH} characters")
                return TEXT.to_bind(to_bind(text), self.dialect)

            number = self.bind("search", sought)
            conditions.append(CONDITIONS["contains"](TEXT, f'{alias}."{self.search.search}"', number, self.dialect))
        where = self.compiler.scoped(self.target, alias, *conditions, *of_page, rows=self.facts.rows)
        return f'"{self.target.table}" {alias} WHERE {where}'

    def filtered(self, target: NodeType, given: dict[str, Any], alias: str) -> list[str]:
        """The conditions of a filter input; all of them hold together."""
        conditions: list[str] = []
        for name, tree in given.items():
            if tree is None:
                continue
            if name == "not":
                conditions.append(f"NOT coalesce(({self.all_of(target, tree, alias)}), FALSE)")
            elif name == "and":
                conditions += [f"({self.all_of(target, member, alias)})" for member in members(tree)]
            elif name == "or":
                conditions.append(
                    " OR ".join(f"({self.all_of(target, member, alias)})" for member in members(tree)) or "FALSE"
                )
            else:
                selectable = next(found for own, found in target.filters.items() if camel(own) == name)
                conditions += self.operators(selectable, tree, alias)
        return conditions

    def all_of(self, target: NodeType, given: dict[str, Any], alias: str) -> str:
        """One condition that all of a filter input's hold."""
        return " AND ".join(f"({condition})" for condition in self.filtered(target, given, alias)) or "TRUE"

    def operators(self, selectable: Selectable, given: dict[str, Leaf | None], alias: str) -> list[str]:
        """The conditions on one column."""
        kind, dialect = selectable.kind, self.dialect
        asked = {operator: leaf for operator, leaf in given.items() if leaf is not None}
        # What asks for nothing may bind nothing either: PostgreSQL cannot tell the type of a bind that nothing names.
        if not asked:
            return []
        if selectable.sql is None:
            column = f'{alias}."{selectable.column}"'
        else:
            column = f"({selectable.sql(self.compiler.context(alias))})"
        conditions: list[str] = []
        for operator, leaf in asked.items():
            if operator == "isNull":
                conditions.append(f"{column} IS NULL" if leaf.now else f"{column} IS NOT NULL")
            elif operator == "in":
                number = self.bind("filter", lambda variables, leaf=leaf: kind.list_bind(leaf.get(variables), dialect))
                conditions.append(kind.list_condition(column, number, dialect))
            else:
                number = self.bind("filter", lambda variables, leaf=leaf: kind.to_bind(leaf.get(variables), dialect))
                conditions.append(CONDITIONS[operator](kind, column, number, dialect))
        return conditions

    # --- The JSON ---

    def sql(self, site: int) -> str:
        """JSON text of the connection."""
        compiler = self.compiler
        self.site = site
        self.look_ahead(compiler.collect(self.facts.type_name, self.details))
        own_site = compiler.costs.add(site, self.most, self.cost)
        inner = compiler.alias()
        text = glue(
            compiler.members(
                self.facts.type_name, self.details, lambda name, member: self.member(name, member, inner, own_site)
            )
        )
        return f"(SELECT {text} FROM {self.page(inner)}{compiler.joined(inner)})" if self.needs_rows else f"({text})"

    def look_ahead(self, fields: Mapping[str, FieldDetailsList]) -> None:
        """Notes what the page must provide: rows at all, one row more than asked for, the rows' places."""
        names = {details[0].node.name.value for details in fields.values()}
        info = {
            inner[0].node.name.value
            for details in fields.values()
            if details[0].node.name.value == "pageInfo"
            for inner in self.compiler.collect("PageInfo", details).values()
        }
        self.needs_more = ("hasPreviousPage" if self.backward else "hasNextPage") in info
        has_cursors = bool(info & {"startCursor", "endCursor"})
        self.needs_rows = bool(names & {"nodes", "edges"}) or self.needs_more or has_cursors
        self.needs_place = self.needs_more or has_cursors or self.backward
        self.limit = ""
        size_name = "last" if self.backward else "first"
        if self.needs_rows:
            self.limit = INTEGER.placeholder(self.bind(size_name, self.size), self.dialect)
            return
        # No row is asked for, but a wrong page is wrong all the same.
        unused = [(size_name, self.size)]
        for name in ("after", "before"):
            if cursor := self._leaf(name):
                unused += [(name, get) for get in cursor_binds(self.keys, cursor, self.opened, self.dialect)]
        self.compiler.checks += [self.compiler.checked(self.facts, name, get) for name, get in unused]

    def on_page(self, inner: str) -> str:
        """Keeps the row beyond the page, which only shows that there is more, out of an aggregate."""
        return f" FILTER (WHERE {inner}.place <= {self.limit})" if self.needs_more else ""

    def cost(self, variables: Variables) -> int:
        """How many rows the page may have; a bad size is reported when it is bound."""
        try:
            return self.size(variables)
        except BadValue:
            return 0

    def page(self, inner: str) -> str:
        """The rows of the page, in order, under the inner alias."""
        base, numbered = self.compiler.alias(), self.compiler.alias()
        conditions: list[str] = []
        for name, backward in (("after", False), ("before", True)):
            if cursor := self._leaf(name):
                bind = partial(self.bind, name)
                conditions.append(beyond(self.keys, base, cursor, self.opened, self.dialect, bind, backward=backward))
        order = order_by(self.keys, base, self.dialect, backward=self.backward)
        found = self.rows(base, *conditions)
        rows = f"SELECT {self.compiler.passed_on(inner, base)} FROM {found} ORDER BY {order}"
        for condition in conditions:
            found = found.replace(condition, "")
        if self.dialect == "postgres" and "$" not in found:
            # Of a limit that is bound, a plan that is kept expects a tenth of the table, so that PostgreSQL plans each page anew.
            # With a filter it shall: a plan that suits most values reads the whole table for a rare one.
            rows = f"SELECT * FROM ({rows} LIMIT {MAX_PAGE + 1}) {self.compiler.alias()}"
        rows += f" LIMIT {self.limit}{' + 1' if self.needs_more else ''}"
        if not self.needs_place:
            return f"({rows}) {inner}"
        placed = f"SELECT {numbered}.*, row_number() OVER () AS place FROM ({rows}) {numbered}"
        return f"({placed} ORDER BY place DESC) {inner}" if self.backward else f"({placed}) {inner}"

    def member(self, name: str, details: FieldDetailsList, inner: str, site: int) -> Piece:
        """One field of the connection."""
        if name == "totalCount":
            alias = self.compiler.alias()
            return as_text(f"(SELECT count(*) FROM {self.rows(alias, counts=True)})", self.dialect)
        if name == "pageInfo":
            return self.compiler.members("PageInfo", details, lambda name, _: self.place(name, inner))
        if name == "nodes":
            element = self.compiler.object(self.target.name, inner, details, site)
        else:
            element = self.compiler.members(
                f"{self.target.name}Edge",
                details,
                lambda name, node: (
                    Text([Literal('"'), self.cursor(inner), Literal('"')])
                    if name == "cursor"
                    else self.compiler.object(self.target.name, inner, node, site)
                ),
            )
        aggregate = "group_concat" if self.dialect == "sqlite" else "string_agg"
        joined = f"coalesce({aggregate}({glue(element)}, ','){self.on_page(inner)}, '')"
        return Text([Literal("["), joined, Literal("]")])

    def cursor(self, inner: str) -> str:
        """SQL of a row's cursor."""
        for key in self.keys:
            self.compiler.column(inner, key.column)
        said = cursor_of(self.keys, inner, self.dialect)
        return self.compiler.sealed(self.facts.coordinate, said) if self.sealed else to_hex(said, self.dialect)

    def place(self, name: str, inner: str) -> Piece:
        """One field of the pageInfo."""
        if name in ("startCursor", "endCursor"):
            return self.outer_cursor(inner, first=name == "startCursor")
        # Ahead, one more row was fetched; back where the cursor came from, rows are looked for.
        if (name == "hasNextPage") != self.backward:
            return f"CASE WHEN count(*) > {self.limit} THEN 'true' ELSE 'false' END"
        name = "before" if self.backward else "after"
        cursor = self._leaf(name)
        if cursor is None:
            return Literal("false")
        alias = self.compiler.alias()
        bind = partial(self.bind, name)
        opened, backward = self.opened, not self.backward
        back = beyond(self.keys, alias, cursor, opened, self.dialect, bind, backward=backward, inclusive=True)
        return f"CASE WHEN EXISTS (SELECT 1 FROM {self.rows(alias, back)}) THEN 'true' ELSE 'false' END"

    def outer_cursor(self, inner: str, *, first: bool) -> str:
        """The page's first or last cursor: that of the lowest or highest place, which stands in front to compare by."""
        # Counted from the end of the list, the place nearest the end is the lowest.
        aggregate = "min" if first != self.backward else "max"
        placed = f"{as_text(f'({PLACES} + {inner}.place)', self.dialect)} || {self.cursor(inner)}"
        if self.dialect == "postgres":
            placed = f'({placed}) COLLATE "C"'
        picked = f"substr({aggregate}({placed}){self.on_page(inner)}, {len(str(PLACES)) + 1})"
        return f"coalesce('\"' || {picked} || '\"', 'null')"


PLACES = 1000
"""Added to a place so that all have four digits and compare as texts; a page has at most 101."""


def terms_of(tree: Any) -> int:
    """How many conditions a filter input holds; an empty one among others is one too."""
    if isinstance(tree, list):
        return sum(max(1, terms_of(member)) for member in tree)
    if isinstance(tree, dict):
        return sum(terms_of(member) for member in tree.values())
    return tree is not None


def members(tree: Any) -> list[dict[str, Any]]:
    """The members of a list of input objects; GraphQL takes a single one for a list of one."""
    return tree if isinstance(tree, list) else [tree] if isinstance(tree, dict) else []
