"""The lives of the demo company's complaints: who does what with each grievance, and how long they take over it.

Most go the usual way; by its number a grievance goes one of the ways on which something happens.
"""

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from uuid import UUID

from models.back_office.handoffs.messages import Audience
from models.both_offices.accounts import Account
from models.both_offices.escalations import Escalation
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.sales.orders.terms import OrderPayment
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress
from models.front_office.service.complaints import DEPARTMENT_OF, Category, Complaint, Outcome
from models.front_office.service.ratings import RatingLink
from models.kit.base import new_id
from models.permissions import Department
from resolvers.back_office.handoffs.messages import PostMessage, post_message
from resolvers.back_office.handoffs.verbs import (
    AcceptAnswer,
    AnswerHandoff,
    ClaimHandoff,
    ProvideInformation,
    RefuseHandoff,
    RequestInformation,
    accept_answer,
    answer_handoff,
    claim_handoff,
    provide_information,
    refuse_handoff,
    request_information,
)
from resolvers.both_offices.escalations import CloseEscalation, close_escalation
from resolvers.demo.grievances import Grievance
from resolvers.demo.staff import Cast
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
from resolvers.front_office.service.correspondence import AcknowledgeComplaint, acknowledge_complaint
from resolvers.front_office.service.ratings import write_rating
from resolvers.kit.commands import Key
from resolvers.kit.viewer import Viewer

GOODWILL = Decimal("25.00")
MOST_REFUNDED = Decimal("0.25")
"""Of what the order cost."""


