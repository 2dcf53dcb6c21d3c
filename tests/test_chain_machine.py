"""From order to delivery and back, by chance: whatever clients do in whatever order, all that must hold holds after each step.

Everything is done by the verbs that clients send; what cannot be done is refused, and leaves nothing behind.
"""

from asyncio import Runner
from collections import Counter
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tortoise.backends.base.executor import EXECUTOR_CACHE

from models.back_office.inventory import LocationKind, StockBalance, StockCount
from models.back_office.purchasing import PurchaseOrder, PurchaseOrderLine
from models.base import Record
from models.database import Database
from models.front_office.orders import Order, OrderLine, OrderPayment
from models.permissions import Role
from resolvers.transaction import finish_running
from tests.chain_house import GIFT, OTHER_SHELF, PLACES, TEA, TIN, House, furnish, global_id
from tests.chain_invariants import check_the_chain
from tests.conftest import Databases, Engine
from tests.nasty_company import key
from tests.planning import engine_on
from tests.verbs import VERBS

SALES, MANAGER, ACCOUNTANT = Role.SALES_REPRESENTATIVE, Role.FRONT_OFFICE_MANAGER, Role.ACCOUNTANT
CLERK, PLANNER, BACK_MANAGER = Role.LOGISTICS_CLERK, Role.PRODUCTION_PLANNER, Role.BACK_OFFICE_MANAGER
STORAGE = PLACES[LocationKind.STORAGE]

PICK = st.integers(0, 40)
QUANTITY = st.sampled_from([1, 2, 3, 5, 9])
PRODUCT = st.sampled_from([TEA, TIN, GIFT])
LINES = st.lists(st.tuples(PRODUCT, QUANTITY), min_size=1, max_size=3)


