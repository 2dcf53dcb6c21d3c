"""Rules that carry work across by themselves: what they say, what they said, what they did, and what they would have done."""

from schema.both_offices.rules.changes import RuleMutations
from schema.both_offices.rules.trying import Rules
from schema.both_offices.rules.types import Rule, RuleAction, RuleApplication, RuleCondition, RuleVersion
from schema.kit.areas import Area

__all__ = ["Rule", "RuleAction", "RuleApplication", "RuleCondition", "RuleMutations", "RuleVersion", "Rules"]

AREA = Area(
    front_office=(Rules,),
    back_office=(Rules,),
    mutations=(RuleMutations,),
)
