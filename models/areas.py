"""What the areas register with the services between the offices, in one place: subjects, and what waits for somebody.

Areas import those services, and those import no area: what serves all areas goes by this list.
"""

from typing import Any

from models.back_office import handoffs, purchasing
from models.back_office.handoffs.subject import HANDOFF
from models.back_office.products import improvements
from models.both_offices import escalations, notifications, tasks
from models.both_offices.rules import visible_applications
from models.both_offices.subjects import RuledSubject, Subjects
from models.both_offices.work import visible_work, work_view
from models.front_office.sales import orders
from models.front_office.service import answers
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

SUBJECTS = Subjects(COMPLAINT, (HANDOFF,))

RULED: RuledSubject[Any] = COMPLAINT
"""What rules are about."""

applications_of_viewer = visible_applications(RULED.model, RULED.column)
