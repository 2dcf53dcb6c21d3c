"""What all verbs on improvements share: which one it is, the steps that it may take, saving it and recording that."""

from datetime import datetime

from models.back_office.products.improvements import TRANSITIONS, Improvement, ImprovementStatus, settled_sql
from models.back_office.products.improvements.recurrence import Recurrence
from models.kit.base import NOW
from models.kit.events import EventKind
from models.kit.states import Guard, move_to
from resolvers.events import record
from resolvers.kit.commands import Key, Keys, Update, command, member
from resolvers.kit.state_machine import Row, StateMachine
from resolvers.kit.viewer import Viewer


@command
class ImprovementCommand(Update):
    """What every verb on an improvement takes."""

    improvement: Key[Improvement] = member("The improvement.")


def _is_settled(row: Row) -> str:
    measurable = Recurrence(row.column, NOW, row.dialect).is_measurable()
    return f"({settled_sql(row.column, NOW)} AND {measurable})"


MACHINE = StateMachine("improvement", "improvements", TRANSITIONS, {Guard.SETTLED: _is_settled})


async def take_step(
    viewer: Viewer, improvement: Improvement, to: ImprovementStatus, kind: EventKind, at: datetime
) -> Keys:
    """Takes the improvement one step on, saves it, and records that."""
    move_to(improvement, to, TRANSITIONS)
    return await write(viewer, improvement, kind, at)


async def write(viewer: Viewer, improvement: Improvement, kind: EventKind, at: datetime) -> Keys:
    """Saves a changed improvement and records what happened to it."""
    improvement.version += 1
    await improvement.save()
    await record_improvement(viewer, improvement, kind, at)
    return {"improvement": improvement.id}


async def record_improvement(viewer: Viewer, improvement: Improvement, kind: EventKind, at: datetime) -> None:
    """Records that something happened to an improvement."""
    await record(kind, improvement, actor=viewer, at=at, department=improvement.department)
