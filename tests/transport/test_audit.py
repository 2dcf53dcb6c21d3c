"""All audits of GraphQL over HTTP's own test suite, which is an npm package, pass."""

import shutil
from pathlib import Path

import orjson
import pytest

from tests.transport.nodejs import install, run
from tests.transport.small_house import SmallHouse

AUDITS = 61
PACKAGES = ["graphql-http@1.23.1", "graphql@16.15.0"]


@pytest.mark.slow
async def test_all_audits_of_graphql_over_http_pass(house: SmallHouse, tmp_path: Path) -> None:
    await install(tmp_path, *PACKAGES)
    script = tmp_path / "audit.mjs"
    shutil.copyfile(Path(__file__).parent / "audit.mjs", script)
    async with house.served() as url:
        status, output = await run("node", str(script), f"{url}/graphql", folder=tmp_path)
    assert status == 0
    report = orjson.loads(output)
    assert [audit for audit in report if audit["status"] != "ok"] == []
    assert len(report) == AUDITS
