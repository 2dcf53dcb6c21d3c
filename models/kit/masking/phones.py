"""A customer's own telephone number in a text, whatever stands between its digits, with or without what is dialled before it.

Its last digits are the subscriber's own: prefixes of countries and areas are written in many ways, or left out.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from models.kit.masking.looks import FEWEST_PHONE_DIGITS, JOINT

FEWEST_LAST_DIGITS = 6
MOST_PREFIX_DIGITS = 10
"""What may be dialled before the last digits: `00`, and what is left of the 15 of an international number (E.164)."""

_IN_A_ROW = re.compile(rf"\d(?:[{JOINT},]{{0,8}}+\d)*+")


def own_phones(text: str, phones: Iterable[str], *, is_number: bool) -> Iterator[tuple[int, int]]:
    """Where numbers of these digits stand. Of what is a number itself, the last six digits alone are none."""
    for row in _IN_A_ROW.finditer(text):
        places = [place for place in range(*row.span()) if text[place].isdigit()]
        digits = "".join(text[place] for place in places)
        for phone in phones:
            own = phone[-FEWEST_PHONE_DIGITS:]
            found = digits.find(own)
            while found >= 0:
                first, last = places[found], places[found + len(own) - 1]
                if len(phone) >= FEWEST_PHONE_DIGITS:
                    yield _dialled(text, places, digits, found, phone[: -len(own)]), last + 1
                # A short one may be a piece of some other number.
                elif not (_before(text, first).isdigit() or text[last + 1 : last + 2].isdigit()):
                    yield first - (_before(text, first) == "+"), last + 1
                found = digits.find(own, found + len(own))
            if len(phone) >= FEWEST_PHONE_DIGITS and not is_number:
                yield from _last_digits(text, places, digits, phone[-FEWEST_LAST_DIGITS:])


def _before(text: str, place: int) -> str:
    return text[place - 1 : place] if place else ""


def _dialled(text: str, places: Sequence[int], digits: str, own: int, prefix: str) -> int:
    """Where what is dialled before the own digits begins, in as many ways as there are, the longest.

    What stands behind a hyphen may belong to some other number, such as an order's: there only the own prefix is looked for.
    """
    for first in range(max(0, own - MOST_PREFIX_DIGITS), own + 1):
        start = _opened(text, places[first], places[own + FEWEST_PHONE_DIGITS - 1])
        if not re.match(r"[\w+-]", _before(text, start)) and not _before(text, places[first]).isdigit():
            break
    else:
        start = places[own]
    known = own
    while known and own - known < len(prefix) and prefix[known - own - 1] == digits[known - 1]:
        known -= 1
    for _ in range(2):
        known -= known > 0 and digits[known - 1] == "0"
    return min(start, places[known] - (_before(text, places[known]) == "+"))


def _opened(text: str, start: int, end: int) -> int:
    """Where a number begins: at its `+`, and at a parenthesis only if it closes within; around the number, both stay."""
    if _before(text, start) == "(" and re.match(r"[^()]*\)", text[start:end]):
        start -= 1
    return start - (_before(text, start) == "+")


def _last_digits(text: str, places: Sequence[int], digits: str, last: str) -> Iterator[tuple[int, int]]:
    """The last digits alone: no piece of a longer number."""
    found = digits.find(last)
    while found >= 0:
        start, end = places[found], places[found + len(last) - 1] + 1
        before, behind = text[max(0, start - 2) : start], text[end : end + 2]
        apart = not re.match(r"[\w,./-]", before[-1:]) and not re.match(r"\d ", before)
        if apart and end - start < 2 * len(last) and not re.match(r"[\w-]|[.,/ ]\d", behind):
            yield start, end
        found = digits.find(last, found + 1)
