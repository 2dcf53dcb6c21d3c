"""The ways that complaints of the demo company go. Each yields the working hours that pass before it goes on."""

from collections.abc import Callable

from models.back_office.handoffs.messages import Audience
from models.both_offices.escalations import EscalationLevel, EscalationSource, EscalationTrend
from models.front_office.service.complaints import Outcome
from models.permissions import Department
from resolvers.back_office.handoffs.messages import PostMessage, post_message
from resolvers.back_office.handoffs.verbs import RejectAnswer, TransferHandoff, reject_answer, transfer_handoff
from resolvers.both_offices.escalations import CloseEscalation, EscalateComplaint, close_escalation, escalate_complaint
from resolvers.demo.lives import Life
from resolvers.demo.story import Script
from resolvers.front_office.service.complaints.closing import (
    ChallengeComplaint,
    CloseComplaint,
    challenge_complaint,
    close_complaint,
)
from resolvers.front_office.service.correspondence import AskCustomer, CustomerReplied, ask_customer, customer_replied
from resolvers.kit.commands import Key

Way = Callable[[Life], Script]


async def received_only(life: Life) -> Script:
    """Written down, and nothing more."""
    await life.receive()
    yield 1


async def usual(life: Life) -> Script:
    """Received, acknowledged, handed off, answered by the department and to the customer, closed."""
    async for pause in to_the_department(life):
        yield pause
    async for pause in to_the_customer(life):
        yield pause
    yield 30
    await life.close()


async def to_the_department(life: Life) -> Script:
    """From the customer's first word until somebody of the department has it."""
    await life.receive()
    yield 1 + life.grievance.pick(4)
    await life.acknowledge()
    yield 1
    await life.hand_off()
    yield 0.5 + life.grievance.pick(4, "claim")
    await life.claim()
    yield 2 + life.grievance.pick(10, "find")


async def to_the_customer(life: Life) -> Script:
    """From what the department found until the customer has our answer."""
    await life.found()
    yield 1 + life.grievance.pick(5, "accept")
    await life.accept()
    yield 1
    async for pause in granted(life):
        yield pause


async def granted(life: Life) -> Script:
    """The answer, which a manager must approve where it grants more than the agent may."""
    await life.answer()
    if await life.waits_for_approval():
        yield 3
        await life.approve()


async def with_a_question_between_the_offices(life: Life) -> Script:
    """The department must ask before it can answer."""
    async for pause in to_the_department(life):
        yield pause
    await life.ask_office("Which lot number is on the carton, and how was it stored?")
    yield 5
    name = life.customer.contact_name or life.customer.name
    await life.tell_department(
        f"{name} reads lot 97-{life.grievance.pick(900) + 100} from it, stored in the cold room."
    )
    yield 4
    async for pause in to_the_customer(life):
        yield pause
    yield 20
    await life.close()


async def with_a_question_to_the_customer(life: Life) -> Script:
    """Nothing can be said until the customer has answered."""
    await life.receive()
    yield 2
    await life.acknowledge()
    yield 1
    question = "Would you send us a picture of the label?"
    await ask_customer(life.agent, AskCustomer(complaint=Key(life.complaint), question=question))
    yield 14
    channel, text = life.grievance.channel, "The picture shows the date and the lot."
    await customer_replied(life.agent, CustomerReplied(complaint=Key(life.complaint), channel=channel, text=text))
    yield 1
    await life.hand_off()
    yield 6
    await life.claim()
    yield 6
    async for pause in to_the_customer(life):
        yield pause
    yield 40
    await life.close()


async def with_an_answer_sent_back(life: Life) -> Script:
    """The department's first answer says too little."""
    async for pause in to_the_department(life):
        yield pause
    await life.found()
    yield 2
    await reject_answer(
        life.agent,
        RejectAnswer(handoff=Key(life.handoff), reason="The customer will ask since when we have known. Please say."),
    )
    yield 5
    async for pause in to_the_customer(life):
        yield pause
    yield 30
    await life.close()


async def through_two_departments(life: Life) -> Script:
    """The first department finds that it is another one's."""
    async for pause in to_the_department(life):
        yield pause
    other = Department.PRODUCTION if life.department is not Department.PRODUCTION else Department.LOGISTICS
    await transfer_handoff(
        life.clerk,
        TransferHandoff(
            handoff=Key(life.handoff), department=other, reason="It was packed like this; we only carried it."
        ),
    )
    life.to_department(other)
    yield 7
    await life.claim()
    await life.write("The customer is waiting for a date, please.", life.clerk)
    yield 5
    async for pause in to_the_customer(life):
        yield pause
    yield 30
    await life.close()


async def refused_and_given_to_another(life: Life) -> Script:
    """The department refuses, the agent asks another one."""
    async for pause in to_the_department(life):
        yield pause
    await life.refuse("What we sent was complete; the papers of the carrier say so.")
    yield 3
    life.to_department(Department.LEGAL)
    await life.hand_off("The carrier's papers and the customer's count differ. What do our terms say?")
    yield 6
    await life.claim()
    yield 8
    async for pause in to_the_customer(life):
        yield pause
    yield 30
    await life.close()


