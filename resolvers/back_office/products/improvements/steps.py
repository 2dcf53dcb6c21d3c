"""The steps of an improvement once it is planned: the work begins, it is in place and watched, it is judged; or it is given up.

It is judged by the figures of equally long windows before and after it, and by nothing that anybody says.
"""

from datetime import datetime, timedelta

from tortoise.connection import get_connection

from models.back_office.products.improvements import Improvement, ImprovementEvent, ImprovementStatus
from models.back_office.products.recurrence import Recurrence, per_thousand
from models.both_offices.notifications import NotificationKind
from models.front_office.service.complaints import Complaint, ComplaintStatus
from models.kit.base import NOW, is_one_of, now
from models.kit.events import EventKind
from models.kit.states import Guard, move_to
from resolvers.back_office.products.improvements.sources import mask_texts, sources_of
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.kit.commands import DryRunnable, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load, visible_among
from resolvers.kit.scheduler import do_part
from resolvers.kit.state_machine import Row, StateMachine

S = ImprovementStatus

ANSWERED = frozenset({ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED})
"""Complaints in these wait for nothing more from us, unless they are opened again."""

AT_ONCE = 100
"""Owners who are told in one go that a window has passed."""


# --- Which steps, and when --------------------------------------------------------------------------------------------


def _is_settled(row: Row) -> str:
    """That its window has passed and something was ordered in it, and that its complaints are all answered or closed.

    The answer may go out while improvements are still open, never the other way round.
    """
    unanswered = (
        "SELECT 1 FROM improvement_complaints source JOIN complaints about ON about.id = source.complaint_id"
        f" WHERE source.improvement_id = {row.column('id')} AND NOT ({is_one_of('about.status', ANSWERED)})"
    )
    measurable = Recurrence(row.column, NOW, row.dialect).is_measurable()
    return f"({row.column('monitored_until')} <= {NOW} AND NOT EXISTS ({unanswered}) AND {measurable})"


async def _name_what_is_open(viewer: Viewer, improvement: Improvement, errors: InputErrors) -> None:
    """Notes what judging waits for: complaints that the viewer sees by their number, the others only counted."""
    before = errors.count
    if now() < improvement.monitored_until:
        until = f"{improvement.monitored_until:%Y-%m-%d %H:%M} UTC"
        errors.add("improvement", f"It is watched until {until}.", "WINDOW_OPEN")
    waiting = [one for one in await sources_of(improvement) if one.status not in ANSWERED]
    if waiting:
        seen = {one.id for one in await visible_among(viewer, Complaint, [one.id for one in waiting])}
        named = [one.number for one in waiting if one.id in seen]
        if others := len(waiting) - len(named):
            named.append(f"{others} of other departments")
        message = f"Its complaints must be answered or closed first: {', '.join(named)}."
        errors.add("improvement", message, "COMPLAINTS_UNANSWERED")
    if errors.count == before:
        what = "with the product " if improvement.product_id else ""
        message = f"No order {what}was placed in the window after it, so there is nothing to judge it by."
        errors.add("improvement", message, "NOTHING_TO_MEASURE")


MACHINE = StateMachine(Improvement, {Guard.SETTLED: _is_settled}, {Guard.SETTLED: _name_what_is_open})


@command
class ImprovementCommand(Update):
    """What every verb on an improvement takes."""

    improvement: Key[Improvement] = member("The improvement.")


async def _ready(
    viewer: Viewer, given: ImprovementCommand, verb: str, to: ImprovementStatus, errors: InputErrors
) -> Improvement:
    """The improvement, when a verb may take it to a status now; everything wrong is reported together."""
    improvement = await load(viewer, Improvement, given.improvement, errors, given.expected_version)
    await MACHINE.check(viewer, improvement, verb, to, errors)
    errors.raise_if_any()
    return improvement


async def take_step(
    viewer: Viewer, improvement: Improvement, to: ImprovementStatus, kind: EventKind, at: datetime
) -> Keys:
    """Takes the improvement one step on, saves it, and records that."""
    move_to(improvement, to)
    return await write(viewer, improvement, kind, at)


