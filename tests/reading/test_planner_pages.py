"""Pages and plans: every row exactly once, cursors only where they belong, and plans that serve other values and viewers."""

from typing import Any

import pytest

from models.back_office.products.catalogue import Product
from models.kit.database import Database
from models.permissions import Department, Role
from resolvers.kit.commands import Viewer
from resolvers.reading.declare import registry
from resolvers.reading.pages import MAX_PAGE
from resolvers.reading.plans import Plan
from schema.transport.execution import Engine as GraphQLEngine
from tests.properties.adversarial.company import company
from tests.properties.adversarial.making import key
from tests.reading.planning import EVERYTHING, ask, data, engine_on, orders_of, sort_literal, viewer_in


async def refused(graphql: GraphQLEngine, document: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """The extensions of the one error of a refused document."""
    [error] = (await ask(graphql, EVERYTHING, document, variables))["errors"]
    return error["extensions"]


async def read(graphql: GraphQLEngine, document: str, variables: dict[str, Any] | None = None) -> Any:
    """What somebody with every role reads."""
    return await data(graphql, EVERYTHING, document, variables)


PAGE = """query($first: Int, $after: String, $last: Int, $before: String) { backOffice {
  handoffs(first: $first, after: $after, last: $last, before: $before, sort: %s) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { id } } } }"""


async def walked(graphql: GraphQLEngine, document: str, size: int, *, backward: bool) -> list[str]:
    """The ids of a whole list, page by page."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        arguments = {"last": size, "before": cursor} if backward else {"first": size, "after": cursor}
        page = (await read(graphql, document, arguments))["backOffice"]["handoffs"]
        info, own = page["pageInfo"], [node["id"] for node in page["nodes"]]
        assert info["hasNextPage" if backward else "hasPreviousPage"] == (cursor is not None)
        ids = own + ids if backward else ids + own
        cursor = info["startCursor" if backward else "endCursor"]
        if not info["hasPreviousPage" if backward else "hasNextPage"]:
            return ids


@pytest.mark.parametrize("backward", [False, True])
async def test_pages_visit_every_row_exactly_once_in_any_order(graphql: GraphQLEngine, backward: bool) -> None:
    everything = {f"hnd_{row['id']}" for row in company()[registry.nodes["Handoff"].model]}
    for steps in orders_of(registry.nodes["Handoff"])[1:]:
        document = PAGE % sort_literal(steps)
        whole = await read(graphql, document, {"first": 100})
        ids = await walked(graphql, document, 5, backward=backward)
        assert ids == [node["id"] for node in whole["backOffice"]["handoffs"]["nodes"]], steps
        assert set(ids) == everything, steps
        assert len(ids) == len(everything), steps


async def test_rows_inserted_while_paging_neither_repeat_nor_hide_others(graphql: GraphQLEngine) -> None:
    query = """query($after: String) { backOffice { products(first: 3, after: $after) {
      pageInfo { endCursor hasNextPage } nodes { sku } } } }"""
    seen: list[str] = []
    after: str | None = None
    for number in range(20):
        page = (await read(graphql, query, {"after": after}))["backOffice"]["products"]
        seen += [node["sku"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        # One before and one after where the pages stand.
        for name in ("", "\U0010ffff"):
            row: dict[str, Any] = company()[Product][0] | {
                "id": key(3, 100 + number * 2 + len(name)),
                "sku": f"N{number}{len(name)}",
                "units_in_stock": 0,
            }
            if number < 2:
                await Product(**row | {"name": name}).save(force_create=True)
        if not page["pageInfo"]["hasNextPage"]:
            break
    old = [sku for sku in seen if sku.startswith("P-")]
    assert sorted(old) == [f"P-{number}" for number in range(1, 9)]
    assert len(seen) == len(set(seen))


async def test_a_cursor_of_another_order_or_list_is_refused_by_name(graphql: GraphQLEngine) -> None:
    by_due = await read(graphql, PAGE % "[{field: DUE_AT}]", {"first": 1})
    cursor = by_due["backOffice"]["handoffs"]["pageInfo"]["endCursor"]
    for steps in (
        "[{field: DUE_AT, direction: DESC}]",
        "[{field: HANDED_OFF_AT}]",
        "[{field: DUE_AT}, {field: NUMBER}]",
    ):
        for arguments in ({"first": 1, "after": cursor}, {"last": 1, "before": cursor}):
            name = "after" if "after" in arguments else "before"
            refusal = await refused(graphql, PAGE % steps, arguments)
            assert refusal == {"code": "BAD_REQUEST", "argument": name}
    assert (
        await refused(
            graphql,
            "query($c: String) { backOffice { products(after: $c) { totalCount nodes { id } } } }",
            {"c": cursor},
        )
    )["argument"] == "after"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"first": 1, "last": 1}, "last"),
        ({"first": 101}, "first"),
        ({"first": -1}, "first"),
        ({"last": 101}, "last"),
        ({"last": -(2**31)}, "last"),
        ({"first": 2**31 - 1}, "first"),
    ],
)
async def test_impossible_page_sizes_are_refused_by_name(
    graphql: GraphQLEngine, arguments: dict[str, int], named: str
) -> None:
    assert await refused(graphql, PAGE % "[{field: NUMBER}]", arguments) == {"code": "BAD_REQUEST", "argument": named}


async def test_a_whole_request_costs_one_statement(graphql: GraphQLEngine, nasty: Database) -> None:
    query = """query($id: ID!) { a: node(id: $id) { id } frontOffice {
      customers(first: 5) { totalCount nodes { name orders(first: 3) { nodes { lines { product { name } } } } } }
      handoffs(first: 5) { nodes { complaint { customer { name } history(first: 3) { nodes { kind actor { name } } } } } }
    } backOffice { products { totalCount } } }"""
    before = nasty.statements_read
    await read(graphql, query, {"id": f"cus_{key(2, 1)}"})
    assert nasty.statements_read == before + 1


async def test_one_document_serves_other_values(graphql: GraphQLEngine, nasty: Database) -> None:
    query = """query($id: ID!, $filter: OrderFilter, $sort: [OrderSort!], $all: Boolean!) { frontOffice { customer(id: $id) {
      number orders(filter: $filter, sort: $sort) { totalCount nodes { number status @include(if: $all) } } } } }"""
    questions: list[dict[str, Any]] = [
        {"id": f"cus_{key(2, number)}", "filter": given, "sort": sort, "all": everything}
        for number in (2, 3)
        for given in (
            None,
            {"status": {"eq": "SHIPPED"}},
            {"status": {"in": ["PLACED"]}},
            {"shippedAt": {"isNull": True}},
        )
        for sort in (None, [{"field": "NUMBER"}], [{"field": "NUMBER", "direction": "DESC"}])
        for everything in (True, False)
    ]
    for question in [*questions, *questions[::-1]]:
        fresh = engine_on(nasty)
        assert await ask(graphql, EVERYTHING, query, question) == await ask(fresh, EVERYTHING, query, question)


async def test_one_document_serves_each_viewer_only_its_own(graphql: GraphQLEngine) -> None:
    query = "{ backOffice { handoffs(first: 100) { totalCount nodes { department nextStatuses } } } }"
    viewers: list[tuple[Viewer, set[str]]] = [
        (viewer_in(Role.LOGISTICS_CLERK), {"LOGISTICS"}),
        (viewer_in(Role.IT_TECHNICIAN), {"IT"}),
        (viewer_in(Role.IT_TECHNICIAN, frozenset({Department.LEGAL, Department.FINANCE})), {"LEGAL", "FINANCE"}),
        (viewer_in(Role.IT_TECHNICIAN, frozenset()), set()),
    ]
    for viewer, departments in viewers * 2:
        page = (await data(graphql, viewer, query))["backOffice"]["handoffs"]
        assert {node["department"] for node in page["nodes"]} == departments
        assert page["totalCount"] == len(page["nodes"])
    assert "errors" in await ask(graphql, viewer_in(Role.ADMINISTRATOR), query)
    assert (await ask(graphql, None, query))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_who_claimed_a_handoff_sees_steps_that_colleagues_do_not(graphql: GraphQLEngine) -> None:
    query = "{ backOffice { handoffs(first: 100, filter: {status: {eq: CLAIMED}}) { nodes { nextStatuses } } } }"
    department = frozenset({Department.LOGISTICS})
    answers = [
        await data(graphql, viewer_in(role, department), query)
        for role in (Role.LOGISTICS_CLERK, Role.LEGAL_OFFICER, Role.LOGISTICS_CLERK)
    ]
    assert answers[0] == answers[2] != answers[1]
    assert all(node["nextStatuses"] == [] for node in answers[1]["backOffice"]["handoffs"]["nodes"])


async def test_who_asks_is_bound_once_however_often_it_is_asked_for(graphql: GraphQLEngine) -> None:
    document = """{ frontOffice { orders(first: 3) { nodes { nextStatuses } }
      complaints(first: 3) { nodes { nextStatuses answers(first: 3) { nodes { nextStatuses } } } } } }"""
    viewer = viewer_in(Role.FRONT_OFFICE_MANAGER)
    await data(graphql, viewer, document)
    [plan] = graphql.prepare(document, None).plans.values()
    assert isinstance(plan, Plan) and plan.statement is not None
    values = [str(value) for value in plan.statement.values({}, viewer)]
    assert values.count(viewer.listed_roles) == values.count(str(viewer.account)) == 1


async def test_who_may_only_read_a_record_is_offered_no_step(graphql: GraphQLEngine) -> None:
    query = "{ frontOffice { improvements { nodes { nextStatuses } } } }"
    nodes = (await data(graphql, viewer_in(Role.SERVICE_AGENT), query))["frontOffice"]["improvements"]["nodes"]
    assert all(node["nextStatuses"] == [] for node in nodes)


@pytest.mark.parametrize("number", ["2147483648", "-2147483649", "1e3", '"1"'])
async def test_numbers_that_are_no_int_are_refused(graphql: GraphQLEngine, number: str) -> None:
    query = f"{{ backOffice {{ products(filter: {{unitsInStock: {{eq: {number}}}}}) {{ totalCount }} }} }}"
    assert (await refused(graphql, query))["code"] == "BAD_REQUEST"


async def test_the_largest_and_smallest_ints_are_compared(graphql: GraphQLEngine) -> None:
    query = "query($n: Int!) { backOffice { products(filter: {unitsInStock: {lte: $n}}) { totalCount } } }"
    counts = [
        (await read(graphql, query, {"n": n}))["backOffice"]["products"]["totalCount"] for n in (2**31 - 1, -(2**31))
    ]
    assert counts == [8, 0]


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
async def test_texts_that_no_database_holds_are_refused(graphql: GraphQLEngine, text: str) -> None:
    query = "query($t: String!) { frontOffice { customers(search: $t) { totalCount } } }"
    assert (await refused(graphql, query, {"t": text}))["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("literal", ["in: null", "eq: null", "ne: null"])
async def test_a_null_operator_asks_for_nothing(graphql: GraphQLEngine, literal: str) -> None:
    query = (
        f"{{ frontOffice {{ complaints(filter: {{status: {{{literal}}}, or: null, and: null}}) {{ totalCount }} }} }}"
    )
    assert (await read(graphql, query))["frontOffice"]["complaints"]["totalCount"] == 18


async def test_an_id_that_a_variable_takes_away_is_refused_by_name(graphql: GraphQLEngine) -> None:
    query = 'query($id: ID = "x") { node(id: $id) { id } }'
    assert await refused(graphql, query, {"id": None}) == {"code": "BAD_REQUEST", "argument": "id"}


async def test_forty_levels_of_relations_are_refused(graphql: GraphQLEngine) -> None:
    query = "{ frontOffice { order(id: $id) {" + "customer { orders { nodes {" * 13 + "id" + "} } }" * 13 + " } } }"
    assert (await refused(graphql, query))["code"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [({"first": 101}, "first"), ({"last": -1}, "last"), ({"after": "zz"}, "after"), ({"before": "zz"}, "before")],
)
@pytest.mark.parametrize("selection", ["totalCount", "__typename", "pageInfo { hasPreviousPage }"])
async def test_a_wrong_page_is_refused_also_when_no_row_of_it_is_asked_for(
    graphql: GraphQLEngine, selection: str, arguments: dict[str, Any], named: str
) -> None:
    document = f"""query($first: Int, $after: String, $last: Int, $before: String) {{ backOffice {{
      handoffs(first: $first, after: $after, last: $last, before: $before) {{ {selection} }} }} }}"""
    refusal = await refused(graphql, document, arguments)
    assert (refusal["code"], refusal["argument"]) == ("BAD_REQUEST", named)


async def test_relations_nested_too_deeply_for_the_engine_are_a_limit_and_no_incident(graphql: GraphQLEngine) -> None:
    inner = "lines { product { ... on Node { id } } }"
    for _ in range(4):
        inner = f"customer {{ orders(last: 1) {{ pageInfo {{ hasPreviousPage }} nodes {{ {inner} }} }} }}"
    document = '{ node(id: "x") { ... on Order { ' + inner + " } } }"
    answer = await ask(graphql, EVERYTHING, document)
    if "errors" in answer:
        [error] = answer["errors"]
        assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    else:
        assert answer["data"] == {"node": None}


def terms(count: int, levels: int = 1) -> dict[str, Any]:
    """A filter of so many conditions on each of its levels."""
    found: dict[str, Any] = {}
    for level in range(levels):
        found = {"or": [*[{"sku": {"eq": f"none {level} {number}"}} for number in range(count)], found]}
    return found


MOVES = "products(first: 77) { nodes { %s } }"
COUNTED = "batches(first: 1, filter: $filter) { totalCount }"


@pytest.mark.parametrize(
    ("selection", "of", "filtered", "code"),
    [
        ("products(filter: $filter) { totalCount }", "Product", terms(150), None),
        ("products(filter: $filter) { totalCount nodes { sku } }", "Product", terms(90), None),
        (
            "products(first: 100) { totalCount nodes { batches(first: 5) { totalCount nodes { number } } } }",
            None,
            None,
            None,
        ),
        # What thirty totals cost under every product, and what a filter costs that is looked through for each.
        (MOVES % " ".join(f"a{n}: {COUNTED}" for n in range(30)), "Batch", {"number": {"eq": "x"}}, "cost"),
        (MOVES % COUNTED, "Batch", {"or": [{"number": {"eq": "x"}}] * 30}, "cost"),
        (" ".join(f"a{n}: products(filter: $filter) {{ totalCount }}" for n in range(8)), "Product", terms(60), "cost"),
        (" ".join(f'a{n}: customers(search: "a") {{ totalCount }}' for n in range(28)), None, None, None),
        (
            " ".join(f"a{n}: products(filter: $filter) {{ totalCount }}" for n in range(30)),
            "Product",
            terms(18),
            "filterTerms",
        ),
        (
            "products(filter: $filter) { nodes { sku } }",
            "Product",
            {"or": [{}] * 250, "and": [terms(249)] * 2},
            "filterTerms",
        ),
        ("products(filter: $filter) { nodes { sku } }", "Product", terms(240, 3), "filterTerms"),
        ("products(filter: $filter) { nodes { sku } }", "Product", {"or": [terms(80), {}]}, None),
    ],
)
async def test_totals_filters_and_searches_cost_what_they_make_the_database_look_at(
    graphql: GraphQLEngine, selection: str, of: str | None, filtered: Any, code: str | None
) -> None:
    door = "frontOffice" if "customers" in selection else "backOffice"
    asked = f"query($filter: {of}Filter)" if of else ""
    answer = await ask(
        graphql, EVERYTHING, f"{asked} {{ {door} {{ {selection} }} }}", {"filter": filtered} if of else {}
    )
    refusals = [error["extensions"] for error in answer.get("errors", ())]
    assert [(refusal["code"], refusal["limit"]) for refusal in refusals] == ([("LIMIT_EXCEEDED", code)] if code else [])


async def test_a_page_is_bounded_in_its_text_unless_it_is_filtered(graphql: GraphQLEngine) -> None:
    is_bounded: list[bool] = []
    for given in ("first: 3", 'first: 3, filter: {country: {eq: "UK"}}', 'first: 3, search: "x"'):
        document = f"{{ frontOffice {{ customers({given}) {{ nodes {{ number }} }} }} }}"
        await data(graphql, viewer_in(Role.FRONT_OFFICE_MANAGER), document)
        [plan] = graphql.prepare(document, None).plans.values()
        assert isinstance(plan, Plan) and plan.statement is not None
        is_bounded.append(f"LIMIT {MAX_PAGE + 1}" in plan.statement.sql)
    # On PostgreSQL alone, whose kept plan would read a whole table for a rare value.
    assert is_bounded == [graphql._database.dialect == "postgres", False, False]
