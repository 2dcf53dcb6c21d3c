"""The pieces that a statement's JSON text is glued from, and the refusal of an argument's value."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A piece of the response that is the same whatever the rows are."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """Pieces that follow one another; the fixed ones among them may merge with their neighbours outside."""

    pieces: "list[Piece]"


Piece = Literal | str | Text
"""A part of a JSON text: fixed, an SQL expression that gives text, or several of both."""


class BadArgument(ValueError):
    """An argument's value that cannot be answered; names the argument by its path in the response."""

    def __init__(self, coordinate: str, argument: str, reason: str) -> None:
        super().__init__(f"Argument `{argument}` of {coordinate} {reason}.")
        self.argument = argument


def _flat(piece: Piece) -> Iterator[Literal | str]:
    if isinstance(piece, Text):
        for part in piece.pieces:
            yield from _flat(part)
    else:
        yield piece


def glue(text: Piece) -> str:
    """One SQL text expression. Balanced, because SQLite bounds how deep an expression may be."""
    terms: list[str] = []
    fixed = ""
    for piece in _flat(text):
        if isinstance(piece, Literal):
            fixed += piece.text
        else:
            if fixed:
                terms.append(quote(fixed))
                fixed = ""
            terms.append(piece)
    if fixed or not terms:
        terms.append(quote(fixed))
    return _balanced(terms)


def _balanced(terms: list[str]) -> str:
    if len(terms) <= 64:
        return " || ".join(terms)
    middle = len(terms) // 2
    return f"({_balanced(terms[:middle])}) || ({_balanced(terms[middle:])})"


def quote(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
