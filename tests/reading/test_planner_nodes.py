"""`node` and `nodes`: the ids say which tables are asked, so a statement is no longer for more types than it is asked for."""

import re

from models.permissions import Role
from resolvers.reading.plans import Plan
from schema.transport.execution import Engine as GraphQLEngine
from tests.properties.adversarial.company import company
from tests.reading.planning import CATALOG, EVERYTHING, ask, data, viewer_in

UNKNOWN = ("xyz_00000000-0000-7000-8000-000000000001", "cmp_1", "", "cmp", "CMP_00000000-0000-7000-8000-000000000001")
NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


def ids(name: str, count: int = 2) -> list[str]:
    """The ids of some rows of a type."""
    info = CATALOG.nodes[name]
    return [info.global_id(row["id"]) for row in company()[info.model][:count]]


def statements(graphql: GraphQLEngine, document: str) -> list[str]:
    """The statements that were made for a document."""
    plans = graphql.prepare(document, None).plans.values()
    return [plan.statement.sql for plan in plans if isinstance(plan, Plan) and plan.statement]


async def test_the_statement_for_a_node_names_the_table_of_its_type_only(graphql: GraphQLEngine) -> None:
    for name in ("Product", "Customer", "Product"):
        [own, *_] = ids(name)
        assert await data(graphql, EVERYTHING, NODE, {"id": own}) == {"node": {"__typename": name, "id": own}}
    tables = [re.findall(r'FROM "(\w+)"', sql) for sql in statements(graphql, NODE)]
    assert tables == [[CATALOG.nodes["Product"].table], [CATALOG.nodes["Customer"].table]]
    assert max(map(len, statements(graphql, NODE))) < 500


async def test_ids_that_lead_nowhere_answer_null_and_share_a_plan(graphql: GraphQLEngine) -> None:
    for unknown in UNKNOWN:
        assert await data(graphql, EVERYTHING, NODE, {"id": unknown}) == {"node": None}
        assert await data(graphql, EVERYTHING, NODES, {"ids": [unknown]}) == {"nodes": [None]}
    assert await data(graphql, EVERYTHING, NODES, {"ids": []}) == {"nodes": []}
    assert len(graphql.prepare(NODE, None).plans) == len(graphql.prepare(NODES, None).plans) == 1


async def test_nodes_of_several_types_come_in_the_order_of_their_ids_by_one_statement(graphql: GraphQLEngine) -> None:
    products, orders = ids("Product"), ids("Order")
    asked = [orders[1], UNKNOWN[0], products[0], orders[1], UNKNOWN[1], products[1], orders[0]]
    before = graphql._database.statements_read
    answer = (await data(graphql, EVERYTHING, NODES, {"ids": asked}))["nodes"]
    assert graphql._database.statements_read - before == 1
    assert [found and found["id"] for found in answer] == [None if one in UNKNOWN else one for one in asked]
    [sql] = statements(graphql, NODES)
    assert set(re.findall(r'FROM "(\w+)"', sql)) == {CATALOG.nodes[name].table for name in ("Product", "Order")}


async def test_each_node_of_a_document_has_the_type_of_its_own_id(graphql: GraphQLEngine) -> None:
    [product, *_], [order, *_] = ids("Product"), ids("Order")
    document = """query($a: ID!, $b: ID!) {
      a: node(id: $a) { ...on Order { id } ...on Product { id } } list: nodes(ids: [$b, $a]) { id } }"""
    for a, b in ((product, order), (order, product), (order, order), (UNKNOWN[0], order)):
        answer = await data(graphql, EVERYTHING, document, {"a": a, "b": b})
        there = None if a in UNKNOWN else {"id": a}
        assert answer == {"a": there, "list": [{"id": b}, there]}


async def test_an_id_written_into_the_document_is_answered_too(graphql: GraphQLEngine) -> None:
    [own, *_] = ids("Product")
    document = f'{{ node(id: "{own}") {{ id }} nodes(ids: "{own}") {{ id }} none: node(id: 7) {{ id }} }}'
    assert await data(graphql, EVERYTHING, document) == {"node": {"id": own}, "nodes": [{"id": own}], "none": None}


async def test_a_type_that_the_viewer_may_not_read_is_not_there(graphql: GraphQLEngine) -> None:
    clerk = viewer_in(Role.LOGISTICS_CLERK)
    hidden = next(name for name in ("Customer", "Correspondence") if CATALOG.nodes[name].needs not in clerk.permissions)
    [own, *_] = ids(hidden)
    assert await data(graphql, clerk, NODE, {"id": own}) == {"node": None}
    assert await data(graphql, clerk, NODES, {"ids": [own]}) == {"nodes": [None]}


async def test_more_than_a_hundred_ids_are_refused(graphql: GraphQLEngine) -> None:
    [error] = (await ask(graphql, EVERYTHING, NODES, {"ids": [UNKNOWN[0]] * 101}))["errors"]
    assert (error["extensions"]["code"], error["extensions"]["argument"]) == ("BAD_REQUEST", "ids")