@dataclass
class Life:
    """One complaint on its way. Each verb is done by who would do it."""

    grievance: Grievance
    customer: Customer
    order: Order
    product: UUID | None
    cast: Cast
    complaint: UUID | None = None
    handoff: UUID | None = None
    department: Department = field(init=False)
    agent: Viewer = field(init=False)
    clerk: Viewer = field(init=False)
    manager: Viewer = field(init=False)

    def __post_init__(self) -> None:
        self.department = DEPARTMENT_OF[self.grievance.category]
        self.agent = self.cast.employees[self.grievance.employee_id]
        self.clerk = self.cast.clerk(self.department)
        self.manager = self.cast.people["front.manager"]

    # --- The front office ---

    async def receive(self) -> None:
        """The customer says it, the employee who took the order writes it down."""
        grievance = self.grievance
        who = self.customer.contact_name or "Somebody"
        phone = f" ({self.customer.phone})" if self.customer.phone else ""
        said = f"{who} of {self.customer.name}{phone} says about order {self.order.number}: {grievance.told}"
        line = await OrderLine.filter(order_id=self.order.id, product_id=self.product).first() if self.product else None
        keys = await receive_complaint(
            self.agent,
            ReceiveComplaint(
                customer=Key(self.customer.id),
                order=Key(self.order.id),
                product=Key(self.product) if self.product else None,
                order_line=Key(line.id) if line else None,
                channel=grievance.channel,
                category=grievance.category,
                severity=grievance.severity,
                subject=grievance.subject,
                description=said,
                remedy_sought=grievance.remedy_sought,
            ),
        )
        self.complaint = keys["complaint"]

    async def acknowledge(self) -> None:
        """The customer hears that we have it."""
        await acknowledge_complaint(self.agent, AcknowledgeComplaint(complaint=Key(self.complaint)))

    async def hand_off(self, brief: str | None = None) -> None:
        """The department gets it."""
        keys = await hand_off_complaint(
            self.agent, HandOffComplaint(complaint=Key(self.complaint), department=self.department, brief=brief)
        )
        self.handoff = keys["handoff"]

    async def accept(self) -> None:
        """The department's answer will do."""
        await accept_answer(self.agent, AcceptAnswer(handoff=Key(self.handoff)))

    async def answer(self, outcome: Outcome = Outcome.UPHELD) -> None:
        """The customer gets the answer, and redress where something was lost."""
        offer = await self.offer() if outcome is not Outcome.NOT_UPHELD else Offer()
        await answer_complaint(
            self.agent,
            AnswerComplaint(
                complaint=Key(self.complaint), outcome=outcome, answer=self.grievance.answer, **asdict(offer)
            ),
        )

    async def close(self) -> None:
        """Done with, and so is what went to a manager by itself."""
        for escalation in await Escalation.filter(complaint_id=self.complaint, closed_at=None).order_by("id"):
            await close_escalation(
                self.cast.people["back.manager"],
                CloseEscalation(escalation=Key(escalation.id), resolution="The customer has the answer."),
            )
        await close_complaint(self.agent, CloseComplaint(complaint=Key(self.complaint)))

    async def offer(self) -> Offer:
        """What this customer is granted: money back for what could not be used, at most a quarter of the order, once it is paid.

        Nothing is sent once more: Northwind's stock is what its data say, whatever its customers were promised.
        """
        reasons = self.grievance.found
        match self.grievance.category:
            case Category.PRODUCT_QUALITY:
                total = Decimal(self.order.total_minor) / 100
                amount = max((total * MOST_REFUNDED).quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal("0.01"))
                # What is owed still cannot be given back.
                redress = Redress.REFUND if await OrderPayment.exists(order_id=self.order.id) else Redress.CREDIT
                return Offer(redress, amount, self.order.currency, reasons)
            case Category.BILLING:
                return Offer(Redress.CREDIT, GOODWILL, self.order.currency, reasons)
            case Category.DELIVERY if self.product is not None:
                return Offer(Redress.CREDIT, GOODWILL, self.order.currency, reasons)
            case _:
                return Offer(Redress.APOLOGY, None, None, reasons)

    async def approve(self) -> None:
        """A manager finds the redress right; where two answers add up to more than one of sales may grant, the back office's."""
        complaint = await Complaint.get(id=self.complaint)
        waiting = await ComplaintAnswer.get(complaint_id=complaint.id, status=AnswerStatus.PROPOSED)
        price = Price(waiting.amount_minor, waiting.currency)
        able = await may_grant(self.manager, complaint, price)
        manager = self.manager if able else self.cast.people["back.manager"]
        await approve_redress(manager, ApproveRedress(answer=Key(waiting.id)))

    async def split(self, *departments: Department) -> list[UUID]:
        """Several departments get a piece at once; the customer's answer waits for the first one's."""
        parts = tuple(ComplaintPart(department=one, blocks=not place) for place, one in enumerate(departments))
        keys = await split_complaint(self.agent, SplitComplaint(complaint=Key(self.complaint), parts=parts))
        pieces = keys["handoffs"]
        assert isinstance(pieces, tuple)
        return list(pieces)

    async def rate(self, score: int, comment: str, *, reopen: bool = False) -> None:
        """The customer follows the link. Its token is nobody's: a real one would be another one in every database."""
        complaint = await Complaint.get(id=self.complaint)
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

    async def waits_for_approval(self) -> bool:
        """Whether the redress is above what the agent may grant."""
        return (await Complaint.get(id=self.complaint)).status.value == "AWAITING_APPROVAL"

    # --- The back office ---

    async def claim(self) -> None:
        """Somebody of the department takes it."""
        await claim_handoff(self.clerk, ClaimHandoff(handoff=Key(self.handoff)))

    async def found(self) -> None:
        """The department says what it found, and what it came from."""
        await answer_handoff(
            self.clerk,
            AnswerHandoff(handoff=Key(self.handoff), answer=self.grievance.found, cause=self.grievance.cause),
        )

    async def refuse(self, reason: str) -> None:
        """The department says that it is not theirs."""
        await refuse_handoff(self.clerk, RefuseHandoff(handoff=Key(self.handoff), reason=reason))

    async def ask_office(self, question: str) -> None:
        """The department asks the front office."""
        await request_information(self.clerk, RequestInformation(handoff=Key(self.handoff), question=question))

    async def tell_department(self, text: str) -> None:
        """The front office answers."""
        await provide_information(self.agent, ProvideInformation(handoff=Key(self.handoff), text=text))

    async def write(self, text: str, *mentioned: Viewer) -> None:
        """A message for the department."""
        mentions = tuple(Key[Account](viewer.account) for viewer in mentioned)
        message = PostMessage(handoff=Key(self.handoff), audience=Audience.BOTH_OFFICES, text=text, mentions=mentions)
        await post_message(self.agent, message)

    def to_department(self, department: Department) -> None:
        """From now on it is another department's."""
        self.department, self.clerk = department, self.cast.clerk(department)

    def to_others(self) -> None:
        """From now on it is for people who had nothing to do with it."""
        self.agent = self.cast.people["service"]
        self.clerk = self.cast.clerk(self.department, second=True)
        self.manager = self.cast.employees["5" if self.grievance.employee_id == "2" else "2"]
