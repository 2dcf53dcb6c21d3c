"""From a selection to one SQL statement whose result is the response's JSON.

Every list is a correlated subquery that makes text, and so is a relation to one row, or it is joined; the viewer's row scope is
added wherever a type is entered.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from graphql import GraphQLObjectType

from models.kit import base
from models.kit.base import ReadScope, RowScope
from models.kit.database import Dialect
from models.kit.tortoise_privates import field_of, is_view
from resolvers.kit.sealing import marked
from resolvers.reading.arguments import Leaf, Tree, Variables, leaf_of, tree_of
from resolvers.reading.catalog import Catalog, FieldFacts
from resolvers.reading.connections import Page
from resolvers.reading.graphql_privates import FieldDetailsList, Selection
from resolvers.reading.kinds import (
    BOOLEAN,
    MOMENT,
    TEXT,
    UUID_KIND,
    BadValue,
    Literal,
    Piece,
    Text,
    array,
    as_text,
    glue,
)
from resolvers.reading.pages import list_keys, order_by
from resolvers.reading.sources import (
    NIL,
    Access,
    Amount,
    Column,
    Computed,
    Embedded,
    Expression,
    GlobalId,
    Many,
    Needs,
    NodeType,
    One,
    SqlContext,
    SubjectId,
    SubjectOf,
    Through,
    Viewer,
)
from resolvers.reading.statements import (
    LIGHT_COST,
    LOOKED_AT,
    LOOKED_AT_OF_ALL,
    MAX_COST,
    MOST_TERMS,
    BadArgument,
    Bind,
    Costs,
    Statement,
    too_many_terms,
)
from resolvers.reading.values import bound, exact_amount

MOST_JOINS = 40
"""How many rows may be joined to one: SQLite joins 64 tables."""


class Compiler:
    """Compiles fields of one operation for one read scope; binds and costs add up as it goes."""

    def __init__(self, catalog: Catalog, dialect: Dialect, viewer: Viewer | None, selection: Selection) -> None:
        self.catalog = catalog
        self.dialect: Dialect = dialect
        self.read_scope = viewer.read_scope if viewer else ReadScope(frozenset(), frozenset())
        self.selection = selection
        self.binds: list[Bind] = []
        self.checks: list[Bind] = []
        self.costs = Costs()
        self._seals = False
        self._terms = 0
        self._aliases = 0
        self._used: dict[str, set[str]] = {}
        self._joins: dict[str, list[str]] = {}
        """What is joined to the row that stands in FROM, by its alias."""
        self._joined_to: dict[str, str] = {}
        """The row in FROM that a joined row belongs to, both by alias."""
        self._viewer_bind = 0
        self._roles_bind = 0
        self._now_bind = 0
        """The number of the bind that is the present moment; 0 while nothing asked for it."""

    def finished(self, sql: str) -> Statement:
        """The statement, with all binds and costs so far."""
        most = self.costs.total()
        costs = self.costs if most > MAX_COST else None
        seal, checks = self.catalog.seal if self._seals else None, tuple(self.checks)
        return Statement(sql, tuple(self.binds), costs, checks, self._now_bind, most > LIGHT_COST, seal)

    # --- Names and binds ---

    def alias(self) -> str:
        """A new alias."""
        self._aliases += 1
        return f"t{self._aliases}"

    def column(self, alias: str, name: str) -> str:
        """A column, remembered, so that inner queries pass on only what is used."""
        self._used.setdefault(alias, set()).add(name)
        return f'{alias}."{name}"'

    def bind(self, get: Bind) -> int:
        """A new bind; its number."""
        self.binds.append(get)
        return len(self.binds)

    def look_through(self, site: int, terms: int, *, counts: bool = False) -> None:
        """Adds what it costs to look a list under a site through by so many conditions, and to count it."""
        self._terms += terms
        if self._terms > MOST_TERMS:
            raise too_many_terms()
        if terms or counts:
            self.costs.add(site, (LOOKED_AT if site else LOOKED_AT_OF_ALL) * (terms + counts))

    def viewer_bind(self) -> str:
        """A bind that is the viewer's account."""
        if not self._viewer_bind:
            dialect = self.dialect
            self._viewer_bind = self.bind(
                lambda _, viewer: UUID_KIND.to_bind(viewer.account if viewer else NIL, dialect)
            )
        return UUID_KIND.placeholder(self._viewer_bind, self.dialect)

    def roles_bind(self) -> str:
        """A bind that is the viewer's roles."""
        if not self._roles_bind:
            self._roles_bind = self.bind(lambda _, viewer: viewer.listed_roles if viewer else "")
        return TEXT.placeholder(self._roles_bind, self.dialect)

    def now(self) -> str:
        """A bind that is the present moment of each execution, the same throughout the statement."""
        if not self._now_bind:
            dialect = self.dialect
            # Looked up in the module, where tests may put another clock.
            self._now_bind = self.bind(lambda _variables, _viewer: MOMENT.to_bind(base.now(), dialect))
        return MOMENT.placeholder(self._now_bind, self.dialect)

    def may_read(self, needs: Needs | None) -> bool:
        """Whether the viewer may read what needs this; None is what nobody may."""
        return isinstance(needs, Access) or needs in self.read_scope.permissions

    def sealed(self, about: str, sql: str) -> str:
        """The SQL of a value that a client only brings back."""
        self._seals = True
        return marked(about, as_text(sql, self.dialect))

    def context(self, alias: str, type_name: str = "") -> SqlContext:
        """What an SQL expression on a row may depend on."""
        column, binds = partial(self.column, alias), (self.viewer_bind, self.roles_bind, self.now)
        return SqlContext(column, self.dialect, self.read_scope, *binds, partial(self.sealed, type_name))

    def value_bind(self, facts: FieldFacts, argument: str, get: Callable[[Variables], Any]) -> int:
        """A bind from the variables; a bad value is reported with the argument's name."""
        return self.bind(self.checked(facts, argument, get))

    def checked(self, facts: FieldFacts, argument: str, get: Callable[[Variables], Any]) -> Bind:
        """A value from the variables; a bad one is reported with the argument's name."""

        def checked(variables: Variables, _viewer: Viewer | None) -> Any:
            try:
                return get(variables)
            except BadValue as error:
                reason, *named = error.args
                raise BadArgument(facts.coordinate, named[0] if named else argument, reason) from None

        return checked

    def collect(self, type_name: str, details: FieldDetailsList) -> Mapping[str, FieldDetailsList]:
        """The fields selected on a concrete type, by response key, merged and with @skip and @include decided."""
        graphql_type = self.catalog.graphql.type_map[type_name]
        assert isinstance(graphql_type, GraphQLObjectType)
        return self.selection.below(self.catalog.graphql, graphql_type, details)

    def arguments(self, facts: FieldFacts, details: FieldDetailsList) -> dict[str, Tree]:
        """A field's arguments that are present and not null."""
        trees = {
            node.name.value: tree_of(node.value, facts.arguments[node.name.value], self.selection.variables.coerced)
            for node in details[0].node.arguments or ()
        }
        return {name: tree for name, tree in trees.items() if tree is not None}

    def required(self, facts: FieldFacts, details: FieldDetailsList, name: str) -> Leaf:
        """An argument that must be there; a variable with a default may still bring null."""
        leaf = leaf_of(self.arguments(facts, details), name)
        if leaf is None:
            raise BadArgument(facts.coordinate, name, "must not be null")
        return leaf

    # --- Objects ---

    def object(self, type_name: str, alias: str, details: FieldDetailsList, site: int, prefix: str = "") -> Piece:
        """JSON text of one row's selected fields."""
        return self.members(
            type_name, details, lambda name, inner: self.field(type_name, name, alias, inner, site, prefix)
        )

    def members(
        self, type_name: str, details: FieldDetailsList, member: Callable[[str, FieldDetailsList], Piece]
    ) -> Piece:
        """JSON text of an object: what is selected of its type, each `member` by the field's name."""
        pieces: list[Piece] = [Literal("{")]
        for key, inner in self.collect(type_name, details).items():
            name = inner[0].node.name.value
            pieces.append(Literal(f'{"" if len(pieces) == 1 else ","}"{key}":'))
            pieces.append(Literal(f'"{type_name}"') if name == "__typename" else member(name, inner))
        return Text([*pieces, Literal("}")])

    def field(self, type_name: str, name: str, alias: str, details: FieldDetailsList, site: int, prefix: str) -> Piece:
        """JSON text of one field of a row."""
        facts = self.catalog.fields[type_name, name]
        match facts.source:
            case GlobalId():
                own, key = self.catalog.nodes[type_name].prefix, self.column(alias, "id")
                return Text([Literal(f'"{own}_'), as_text(key, self.dialect), Literal('"')])
            case Column() as source:
                kind = source.kind or facts.kind
                assert kind is not None, f"{facts.coordinate} has no column kind"
                column = self.column(alias, prefix + (source.name or facts.python_name))
                return kind.piece(column, self.dialect, nullable=facts.nullable)
            case Expression() as source:
                return source.sql(self.context(alias, type_name))
            case Computed() as source:
                kind, sql = facts.kind, source.sql(self.context(alias))
                assert kind is not None, f"{facts.coordinate} is of no type that can be computed"
                if kind is BOOLEAN and not facts.nullable:
                    # Written once only: it may be a long one.
                    return f"CASE WHEN ({sql}) THEN 'true' ELSE 'false' END"
                return kind.piece(f"({sql})", self.dialect, nullable=facts.nullable)
            case SubjectId(subject):
                [prefix] = {info.prefix for info in self.catalog.nodes.values() if info.holds(subject.type)}
                key = as_text(subject.key(partial(self.column, alias)), self.dialect)
                return f"coalesce('\"{prefix}_' || {key} || '\"', 'null')"
            case Amount() as source:
                return self.amount(facts, source, alias, details, prefix)
            case Embedded() as source:
                return self.object(facts.type_name, alias, details, site, prefix + source.prefix)
            case One() as source:
                return self.one(facts, source, alias, details, site)
            case Many() | Through() as source if facts.connection:
                key = self.column(alias, source.key)
                return Page(self, facts, details, lambda base: source.belongs(key, base), source.sort).sql(site)
            case Many() | Through() as source:
                return self.list(facts, source, alias, details, site)
            case _:
                raise AssertionError(f"{facts.coordinate} stands inside a row, and is no field of one")

    def amount(self, facts: FieldFacts, source: Amount, alias: str, details: FieldDetailsList, prefix: str) -> Piece:
        minor, currency = (self.column(alias, prefix + source.minor), self.column(alias, prefix + source.currency))
        values = {"amount": exact_amount(minor, currency, self.dialect), "currency": currency}
        text = self.members("Money", details, lambda name, _: Text([Literal('"'), values[name], Literal('"')]))
        return f"CASE WHEN {minor} IS NULL THEN 'null' ELSE {glue(text)} END" if facts.nullable else text

    # --- Relations ---

    def scoped(self, target: NodeType, alias: str, *conditions: str, rows: RowScope | None = None) -> str:
        """The conditions together with the viewer's row scope: `rows`, or the target's."""
        scope = bound((rows or target.rows)(self.read_scope, alias) or "", self.context(alias))
        own = [f"({condition})" for condition in (*conditions, scope) if condition]
        return " AND ".join(own) or "TRUE"

    def rows(self, target: NodeType, alias: str, *conditions: str) -> str:
        """The rows of a type that meet the conditions and the viewer's row scope: what follows FROM.

        What is selected of them is compiled before: it leads to the joins.
        """
        where = self.scoped(target, alias, *conditions)
        return f'"{target.table}" {alias}{self.joined(alias)} WHERE {where}'

    def one(self, facts: FieldFacts, source: One, alias: str, details: FieldDetailsList, site: int) -> str:
        target, inner = facts.node, self.alias()
        base = self._joined_to.get(alias, alias)
        joins = self._joins.setdefault(base, [])
        on = self.scoped(target, inner, f'{inner}."id" = {source.key(partial(self.column, alias))}')
        model = self.catalog.nodes[facts.coordinate.partition(".")[0]].model
        may_miss = isinstance(source, SubjectOf) or field_of(model, source.column).null
        # What needs no `coalesce` can nest deeper.
        always_there = not may_miss and target.rows(self.read_scope, "") is None
        own_site = self.costs.add(site, 1)
        # SQLite cannot parse what nests deeply, and a join nests less than a subquery. PostgreSQL can, and promises no order
        # of a page's rows after a join. A view is looked into for one row only by a subquery.
        if self.dialect == "sqlite" and len(joins) < MOST_JOINS and not is_view(target.model):
            self._joined_to[inner] = base
            joins.append(f' LEFT JOIN "{target.table}" {inner} ON {on}')
            text = glue(self.object(target.name, inner, details, own_site))
            return text if always_there else f"CASE WHEN {inner}.id IS NULL THEN 'null' ELSE {text} END"
        text = glue(self.object(target.name, inner, details, own_site))
        row = f'(SELECT {text} FROM "{target.table}" {inner}{self.joined(inner)} WHERE {on})'
        return row if always_there else f"coalesce({row}, 'null')"

    def joined(self, alias: str) -> str:
        """The joins that follow an alias in FROM: what was compiled of its row leads to them."""
        return "".join(self._joins.get(alias, ()))

    def list(self, facts: FieldFacts, source: Many | Through, alias: str, details: FieldDetailsList, site: int) -> str:
        target, base = facts.node, self.alias()
        own_site = self.costs.add(site, source.typical_length)
        belongs = source.belongs(self.column(alias, source.key), base)
        where = self.scoped(target, base, belongs, rows=facts.rows)
        order = order_by(list_keys(target, source), base, self.dialect, backward=False)
        if self.dialect == "postgres":
            # The aggregate sorts by itself, which saves a subquery.
            text = glue(self.object(target.name, base, details, own_site))
            return array(text, f'"{target.table}" {base} WHERE {where}', self.dialect, order)
        inner = self.alias()
        text = glue(self.object(target.name, inner, details, own_site))
        rows = f'SELECT {self.passed_on(inner, base)} FROM "{target.table}" {base} WHERE {where} ORDER BY {order}'
        return array(text, f"({rows}) {inner}{self.joined(inner)}", self.dialect)

    def passed_on(self, inner: str, base: str) -> str:
        """The columns that an inner query hands to the outer one."""
        names = sorted(self._used.get(inner, set())) or ["id"]
        return ", ".join(f'{base}."{name}"' for name in names)
