"""What managers do with rules: save, enable, disable. What a rule said before is kept, with who saved it."""

from uuid import UUID, uuid5

from models.both_offices.rules import LAST_POSITION, SHIPPED_POSITION, Rule, RuleAction, RuleCondition, RuleVersion
from models.kit.base import new_id, now
from resolvers.both_offices.rules.checking import Definition, check_definition
from resolvers.both_offices.rules.definitions import RuleDefinition, definition_of
from resolvers.kit.commands import Key, Keys, Update, command, member
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import load
from resolvers.kit.viewer import Viewer

STEP = 10
"""Between the positions of rules that say none, so that others fit in."""


@command
class SaveRule(Update):
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
    # A dry run checks all of it and changes nothing.
    errors = InputErrors()
    name = errors.text("name", given.name, LONGEST_LINE)
    if given.position is not None and not 0 <= given.position <= LAST_POSITION:
        errors.add("position", f"A position is between 0 and {LAST_POSITION}.")
    definition = await check_definition(errors, definition_of(given.definition))
    rule = await load(viewer, Rule, given.rule, errors, given.expected_version) if given.rule else None
    errors.raise_if_any()
    if given.dry_run:
        return {}
    version, number = new_id(), 1
    if rule is None:
        position = await _next_position() if given.position is None else given.position
        rule = await Rule.create(
            id=new_id(), name=name, position=position, trigger=definition.trigger, current_id=version
        )
    else:
        number = 1 + await RuleVersion.filter(rule_id=rule.id).count()
        rule.name, rule.trigger, rule.current_id = name, definition.trigger, version
        rule.position = rule.position if given.position is None else given.position
        rule.version += 1
        await rule.save()
    await write_version(rule, version, number, definition, viewer.account)
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
    errors.raise_if_any()
    if rule.enabled != enabled:
        rule.enabled = enabled
        rule.version += 1
        await rule.save()
    return {"rule": rule.id}


async def write_version(rule: Rule, key: UUID, number: int, given: Definition, saved_by: UUID | None) -> None:
    """Writes down what a rule says, once and for all."""
    await RuleVersion.create(
        id=key,
        rule_id=rule.id,
        number=number,
        name=rule.name,
        trigger=given.trigger,
        saved_at=now(),
        saved_by_id=saved_by,
    )
    await RuleCondition.bulk_create(
        [
            RuleCondition(
                id=uuid5(key, f"condition {position}"),
                rule_version_id=key,
                position=position,
                looks_at=condition.field,
                operator=condition.operator,
                compared_with=list(condition.values),
                within_days=condition.within_days,
            )
            for position, condition in enumerate(given.conditions)
        ]
    )
    await RuleAction.bulk_create(
        [
            RuleAction(
                # What a version says has its keys from the version: wherever that is the same, it all is.
                id=uuid5(key, f"action {position}"),
                rule_version_id=key,
                position=position,
                kind=action.kind,
                department=action.department,
                hand_off=action.hand_off,
                severity=action.severity,
                only_raise=action.only_raise,
                within_days=action.within_days,
                roles=[str(role) for role in action.roles],
                departments=[str(department) for department in action.departments],
                managers=action.managers,
                title=action.title,
                due_in_minutes=action.due_in_minutes,
            )
            for position, action in enumerate(given.actions)
        ]
    )


async def _next_position() -> int:
    """Behind the company's own rules, and before those that are shipped."""
    last = await Rule.filter(position__lt=SHIPPED_POSITION).order_by("-position").first()
    return min(last.position + STEP if last else STEP, LAST_POSITION)
