"""Cursors of lists hold what their reader reads anyway, or are sealed: in every list, in every order."""

import json
import re
from typing import Any

import pytest

from models.permissions import ROLE_PERMISSIONS, Permission, Role
from resolvers.reading.catalog import FieldFacts
from resolvers.reading.declare import registry
from resolvers.reading.pages import usual_order
from resolvers.reading.sources import Access, EntryRows, Many, Needs, NodeType, Through, camel
from schema.transport.execution import Engine as GraphQLEngine
from tests.properties.adversarial.company import TABLES, company
from tests.reading.planning import CATALOG, EVERYTHING, data, page_of
from tests.reading.pools import Pools

LISTS = {
    facts.coordinate: facts
    for facts in CATALOG.fields.values()
    if facts.connection and facts.reading is not None and isinstance(facts.reading.source, EntryRows | Many | Through)
}

DOORS = {"FrontOffice": Permission.ENTER_FRONT_OFFICE, "BackOffice": Permission.ENTER_BACK_OFFICE}


def field_of(target: NodeType, name: str) -> FieldFacts:
    """The field that shows what a list is sorted by, of the node or of what is embedded in it."""
    within = [facts.type_name for (owner, _), facts in CATALOG.fields.items() if owner == target.name]
    return next(found for owner in (target.name, *within) if (found := CATALOG.fields.get((owner, camel(name)))))


def text(target: NodeType, name: str) -> str:
    """What selects that field."""
    owner, _, field = field_of(target, name).coordinate.partition(".")
    return field if owner == target.name else f"{owner.lower()} {{ {field} }}"


@pytest.mark.parametrize("coordinate", LISTS)
def test_whoever_reads_a_list_may_read_what_it_is_sorted_by(coordinate: str) -> None:
    facts = LISTS[coordinate]
    source, target = facts.reading and facts.reading.source, facts.node
    assert isinstance(source, EntryRows | Many | Through)

    owner = coordinate.partition(".")[0]
    way = {*facts.needs, CATALOG.nodes[owner].needs if owner in CATALOG.nodes else DOORS.get(owner, Access.PUBLIC)}

    def readers(*more: Needs) -> list[Role]:
        needed = {one for one in (*way, *more) if not isinstance(one, Access)}
        return [role for role in Role if needed <= ROLE_PERMISSIONS[role]]

    for name, _ in usual_order(target, source.sort):
        assert readers() == readers(*field_of(target, name).needs)
    for name in target.sorts:
        asked = CATALOG.enum_values[f"{target.name}SortField", name.upper()]
        assert readers(asked) == readers(asked, *field_of(target, name).needs)


async def edges(graphql: GraphQLEngine, facts: FieldFacts, name: str | None) -> list[dict[str, Any]]:
    """The edges of a list wherever there is one, in its usual order or by a field, with what it is then sorted by."""
    owner, field = facts.coordinate.split(".")
    source, target = facts.reading and facts.reading.source, facts.node
    assert isinstance(source, EntryRows | Many | Through)
    order = [name] if name else [one for one, _ in usual_order(target, source.sort)]
    shown = " ".join([*(text(target, one) for one in order), *(["id"] if target.prefix else []), "__typename"])
    page = page_of([{"field": name.upper(), "direction": "ASC"}] if name else [])
    inner = f"{field}{page} {{ edges {{ cursor node {{ {shown} }} }} }}"
    if isinstance(source, EntryRows):
        door = owner[0].lower() + owner[1:]
        return (await data(graphql, EVERYTHING, f"{{ {door} {{ {inner} }} }}"))[door][field]["edges"]
    query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {owner} {{ {inner} }} }} }}"
    ids = Pools(company(), CATALOG).ids(registry.nodes[owner])[:4]
    return [
        edge for one in (await data(graphql, EVERYTHING, query, {"ids": ids}))["nodes"] for edge in one[field]["edges"]
    ]


async def test_a_cursor_holds_what_its_row_shows_or_tells_nothing(graphql: GraphQLEngine) -> None:
    sealed: dict[str, set[int]] = {}
    looked_at = 0
    for coordinate, facts in LISTS.items():
        owner = coordinate.partition(".")[0]
        if owner in registry.nodes and registry.nodes[owner].model not in TABLES:
            continue
        for name in (None, *facts.node.sorts):
            for edge in await edges(graphql, facts, name):
                looked_at += 1
                if not facts.node.prefix:
                    assert re.fullmatch(r"[\w-]{107}", edge["cursor"]) and not re.fullmatch("[0-9a-f]+", edge["cursor"])
                    sealed.setdefault(coordinate, set()).add(len(edge["cursor"]))
                    continue
                _, *values, key = json.loads(bytes.fromhex(edge["cursor"]))
                *shown, own, _ = (next(iter(v.values())) if isinstance(v, dict) else v for v in edge["node"].values())
                assert (values, key) == (shown, own.partition("_")[2]), coordinate
    assert looked_at > 1000
    assert {"Complaint.history", "Order.history"} <= sealed.keys()