class Chain(RuleBasedStateMachine):
    """The house, and everybody who works in it."""

    def __init__(self, databases: Databases, engine: Engine, outcomes: dict[str, Counter[str]]) -> None:
        super().__init__()
        EXECUTOR_CACHE.clear()
        self.databases = databases
        self.runner = Runner()
        self.url = self.run(databases.copy_of(engine, "chain_house", furnish))
        self.database = Database(self.url)
        self.run(self.database.open())
        self.house = House(engine_on(self.database), outcomes)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Does something, and waits for it."""
        return self.runner.run(work)

    def teardown(self) -> None:
        """Leaves nothing behind."""
        self.run(finish_running())
        self.run(self.database.close())
        self.run(self.databases.drop(self.url))
        self.runner.close()

    def send(self, role: Role, verb: str, **given: Any) -> bool:
        """Whether a verb did something."""
        return self.run(self.house.send(role, verb, **given))

    def any_of(self, model: type[Record], pick: int, **where: Any) -> Any:
        """One of the rows of a kind; None when there is none."""
        rows: Sequence[Any] = self.run(_all_of(model, where))
        return rows[pick % len(rows)] if rows else None

    def advance(self, role: Role, verb: str, prefix: str, model: type[Record], pick: int, **given: Any) -> None:
        """Sends a verb about one row, in whatever state it is in."""
        if found := self.any_of(model, pick):
            member = {"ord": "order", "por": "purchaseOrder", "cnt": "stockCount", "bat": "batch"}[prefix]
            self.send(role, verb, **{member: global_id(prefix, found)}, **given)

    @invariant()
    def all_that_must_hold_holds(self) -> None:
        """After each step."""
        self.run(check_the_chain())

    # --- Orders ---

    @rule(lines=LINES, discount=st.sampled_from([0, 0, 333, 5000]), refuse=st.booleans())
    def draft_order(self, lines: list[tuple[Any, int]], discount: int, refuse: bool) -> None:
        """Somebody asks what it would cost."""
        given = [{"product": global_id("prd", product), "quantity": quantity} for product, quantity in lines]
        policy = "REFUSE" if refuse else "BACKORDER"
        self.send(
            SALES,
            "draftOrder",
            customer=global_id("cus", key(2, 1)),
            lines=given,
            discountBasisPoints=discount,
            shortagePolicy=policy,
        )

    @rule(lines=LINES)
    def order(self, lines: list[tuple[Any, int]]) -> None:
        """Somebody orders at once."""
        self.draft_order(lines, 0, refuse=False)
        if draft := self.any_of(Order, -1, status="DRAFT"):
            self.send(SALES, "placeOrder", order=global_id("ord", draft))

    @rule(pick=PICK, verb=st.sampled_from(["placeOrder", "resumeOrder", "quoteOrder", "askForDiscount"]))
    def bring_order_forward(self, pick: int, verb: str) -> None:
        """An agent goes on with an order."""
        self.advance(SALES, verb, "ord", Order, pick)

    @rule(pick=PICK, verb=st.sampled_from(["approveDiscount", "rejectDiscount"]))
    def decide_discount(self, pick: int, verb: str) -> None:
        """A manager decides."""
        self.advance(MANAGER, verb, "ord", Order, pick)

    @rule(pick=PICK, verb=st.sampled_from(["cancelOrder", "holdOrder", "holdOrder"]))
    def stop_order(self, pick: int, verb: str) -> None:
        """The customer, or an agent, thinks otherwise."""
        self.advance(SALES, verb, "ord", Order, pick, reason="They say so.")

    @rule(pick=PICK, quantity=st.sampled_from([0, 1, 4, 12]), more=st.lists(st.tuples(PRODUCT, QUANTITY), max_size=1))
    def amend_order(self, pick: int, quantity: int, more: list[tuple[Any, int]]) -> None:
        """The customer wants more, or less, or something else."""
        if line := self.any_of(OrderLine, pick):
            self.send(
                SALES,
                "amendOrder",
                order=global_id("ord", line.order_id),
                changes=[{"orderLine": global_id("oli", line), "quantity": quantity}],
                additions=[{"product": global_id("prd", product), "quantity": wanted} for product, wanted in more],
            )

    @rule(pick=PICK, amount=st.sampled_from(["0.01", "5.00", "1000.00"]))
    def pay(self, pick: int, amount: str) -> None:
        """Money comes: too little, or enough, or too much."""
        self.advance(
            ACCOUNTANT, "recordPayment", "ord", Order, pick, amount=amount, currency="EUR", method="BANK_TRANSFER"
        )

    @rule(pick=PICK)
    def take_payment_back(self, pick: int) -> None:
        """It was another customer's."""
        if payment := self.any_of(OrderPayment, pick):
            self.send(ACCOUNTANT, "reversePayment", payment=global_id("pay", payment), reason="Not theirs.")

    # --- Stock ---

    @rule(pick=PICK, quantity=st.sampled_from([-9, -1, 1, 4]))
    def correct_stock(self, pick: int, quantity: int) -> None:
        """Somebody finds more, or less."""
        if balance := self.any_of(StockBalance, pick):
            place = {"batch": global_id("bat", balance.batch_id), "location": global_id("loc", balance.location_id)}
            self.send(CLERK, "adjustStock", **place, quantity=quantity, reason="It was found so.")

    @rule(pick=PICK, quantity=QUANTITY, to=st.sampled_from([OTHER_SHELF, *PLACES.values()]))
    def carry_stock(self, pick: int, quantity: int, to: Any) -> None:
        """Somebody tidies up."""
        if balance := self.any_of(StockBalance, pick, on_hand__gt=0):
            ways = {"from": global_id("loc", balance.location_id), "to": global_id("loc", to)}
            self.send(CLERK, "transferStock", batch=global_id("bat", balance.batch_id), quantity=quantity, **ways)

    @rule(pick=PICK, counted=st.sampled_from([0, 3, 8]), posts=st.booleans())
    def count_stock(self, pick: int, counted: int, posts: bool) -> None:
        """Somebody counts a shelf, of which some is promised."""
        self.send(CLERK, "openStockCount", location=global_id("loc", STORAGE))
        count = self.any_of(StockCount, 0, status="OPEN")
        balance = self.any_of(StockBalance, pick, location_id=STORAGE)
        if count and balance:
            own = {"stockCount": global_id("cnt", count)}
            self.send(
                CLERK, "recordCount", **own, lines=[{"batch": global_id("bat", balance.batch_id), "counted": counted}]
            )
            self.send(CLERK, "postStockCount" if posts else "cancelStockCount", **own)

    @rule(product=PRODUCT, level=st.sampled_from([0, 3, 9]))
    def set_reorder_point(self, product: Any, level: int) -> None:
        """From now on it is bought earlier, or later."""
        self.send(CLERK, "setReorderPoint", product=global_id("prd", product), level=level, quantity=10)

    # --- Purchases ---

    @rule(product=st.sampled_from([TEA, TIN]), quantity=st.sampled_from([3, 8, 90]), sends=st.booleans())
    def purchase(self, product: Any, quantity: int, sends: bool) -> None:
        """Something is bought: a little, or so much that a second person must agree."""
        wanted = [{"product": global_id("prd", product), "quantity": quantity, "unitCost": "1.50"}]
        house = {"supplier": global_id("sup", key(13, 1)), "warehouse": global_id("whs", key(19, 1))}
        self.send(CLERK, "draftPurchaseOrder", **house, lines=wanted)
        if sends and (draft := self.any_of(PurchaseOrder, -1, status="DRAFT")):
            self.send(CLERK, "sendPurchaseOrder", purchaseOrder=global_id("por", draft))

    @rule(pick=PICK, verb=st.sampled_from(["sendPurchaseOrder", "approvePurchaseOrder"]))
    def bring_purchase_forward(self, pick: int, verb: str) -> None:
        """Somebody else agrees, and sends it."""
        self.advance(BACK_MANAGER, verb, "por", PurchaseOrder, pick)

    @rule(pick=PICK, verb=st.sampled_from(["cancelPurchaseOrder", "closePurchaseOrder"]))
    def stop_purchase(self, pick: int, verb: str) -> None:
        """The supplier has nothing left."""
        self.advance(CLERK, verb, "por", PurchaseOrder, pick, reason="They have none.")

    @rule(pick=PICK, quantity=st.sampled_from([1, 3, 8, 9]), on_hold=st.booleans())
    def receive(self, pick: int, quantity: int, on_hold: bool) -> None:
        """A delivery comes: some, all, or more than was ordered."""
        if line := self.any_of(PurchaseOrderLine, pick):
            came = {"purchaseOrderLine": global_id("pol", line), "quantity": quantity, "onHold": on_hold}
            self.send(
                CLERK,
                "receivePurchaseOrder",
                purchaseOrder=global_id("por", line.purchase_order_id),
                lines=[came | {"location": global_id("loc", STORAGE)}],
            )


