"""A small schema of the planner's own tests: each source of fields once, on the product's tables, a link table and a view."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

import strawberry
from tortoise import fields
from tortoise.connection import get_connection

from models.back_office.handoffs import Handoff, HandoffStatus, visible_handoffs
from models.both_offices.accounts import Account as AccountRow
from models.both_offices.notifications import Notification, NotificationEvent, visible_notifications
from models.front_office.service.complaints import Complaint
from models.kit.base import NOW, VIEWER, ReadScope, Record, all_rows, is_one_of
from models.kit.events import Event, EventKind
from models.permissions import Department, Permission
from resolvers.kit.commands import Command, Keys, command, member
from resolvers.reading.declare import (
    Registry,
    changed,
    changed_many,
    column,
    computed,
    count,
    door,
    many,
    of_viewer,
    one,
    plain,
    read,
    subject,
    through,
)
from resolvers.reading.kinds import TEXT
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import Access, EntryEvents, EntryNode, EntryRows, SqlContext
from resolvers.reading.values import listed, seconds_between
from schema.kit.errors import ERROR_TYPES, UserError
from schema.kit.mutations import ERRORS, mutation
from schema.kit.scalars import SCALARS

UNREAD: Callable[[str], str] = "{0}.read_at IS NULL".format


class Row(Record):
    """What waits for somebody: a row of a view, for which Tortoise makes no table."""

    number = fields.CharField(max_length=20)
    due_at = fields.DatetimeField()
    department = fields.CharEnumField(Department, max_length=30, null=True)
    complaint_id = fields.UUIDField()

    class Meta:
        table = "test_work"
        abstract = True


async def make_tables() -> None:
    """Makes the view and the table of links."""
    connection = get_connection("default")
    key = "uuid" if connection.capabilities.dialect == "postgres" else "text"
    await connection.execute_query(f"CREATE TABLE test_links (near {key} NOT NULL, far {key} NOT NULL, why text)")
    await connection.execute_query(
        "CREATE VIEW test_work AS SELECT id, number, due_at, department, complaint_id FROM handoffs"
        " UNION ALL SELECT id, number, received_at, NULL, id FROM complaints WHERE status = 'RECEIVED'"
    )


def own_cases(_read_scope: ReadScope, alias: str) -> str:
    """Those that the viewer wrote down."""
    return f"{alias}.received_by_id = {VIEWER}"


def due_work(read_scope: ReadScope, alias: str) -> str:
    """What is due by now, in the viewer's departments."""
    return f"{alias}.due_at <= {NOW} AND {is_one_of(f'{alias}.department', read_scope.departments)}"


def _breached(ctx: SqlContext) -> str:
    return f"{ctx.column('due_at')} < {ctx.now()}"


def _late_by(ctx: SqlContext) -> str:
    late = seconds_between(ctx.column("due_at"), ctx.now(), ctx.dialect)
    return f"CASE WHEN {_breached(ctx)} THEN {late} END"


def _mine_since(ctx: SqlContext) -> str:
    mine = f"{ctx.column('claimed_by_id')} = {ctx.viewer_id()}"
    return f"CASE WHEN {mine} THEN {ctx.column('claimed_at')} END"


def _departments(ctx: SqlContext) -> str:
    rows = f"(SELECT DISTINCT department FROM handoffs WHERE complaint_id = {ctx.column('id')}) found"
    return listed("found.department", rows, ctx.dialect)


def _briefs(ctx: SqlContext) -> str:
    rows = f"handoffs WHERE complaint_id = {ctx.column('id')}"
    return listed("handoffs.brief", rows, ctx.dialect, kind=TEXT, order="handoffs.number")


@command
class Touch(Command):
    """Which."""

    numbers: str = member("Numbers.")


async def touch(viewer: Any, given: Touch) -> Keys:
    """Touches."""
    numbers = [number for number in given.numbers.split(",") if number]
    pieces = {piece.number: piece.id for piece in await Handoff.all()}
    keys = tuple(pieces[number] for number in numbers)
    return {"pieces": keys, "first": keys[0]} if keys else {"pieces": keys}


