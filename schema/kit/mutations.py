"""How a change reaches its use case. An area says `mutation(PERMISSION, hand_off_complaint, shows=HandoffPayload)`; the input is
made from the use case's command, its description from the docstring, and the payload's `errors` from the problems.
"""

import dataclasses
import types
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, TypeVar, dataclass_transform
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case
from tortoise.models import Model

from resolvers.kit.commands import Key, Keys, Viewer, members_of
from resolvers.kit.context import Context
from resolvers.kit.idempotency import change
from resolvers.kit.loading import label_of
from resolvers.reading.declare import (
    Registry,
    changed,
    changed_many,
    declare_enumerations,
    plain,
    plain_type,
    registry,
    rows_of_payload,
    sentence,
    shown,
)
from resolvers.reading.sources import Access, Needs, parse_global_id
from schema.kit.errors import UserError, show

T = TypeVar("T")
UseCase = Callable[[Viewer, Any], Awaitable[Keys]]
Convert = Callable[[Any], Any]
Held = Callable[[Any, str], Any]

ERRORS = "Why nothing was changed; empty when all went well."
MASKED = (
    "With `dryRun`, the text as it would be kept, without who the customer is; of several, a paragraph each. Else null."
)


@dataclass_transform(kw_only_default=True, field_specifiers=(changed, changed_many, plain))
def payload(cls: type[T]) -> type[T]:
    """Declares what mutations answer: `changed` rows, `changed_many`, and what a dry run shows, which has a default.

    `errors` is added. The rows are filled in from the keys of the same names that the use case answers.
    """
    rows = rows_of_payload(cls)
    cls.__annotations__ = {**cls.__annotations__, "errors": list[UserError]}
    cls.errors = plain(ERRORS)  # type: ignore[attr-defined]
    made = plain_type(Access.SIGNED_IN)(cls)
    made.ROWS = rows  # type: ignore[attr-defined]
    return made


def payload_of(node: type[Any], label: str = "", *, dry_run: bool = False, leaves: bool = False) -> type[Any]:
    """Declares what most mutations of one record answer: the record as it now is, and its text after a dry run if there is one.

    `label` is what it is called where the table's own name says too much. `leaves` says that a change may take it out of the
    viewer's sight.
    """
    model = registry.nodes[node.__name__].model
    name = label_of(model).replace(" ", "_")
    label = label or label_of(model)
    absent = "null when there are errors, and with `dryRun`" if dry_run else "null when there are errors"
    if leaves:
        absent += "; null without errors when all is well and it is no longer the viewer's to see"
    body: dict[str, Any] = {
        "__doc__": f"What became of {'an' if label[0] in 'aeio' else 'a'} {label}.",
        "__module__": node.__module__,
        "__annotations__": {name: f"{node.__name__} | None"},
        name: changed(f"The {label} as it now is; {absent}."),
    }
    if dry_run:
        body["__annotations__"]["masked_text"] = str | None
        body["masked_text"] = plain(MASKED, default=None)
    return payload(type(f"{node.__name__}Payload", (), body))


def mutation(needs: Needs, use_case: UseCase, *, shows: type[Any], within: Registry = registry) -> Any:
    """The mutation of a use case, under its name: `needs` is asked for before, the change is made in one transaction.

    It needs a permission, or `Access.SIGNED_IN`.
    """
    if needs is Access.PUBLIC:
        raise TypeError("A mutation has a viewer; what is open to everyone is written by hand.")
    command = typing.get_type_hints(use_case)["given"]
    operation = "".join(map(str.capitalize, use_case.__name__.split("_")))
    input_type = input_of(command, operation)
    read, said = _reader_of(command, within, _in_mapping), _as_said(command)

    async def resolve(_source: Any, info: Any, input: Mapping[str, Any]) -> Any:
        context: Context = info.context
        viewer = context.viewer
        assert viewer is not None, "Authorisation lets nobody in here who has not signed in."
        given = read(input)
        key = getattr(given, "idempotency_key", None)
        asked = said(input) if key is not None else {"dry_run": getattr(given, "dry_run", False)}
        outcome = await change(viewer, operation, asked, key, lambda: use_case(viewer, given))
        rows = dict.fromkeys(shows.ROWS) | dict(outcome.keys)
        return shows(**rows, **outcome.shown, errors=[show(problem) for problem in outcome.problems])

    async def declared(input: Any) -> Any:
        raise AssertionError("GraphQL is given the resolver itself, past what Strawberry makes of arguments.")

    declared.__name__ = use_case.__name__
    declared.__annotations__ = {
        "input": Annotated[input_type, strawberry.argument(description="What is to be done.")],
        "return": shows,
    }
    made: Any = strawberry.mutation(
        resolver=declared,
        description=sentence(typing.cast(types.FunctionType, use_case)),
        metadata={"needs": needs, "resolve": resolve},
        directives=shown(needs),
    )
    made.python_name = use_case.__name__
    return made


# --- Inputs from commands ---

INPUTS: dict[tuple[type[Any], str], type[Any]] = {}
"""Every input, by its command and its name without `Input`."""


