"""The lives of the demo company's complaints: who does what with each grievance. The ways that they go are in ways.py."""

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256

from models.back_office.handoffs import Handoff
from models.back_office.products.catalogue import Product
from models.both_offices.escalations import Escalation
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.sales.orders.terms import OrderPayment
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress
from models.front_office.service.complaints import DEPARTMENT_OF, Category, Complaint, Outcome
from models.front_office.service.ratings import RatingLink
from models.kit.base import new_id
from models.permissions import Department
from resolvers.back_office.handoffs.verbs import AnswerHandoff, accept_answer, answer_handoff, claim_handoff
from resolvers.both_offices.escalations.verbs import CloseEscalation, close_escalation
from resolvers.demo.grievances import Grievance
from resolvers.demo.staff import Cast
from resolvers.demo.story import does
from resolvers.front_office.service.answers import Offer, Price, may_grant
from resolvers.front_office.service.complaints.answering import (
    AnswerComplaint,
    ApproveRedress,
    answer_complaint,
    approve_redress,
)
from resolvers.front_office.service.complaints.closing import CloseComplaint, close_complaint
from resolvers.front_office.service.complaints.receiving import ReceiveComplaint, receive_complaint
from resolvers.front_office.service.complaints.working import (
    ComplaintPart,
    HandOffComplaint,
    SplitComplaint,
    hand_off_complaint,
    split_complaint,
)
from resolvers.front_office.service.correspondence import acknowledge_complaint
from resolvers.front_office.service.ratings import write_rating
from resolvers.kit.commands import Key, Viewer

GOODWILL = Decimal("25.00")
MOST_REFUNDED = Decimal("0.25")
"""Of what the order cost."""


@dataclass
class Life:
    """One complaint on its way. Each verb is done by who would do it."""

    grievance: Grievance
    customer: Customer
    order: Order
    product: Key[Product] | None
    cast: Cast
    complaint: Key[Complaint] = field(init=False)
    handoff: Key[Handoff] = field(init=False)
    other_handoff: Key[Handoff] = field(init=False)
    escalation: Key[Escalation] = field(init=False)
    department: Department = field(init=False)
    agent: Viewer = field(init=False)
    clerk: Viewer = field(init=False)
    manager: Viewer = field(init=False)
    supervisor: Viewer = field(init=False)

    def __post_init__(self) -> None:
        self.agent = self.cast.employees[self.grievance.order["EmployeeID"]]
        self.manager, self.supervisor = self.cast.people["front.manager"], self.cast.people["back.manager"]
        self.to_department(DEPARTMENT_OF[self.grievance.category])

    def to_department(self, department: Department) -> None:
        """From now on it is for another department."""
        self.department, self.clerk = department, self.cast.clerk(department)


acknowledge = does("agent", acknowledge_complaint, "complaint")
claim = does("clerk", claim_handoff, "handoff")
accept = does("agent", accept_answer, "handoff")


# --- The front office ---


async def receive(life: Life) -> None:
    """The customer says it, the employee who took the order writes it down."""
    grievance = life.grievance
    who = life.customer.contact_name or "Somebody"
    phone = f" ({life.customer.phone})" if life.customer.phone else ""
    said = f"{who} of {life.customer.name}{phone} says about order {life.order.number}: {grievance.told}"
    line = await OrderLine.get_or_none(order_id=life.order.id, product_id=life.product.id) if life.product else None
    given = ReceiveComplaint(
        customer=Key(life.customer.id),
        order=Key(life.order.id),
        product=life.product,
        order_line=Key(line.id) if line else None,
        channel=grievance.channel,
        category=grievance.category,
        severity=grievance.severity,
        subject=grievance.subject,
        description=said,
        remedy_sought=grievance.remedy_sought,
    )
    life.complaint = Key((await receive_complaint(life.agent, given))["complaint"])


async def hand_off(life: Life, brief: str | None = None) -> None:
    """The department gets it."""
    given = HandOffComplaint(complaint=life.complaint, department=life.department, brief=brief)
    life.handoff = Key((await hand_off_complaint(life.agent, given))["handoff"])


async def split(life: Life) -> None:
    """Two departments get a piece at once; the customer's answer waits for the first one's only."""
    first = ComplaintPart(department=Department.LOGISTICS)
    second = ComplaintPart(department=Department.PRODUCTION, blocks=False)
    keys = await split_complaint(life.agent, SplitComplaint(complaint=life.complaint, parts=(first, second)))
    life.handoff, life.other_handoff = (Key[Handoff](key) for key in keys["handoffs"])
    life.to_department(first.department)


