"""Whoever listens in the warehouse."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from resolvers.both_offices.accounts.authority import Authority, SecuritySettings
from resolvers.events import Dispatcher
from resolvers.kit.commands import Viewer
from schema.transport.engine import OperationRequest
from tests.events.listening import Screen
from tests.office import Office

Listen = Callable[..., Awaitable[Screen]]


@pytest.fixture
async def listen(office: Office) -> AsyncIterator[Listen]:
    """Opens somebody's subscription; what comes is on its screen."""
    dispatcher = Dispatcher(office.database, Authority(SecuritySettings(b"a secret for tests, long enough!")))

    async def listen(viewer: Viewer, document: str, **variables: Any) -> Screen:
        screen = Screen()
        await dispatcher.subscribe(office.engine.subscribe(OperationRequest(document, None, variables), viewer), screen)
        return screen

    await dispatcher.start()
    yield listen
    await dispatcher.stop()
