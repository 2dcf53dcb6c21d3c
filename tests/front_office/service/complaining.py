"""Complaints on their way: what a department answers, what the customer is answered, and why a step is refused."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from models.back_office.handoffs import Handoff
from models.front_office.service.answers import ComplaintAnswer, Redress
from models.front_office.service.complaints import Complaint
from models.permissions import Department, Role
from resolvers.back_office.handoffs.verbs import accept_answer, answer_handoff, claim_handoff
from resolvers.front_office.service.answers import Offer
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from tests.office import Work, do, hire, received, tried, upheld


async def codes(work: Work) -> list[tuple[str, str]]:
    """Code and member of each problem; nothing is changed."""
    return [(problem.code, problem.path[-1]) for problem in await tried(work)]


async def an_agent(name: str) -> Viewer:
    """Somebody else of customer service."""
    return await hire(name, [Role.SERVICE_AGENT], [Department.CUSTOMER_SERVICE])


async def a_manager(name: str) -> Viewer:
    """Another manager of the front office."""
    return await hire(name, [Role.FRONT_OFFICE_MANAGER], [Department.SALES])


def offer(amount: str, currency: str | None = "EUR", redress: Redress = Redress.REFUND) -> Offer:
    return Offer(redress, Decimal(amount), currency)


async def answered(
    viewer: Viewer, complaint: UUID | None = None, granted: Offer | None = None, **said: Any
) -> Complaint:
    """A complaint that somebody upholds; a new one where none is named."""
    key = complaint or (await received(viewer, **said)).id
    await transact(upheld(viewer, key, granted))
    return await Complaint.get(id=key)


async def proposed(viewer: Viewer, granted: Offer | None = None) -> ComplaintAnswer:
    """An answer that waits for a second person."""
    complaint = await answered(viewer, granted=granted or offer("50.01"))
    return await ComplaintAnswer.get(complaint_id=complaint.id)


async def accepted(agent: Viewer, clerk: Viewer, handoff: Handoff) -> None:
    """The department answers, and the front office takes it."""
    await do(claim_handoff, clerk, handoff)
    await do(answer_handoff, clerk, handoff, answer="They leave tomorrow.")
    await do(accept_answer, agent, handoff)
