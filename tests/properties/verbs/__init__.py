"""Every verb of the schema, and inputs for it made by chance: a new verb is taken part in by being declared.

Which values a member likes best, and what only makes sense together, is said here.
"""

from tests.properties.verbs import chain, complaints
from tests.properties.verbs.choosing import Aim
from tests.properties.verbs.declared import VERBS, Verb, prefix_of
from tests.properties.verbs.inputs import Inputs
from tests.properties.verbs.machines import (
    MACHINES,
    MOVED_TYPES,
    MOVES,
    OF_COMPLAINTS,
    RECORDS,
    SECONDS,
    Move,
    verbs_of,
)

__all__ = [
    "AIMS",
    "FIRST",
    "MACHINES",
    "MOVED_TYPES",
    "MOVES",
    "OFTEN",
    "OF_COMPLAINTS",
    "RECORDS",
    "SECONDS",
    "VERBS",
    "Aim",
    "Inputs",
    "Move",
    "Verb",
    "prefix_of",
    "verbs_of",
]

AIMS = {verb: Aim(move.prefix, move.origins) for verb, move in MOVES.items()} | complaints.AIMS | chain.AIMS
"""What each verb is meant for; what is missing here takes its chance."""

OFTEN = complaints.OFTEN + chain.OFTEN
"""What much else follows."""

FIRST = (*chain.FIRST, *["receiveComplaint"] * 16)
"""What happens first, in this order."""
