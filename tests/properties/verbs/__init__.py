"""Every verb of the schema, and inputs for it made by chance: a new verb is taken part in by being declared.

What an id leads to, and which values a member likes best, is said here where its name does not say it.
"""

from tests.properties.verbs import chain, complaints
from tests.properties.verbs.choosing import Aim, Move
from tests.properties.verbs.declared import VERBS, Verb, prefix_of, unclear_members
from tests.properties.verbs.inputs import Inputs

__all__ = [
    "AIMS",
    "FIRST",
    "MOVED_TYPES",
    "MOVES",
    "OFTEN",
    "VERBS",
    "Aim",
    "Inputs",
    "Move",
    "Verb",
    "prefix_of",
    "unclear_members",
]

MOVES, MOVED_TYPES = complaints.MOVES, complaints.MOVED_TYPES
"""Those of complaints alone."""

AIMS = complaints.AIMS | chain.AIMS
"""What each verb is meant for; what is missing here takes its chance."""

OFTEN = complaints.OFTEN + chain.OFTEN
"""What much else follows."""

FIRST = (*chain.FIRST, *["receiveComplaint"] * 16)
"""What happens first, in this order."""
