"""How rules come about: managers save, enable and disable them, and some are shipped. What a rule said before is kept.

Shipped rules are brought in once: what a company makes of them, also disabling them, stays.
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

from models.areas import RULED
from models.both_offices import rules
from models.both_offices.rules import LAST_POSITION, SHIPPED_POSITION, Rule, RuleField, RuleOperator, RuleVersion
from models.both_offices.rules.safety_words import danger_in_all_languages
from models.kit.base import new_id, now
from models.kit.severity import Severity
from resolvers.both_offices.rules.applying import ready
from resolvers.both_offices.rules.definitions import (
    Definition,
    RuleAction,
    RuleCase,
    RuleCondition,
    RuleDefinition,
    RuleRoute,
    RuleSeverity,
    check_definition,
    check_rights,
)
from resolvers.kit.commands import LONGEST_LINE, DryRunnable, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load
from resolvers.kit.transaction import transact

STEP = 10
"""Between the positions of rules that say none, so that others fit in."""


@command
class SaveRule(Update, DryRunnable):
    """A rule as it is to be from now on."""

    rule: Key[Rule] | None = member(
        "Which rule says something else now; left out, a new one is made, disabled.", default=None
    )
    name: str = member("What people call it, at most 200 characters.")
    position: int | None = member(
        "Its place, 0 to 1,000,000; lower ones are applied first. Left out, it stays, or comes before what was shipped.",
        default=None,
    )
    definition: RuleDefinition = member("What it says.")
    dry_run: bool = member(
        "Checks everything and saves nothing. What the rule would have done, `testRule` tells.", default=False
    )


@command
class EnableRule(Update):
    """Which rule is applied from now on."""

    rule: Key[Rule] = member("The rule.")


@command
class DisableRule(Update):
    """Which rule is no longer applied."""

    rule: Key[Rule] = member("The rule.")


async def save_rule(viewer: Viewer, given: SaveRule) -> Keys:
    """Saves what a rule says from now on; what it said before is kept."""
    errors = InputErrors()
    name = errors.text("name", given.name, LONGEST_LINE)
    if given.position is not None and not 0 <= given.position <= LAST_POSITION:
        errors.add("position", f"A position is between 0 and {LAST_POSITION}.")
    definition = await check_definition(errors, given.definition, viewer)
    rule = await load(viewer, Rule, given.rule, errors, given.expected_version) if given.rule else None
    errors.raise_if_any()
    # Managers of either office read it.
    name = (await RULED.masked(viewer.permissions, name, None))[:LONGEST_LINE]
    for action in definition.actions:
        if action.title:
            action.title = (await RULED.masked(viewer.permissions, action.title, None))[:LONGEST_LINE]
    titles = [action.title for action in definition.actions if action.title]
    given.end_if_dry(masked_text="\n\n".join([name, *titles]))
    current, number = new_id(), 1
    if rule is None:
        position = await _next_position() if given.position is None else given.position
        rule = await Rule.create(
            id=new_id(), name=name, position=position, trigger=definition.trigger, current_id=current
        )
    else:
        number = 1 + await RuleVersion.filter(rule_id=rule.id).count()
        rule.name, rule.trigger, rule.current_id = name, definition.trigger, current
        rule.position = rule.position if given.position is None else given.position
        await rule.save_next_version()
    await _write_version(rule, number, definition, viewer.account)
    return {"rule": rule.id}


async def enable_rule(viewer: Viewer, given: EnableRule) -> Keys:
    """Has a rule applied from now on."""
    return await _switch(viewer, given, enabled=True)


async def disable_rule(viewer: Viewer, given: DisableRule) -> Keys:
    """Has a rule applied no longer; what it did stays."""
    return await _switch(viewer, given, enabled=False)


async def _switch(viewer: Viewer, given: EnableRule | DisableRule, *, enabled: bool) -> Keys:
    """Enables or disables a rule; one that is so already stays as it is."""
    errors = InputErrors()
    rule = await load(viewer, Rule, given.rule, errors, given.expected_version)
    if enabled:
        [said] = await ready([rule.current_id])
        check_rights(viewer, errors, (one.fact for one in said.conditions), said.actions, "rule")
    errors.raise_if_any()
    if rule.enabled != enabled:
        rule.enabled = enabled
        await rule.save_next_version()
    return {"rule": rule.id}


async def _next_position() -> int:
    """Behind the company's own rules, and before those that are shipped."""
    last = await Rule.filter(position__lt=SHIPPED_POSITION).order_by("-position").first()
    return min(last.position + STEP if last else STEP, LAST_POSITION)