async def turn_to_second(life: Life) -> None:
    """From now on it is about the second one's piece."""
    life.to_department(Department.PRODUCTION)
    life.handoff = life.other_handoff


async def answer(life: Life, outcome: Outcome = Outcome.UPHELD) -> float | None:
    """The customer gets the answer, and redress where something was lost: hours later, where a manager must approve it."""
    offer = await _offer(life) if outcome is not Outcome.NOT_UPHELD else Offer()
    given = AnswerComplaint(complaint=life.complaint, outcome=outcome, answer=life.grievance.answer, **asdict(offer))
    await answer_complaint(life.agent, given)
    return 3 if await _waiting(life) else None


async def approve(life: Life) -> None:
    """A manager finds the redress right; where two answers add up to more than one of sales may grant, the back office's."""
    if waiting := await _waiting(life):
        price = Price(waiting.amount_minor, waiting.currency)
        able = await may_grant(life.manager, await Complaint.get(id=life.complaint.id), waiting.redress, price)
        manager = life.manager if able else life.supervisor
        await approve_redress(manager, ApproveRedress(answer=Key(waiting.id)))


async def close(life: Life) -> None:
    """Done with, and so is what went to a manager by itself."""
    for escalation in await Escalation.filter(complaint_id=life.complaint.id, closed_at=None).order_by("id"):
        given = CloseEscalation(escalation=Key(escalation.id), resolution="The customer has the answer.")
        await close_escalation(life.supervisor, given)
    await close_complaint(life.agent, CloseComplaint(complaint=life.complaint))


async def rate(life: Life, score: int, comment: str, *, reopen: bool = False) -> None:
    """The customer follows the link. Its token is nobody's: a real one would be another one in every database."""
    complaint = await Complaint.get(id=life.complaint.id)
    sent = ComplaintAnswer.filter(complaint_id=complaint.id, status=AnswerStatus.SENT).order_by("-sent_at")
    answer = await sent.first()
    assert answer is not None
    link = await RatingLink.create(
        id=new_id(),
        answer_id=answer.id,
        jti_hash=sha256(f"demo {complaint.number} {answer.stage} {answer.attempt}".encode()).hexdigest(),
        issued_at=answer.sent_at,
        issued_by_id=answer.proposed_by_id,
        expires_at=answer.sent_at + timedelta(days=14),
    )
    await write_rating(complaint, answer, link, score, comment, wants_reopening=reopen)


async def _offer(life: Life) -> Offer:
    """What this customer is granted: money back for what could not be used, at most a quarter of the order, once it is paid.

    Nothing is sent once more: Northwind's stock is what its data say, whatever its customers were promised.
    """
    reasons, currency = life.grievance.found, life.order.currency
    match life.grievance.category:
        case Category.PRODUCT_QUALITY:
            total = Decimal(life.order.total_minor) / 100
            amount = max((total * MOST_REFUNDED).quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal("0.01"))
            # What is owed still cannot be given back.
            paid = await OrderPayment.exists(order_id=life.order.id)
            return Offer(Redress.REFUND if paid else Redress.CREDIT, amount, currency, reasons)
        case Category.DELIVERY | Category.BILLING if life.product:
            return Offer(Redress.CREDIT, GOODWILL, currency, reasons)
        case _:
            return Offer(Redress.APOLOGY, None, None, reasons)


async def _waiting(life: Life) -> ComplaintAnswer | None:
    """The answer whose redress is above what the agent may grant."""
    return await ComplaintAnswer.get_or_none(complaint_id=life.complaint.id, status=AnswerStatus.PROPOSED)


# --- The back office ---


async def find(life: Life) -> None:
    """The department says what it found, and what it came from."""
    grievance = life.grievance
    given = AnswerHandoff(handoff=life.handoff, answer=grievance.found, cause=grievance.cause)
    await answer_handoff(life.clerk, given)


async def to_others(life: Life) -> None:
    """From now on it is for people who had nothing to do with it."""
    life.agent = life.cast.people["service"]
    life.clerk = life.cast.clerk(life.department, second=True)
    life.manager = life.cast.employees["5" if life.grievance.order["EmployeeID"] == "2" else "2"]
