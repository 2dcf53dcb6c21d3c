"""All audits of GraphQL over HTTP's own test suite, which is an npm package, pass."""

import asyncio
import shutil
from pathlib import Path

import orjson
import pytest

from tests.transport.small_house import SmallHouse

AUDITS = 61
PACKAGES = ["graphql-http@1.23.1", "graphql@16"]


async def run(*command: str, folder: Path) -> tuple[int, bytes]:
    """Runs a program to its end."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="The audits are an npm package.")
async def test_all_audits_of_graphql_over_http_pass(house: SmallHouse, tmp_path: Path) -> None:
    status, _ = await run("npm", "install", "--no-audit", "--no-fund", *PACKAGES, folder=tmp_path)
    if status:
        pytest.skip("npm cannot reach its registry.")
    script = tmp_path / "audit.mjs"
    shutil.copyfile(Path(__file__).parent / "audit.mjs", script)
    async with house.served() as url:
        status, output = await run("node", str(script), f"{url}/graphql", folder=tmp_path)
    assert status == 0
    report = orjson.loads(output)
    assert [audit for audit in report if audit["status"] != "ok"] == []
    assert len(report) == AUDITS