async def _all_of(model: type[Record], where: dict[str, Any]) -> Sequence[Any]:
    return await model.filter(**where).order_by("id")


# What each of them does must have come about at least once, or the machine looks at too little.
DONE_AT_LEAST = """
    draftOrder placeOrder amendOrder cancelOrder holdOrder recordPayment adjustStock transferStock postStockCount
    draftPurchaseOrder sendPurchaseOrder receivePurchaseOrder
""".split()


def live(databases: Databases, engine: Engine, lives: int, steps: int) -> dict[str, Counter[str]]:
    """Lets so many houses live for so many steps, the same ones every time; answers with what came of each verb."""
    outcomes: dict[str, Counter[str]] = {}
    given = settings(
        max_examples=lives,
        stateful_step_count=steps,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    make: Any = partial(Chain, databases, engine, outcomes)
    run_state_machine_as_test(make, settings=given)
    return outcomes


def test_whatever_is_done_in_whatever_order_all_sums_hold(databases: Databases, engine: Engine) -> None:
    outcomes = live(databases, engine, 5, 40)
    assert not [verb for verb in DONE_AT_LEAST if verb in VERBS and not outcomes[verb]["DONE"]], outcomes


@pytest.mark.slow
def test_all_sums_hold_however_long_it_goes_on(databases: Databases, engine: Engine) -> None:
    outcomes = live(databases, engine, 40, 120)
    assert all(found["DONE"] for found in outcomes.values()), outcomes
