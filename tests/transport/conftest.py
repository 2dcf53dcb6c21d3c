"""What the tests of serving share."""

import logging
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.transport.small_house import SmallHouse


@pytest.fixture
def house() -> Iterator[SmallHouse]:
    """The small application; what else is logged meanwhile lands beside the lines of its requests."""
    made = SmallHouse()
    root = logging.getLogger()
    root.addHandler(made.log)
    yield made
    root.removeHandler(made.log)


@pytest.fixture
async def client(house: SmallHouse) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    async with house.client() as made:
        yield made
