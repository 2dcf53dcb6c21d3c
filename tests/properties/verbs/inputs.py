"""Inputs made by chance, as their types are declared; what makes sense together, the aims of the verbs say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
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
from resolvers.kit.commands import Viewer
from tests.properties.verbs import complaints, goods
from tests.properties.verbs.choosing import Aim, Choosing, Row, Rows, Unwritten
from tests.properties.verbs.declared import MOVES, VERBS, Verb, prefix_of
from tests.reading.planning import CATALOG

LIKES = complaints.LIKES | goods.LIKES
OFTEN = complaints.OFTEN + goods.OFTEN
FIRST = (*goods.FIRST, *["receiveComplaint"] * 16)
"""What happens first, in this order."""

SHARE = 60
"""How many in a hundred of the members that may be left out are there."""
PICKY = 85
"""How many in a hundred inputs make sense."""

Text = Callable[[str, list[str]], str]
"""Writes a text for a member, knowing which ids the input names."""


def _aim(verb: str) -> Aim:
    said, move = (complaints.AIMS | goods.AIMS).get(verb, Aim()), MOVES.get(verb)
    return said if said.statuses or not move else replace(said, statuses=move.origins)


AIMS = {verb: _aim(verb) for verb in VERBS}


def because(_member: str, _named: list[str]) -> str:
    """A text that says nothing."""
    return "Because."


class Inputs(Choosing):
    """Makes inputs for one viewer. Members that need a permission of their own are left out without it."""

    def __init__(
        self,
        random: Random,
        viewer: Viewer,
        rows: Rows,
        text: Text = because,
        seen: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(random, rows, seen)
        self.viewer = viewer
        self._text = text

    def fitting(self, verb: Verb) -> list[str]:
        """The records that the verb is meant for."""
        _, prefix = verb.target or ("", "")
        return self.those(prefix, lambda row: AIMS[verb.name].meets(self, row))

    def of(self, verb: Verb, record: str | None = None) -> dict[str, Any]:
        """An input for a verb, about this record or any."""
        given = self._object(verb.given)
        row: Row | None = None
        if verb.target:
            member, _ = verb.target
            given[member] = record or given[member]
            row = self.rows.get(given[member])
        if self.random.randrange(100) < PICKY and (row or not verb.target):
            given |= self._given(verb, row or {})
        return self._with_texts(given, list(self._named_in(given)))

    def _given(self, verb: Verb, row: Row) -> dict[str, Any]:
        """What makes sense for a record; where there is nothing of that kind, chance decides."""
        members, fields = AIMS[verb.name].given(self, row), verb.given.fields
        return {
            name: value
            for name, value in members.items()
            if value is not None or not is_required_input_field(fields[name])
        }

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
            if isinstance(needs, Permission) and not self.viewer.may(needs):
                continue
            if is_required_input_field(declared) or self.random.randrange(100) < SHARE:
                given[name] = self._value(of.name, name, declared.type)
        return given

    def _value(self, owner: str, name: str, of: GraphQLInputType) -> Any:
        inner = get_nullable_type(of)
        if liked := LIKES.get(f"{owner}.{name}"):
            return self.random.choice(liked)
        if is_list_type(inner):
            return [self._value(owner, name, inner.of_type) for _ in range(self.random.choice([1, 1, 2]))]
        if isinstance(inner, GraphQLInputObjectType):
            return self._object(inner)
        if isinstance(inner, GraphQLEnumType):
            return self.random.choice(list(inner.values))
        match get_named_type(inner).name:
            case "ID":
                return self.random.choice(self.ids.get(prefix_of(owner, name) or "") or ["nothing"])
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
            return self._text(given.member, named)
        if isinstance(given, dict):
            return {name: self._with_texts(value, named) for name, value in given.items()}
        return [self._with_texts(value, named) for value in given] if isinstance(given, list) else given

    def _named_in(self, given: Any) -> Iterator[str]:
        if isinstance(given, str) and given in self.rows:
            yield given
        elif isinstance(given, dict | list):
            for value in given.values() if isinstance(given, dict) else given:
                yield from self._named_in(value)
