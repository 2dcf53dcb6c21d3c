"""What the areas offer the services between the offices, in one place: what rules may do to what they are about."""

from resolvers.front_office.service import ruled

OFFERED_TO_RULES = ruled.ACTIONS
