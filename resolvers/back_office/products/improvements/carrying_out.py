"""Carrying an improvement out: planned, started, put in place; revised while it is not begun, or given up."""

from datetime import timedelta
from uuid import UUID

from models.back_office.products.improvements import Improvement, ImprovementStatus
from models.kit.base import now
from models.kit.events import EventKind
from resolvers.back_office.products.improvements.shared import (
    MACHINE,
    Keys,
    Terms,
    agree,
    improvement_at,
    mask_texts,
    masked,
    sources_of,
    take_step,
    write,
)
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.viewer import Viewer

S = ImprovementStatus


async def plan_improvement(viewer: Viewer, key: UUID | None, terms: Terms, expected_version: int | None) -> Keys:
    """Plans an improvement: from now on it has a plan, and a criterion that it will be judged by."""
    errors = InputErrors()
    improvement = await improvement_at(viewer, key, errors, expected_version)
    if await MACHINE.check_step(viewer, improvement, "planImprovement", S.PLANNED, errors):
        await agree(viewer, improvement, terms, errors)
        for member, agreed in (
            ("plan", improvement.plan),
            ("criterion", improvement.criterion),
            ("maxRecurrence", improvement.max_recurrence),
        ):
            if agreed is None:
                errors.add(member, f"An improvement is not planned without `{member}`.", "REQUIRED")
    errors.raise_if_any()
    await mask_texts(viewer, improvement, await sources_of(improvement))
    improvement.planned_at = now()
    return await take_step(viewer, improvement, S.PLANNED, EventKind.IMPROVEMENT_PLANNED, improvement.planned_at)


async def revise_improvement(viewer: Viewer, key: UUID | None, terms: Terms, expected_version: int | None) -> Keys:
    """Changes what was agreed upon, while the work has not begun: nobody moves the goal afterwards."""
    errors = InputErrors()
    improvement = await improvement_at(viewer, key, errors, expected_version)
    if improvement.status not in (S.PROPOSED, S.PLANNED):
        errors.add_problem(await MACHINE.illegal(viewer, improvement, S.PLANNED))
    else:
        await agree(viewer, improvement, terms, errors)
    errors.raise_if_any()
    await mask_texts(viewer, improvement, await sources_of(improvement))
    return await write(viewer, improvement, EventKind.IMPROVEMENT_REVISED, now())


async def start_improvement(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Begins the work. What came before is what its effect will be compared with."""
    improvement = await _ready(viewer, key, "startImprovement", S.IN_PROGRESS, expected_version, InputErrors())
    improvement.started_at = now()
    return await take_step(viewer, improvement, S.IN_PROGRESS, EventKind.IMPROVEMENT_STARTED, improvement.started_at)


async def monitor_improvement(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Says that the improvement is in place. From now on its effect is watched, for as many days as its window has."""
    improvement = await _ready(viewer, key, "monitorImprovement", S.MONITORING, expected_version, InputErrors())
    improvement.monitoring_from = now()
    improvement.monitored_until = improvement.monitoring_from + timedelta(days=improvement.window_days)
    kind = EventKind.IMPROVEMENT_MONITORED
    return await take_step(viewer, improvement, S.MONITORING, kind, improvement.monitoring_from)


async def reject_improvement(viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None) -> Keys:
    """Says that an improvement will not be made, or is given up, and why."""
    errors = InputErrors()
    text = errors.text("reason", reason)
    improvement = await _ready(viewer, key, "rejectImprovement", S.REJECTED, expected_version, errors)
    improvement.rejection_reason, improvement.rejected_at = await masked(viewer, improvement, text), now()
    return await take_step(viewer, improvement, S.REJECTED, EventKind.IMPROVEMENT_REJECTED, improvement.rejected_at)


async def _ready(
    viewer: Viewer,
    key: UUID | None,
    verb: str,
    to: ImprovementStatus,
    expected_version: int | None,
    errors: InputErrors,
) -> Improvement:
    """The improvement, when a verb of the viewer's may take it to a status now; everything wrong is reported together."""
    improvement = await improvement_at(viewer, key, errors, expected_version)
    await MACHINE.check_step(viewer, improvement, verb, to, errors)
    errors.raise_if_any()
    return improvement
