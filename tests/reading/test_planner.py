"""The planner and the plain reference reading answer alike, whatever is asked, on both engines."""

from typing import Any

import orjson
import pytest
from hypothesis import given

from models.kit.base import as_of
from models.permissions import Role
from resolvers.kit.commands import Viewer
from resolvers.reading import connections
from schema.transport.execution import Engine as GraphQLEngine
from tests.conftest import Engine
from tests.properties.adversarial.company import PRESENT, Company, stored
from tests.reading.documents import documents
from tests.reading.planning import CATALOG, EVERYTHING, body, pools_on, viewer_in
from tests.reading.pools import Document, Pools, many_documents, whole_rows
from tests.reading.reference import Reference, Refusal, differences

# How many documents each viewer asks; who sees everything asks most of what there is to ask.
VIEWERS: dict[Viewer, int] = {
    EVERYTHING: 120,
    viewer_in(Role.SERVICE_AGENT): 25,
    viewer_in(Role.HR_OFFICER): 25,
    viewer_in(Role.LOGISTICS_CLERK): 25,
    viewer_in(Role.BACK_OFFICE_MANAGER): 25,
}


def complaint_about(document: Document, viewer: Viewer, rows: Company, answer: bytes) -> str | None:
    """What is wrong with an answer, or None."""
    planner: dict[str, Any] = orjson.loads(answer)
    reference = Reference(rows, viewer).execute(document.text, document.variables)
    refused: set[str] = set()
    for error in reference.errors or ():
        assert isinstance(error.original_error, Refusal), (error, document)
        refused.add(str((error.original_error.extensions or {})["argument"]))
    errors = planner.get("errors", [])
    if refused:
        codes = {(error["extensions"]["code"], error["extensions"].get("argument") in refused) for error in errors}
        return None if codes == {("BAD_REQUEST", True)} else f"the reference refuses {refused}, the planner: {planner}"
    if errors and document.has_mistake and {error["extensions"]["code"] for error in errors} == {"BAD_REQUEST"}:
        # The reference never came to where the mistake is: no row led there.
        return None
    if errors:
        return f"the planner refuses: {errors}"
    return "\n".join(differences(reference.data, planner["data"])) or None


async def disagreements(graphql: GraphQLEngine, pools: Pools, rows: Company, viewer: Viewer, count: int) -> list[str]:
    """What the two readings disagree about in many documents."""
    asked: list[Document] = []

    @many_documents(count)
    @given(documents(pools, viewer.permissions, wrong=1))
    def make(document: Document) -> None:
        asked.append(document)

    make()
    wrong: list[str] = []
    answered = 0
    with as_of(PRESENT):
        for document in asked:
            answer = await body(graphql, viewer, document)
            answered += b'"errors"' not in answer
            if b'"LIMIT_EXCEEDED"' not in answer and (complaint := complaint_about(document, viewer, rows, answer)):
                wrong.append(
                    f"{viewer.name}: {complaint}\n{document.text}\n{orjson.dumps(document.variables).decode()}"
                )
    assert answered > 0.8 * len(asked), "Nearly all documents should be answered, or the comparison says little."
    return wrong


async def test_the_planner_answers_what_a_plain_reading_answers(graphql: GraphQLEngine) -> None:
    # One engine for all of them: plans of one viewer must not serve another.
    rows = await stored()
    pools = await pools_on(graphql, rows)
    wrong = [
        line for viewer, count in VIEWERS.items() for line in await disagreements(graphql, pools, rows, viewer, count)
    ]
    assert not wrong, f"{len(wrong)} disagreements, the shortest: {min(wrong, key=len)}"


async def whole_disagreements(graphql: GraphQLEngine, viewer: Viewer, *, with_others: bool) -> list[str]:
    """What the two readings disagree about in all that there is to read of all rows."""
    rows = await stored()
    wrong: list[str] = []
    with as_of(PRESENT):
        for document in whole_rows(Pools(rows, CATALOG), viewer.permissions, with_others=with_others):
            answer = await body(graphql, viewer, document)
            if complaint := complaint_about(document, viewer, rows, answer):
                wrong.append(f"{complaint}\n{document.text}")
    return wrong


@pytest.mark.parametrize("viewer", [EVERYTHING, viewer_in(Role.LOGISTICS_CLERK)], ids=lambda viewer: viewer.name)
async def test_every_field_of_every_row_reads_alike(graphql: GraphQLEngine, viewer: Viewer) -> None:
    wrong = await whole_disagreements(graphql, viewer, with_others=False)
    assert not wrong, f"{len(wrong)} disagreements, the shortest: {min(wrong, key=len)[:3000]}"


@pytest.mark.slow
@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda viewer: viewer.name)
async def test_every_relation_of_every_row_reads_alike(graphql: GraphQLEngine, engine: Engine, viewer: Viewer) -> None:
    wrong = await whole_disagreements(graphql, viewer, with_others=True)
    # SQLite before 3.46 cannot parse what is nested deeply, and says so; hardly anything is.
    too_deep = [line for line in wrong if engine == "sqlite" and "'limit': 'relations'" in line]
    assert len(too_deep) < 10
    wrong = [line for line in wrong if line not in too_deep]
    assert not wrong, f"{len(wrong)} disagreements, the shortest: {min(wrong, key=len)[:3000]}"


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_planner_that_reads_filters_wrongly_is_noticed(
    graphql: GraphQLEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for operator in ("gt", "gte", "lt", "contains"):
        monkeypatch.setitem(connections.CONDITIONS, operator, connections.CONDITIONS["eq"])
    rows = await stored()
    assert await disagreements(graphql, await pools_on(graphql, rows), rows, EVERYTHING, 60)


SCREENS = {
    Role.SERVICE_AGENT: (
        "frontOffice { complaints(first: 2) { nodes { nextStatuses answers(first: 2) { nodes { nextStatuses } } } } }",
        "frontOffice { customers(first: 2) { nodes { complaints(first: 2) { nodes { nextStatuses } } } } }",
    ),
    Role.FRONT_OFFICE_MANAGER: (
        "frontOffice { majorCases(first: 2) { nodes { nextStatuses complaints(first: 2) { nodes { nextStatuses } } } } }",
        "frontOffice { answers { nodes { nextStatuses complaint { order { order { complaint { order { order"
        " { nextStatuses } } } } } } } } }",
        "frontOffice { tasks(first: 2) { nodes { complaint { nextStatuses } handoff { nextStatuses } } } }",
        "viewer { notifications(first: 2) { nodes { complaint { nextStatuses } answer { nextStatuses } } } }",
    ),
    Role.BACK_OFFICE_MANAGER: (
        "backOffice { majorCases(first: 2) { nodes { complaints(first: 2) { nodes { nextStatuses } } } } }",
        "viewer { work(first: 2) { nodes { complaint { nextStatuses } handoff { nextStatuses } answer { nextStatuses } } } }",
    ),
}
"""Lists with what may become of the records that hang on them."""


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("role", SCREENS)
async def test_what_may_become_of_records_is_told_where_they_hang_on_others(graphql: GraphQLEngine, role: Role) -> None:
    for screen in SCREENS[role]:
        assert b'"errors"' not in await body(graphql, viewer_in(role), f"{{ {screen} }}"), screen
