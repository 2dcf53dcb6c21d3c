"""What is used of Strawberry beyond what its documentation promises: all of it is in here.

tests/test_library_contracts.py says what must hold of it, and fails when the version moves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Optional, cast

import strawberry
from graphql import GraphQLField, GraphQLInputField, GraphQLSchema
from graphql.utilities.print_schema import print_schema_definition
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

__all__ = ["StrawberryArgument", "StrawberryField", "StrawberryGraphQLCoreExecutionContext"]


@dataclass(frozen=True)
class LateType(LazyType[Any, Any]):
    """A type that is named before it is declared; `find` knows it by its name when the schema is put together."""

    find: Callable[[str], Any] = field(kw_only=True)

    def resolve_type(self) -> type[Any]:
        return cast(type[Any], self.find(self.type_name))


class LateField(StrawberryField):
    """A field whose arguments are made when the schema is put together: by then every type is known."""

    @property
    def arguments(self) -> list[StrawberryArgument]:
        """The arguments."""
        if self._arguments is None:
            self._arguments = list(self.make_arguments())
        return self._arguments

    @arguments.setter
    def arguments(self, value: list[StrawberryArgument]) -> None:
        self._arguments = value

    def make_arguments(self) -> Iterator[StrawberryArgument]:
        """Makes the arguments."""
        raise NotImplementedError


class DescribedSchema(strawberry.Schema):
    """A schema whose own description, which graphql-core knows, is printed too."""

    def as_str(self) -> str:
        described = print_schema_definition(self._schema)
        return f"{described}\n\n{super().as_str()}" if described else super().as_str()


def argument(name: str, annotation: Any, description: str, *, required: bool = False) -> StrawberryArgument:
    """One argument of a field."""
    return StrawberryArgument(
        python_name=name,
        graphql_name=name,
        type_annotation=StrawberryAnnotation(annotation if required else Optional[annotation]),  # noqa: UP045 - late names
        description=description,
    )


def graphql_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """The schema as graphql-core knows it."""
    return schema._schema


def declared_field(member: GraphQLField | GraphQLInputField) -> StrawberryField | None:
    """What a field of the finished schema was declared as; None for graphql-core's own."""
    return member.extensions.get("strawberry-definition")


def fields_of(cls: type) -> list[StrawberryField]:
    """The fields of a Strawberry type. Those of generics and interfaces are copies, with their metadata copied along."""
    return cls.__strawberry_definition__.fields  # type: ignore[attr-defined]


def enum_values(cls: Any) -> list[Any]:
    """The values of a Strawberry enumeration, each with `name`, `description` and `directives`."""
    return cls.__strawberry_definition__.values


def is_declared(cls: type) -> bool:
    """Whether Strawberry knows a class already, itself and not only what it inherits from."""
    return "__strawberry_definition__" in vars(cls)


def stand_for(base: type, declared: Any) -> None:
    """Lets an enumeration without members mean, wherever an annotation names it, one that Strawberry knows."""
    base.__strawberry_definition__ = declared.__strawberry_definition__  # type: ignore[attr-defined]


def bare(annotation: Any) -> Any:
    """A type without its null and list wrappers, and with late names resolved."""
    while hasattr(annotation, "of_type"):
        annotation = annotation.of_type
    return annotation.resolve_type() if isinstance(annotation, LazyType) else annotation


def type_argument(annotation: Any, generic: str) -> Any:
    """What a generic type of this name was made for; None when it is another type."""
    definition = getattr(bare(annotation), "__strawberry_definition__", None)
    if definition is None or "T" not in definition.type_var_map or not definition.name.startswith(generic):
        return None
    return bare(definition.type_var_map["T"])


def parent_type_name(info: strawberry.Info[Any, Any]) -> str:
    """The name of the type whose field is being resolved."""
    return info._raw_info.parent_type.name
