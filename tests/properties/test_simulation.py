"""Complaints go through random legal lives, worked on by many agents at once; whatever happened, everything is in order."""

import asyncio
import sys
from datetime import UTC, datetime

import pytest

from models.front_office.service.complaints import Complaint
from tests.conftest import Databases, Engine, only_tables
from tests.properties.invariants import check_lives
from tests.properties.simulation import found_company, live
from tests.reading.planning import opened


async def lived(
    databases: Databases, engine: Engine, complaints: int, agents: int, steps: int, seed: int, processes: int = 1
) -> dict[str, int]:
    """How often each verb succeeded, once everything has been looked at."""
    url = await databases.copy_of(engine, "tables", only_tables)
    async with opened(url):
        await found_company(agents)
    origin = datetime.now(UTC)
    figures = (complaints // processes, agents, steps, seed)
    others = [
        await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "tests.properties.simulation",
                url,
                origin.isoformat(),
                *map(str, (*figures[:3], seed + number)),
            ),
            stdout=asyncio.subprocess.PIPE,
        )
        for number in range(1, processes)
    ]
    living = await live(url, origin, *figures)
    said = [(await other.communicate())[0].decode() for other in others]
    hint = f"seed {seed}: {dict(living.done)} {dict(living.refused)}"
    assert not living.faults, f"{living.faults[0]}; {hint}"
    assert not any(other.returncode for other in others), f"{said}; {hint}"
    async with opened(url):
        print(hint)
        await check_lives()
        assert await Complaint.all().count() >= living.done["receiveComplaint"] >= complaints // processes
    await databases.drop(url)
    return living.done


async def test_forty_complaints_live_with_eight_agents(databases: Databases, engine: Engine) -> None:
    done = await lived(databases, engine, complaints=40, agents=8, steps=130, seed=1)
    assert len([name for name, times in done.items() if times]) > 20, done


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_two_hundred_complaints_live_with_twenty_agents(databases: Databases, engine: Engine, seed: int) -> None:
    done = await lived(databases, engine, complaints=200, agents=20, steps=150, seed=seed)
    assert len([name for name, times in done.items() if times]) > 40, done


@pytest.mark.slow
async def test_two_processes_on_one_database_live_together(databases: Databases) -> None:
    await lived(databases, "postgres", complaints=200, agents=20, steps=100, seed=3, processes=2)
