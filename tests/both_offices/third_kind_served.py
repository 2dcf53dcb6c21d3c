"""What the services do for a purchase order once it has been declared as a subject (tests.both_offices.third_kind)."""

from datetime import timedelta

from tortoise.connection import get_connection

from models.areas import VIEWS
from models.back_office.purchasing import PurchaseOrder
from models.both_offices.clocks.running import Clock, visible_clocks
from models.both_offices.escalations import Escalation, visible_escalations
from models.both_offices.notifications import Notification, NotificationKind
from models.both_offices.tasks import Task
from models.declared import declared_tables
from models.kit.base import ReadScope, now
from models.kit.database import Database
from models.kit.tables import everything
from models.permissions import Department, Permission
from resolvers.both_offices import clocks
from resolvers.both_offices.clocks.watching import ClockJob
from resolvers.both_offices.escalations import follow_clock
from resolvers.both_offices.notifications import notify
from resolvers.both_offices.tasks import open_task
from resolvers.kit.transaction import finish_running, transact
from tests.storage.valid_rows import ROWS, insert


async def serve(url: str) -> None:
    """In an empty database."""
    database = Database(url)
    await database.open()
    try:
        await _serve(database)
        await finish_running()
    finally:
        await database.close()


async def _serve(database: Database) -> None:
    """Gives a purchase order a clock, which escalates it, a task and a notification."""
    connection = get_connection("default")
    for statement in everything(declared_tables(), VIEWS, database.dialect):
        await connection.execute_script(statement)
    for table in ("accounts", "suppliers", "warehouses", "purchase_orders"):
        await insert(table, ROWS[table])
    order, account = await PurchaseOrder.get(), ROWS["accounts"]["id"]
    clocks.on_moment(follow_clock)
    await transact(lambda: clocks.start(order, now()))
    clock = await Clock.get()
    assert clock.due_at is not None and clock.department == Department.LOGISTICS
    await ClockJob(database)(clock.due_at + timedelta(seconds=1))
    await transact(lambda: open_task("Ask.", order, department=Department.LOGISTICS, at=now()))
    await transact(lambda: notify(NotificationKind.RULE, [account], order, at=now()))
    for table, rows in ((Clock, 1), (Escalation, 2), (Task, 1), (Notification, 1)):
        assert await table.filter(purchase_order_id=order.id).count() == rows, table
    buyer = ReadScope(frozenset({Permission.READ_PURCHASING}), frozenset())
    colleague, stranger = (ReadScope(frozenset(), frozenset({one})) for one in (Department.LOGISTICS, Department.IT))
    for table, scope in (("clocks", visible_clocks), ("escalations", visible_escalations)):
        rows = [
            await database.fetch(f"SELECT 1 FROM {table} WHERE {scope(one, table)}", []) for one in (buyer, stranger)
        ]
        assert [bool(found) for found in rows] == [True, False], table
    assert await database.fetch(f"SELECT 1 FROM clocks WHERE {visible_clocks(colleague, 'clocks')}", [])
