"""The rules that Interoffice comes with, brought in once. What a company makes of them, also disabling them, stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from models.areas import RULED
from models.both_offices.rules import SHIPPED_POSITION, Rule, RuleActionKind, RuleField, RuleOperator, RuleVersion
from models.both_offices.rules.safety_words import danger_in_all_languages
from models.kit.severity import Severity
from resolvers.both_offices.rules.checking import Definition, GivenAction, GivenCondition
from resolvers.both_offices.rules.saving import write_version
from resolvers.kit.transaction import transact

OURS = UUID("0199f0a0-7e00-7000-8000-5e77ed0f7a1e")
"""Under this name our rules' keys are made (RFC 9562, version 5), so that they are alike everywhere."""


@dataclass(frozen=True, slots=True)
class ShippedRule:
    """A rule that every company starts with, enabled."""

    code: str
    name: str
    position: int
    conditions: Sequence[GivenCondition]
    action: GivenAction

    @property
    def key(self) -> UUID:
        """Its key in every database."""
        return uuid5(OURS, self.code)


SHIPPED = (
    ShippedRule(
        "raise-severity-on-safety-words",
        "Raise severity on safety words",
        SHIPPED_POSITION,
        [GivenCondition(RuleField.MASKED_TEXT, RuleOperator.HAS_ANY_WORD, danger_in_all_languages())],
        GivenAction(RuleActionKind.SET_SEVERITY, severity=Severity.CRITICAL),
    ),
    ShippedRule(
        "attach-to-case-of-product",
        "Attach same-product complaints of a week to a proposed case",
        SHIPPED_POSITION + 10,
        [GivenCondition(RuleField.PRODUCT_COMPLAINTS, RuleOperator.AT_LEAST, ("3",), 7)],
        GivenAction(RuleActionKind.ATTACH_TO_CASE, within_days=7),
    ),
    ShippedRule(
        "route-by-category",
        "Route by category",
        SHIPPED_POSITION + 20,
        [GivenCondition(RuleField.STATUS, RuleOperator.IN, (RULED.facts.at_first[RuleField.STATUS.value],))],
        GivenAction(RuleActionKind.ROUTE),
    ),
)
"""The company's own rules come before them, so that its routing wins; severity is settled before a case is looked for."""


async def ship_rules() -> list[str]:
    """Brings in the rules that are not there yet, and answers with their codes. Several processes may do it at once."""

    async def bring_in() -> list[str]:
        return [shipped.code for shipped in SHIPPED if await _bring_in(shipped)]

    return await transact(bring_in)


async def _bring_in(shipped: ShippedRule) -> bool:
    version = uuid5(shipped.key, "1")
    rule = Rule(
        id=shipped.key,
        name=shipped.name,
        enabled=True,
        position=shipped.position,
        trigger=RULED.facts.counted.kind,
        current_id=version,
        shipped_as=shipped.code,
    )
    # Whoever comes second waits here for the first one's end, and finds the version written.
    await Rule.bulk_create([rule], ignore_conflicts=True)
    if await RuleVersion.exists(rule_id=shipped.key):
        return False
    definition = Definition(RULED.facts.counted.kind, shipped.conditions, [shipped.action])
    await write_version(rule, version, 1, definition, None)
    return True
