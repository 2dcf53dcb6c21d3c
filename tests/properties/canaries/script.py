"""How the secretive company's story begins: by a script in which every place that masks is written to, and then by chance.

Chance alone seldom brings about that redress is decided about, or that a case is answered. In the script each step must
succeed, and each text of an agent says who the customer is.
"""

from random import Random
from typing import Any
from uuid import UUID

from models.back_office.logistics.inventory import LocationKind
from models.back_office.products.catalogue import Product
from models.both_offices.clocks.policies import Regime
from models.front_office.sales.orders import OrderLine
from models.front_office.service.answers import ComplaintAnswer
from models.front_office.service.cases import CaseStatus, MajorCase
from models.kit.base import now
from models.kit.database import Database
from models.permissions import Role
from resolvers.both_offices.rules.applying import apply_rules
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import before_commit
from tests.properties.adversarial.making import key
from tests.properties.canaries.company import (
    CUSTOMERS,
    IN_BOTH,
    WORK,
    Story,
    base,
    engine_with_authority,
    said_of,
    spelled,
)
from tests.properties.furnishing import bill_for, lay_down, limit_discounts, open_warehouse
from tests.properties.verbs.declared import VERBS
from tests.properties.verbs.inputs import FIRST
from tests.reading.planning import data, opened

AGENT, SALES = WORK[Role.SERVICE_AGENT], WORK[Role.SALES_REPRESENTATIVE]
MANAGER = WORK[Role.FRONT_OFFICE_MANAGER]
CLERK, ACCOUNTANT = WORK[Role.LOGISTICS_CLERK], WORK[Role.ACCOUNTANT]
ABOVE_THE_AGENTS_LIMIT: dict[str, Any] = {"redress": "GOODWILL", "amount": "700.00", "currency": "EUR"}


GOODS = [key(3, 101 + n) for n in range(5)]
BATCHES_EACH = 3
PLENTY = 10_000


async def stock_up() -> None:
    """A warehouse with one place of each kind, five products in it, of which the last is made of the first, and limits."""
    at = now()
    await limit_discounts(1000, 5000)
    places = {kind: key(20, number) for number, kind in enumerate(LocationKind, start=1)}
    await open_warehouse(key(19, 1), places)
    for number, product in enumerate(GOODS, start=1):
        await Product.create(
            id=product,
            sku=f"G-{number}",
            name=f"Goods {number}",
            list_price_minor=100 * number,
            cost_price_minor=50 * number,
            currency="EUR",
            is_made=product == GOODS[-1],
            warranty_months=6,
        )
        for lot in range(BATCHES_EACH):
            n = number * BATCHES_EACH + lot
            shelf = places[LocationKind.STORAGE]
            await lay_down(product, key(21, n), f"G-{number}-{lot}", shelf, PLENTY, at, key(22, n))
    await bill_for(GOODS[-1], 1, {GOODS[0]: 1}, at, key(23, 1))


