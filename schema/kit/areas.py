"""Areas: what one part of the company adds to the schema, said in one place beside it; schema/roots.py lists them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Area:
    """What an area adds: entries at the two doors and at the viewer, mutations and subscriptions.

    Entries and subscriptions are classes whose fields join the root's; a mutation is a `mutation(…)` or a class of them.
    """

    front_office: Sequence[type[Any]] = ()
    back_office: Sequence[type[Any]] = ()
    viewer: Sequence[type[Any]] = ()
    mutations: Sequence[Any] = ()
    subscriptions: Sequence[type[Any]] = ()


def all_of(areas: Sequence[Area], part: str) -> Iterator[Any]:
    """What all areas add to one part of the schema, in their order."""
    for area in areas:
        yield from getattr(area, part)
