"""The ways of complaints, and of what hangs on them."""

from datetime import timedelta
from typing import Any

from models.back_office.handoffs import Handoff
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.sales.orders.terms import OrderPayment
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer
from models.front_office.service.complaints import Complaint
from models.kit.base import now
from models.permissions import Role
from resolvers.both_offices.rules.saving import ship_rules
from schema.transport.execution import Engine
from tests.properties.adversarial.making import key
from tests.properties.canaries.company import base
from tests.properties.state_paths.steps import Step, Told, Way, by, send, walkers, way

AGENT, SALES, BOSS = Role.SERVICE_AGENT, Role.SALES_REPRESENTATIVE, Role.FRONT_OFFICE_MANAGER
CLERK, LEGAL, CHIEF = Role.LOGISTICS_CLERK, Role.LEGAL_OFFICER, Role.BACK_OFFICE_MANAGER

CUSTOMER, ORDER, PRODUCT, OTHER_PRODUCT = f"cus_{key(2, 1)}", f"ord_{key(9, 1)}", f"prd_{key(3, 1)}", f"prd_{key(3, 2)}"

_OTHERS = [f"cus_{key(2, n)}" for n in (2, 3, 4)]
"""Customers who are given something, each in one way alone."""

PLAN = {"plan": "Train.", "criterion": "Seldom.", "maxRecurrence": "1000000", "windowDays": 2}
GOODWILL: dict[str, Any] = {"redress": "GOODWILL", "amount": "700.00", "currency": "EUR"}
WITHDRAWN: dict[str, Any] = {"outcome": "WITHDRAWN"}

GIVEN: dict[str, dict[str, Any]] = {
    "receiveComplaint": {"customer": CUSTOMER, "category": "DELIVERY"},
    "handOffComplaint": {"department": "LOGISTICS"},
    "splitComplaint": {"parts": [{"department": "LEGAL", "blocks": True}, {"department": "IT", "blocks": False}]},
    "transferHandoff": {"department": "FINANCE"},
    "planImprovement": PLAN,
    "proposeImprovement": {
        "department": "LOGISTICS",
        "cause": "METHOD",
        "anyCategory": True,
        "anyProduct": True,
    },
    "determineCause": {"cause": "METHOD"},
    "closeCase": {"reason": "Because."},
}
"""What an input is given besides ids, texts and first values of enumerations, so that the verb can succeed."""

_CASE = (by(BOSS, "openCase", complaints=["complaint"]), by(BOSS, "answerCase"))
_CLAIMED_AND_ANSWERED = (by(CLERK, "claimHandoff"), by(CLERK, "answerHandoff"))


def _granted(customer: str) -> tuple[Step, ...]:
    """A customer gets GOODWILL; for 30 days it counts with whatever else that customer is to get."""
    given = by(AGENT, "receiveComplaint", customer=customer), by(AGENT, "answerComplaint", **GOODWILL)
    return (*given, by(CHIEF, "approveRedress"))


