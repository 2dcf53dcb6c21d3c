"""What tests of the planner share: the small company on either engine, and the planner's own house."""

from collections.abc import AsyncIterator

import pytest

from models.kit import base
from models.kit.database import Database
from schema.transport.execution import Engine as GraphQLEngine
from tests.conftest import Databases, Engine, opened
from tests.properties.adversarial.company import found
from tests.reading.planner_people import NOON, House, inhabited
from tests.reading.planning import engine_on


@pytest.fixture
async def nasty(databases: Databases, engine: Engine) -> AsyncIterator[Database]:
    """The small company with nasty data, open."""
    url = await databases.copy_of(engine, "nasty", found)
    async for database in opened(url):
        yield database
    await databases.drop(url)


@pytest.fixture
def graphql(nasty: Database) -> GraphQLEngine:
    """An engine on the small company, with no plans yet."""
    return engine_on(nasty)


@pytest.fixture
async def house(database: Database, monkeypatch: pytest.MonkeyPatch) -> House:
    """The planner's house inhabited, and it is noon."""
    monkeypatch.setattr(base, "now", lambda: NOON)
    return await inhabited(database)
