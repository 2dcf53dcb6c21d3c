"""From order to delivery and back, by chance: whatever clients do in whatever order, all that must hold holds after each step.

Everything is done by the verbs that clients send; what cannot be done is refused, and leaves nothing behind.
"""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from tests.conftest import Databases, Engine
from tests.properties.chain.back_office import BackOffice
from tests.properties.chain.front_office import LINES, FrontOffice
from tests.properties.chain.house import PICK, QUANTITY, TEA, TIN
from tests.properties.simulation import OF_THE_CHAIN
from tests.properties.verbs import VERBS


class Chain(FrontOffice, BackOffice):
    """The whole house, and ways that chance alone would seldom go to their end."""

    @rule(lines=LINES)
    def sell(self, lines: list[tuple[Any, int]]) -> None:
        """Somebody orders, gets what there is, and pays."""
        self.order(lines)
        self.send_off(-1)
        self.bring_shipment_forward(-1, "deliverShipment")
        self.pay(-1, "1000.00")

    @rule(lines=LINES)
    def make_up_for_it(self, lines: list[tuple[Any, int]]) -> None:
        """Somebody is not happy with what came, and gets some of the money back."""
        self.sell(lines)
        self.complain(-1, "REFUND", "1.00")

    @rule(lines=LINES)
    def pay_by_mistake(self, lines: list[tuple[Any, int]]) -> None:
        """Somebody orders, and what is paid was another customer's."""
        self.order(lines)
        self.pay(-1, "5.00")
        self.take_payment_back(-1)

    @rule(pick=PICK, restocks=st.booleans())
    def take_back(self, pick: int, restocks: bool) -> None:
        """What the customer is not happy with comes back, and so does the money."""
        self.request_return(pick, 1)
        self.bring_return_forward(-1, "authoriseReturn")
        self.receive_return(-1)
        self.inspect_return(-1, restocks)
        self.refund(-1, 1, "")
        self.bring_return_forward(-1, "closeReturn")

    @rule(pick=PICK)
    def send_away(self, pick: int) -> None:
        """The customer wants to send something back that is not ours."""
        self.request_return(pick, 1)
        self.refuse_return(-1)

    @rule(product=st.sampled_from([TEA, TIN]))
    def restock(self, product: Any) -> None:
        """More is bought, and comes."""
        self.purchase(product, 8, sends=True)
        self.receive(-1, 8, on_hold=False)

    @rule(lines=LINES, quantity=QUANTITY, discount=st.sampled_from([None, 500]))
    def write_down(self, lines: list[tuple[Any, int]], quantity: int, discount: int | None) -> None:
        """Somebody thinks aloud, and orders in the end."""
        self.draft_order(lines, 0, refuse=False)
        for verb in ("addOrderLine", "changeOrderLine", "removeOrderLine"):
            self.write_order_line(-1, verb, quantity)
        self.write_order(-1, discount)
        self.bring_order_forward(-1, "quoteOrder")
        self.bring_order_forward(-1, "placeOrder")

    @rule(lines=LINES, verb=st.sampled_from(["approveDiscount", "rejectDiscount"]))
    def haggle(self, lines: list[tuple[Any, int]], verb: str) -> None:
        """Somebody wants it cheaper than an agent may sell it."""
        self.draft_order(lines, 3000, refuse=False)
        self.ask_for_discount(-1, verb)

    @rule(product=st.sampled_from([TEA, TIN]), buys=st.booleans())
    def think_twice(self, product: Any, buys: bool) -> None:
        """Something is to be bought, then less of it, and then perhaps nothing."""
        self.purchase(product, 8, sends=False)
        self.rewrite_purchase(-1, 3)
        if not buys:
            self.stop_purchase(-1, "cancelPurchaseOrder")

    @rule(product=st.sampled_from([TEA, TIN]))
    def buy_much(self, product: Any) -> None:
        """Much is bought, and comes in two parts, of which the first is spoilt."""
        self.purchase(product, 90, sends=True)
        self.receive(-1, 8, on_hold=True)
        self.stop_batch(-1, "rejectBatch")
        self.receive(-1, 9, on_hold=False)

    @rule(lines=LINES)
    def hold_and_resume(self, lines: list[tuple[Any, int]]) -> None:
        """Somebody orders, thinks about it, and goes on."""
        self.order(lines)
        self.stop_order(-1, "holdOrder")
        self.bring_order_forward(-1, "resumeOrder")

    @rule(lines=LINES)
    def pack_and_give_up(self, lines: list[tuple[Any, int]]) -> None:
        """Somebody orders, and thinks otherwise when it is packed."""
        self.order(lines)
        self.create_shipment(-1)
        self.bring_shipment_forward(-1, "pickShipment")
        self.bring_shipment_forward(-1, "cancelShipment")
        self.stop_order(-1, "cancelOrder")

    @rule(ships=st.booleans())
    def wait_too_long(self, ships: bool) -> None:
        """What is packed, or promised, is too old when it is to leave."""
        self.restock(TEA)
        self.order([(TEA, 5)])
        self.create_shipment(-1)
        if ships:
            for verb in ("pickShipment", "packShipment"):
                self.bring_shipment_forward(-1, verb)
        self.end_the_day()
        self.bring_shipment_forward(-1, "pickShipment")
        self.ship(-1)

    @rule(quantity=st.sampled_from([1, 2]))
    def make(self, quantity: int) -> None:
        """Gifts are made, and may be sold."""
        self.plan_work(quantity, begins=True)
        self.complete_work(-1, quantity)
        self.check_batch(-1, passed=True, releases=True)


DONE_AT_LEAST = 20
"""How many different verbs must have succeeded, or the machine looks at too little."""


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
    outcomes = live(databases, engine, 6, 40)
    assert sum(found["DONE"] > 0 for found in outcomes.values()) >= DONE_AT_LEAST, outcomes


NAMING = frozenset(
    "addWarehouse addLocation addSupplier changeSupplier addProduct changeProduct addProductCategory"
    " renameProductCategory".split()
)
"""Verbs of the chain that name and describe things, which moves nothing."""


@pytest.mark.slow
def test_all_sums_hold_however_long_it_goes_on(databases: Databases, engine: Engine) -> None:
    outcomes = live(databases, engine, 60, 120)
    of_the_chain = {name for name, verb in VERBS.items() if verb.needs in OF_THE_CHAIN} - NAMING
    seldom = {name: outcomes.get(name) for name in of_the_chain if outcomes.get(name, Counter())["DONE"] < 5}
    assert not seldom, seldom
    assert outcomes["answerComplaint"]["DONE"] >= 5, outcomes["answerComplaint"]
