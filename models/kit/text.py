"""Texts: what may be stored, how names are cleaned, and how texts are compared whatever their case and accents."""

import re
import unicodedata

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""What leaves no trace on paper though Python calls it printable: fillers, joiners and selectors of variants."""

MOST_MARKS = 30
"""How many marks may stand on one letter, as in Unicode's stream-safe format (UAX 15); more make normalising quadratic."""


def _marks() -> str:
    """A pattern for one combining mark."""
    found = [code for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code))]
    return "".join(map(re.escape, map(chr, found)))


_STACKED = re.compile(f"([{_marks()}]{{{MOST_MARKS}}})[{_marks()}]+")


def _tamed(text: str) -> str:
    """The text without the marks that no letter of any language has."""
    return text if text.isascii() else _STACKED.sub(r"\1", text)


def searchable(*texts: str | None) -> str:
    """The texts in the form in which they are searched: without case, accents and doubled spaces, alike on every database."""
    joined = " \n ".join(text for text in texts if text)
    decomposed = unicodedata.normalize("NFKD", _tamed(joined))
    bare = "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()
    return " ".join(bare.split())


def is_storable(text: str) -> bool:
    """Whether a text is one: without control characters (but lines and tabs), of which PostgreSQL takes no NUL, and without
    half a surrogate pair.
    """
    return _UNSTORABLE.search(text) is None


def clean(text: str) -> str:
    """A text as it is stored: composed (NFC), without space around it."""
    return unicodedata.normalize("NFC", _tamed(text)).strip()


def clean_code(text: str) -> str:
    """What a thing is known by, as it is stored and compared: without differences of width and spacing (NFKC)."""
    return " ".join(unicodedata.normalize("NFKC", _tamed(text)).split())


def is_legible(code: str) -> bool:
    """Whether all of a code shows, so that two of them that look alike are one."""
    return code.isprintable() and _INVISIBLE.search(code) is None
