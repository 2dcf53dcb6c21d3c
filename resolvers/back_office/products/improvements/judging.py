"""Judging an improvement: by the figures of equally long windows before and after it, and by nothing that anybody says."""

from datetime import datetime

from tortoise.connection import get_connection

from models.back_office.products.improvements import ANSWERED_STATUSES, Improvement, ImprovementEvent, ImprovementStatus
from models.back_office.products.improvements.recurrence import Recurrence, per_thousand
from models.both_offices.notifications import NotificationKind
from models.front_office.service.complaints import Complaint
from models.kit.base import now
from resolvers.back_office.products.improvements.sources import sources_of
from resolvers.back_office.products.improvements.steps import MACHINE, ImprovementCommand, take_step
from resolvers.both_offices.notifications import notify
from resolvers.kit.commands import Keys, command
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load, visible_among
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer

S = ImprovementStatus

AT_ONCE = 100
"""Owners who are told in one go that a window has passed."""


@command
class JudgeImprovement(ImprovementCommand):
    """What `judgeImprovement` takes: no verdict, that is computed."""


async def judge_improvement(viewer: Viewer, given: JudgeImprovement) -> Keys:
    """Finds out whether an improvement had an effect, once its window has passed and its complaints are all answered or
    closed: EFFECTIVE when complaints came back at most as often as `maxRecurrence`, NOT_EFFECTIVE otherwise. Refused
    with NOTHING_TO_MEASURE when nothing was ordered in the window.
    """
    errors = InputErrors()
    improvement = await load(viewer, Improvement, given.improvement, errors, given.expected_version)
    at = now()
    if await MACHINE.check_step(viewer, improvement, "judgeImprovement", S.EFFECTIVE, errors):
        await _check_settled(viewer, improvement, at, errors)
    errors.raise_if_any()
    figures = await _figures(improvement, at)
    after = per_thousand(figures["complaints_after"], figures["orders_after"])
    if after is None:
        what = "with the product " if improvement.product_id else ""
        message = f"No order {what}was placed in the window after it, so there is nothing to judge it by."
        errors.add("improvement", message, "NOTHING_TO_MEASURE")
    errors.raise_if_any()
    assert after is not None
    improvement.update_from_dict(figures)
    improvement.judged_at, improvement.judged_by_id = at, viewer.account
    verdict = S.EFFECTIVE if after <= improvement.max_recurrence else S.NOT_EFFECTIVE
    keys = await take_step(viewer, improvement, verdict, ImprovementEvent.JUDGED, at)
    if verdict is S.NOT_EFFECTIVE:
        owner = [improvement.owner_id]
        kind = NotificationKind.SUCCESSOR_NEEDED
        await notify(kind, owner, improvement, at=at, actor=viewer.account)
    return keys


async def _check_settled(viewer: Viewer, improvement: Improvement, at: datetime, errors: InputErrors) -> None:
    """Notes by name what the machine's SETTLED waits for, but for the orders, which are counted with the figures."""
    if at < improvement.monitored_until:
        until = f"{improvement.monitored_until:%Y-%m-%d %H:%M} UTC"
        errors.add("improvement", f"It is watched until {until}.", "WINDOW_OPEN")
    if waiting := await _unanswered(viewer, improvement):
        message = f"Its complaints must be answered or closed first: {waiting}."
        errors.add("improvement", message, "COMPLAINTS_UNANSWERED")


async def _unanswered(viewer: Viewer, improvement: Improvement) -> str:
    """Which of its complaints wait for an answer: by number those that the viewer sees, the others only counted."""
    waiting = [one for one in await sources_of(improvement) if one.status not in ANSWERED_STATUSES]
    seen = {one.id for one in await visible_among(viewer, Complaint, [one.id for one in waiting])}
    named = [complaint.number for complaint in waiting if complaint.id in seen]
    others = len(waiting) - len(named)
    return ", ".join([*named, *([f"{others} of other departments"] if others else [])])


async def _figures(improvement: Improvement, at: datetime) -> dict[str, int]:
    """Complaints and orders before and after, counted by one statement."""
    connection = get_connection("default")
    dialect = "sqlite" if connection.capabilities.dialect == "sqlite" else "postgres"
    moment = f"'{at.isoformat(' ')}'" + ("::timestamptz" if dialect == "postgres" else "")
    counted = Recurrence(lambda column: f"judged.{column}", moment, dialect)
    columns = {
        "complaints_before": counted.complaints_before(),
        "orders_before": counted.orders_before(),
        "complaints_after": counted.complaints_after(),
        "orders_after": counted.orders_after(),
    }
    selected = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    [row] = await connection.execute_query_dict(
        f"SELECT {selected} FROM improvements judged WHERE judged.id = '{improvement.id}'"
    )
    return {name: int(row[name]) for name in columns}


# --- When its time has come -------------------------------------------------------------------------------------------


async def tell_of_due_improvements(at: datetime) -> None:
    """Notifies the owner of each improvement whose window has passed, once; a job of the scheduler."""
    due = Improvement.filter(status=S.MONITORING, monitored_until__lte=at, due_notified_at__isnull=True)
    for improvement in await due.order_by("monitored_until").limit(AT_ONCE):
        await transact(lambda improvement=improvement: _tell(improvement, at))


async def _tell(improvement: Improvement, at: datetime) -> Keys:
    # Another process may have been faster: only one of them changes the row.
    mine = Improvement.filter(id=improvement.id, status=S.MONITORING, due_notified_at__isnull=True)
    if await mine.update(due_notified_at=at):
        await notify(NotificationKind.IMPROVEMENT_DUE, [improvement.owner_id], improvement, at=at)
    return {}
