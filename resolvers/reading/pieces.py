"""The pieces that a statement's JSON text is glued from, and the refusal of an argument's value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A piece of the response that is the same whatever the rows are."""

    text: str


Piece = Literal | str
"""A part of a JSON text: fixed, or an SQL expression that gives text."""


class BadArgument(ValueError):
    """An argument's value that cannot be answered; names the argument by its path in the response."""

    def __init__(self, coordinate: str, argument: str, reason: str) -> None:
        super().__init__(f"Argument `{argument}` of {coordinate} {reason}.")
        self.argument = argument


def glue(pieces: list[Piece]) -> str:
    """One SQL text expression of the pieces. Balanced, because SQLite bounds how deep an expression may be."""
    terms: list[str] = []
    fixed = ""
    for piece in pieces:
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
