"""Inputs made by chance, as their types are declared."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_required_input_field,
)

from models.kit.base import now
from models.permissions import Permission
from tests.properties.verbs import chain, complaints
from tests.properties.verbs.choosing import Ids, Pick, Rows, Unwritten
from tests.properties.verbs.declared import Verb, prefix_of
from tests.reading.planning import CATALOG

LIKES = complaints.LIKES | chain.LIKES
PICKS: dict[str, Pick] = complaints.PICKS | chain.PICKS


@dataclass
class Inputs:
    """Makes inputs by chance. `text` writes a text for a member, knowing which ids the input names.

    Members that need a permission of their own are left out without it.
    """

    random: Random
    permissions: frozenset[Permission]
    ids: Ids
    text: Callable[[str, list[str]], str]
    rows: Rows = field(default_factory=dict[str, Any])
    share: int = 60
    """How many in a hundred of the members that may be left out are there."""
    picky: int = 85
    """How many in a hundred inputs are picked so that they make sense."""

    def of(self, verb: Verb) -> dict[str, Any]:
        """An input for a verb."""
        given = self._object(verb.given)
        if verb.name in PICKS and self.random.randrange(100) < self.picky:
            given |= PICKS[verb.name](self)
        return self._with_texts(given, list(self._named_in(given)))

    def _object(self, of: GraphQLInputObjectType) -> dict[str, Any]:
        given: dict[str, Any] = {}
        fields = dict(of.fields)
        if of.is_one_of:
            chosen = self.random.choice(list(fields))
            return {chosen: self._value(of.name, chosen, fields[chosen].type)}
        for name, declared in fields.items():
            needs = CATALOG.input_fields.get((of.name, name))
            if name in ("idempotencyKey", "expectedVersion", "dryRun"):
                continue
            if isinstance(needs, Permission) and needs not in self.permissions:
                continue
            if not is_required_input_field(declared) and self.random.randrange(100) >= self.share:
                continue
            given[name] = self._value(of.name, name, declared.type)
        return given

    def _value(self, owner: str, name: str, of: GraphQLInputType) -> Any:
        inner = get_nullable_type(of)
        for liked in (f"{owner}.{name}", name):
            if liked in LIKES:
                return self.random.choice(LIKES[liked])
        if is_list_type(inner):
            return [self._value(owner, name, inner.of_type) for _ in range(self.random.choice([1, 1, 2]))]
        if isinstance(inner, GraphQLInputObjectType):
            return self._object(inner)
        if isinstance(inner, GraphQLEnumType):
            return self.random.choice(list(inner.values))
        match get_named_type(inner).name:
            case "ID":
                known = self.ids.get(prefix_of(owner, name) or "") or ["nothing"]
                return self.random.choice(known)
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
                raise LookupError(f"Say in tests/properties/verbs how a {other} is made for {owner}.{name}.")

    def _with_texts(self, given: Any, named: list[str]) -> Any:
        if isinstance(given, Unwritten):
            return self.text(given.member, named)
        if isinstance(given, dict):
            return {name: self._with_texts(value, named) for name, value in given.items()}
        return [self._with_texts(value, named) for value in given] if isinstance(given, list) else given

    def _named_in(self, given: Any) -> Iterator[str]:
        if isinstance(given, str) and given in self.rows:
            yield given
        elif isinstance(given, dict | list):
            for value in given.values() if isinstance(given, dict) else given:
                yield from self._named_in(value)
