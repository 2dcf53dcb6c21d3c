"""Texts: what may be stored, how names are cleaned, and how texts are compared whatever their case and accents."""

import unicodedata


def searchable(*texts: str | None) -> str:
    """The texts in the form in which they are searched: without case, accents and doubled spaces, alike on every database."""
    joined = " \n ".join(text for text in texts if text)
    decomposed = unicodedata.normalize("NFKD", joined)
    bare = "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()
    return " ".join(bare.split())


def is_storable(text: str) -> bool:
    """Whether both databases can hold the text: PostgreSQL takes no NUL, and nobody takes half a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def clean(text: str) -> str:
    """A text as it is stored: composed (NFC), without space around it."""
    return unicodedata.normalize("NFC", text).strip()