def input_of(command: type[Any], operation: str = "") -> type[Any]:
    """The input of a command, or of a part of one: the same members, with global ids where the command holds keys.

    Several operations may take one command; each has an input of its own name.
    """
    name = operation or command.__name__
    if (command, name) not in INPUTS:
        hints = typing.get_type_hints(command)
        one_of = bool(getattr(command, "ONE_OF", False))
        body: dict[str, Any] = {"__annotations__": {}, "__doc__": command.__doc__}
        for declared in members_of(command):
            needs = declared.metadata["needs"]
            body["__annotations__"][declared.name] = _shown_as(hints[declared.name])
            # `from` is Python's own word, so that its member is called `from_`.
            body[declared.name] = strawberry.field(
                name=declared.name.removesuffix("_") if declared.name.endswith("_") else None,
                description=declared.metadata["description"],
                # GraphQL itself sees to it that exactly one member is given.
                default=strawberry.UNSET if one_of else declared.default,
                metadata={"needs": needs},
                directives=list(shown(needs)),
            )
        is_own = name == command.__name__
        said = sentence(command) if is_own else f"What `{name[0].lower()}{name[1:]}` takes."
        made = type(name + "Input", (), body)
        INPUTS[command, name] = strawberry.input(made, description=said, one_of=one_of)
    return INPUTS[command, name]


def _shown_as(annotation: Any) -> Any:
    """The type that clients see for what a command's member holds."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        shown_as: Any = _shown_as(next(one for one in arguments if one is not types.NoneType))
        return shown_as | None if types.NoneType in arguments else shown_as
    if origin is Key:
        return strawberry.ID
    if origin in (tuple, list, Sequence):
        return list[_shown_as(arguments[0])]  # type: ignore[misc]
    if _is_command(annotation):
        return input_of(annotation)
    declare_enumerations(annotation)
    return annotation


def _is_command(annotation: Any) -> bool:
    return isinstance(annotation, type) and dataclasses.is_dataclass(annotation)


def command_of(command: type[T], given: Any) -> T:
    """The command that an input of `input_of` stands for, for what is no mutation."""
    return typing.cast(T, _reader_of(command, registry, _in_object)(given))


def _in_object(given: Any, member: str) -> Any:
    return getattr(given, member)


def _in_mapping(given: Mapping[str, Any], member: str) -> Any:
    """What GraphQL has made of an input, with what members hold that are left out."""
    return given.get(_shown_name(member), strawberry.UNSET)


@cache
def _shown_name(member: str) -> str:
    return to_camel_case(member.removesuffix("_"))


def _reader_of(command: type[Any], within: Registry, held: Held) -> Convert:
    """What makes a command of its input, whose members it finds by `held`."""
    hints = typing.get_type_hints(command)
    readers = [(one.name, _member_reader(hints[one.name], within, held)) for one in dataclasses.fields(command)]

    def read(given: Any) -> Any:
        members = ((name, held(given, name), as_held) for name, as_held in readers)
        return command(**{name: as_held(value) for name, value, as_held in members if value is not strawberry.UNSET})

    return read


def _member_reader(annotation: Any, within: Registry, held: Held) -> Convert:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        inner = _member_reader(next(one for one in arguments if one is not types.NoneType), within, held)
        return lambda value: None if value is None else inner(value)
    if origin is Key:
        return lambda value: Key(key_of(value, arguments[0], within))
    if origin in (tuple, list, Sequence):
        inner = _member_reader(arguments[0], within, held)
        return lambda value: tuple(map(inner, value))
    return _reader_of(annotation, within, held) if _is_command(annotation) else lambda value: value


def _as_said(command: type[Any]) -> Convert:
    """What notes an input as a client sent it, by the members of its command, to tell it from another one."""
    hints = typing.get_type_hints(command)
    absent = strawberry.UNSET if getattr(command, "ONE_OF", False) else None
    notes = [
        (one.name, _member_as_said(hints[one.name])) for one in members_of(command) if one.name != "idempotency_key"
    ]

    def note(given: Mapping[str, Any]) -> dict[str, Any]:
        values = ((name, given.get(_shown_name(name), absent), as_said) for name, as_said in notes)
        return {name: value if value in (None, strawberry.UNSET) else as_said(value) for name, value, as_said in values}

    return note


def _member_as_said(annotation: Any) -> Convert:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return _member_as_said(next(one for one in arguments if one is not types.NoneType))
    if origin in (tuple, list, Sequence):
        inner = _member_as_said(arguments[0])
        return lambda value: [inner(one) for one in value]
    return _as_said(annotation) if _is_command(annotation) else lambda value: value


def key_of(global_id: str, model: type[Model], within: Registry = registry) -> UUID | None:
    """The key in a global id of a row of that table; None when it is malformed or of another type."""
    prefix, key = parse_global_id(global_id)
    return key if prefix == prefix_of(model, within) else None


def prefix_of(model: type[Model], within: Registry = registry) -> str:
    """What the global ids of a table's rows begin with, as its node type says."""
    [prefix] = {info.prefix for info in within.nodes.values() if info.model is model and info.prefix}
    return prefix
