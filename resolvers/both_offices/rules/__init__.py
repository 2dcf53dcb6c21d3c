"""Rules: saved by managers as data, applied to what happens in the transaction in which it happens, and tried on the past."""

from resolvers.both_offices.rules.applying import apply_rules
from resolvers.both_offices.rules.checking import Definition, GivenAction, GivenCondition
from resolvers.both_offices.rules.saving import DisableRule, EnableRule, SaveRule, disable_rule, enable_rule, save_rule
from resolvers.both_offices.rules.shipping import ship_rules
from resolvers.both_offices.rules.trying import Effect, TestRule, Trial, try_rule

__all__ = [
    "Definition",
    "DisableRule",
    "Effect",
    "EnableRule",
    "GivenAction",
    "GivenCondition",
    "SaveRule",
    "TestRule",
    "Trial",
    "apply_rules",
    "disable_rule",
    "enable_rule",
    "save_rule",
    "ship_rules",
    "try_rule",
]
