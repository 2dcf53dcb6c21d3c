"""The ways that complaints of the demo company go: what is done, one thing after another, and the working hours in between."""

from models.back_office.handoffs.messages import Audience
from models.both_offices.escalations import EscalationLevel, EscalationSource, EscalationTrend
from models.front_office.service.complaints import Outcome
from models.permissions import Department
from resolvers.back_office.handoffs.escalating import EscalateComplaint, escalate_complaint
from resolvers.back_office.handoffs.messages import PostMessage, post_message
from resolvers.back_office.handoffs.verbs import (
    ProvideInformation,
    TransferHandoff,
    provide_information,
    refuse_handoff,
    reject_answer,
    request_information,
    transfer_handoff,
)
from resolvers.both_offices.escalations.verbs import close_escalation
from resolvers.demo.lives import (
    Life,
    accept,
    acknowledge,
    answer,
    approve,
    claim,
    close,
    find,
    hand_off,
    rate,
    receive,
    split,
    to_others,
    turn_to_second,
)
from resolvers.demo.story import Deed, Way, does
from resolvers.front_office.service.complaints.closing import challenge_complaint, close_complaint
from resolvers.front_office.service.correspondence import CustomerReplied, ask_customer, customer_replied
from resolvers.kit.commands import Key, Viewer

# --- What is done on one way only -----------------------------------------------------------------------------------


def hours(least: float, of: int, salt: str = "") -> Deed[Life]:
    """Nothing, for so many hours and up to `of` - 1 more: how many, the grievance's number says."""

    async def wait(life: Life) -> float:
        return least + life.grievance.pick(of, salt)

    return wait


async def tell_the_department(life: Life) -> None:
    name, lot = life.customer.contact_name or life.customer.name, life.grievance.pick(900) + 100
    text = f"{name} reads lot 97-{lot} from it, stored in the cold room."
    await provide_information(life.agent, ProvideInformation(handoff=life.handoff, text=text))


async def hear_the_customer(life: Life) -> None:
    channel, text = life.grievance.channel, "The picture shows the date and the lot."
    await customer_replied(life.agent, CustomerReplied(complaint=life.complaint, channel=channel, text=text))


async def transfer(life: Life) -> None:
    other = Department.PRODUCTION if life.department is not Department.PRODUCTION else Department.LOGISTICS
    reason = "It was packed like this; we only carried it."
    await transfer_handoff(life.clerk, TransferHandoff(handoff=life.handoff, department=other, reason=reason))
    life.to_department(other)


async def ask_legal(life: Life) -> None:
    life.to_department(Department.LEGAL)
    await hand_off(life, "The carrier's papers and the customer's count differ. What do our terms say?")


async def escalate(life: Life) -> None:
    given = EscalateComplaint(
        complaint=life.complaint,
        handoff=life.handoff,
        reason="The customer rang a second time and wants to hear from a manager this week.",
        source=EscalationSource.CUSTOMER,
        level=EscalationLevel.OFFICE_MANAGER,
        trend=EscalationTrend.RISING,
    )
    life.escalation = Key((await escalate_complaint(life.agent, given))["escalation"])


async def write_to_the_clerk(life: Life, author: Viewer, audience: Audience, text: str) -> None:
    mentions = (Key(life.clerk.account),)
    await post_message(author, PostMessage(handoff=life.handoff, audience=audience, text=text, mentions=mentions))


async def ask_for_a_date(life: Life) -> None:
    await write_to_the_clerk(life, life.agent, Audience.BOTH_OFFICES, "The customer is waiting for a date, please.")


async def hurry(life: Life) -> None:
    await write_to_the_clerk(life, life.supervisor, Audience.BACK_OFFICE, "Today, please.")


LOT = "Which lot number is on the carton, and how was it stored?"
PICTURE = "Would you send us a picture of the label?"
TOO_LITTLE = "The customer will ask since when we have known. Please say."
COMPLETE = "What we sent was complete; the papers of the carrier say so."
NO_PAYMENT = "An apology does not pay for what was lost."
THEIR_OWN = "The customer rang again: it was their own mistake."
CALLED = "Answered the same day; the customer has been called."

