"""What tests of customer service begin with."""

import pytest

from models.back_office.handoffs import Handoff
from models.front_office.service.complaints import Complaint
from resolvers.kit.commands import Viewer
from tests.front_office.service.complaining import an_agent
from tests.office import Office, colleague_at, handed_off, received

boss = colleague_at("back.manager")


@pytest.fixture
async def other(office: Office) -> Viewer:
    """Another agent."""
    return await an_agent("Olga Other")


@pytest.fixture
async def complaint(agent: Viewer) -> Complaint:
    """One that the agent received."""
    return await received(agent)


@pytest.fixture
async def handoff(agent: Viewer) -> Handoff:
    """One that waits at logistics, of a complaint of its own."""
    return await handed_off(agent)
