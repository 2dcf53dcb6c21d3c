"""GraphiQL is served to browsers, from its CDN or from a folder, and from nowhere else."""

import json
import re
from base64 import b64encode
from hashlib import sha256, sha384
from pathlib import Path

import httpx
import pytest
from graphql import OperationDefinitionNode

from schema import build
from schema.transport.graphiql import INSTALL, LIBRARIES, AssetsError, GraphiQLPage
from schema.transport.limits import prepare_document
from tests.transport.nodejs import install
from tests.transport.small_house import SmallHouse

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def page_of(house: SmallHouse) -> httpx.Response:
    async with house.client() as client:
        response = await client.get("/graphql", headers=BROWSER)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response


async def test_a_browser_gets_graphiql_and_a_program_does_not(house: SmallHouse, client: httpx.AsyncClient) -> None:
    assert "GraphiQL" in (await page_of(house)).text
    for accept in ("*/*", "application/json"):
        assert (await client.get("/graphql", headers={"accept": accept})).status_code == 400
    asked = await client.get("/graphql", params={"query": "{ address }"}, headers=BROWSER)
    assert asked.json() == {"data": {"address": "192.0.2.9"}}


async def test_the_page_loads_nothing_but_pinned_files_with_digests(house: SmallHouse) -> None:
    response = await page_of(house)
    sources = re.findall(r'(?:src|href)="(https?:[^"]+)" integrity="sha384-[^"]{64}"', response.text)
    assert len(sources) == len(LIBRARIES) == response.text.count("https://")
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert re.search(r"script-src[^;]*unsafe", policy) is None
    for source in sources:
        assert source in policy


async def test_the_page_runs_exactly_the_script_that_its_policy_permits(house: SmallHouse) -> None:
    response = await page_of(house)
    [script] = re.findall(r"<script>(.*?)</script>", response.text, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in response.headers["content-security-policy"]
    assert "{{" not in response.text.replace(script, "")


async def test_the_starting_tabs_fit_the_schema(house: SmallHouse) -> None:
    [tabs] = re.findall(r'id="starting-tabs">(.*?)</script>', (await page_of(house)).text, re.DOTALL)
    made, _ = build()
    names: list[str] = []
    for tab in json.loads(tabs):
        document = prepare_document(made._schema, tab["query"])
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        names += [node.name.value for node in operations if node.name]
        assert max(map(len, tab["query"].splitlines())) <= 70
    assert names == ["SignIn", "HandoffQueue", "HandoffsLive", "Received", "HandOff"]


def made_up_modules(folder: Path) -> Path:
    for library in LIBRARIES:
        path = folder / library.package / library.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("alert('not what it should be')")
    return folder


def test_a_folder_without_the_files_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AssetsError, match=INSTALL):
        GraphiQLPage(tmp_path)


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssetsError, match="is not the one of"):
        GraphiQLPage(made_up_modules(tmp_path))


@pytest.mark.slow
async def test_with_a_folder_the_page_needs_no_other_server(tmp_path: Path) -> None:
    await install(tmp_path, *INSTALL.removeprefix("npm install ").split())
    house = SmallHouse(tmp_path / "node_modules")
    page = await page_of(house)
    assert "https://" not in page.text
    assert "https://" not in page.headers["content-security-policy"]
    async with house.client() as client:
        for library in LIBRARIES:
            [path] = re.findall(rf'"(/graphql/assets/{re.escape(library.served_as)})"', page.text)
            asset = await client.get(path)
            assert asset.status_code == 200
            assert b64encode(sha384(asset.content).digest()).decode() == library.digest
            assert asset.headers["content-type"].startswith(library.media_type)
            assert asset.headers["x-content-type-options"] == "nosniff"
        outside = ("..%2fgraphiql%2fpackage.json", "../page.html", "%2e%2e/start.js")
        for path in (*outside, "package.json", "graphiql.js", ""):
            assert (await client.get(f"/graphql/assets/{path}")).status_code == 404
