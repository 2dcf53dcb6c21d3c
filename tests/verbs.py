"""Every verb of the schema, and inputs for it made by chance: a new verb is taken part in by being declared.

What an id leads to, and which values a member likes best, is said here where its name does not say it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)

from models.base import now
from models.permissions import Permission
from resolvers.reading.sources import NODES, Needs
from resolvers.viewer import Viewer
from tests.planning import CATALOG
from tests.reference import PLAIN_SCHEMA

Ids = Mapping[str, Sequence[str]]
"""Global ids by their prefix."""


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

LEADS_TO: dict[str, str] = {}
"""The prefix of what an id member leads to, where the member is not called like a type: `standIn` is an account."""

LIKES: dict[str, Sequence[Any]] = {}
"""Values that make a verb succeed more often, by `Input.member`, or by `member` wherever it stands."""


def prefix_of(member: str) -> str:
    """The prefix of the ids that a member of an input takes."""
    if member in LEADS_TO:
        return LEADS_TO[member]
    singular = member.removesuffix("s") if member not in NODES else member
    name = singular[0].upper() + singular[1:]
    if name not in NODES:
        raise LookupError(f"Say in tests/verbs.py, LEADS_TO, what the ids of `{member}` lead to.")
    return NODES[name].prefix


@dataclass
class Inputs:
    """Makes inputs by chance. `text` writes a text for a member, knowing which ids the input names."""

    random: Random
    ids: Ids
    text: Callable[[str, list[str]], str]
    share: int = 60
    """How many in a hundred of the members that may be left out are there."""

    def of(self, verb: Verb) -> dict[str, Any]:
        """An input for a verb."""
        named: list[str] = []
        given = self._object(verb.given, named)
        return self._with_texts(verb.given, given, named)

    def _object(self, of: GraphQLInputObjectType, named: list[str]) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for name, declared in of.fields.items():
            if name in ("idempotencyKey", "expectedVersion", "dryRun"):
                continue
            if not is_non_null_type(declared.type) and self.random.randrange(100) >= self.share:
                continue
            given[name] = self._value(of.name, name, declared.type, named)
        return given

    def _value(self, owner: str, name: str, of: GraphQLInputType, named: list[str]) -> Any:
        inner = get_nullable_type(of)
        for liked in (f"{owner}.{name}", name):
            if liked in LIKES:
                return self.random.choice(LIKES[liked])
        if is_list_type(inner):
            return [self._value(owner, name, inner.of_type, named) for _ in range(self.random.choice([1, 1, 2]))]
        if isinstance(inner, GraphQLInputObjectType):
            return self._object(inner, named)
        if isinstance(inner, GraphQLEnumType):
            return self.random.choice(list(inner.values))
        match get_named_type(inner).name:
            case "ID":
                known = self.ids.get(prefix_of(name)) or ["nothing"]
                named.append(self.random.choice(known))
                return named[-1]
            case "String":
                return Unwritten(name)
            case "Int":
                return self.random.choice([1, 1, 2, 5, 30])
            case "Boolean":
                return self.random.choice([True, False])
            case "DateTime":
                return (now() + timedelta(hours=self.random.choice([-1, 1, 24, 100]))).isoformat()
            case "Date":
                return (now() + timedelta(days=self.random.choice([-1, 1, 30]))).date().isoformat()
            case "Decimal":
                return self.random.choice(["1.00", "20.00", "12.5"])
            case "CurrencyCode":
                return self.random.choice(["EUR", "USD"])
            case other:
                raise LookupError(f"Say in tests/verbs.py how a {other} is made for {owner}.{name}.")

    def _with_texts(self, of: GraphQLInputObjectType, given: Any, named: list[str]) -> Any:
        if isinstance(given, Unwritten):
            return self.text(given.member, named)
        if isinstance(given, dict):
            return {name: self._with_texts(of, value, named) for name, value in given.items()}
        return [self._with_texts(of, value, named) for value in given] if isinstance(given, list) else given


@dataclass(frozen=True)
class Unwritten:
    """A text that is written once all ids of its input are known."""

    member: str


async def all_ids() -> dict[str, list[str]]:
    """Every global id in the open database, by prefix."""
    return {
        info.prefix: [info.global_id(row["id"]) for row in await info.model.all().values("id")]
        for info in NODES.values()
        if info.prefix
    }