WAYS: dict[str, Way] = {
    "cmp RECEIVED": way("", by(AGENT, "receiveComplaint")),
    "cmp RECEIVED with a case's answer": way("cmp RECEIVED", *_CASE),
    "cmp RECEIVED at stage 2": way("cmp ANSWERED", by(SALES, "challengeComplaint")),
    "cmp HANDED_OFF": way("cmp RECEIVED", by(AGENT, "handOffComplaint")),
    "cmp HANDED_OFF settled": way("cmp HANDED_OFF", *_CLAIMED_AND_ANSWERED, by(AGENT, "acceptAnswer")),
    "cmp HANDED_OFF settled with a case's answer": way("cmp HANDED_OFF settled", *_CASE),
    "cmp HANDED_OFF at stage 2": way("cmp RECEIVED at stage 2", by(SALES, "handOffComplaint")),
    "cmp AWAITING_CUSTOMER": way("cmp RECEIVED", by(AGENT, "askCustomer")),
    "cmp AWAITING_CUSTOMER with a case's answer": way("cmp AWAITING_CUSTOMER", *_CASE),
    "cmp AWAITING_CUSTOMER with a department": way("cmp HANDED_OFF", by(AGENT, "askCustomer")),
    "cmp AWAITING_CUSTOMER settled": way("cmp HANDED_OFF settled", by(AGENT, "askCustomer")),
    "cmp AWAITING_APPROVAL": way("cmp RECEIVED", by(AGENT, "answerComplaint", **GOODWILL)),
    "cmp AWAITING_APPROVAL settled": way("cmp HANDED_OFF settled", by(AGENT, "answerComplaint", **GOODWILL)),
    "cmp AWAITING_APPROVAL at stage 2": way("cmp RECEIVED at stage 2", by(SALES, "answerComplaint", **GOODWILL)),
    "cmp ANSWERED": way("cmp RECEIVED", by(AGENT, "answerComplaint")),
    "cmp ANSWERED late": way("cmp ANSWERED", earlier=400),
    "cmp ANSWERED with a department": way(
        "cmp RECEIVED", by(AGENT, "handOffComplaint", blocks=False), by(AGENT, "answerComplaint")
    ),
    "cmp ANSWERED at stage 3": way(
        "cmp RECEIVED at stage 2",
        by(SALES, "answerComplaint"),
        by(BOSS, "challengeComplaint"),
        by(BOSS, "answerComplaint"),
    ),
    "cmp ANSWERED at stage 3 late": way("cmp ANSWERED at stage 3", earlier=400),
    "cmp CLOSED": way("cmp ANSWERED", by(AGENT, "closeComplaint")),
    "cmp CLOSED late": way("cmp CLOSED", earlier=400),
    "cmp CLOSED unanswered": way("cmp RECEIVED", by(AGENT, "closeComplaint", **WITHDRAWN)),
    "cmp CLOSED unanswered late": way("cmp CLOSED unanswered", earlier=400),
    "hnd QUEUED": way("cmp HANDED_OFF"),
    "hnd QUEUED at stage 2": way(
        "cmp HANDED_OFF settled",
        *(by(AGENT, "answerComplaint"), by(SALES, "challengeComplaint"), by(SALES, "handOffComplaint")),
    ),
    "hnd QUEUED left from stage 1": way(
        "cmp ANSWERED with a department", by(SALES, "challengeComplaint"), by(SALES, "askCustomer")
    ),
    "hnd CLAIMED": way("hnd QUEUED", by(CLERK, "claimHandoff")),
    "hnd CLAIMED at stage 2": way("hnd QUEUED at stage 2", by(LEGAL, "claimHandoff")),
    "hnd AWAITING_INFORMATION": way("hnd CLAIMED", by(CLERK, "requestInformation")),
    "hnd AWAITING_INFORMATION at stage 2": way("hnd CLAIMED at stage 2", by(LEGAL, "requestInformation")),
    "hnd ANSWERED": way("hnd CLAIMED", by(CLERK, "answerHandoff")),
    "hnd ANSWERED at stage 2": way("hnd CLAIMED at stage 2", by(LEGAL, "answerHandoff")),
    "hnd ACCEPTED": way("hnd ANSWERED", by(AGENT, "acceptAnswer")),
    "hnd REFUSED": way("hnd QUEUED", by(CLERK, "refuseHandoff")),
    "hnd WITHDRAWN": way("hnd QUEUED", by(AGENT, "withdrawHandoff")),
    "ans TO_CONFIRM": way("cmp RECEIVED with a case's answer"),
    "ans TO_CONFIRM above the limit": way(
        "cmp RECEIVED", by(BOSS, "openCase", complaints=["complaint"]), by(BOSS, "answerCase", **GOODWILL)
    ),
    "ans TO_CONFIRM while a department works": way("cmp HANDED_OFF", *_CASE),
    "ans TO_CONFIRM while another waits": way(
        "cmp RECEIVED with a case's answer", by(AGENT, "answerComplaint", **GOODWILL)
    ),
    "ans TO_CONFIRM at stage 2": way("cmp RECEIVED at stage 2", *_CASE),
    "ans TO_CONFIRM by who worked before": way(
        "cmp RECEIVED at stage 2", by(AGENT, "openCase", complaints=["complaint"]), by(AGENT, "answerCase")
    ),
    "ans TO_CONFIRM dearer than the order": way(
        "",
        by(AGENT, "receiveComplaint", order=ORDER),
        by(BOSS, "openCase", complaints=["complaint"]),
        by(BOSS, "answerCase", redress="REFUND", amount="12.00", currency="EUR"),
    ),
    "ans TO_CONFIRM in another currency": way(
        "",
        by(AGENT, "receiveComplaint", order=ORDER),
        by(BOSS, "openCase", complaints=["complaint"]),
        by(BOSS, "answerCase", redress="CREDIT", amount="1.00", currency="USD"),
    ),
    "ans TO_CONFIRM worth the order": way(
        "",
        by(AGENT, "receiveComplaint", order=ORDER),
        by(BOSS, "openCase", complaints=["complaint"]),
        by(BOSS, "answerCase", redress="REFUND", amount="10.00", currency="EUR"),
    ),
    "ans PROPOSED": way("cmp AWAITING_APPROVAL"),
    "ans PROPOSED at stage 2": way("cmp AWAITING_APPROVAL at stage 2"),
    "ans PROPOSED above all limits": way(
        "cmp RECEIVED", by(AGENT, "answerComplaint", redress="GOODWILL", amount="5000.00", currency="EUR")
    ),
    "ans PROPOSED above all limits with what went before": way(
        "", *_granted(_OTHERS[0]), by(SALES, "challengeComplaint"), by(SALES, "answerComplaint", **GOODWILL)
    ),
    "ans PROPOSED above all limits with what the customer got": way(
        "",
        *_granted(_OTHERS[1]),
        by(AGENT, "receiveComplaint", customer=_OTHERS[1]),
        by(AGENT, "answerComplaint", **GOODWILL),
    ),
    "ans PROPOSED for a case": way("ans TO_CONFIRM above the limit", by(AGENT, "confirmCaseAnswer")),
    "ans SENT": way("", *_granted(_OTHERS[2])),
    "ans REJECTED": way("ans PROPOSED", by(CHIEF, "rejectRedress")),
    "ans WITHDRAWN": way("ans PROPOSED", by(AGENT, "withdrawAnswer")),
    # The rule that is shipped finds three complaints of a week about one product.
    "cas PROPOSED": way("", *[by(AGENT, "receiveComplaint", product=PRODUCT, ruled=True)] * 3),
    "cas OPEN": way(
        "", *[by(AGENT, "receiveComplaint", product=OTHER_PRODUCT, ruled=True)] * 3, by(BOSS, "confirmCase")
    ),
    "cas ANSWERED": way("", by(BOSS, "openCase"), by(BOSS, "answerCase")),
    "cas ANSWERED and not confirmed everywhere": way("cmp RECEIVED with a case's answer"),
    "cas CLOSED": way("cas ANSWERED", by(AGENT, "closeCase")),
    "imp PROPOSED": way("cmp HANDED_OFF", by(CLERK, "proposeImprovement", complaints=["complaint"])),
    "imp PLANNED": way("imp PROPOSED", by(CLERK, "planImprovement")),
    "imp IN_PROGRESS": way("imp PLANNED", by(CLERK, "startImprovement")),
    "imp MONITORING": way("imp IN_PROGRESS", by(CLERK, "monitorImprovement")),
    "imp MONITORING with complaints unanswered": way("imp MONITORING", earlier=9),
    "imp MONITORING and nothing was ordered": way(
        "imp MONITORING", by(AGENT, "closeComplaint", **WITHDRAWN), earlier=500
    ),
    "imp MONITORING settled": way("imp MONITORING", by(AGENT, "closeComplaint", **WITHDRAWN), earlier=9),
    "imp MONITORING settled and come back": way(
        "imp PROPOSED",
        *(by(CLERK, "planImprovement", 10, maxRecurrence="0"), by(CLERK, "startImprovement", 10)),
        *(by(CLERK, "monitorImprovement", 10), by(AGENT, "closeComplaint", 10, **WITHDRAWN)),
        *(by(AGENT, "receiveComplaint", 9.5), by(AGENT, "determineCause", 9.5)),
        earlier=9,
    ),
    "imp EFFECTIVE": way("imp MONITORING settled", by(CLERK, "judgeImprovement")),
    "imp NOT_EFFECTIVE": way("imp MONITORING settled and come back", by(CLERK, "judgeImprovement")),
    "imp REJECTED": way("imp PLANNED", by(CLERK, "rejectImprovement")),
    "esc OPEN": way("cmp RECEIVED", by(AGENT, "escalateComplaint")),
    "esc CLOSED": way("esc OPEN", by(CHIEF, "closeEscalation")),
    "tsk OPEN": way("cmp RECEIVED", by(AGENT, "createTask", complaint="complaint", department="LOGISTICS")),
    "tsk DONE": way("tsk OPEN", by(CLERK, "finishTask")),
}
"""Situations of which each begins with the prefix of its record and the status that it is in."""

