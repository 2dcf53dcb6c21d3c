"""What managers do with rules: save, enable, disable. What a rule said before is kept, with who saved it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from models.both_offices.rules import LAST_POSITION, SHIPPED_POSITION, Rule, RuleAction, RuleCondition, RuleVersion
from models.kit.base import all_rows, new_id, now
from resolvers.both_offices.rules.checking import Definition, check_definition
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import access
from resolvers.kit.viewer import Viewer

Keys = Mapping[str, UUID]

STEP = 10
"""Between the positions of rules that say none, so that others fit in."""


@dataclass(frozen=True, slots=True)
class GivenRule:
    """What somebody wants to save. `names` says whether a rule was named at all, `key` which one it is."""

    key: UUID | None
    names: bool
    name: str
    position: int | None
    definition: Definition
    expected_version: int | None
    dry_run: bool


async def save_rule(viewer: Viewer, given: GivenRule) -> Keys:
    """Saves what a rule says from now on; when none is named, a new rule, which is disabled until it is enabled.

    A dry run checks all of it and changes nothing.
    """
    errors = InputErrors()
    name = errors.text("name", given.name, LONGEST_LINE)
    if given.position is not None and not 0 <= given.position <= LAST_POSITION:
        errors.add("position", f"A position is between 0 and {LAST_POSITION}.")
    definition = await check_definition(errors, given.definition)
    rule: Rule | None = None
    if given.names:
        rule = await _the_rule(viewer, given.key, errors, given.expected_version)
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


async def switch_rule(viewer: Viewer, key: UUID | None, enabled: bool, expected_version: int | None) -> Keys:
    """Enables or disables a rule; one that is so already stays as it is."""
    errors = InputErrors()
    rule = await _the_rule(viewer, key, errors, expected_version)
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


async def _the_rule(viewer: Viewer, key: UUID | None, errors: InputErrors, expected_version: int | None) -> Rule:
    rule = await access(viewer, Rule, all_rows, key)
    if rule is None:
        errors.not_found("rule", "rule")
        raise errors.refusal()
    errors.version(rule.version, expected_version)
    return rule


async def _next_position() -> int:
    """Behind the company's own rules, and before those that are shipped."""
    last = await Rule.filter(position__lt=SHIPPED_POSITION).order_by("-position").first()
    return min(last.position + STEP if last else STEP, LAST_POSITION)