async def split_in_two(life: Life) -> Script:
    """Two departments at once; the customer's answer waits for one of them only."""
    await life.receive()
    yield 2
    await life.acknowledge()
    first, second = await life.split(Department.LOGISTICS, Department.PRODUCTION)
    yield 5
    life.to_department(Department.LOGISTICS)
    life.handoff = first
    await life.claim()
    yield 5
    async for pause in to_the_customer(life):
        yield pause
    life.to_department(Department.PRODUCTION)
    life.handoff = second
    yield 8
    await life.claim()
    yield 12
    await life.found()
    yield 4
    await life.accept()
    yield 20
    await life.close()


async def withdrawn(life: Life) -> Script:
    """The customer found what was missing."""
    await life.receive()
    yield 3
    await life.hand_off()
    yield 4
    await close_complaint(
        life.agent,
        CloseComplaint(
            complaint=Key(life.complaint),
            outcome=Outcome.WITHDRAWN,
            reason="The customer rang again: it was their own mistake.",
        ),
    )


async def not_upheld(life: Life) -> Script:
    """The customer is not right, and hears why."""
    async for pause in to_the_department(life):
        yield pause
    await life.found()
    yield 2
    await life.accept()
    yield 2
    await life.answer(Outcome.NOT_UPHELD)
    yield 60
    await life.close()


async def escalated(life: Life) -> Script:
    """The customer rings a second time and wants a manager."""
    async for pause in to_the_department(life):
        yield pause
    given = EscalateComplaint(
        complaint=Key(life.complaint),
        handoff=Key(life.handoff),
        reason="The customer rang a second time and wants to hear from a manager this week.",
        source=EscalationSource.CUSTOMER,
        level=EscalationLevel.OFFICE_MANAGER,
        trend=EscalationTrend.RISING,
    )
    keys = await escalate_complaint(life.agent, given)
    yield 4
    manager = life.cast.people["back.manager"]
    await post_message(
        manager,
        PostMessage(
            handoff=Key(life.handoff),
            audience=Audience.BACK_OFFICE,
            text="Today, please.",
            mentions=(Key(life.clerk.account),),
        ),
    )
    yield 3
    async for pause in to_the_customer(life):
        yield pause
    yield 1
    await close_escalation(
        manager,
        CloseEscalation(
            escalation=Key(keys["escalation"]), resolution="Answered the same day; the customer has been called."
        ),
    )
    yield 30
    await life.close()


async def challenged(life: Life) -> Script:
    """The customer does not accept the answer: others look at it anew."""
    async for pause in to_the_department(life):
        yield pause
    async for pause in to_the_customer(life):
        yield pause
    yield 50
    reason = "An apology does not pay for what was lost."
    await challenge_complaint(life.agent, ChallengeComplaint(complaint=Key(life.complaint), reason=reason))
    yield 4
    life.to_others()
    await life.acknowledge()
    await life.hand_off()
    yield 6
    await life.claim()
    yield 8
    async for pause in to_the_customer(life):
        yield pause
    yield 40
    await life.close()


async def rated_well(life: Life) -> Script:
    """The usual way, and the customer says thank you."""
    async for pause in usual(life):
        yield pause
    yield 5
    await life.rate(4 + life.grievance.pick(2, "rate"), "Quick, and friendly.")


async def rated_badly(life: Life) -> Script:
    """The customer is not satisfied, and says so."""
    async for pause in usual(life):
        yield pause
    yield 5
    await life.rate(2, "It took you too long.")


async def rated_badly_and_reopened(life: Life) -> Script:
    """The customer is not satisfied, and wants us to look at it again."""
    async for pause in to_the_department(life):
        yield pause
    async for pause in to_the_customer(life):
        yield pause
    yield 10
    await life.rate(1, "Nobody asked what it meant for us.", reopen=True)
    yield 8
    await life.answer(Outcome.PARTLY_UPHELD)
    if await life.waits_for_approval():
        yield 3
        await life.approve()
    yield 30
    await life.close()


async def slow(life: Life) -> Script:
    """Nobody claims it until the clock has run out."""
    await life.receive()
    yield 12
    await life.acknowledge()
    yield 2
    await life.hand_off()
    yield 45
    await life.claim()
    yield 30
    async for pause in to_the_customer(life):
        yield pause
    yield 30
    await life.close()


WAYS: tuple[Way, ...] = (
    usual,
    rated_well,
    with_a_question_between_the_offices,
    usual,
    challenged,
    with_a_question_to_the_customer,
    rated_badly,
    with_an_answer_sent_back,
    usual,
    escalated,
    through_two_departments,
    rated_well,
    withdrawn,
    slow,
    split_in_two,
    not_upheld,
    rated_badly_and_reopened,
    usual,
    refused_and_given_to_another,
    rated_well,
)
"""In turn."""