async def write(viewer: Viewer, improvement: Improvement, kind: EventKind, at: datetime) -> Keys:
    """Saves a changed improvement and records what happened to it."""
    await improvement.save_next_version()
    await record(kind, improvement, actor=viewer, at=at, department=improvement.department)
    return {"improvement": improvement.id}


# --- Carrying out -----------------------------------------------------------------------------------------------------


async def start_improvement(viewer: Viewer, given: ImprovementCommand) -> Keys:
    """Begins the work."""
    # What came before is what its effect will be compared with.
    improvement = await _ready(viewer, given, "startImprovement", S.IN_PROGRESS, InputErrors())
    improvement.started_at = now()
    return await take_step(viewer, improvement, S.IN_PROGRESS, ImprovementEvent.STARTED, improvement.started_at)


async def monitor_improvement(viewer: Viewer, given: ImprovementCommand) -> Keys:
    """Says that an improvement is in place: from now on its effect is watched."""
    improvement = await _ready(viewer, given, "monitorImprovement", S.MONITORING, InputErrors())
    at = improvement.monitoring_from = now()
    improvement.monitored_until = at + timedelta(days=improvement.window_days)
    return await take_step(viewer, improvement, S.MONITORING, ImprovementEvent.MONITORED, at)


@command
class RejectImprovement(ImprovementCommand, DryRunnable):
    """What `rejectImprovement` takes."""

    reason: str = member("Why it is not made, or given up. Who the customers are gets masked.")


async def reject_improvement(viewer: Viewer, given: RejectImprovement) -> Keys:
    """Says that an improvement will not be made, or is given up."""
    errors = InputErrors()
    reason = errors.text("reason", given.reason)
    improvement = await _ready(viewer, given, "rejectImprovement", S.REJECTED, errors)
    improvement.rejection_reason, improvement.rejected_at = reason, now()
    kept = await mask_texts(viewer, improvement, columns=["rejection_reason"])
    keys = await take_step(viewer, improvement, S.REJECTED, ImprovementEvent.REJECTED, improvement.rejected_at)
    given.end_if_dry(masked_text=kept)
    return keys


# --- Judging ----------------------------------------------------------------------------------------------------------


@command
class JudgeImprovement(ImprovementCommand):
    """What `judgeImprovement` takes: no verdict, that is computed."""


async def judge_improvement(viewer: Viewer, given: JudgeImprovement) -> Keys:
    """Finds out whether an improvement had an effect, once its window has passed and its complaints are all answered or
    closed: EFFECTIVE when complaints came back at most as often as `maxRecurrence`, NOT_EFFECTIVE otherwise. Refused
    with NOTHING_TO_MEASURE when nothing was ordered in the window.
    """
    improvement = await _ready(viewer, given, "judgeImprovement", S.EFFECTIVE, InputErrors())
    at = now()
    figures = await _figures(improvement, at)
    after = per_thousand(figures["complaints_after"], figures["orders_after"])
    assert after is not None, "It is settled, so something was ordered."
    improvement.update_from_dict(figures)
    improvement.judged_at, improvement.judged_by_id = at, viewer.account
    verdict = S.EFFECTIVE if after <= improvement.max_recurrence else S.NOT_EFFECTIVE
    keys = await take_step(viewer, improvement, verdict, ImprovementEvent.JUDGED, at)
    if verdict is S.NOT_EFFECTIVE:
        kind, owner = NotificationKind.SUCCESSOR_NEEDED, [improvement.owner_id]
        await notify(kind, owner, improvement, at=at, actor=viewer.account)
    return keys


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


async def tell_of_due_improvements(at: datetime) -> None:
    """Notifies the owner of each improvement whose window has passed, once; a job of the scheduler."""
    due = Improvement.filter(status=S.MONITORING, monitored_until__lte=at, due_notified_at__isnull=True)
    for improvement in await due.order_by("monitored_until").limit(AT_ONCE):
        await do_part(lambda improvement=improvement: _tell(improvement, at))


async def _tell(improvement: Improvement, at: datetime) -> Keys:
    # Another process may have been faster: only one of them changes the row.
    mine = Improvement.filter(id=improvement.id, status=S.MONITORING, due_notified_at__isnull=True)
    if await mine.update(due_notified_at=at):
        await notify(NotificationKind.IMPROVEMENT_DUE, [improvement.owner_id], improvement, at=at)
    return {}
