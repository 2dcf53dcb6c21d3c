"""Offices for the tests of pushes: a running server each."""

from collections.abc import AsyncIterator

import pytest

from tests.events.screens import Office, office_at


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with office_at(database_url) as office:
        yield office


@pytest.fixture
async def wordy_office(database_url: str) -> AsyncIterator[Office]:
    """An office where every message is long."""
    async with office_at(database_url, brief="x" * 20_000) as office:
        yield office
