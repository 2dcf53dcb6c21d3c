"""Subjects: the services between the offices serve a kind of record that they never heard of, once it is declared."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from tortoise.connection import get_connection

from models.areas import WORK
from models.back_office.purchasing import PurchaseOrder, Supplier
from models.both_offices.subjects import Subjects
from models.both_offices.tasks import Task
from models.both_offices.work import WorkGroup, WorkKind, WorkSource, visible_work, work_view
from models.front_office.service.complaints import Complaint
from models.kit.base import new_id
from models.kit.database import Dialect
from models.permissions import Department, Permission
from models.subjects import SUBJECTS
from resolvers.kit.commands import Viewer
from resolvers.kit.loading import scope_of
from tests.both_offices.third_kind import PURCHASE
from tests.office import Office, handed_off

ROOT = Path(__file__).parents[2]

BUYERS = WorkGroup("BUYERS", frozenset({Permission.WRITE_PURCHASING}))
FOREIGN = WorkSource(
    kind=WorkKind.TASK_TO_DO,
    table="suppliers foreign_one",
    where="foreign_one.country <> 'USA'",
    owner=BUYERS,
    since="'2026-01-01 00:00:00+00:00'",
)
"""Suppliers abroad as something that waits for buyers."""


SERVED = """
import asyncio, sys
from tests.both_offices.third_kind import declare
declare()
from tests.both_offices.third_kind_served import serve
asyncio.run(serve(sys.argv[1]))
"""


async def test_a_record_leads_to_itself_and_to_what_it_is_a_part_of(office: Office) -> None:
    handoff = await handed_off(await office.somebody("service"))
    complaint = await Complaint.get(id=handoff.complaint_id)
    assert SUBJECTS.columns(complaint) == {"complaint_id": complaint.id, "handoff_id": None}
    assert SUBJECTS.columns(handoff) == {"complaint_id": handoff.complaint_id, "handoff_id": handoff.id}
    task = Task(complaint_id=complaint.id, handoff_id=handoff.id)
    assert [await SUBJECTS.led_to(one) for one in (task, Task(complaint_id=complaint.id))] == [handoff, complaint]


def test_another_kind_of_record_is_served_by_its_declaration_alone() -> None:
    subjects = Subjects(*SUBJECTS, PURCHASE)
    order = PurchaseOrder(id=new_id())
    assert subjects.of(order) is PURCHASE
    assert subjects.columns(order) == {"complaint_id": None, "handoff_id": None, "purchase_order_id": order.id}
    assert PURCHASE.department_of(order) is Department.LOGISTICS


def test_a_third_kind_gets_a_clock_an_escalation_a_task_and_a_notification_by_its_declaration(tmp_path: Path) -> None:
    # In a process of its own, because tables are made once.
    command = [sys.executable, "-c", SERVED, f"sqlite:///{tmp_path / 'third.db'}"]
    served = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={"PYTHONPATH": "."}, check=False)
    assert served.returncode == 0, served.stderr


async def test_what_another_area_says_waits_for_whom_stands_in_the_list_of_work(office: Office) -> None:
    sources = (*WORK, FOREIGN)
    connection = get_connection("default")
    dialect: Dialect = "sqlite" if connection.capabilities.dialect == "sqlite" else "postgres"
    for statement in replace(work_view(sources), name="more_work").made(dialect):
        await connection.execute_script(statement)

    async def waits_for(viewer: Viewer) -> set[UUID]:
        scope = scope_of(viewer, visible_work(sources), "seen", dialect)
        rows = await connection.execute_query_dict(f"SELECT id FROM more_work seen WHERE {scope} AND owner = 'BUYERS'")
        return {UUID(str(row["id"])) for row in rows}

    foreign = set(await Supplier.exclude(country="USA").values_list("id", flat=True))
    assert foreign
    assert await waits_for(await office.somebody("logistics")) == foreign
    assert await waits_for(await office.somebody("service")) == set()
