"""Global ids: a node type's prefix, an underscore and the key. Opaque to clients, canonical to us."""

import re
from typing import Any
from uuid import UUID

GLOBAL_ID = re.compile(r"([a-z]+)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
"""Only the canonical form: one row has one id."""

NIL = UUID(int=0)
"""The key of no row: what a malformed global id stands for."""


def parse_global_id(value: Any) -> tuple[str, UUID]:
    """Prefix and key of a global id; a malformed one leads to no row."""
    found = GLOBAL_ID.fullmatch(str(value))
    return (found[1], UUID(found[2])) if found else ("", NIL)
