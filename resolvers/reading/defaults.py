"""What has a default may be left out, and null means the default too: in the whole schema, arguments and input members alike.

A non-null type with a default is as good to a server; but editors and code generators ask for what they need not ask for.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)


def let_null_mean_the_default(schema: GraphQLSchema) -> None:
    """Makes nullable whatever has a default; what resolvers and commands are given stays what it was."""
    for graphql_type in schema.type_map.values():
        if isinstance(graphql_type, GraphQLInputObjectType):
            if defaults := _made_nullable(graphql_type.fields):
                # No input of ours had a way of its own to turn into something else.
                graphql_type.out_type = partial(_filled, defaults)
        elif isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType):
            for field in graphql_type.fields.values():
                if defaults := _made_nullable(field.args):
                    _fill_arguments(field, defaults)


def _made_nullable(declared: Mapping[str, GraphQLArgument | GraphQLInputField]) -> dict[str, Any]:
    """The defaults of those that could not be null, which they can be from now on."""
    defaults: dict[str, Any] = {}
    for name, one in declared.items():
        if one.default_value is not Undefined and isinstance(one.type, GraphQLNonNull):
            one.type = one.type.of_type
            defaults[one.out_name or name] = one.default_value
    return defaults


def _filled(defaults: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    return value | {name: default for name, default in defaults.items() if value[name] is None}


def _fill_arguments(field: GraphQLField, defaults: dict[str, Any]) -> None:
    resolve: Callable[..., Any] | None = field.resolve
    if resolve is not None:
        field.resolve = lambda source, info, **given: resolve(source, info, **_filled(defaults, given))