async def _write_version(rule: Rule, number: int, said: Definition, saved_by: UUID | None) -> None:
    """Writes down what a rule says at present, once and for all."""
    key = rule.current_id
    await RuleVersion.create(
        id=key,
        rule_id=rule.id,
        number=number,
        name=rule.name,
        trigger=said.trigger,
        saved_at=now(),
        saved_by_id=saved_by,
    )
    # What a version says has its keys from the version: wherever that is the same, it all is.
    for kind, rows in (("condition", said.conditions), ("action", said.actions)):
        for position, row in enumerate(rows):
            row.id, row.rule_version_id, row.position = uuid5(key, f"{kind} {position}"), key, position
    await rules.RuleCondition.bulk_create(said.conditions)
    await rules.RuleAction.bulk_create(said.actions)


# --- Shipped rules ----------------------------------------------------------------------------------------------------

OURS = UUID("0199f0a0-7e00-7000-8000-5e77ed0f7a1e")
"""Under this name our rules' keys are made (RFC 9562, version 5), so that they are alike everywhere."""


@dataclass(frozen=True, slots=True)
class ShippedRule:
    """A rule that every company starts with, enabled. What just came in sets it off."""

    code: str
    name: str
    position: int
    condition: RuleCondition
    action: RuleAction

    @property
    def key(self) -> UUID:
        """Its key in every database."""
        return uuid5(OURS, self.code)

    @property
    def definition(self) -> RuleDefinition:
        """What it says, as a manager would write it."""
        trigger = RULED.facts.counted.kind
        return RuleDefinition(trigger=trigger, conditions=(self.condition,), actions=(self.action,))


_NEW = RULED.facts.at_first[RuleField.STATUS.value]

SHIPPED = (
    ShippedRule(
        "raise-severity-on-safety-words",
        "Raise severity on safety words",
        SHIPPED_POSITION,
        RuleCondition(
            field=RuleField.MASKED_TEXT, operator=RuleOperator.HAS_ANY_WORD, values=danger_in_all_languages()
        ),
        RuleAction(set_severity=RuleSeverity(severity=Severity.CRITICAL)),
    ),
    ShippedRule(
        "attach-to-case-of-product",
        "Attach same-product complaints of a week to a proposed case",
        SHIPPED_POSITION + 10,
        RuleCondition(field=RuleField.PRODUCT_COMPLAINTS, operator=RuleOperator.AT_LEAST, values=("3",), within_days=7),
        RuleAction(attach_to_case=RuleCase(within_days=7)),
    ),
    ShippedRule(
        "route-by-category",
        "Route by category",
        SHIPPED_POSITION + 20,
        RuleCondition(field=RuleField.STATUS, operator=RuleOperator.IN, values=(_NEW,)),
        RuleAction(route=RuleRoute()),
    ),
)
"""The company's own rules come before them, so that its routing wins; severity is settled before a case is looked for."""


async def ship_rules() -> list[str]:
    """Brings in the rules that are not there yet, and answers with their codes. Several processes may do it at once."""

    async def bring_in() -> list[str]:
        return [shipped.code for shipped in SHIPPED if await _bring_in(shipped)]

    return await transact(bring_in)


async def _bring_in(shipped: ShippedRule) -> bool:
    rule = Rule(
        id=shipped.key,
        name=shipped.name,
        enabled=True,
        position=shipped.position,
        trigger=shipped.definition.trigger,
        current_id=uuid5(shipped.key, "1"),
        shipped_as=shipped.code,
    )
    # Whoever comes second waits here for the first one's end, and finds the version written.
    await Rule.bulk_create([rule], ignore_conflicts=True)
    if await RuleVersion.exists(rule_id=shipped.key):
        return False
    errors = InputErrors()
    definition = await check_definition(errors, shipped.definition, None)
    errors.raise_if_any()
    await _write_version(rule, 1, definition, None)
    return True