WALKERS = walkers(WAYS)

CONSEQUENCES: dict[str, dict[tuple[str, str], tuple[str, Role, str, dict[str, Any]]]] = {
    "cmp": {
        ("RECEIVED", "AWAITING_APPROVAL"): ("cmp RECEIVED", AGENT, "answerComplaint", GOODWILL),
        ("HANDED_OFF", "AWAITING_APPROVAL"): ("cmp HANDED_OFF settled", AGENT, "answerComplaint", GOODWILL),
        ("AWAITING_CUSTOMER", "AWAITING_APPROVAL"): ("cmp AWAITING_CUSTOMER", AGENT, "answerComplaint", GOODWILL),
        ("HANDED_OFF", "RECEIVED"): ("cmp HANDED_OFF", AGENT, "withdrawHandoff", {}),
        ("AWAITING_APPROVAL", "RECEIVED"): ("cmp AWAITING_APPROVAL", CHIEF, "rejectRedress", {}),
        ("AWAITING_APPROVAL", "HANDED_OFF"): ("cmp AWAITING_APPROVAL settled", CHIEF, "rejectRedress", {}),
    }
}
"""The steps that follow from another change, or from what a verb is given: a situation, who does what, and with what."""


async def found_company(graphql: Engine) -> None:
    """Staff, customers and products, one order of each time that counts, and limits."""
    for model, rows in base().items():
        await model.bulk_create([model(**row) for row in rows])
    at = now() - timedelta(days=9)
    price: dict[str, Any] = {"currency": "EUR", "net_minor": 1000, "total_minor": 1000}
    order = await Order.create(
        id=key(9, 1), number="ORD-WALK-1", customer_id=key(2, 1), status="PLACED", placed_at=at, **price
    )
    await OrderLine.create(
        order_id=order.id, position=1, product_id=key(3, 1), quantity=1, unit_price_minor=1000, **price
    )
    await OrderPayment.create(
        order_id=order.id, amount_minor=1000, currency="EUR", method="CARD", received_at=at, recorded_at=at
    )
    await ship_rules()
    await _set_limits(graphql)


async def _set_limits(graphql: Engine) -> None:
    """Agents grant 50 EUR alone, managers 1,000 EUR."""
    for who, role, limit in (
        *((BOSS, AGENT, "50.00"), (BOSS, SALES, "50.00")),
        *((BOSS, CHIEF, "1000.00"), (CHIEF, BOSS, "1000.00")),
    ):
        await send(graphql, who, "setRedressLimit", {"role": role.value, "currency": "EUR", "limit": limit})


async def look(told: Told) -> None:
    """What hangs on the complaint that was told of last."""
    if "complaint" not in told:
        return
    complaint = await Complaint.get(id=told["complaint"][4:])
    if handoff := await Handoff.filter(complaint_id=complaint.id).order_by("-id").first():
        told["handoff"] = f"hnd_{handoff.id}"
    answers = await ComplaintAnswer.filter(complaint_id=complaint.id).order_by("id")
    if answers:
        waiting = [answer for answer in answers if answer.status == AnswerStatus.TO_CONFIRM]
        told["answer"] = f"ans_{[*answers, *waiting][-1].id}"
    if complaint.case_id:
        told["case"] = f"cas_{complaint.case_id}"
