"""Judging an improvement: by the figures of equally long windows before and after it, and by nothing that anybody says."""

from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.products.improvements import ANSWERED_STATUSES, Improvement, ImprovementStatus
from models.back_office.products.improvements.recurrence import Recurrence, per_thousand
from models.both_offices.notifications import NotificationKind
from models.front_office.service.complaints import visible_complaints
from models.kit.base import now
from models.kit.events import EventKind
from resolvers.back_office.products.improvements.shared import MACHINE, Keys, improvement_at, sources_of, take_step
from resolvers.both_offices.notifications import notify
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import scope_of
from resolvers.kit.problems import Problem
from resolvers.kit.viewer import Viewer

S = ImprovementStatus


async def judge_improvement(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Finds out whether an improvement had an effect, once its window has passed and all its complaints are answered or closed.

    EFFECTIVE when complaints came back at most as often as its criterion says, NOT_EFFECTIVE otherwise; the latter asks its
    owner for a successor. Without any order in the window after it there is nothing to judge by, and the change is refused.
    """
    errors = InputErrors()
    improvement = await improvement_at(viewer, key, errors, expected_version)
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
    keys = await take_step(viewer, improvement, verdict, EventKind.IMPROVEMENT_JUDGED, at)
    if verdict is S.NOT_EFFECTIVE:
        owner = [improvement.owner_id]
        kind = NotificationKind.SUCCESSOR_NEEDED
        await notify(kind, owner, at=at, actor=viewer.account, improvement_id=improvement.id)
    return keys


async def _check_settled(viewer: Viewer, improvement: Improvement, at: datetime, errors: InputErrors) -> None:
    if at < improvement.monitored_until:
        until = f"{improvement.monitored_until:%Y-%m-%d %H:%M} UTC"
        errors.add_problem(_too_early("WINDOW_OPEN", f"It is watched until {until}."))
    if waiting := await _unanswered(viewer, improvement):
        errors.add_problem(
            _too_early("COMPLAINTS_UNANSWERED", f"Its complaints must be answered or closed first: {waiting}.")
        )


def _too_early(code: str, message: str) -> Problem:
    return Problem(code, message, ("input", "improvement"))


async def _unanswered(viewer: Viewer, improvement: Improvement) -> str:
    """Which of its complaints wait for an answer: by number those that the viewer sees, the others only counted."""
    waiting = [one for one in await sources_of(improvement) if one.status not in ANSWERED_STATUSES]
    if not waiting:
        return ""
    connection = get_connection("default")
    scope = scope_of(viewer, visible_complaints, "seen", connection.capabilities.dialect) or "TRUE"
    keys = ", ".join(f"'{complaint.id}'" for complaint in waiting)
    rows = await connection.execute_query_dict(
        f"SELECT seen.id FROM complaints seen WHERE seen.id IN ({keys}) AND ({scope})"
    )
    seen = {str(row["id"]) for row in rows}
    named = [complaint.number for complaint in waiting if str(complaint.id) in seen]
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