def build_house() -> tuple[Any, Any]:
    """The schema and its catalog."""
    house = Registry()

    @house.node(AccountRow, prefix="acc", rows=all_rows, needs=Permission.READ_STAFF)
    class Account(Node):  # pyright: ignore[reportUnusedClass]
        """Somebody."""

        name: str = column("Name.")

    @house.node(Complaint, prefix="cmp", rows=own_cases, needs=Permission.READ_COMPLAINTS)
    class Case(Node):  # pyright: ignore[reportUnusedClass]
        """A complaint that the viewer wrote down."""

        number: str = column("Number.", sort=True)
        departments: list[Department] = computed("Whose work it is.", _departments)
        briefs: list[str] = computed("What they were told.", _briefs)
        siblings: "list[Piece]" = many("Pieces of the same.", "complaint_id", "number")
        linked: "Connection[Piece]" = through("Linked.", "test_links", "near", "far", "number")
        twins: "list[Piece]" = through(
            "Linked as the same.", "test_links", "near", "far", "-number", where="link.why = 'same'"
        )

    @house.node(Handoff, prefix="hnd", rows=visible_handoffs, needs=Permission.READ_HANDOFFS)
    class Piece(Node):  # pyright: ignore[reportUnusedClass]
        """A handoff."""

        number: str = column("Number.", filter=True, sort=True)
        case: "Case | None" = one("Of which complaint.", "complaint_id")
        breached: bool = computed("Whether it is late.", _breached, filter=True)
        late_by: int | None = computed("Seconds.", _late_by, filter=True)
        mine_since: datetime | None = computed("Since when it is mine.", _mine_since, filter=True)
        state: HandoffStatus = computed("Status.", lambda ctx: ctx.column("status"), filter=True)
        said: str | None = computed("Answer.", lambda ctx: ctx.column("answer"))
        others: "Connection[Piece]" = many("Of the same complaint.", "complaint_id", "number", key="complaint_id")
        notes: "list[Note]" = many("What I was told about it.", "handoff_id", "-at")

    @house.node(Notification, prefix="ntc", rows=visible_notifications, needs=Access.SIGNED_IN)
    class Note(Node):  # pyright: ignore[reportUnusedClass]
        """A notification of one's own."""

        at: datetime = column("When.", filter=True, sort=True)
        piece: "Piece | None" = one("About what.", "handoff_id")

    @house.node(Row, prefix="wrk", rows=due_work, needs=Permission.READ_HANDOFFS)
    class Work(Node):  # pyright: ignore[reportUnusedClass]
        """What waits."""

        number: str = column("Number.", filter=True)
        due_at: datetime = column("When it is due.", sort=True)
        department: Department | None = column("Whose.", filter=True)
        case: "Case | None" = one("Of which complaint.", "complaint_id")

    @house.node(Event, prefix="", rows=all_rows, needs=Access.SIGNED_IN)
    class NoteReceived:  # pyright: ignore[reportUnusedClass]
        """One was notified."""

        kind: EventKind = column("What happened.")
        note: "Note | None" = subject("The notification.", Notification)

    class Itself:
        """The viewer."""

        name: str = of_viewer("Name.", lambda viewer: viewer.name)
        departments: list[Department] = of_viewer("Whose work.", lambda viewer: sorted(viewer.departments))

    class Own:
        """What is the viewer's own."""

        notes: "Connection[Note]" = read(EntryRows("-at"), "Notifications.", needs=Access.SIGNED_IN)
        unread: "Connection[Note]" = read(EntryRows("-at", where=UNREAD), "Unread ones.", needs=Access.SIGNED_IN)
        unread_notes: int = count("How many are unread.", "Note", UNREAD, needs=Access.SIGNED_IN)
        cases: int = count("How many cases.", "Case", needs=Access.SIGNED_IN)
        work: "Connection[Work]" = read(EntryRows("due_at"), "What waits.", needs=Permission.READ_HANDOFFS)

    viewer_type = house.merge_types("Viewer", "Who is asking.", Access.PUBLIC, [Itself, Own])

    class Roots:
        """Entries."""

        piece: "Piece | None" = read(EntryNode(), "One.", needs=Permission.READ_HANDOFFS)
        pieces: "Connection[Piece]" = read(EntryRows("number"), "All.", needs=Permission.READ_HANDOFFS)
        cases: "Connection[Case]" = read(EntryRows("number"), "All.", needs=Permission.READ_COMPLAINTS)

        @strawberry.field(description="Not the planner's.", metadata={"needs": Access.SIGNED_IN})
        def plainly(self) -> str:
            """An ordinary resolver."""
            return "yes"

    @house.plain_type(Access.PUBLIC)
    class TouchPayload:
        """What was touched."""

        pieces: "list[Piece]" = changed_many("Those touched.")
        first: "Piece | None" = changed("The first.")
        viewer: "Viewer | None" = plain("Somebody.", default=None)  # type: ignore[name-defined]  # noqa: F821
        errors: list[UserError] = plain(ERRORS)
        ROWS: ClassVar = ("pieces", "first")

    class Pushes:
        """Subscriptions."""

        noted: "NoteReceived" = read(
            EntryEvents(Notification, account=True, kinds=(NotificationEvent.SENT,)),
            "One's own notifications.",
            needs=Access.SIGNED_IN,
        )
        happened: "NoteReceived" = read(EntryEvents(Handoff), "What happens.", needs=Access.SIGNED_IN)

    viewer_entry = (viewer_type, door("Who is asking.", Access.SIGNED_IN))
    return house.build(
        house.merge_types("Query", "Reads.", Access.SIGNED_IN, [Roots], viewer=viewer_entry),
        house.merge_types(
            "Mutation",
            "Changes.",
            Access.SIGNED_IN,
            [mutation(Access.SIGNED_IN, touch, shows=TouchPayload, within=house)],
        ),
        house.merge_types("Subscription", "Pushes.", Access.SIGNED_IN, [Pushes]),
        types=ERROR_TYPES,
        scalars=SCALARS,
    )
