"""Rules that carry work across by themselves: what they say, what they said, what they did, and what they would have done."""

from resolvers.both_offices.rules import disable_rule, enable_rule, save_rule
from resolvers.reading.declare import changed
from schema.both_offices.rules.saved import WRITE, Rule, RuleAction, RuleApplication, RuleCondition, RuleVersion
from schema.both_offices.rules.trying import Rules
from schema.kit.areas import Area
from schema.kit.mutations import mutation, payload

__all__ = ["Rule", "RuleAction", "RuleApplication", "RuleCondition", "RuleVersion", "Rules"]


@payload
class RulePayload:
    """What became of a rule."""

    rule: "Rule | None" = changed("The rule as it now is; null when there are errors, and after a dry run.")


AREA = Area(
    front_office=(Rules,),
    back_office=(Rules,),
    mutations=(
        mutation(WRITE, save_rule, shows=RulePayload),
        mutation(WRITE, enable_rule, shows=RulePayload),
        mutation(WRITE, disable_rule, shows=RulePayload),
    ),
)
