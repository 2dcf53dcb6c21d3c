"""SQL values that fields are made of, where the two engines say the same thing differently; and what a machine offers next."""

from collections.abc import Callable

from models.kit.base import NOW, ROLES, VIEWER, in_dialect
from models.kit.database import Dialect
from models.kit.money import CURRENCIES_WITH_THREE_DECIMALS, CURRENCIES_WITHOUT_DECIMALS
from resolvers.kit.state_machine import Row, StateMachine
from resolvers.reading.kinds import ENUM, Kind, array, as_text, quote
from resolvers.reading.sources import SqlContext


def listed(value: str, rows: str, dialect: Dialect, *, kind: Kind = ENUM, order: str = "") -> str:
    """A list as JSON: `value` of each of `rows` (what follows FROM), in `order`; empty when there are none.

    `value` is never null. The order is an SQL expression on the same rows, by the value itself when left out.
    """
    element = kind.json(value, dialect)
    if dialect == "postgres":
        return f"{array(element, rows, dialect, order or kind.ordered(value, dialect))}::jsonb"
    return array("element", f"(SELECT {element} AS element FROM {rows} ORDER BY {order or value})", dialect)


def day_of(moment: str, dialect: Dialect) -> str:
    """The day of a moment, in UTC."""
    return f"CAST({moment} AT TIME ZONE 'UTC' AS date)" if dialect == "postgres" else f"substr({moment}, 1, 10)"


def seconds_between(earlier: str, later: str, dialect: Dialect) -> str:
    """Whole seconds from one moment to another, negative when they are the other way round; each is cut to its second."""
    if dialect == "postgres":
        return f"(floor(extract(epoch FROM {later})) - floor(extract(epoch FROM {earlier})))::bigint"
    return f"(unixepoch({later}) - unixepoch({earlier}))"


def hundredths(value: str, dialect: Dialect) -> str:
    """JSON text of an exact Decimal that is held as a whole number of hundredths, none below zero; 'null' where it is null."""
    if dialect == "postgres":
        digits = "(hundredths / 100)::text || '.' || lpad((hundredths % 100)::text, 2, '0')"
    else:
        digits = "printf('%d.%02d', hundredths / 100, hundredths % 100)"
    text = f"CASE WHEN hundredths IS NULL THEN 'null' ELSE '\"' || {digits} || '\"' END"
    return f"(SELECT {text} FROM (SELECT {value} AS hundredths) held)"


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

    # Nearly all have two decimals, so that is asked first, and once.
    return (
        f"CASE WHEN NOT {is_listed(CURRENCIES_WITHOUT_DECIMALS | CURRENCIES_WITH_THREE_DECIMALS)} THEN {scaled(2)} "
        f"WHEN {is_listed(CURRENCIES_WITH_THREE_DECIMALS)} THEN {scaled(3)} ELSE {as_text(minor, dialect)} END"
    )


def next_statuses(machine: StateMachine) -> Callable[[SqlContext], str]:
    """The expression of a field that lists the statuses which the viewer may give a record next."""

    def sql(ctx: SqlContext) -> str:
        return bound(machine.offered_sql(Row(ctx.column, ctx.dialect, ctx.permissions)), ctx)

    return sql


def bound(text: str, ctx: SqlContext) -> str:
    """Plain SQL with binds where it names the viewer and the present moment. One that nothing names is not bound."""
    text = in_dialect(text, ctx.dialect)
    for name, bind in ((VIEWER, ctx.viewer_id), (ROLES, ctx.viewer_roles), (NOW, ctx.now)):
        if name in text:
            text = text.replace(name, bind())
    return text
