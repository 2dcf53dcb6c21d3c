"""Masks who a customer is in what the front office writes for the back office.

Names are found whatever their case, accents and invisible characters; when in doubt, more is masked rather than less.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

LABELS = re.compile(r"(\[(?:customer|e-mail|phone|street)\])")
_PART = r"[^\s@<>()\[\],;:\"']"
# Only from where a word begins: from every letter of a long one, looking for the @ would take forever.
EMAIL = re.compile(rf"(?<!{_PART}){_PART}+@{_PART}+\.(?:(?!\.){_PART})+")
_JOINT = r"\s()/.\-\u2010-\u2015\u2212"
PHONE = re.compile(rf"(?<![\w-])(?:\+|00)?(?:\(\d{{1,5}}\)|\d)[\d{_JOINT}]{{4,28}}\d(?![\w-])")
DATE = re.compile(r"(?<!\d)(?:(?:19|20)\d\d([-/.])\d\d?\1\d\d?|\d\d?([-/.]) ?\d\d?\2 ?(?:19|20)\d\d)(?!\d)")
LONG_NUMBER = re.compile(r"\d{18,}")
FEWEST_PHONE_DIGITS = 7
FEWEST_OWN_PHONE_DIGITS = 4
MOST_PREFIX_DIGITS = 10
"""What may be dialled before the last digits: `00`, and what is left of the 15 of an international number (E.164)."""
SHORTEST_COMPANY_WORD = 4
PARTICLES = frozenset("al bin da de del den der di do dos du el la las le los van von zu".split())
"""Words of people's names that every text is full of."""

# What NFKD leaves whole although people type it without the stroke.
_STROKES = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"})
# How people write a letter who do not find it on their keyboard.
_WITHOUT_THE_KEY = {"ä": "ae?", "ö": "oe?", "ü": "ue?", "å": "aa?", "ø": "oe?"}
_STREET_WORDS = [["str", "strasse"], ["st", "street"], ["rd", "road"], ["ave", "av", "avenue"], ["sq", "square"]]
_MORE_STREET_WORDS = [["blvd", "boulevard"], ["avda", "avenida"], ["pl", "platz", "place"], ["c", "calle"]]
_STREET_SPELLINGS = {
    word: f"(?:{'|'.join(sorted(group, reverse=True))})"
    for group in _STREET_WORDS + _MORE_STREET_WORDS
    for word in group
}


