"""The planner's small house with two people of equal rights in it, and what each has to do."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson
from tortoise.connection import get_connection

from models.back_office.handoffs import Handoff, HandoffStatus
from models.both_offices.accounts import Account
from models.both_offices.notifications import Notification, NotificationKind
from models.front_office.customers import Channel, Customer
from models.front_office.service.complaints import Category, Complaint, ComplaintStatus
from models.kit.database import Database
from models.kit.severity import Severity
from models.permissions import Department, Role
from resolvers.kit.commands import Viewer
from schema.transport.engine import OperationRequest
from schema.transport.execution import Engine
from tests.reading.planner_house import build_house, make_tables

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
_built = cache(build_house)


@dataclass
class House:
    """The small schema on a database, and two people of equal rights."""

    database: Database
    engine: Engine
    ada: Viewer
    bob: Viewer

    async def ask(self, viewer: Viewer | None, document: str, variables: dict[str, Any] | None = None) -> Any:
        """The whole answer."""
        return orjson.loads((await self.engine.execute(OperationRequest(document, None, variables), viewer, "")).body)

    async def data(self, viewer: Viewer | None, document: str, variables: dict[str, Any] | None = None) -> Any:
        """The data of an answer without errors, which took one statement."""
        before = self.database.statements_read
        answer = await self.ask(viewer, document, variables)
        assert "errors" not in answer, answer["errors"]
        assert self.database.statements_read - before <= 1
        return answer["data"]

    async def code(self, viewer: Viewer | None, document: str) -> str:
        """The code of the only error."""
        [error] = (await self.ask(viewer, document))["errors"]
        return error["extensions"]["code"]


async def _hired(name: str) -> Viewer:
    account = await Account.create(
        email=f"{name}@example.com", name=name, roles=["LOGISTICS_CLERK"], departments=["LOGISTICS"], created_at=NOON
    )
    roles, departments = frozenset({Role.LOGISTICS_CLERK}), frozenset({Department.LOGISTICS})
    return Viewer(account.id, name, roles, departments, None, datetime.now(UTC) + HOUR)


async def _complained(number: int, agent: Viewer) -> Complaint:
    customer = await Customer.create(number=f"C-{number}", name="Alfreds", country="Germany")
    return await Complaint.create(
        number=f"CMP-{number}",
        customer=customer,
        channel=Channel.PHONE,
        category=Category.DELIVERY,
        severity=Severity.HIGH,
        subject="Late",
        description="It came late.",
        status=ComplaintStatus.RECEIVED,
        received_at=NOON,
        received_by_id=agent.account,
    )


async def _given(number: int, complaint: Complaint, claimant: Viewer | None, department: Department) -> Handoff:
    return await Handoff.create(
        number=f"HND-{number}",
        complaint=complaint,
        department=department,
        status=HandoffStatus.CLAIMED if claimant else HandoffStatus.QUEUED,
        brief=f'Say "{number}".',
        handed_off_at=NOON,
        due_at=NOON + number * HOUR,
        claimed_by_id=claimant.account if claimant else None,
        claimed_at=NOON if claimant else None,
    )


async def _told(viewer: Viewer, handoff: Handoff, hours: int, *, read: bool = False) -> None:
    await Notification.create(
        account_id=viewer.account,
        kind=NotificationKind.MENTIONED,
        at=NOON + hours * HOUR,
        handoff=handoff,
        read_at=NOON if read else None,
    )


async def inhabited(database: Database) -> House:
    """Ada wrote two complaints down, Bob one; four handoffs, the last of another department."""
    await make_tables()
    ada, bob = await _hired("ada"), await _hired("bob")
    first, second, bobs = await _complained(1, ada), await _complained(2, ada), await _complained(3, bob)
    logistics = Department.LOGISTICS
    one = await _given(1, first, ada, logistics)
    two = await _given(2, first, None, logistics)
    three = await _given(3, bobs, bob, logistics)
    four = await _given(4, second, None, Department.IT)
    for viewer, handoff, hours, read in ((ada, one, 1, False), (ada, two, 2, True), (ada, four, 3, False)):
        await _told(viewer, handoff, hours, read=read)
    await _told(bob, one, 4)
    for near, far, why in ((first, two, "same"), (first, one, "same"), (first, four, "same"), (first, three, "other")):
        await get_connection("default").execute_query(
            f"INSERT INTO test_links (near, far, why) VALUES ('{near.id}', '{far.id}', '{why}')"
        )
    return House(database, Engine(_built()[1], database, None), ada, bob)
