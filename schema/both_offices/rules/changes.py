"""What managers do with rules: save, enable, disable."""

from collections.abc import Awaitable
from typing import Any, ClassVar

import strawberry

from resolvers.both_offices import rules as use_cases
from resolvers.reading.declare import Access, changed, plain, plain_type
from schema.both_offices.rules.definitions import RuleDefinitionInput, definition_of
from schema.both_offices.rules.types import WRITE, Rule
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb


@strawberry.input(description="A rule as it is to be from now on.")
class SaveRuleInput:
    """A rule as it is to be from now on."""

    rule: strawberry.ID | None = optional("Which rule says something else now; left out, a new one is made, disabled.")
    name: str = member("What people call it, at most 200 characters.")
    position: int | None = optional(
        "Its place, 0 to 1,000,000; lower ones are applied first. Left out, it stays, or comes before what was shipped."
    )
    definition: RuleDefinitionInput = member("What it says.")
    dry_run: bool = strawberry.field(
        description="Checks everything and saves nothing. What the rule would have done, `testRule` tells.",
        default=False,
    )
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which rule is applied from now on.")
class EnableRuleInput:
    """Which rule is applied from now on."""

    rule: strawberry.ID = member("The rule.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which rule is no longer applied.")
class DisableRuleInput:
    """Which rule is no longer applied."""

    rule: strawberry.ID = member("The rule.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class RulePayload:
    """What became of a rule."""

    ROWS: ClassVar = ("rule",)
    rule: "Rule | None" = changed("The rule as it now is; null when there are errors, and after a dry run.")
    errors: list[UserError] = plain(ERRORS)


def _save(viewer: Any, given: SaveRuleInput) -> Awaitable[use_cases.Keys]:
    return use_cases.save_rule(
        viewer,
        use_cases.GivenRule(
            key=key_of(given.rule, "rul"),
            names=given.rule is not None,
            name=given.name,
            position=given.position,
            definition=definition_of(given.definition),
            expected_version=given.expected_version,
            dry_run=given.dry_run,
        ),
    )


class RuleMutations:
    """What managers do with rules."""

    save_rule = verb(
        "Saves what a rule says from now on; what it said before is kept.", WRITE, SaveRuleInput, RulePayload, _save
    )
    enable_rule = verb(
        "Has a rule applied from now on.",
        WRITE,
        EnableRuleInput,
        RulePayload,
        lambda viewer, given: use_cases.switch_rule(viewer, key_of(given.rule, "rul"), True, given.expected_version),
    )
    disable_rule = verb(
        "Has a rule applied no longer; what it did stays.",
        WRITE,
        DisableRuleInput,
        RulePayload,
        lambda viewer, given: use_cases.switch_rule(viewer, key_of(given.rule, "rul"), False, given.expected_version),
    )
