"""Rules: saved by managers as data, applied to what happens in the transaction in which it happens, and tried on the past."""

from resolvers.rules.applying import apply_rules
from resolvers.rules.checking import Definition, GivenAction, GivenCondition
from resolvers.rules.saving import GivenRule, Keys, save_rule, switch_rule
from resolvers.rules.shipping import ship_rules
from resolvers.rules.trying import Effect, GivenTrial, Trial, try_rule

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