class Identity(Protocol):
    """What says who a customer is."""

    # Any, because a Tortoise column is a field on the class and a value on the row.
    @property
    def name(self) -> Any: ...
    @property
    def contact_name(self) -> Any: ...
    @property
    def email(self) -> Any: ...
    @property
    def phone(self) -> Any: ...
    @property
    def street(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Named:
    """Who a customer is, by what is written somewhere else than in its own row."""

    name: str = ""
    contact_name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None


NOBODY = Named()
"""No customer: only what is an e-mail address or a telephone number by its looks is masked."""


@dataclass(frozen=True, slots=True)
class _Trace:
    """What gives a customer away: a pattern for folded text, and what is written in its place."""

    pattern: re.Pattern[str]
    label: str
    capitalised: bool = False


def mask(text: str, customer: Identity, *, is_number: bool = False) -> str:
    """The text with the customer's names, every e-mail address and telephone number, and the customer's street replaced.

    `is_number`: it is somebody's number for something, of which only the customer's own telephone number is masked.
    """
    text = unicodedata.normalize("NFC", text)
    traces = _traces_of(customer.name, customer.contact_name, customer.email, customer.phone, customer.street)
    if is_number:
        traces = tuple(trace for trace in traces if trace.pattern is not PHONE)
    while True:
        # What was masked stays as it is, and may have parted words that hid one another.
        masked = "".join(
            piece if LABELS.fullmatch(piece) else _masked_once(piece, traces) for piece in LABELS.split(text)
        )
        # Words of one name that stand side by side are one mask.
        masked = re.sub(r"(\[customer\])(?:[\s,.'-]*\[customer\])+", r"\1", masked)
        if masked == text:
            return masked
        text = masked


@lru_cache(maxsize=64)
def _traces_of(*identity: str | None) -> tuple[_Trace, ...]:
    """A customer's traces, kept for a little while: one change often masks several texts of one customer."""
    name, *others = identity
    return tuple(_traces(Named(name or "", *others)))


def _traces(customer: Identity) -> Iterator[_Trace]:
    yield _Trace(EMAIL, "[e-mail]")
    yield _Trace(PHONE, "[phone]")
    if email := _words(customer.email):
        yield _Trace(_phrase(email, r"[\W_]*(?:(?:at|dot|punkt)[\W_]*)?"), "[e-mail]")
    if phone := _digits(customer.phone or ""):
        yield _Trace(re.compile(phone), "[phone]")
    if street := _words(customer.street):
        yield _Trace(_phrase([_STREET_SPELLINGS.get(word, word) for word in street]), "[street]")
    contact = _words(customer.contact_name)
    own_words = [[word] for word in contact if len(word) > 1 and word not in PARTICLES]
    for words in (_words(customer.name), contact, *own_words):
        if words:
            yield _Trace(_phrase(words), "[customer]")
    for word in re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", customer.name)):
        # A company's single words are often ordinary ones, so only their capitalised form is taken for the name.
        if len(word) >= SHORTEST_COMPANY_WORD and word[0].isupper():
            yield _Trace(_phrase(_words(word)), "[customer]", capitalised=True)


def _masked_once(text: str, traces: Sequence[_Trace]) -> str:
    if not any(map(str.isalnum, text)):
        return text
    folded, places = _folded(text)
    spans = [
        (*match.span(), trace.label)
        for trace in traces
        for match in trace.pattern.finditer(folded)
        if (not trace.capitalised or text[places[match.start()]].isupper())
        and (trace.pattern is not PHONE or _is_phone(match.group()))
    ]
    return _replaced(text, places, spans)


# --- How a text is compared -------------------------------------------------------------------------------------------


def _fold(character: str) -> str:
    """A character without case and accents; nothing for what cannot be seen, such as soft hyphens."""
    pieces = unicodedata.normalize("NFKD", character)
    seen = "".join(
        piece for piece in pieces if piece.isspace() or unicodedata.category(piece) not in {"Mn", "Cf", "Cc"}
    )
    return seen.casefold().translate(_STROKES)


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """The text without case, accents and the invisible, and for each of its characters the place that it came from."""
    if text.isascii() and text.isprintable():
        return text.lower(), range(len(text))
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        folded = _fold(character)
        characters.append(folded)
        places.extend([place] * len(folded))
    return "".join(characters), places


def _words(phrase: str | None) -> list[str]:
    """A phrase's words as patterns for folded text, in all the ways that a letter is written."""
    spelled: list[str] = []
    for character in unicodedata.normalize("NFC", phrase or ""):
        pieces = (re.escape(piece) if piece.isalnum() else " " for piece in _fold(character))
        spelled.append(_WITHOUT_THE_KEY.get(character.lower()) or "".join(pieces))
    return "".join(spelled).split()


def _phrase(words: list[str], joint: str = r"[\W_]*") -> re.Pattern[str]:
    """A pattern for words one after the other, however joined, also in the genitive."""
    return re.compile(rf"(?<![^\W_])(?:{joint.join(words)})s?(?![^\W_])")


def _digits(phone: str) -> str:
    """A pattern for a telephone number, whatever stands between its digits, and with or without what is dialled before it.

    Its last digits are the subscriber's own: prefixes of countries and areas are written in many ways, or left out.
    """
    digits = re.findall(r"\d", _folded(phone)[0])
    if len(digits) < FEWEST_OWN_PHONE_DIGITS:
        return ""
    joint = rf"[{_JOINT}]*"
    if len(digits) < FEWEST_PHONE_DIGITS:
        # A short one may be a piece of some other number.
        return rf"(?<!\d)\+?{joint.join(digits)}(?!\d)"
    own = joint.join(digits[-FEWEST_PHONE_DIGITS:])
    dialled = rf"\+?(?:\(\d{{1,5}}\){joint})?(?:\d{joint}){{0,{MOST_PREFIX_DIGITS}}}"
    # What stands behind a hyphen may belong to some other number, such as an order's: there only the own prefix is looked for.
    known = ""
    for digit in digits[:-FEWEST_PHONE_DIGITS]:
        known = rf"(?:{known}{digit}{joint})?"
    return rf"(?<![\w+-]){dialled}{own}|\+?(?:0{joint}){{0,2}}{known}{own}"


def _is_phone(number: str) -> bool:
    """Whether it has a telephone number's digits, apart from dates; parcels' numbers are longer."""
    rest = DATE.sub(" ", number)
    return sum(map(str.isdigit, rest)) >= FEWEST_PHONE_DIGITS and not LONG_NUMBER.fullmatch(rest)


def _replaced(text: str, places: Sequence[int], spans: list[tuple[int, int, str]]) -> str:
    """The text with the folded text's spans replaced; of those that overlap, the earliest and longest says what stood there."""
    pieces: list[str] = []
    position = 0
    for first, behind, label in sorted(spans, key=lambda span: (span[0], -span[1])):
        # What cannot be seen behind the last character goes with it.
        start, end = places[first], places[behind] if behind < len(places) else len(text)
        end = max(end, places[behind - 1] + 1)
        if start >= position:
            pieces += [text[position:start], label]
        position = max(position, end)
    return "".join([*pieces, text[position:]])
