"""SQL values that `computed` fields are made of, where the two engines say the same thing differently."""

from models.kit.database import Dialect
from resolvers.reading.kinds import ENUM, Kind


def listed(value: str, rows: str, dialect: Dialect, *, kind: Kind = ENUM, order: str = "") -> str:
    """A list as JSON: `value` of each of `rows` (what follows FROM), in `order`; empty when there are none.

    `value` is never null. The order is an SQL expression on the same rows, by the value itself when left out.
    """
    element = kind.json(value, dialect)
    if dialect == "postgres":
        ordered = order or kind.ordered(value, dialect)
        return (
            f"(SELECT ('[' || coalesce(string_agg({element}, ',' ORDER BY {ordered}), '') || ']')::jsonb FROM {rows})"
        )
    inner = f"SELECT {element} AS element FROM {rows} ORDER BY {order or value}"
    return f"(SELECT '[' || coalesce(group_concat(element, ','), '') || ']' FROM ({inner}))"


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
