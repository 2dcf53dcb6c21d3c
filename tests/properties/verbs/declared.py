"""Every verb of the schema: a new one is taken part in by being declared."""

from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type

from models.permissions import Permission
from resolvers.kit.commands import Command, Key
from resolvers.kit.viewer import Viewer
from resolvers.reading.declare import registry
from resolvers.reading.sources import Needs
from tests.reading.planning import CATALOG
from tests.reading.reference import PLAIN_SCHEMA


@dataclass(frozen=True)
class Verb:
    """One mutation that takes one input."""

    name: str
    needs: Needs
    given: GraphQLInputObjectType
    payload: GraphQLObjectType

    def may(self, viewer: Viewer) -> bool:
        """Whether somebody may send it at all."""
        return not isinstance(self.needs, Permission) or viewer.may(self.needs)

    def document(self, selection: str) -> str:
        """The mutation as a document that takes `$input`."""
        return f"mutation Do($input: {self.given.name}!) {{ {self.name}(input: $input) {{ {selection} }} }}"


def _verbs() -> dict[str, Verb]:
    root = PLAIN_SCHEMA.mutation_type
    assert root is not None
    found: dict[str, Verb] = {}
    for name, declared in root.fields.items():
        if set(declared.args) != {"input"}:
            continue
        given, payload = get_named_type(declared.args["input"].type), get_named_type(declared.type)
        assert isinstance(given, GraphQLInputObjectType) and isinstance(payload, GraphQLObjectType)
        [needs] = CATALOG.fields["Mutation", name].needs
        found[name] = Verb(name, needs, given, payload)
    return found


NOT_OUR_BUSINESS = frozenset({"signIn", "signOut", "refreshSession", "addAccount", "changeAccount", "endSessions"})
"""Who may sign in is proven in tests/back_office/test_accounts*.py."""

VERBS: dict[str, Verb] = {name: verb for name, verb in _verbs().items() if name not in NOT_OUR_BUSINESS}
"""Every verb by its name."""


def _prefixes() -> dict[tuple[str, str], str]:
    of_model = {info.model: info.prefix for info in registry.nodes.values()}
    found: dict[tuple[str, str], str] = {}
    pending: list[type[Any]] = [Command]
    while pending:
        command = pending.pop()
        pending += command.__subclasses__()
        for member, annotation in get_type_hints(command).items():
            first, *others = member.rstrip("_").split("_")
            name = first + "".join(word.title() for word in others)
            for held in _held_by(annotation):
                if get_origin(held) is Key:
                    found[f"{command.__name__}Input", name] = of_model[get_args(held)[0]]
                elif is_dataclass(held):
                    pending.append(cast(type[Any], held))
    return found


def _held_by(annotation: Any) -> Iterator[Any]:
    """What a member holds one of or several of, or nothing."""
    if get_origin(annotation) in (Union, UnionType, tuple):
        for one in get_args(annotation):
            yield from _held_by(one)
    else:
        yield annotation


_PREFIXES = _prefixes()


def prefix_of(given: str, member: str) -> str | None:
    """The prefix of the ids that a member of an input takes, as its command says it."""
    return _PREFIXES.get((given, member))
