"""Every verb of the schema, and every status that it takes records to: a new one is taken part in by being declared."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type, is_required_input_field

from models.kit.states import Transitions
from models.kit.tortoise_privates import table_of
from models.permissions import Permission
from resolvers.kit.commands import Key, Viewer
from resolvers.kit.loading import member_of
from resolvers.kit.state_machine import StateMachine
from resolvers.reading.declare import registry
from resolvers.reading.sources import Needs
from schema.kit.mutations import INPUTS
from tests.reading.planning import CATALOG
from tests.reading.reference import PLAIN_SCHEMA

# --- Verbs ---


def _held_by(annotation: Any) -> Iterator[Any]:
    """What a member holds one of or several of, or nothing."""
    if get_origin(annotation) in (Union, UnionType, tuple):
        for one in get_args(annotation):
            yield from _held_by(one)
    else:
        yield annotation


def _camel_case(*words: str) -> str:
    first, *others = words
    return first + "".join(word.title() for word in others)


def _prefixes() -> dict[tuple[str, str], str]:
    of_model = {info.model: info.prefix for info in registry.nodes.values() if info.prefix}
    found: dict[tuple[str, str], str] = {}
    for command, given in INPUTS:
        for member, annotation in get_type_hints(command).items():
            name = _camel_case(*member.rstrip("_").split("_"))
            for held in _held_by(annotation):
                if get_origin(held) is Key:
                    found[f"{given}Input", name] = of_model[get_args(held)[0]]
    return found


_PREFIXES = _prefixes()


def prefix_of(given: str, member: str) -> str | None:
    """The prefix of the ids that a member of an input takes, as its command says it."""
    return _PREFIXES.get((given, member))


@dataclass(frozen=True)
class Verb:
    """One mutation that takes one input."""

    name: str
    needs: Needs
    given: GraphQLInputObjectType
    payload: GraphQLObjectType

    @property
    def target(self) -> tuple[str, str] | None:
        """The member that names the verb's record, and the prefix of that; None where it names none."""
        for name, declared in self.given.fields.items():
            if is_required_input_field(declared) and str(declared.type) == "ID!":
                return name, prefix_of(self.given.name, name) or ""
        return None

    def may(self, viewer: Viewer) -> bool:
        """Whether somebody may send it at all."""
        return not isinstance(self.needs, Permission) or viewer.may(self.needs)

    def document(self, selection: str) -> str:
        """The mutation as a document that takes `$input`."""
        return f"mutation Do($input: {self.given.name}!) {{ {self.name}(input: $input) {{ {selection} }} }}"


NOT_OUR_BUSINESS = frozenset(
    "signIn signOut refreshSession inviteAccount changeAccount disableAccount enableAccount endSessions resetPassword"
    " setPassword changePassword".split()
)
"""Who may sign in is proven in tests/both_offices/test_accounts*.py."""


def _verbs() -> dict[str, Verb]:
    root = PLAIN_SCHEMA.mutation_type
    assert root is not None
    found: dict[str, Verb] = {}
    for name, declared in root.fields.items():
        if set(declared.args) != {"input"} or name in NOT_OUR_BUSINESS:
            continue
        given, payload = get_named_type(declared.args["input"].type), get_named_type(declared.type)
        assert isinstance(given, GraphQLInputObjectType) and isinstance(payload, GraphQLObjectType)
        [needs] = CATALOG.fields["Mutation", name].needs
        found[name] = Verb(name, needs, given, payload)
    return found


VERBS = _verbs()
"""Every verb by its name."""

# --- Statuses ---

_INFOS = {info.model._meta.db_table: info for info in registry.nodes.values() if info.prefix}


def _machines() -> dict[str, StateMachine]:
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("resolvers.")]
    found = (one for module in modules for one in vars(module).values() if isinstance(one, StateMachine))
    return {_INFOS[table_of(machine.model)].prefix: machine for machine in found}


_MACHINES = _machines()

MACHINES: dict[str, Transitions] = {prefix: machine.model.transitions for prefix, machine in _MACHINES.items()}
"""The transitions of all records by their prefix."""

MOVED_TYPES = {prefix: _INFOS[table_of(machine.model)].name for prefix, machine in _MACHINES.items()}
"""The types of what has a status."""

RECORDS = {prefix: member_of(machine.model) for prefix, machine in _MACHINES.items()} | {
    "esc": "escalation",
    "tsk": "task",
}
"""What records of a prefix are called, in inputs and payloads."""

SECONDS = {"approveRedress": {"cmp"}, "confirmCaseAnswer": {"cmp", "ans"}, "declineCaseAnswer": {"ans"}}
"""Verbs that take records of these kinds on by way of another one, or of two at once, and refuse in the other one's words."""


@dataclass(frozen=True)
class Move:
    """A verb that takes records of a prefix from some statuses to others."""

    prefix: str
    origins: frozenset[str]
    targets: frozenset[str]


def _move(prefix: str, verb: str) -> Move:
    steps = [
        (str(origin), str(step.to)) for origin, steps in MACHINES[prefix].items() for step in steps if verb in step.by
    ]
    return Move(prefix, frozenset(origin for origin, _ in steps), frozenset(target for _, target in steps))


def verbs_of(prefix: str) -> list[str]:
    """All verbs that take records of a kind on."""
    return list(dict.fromkeys(verb for steps in MACHINES[prefix].values() for step in steps for verb in step.by))


MOVES: dict[str, Move] = {
    verb: _move(prefix, verb) for prefix in MACHINES for verb in verbs_of(prefix) if prefix not in SECONDS.get(verb, ())
}
"""The verbs that take a record from one status to another."""
