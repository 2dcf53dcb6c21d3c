"""Makes documents over the schema with their variables, from Hypothesis's choices: what clients could send, and some would not.

Values come from the company's own rows, so that filters hit and ids exist. Permissions are looked at only as far as a
test wants: with `careless` high, most documents hold something that the viewer may not have.
"""

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)
from hypothesis import strategies as st

from models.permissions import Permission
from tests.reading.chosen_values import Chooser
from tests.reading.pools import Document, Pools, choices
from tests.reading.reference import PLAIN_SCHEMA

DEEPEST = 7
"""How deep selections go. SQLite before 3.46 cannot parse the statements of some deeper ones that the limits permit."""


@dataclass
class Maker(Chooser):
    """Makes one document."""

    fragments: list[str] = field(default_factory=list[str], init=False)
    aliases: int = field(default=0, init=False)
    fields: int = field(default=0, init=False)
    directives: int = field(default=0, init=False)

    # --- The document ---

    def query(self) -> Document:
        """A query."""
        return self.operation("query", self._roots())

    def operation(self, kind: str, selection: str) -> Document:
        """An operation with a selection that was made here."""
        declared = ", ".join(f"${name}: {type_name}" for name, (type_name, _) in self.variables.items())
        head = f"{kind} Q({declared})" if declared else kind
        values = {name: value for name, (_, value) in self.variables.items()}
        return Document("\n".join([f"{head} {{ {selection} }}", *self.fragments]), values, self.has_mistake)

    def _roots(self) -> str:
        parts: list[str] = []
        for _ in range(1 + self.chance(30)):
            doors = [
                name
                for name, needs in (("frontOffice", "ENTER_FRONT_OFFICE"), ("backOffice", "ENTER_BACK_OFFICE"))
                if self.permits(Permission(needs))
            ]
            entrance = self.choose([*doors, *doors, *doors, "node", "nodes", "viewer"])
            if entrance == "viewer":
                viewer = PLAIN_SCHEMA.type_map["Viewer"]
                parts.append(f"{self._alias(True)}viewer {{ {self.selection(viewer, 1)} }}")
            elif entrance in ("node", "nodes"):
                parts.append(self.any_node(entrance))
            else:
                door = PLAIN_SCHEMA.query_type.fields[entrance]
                parts.append(f"{self._alias(True)}{entrance} {{ {self.selection(get_named_type(door.type), 1)} }}")
        return " ".join(parts)

    def _alias(self, wanted: bool) -> str:
        if not wanted:
            return ""
        self.aliases += 1
        return f"a{self.aliases}: "

    def any_node(self, entrance: str) -> str:
        """`node` or `nodes`, with fragments on a type or two."""
        types = self.pools.nodes()
        chosen = [info for info in self.some(types, 2) if self.permits(info.needs)]
        # Types share names of fields that are of different types, so that each fragment's fields get names of their own.
        inside = [
            self._fragment_on(info.name, self.selection(PLAIN_SCHEMA.type_map[info.name], 3, own_names=True))
            for info in chosen
        ]
        expected = PLAIN_SCHEMA.query_type.fields[entrance].args["id" if entrance == "node" else "ids"].type
        if entrance == "node":
            argument = f"id: {self.value(self._id(self.choose(chosen or types)), expected)}"
        else:
            ids = [self._id(self.choose(chosen or types)) for _ in range(self.random.randrange(5))]
            argument = f"ids: {self.value(ids, expected)}"
        return f"{self._alias(True)}{entrance}({argument}) {{ __typename id {' '.join(inside)} }}"

    def selection(self, graphql_type: Any, depth: int, *, own_names: bool = False) -> str:
        """What is asked of a type; never empty."""
        assert isinstance(graphql_type, GraphQLObjectType)
        names = [
            name
            for name in graphql_type.fields
            if self.pools.knows(graphql_type.name, name)
            and self._fits(graphql_type, name, depth)
            and self.permits_field(graphql_type.name, name)
        ]
        chosen = self.some(names, 2 if depth > 5 else 5, 1)
        parts: list[str] = []
        for name in chosen:
            part = self._field(graphql_type, name, depth, own_names)
            if self.chance(12):
                part = self._fragment_on(graphql_type.name, part)
            parts.append(part)
        if self.chance(20) or not parts:
            parts.append(f"{self._alias(own_names)}__typename{self._directive()}")
        if graphql_type.interfaces and not own_names and self.chance(10):
            [interface] = graphql_type.interfaces
            parts.append(f"... on {interface.name} {{ {'id' if interface.name == 'Node' else 'kind'} __typename }}")
        return " ".join(parts)

    def _fits(self, graphql_type: GraphQLObjectType, name: str, depth: int) -> bool:
        is_leaf = not hasattr(get_named_type(graphql_type.fields[name].type), "fields")
        return is_leaf or (depth < DEEPEST and self.fields < 45)

    def _fragment_on(self, type_name: str, selection: str) -> str:
        if len(self.fragments) < 8 and self.chance(40):
            self.fragments.append(f"fragment F{len(self.fragments)} on {type_name} {{ {selection} }}")
            return f"...F{len(self.fragments) - 1}{self._directive()}"
        return f"... on {type_name}{self._directive()} {{ {selection} }}"

    def _directive(self) -> str:
        if self.directives >= 10 or not self.chance(6):
            return ""
        self.directives += 1
        condition = self.value(self.choose([True, False]), GraphQLNonNull(PLAIN_SCHEMA.type_map["Boolean"]))  # type: ignore[arg-type]
        return f" @{self.choose(['include', 'skip'])}(if: {condition})"

    def _field(self, parent: GraphQLObjectType, name: str, depth: int, own_name: bool) -> str:
        self.fields += 1
        graphql_field = parent.fields[name]
        named = get_named_type(graphql_field.type)
        arguments = self._arguments(parent, name, graphql_field, depth)
        wanted = own_name or bool(arguments) or self.chance(8)
        if wanted and self.aliases >= 24:
            return "" if own_name else "__typename"
        text = f"{self._alias(wanted)}{name}{arguments}{self._directive()}"
        if isinstance(named, GraphQLInterfaceType):
            return f"{text} {{ __typename id }}"
        if not isinstance(named, GraphQLObjectType):
            return text
        return f"{text} {{ {self.selection(named, depth + 1)} }}"


def documents(
    pools: Pools, permissions: frozenset[Permission], careless: int = 0, wrong: int = 0
) -> st.SearchStrategy[Document]:
    """Queries of somebody with these permissions."""
    return choices().map(lambda random: Maker(random, pools, permissions, careless, wrong).query())
