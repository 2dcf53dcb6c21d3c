"""The demo company's past from 1996 to May 1998, told day by day: its complaints, most of them of the last year, its
improvements, and what people decided and arranged besides.

The major case is left open for the visitor, with three complaints that its answer could be passed down to.
"""

from calendar import month_name
from collections.abc import Callable
from datetime import datetime, timedelta

from models.back_office.products.catalogue import Product
from models.back_office.products.decisions import Decision
from models.both_offices.tasks import Task
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order
from models.front_office.service.cases import LinkKind
from models.front_office.service.complaints import Category, Complaint, ComplaintStatus
from models.kit.base import as_of
from models.permissions import Department
from resolvers.back_office.handoffs.tasks import CreateTask, create_task
from resolvers.back_office.products.decisions import DecideProduct, decide_product
from resolvers.both_offices.absences import SetAbsence, set_absence
from resolvers.both_offices.notifications import MarkNotificationsRead, mark_notifications_read
from resolvers.both_offices.tasks import FinishTask, finish_task
from resolvers.demo.facts import FOUNDED, fixed_id, moment
from resolvers.demo.grievances import grievances
from resolvers.demo.improving import IMPROVEMENTS, Endeavour
from resolvers.demo.lives import Life
from resolvers.demo.staff import Cast
from resolvers.demo.story import Deed, Story, Way
from resolvers.demo.ways import RECEIVED_ONLY, WAYS
from resolvers.front_office.service.cases.gathering import OpenCase, open_case
from resolvers.front_office.service.cases.linking import LinkComplaints, link_complaints
from resolvers.kit.commands import Key

ENDS = moment("1998-05-09")
"""The Saturday after Northwind's last orders. What was open then is open still."""


LAST_READ = moment("1998-05-04")
"""Up to when everybody has read their notifications."""

LEFT_OPEN = 6
"""How many of the last complaints wait for the visitor."""

GUMBO, CRAB_MEAT, HERRING = (Key[Product](fixed_id("product", number)) for number in (5, 40, 46))
LOOK_AT_JARS = "Send us two jars of Chef Anton's Gumbo Mix from the shelf"
COUNT_JARS = "Count what is left of Chef Anton's Gumbo Mix, and let no more come in"


def month_of(at: datetime) -> str:
    """The chapter of the past that a moment is in, as people say it."""
    return f"its past, {month_name[at.month]} {at.year}"


MONTHS = tuple(dict.fromkeys(month_of(FOUNDED + timedelta(days=day)) for day in range((ENDS - FOUNDED).days)))
"""Every chapter, in order."""


def decided(product: Key[Product], decision: Decision, reasons: str) -> Deed[Cast]:
    """A decision about a product, with the figures of its day."""
    given = DecideProduct(product=product, decision=decision, reasons=reasons)
    return lambda cast: decide_product(cast.people["development"], given)


async def link_herrings(cast: Cast) -> None:
    """Two customers complained about one batch."""
    first, second = await Complaint.filter(product_id=HERRING.id).order_by("received_at", "id").limit(2)
    given = LinkComplaints(complaint=Key(second.id), other=Key(first.id), kind=LinkKind.SAME_CAUSE)
    await link_complaints(cast.people["service"], given)


async def go_on_holiday(cast: Cast) -> None:
    """Away for a week, and somebody else is asked meanwhile."""
    begins, stand_in = moment("1998-04-20"), cast.people["back.manager"]
    given = SetAbsence(from_at=begins, until_at=begins + timedelta(days=7), stand_in=Key(stand_in.account))
    await set_absence(cast.people["hr"], given)


def asked(title: str) -> Deed[Cast]:
    """Product development asks logistics for something."""
    given = CreateTask(title=title, department=Department.LOGISTICS)
    return lambda cast: create_task(cast.people["development"], given)


async def send_jars(cast: Cast) -> None:
    """What was asked for is done."""
    task = await Task.get(title=LOOK_AT_JARS)
    await finish_task(cast.people["logistics"], FinishTask(task=Key(task.id)))


async def put_in_one_case(cast: Cast) -> None:
    """What broke in one week is one case."""
    broken = Complaint.filter(
        category=Category.DELIVERY,
        status=ComplaintStatus.RECEIVED,
        product_id__isnull=False,
        received_at__gte=moment("1998-05-04"),
    )
    keys: tuple[Key[Complaint], ...] = tuple(Key(complaint.id) for complaint in await broken.order_by("id"))
    title = "Broken on arrival in the first week of May"
    given = OpenCase(title=title, category=Category.DELIVERY, complaints=keys)
    await open_case(cast.people["front.manager"], given)


KEEP, IMPROVE, WITHDRAW = Decision

DAYS: tuple[tuple[str, Way[Cast]], ...] = (
    (
        "1998-01-19",
        (decided(CRAB_MEAT, KEEP, "What was wrong was a label and a batch of tins. Both are gone, and it sells."),),
    ),
    ("1998-04-14", (decided(HERRING, IMPROVE, "Two jars spoiled in two weeks. We look for a better lid."),)),
    ("1998-04-15", (link_herrings,)),
    ("1998-04-17", (go_on_holiday,)),
    # Before it is decided, somebody looks at the jars; what is left to do waits for the visitor.
    ("1998-05-06", (asked(LOOK_AT_JARS), 4, send_jars, 10, asked(COUNT_JARS))),
    # Northwind's own list has it as discontinued.
    ("1998-05-07", (decided(GUMBO, WITHDRAW, "Its jar breaks, its maker has no other, and few would miss it."),)),
    ("1998-05-08", (put_in_one_case,)),
)
"""From nine in the morning on."""


async def tell_the_year(
    buyers: dict[str, Customer],
    sold: dict[str, Order],
    products: dict[str, Product],
    cast: Cast,
    reached: Callable[[datetime], None],
) -> None:
    """Lets everything happen, in the present transaction; `reached` is told how far it is."""
    story = Story()
    all_of_them = grievances()
    for number, grievance in enumerate(all_of_them):
        order = grievance.order
        product = Key[Product](products[grievance.product["ProductID"]].id) if grievance.product else None
        life = Life(grievance, buyers[order["CustomerID"]], sold[order["OrderID"]], product, cast)
        way = WAYS[number % len(WAYS)] if number < len(all_of_them) - LEFT_OPEN else RECEIVED_ONLY
        story.begin(life, way, grievance.received_at)
    for day, owner, idea, way in IMPROVEMENTS:
        story.begin(Endeavour(idea, cast.people[owner]), way, moment(day))
    for day, way in DAYS:
        story.begin(cast, way, moment(f"{day} 09:00"))
    await story.tell(ENDS, reached)
    with as_of(LAST_READ):
        for somebody in (*cast.employees.values(), *cast.people.values()):
            await mark_notifications_read(somebody, MarkNotificationsRead(up_to=LAST_READ))
