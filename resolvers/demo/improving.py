"""What the demo company made of its complaints: improvements on their way."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from models.back_office.products.improvements import USUAL_WINDOW_DAYS, Improvement, ImprovementKind
from models.front_office.service.complaints import Category, CauseCode, Complaint, ComplaintStatus
from models.permissions import Department
from resolvers.back_office.products.improvements.agreeing import (
    ProposeImprovement,
    plan_improvement,
    propose_improvement,
)
from resolvers.back_office.products.improvements.steps import (
    judge_improvement,
    monitor_improvement,
    reject_improvement,
    start_improvement,
)
from resolvers.demo.story import Way, does
from resolvers.kit.commands import Key, Viewer

MOST_SOURCES = 12
HOURS_PER_WINDOW_DAY = 7.5
"""Working hours that surely let a day of a monitoring window pass: five days of ten hours are a week."""

idea = partial(ProposeImprovement, complaints=(), any_product=True)
"""Complaints are named when it is proposed."""

PARTS_FIRST = idea(
    title="Ask on the day before whether what is there should go first",
    kind=ImprovementKind.CORRECTION,
    department=Department.LOGISTICS,
    category=Category.DELIVERY,
    cause=CauseCode.METHOD,
    plan="A list of tomorrow's incomplete orders each noon. Whoever packs asks the front office, which asks the customer.",
    criterion="Complaints about deliveries that waited are a third of what they were.",
    max_recurrence=Decimal("15.00"),
    window_days=60,
)
COLD_DOCK = idea(
    title="Keep the dock cold",
    kind=ImprovementKind.PREVENTION,
    department=Department.PRODUCT_DEVELOPMENT,
    category=Category.PRODUCT_QUALITY,
    cause=CauseCode.SUPPLIER,
    plan="Perishable goods go from the supplier's lorry into the cold room within the hour; the supplier signs the time.",
    criterion="Nothing arrives spoiled.",
    max_recurrence=Decimal("0.50"),
    window_days=60,
)
COLD_LORRY = replace(
    COLD_DOCK,
    title="Take perishable goods from suppliers with cold lorries only",
    plan="New terms with the three suppliers concerned, and a thermometer in every lorry.",
    criterion="Less than two spoiled deliveries in a thousand orders.",
    max_recurrence=Decimal("2.00"),
    window_days=90,
)
DISCOUNTS_COPIED = idea(
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
FORM_REMEMBERS = idea(
    title="Let the order form remember what was typed",
    kind=ImprovementKind.IMPROVEMENT,
    department=Department.IT,
    category=Category.WEBSITE,
    cause=CauseCode.DESIGN,
)
SMALLER_CARTONS = idea(
    title="Ship bottles in cartons of six only",
    kind=ImprovementKind.IMPROVEMENT,
    department=Department.LOGISTICS,
    category=Category.DELIVERY,
    cause=CauseCode.MATERIAL,
)


@dataclass
class Endeavour:
    """An idea on its way. All of it is what its owner does."""

    idea: ProposeImprovement
    owner: Viewer
    improvement: Key[Improvement] | None = None


async def propose(life: Endeavour) -> None:
    """The owner proposes it with the latest complaints that the department found to have its cause."""
    found = Complaint.filter(
        category=life.idea.category,
        cause=life.idea.cause,
        status__in=[ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED],
        handoffs__department=life.idea.department,
    ).distinct()
    latest = await found.order_by("-received_at").limit(MOST_SOURCES)
    sources: tuple[Key[Complaint], ...] = tuple(Key(complaint.id) for complaint in latest)
    given = replace(life.idea, complaints=sources, successor_of=life.improvement)
    life.improvement = Key((await propose_improvement(life.owner, given))["improvement"])


async def propose_cold_lorries(life: Endeavour) -> None:
    """The cold dock did not help enough; this is its successor."""
    life.idea = COLD_LORRY
    await propose(life)


async def watch(life: Endeavour) -> float:
    """Nothing is done until its window has passed."""
    return (life.idea.window_days or USUAL_WINDOW_DAYS) * HOURS_PER_WINDOW_DAY


plan = does("owner", plan_improvement, "improvement")
start = does("owner", start_improvement, "improvement")
monitor = does("owner", monitor_improvement, "improvement")
judge = does("owner", judge_improvement, "improvement")
reject = does("owner", reject_improvement, "improvement", reason="Dividers cost a tenth of it and do the same.")

JUDGED: Way[Endeavour] = (propose, 15, plan, 20, start, 60, monitor, watch, judge)

IMPROVEMENTS: tuple[tuple[str, str, ProposeImprovement, Way[Endeavour]], ...] = (
    ("1997-09-01", "logistics", PARTS_FIRST, JUDGED),
    ("1997-10-06", "development", COLD_DOCK, (*JUDGED, 20, propose_cold_lorries, 30, plan, 40, start)),
    ("1998-01-12", "logistics", SMALLER_CARTONS, (propose, 25, reject)),
    ("1998-02-16", "accounting", DISCOUNTS_COPIED, (propose, 15, plan, 10, start, 60, monitor)),
    ("1998-04-20", "it", FORM_REMEMBERS, (propose,)),
)
"""From when on, by whom, what, and how far it went."""
