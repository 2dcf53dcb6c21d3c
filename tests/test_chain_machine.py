"""From order to delivery and back, by chance: whatever clients do in whatever order, all that must hold holds after each step.

Everything is done by the verbs that clients send; what cannot be done is refused, and leaves nothing behind.
"""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chain_back_office import BackOffice
from tests.chain_front_office import FrontOffice
from tests.conftest import Databases, Engine
from tests.verbs import VERBS


class Chain(FrontOffice, BackOffice):
    """The whole house."""


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
