"""Masks who a customer is in what the front office writes for the back office.

Names are found whatever their case and accents; when in doubt, more is masked rather than less.
"""

import re
import unicodedata
from typing import Protocol

EMAIL = re.compile(r"[^\s@<>()\[\],;:\"']+@[^\s@<>()\[\],;:\"']+\.[^\s@<>()\[\],;:\"'.]+")
PHONE = re.compile(r"(?<![\w-])(?:\+|00)?(?:\(\d{1,5}\)|\d)[\d\s()/.\-–]{4,}\d(?![\w-])")
WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
FEWEST_PHONE_DIGITS = 7
SHORTEST_COMPANY_WORD = 4


class Identity(Protocol):
    """What says who a customer is."""

    @property
    def name(self) -> str: ...
    @property
    def contact_name(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def street(self) -> str | None: ...


def _folded(text: str) -> tuple[str, list[int]]:
    """The text without case and accents, and for each of its characters the place in the original that it came from."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for piece in unicodedata.normalize("NFKD", character):
            if not unicodedata.combining(piece):
                for folded in piece.casefold():
                    characters.append(folded)
                    places.append(place)
    return "".join(characters), places


def _spans_of_phrase(folded: str, phrase: str) -> list[tuple[int, int]]:
    """Where a phrase stands, however its words are joined."""
    words = re.findall(r"\w+", _folded(phrase)[0])
    if not words:
        return []
    pattern = r"(?<!\w)" + r"[\W_]+".join(re.escape(word) for word in words) + r"(?!\w)"
    return [match.span() for match in re.finditer(pattern, folded)]


def _spans_of_digits(folded: str, phone: str) -> list[tuple[int, int]]:
    """Where the digits of a telephone number stand, whatever stands between them."""
    digits = re.sub(r"\D", "", phone)
    if len(digits) < 4:
        return []
    return [match.span() for match in re.finditer(r"\+?" + r"[\s()/.\-–]*".join(digits), folded)]


def mask(text: str, customer: Identity) -> str:
    """The text with the customer's names, every e-mail address and telephone number, and the customer's street replaced."""
    text = unicodedata.normalize("NFC", text)
    text = EMAIL.sub("[e-mail]", text)
    folded, places = _folded(text)
    spans: list[tuple[int, int, str]] = []

    def add(found: list[tuple[int, int]], label: str) -> None:
        spans.extend((places[start], places[end - 1] + 1, label) for start, end in found)

    if customer.email:
        add(_spans_of_phrase(folded, customer.email), "[e-mail]")
    if customer.phone:
        add(_spans_of_digits(folded, customer.phone), "[phone]")
    if customer.street:
        add(_spans_of_phrase(folded, customer.street), "[street]")
    for name in (customer.name, customer.contact_name):
        if name:
            add(_spans_of_phrase(folded, name), "[customer]")
    for word in WORD.findall(customer.contact_name or ""):
        if len(word) > 1:
            add(_spans_of_phrase(folded, word), "[customer]")
    for word in WORD.findall(customer.name):
        # A company's single words are often ordinary ones, so only their capitalised form is taken for the name.
        if len(word) >= SHORTEST_COMPANY_WORD and word[0].isupper():
            found = _spans_of_phrase(folded, word)
            add([(start, end) for start, end in found if text[places[start]].isupper()], "[customer]")
    for match in PHONE.finditer(text):
        if sum(character.isdigit() for character in match.group()) >= FEWEST_PHONE_DIGITS and not _is_date(
            match.group()
        ):
            spans.append((*match.span(), "[phone]"))
    return _replaced(text, spans)


def _is_date(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{4}", text.strip()))


def _replaced(text: str, spans: list[tuple[int, int, str]]) -> str:
    """The text with the spans replaced; where spans overlap, the earliest and longest one names what stood there."""
    pieces: list[str] = []
    position = 0
    for start, end, label in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= position:
            pieces += [text[position:start], label]
        position = max(position, end)
    pieces.append(text[position:])
    # Words of one name that stand side by side are one mask.
    return re.sub(r"(\[customer\])(?:[\s,.'-]*\[customer\])+", r"\1", "".join(pieces))