ask_the_front_office = does("clerk", request_information, "handoff", question=LOT)
ask_the_customer = does("agent", ask_customer, "complaint", question=PICTURE)
send_the_answer_back = does("agent", reject_answer, "handoff", reason=TOO_LITTLE)
refuse = does("clerk", refuse_handoff, "handoff", reason=COMPLETE)
challenge = does("agent", challenge_complaint, "complaint", reason=NO_PAYMENT)
withdraw = does("agent", close_complaint, "complaint", outcome=Outcome.WITHDRAWN, reason=THEIR_OWN)
close_the_escalation = does("supervisor", close_escalation, "escalation", resolution=CALLED)

# --- The ways ---------------------------------------------------------------------------------------------------------

RECEIVED_ONLY: Way[Life] = (receive,)

TO_THE_DEPARTMENT: Way[Life] = (
    receive,
    hours(1, 4),
    acknowledge,
    1,
    hand_off,
    hours(0.5, 4, "claim"),
    claim,
    hours(2, 10, "find"),
)
"""From the customer's first word until somebody of the department has it."""

TO_THE_CUSTOMER: Way[Life] = (find, hours(1, 5, "accept"), accept, 1, answer, approve)
"""From what the department found until the customer has our answer."""

ASKED: Way[Life] = (receive, 2, acknowledge, 1, ask_the_customer, 14, hear_the_customer, 1)
SPLIT: Way[Life] = (receive, 2, acknowledge, split, 5)
ANSWERED: Way[Life] = (*TO_THE_DEPARTMENT, *TO_THE_CUSTOMER)
USUAL: Way[Life] = (*ANSWERED, 30, close)
RATED_WELL: Way[Life] = (*USUAL, 5, lambda life: rate(life, 4 + life.grievance.pick(2, "rate"), "Quick, and friendly."))

WAYS: tuple[Way[Life], ...] = (
    USUAL,
    RATED_WELL,
    # The department must ask before it can answer.
    (*TO_THE_DEPARTMENT, ask_the_front_office, 5, tell_the_department, 4, *TO_THE_CUSTOMER, 20, close),
    USUAL,
    # The customer does not accept the answer: others look at it anew.
    (*ANSWERED, 50, challenge, 4, to_others, acknowledge, hand_off, 6, claim, 8, *TO_THE_CUSTOMER, 40, close),
    # Nothing can be said until the customer has answered.
    (*ASKED, hand_off, 6, claim, 6, *TO_THE_CUSTOMER, 40, close),
    # The customer is not satisfied, and says so.
    (*USUAL, 5, lambda life: rate(life, 2, "It took you too long.")),
    # The department's first answer says too little.
    (*TO_THE_DEPARTMENT, find, 2, send_the_answer_back, 5, *TO_THE_CUSTOMER, 30, close),
    USUAL,
    # The customer rings a second time and wants a manager.
    (*TO_THE_DEPARTMENT, escalate, 4, hurry, 3, *TO_THE_CUSTOMER, 1, close_the_escalation, 30, close),
    # The first department finds that it is another one's.
    (*TO_THE_DEPARTMENT, transfer, 7, claim, ask_for_a_date, 5, *TO_THE_CUSTOMER, 30, close),
    RATED_WELL,
    # The customer found what was missing.
    (receive, 3, hand_off, 4, withdraw),
    # Nobody claims it until the clock has run out.
    (receive, 12, acknowledge, 2, hand_off, 45, claim, 30, *TO_THE_CUSTOMER, 30, close),
    # Two departments at once; the customer's answer waits for one of them only.
    (*SPLIT, claim, 5, *TO_THE_CUSTOMER, turn_to_second, 8, claim, 12, find, 4, accept, 20, close),
    # The customer is not right, and hears why.
    (*TO_THE_DEPARTMENT, find, 2, accept, 2, lambda life: answer(life, Outcome.NOT_UPHELD), 60, close),
    # The customer is not satisfied, and wants us to look at it again.
    (
        *ANSWERED,
        10,
        lambda life: rate(life, 1, "Nobody asked what it meant for us.", reopen=True),
        8,
        lambda life: answer(life, Outcome.PARTLY_UPHELD),
        approve,
        30,
        close,
    ),
    USUAL,
    # The department refuses, the agent asks another one.
    (*TO_THE_DEPARTMENT, refuse, 3, ask_legal, 6, claim, 8, *TO_THE_CUSTOMER, 30, close),
    RATED_WELL,
)
"""In turn."""
