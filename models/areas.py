"""What the areas register with the services between the offices, in one list: what they bring to the list of work.

Areas import those services, and those import no area: what serves all areas goes by this list.
"""

from models.back_office import handoffs, purchasing
from models.back_office.products import improvements
from models.both_offices import escalations, notifications, tasks
from models.both_offices.work import visible_work, work_view
from models.front_office.sales import orders
from models.front_office.service import answers

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
