"""Rules at work, as in the server, and somebody who may write them."""

from collections.abc import Iterator

import pytest

from resolvers.both_offices.rules.applying import apply_rules
from resolvers.kit.transaction import before_commit
from tests.office import colleague_at

manager = colleague_at("front.manager")


@pytest.fixture(autouse=True)
def rules_at_work() -> Iterator[None]:
    """Rules are applied to every change."""
    take_back = before_commit(apply_rules)
    yield
    take_back()
