"""Carrying an improvement out: the work is begun and ends with its being in place, or it is given up."""

from datetime import timedelta

from models.back_office.products.improvements import Improvement, ImprovementEvent, ImprovementStatus
from models.kit.base import now
from resolvers.back_office.products.improvements.sources import masked
from resolvers.back_office.products.improvements.steps import MACHINE, ImprovementCommand, take_step
from resolvers.kit.commands import Keys, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.viewer import Viewer

S = ImprovementStatus


@command
class StartImprovement(ImprovementCommand):
    """What `startImprovement` takes."""


async def start_improvement(viewer: Viewer, given: StartImprovement) -> Keys:
    """Begins the work."""
    # What came before is what its effect will be compared with.
    improvement = await _ready(viewer, given, "startImprovement", S.IN_PROGRESS, InputErrors())
    improvement.started_at = now()
    return await take_step(viewer, improvement, S.IN_PROGRESS, ImprovementEvent.STARTED, improvement.started_at)


@command
class MonitorImprovement(ImprovementCommand):
    """What `monitorImprovement` takes."""


async def monitor_improvement(viewer: Viewer, given: MonitorImprovement) -> Keys:
    """Says that an improvement is in place: from now on its effect is watched."""
    improvement = await _ready(viewer, given, "monitorImprovement", S.MONITORING, InputErrors())
    at = improvement.monitoring_from = now()
    improvement.monitored_until = at + timedelta(days=improvement.window_days)
    return await take_step(viewer, improvement, S.MONITORING, ImprovementEvent.MONITORED, at)


@command
class RejectImprovement(ImprovementCommand):
    """What `rejectImprovement` takes."""

    reason: str = member("Why it is not made, or given up.")


async def reject_improvement(viewer: Viewer, given: RejectImprovement) -> Keys:
    """Says that an improvement will not be made, or is given up."""
    errors = InputErrors()
    text = errors.text("reason", given.reason)
    improvement = await _ready(viewer, given, "rejectImprovement", S.REJECTED, errors)
    improvement.rejection_reason, improvement.rejected_at = await masked(viewer, improvement, text), now()
    return await take_step(viewer, improvement, S.REJECTED, ImprovementEvent.REJECTED, improvement.rejected_at)


async def _ready(
    viewer: Viewer, given: ImprovementCommand, verb: str, to: ImprovementStatus, errors: InputErrors
) -> Improvement:
    """The improvement, when a verb may take it to a status now; everything wrong is reported together."""
    improvement = await load(viewer, Improvement, given.improvement, errors, given.expected_version)
    await MACHINE.check(viewer, improvement, verb, to, errors)
    errors.raise_if_any()
    return improvement
