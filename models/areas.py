"""What the areas register with the services between the offices, in one place: subjects, and what waits for somebody.

Areas import those services, and those import no area: what serves all areas goes by this list.
"""

from typing import Any

from models.back_office import handoffs, purchasing
from models.back_office.handoffs import HandoffEvent
from models.back_office.handoffs.messages import MessageEvent
from models.back_office.products import improvements
from models.both_offices import escalations, notifications, tasks
from models.both_offices.clocks.running import ClockEvent
from models.both_offices.escalations import EscalationEvent
from models.both_offices.rules import visible_applications
from models.both_offices.subjects import RuledSubject
from models.both_offices.work import visible_work, work_view
from models.front_office.sales import orders
from models.front_office.service import answers
from models.front_office.service.answers import AnswerEvent
from models.front_office.service.cases import CaseEvent
from models.front_office.service.complaints import ComplaintEvent
from models.front_office.service.correspondence import CorrespondenceEvent
from models.front_office.service.links import LinkEvent
from models.front_office.service.ratings import RatingEvent
from models.front_office.service.stages import StageEvent
from models.front_office.service.subject import COMPLAINT

WORK = (
    *handoffs.WORK,
    *escalations.WORK,
    *answers.WORK,
    *notifications.WORK,
    *tasks.WORK,
    *improvements.WORK,
    *orders.WORK,
    *purchasing.WORK,
)

WORK_ITEMS, work_of_viewer = work_view(WORK), visible_work(WORK)

RULED: RuledSubject[Any] = COMPLAINT
"""What rules are about."""

applications_of_viewer = visible_applications(RULED.model, RULED.column)

HANDOFF_TRIGGERS = frozenset(
    {
        HandoffEvent.QUEUED,
        HandoffEvent.CLAIMED,
        HandoffEvent.RELEASED,
        HandoffEvent.ANSWERED,
        HandoffEvent.REFUSED,
        HandoffEvent.WITHDRAWN,
        HandoffEvent.TRANSFERRED,
        HandoffEvent.ANSWER_ACCEPTED,
        HandoffEvent.ANSWER_REJECTED,
        HandoffEvent.CLAIM_RETURNED,
        HandoffEvent.INFORMATION_REQUESTED,
        HandoffEvent.INFORMATION_PROVIDED,
        MessageEvent.POSTED,
        ClockEvent.WARNED,
        ClockEvent.BREACHED,
        EscalationEvent.OPENED,
        EscalationEvent.CHANGED,
        EscalationEvent.CLOSED,
    }
)
"""What happens to a handoff, or can."""

TRIGGERS = HANDOFF_TRIGGERS | {
    ComplaintEvent.RECEIVED,
    ComplaintEvent.ACKNOWLEDGED,
    ComplaintEvent.SEVERITY_CHANGED,
    ComplaintEvent.CAUSE_DETERMINED,
    CorrespondenceEvent.CUSTOMER_ASKED,
    CorrespondenceEvent.CUSTOMER_REPLIED,
    AnswerEvent.REDRESS_PROPOSED,
    AnswerEvent.REDRESS_APPROVED,
    AnswerEvent.REDRESS_REJECTED,
    AnswerEvent.REDRESS_WITHDRAWN,
    ComplaintEvent.ANSWERED,
    StageEvent.CHALLENGED,
    StageEvent.REOPENED,
    RatingEvent.RATED,
    LinkEvent.LINKED,
    LinkEvent.UNLINKED,
    CaseEvent.COMPLAINT_ATTACHED,
    CaseEvent.COMPLAINT_DETACHED,
    ComplaintEvent.CLOSED,
}
"""What sets rules off: everything that people and clocks do to a complaint. What rules do themselves is not among it."""
