"""What people of the demo company decided and arranged besides: about products, complaints that belong together, each other.

The major case is left open for the visitor, with three complaints that its answer could be passed down to.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from models.back_office.products.catalogue import Product
from models.back_office.products.decisions import Decision
from models.front_office.service.cases import LinkKind
from models.front_office.service.complaints import Category, Complaint, ComplaintStatus
from models.permissions import Department
from resolvers.back_office.products.decisions import DecideProduct, decide_product
from resolvers.both_offices.absences import SetAbsence, set_absence
from resolvers.both_offices.tasks import CreateTask, FinishTask, create_task, finish_task
from resolvers.demo.facts import moment
from resolvers.demo.staff import Cast
from resolvers.demo.story import Script, Story
from resolvers.front_office.service.cases.gathering import OpenCase, open_case
from resolvers.front_office.service.links import LinkComplaints, link_complaints
from resolvers.kit.commands import Key
from resolvers.kit.viewer import Viewer

MORNING = timedelta(hours=9)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one of Northwind's products, and why."""

    product_id: str
    decision: Decision
    reasons: str


CRAB_MEAT_STAYS = Verdict(
    "40", Decision.KEEP, "What was wrong was a label and a batch of tins. Both are gone, and it sells."
)
HERRING_IMPROVES = Verdict("46", Decision.IMPROVE, "Two jars spoiled in two weeks. We look for a better lid.")
GUMBO_GOES = Verdict("5", Decision.WITHDRAW, "Its jar breaks, its maker has no other, and few would miss it.")
"""Northwind's own list has it as discontinued."""

SPOILED_HERRING = "46"


def begin_decisions(story: Story, cast: Cast, products: dict[str, Product]) -> None:
    """Lets each be made on its day."""
    developer = cast.people["development"]
    days = {"1998-01-19": CRAB_MEAT_STAYS, "1998-04-14": HERRING_IMPROVES, "1998-05-07": GUMBO_GOES}
    for day, verdict in days.items():
        story.begin(decided(verdict, developer, products[verdict.product_id].id), moment(day) + MORNING)
    story.begin(linked(cast.people["service"], products[SPOILED_HERRING].id), moment("1998-04-15") + MORNING)
    story.begin(on_holiday(cast.people["hr"], cast.people["back.manager"]), moment("1998-04-17") + MORNING)
    story.begin(shown_jars(developer, cast.people["logistics"]), moment("1998-05-06") + MORNING)
    story.begin(put_in_one_case(cast.people["front.manager"]), moment("1998-05-08") + MORNING)


async def decided(verdict: Verdict, developer: Viewer, product: UUID) -> Script:
    """On this day, with the figures of this day."""
    await decide_product(
        developer, DecideProduct(product=Key(product), decision=verdict.decision, reasons=verdict.reasons)
    )
    yield 1


async def linked(agent: Viewer, product: UUID) -> Script:
    """Two customers complained about one batch."""
    first, second = await Complaint.filter(product_id=product).order_by("received_at", "id").limit(2)
    given = LinkComplaints(complaint=Key(second.id), other=Key(first.id), kind=LinkKind.SAME_CAUSE)
    await link_complaints(agent, given)
    yield 1


async def on_holiday(somebody: Viewer, stand_in: Viewer) -> Script:
    """Away for a week, and somebody else is asked meanwhile."""
    begins = moment("1998-04-20")
    await set_absence(
        somebody,
        SetAbsence(from_at=begins, until_at=begins + timedelta(days=7), stand_in=Key(stand_in.account)),
    )
    yield 1


async def shown_jars(developer: Viewer, clerk: Viewer) -> Script:
    """Before it is decided, somebody looks at the jars; what is left to do waits for the visitor."""
    looked = await _give(developer, "Send us two jars of Chef Anton's Gumbo Mix from the shelf")
    yield 4
    await finish_task(clerk, FinishTask(task=Key(looked)))
    yield 10
    await _give(developer, "Count what is left of Chef Anton's Gumbo Mix, and let no more come in")


async def put_in_one_case(manager: Viewer) -> Script:
    """What broke in one week is one case."""
    broken = Complaint.filter(
        category=Category.DELIVERY,
        status=ComplaintStatus.RECEIVED,
        product_id__isnull=False,
        received_at__gte=moment("1998-05-04"),
    )
    keys: tuple[Key[Complaint], ...] = tuple(Key(complaint.id) for complaint in await broken.order_by("id"))
    title = "Broken on arrival in the first week of May"
    await open_case(manager, OpenCase(title=title, category=Category.DELIVERY, complaints=keys))
    yield 1


async def _give(developer: Viewer, title: str) -> UUID:
    keys = await create_task(developer, CreateTask(title=title, department=Department.LOGISTICS))
    return keys["task"]
