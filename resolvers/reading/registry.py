"""The registry: what a schema's areas declare, by name, and the schema that is built of it.

Two registries know nothing of each other, so a process can hold several schemas. A field without a permission of its own
needs its type's. What needs none says so with `Access.PUBLIC`.
"""

import ast
import builtins
import inspect
import sys
import typing
from collections.abc import Callable, Iterable, Sequence
from types import FunctionType
from typing import Any, TypeVar

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from tortoise.models import Model

from models.kit.base import RowScope
from models.kit.enums import DescribedEnum
from resolvers.reading.catalog import Catalog
from resolvers.reading.defaults import let_null_mean_the_default
from resolvers.reading.fields import ReadField, give_needs, node_of, plain
from resolvers.reading.filters import make_inputs
from resolvers.reading.kinds import kind_of
from resolvers.reading.sources import Changed, Column, Computed, FilterOnly, Needs, NodeType, Relation, Selectable
from resolvers.reading.strawberry_privates import (
    DescribedSchema,
    LateType,
    StrawberryField,
    declared_field,
    enum_values,
    fields_of,
    graphql_schema,
    is_declared,
)

T = TypeVar("T")


class UnknownName(TypeError):
    """An annotation is no type, or names what is declared nowhere. The server does not start."""


class Registry:
    """The node types, and the types that several areas make up together, of one schema."""

    def __init__(self) -> None:
        self.nodes: dict[str, NodeType] = {}
        self._gathered: dict[str, type] = {}
        self._late: list[tuple[str, str]] = []
        """Where in the declarations which name stands for a type that was not there yet."""

    # --- Declarations ---

    def node(
        self, model: type[Model], *, prefix: str, needs: Needs, rows: RowScope | None = None
    ) -> Callable[[type[T]], type[T]]:
        """Declares a node type: a table, the rows of it that a viewer sees, and what its fields need by default.

        `rows` are the table's own `row_scope` unless said otherwise.
        """
        seen: RowScope | None = rows or getattr(model, "row_scope", None)
        if seen is None:
            raise TypeError(f"{model.__name__} does not say who sees which rows: set its `row_scope`.")

        def declare(cls: type[T]) -> type[T]:
            if any(cls.__name__ == info.name or prefix == info.prefix != "" for info in self.nodes.values()):
                raise TypeError(f"Another node type is called {cls.__name__} or has the prefix '{prefix}'.")
            info = NodeType(cls.__name__, model, prefix, seen, needs)
            self.nodes[cls.__name__] = info
            cls.__annotations__ = self._annotations(cls, cls.__name__)
            for name, value in list(vars(cls).items()):
                if isinstance(value, FilterOnly):
                    delattr(cls, name)
                    kind, own = kind_of(value.annotation), value.needs or needs
                    selectable = Selectable(value.column, kind, False, own, annotation=value.annotation)
                    info.filters[name] = info.sorts[name] = selectable
                elif isinstance(value, ReadField):
                    _settle(info, name, value, cls.__annotations__[name])
            cls.__node_type__ = info  # type: ignore[attr-defined]
            info.graphql = strawberry.type(cls, description=sentence(cls))
            make_inputs(info)
            return typing.cast(type[T], info.graphql)

        return declare

    @typing.dataclass_transform(kw_only_default=True, field_specifiers=(plain,))
    def plain_type(self, needs: Needs, **options: Any) -> Callable[[type[T]], type[T]]:
        """Declares a type that is no node; its fields need what it needs unless they say otherwise.

        It is no table, or several columns of somebody else's row, for instance an address.
        """

        def declare(cls: type[T]) -> type[T]:
            cls.__annotations__ = self._annotations(cls, cls.__name__)
            made = strawberry.type(cls, description=sentence(cls), **options)
            for declared in fields_of(made):
                if declared.metadata.get("needs") is None:
                    give_needs(declared, needs)
            return made

        return declare

    def merge_types(
        self,
        name: str,
        description: str,
        needs: Needs,
        areas: Iterable[type | StrawberryField],
        **own: tuple[Any, Any],
    ) -> Any:
        """One type from what areas declare, classes or single fields, and members of its own as name=(annotation, field)."""
        body: dict[str, Any] = {"__annotations__": {}, "__doc__": description}
        for area in areas:
            if isinstance(area, StrawberryField):
                members, annotations = {area.python_name: area}, {}
            else:
                annotations = self._annotations(area, name)
                fields = {member: value for member, value in vars(area).items() if isinstance(value, StrawberryField)}
                members = {member: vars(area)[member] for member in annotations} | fields
            if twice := members.keys() & body.keys():
                raise TypeError(f"{name}.{min(twice)} is declared by two areas.")
            body |= members
            body["__annotations__"] |= annotations
        body |= {member: value for member, (_, value) in own.items()}
        body["__annotations__"] |= {member: annotation for member, (annotation, _) in own.items()}
        made = self._gathered[name] = self.plain_type(needs)(type(name, (), body))
        return made

    # --- Names ---

    def find(self, name: str) -> Any:
        """A node type, or a gathered one, by its name. UnknownName when nothing of that name was declared."""
        if name in self._gathered:
            return self._gathered[name]
        if name in self.nodes:
            return self.nodes[name].graphql
        raise UnknownName(f"Nothing is declared as {name}.")

    def _annotations(self, cls: type, type_name: str) -> dict[str, Any]:
        """A class's annotations. What its module does not know is taken for a type that will be declared."""
        module = vars(sys.modules[cls.__module__])

        def meant(text: str, place: str) -> Any:
            def look_up(name: str) -> Any:
                if name in module:
                    return module[name]
                if hasattr(builtins, name):
                    return getattr(builtins, name)
                self._late.append((place, name))
                return LateType(name, "", find=self.find)

            try:
                return _type_of(ast.parse(text, mode="eval").body, look_up)
            except (AttributeError, SyntaxError, TypeError) as error:
                raise UnknownName(f"{place} is declared as `{text}`, which is no type: {error}") from error

        found = {
            name: meant(annotation, f"{type_name}.{name}") if isinstance(annotation, str) else annotation
            for name, annotation in inspect.get_annotations(cls).items()
        }
        for annotation in found.values():
            declare_enumerations(annotation)
        return found

    # --- The schema ---

    def build(
        self,
        query: Any,
        mutation: Any = None,
        subscription: Any = None,
        *,
        types: Sequence[Any],
        scalars: dict[Any, Any],
        description: str | None = None,
    ) -> tuple[strawberry.Schema, Catalog]:
        """The schema on these roots and the facts about it, with all node types and `types`.

        A name that stands for nothing, or a field without a declared permission, is an error here, before anything is served.
        """
        declared = self.nodes.keys() | self._gathered.keys()
        if unknown := [f"{place} names {name}" for place, name in self._late if name not in declared]:
            raise UnknownName("; ".join(f"{one}, which nothing is declared as" for one in unknown))
        self._settle_relations()
        made = DescribedSchema(
            query=query,
            mutation=mutation,
            subscription=subscription,
            types=[*types, *(info.graphql for info in self.nodes.values())],
            config=StrawberryConfig(scalar_map=scalars),
        )
        graphql = graphql_schema(made)
        graphql.description = description
        let_null_mean_the_default(graphql)
        _let_resolve_themselves(graphql)
        return made, Catalog(made, self.nodes)

    def _settle_relations(self) -> None:
        """Gives each relation the permission of the type it leads to, where it names none."""
        for info in self.nodes.values():
            for declared in fields_of(info.graphql):
                if isinstance(declared, ReadField) and declared.metadata["needs"] is None:
                    target = node_of(declared.type)
                    assert target is not None, f"{info.name}.{declared.name} leads to no node type"
                    give_needs(declared, target.needs)


