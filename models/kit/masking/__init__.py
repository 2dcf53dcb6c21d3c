"""Masks who a customer is in what people write for colleagues who must not know.

Names are found whatever their case, accents and invisible characters, joined, apart or with one error; when in doubt, more is
masked rather than less. A text is read once, word by word, whoever is looked for: twice the text takes twice the time.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from models.kit.masking.looks import LABELS, Span, addresses, numbers, records
from models.kit.masking.reading import Reading, follow, joined, plain, words_of
from models.kit.masking.traces import Named, Traces, spelled_street, traces_of

__all__ = ["LABELS", "Named", "mark_of", "marks_in", "mask"]

MOST_WORDS_OF_A_NAME = 8
SHORTEST_MARK = 5

_SIDE_BY_SIDE = re.compile(r"(\[(?:customer|place)\])(?:[\s,.'-]*+\1)+")


def mask(text: str, *people: Named, is_number: bool = False, series: frozenset[str] = frozenset()) -> str:
    """The text without who these people are, and without what looks like anybody's address or number.

    `is_number`: it is somebody's number for something, of which only the customer's own telephone number is masked.
    `series`: without the numbers of our own records in these either, by how they begin, in small letters.
    """
    text = unicodedata.normalize("NFC", text)
    traces = traces_of(people)
    while True:
        # What was masked stays as it is, and may have parted words that hid one another.
        masked = "".join(
            piece if LABELS.fullmatch(piece) else _masked_once(piece, traces, is_number=is_number, series=series)
            for piece in LABELS.split(text)
        )
        # Words of one name that stand side by side are one mask.
        masked = _SIDE_BY_SIDE.sub(r"\1", masked)
        if masked == text:
            return masked
        text = masked


def _masked_once(text: str, traces: Traces, *, is_number: bool, series: frozenset[str]) -> str:
    if not any(map(str.isalnum, text)):
        return text
    read = Reading(text)
    # Addresses go first: names in them are no reason to tear them apart.
    spans = list(addresses(read, spelled_out=not is_number)) or list(records(read, series))
    if not spans:
        spans = [*(() if is_number else numbers(read)), *traces.found_in(read, is_number=is_number)]
    return _replaced(text, read.places, spans)


def _replaced(text: str, places: Sequence[int], spans: list[Span]) -> str:
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


# --- Whoever is named in full -----------------------------------------------------------------------------------------


def mark_of(name: str | None) -> str | None:
    """A name or a street in the form in which it is found among all; None for one that is too short to be certain."""
    mark = joined([spelled_street(word) for word in words_of(name)])
    return mark if len(mark) >= SHORTEST_MARK else None


def marks_in(text: str) -> set[str]:
    """What in a text may be a name or a street in full, as `mark_of` has them: a capitalised word, and words in a row."""
    read = Reading(unicodedata.normalize("NFC", text))
    words = [spelled_street(word) for word in read.words]
    found: set[str] = set()
    for first, word in enumerate(words):
        mark = plain(word)
        if read.is_capitalised(first):
            found.add(mark)
        for before, last in pairwise(range(first, min(first + MOST_WORDS_OF_A_NAME, len(words)))):
            mark += follow(words[before], words[last])
            found.add(mark)
    return {mark for mark in found if len(mark) >= SHORTEST_MARK}
