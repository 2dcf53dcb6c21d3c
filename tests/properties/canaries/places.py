"""Every place where what somebody writes is masked, and the house as it would be if one of them did not.

A place is a call: one of several in a verb may be forgotten, too. What is written by hand is what is called for it.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from models.front_office import identities

DOORS = frozenset({"masked", "all_masked", "masked_for", "masked_about", "worded", "write_message"})
"""What is called for a text to be masked. Whatever else calls one of these is a place."""


@dataclass(frozen=True)
class Place:
    """A call for a text to be masked, between two lines of a file."""

    name: str
    file: str
    first: int
    last: int

    def is_in(self, frame: FrameType | None) -> bool:
        """Whether what is being done is done for this call."""
        while frame:
            if frame.f_code.co_filename == self.file and self.first <= frame.f_lineno <= self.last:
                return True
            frame = frame.f_back
        return False


def masking_places() -> list[Place]:
    """All places, in the order in which they stand."""
    modules = {name: module for name, module in sys.modules.items() if name.startswith("resolvers.")}
    return [place for name in sorted(modules) for place in _places_in(name, str(modules[name].__file__))]


def _places_in(module: str, file: str) -> Iterator[Place]:
    for function in ast.walk(ast.parse(Path(file).read_text())):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function.name not in DOORS:
            calls = sorted((one for one in ast.walk(function) if _is_door(one)), key=lambda one: one.lineno)
            for number, call in enumerate(calls, start=1):
                name = f"{module.removeprefix('resolvers.')}.{function.name}" + (f"-{number}" if calls[1:] else "")
                yield Place(name, file, call.lineno, call.end_lineno or call.lineno)


def _is_door(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return (isinstance(called, ast.Name) and called.id in DOORS) or (
        isinstance(called, ast.Attribute) and called.attr in DOORS
    )


def mask_everywhere_but(place: Place) -> Any:
    """`mask` for `models.front_office.identities`, which leaves what one place has masked as it was written."""
    mask = identities.mask

    def mask_elsewhere(text: str, *people: Any, **how: Any) -> str:
        return text if place.is_in(inspect.currentframe()) else mask(text, *people, **how)

    return mask_elsewhere