def _let_resolve_themselves(graphql: GraphQLSchema) -> None:
    """Gives GraphQL the resolvers that mutations bring with them, and which take its arguments as they are."""
    for member in graphql.mutation_type.fields.values() if graphql.mutation_type else ():
        declared = declared_field(member)
        if declared is not None and (resolve := declared.metadata.get("resolve")):
            member.resolve = resolve


def _type_of(expression: ast.expr, look_up: Callable[[str], Any]) -> Any:
    """The type that a written annotation means: names, members of modules, arguments in brackets, and alternatives."""
    match expression:
        case ast.Name(id=name):
            return look_up(name)
        case ast.Attribute(value=owner, attr=name):
            return getattr(_type_of(owner, look_up), name)
        case ast.Subscript(value=generic, slice=arguments):
            return _type_of(generic, look_up)[_type_of(arguments, look_up)]
        case ast.Tuple(elts=members):
            return tuple(_type_of(member, look_up) for member in members)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _type_of(left, look_up) | _type_of(right, look_up)
        case ast.Constant(value=None):
            return None
        case _:
            raise TypeError(f"an annotation cannot say `{ast.unparse(expression)}`")


def sentence(declared: type | FunctionType) -> str:
    """The docstring of a class or a use case as the description that clients read."""
    text = " ".join((declared.__doc__ or "").split())
    if not text:
        raise TypeError(f"{declared.__name__} has no docstring; clients read it as its description.")
    return text


def declare_enumerations(annotation: Any) -> None:
    """Makes the enumerations of an annotation GraphQL ones, where they are not yet: their members describe themselves."""
    for inner in typing.get_args(annotation):
        declare_enumerations(inner)
    if (
        isinstance(annotation, type)
        and issubclass(annotation, DescribedEnum)
        and len(annotation)
        and not is_declared(annotation)
    ):
        declared = strawberry.enum(annotation, description=sentence(annotation))
        for value in enum_values(declared):
            value.description = annotation[value.name].description


def rows_of_payload(cls: type) -> tuple[str, ...]:
    """The fields of a payload that are rows which a change made or touched, in their order."""
    declared = ((name, value) for name, value in vars(cls).items() if isinstance(value, ReadField))
    return tuple(name for name, value in declared if isinstance(value.reading.source, Changed))


def _settle(info: NodeType, name: str, declared: ReadField, annotation: Any) -> None:
    """Gives a field its type's permission where it has none of its own, and notes what lists can be filtered by."""
    reading, source = declared.reading, declared.reading.source
    if isinstance(source, Relation):
        return
    needs: Needs = declared.metadata["needs"] or info.needs
    give_needs(declared, needs)
    if not isinstance(source, Column | Computed) or not (reading.filter or reading.sort):
        return
    members = typing.get_args(annotation)
    nullable = type(None) in members
    bare = next(member for member in members if member is not type(None)) if nullable else annotation
    column, sql = (source.name or name, None) if isinstance(source, Column) else (name, source.sql)
    selectable = Selectable(column, kind_of(bare), nullable, needs, sql, bare)
    if reading.filter:
        info.filters[name] = selectable
    if reading.sort:
        info.sorts[name] = selectable
