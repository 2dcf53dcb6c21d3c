"""GraphiQL's page is served to browsers, with its files from a folder or a CDN, and with nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import OperationDefinitionNode

from models.permissions import Role
from schema import build
from schema.transport.engine import OperationRequest
from schema.transport.graphiql import ASSETS_PATH, LIBRARIES, OWN, GraphiQLPage
from schema.transport.graphiql.tabs import TABS, documents
from schema.transport.limits import prepare_document
from tests.conftest import Databases, only_tables
from tests.reading.planning import engine_on, opened, viewer_in
from tests.transport.small_house import SmallHouse

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def page_of(house: SmallHouse) -> httpx.Response:
    async with house.client() as client:
        response = await client.get("/graphql", headers=BROWSER)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response


def given_by(page: httpx.Response) -> dict[str, Any]:
    [given] = re.findall(r'id="given">(.*?)</script>', page.text, re.DOTALL)
    return json.loads(given)


async def test_a_browser_gets_graphiql_and_a_program_does_not(house: SmallHouse, client: httpx.AsyncClient) -> None:
    assert "GraphiQL" in (await page_of(house)).text
    for accept in ("*/*", "application/json"):
        assert (await client.get("/graphql", headers={"accept": accept})).status_code == 400
    asked = await client.get("/graphql", params={"query": "{ address }"}, headers=BROWSER)
    assert asked.json() == {"data": {"address": "192.0.2.9"}}


async def test_the_page_loads_nothing_but_its_own_files_and_pinned_ones_with_digests(
    house: SmallHouse, client: httpx.AsyncClient
) -> None:
    response = await page_of(house)
    libraries = given_by(response)["libraries"]
    assert [one["source"] for one in libraries] == [library.source for library in LIBRARIES]
    assert all(re.fullmatch(r"sha384-[\w+/]{64}", one["integrity"]) for one in libraries)
    own = re.findall(r'(?:src|href)="([^"]*)"', response.text)
    assert own == ["data:,", f"{ASSETS_PATH}/page.css", f"{ASSETS_PATH}/page.js"]
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert re.search(r"script-src[^;]*unsafe", policy) is None
    assert all(one["source"] in policy for one in libraries)
    assert "<script>" not in response.text
    for name in OWN:
        assert (await client.get(f"{ASSETS_PATH}/{name}")).status_code == 200
    for path in ("..%2fpage.html", "../page.html", "%2e%2e/tabs.py", "page.html", "graphiql.min.js", ""):
        assert (await client.get(f"{ASSETS_PATH}/{path}")).status_code == 404


def test_every_role_has_tabs_that_fit_the_schema_and_every_tab_a_role() -> None:
    made, _ = build()
    assert TABS.keys() == {None, *Role}
    named = {name for names in TABS.values() for name in names}
    assert named == documents().keys()
    for name in named:
        document, variables = documents()[name]["query"], json.loads(documents()[name]["variables"])
        operations = [
            node
            for node in prepare_document(made._schema, document).definitions
            if isinstance(node, OperationDefinitionNode)
        ]
        assert all(operation.name for operation in operations)
        declared = {one.variable.name.value for operation in operations for one in operation.variable_definitions or ()}
        assert declared == set(variables)
        # What fits beside its answer in a window of 1,400 pixels.
        assert max(map(len, document.splitlines())) <= 60


def test_what_a_tab_wants_to_know_another_tab_of_the_role_finds() -> None:
    for role, names in TABS.items():
        tabs = [documents()[name] for name in names]
        wanted = {one for tab in tabs for one in re.findall(r'"<(\w+)>"', tab["variables"])}
        found = {one for tab in tabs if tab["finds"] for one in re.findall(r"\b(\w+): id\b", tab["query"])}
        assert wanted <= found, role


async def test_every_tab_is_permitted_to_its_role(databases: Databases) -> None:
    async with opened(await databases.copy_of("sqlite", "tables", only_tables)) as database:
        graphql = engine_on(database)
        for role, names in TABS.items():
            viewer = viewer_in(role) if role else None
            for name in names:
                document, variables = documents()[name]["query"], json.loads(documents()[name]["variables"])
                for kind, operation in re.findall(r"^(query|mutation|subscription) (\w+)", document, re.MULTILINE):
                    request = OperationRequest(document, operation, variables)
                    if kind == "subscription":
                        assert viewer
                        graphql.subscribe(request, viewer)
                    else:
                        answer = await graphql.execute(request, viewer, "192.0.2.9", allow_mutations=True)
                        assert answer.codes == (), (role, name, answer)


@pytest.mark.parametrize("spoilt", [None, *LIBRARIES])
def test_a_folder_with_a_file_that_is_missing_or_another_is_passed_over(tmp_path: Path, spoilt: Any) -> None:
    for library in LIBRARIES:
        if library is not spoilt:
            (tmp_path / library.served_as).write_text("alert('not what it should be')")
    page = GraphiQLPage(tmp_path)
    assert all(library.source.encode() in page._page.body for library in LIBRARIES)
    assert not LIBRARIES[0].is_genuine(b"")
