"""Amounts of money in SQL: whole minor units become an exact text, on both engines alike."""

from models.kit.database import Dialect
from models.kit.money import CURRENCIES_WITH_THREE_DECIMALS, CURRENCIES_WITHOUT_DECIMALS
from resolvers.reading.pieces import quote


def exact_amount(minor: str, currency: str, dialect: Dialect) -> str:
    """SQL text of an amount in minor units with its currency's decimals, exactly."""

    def scaled(decimals: int) -> str:
        if dialect == "postgres":
            return f"({minor} * {10**-decimals:.{decimals}f})::text"
        unit = 10**decimals
        sign = f"CASE WHEN {minor} < 0 THEN '-' ELSE '' END"
        return f"printf('%s%d.%0{decimals}d', {sign}, abs({minor}) / {unit}, abs({minor}) % {unit})"

    def is_listed(currencies: frozenset[str]) -> str:
        return f"{currency} IN ({', '.join(quote(code) for code in sorted(currencies))})"

    whole = minor if dialect == "sqlite" else f"{minor}::text"
    # Nearly all have two decimals, so that is asked first, and once.
    return (
        f"CASE WHEN NOT {is_listed(CURRENCIES_WITHOUT_DECIMALS | CURRENCIES_WITH_THREE_DECIMALS)} THEN {scaled(2)} "
        f"WHEN {is_listed(CURRENCIES_WITH_THREE_DECIMALS)} THEN {scaled(3)} ELSE {whole} END"
    )
