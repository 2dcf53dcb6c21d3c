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

from tests.chain_back_office import BackOffice
from tests.chain_front_office import LINES, FrontOffice
from tests.chain_house import PICK, TEA, TIN
from tests.conftest import Databases, Engine


class Chain(FrontOffice, BackOffice):
    """The whole house, and ways that chance alone would seldom go to their end."""

    @rule(lines=LINES)
    def sell(self, lines: list[tuple[Any, int]]) -> None:
        """Somebody orders, gets what there is, and pays."""
        self.order(lines)
        self.send_off(-1)
        self.bring_shipment_forward(-1, "deliverShipment")
        self.pay(-1, "1000.00")

    @rule(pick=PICK, restocks=st.booleans())
    def take_back(self, pick: int, restocks: bool) -> None:
        """What the customer is not happy with comes back, and so does the money."""
        self.request_return(pick, 1)
        self.bring_return_forward(-1, "authoriseReturn")
        self.receive_return(-1)
        self.inspect_return(-1, restocks)
        self.refund(pick, 1, "")
        self.bring_return_forward(-1, "closeReturn")

    @rule(product=st.sampled_from([TEA, TIN]))
    def restock(self, product: Any) -> None:
        """More is bought, and comes."""
        self.purchase(product, 8, sends=True)
        self.receive(-1, 8, on_hold=False)

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


@pytest.mark.slow
def test_all_sums_hold_however_long_it_goes_on(databases: Databases, engine: Engine) -> None:
    outcomes = live(databases, engine, 40, 120)
    assert all(found["DONE"] for found in outcomes.values()), outcomes
