"""What falls due with the passing of time: an improvement whose window has passed waits for its judgement."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from models.back_office.products.improvements import Improvement, ImprovementStatus
from models.both_offices.notifications import NotificationKind
from resolvers.both_offices.notifications import notify
from resolvers.kit.transaction import transact

AT_ONCE = 100


async def tell_of_due_improvements(at: datetime) -> None:
    """Notifies the owner of each improvement whose window has passed, once; a job of the keeper (resolvers/keeper)."""
    due = Improvement.filter(
        status=ImprovementStatus.MONITORING, monitored_until__lte=at, due_notified_at__isnull=True
    ).order_by("monitored_until")
    for improvement in await due.limit(AT_ONCE):
        await transact(lambda improvement=improvement: _tell(improvement, at))


async def _tell(improvement: Improvement, at: datetime) -> Mapping[str, UUID]:
    # Another process may have been faster: only one of them changes the row.
    mine = Improvement.filter(id=improvement.id, status=ImprovementStatus.MONITORING, due_notified_at__isnull=True)
    if await mine.update(due_notified_at=at):
        await notify(NotificationKind.IMPROVEMENT_DUE, [improvement.owner_id], at=at, improvement_id=improvement.id)
    return {}
