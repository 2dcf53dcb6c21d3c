"""Conditions: what each field of a rule is of a complaint, and what each operator asks of it. One table each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from models.both_offices.rules import RuleField, RuleOperator
from models.front_office.service.complaints import Severity
from models.kit.masking import mask
from resolvers.both_offices.rules.words import pattern_of, words_of

Count = Callable[[UUID, datetime, int], Awaitable[int]]
"""How many complaints about a product were received in the so many days up to a moment."""

COLUMNS = {
    "complaint": "c.id",
    "customer": "c.customer_id",
    "category": "c.category",
    "severity": "c.severity",
    "channel": "c.channel",
    "cause": "c.cause",
    "stage": "c.stage",
    "status": "c.status",
    "received_at": "c.received_at",
    "subject": "c.subject",
    "description": "c.description",
    "product": "c.product_id",
    "sku": "p.sku",
    "product_category": "pc.name",
    "name": "u.name",
    "contact_name": "u.contact_name",
    "email": "u.email",
    "phone": "u.phone",
    "street": "u.street",
}
SITUATIONS = (
    f"SELECT {', '.join(f'{sql} AS {name}' for name, sql in COLUMNS.items())} FROM complaints c"
    " JOIN customers u ON u.id = c.customer_id LEFT JOIN products p ON p.id = c.product_id"
    " LEFT JOIN product_categories pc ON pc.id = p.category_id"
)
"""All that rules may look at, for the complaints that a WHERE behind it says."""


@dataclass(frozen=True, slots=True)
class _Who:
    """What says who the customer is: it is here to be masked, and no condition sees it."""

    name: str
    contact_name: str | None
    email: str | None
    phone: str | None
    street: str | None


@dataclass
class ComplaintFacts:
    """One complaint as rules see it, at one moment. `department` is that of the handoff that the event is about."""

    row: Mapping[str, Any]
    at: datetime
    department: str | None
    count: Count
    counted: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def complaint(self) -> UUID:
        """The complaint's key."""
        return UUID(str(self.row["complaint"]))

    @cached_property
    def words(self) -> str:
        """The words of its masked subject and description."""
        who = _Who(*(self.row[name] for name in ("name", "contact_name", "email", "phone", "street")))
        return words_of(mask(f"{self.row['subject']}\n\n{self.row['description']}", who))

    async def look(self, within_days: int) -> None:
        """Counts the complaints about its product in so many days, once."""
        product = self.row["product"]
        if product is not None and within_days not in self.counted:
            self.counted[within_days] = await self.count(UUID(str(product)), self.at, within_days)


@dataclass(frozen=True)
class Condition:
    """One condition, ready to be asked."""

    field: RuleField
    operator: RuleOperator
    values: tuple[str, ...]
    within_days: int | None = None

    @cached_property
    def listed(self) -> frozenset[str]:
        """The values to be among."""
        return frozenset(self.values)

    @cached_property
    def limit(self) -> int:
        """The one value to compare with."""
        return rank(self.field, self.values[0])

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """The words to find."""
        return tuple(map(pattern_of, self.values))


_SEVERITIES = {str(severity): rank for rank, severity in enumerate(Severity)}


def rank(of: RuleField, value: Any) -> int:
    """A value's place in its order: severities by harm, everything else that is compared is a number."""
    return _SEVERITIES[str(value)] if of == RuleField.SEVERITY else int(value)


_F = RuleField
_VALUES: dict[RuleField, Callable[[ComplaintFacts, Condition], Any]] = {
    _F.CATEGORY: lambda situation, _: situation.row["category"],
    _F.SEVERITY: lambda situation, _: situation.row["severity"],
    _F.CHANNEL: lambda situation, _: situation.row["channel"],
    _F.PRODUCT: lambda situation, _: situation.row["sku"],
    _F.PRODUCT_CATEGORY: lambda situation, _: situation.row["product_category"],
    _F.CAUSE: lambda situation, _: situation.row["cause"],
    _F.STAGE: lambda situation, _: situation.row["stage"],
    _F.STATUS: lambda situation, _: situation.row["status"],
    _F.DEPARTMENT: lambda situation, _: situation.department,
    _F.PRODUCT_COMPLAINTS: lambda situation, condition: situation.counted.get(condition.within_days or 0),
    _F.MASKED_TEXT: lambda situation, _: situation.words,
}

_HOLDS: dict[RuleOperator, Callable[[Any, Condition], bool]] = {
    RuleOperator.IN: lambda value, condition: value is not None and str(value) in condition.listed,
    RuleOperator.NOT_IN: lambda value, condition: value is None or str(value) not in condition.listed,
    RuleOperator.AT_LEAST: lambda value, condition: (
        value is not None and rank(condition.field, value) >= condition.limit
    ),
    RuleOperator.AT_MOST: lambda value, condition: (
        value is not None and rank(condition.field, value) <= condition.limit
    ),
    RuleOperator.HAS_ANY_WORD: lambda value, condition: any(pattern in value for pattern in condition.patterns),
}

_EFFORT = {RuleField.MASKED_TEXT: 1, RuleField.PRODUCT_COMPLAINTS: 2}


def cheapest_first(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """The conditions in the order in which they are best asked: texts and counts only when all else holds."""
    return tuple(sorted(conditions, key=lambda condition: _EFFORT.get(condition.field, 0)))


async def hold(conditions: tuple[Condition, ...], situation: ComplaintFacts) -> bool:
    """Whether all the conditions hold; with none, they do."""
    for condition in conditions:
        if condition.field == RuleField.PRODUCT_COMPLAINTS:
            await situation.look(condition.within_days or 0)
        if not _HOLDS[condition.operator](_VALUES[condition.field](situation, condition), condition):
            return False
    return True
