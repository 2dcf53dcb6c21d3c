"""Words in texts: how a rule's words find those of a complaint, whatever case, accents and punctuation."""

import re
import unicodedata

from models.kit.masking import LABELS
from models.kit.text import searchable

_WORD = re.compile(r"[^\W_]+")
SHORTEST_BEGINNING = 3
"""Letters before the `*`: with fewer, a rule would find almost every text."""


def words_of(text: str) -> str:
    """A masked text as its words with one space around each. What stands for the customer is no word of it."""
    # Soft hyphens and the like are seen by nobody, and would part a word.
    seen = text if text.isascii() else "".join(one for one in text if unicodedata.category(one) != "Cf")
    pieces = LABELS.split(seen)[::2]
    return f" {' | '.join(' '.join(_WORD.findall(searchable(piece))) for piece in pieces)} "


def pattern_of(word: str) -> str:
    """What to look for in `words_of`: a word or several, with `*` at the end any word that begins like this."""
    words = " ".join(_WORD.findall(searchable(word)))
    return f" {words}" if word.rstrip().endswith("*") else f" {words} "


def fault_of(word: str) -> str | None:
    """Why a rule cannot look for this; None when it can."""
    beginning, star, rest = word.partition("*")
    letters = sum(map(len, _WORD.findall(searchable(beginning))))
    if rest or (star and not (beginning and beginning[-1].isalnum())):
        return "has a `*` elsewhere than at the end of a word"
    if star and letters < SHORTEST_BEGINNING:
        return f"has fewer than {SHORTEST_BEGINNING} letters before its `*`"
    return None if letters else "has no letter or digit"
