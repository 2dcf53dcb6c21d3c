"""How a text is read to be masked: without case, accents and what cannot be seen, word by word, each with where it stands.

The surprising rule: letters that a keyboard may lack are compared without what people write instead, `ö` and `oe` as `o`.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

# What NFKD leaves whole although people type it without the stroke.
_STROKES = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"})
_WORD = re.compile(r"[^\W_]+")
_WITHOUT_THE_KEY = re.compile("(?<=[aou])e|(?<=a)a")


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    """A character without case and accents; nothing for what cannot be seen, such as soft hyphens."""
    pieces = unicodedata.normalize("NFKD", character)
    seen = "".join(
        piece for piece in pieces if piece.isspace() or unicodedata.category(piece) not in {"Mn", "Cf", "Cc"}
    )
    return seen.casefold().translate(_STROKES)


def folded(text: str) -> tuple[str, Sequence[int]]:
    """The text without case, accents and the invisible, and for each of its characters the place that it came from."""
    if text.isascii() and text.isprintable():
        return text.lower(), range(len(text))
    pieces = [_fold(character) for character in text]
    if all(len(piece) == 1 for piece in pieces):
        return "".join(pieces), range(len(text))
    return "".join(pieces), [place for place, piece in enumerate(pieces) for _ in piece]


@lru_cache(maxsize=8192)
def plain(word: str) -> str:
    """A folded word as words are compared."""
    return _WITHOUT_THE_KEY.sub("", word)


def joined(words: Sequence[str]) -> str:
    """Folded words as one, as they are compared however they are joined."""
    return "".join(
        follow(before, word) if before else plain(word) for before, word in pairwise(["", *filter(None, words)])
    )


def words_of(phrase: str | None) -> list[str]:
    """The folded words of a phrase."""
    return _WORD.findall(folded(unicodedata.normalize("NFC", phrase or ""))[0])


class Reading:
    """A text that is read once, whoever is looked for in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded, self.places = folded(text)
        self.spans = [found.span() for found in _WORD.finditer(self.folded)]
        self.words = [self.folded[start:end] for start, end in self.spans]
        self.plain = [plain(word) for word in self.words]

    def gap(self, word: int) -> str:
        """What stands before a word, up to the one before it."""
        return self.folded[self.spans[word - 1][1] if word else 0 : self.spans[word][0]]

    def behind(self, word: int) -> str:
        """The character behind a word."""
        end = self.spans[word][1]
        return self.folded[end : end + 1]

    def is_capitalised(self, word: int) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[self.places[self.spans[word][0]]].isupper()

    def begins_sentence(self, word: int) -> bool:
        """Whether a sentence, or a line, begins with it: there, every word is capitalised."""
        return word == 0 or not _WITHIN.fullmatch(self.gap(word))

    def follow(self, longer: str, word: int) -> str:
        """What was joined so far, with one more word."""
        return longer + follow(self.words[word - 1], self.words[word])


_WITHIN = re.compile(r"[^.!?:\n\"“„«]*")


def follow(before: str, word: str) -> str:
    """A folded word as it is compared behind another one."""
    doubled = (word[0] == "e" and before[-1] in "aou") or word[0] == before[-1] == "a"
    return plain(word)[1:] if doubled and len(word) > 1 else plain(word)


def within_one_error(one: str, other: str) -> bool:
    """Whether at most one letter is missing, added, wrong, or exchanged with the next one (Damerau-Levenshtein 1)."""
    if len(one) > len(other):
        one, other = other, one
    same = next((place for place, letter in enumerate(one) if letter != other[place]), len(one))
    if len(one) < len(other):
        return len(other) - len(one) == 1 and one[same:] == other[same + 1 :]
    if one[same + 1 :] == other[same + 1 :]:
        return True
    return one[same : same + 2] == other[same : same + 2][::-1] and one[same + 2 :] == other[same + 2 :]
