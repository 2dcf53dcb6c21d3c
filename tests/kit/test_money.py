"""Money: exact from whole minor units to the amount that clients read, whatever the currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kit.money import CURRENCIES_WITH_THREE_DECIMALS, CURRENCIES_WITHOUT_DECIMALS, amount_of, decimals_of

CURRENCIES = sorted(CURRENCIES_WITHOUT_DECIMALS | CURRENCIES_WITH_THREE_DECIMALS | {"EUR", "USD", "CHF"})
BIGINT = st.integers(-(2**63), 2**63 - 1)


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (1234, "EUR", "12.34"),
        (5, "USD", "0.05"),
        (0, "USD", "0.00"),
        (-5, "USD", "-0.05"),
        (1234, "JPY", "1234"),
        (1234, "KWD", "1.234"),
        (2**63 - 1, "USD", "92233720368547758.07"),
    ],
)
def test_an_amount_is_written_with_its_currencys_decimals(minor: int, currency: str, shown: str) -> None:
    assert str(amount_of(minor, currency)) == shown


@given(BIGINT, st.sampled_from(CURRENCIES))
def test_no_amount_loses_or_gains_anything(minor: int, currency: str) -> None:
    amount = amount_of(minor, currency)
    assert int(amount.scaleb(decimals_of(currency))) == minor
    assert -amount.as_tuple().exponent == decimals_of(currency)


@given(st.lists(st.integers(-(2**40), 2**40)), st.sampled_from(CURRENCIES))
def test_a_sum_of_amounts_is_the_amount_of_the_sum(minors: list[int], currency: str) -> None:
    assert sum((amount_of(minor, currency) for minor in minors), Decimal(0)) == amount_of(sum(minors), currency)


def test_no_currency_has_two_numbers_of_decimals() -> None:
    assert not CURRENCIES_WITHOUT_DECIMALS & CURRENCIES_WITH_THREE_DECIMALS
    assert all(len(currency) == 3 and currency.isupper() for currency in CURRENCIES)