class Script:
    """One customer buys and complains, again and again; another one complains once."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._customer, self._other = list(CUSTOMERS)[:2]

    async def follow(self) -> None:
        """Goes through it all."""
        await self._redress()
        await self._case()
        await self._two_customers()
        await self._rule()
        await self._departments()
        await self._work()
        await self._orders()
        await self._goods()

    async def _redress(self) -> None:
        """Of three proposals one is rejected, one withdrawn and one approved."""
        rejected, withdrawn, approved = [await self._proposal() for _ in range(3)]
        await self._do(MANAGER, "rejectRedress", answer=rejected, reason=self._text())
        await self._do(AGENT, "withdrawAnswer", answer=withdrawn, reason=self._text())
        await self._do(MANAGER, "approveRedress", answer=approved)

    async def _case(self) -> None:
        """The answer of a case is confirmed for one of its complaints and declined for the other; another has no answer."""
        one, other = [await self._complaint() for _ in range(2)]
        case = await self._do(AGENT, "openCase", shows="case", title=self._text(), complaints=[one, other])
        texts = {"answer": self._text(), "reasons": self._text()}
        await self._do(AGENT, "answerCase", case=case, outcome="UPHELD", **texts)
        await self._do(AGENT, "confirmCaseAnswer", complaint=one)
        await self._do(AGENT, "declineCaseAnswer", complaint=other, reason=self._text())
        lone = [await self._complaint()]
        case = await self._do(AGENT, "openCase", shows="case", title=self._text(), complaints=lone)
        await self._do(AGENT, "closeCase", case=case, reason=self._text())

    async def _two_customers(self) -> None:
        """What was said of somebody in a case, and about its complaint, stays there until they turn out to be concerned."""
        said = f"{CUSTOMERS[self._other]['contact_name'].split()[1]} has it, too."
        first = await self._complaint()
        case = await self._do(AGENT, "openCase", shows="case", title=said, complaints=[first])
        await self._do(AGENT, "answerCase", case=case, outcome="UPHELD", answer=self._text(), reasons=said)
        await self._do(AGENT, "handOffComplaint", complaint=first, department="LOGISTICS", brief=said)
        await self._do(AGENT, "attachToCase", case=case, complaint=await self._complaint(self._other))

    async def _rule(self) -> None:
        """A rule proposes a case."""
        definition: dict[str, Any] = {
            "trigger": "COMPLAINT_RECEIVED",
            "conditions": [{"field": "PRODUCT", "operator": "IN", "values": ["G-1"]}],
            "actions": [{"attachToCase": {}}, {"createTask": {"title": self._text(in_full=True)}}],
        }
        name = self._text(in_full=True)
        rule = await self._do(MANAGER, "saveRule", shows="rule", name=name, definition=definition)
        await self._do(MANAGER, "enableRule", rule=rule)
        stop = before_commit(apply_rules)
        await self._complaint(product=f"prd_{GOODS[0]}")
        stop()
        proposed = await MajorCase.get(status=CaseStatus.PROPOSED)
        await self._do(AGENT, "confirmCase", case=f"cas_{proposed.id}", title=self._text())
        await self._do(MANAGER, "disableRule", rule=rule)

    async def _departments(self) -> None:
        """The back office is told, asked and called back, and has a deadline of its own."""
        complaint = await self._complaint()
        given = {"complaint": complaint, "department": "LOGISTICS"}
        handoff = await self._do(AGENT, "handOffComplaint", shows="handoff", brief=self._text(), **given)
        await self._do(AGENT, "postMessage", handoff=handoff, audience="BOTH_OFFICES", text=self._text())
        await self._do(AGENT, "createTask", title=self._text(), **given)
        about = {"complaint": complaint, "handoff": handoff}
        escalation = await self._do(AGENT, "escalateComplaint", shows="escalation", reason=self._text(), **about)
        await self._do(MANAGER, "closeEscalation", escalation=escalation, resolution=self._text())
        await self._do(
            IN_BOTH,
            "proposeImprovement",
            complaints=[complaint],
            title=self._text(),
            kind="CORRECTION",
            department="LOGISTICS",
            cause="METHOD",
        )
        await self._do(AGENT, "withdrawHandoff", handoff=handoff, reason=self._text())
        regime = f"rgm_{(await Regime.get(code='FCA_DISP')).id}"
        deadline: dict[str, Any] = {"kind": "ANSWER_HANDOFF", "budgetMinutes": 600, "counting": "PLAIN"}
        await self._do(MANAGER, "setClockPolicy", regime=regime, **deadline)

    async def _work(self) -> None:
        """One handoff goes on to another department, which asks and answers, and one is refused."""
        given = {"complaint": await self._complaint(), "department": "LOGISTICS"}
        refused, passed_on = [await self._do(AGENT, "handOffComplaint", shows="handoff", **given) for _ in range(2)]
        await self._do(IN_BOTH, "refuseHandoff", handoff=refused, reason=self._text())
        await self._do(IN_BOTH, "transferHandoff", handoff=passed_on, department="PRODUCTION", reason=self._text())
        await self._do(IN_BOTH, "claimHandoff", handoff=passed_on)
        await self._do(IN_BOTH, "requestInformation", handoff=passed_on, question=self._text())
        await self._do(AGENT, "provideInformation", handoff=passed_on, text=self._text())
        await self._do(IN_BOTH, "answerHandoff", handoff=passed_on, answer=self._text())
        await self._do(AGENT, "rejectAnswer", handoff=passed_on, reason=self._text())

    async def _orders(self) -> None:
        """One order is sold for less and one is not, and is cancelled."""
        lines = [{"product": f"prd_{GOODS[0]}", "quantity": 1, "discountBasisPoints": 3000}]
        for verb in ("approveDiscount", "rejectDiscount"):
            order = await self._do(SALES, "draftOrder", shows="order", customer=f"cus_{self._customer}", lines=lines)
            await self._do(SALES, "askForDiscount", order=order, reason=self._text())
            await self._do(MANAGER, verb, order=order, reason=self._text())
        await self._do(SALES, "cancelOrder", order=order, reason=self._text())

    async def _goods(self) -> None:
        """An order is changed, sent by who knows where to, paid to who knows by whom, and refunded; nothing comes back."""
        product = f"prd_{GOODS[1]}"
        lines = [{"product": product, "quantity": 2}]
        given = {"customer": f"cus_{self._customer}", "lines": lines, "place": True}
        order = await self._do(SALES, "draftOrder", shows="order", **given)
        await self._do(SALES, "amendOrder", order=order, additions=lines, reason=self._text())
        shipment = await self._do(CLERK, "createShipment", shows="shipment", order=order)
        for verb in ("pickShipment", "packShipment", "printLabel"):
            await self._do(CLERK, verb, shipment=shipment)
        carried = {"carrier": self._line(), "trackingNumber": self._line()}
        await self._do(CLERK, "shipShipment", shipment=shipment, **carried)
        await self._do(ACCOUNTANT, "addressInvoice", order=order)
        paid: dict[str, Any] = {"amount": "2.00", "currency": "EUR", "method": "BANK_TRANSFER"}
        await self._do(ACCOUNTANT, "recordPayment", order=order, reference=self._line(), **paid)
        line = f"oli_{(await OrderLine.filter(order_id=order.removeprefix('ord_')).order_by('position'))[0].id}"
        pieces: dict[str, Any] = {"lines": [{"orderLine": line, "quantity": 1}]}
        back = {"order": order, "reason": "DEFECTIVE", "reasonText": self._text(), **pieces}
        back = await self._do(AGENT, "requestReturn", shows="customerReturn", **back)
        await self._do(AGENT, "refuseReturn", customerReturn=back, reason=self._text())
        part = [{"orderLine": line, "amount": "0.10"}]
        await self._do(ACCOUNTANT, "refundOrder", order=order, reason=self._text(), lines=part)

    async def _complaint(self, customer: UUID | None = None, **about: Any) -> str:
        whose = customer or self._customer
        given = {"customer": f"cus_{whose}", "channel": "PHONE", "category": "DELIVERY", "severity": "LOW", **about}
        texts = {member: said_of(CUSTOMERS[whose], self._story.random) for member in ("subject", "description")}
        return await self._do(AGENT, "receiveComplaint", shows="complaint", **given, **texts)

    async def _proposal(self) -> str:
        complaint = await self._complaint()
        texts = {"answer": self._text(), "reasons": self._text()}
        await self._do(
            AGENT, "answerComplaint", complaint=complaint, outcome="UPHELD", **ABOVE_THE_AGENTS_LIMIT, **texts
        )
        proposed = await ComplaintAnswer.get(complaint_id=complaint.removeprefix("cmp_"))
        return f"ans_{proposed.id}"

    def _text(self, *, in_full: bool = False) -> str:
        return said_of(CUSTOMERS[self._customer], self._story.random, in_full=in_full)

    def _line(self) -> str:
        """What is written where there is little room."""
        return spelled(CUSTOMERS[self._customer], self._story.random)

    async def _do(self, viewer: Viewer, verb: str, /, *, shows: str = "", **given: Any) -> str:
        """Sends a verb, which must succeed; the id of what its payload shows."""
        selection = f"errors {{ code message path }} {shows and f'{shows} {{ id }}'}"
        answer = await data(self._story.graphql, viewer, VERBS[verb].document(selection), {"input": given})
        assert answer[verb]["errors"] == [], f"{verb}: {answer[verb]['errors']}"
        self._story.done[verb] += 1
        return answer[verb][shows]["id"] if shows else ""


async def settle(database: Database, seed: int = 1) -> Story:
    """Fills an open database with the company, and goes through the script."""
    for model, rows in base().items():
        await model.bulk_create([model(**row) for row in rows])
    await stock_up()
    story = Story(engine_with_authority(database), random=Random(seed))
    await Script(story).follow()
    return story


async def begin(database: Database, seed: int = 1) -> Story:
    """The same; then customers order, send back and complain by chance."""
    story = await settle(database, seed)
    for name in FIRST:
        await story.happen(VERBS[name], tries=6, fresh_for=1)
    return story


async def tell(url: str, rounds: int, seed: int = 1) -> Story:
    """Fills a database with the company and what happened in it."""
    async with opened(url) as database:
        story = await begin(database, seed)
        await story.go_on(rounds)
        return story
