"""Rules: saved by managers as data, applied to what happens in the transaction in which it happens, and tried on the past."""

from resolvers.both_offices.rules.applying import apply_rules
from resolvers.both_offices.rules.checking import Definition, GivenAction, GivenCondition
from resolvers.both_offices.rules.saving import GivenRule, Keys, save_rule, switch_rule
from resolvers.both_offices.rules.shipping import ship_rules
from resolvers.both_offices.rules.trying import Effect, GivenTrial, Trial, try_rule

__all__ = [
    "Definition",
    "Effect",
    "GivenAction",
    "GivenCondition",
    "GivenRule",
    "GivenTrial",
    "Keys",
    "Trial",
    "apply_rules",
    "save_rule",
    "ship_rules",
    "switch_rule",
    "try_rule",
]
