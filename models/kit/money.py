"""Money: whole minor units (cents) and a currency, never a float.

How many decimals a currency has is ISO 4217's decision; only those that differ from two are listed here.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NewType

from tortoise import fields

CurrencyCode = NewType("CurrencyCode", str)
"""Three capital letters (ISO 4217)."""

# ISO 4217, list one (2026-01-01): currencies without, and with three, decimals.
CURRENCIES_WITHOUT_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
CURRENCIES_WITH_THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())


def decimals_of(currency: str) -> int:
    """How many decimals an amount in this currency has (ISO 4217)."""
    if currency in CURRENCIES_WITHOUT_DECIMALS:
        return 0
    return 3 if currency in CURRENCIES_WITH_THREE_DECIMALS else 2


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in a currency, for what is shown without being stored."""

    amount: Decimal
    currency: str


def amount_of(minor: int, currency: str) -> Decimal:
    """Minor units as an exact amount: 1234 EUR cents are 12.34."""
    return Decimal(minor).scaleb(-decimals_of(currency))


def money_of(minor: int, currency: str) -> Money:
    """Minor units as an exact amount with its currency."""
    return Money(amount_of(minor, currency), currency)


def minor_of(amount: Decimal, currency: str) -> int | None:
    """An exact amount in minor units: 12.34 EUR are 1234 cents. None when it has more decimals than the currency."""
    minor = amount.scaleb(decimals_of(currency))
    return int(minor) if minor == minor.to_integral_value() else None


class CurrencyCodeField(fields.CharField[str]):
    """Three capital letters of ISO 4217."""

    def __init__(self, max_length: int = 3, **kwargs: Any) -> None:
        super().__init__(max_length, **kwargs)
