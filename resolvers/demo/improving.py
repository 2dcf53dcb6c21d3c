"""What the demo company made of its complaints: improvements on their way."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from models.back_office.products.improvements import Improvement, ImprovementKind
from models.front_office.service.complaints import Category, CauseCode, Complaint, ComplaintStatus
from models.permissions import Department
from resolvers.back_office.products.improvements.agreeing import (
    PlanImprovement,
    ProposeImprovement,
    plan_improvement,
    propose_improvement,
)
from resolvers.back_office.products.improvements.steps import (
    JudgeImprovement,
    MonitorImprovement,
    RejectImprovement,
    StartImprovement,
    judge_improvement,
    monitor_improvement,
    reject_improvement,
    start_improvement,
)
from resolvers.demo.facts import moment
from resolvers.demo.staff import Cast
from resolvers.demo.story import Script, Story
from resolvers.kit.commands import Key
from resolvers.kit.viewer import Viewer

MOST_SOURCES = 12
HOURS_PER_WINDOW_DAY = 7.5
"""Working hours that surely let a day of a monitoring window pass: five days of ten hours are a week."""


@dataclass(frozen=True, slots=True)
class Idea:
    """An improvement as somebody has it: of which complaints, and what is to be done."""

    title: str
    kind: ImprovementKind
    department: Department
    category: Category
    cause: CauseCode
    plan: str
    criterion: str
    max_recurrence: Decimal
    window_days: int = 60


PARTS_FIRST = Idea(
    title="Ask on the day before whether what is there should go first",
    kind=ImprovementKind.CORRECTION,
    department=Department.LOGISTICS,
    category=Category.DELIVERY,
    cause=CauseCode.METHOD,
    plan="A list of tomorrow's incomplete orders each noon. Whoever packs asks the front office, which asks the customer.",
    criterion="Complaints about deliveries that waited are a third of what they were.",
    max_recurrence=Decimal("15.00"),
)
COLD_DOCK = Idea(
    title="Keep the dock cold",
    kind=ImprovementKind.PREVENTION,
    department=Department.PRODUCT_DEVELOPMENT,
    category=Category.PRODUCT_QUALITY,
    cause=CauseCode.SUPPLIER,
    plan="Perishable goods go from the supplier's lorry into the cold room within the hour; the supplier signs the time.",
    criterion="Nothing arrives spoiled.",
    max_recurrence=Decimal("0.50"),
)
COLD_LORRY = Idea(
    title="Take perishable goods from suppliers with cold lorries only",
    kind=ImprovementKind.PREVENTION,
    department=Department.PRODUCT_DEVELOPMENT,
    category=Category.PRODUCT_QUALITY,
    cause=CauseCode.SUPPLIER,
    plan="New terms with the three suppliers concerned, and a thermometer in every lorry.",
    criterion="Less than two spoiled deliveries in a thousand orders.",
    max_recurrence=Decimal("2.00"),
    window_days=90,
)
DISCOUNTS_COPIED = Idea(
    title="Copy discounts from the order to the invoice",
    kind=ImprovementKind.CORRECTION,
    department=Department.FINANCE,
    category=Category.BILLING,
    cause=CauseCode.INFORMATION,
    plan="The invoice is made from the order's lines instead of being typed.",
    criterion="No invoice without an agreed discount.",
    max_recurrence=Decimal("1.00"),
    window_days=90,
)
FORM_REMEMBERS = Idea(
    title="Let the order form remember what was typed",
    kind=ImprovementKind.IMPROVEMENT,
    department=Department.IT,
    category=Category.WEBSITE,
    cause=CauseCode.DESIGN,
    plan="",
    criterion="",
    max_recurrence=Decimal("1.00"),
)
SMALLER_CARTONS = Idea(
    title="Ship bottles in cartons of six only",
    kind=ImprovementKind.IMPROVEMENT,
    department=Department.LOGISTICS,
    category=Category.DELIVERY,
    cause=CauseCode.MATERIAL,
    plan="",
    criterion="",
    max_recurrence=Decimal("5.00"),
)


def begin_improvements(story: Story, cast: Cast) -> None:
    """Lets each begin in its time."""
    story.begin(effective(PARTS_FIRST, cast.people["logistics"]), moment("1997-09-01"))
    story.begin(without_effect(COLD_DOCK, COLD_LORRY, cast.people["development"]), moment("1997-10-06"))
    story.begin(rejected(SMALLER_CARTONS, cast.people["logistics"]), moment("1998-01-12"))
    story.begin(watched(DISCOUNTS_COPIED, cast.people["accounting"]), moment("1998-02-16"))
    story.begin(proposed(FORM_REMEMBERS, cast.people["it"]), moment("1998-04-20"))


async def effective(idea: Idea, owner: Viewer) -> Script:
    """From the proposal to the proof."""
    key = await _propose(owner, idea)
    async for pause in _until_judged(owner, idea, key):
        yield pause


async def without_effect(first: Idea, second: Idea, owner: Viewer) -> Script:
    """The first did not help enough; its successor is under way."""
    key = await _propose(owner, first)
    async for pause in _until_judged(owner, first, key):
        yield pause
    yield 20
    following = await _propose(owner, second, successor_of=key)
    yield 30
    await _plan(owner, second, following)
    yield 40
    await start_improvement(owner, StartImprovement(improvement=following))


async def rejected(idea: Idea, owner: Viewer) -> Script:
    """Thought about, and not done."""
    key = await _propose(owner, idea)
    yield 25
    await reject_improvement(
        owner, RejectImprovement(improvement=key, reason="Dividers cost a tenth of it and do the same.")
    )


async def watched(idea: Idea, owner: Viewer) -> Script:
    """In place, and its window is open still."""
    key = await _propose(owner, idea)
    yield 15
    await _plan(owner, idea, key)
    yield 10
    await start_improvement(owner, StartImprovement(improvement=key))
    yield 60
    await monitor_improvement(owner, MonitorImprovement(improvement=key))


async def proposed(idea: Idea, owner: Viewer) -> Script:
    """Nobody has planned it yet."""
    await _propose(owner, idea)
    yield 1


async def _until_judged(owner: Viewer, idea: Idea, key: Key[Improvement]) -> Script:
    yield 15
    await _plan(owner, idea, key)
    yield 20
    await start_improvement(owner, StartImprovement(improvement=key))
    yield 60
    await monitor_improvement(owner, MonitorImprovement(improvement=key))
    yield idea.window_days * HOURS_PER_WINDOW_DAY
    await judge_improvement(owner, JudgeImprovement(improvement=key))


async def _propose(owner: Viewer, idea: Idea, successor_of: Key[Improvement] | None = None) -> Key[Improvement]:
    keys = await propose_improvement(
        owner,
        ProposeImprovement(
            complaints=await _sources(idea),
            kind=idea.kind,
            title=idea.title,
            department=idea.department,
            cause=idea.cause,
            any_product=True,
            successor_of=successor_of,
        ),
    )
    key = keys["improvement"]
    assert isinstance(key, UUID)
    return Key(key)


async def _plan(owner: Viewer, idea: Idea, key: Key[Improvement]) -> None:
    given = PlanImprovement(
        improvement=key,
        plan=idea.plan,
        criterion=idea.criterion,
        max_recurrence=idea.max_recurrence,
        window_days=idea.window_days,
    )
    await plan_improvement(owner, given)


async def _sources(idea: Idea) -> tuple[Key[Complaint], ...]:
    """The latest complaints that the department found to have this cause."""
    found = Complaint.filter(
        category=idea.category,
        cause=idea.cause,
        status__in=[ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED],
        handoffs__department=idea.department,
    ).distinct()
    latest = await found.order_by("-received_at").limit(MOST_SOURCES)
    return tuple(Key(complaint.id) for complaint in latest)
