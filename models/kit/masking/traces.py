"""What gives somebody away: made once of who they are, and kept, so that a text is only read word by word.

Of a person each name counts; of a company its name as a whole and in pieces, in small letters too unless they are ordinary
words; of a street also its name without the number; of a place what stands beside it where its name alone is a word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, auto
from functools import lru_cache
from typing import Any

from models.kit.masking.looks import Span
from models.kit.masking.phones import own_phones
from models.kit.masking.reading import Reading, folded, follow, joined, plain, within_one_error, words_of
from models.kit.masking.words import (
    FREE_MAIL,
    LEADING_TO_PLACES,
    LEGAL_FORMS,
    NOUNS,
    NUMBER_SIGNS,
    ORDINARY,
    PARTICLES,
    PLACES_WITH_MEANING,
    SHARED_ENDS,
    STREET_WORDS,
)

FEWEST_OWN_PHONE_DIGITS = 4
FEWEST_OWN_NUMBER_DIGITS = 4
FEWEST_ORDINARY_WORDS = 3
SHORTEST_COMPANY_WORD = 4
SHORTEST_SMALL_WORD = 6
SHORTEST_WITH_ERROR = 8
SHORTEST_SMALL_PLACE = 5
SHORTEST_LONE_REGION = 4
SHORTEST_LONE_POSTAL_CODE = 5
LONGEST_COUNTRY = 2
MOST_COMPANY_WORDS = 12
MOST_JOINED = 64
"""Words in a row that may be one name, for instance letter by letter."""
_INTACT = 3
"""Of eight letters and more, the first three or the last three are right when one is not."""


@dataclass(frozen=True, slots=True)
class Named:
    """What says who somebody is, as it is written in one place: a customer's row, an order, or what stood there before."""

    name: str | None = None
    contact_name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    number: str | None = None
    """Of something that leads to them: an order, a parcel, or the carrier's for that."""


class _As(IntEnum):
    """How words must be written to be somebody's; the first is the least that is asked."""

    ANY = auto()
    CAPITALISED = auto()
    NAME = auto()
    """Capitalised in each of several words, or in one although no sentence begins there."""
    PLACE = auto()
    """Capitalised behind a word that leads to a place, or behind a comma."""
    INITIAL = auto()
    """Ending with a capital letter and a dot."""
    CODE = auto()
    """In one piece, and no part of another number."""


@dataclass(frozen=True, slots=True)
class _Rule:
    label: str
    written: _As = _As.ANY


_CUSTOMER, _STREET, _PLACE = _Rule("[customer]"), _Rule("[street]"), _Rule("[place]")


@dataclass(slots=True)
class Traces:
    """All that gives some people away."""

    phrases: dict[str, _Rule] = field(default_factory=dict[str, _Rule])
    streets: dict[str, _Rule] = field(default_factory=dict[str, _Rule])
    beginnings: set[str] = field(default_factory=set[str])
    street_beginnings: set[str] = field(default_factory=set[str])
    house_numbers: set[str] = field(default_factory=set[str])
    initials: set[str] = field(default_factory=set[str])
    begun: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    ended: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """Long names and what is written instead, by their first and by their last letters, one of which no single error touches."""
    most_words: int = 1
    phones: set[str] = field(default_factory=set[str])

    def add(self, phrase: str, rule: _Rule) -> None:
        """Takes note of words that are written so."""
        if phrase:
            _note(self.phrases, self.beginnings, phrase, rule)

    def add_name(self, words: Sequence[str], label: str = "[customer]") -> None:
        """Takes note of a name, and where it is long also of what is one error away from it."""
        name = joined(words)
        self.add(name, _Rule(label))
        if len(name) >= SHORTEST_WITH_ERROR and not name.isdigit():
            self.begun.setdefault(name[:_INTACT], {})[name] = label
            self.ended.setdefault(name[-_INTACT:], {})[name] = label
            self.most_words = max(self.most_words, len(words))

    def take(self, other: "Traces") -> None:
        """Adds what gives somebody else away."""
        for phrases, more in ((self.phrases, other.phrases), (self.streets, other.streets)):
            for phrase, rule in more.items():
                phrases[phrase] = min(rule, phrases.get(phrase, rule), key=lambda one: one.written)
        for mine, theirs in ((self.begun, other.begun), (self.ended, other.ended)):
            for letters, names in theirs.items():
                mine.setdefault(letters, {}).update(names)
        for own, others in zip(self._sets(), other._sets(), strict=True):
            own |= others
        self.most_words = max(self.most_words, other.most_words)

    def _sets(self) -> tuple[set[Any], ...]:
        return self.beginnings, self.street_beginnings, self.house_numbers, self.initials, self.phones

    # --- Finding them in a text ---

    def found_in(self, read: Reading, *, is_number: bool) -> Iterator[Span]:
        """Where they are."""
        for start, end in own_phones(read.folded, self.phones, is_number=is_number) if self.phones else ():
            yield start, end, "[phone]"
        for first, word in enumerate(read.plain):
            if word in self.beginnings:
                yield from self._phrase(read, first)
            if len(word) == 1 and self.initials and read.behind(first) == ".":
                yield from self._initials(read, first)
        for first in sorted(self._perhaps_almost(read)):
            yield from self._almost(read, first)
        if self.streets:
            for first, word in enumerate(read.words):
                if read.plain[first] in self.street_beginnings or spelled_street(word) in self.street_beginnings:
                    yield from self._street(read, first)

    def _phrase(self, read: Reading, first: int) -> Iterator[Span]:
        """The longest of the phrases that begin with a word."""
        longer, last, found = read.plain[first], first, None
        while True:
            rule = self.phrases.get(longer)
            if rule and _is_written(rule.written, read, first, last):
                found = (read.spans[first][0], read.spans[last][1], rule.label)
            last += 1
            if longer not in self.beginnings or last == min(len(read.words), first + MOST_JOINED):
                break
            longer = read.follow(longer, last)
        if found:
            yield _with_its_path(read, found) if found[2] == "[web]" else found

    def _perhaps_almost(self, read: Reading) -> set[int]:
        """Where a long name with an error in it may begin: with its first letters, or words before its last ones."""
        if not self.begun:
            return set()
        begun = {first for first, word in enumerate(read.plain) if word[:_INTACT] in self.begun}
        if self.most_words > 1:
            begun |= {first for first in range(len(read.words) - 1) if len(read.words[first]) < _INTACT}
        ended = {
            last
            for last, word in enumerate(read.plain)
            if word[-_INTACT:] in self.ended or (word[-1:] == "s" and word[-_INTACT - 1 : -1] in self.ended)
        }
        return begun | {max(last - before, 0) for last in ended for before in range(self.most_words)}

    def _almost(self, read: Reading, first: int) -> Iterator[Span]:
        """A long name with one error in it, in one word or in as many as it has."""
        longer = read.plain[first]
        for last in range(first, min(first + self.most_words, len(read.words))):
            if last > first:
                if len(read.gap(last)) > 2:
                    return
                longer = read.follow(longer, last)
                # What stands between names would be the error.
                if any(len(word) == 1 or word in PARTICLES for word in (read.words[first], read.words[last])):
                    continue
            for written in (longer, longer[:-1]) if longer[-1:] == "s" else (longer,):
                if len(written) < SHORTEST_WITH_ERROR - 1:
                    continue
                for names in (self.begun.get(written[:_INTACT], {}), self.ended.get(written[-_INTACT:], {})):
                    for name, label in names.items():
                        if within_one_error(name, written):
                            yield read.spans[first][0], read.spans[last][1], label
                            return

    def _street(self, read: Reading, first: int) -> Iterator[Span]:
        """The longest of the streets that begin with a word, with the house's number before or behind it."""
        longer, last, found = plain(spelled_street(read.words[first])), first, None
        while True:
            rule = self.streets.get(longer)
            if rule and _is_written(rule.written, read, first, last):
                found = last
            last += 1
            if longer not in self.street_beginnings or last == min(len(read.words), first + MOST_JOINED):
                break
            longer += follow(read.words[last - 1], spelled_street(read.words[last]))
        if found is None:
            return
        last = found
        behind = last + 1
        while behind < len(read.words) and read.words[behind] in NUMBER_SIGNS:
            behind += 1
        if behind < len(read.words) and self._is_house(read, behind) and len(read.gap(last + 1)) <= 3:
            last = behind
        if first and self._is_house(read, first - 1) and len(read.gap(first)) <= 2:
            first -= 1
        yield read.spans[first][0], read.spans[last][1], "[street]"

    def _is_house(self, read: Reading, word: int) -> bool:
        number = re.match(r"\d+", read.words[word])
        return number is not None and len(read.words[word]) <= number.end() + 1 and number[0] in self.house_numbers

    def _initials(self, read: Reading, first: int) -> Iterator[Span]:
        letters, last = read.words[first], first
        while (
            last + 1 < len(read.words)
            and len(read.words[last + 1]) == 1
            and read.gap(last + 1) in {".", ". ", ".-"}
            and len(letters) < MOST_COMPANY_WORDS
        ):
            last += 1
            letters += read.words[last]
            if letters in self.initials and all(read.is_capitalised(word) for word in range(first, last + 1)):
                yield read.spans[first][0], read.spans[last][1] + (read.behind(last) == "."), "[customer]"


def _note(phrases: dict[str, _Rule], beginnings: set[str], phrase: str, rule: _Rule) -> None:
    """Takes note of words, and of their genitive."""
    for written in (phrase, f"{phrase}s"):
        phrases[written] = min(rule, phrases.get(written, rule), key=lambda one: one.written)
    beginnings.update(phrase[:length] for length in range(1, len(phrase) + 1))
    beginnings.add(f"{phrase}s")


def _is_written(written: _As, read: Reading, first: int, last: int) -> bool:
    """Whether words are written as they must be to be somebody's."""
    if written is _As.ANY:
        return True
    if written is _As.INITIAL:
        return len(read.words[last]) == 1 and read.is_capitalised(last) and read.behind(last) == "."
    if written is _As.CODE:
        of_another = (
            first > 0 and read.gap(first) in {"-", "/", ".", ","} and len(read.words[first - 1]) > LONGEST_COUNTRY
        )
        return first == last and not of_another
    if not read.is_capitalised(first):
        return False
    if written is _As.NAME:
        names = (word for word in range(first, last + 1) if read.words[word] not in PARTICLES)
        return all(map(read.is_capitalised, names)) and (first < last or not read.begins_sentence(first))
    if written is _As.PLACE:
        return first > 0 and (read.words[first - 1] in LEADING_TO_PLACES or read.gap(first).strip() == ",")
    return True


def _with_its_path(read: Reading, found: Span) -> Span:
    """A domain with what stands before and behind it in a web address."""
    start, end, label = found
    while start and not read.folded[start - 1].isspace() and read.folded[start - 1] not in "<>()[],;\"'":
        start -= 1
    if read.folded[end : end + 1] in {"/", ":", "?", "#"}:
        while end < len(read.folded) and not read.folded[end].isspace() and read.folded[end] not in "<>()[],;\"'":
            end += 1
    return start, end, label


# --- Making them ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def traces_of(people: tuple[Named, ...]) -> Traces:
    """What gives any of them away."""
    if len(people) == 1:
        return _traces_of_one(people[0])
    together = Traces()
    for one in people:
        together.take(_traces_of_one(one))
    return together


@lru_cache(maxsize=1024)
def _traces_of_one(who: Named) -> Traces:
    found = Traces()
    _add_company(found, who.name)
    _add_person(found, who.contact_name)
    _add_email(found, who.email)
    _add_phone(found, who.phone)
    _add_street(found, who.street)
    _add_place(found, who)
    _add_number(found, who.number)
    return found


def _add_company(found: Traces, name: str | None) -> None:
    words = words_of(name)[:MOST_COMPANY_WORDS]
    if not words:
        return
    own = [place for place, word in enumerate(words) if word not in PARTICLES and word not in LEGAL_FORMS]
    if any(map(_tells, words)):
        found.add_name(words)
    else:
        # Ordinary words are nobody's, two in a row neither ("monde entier"); three in just this row are.
        found.add(joined(words), _CUSTOMER if len(own) >= FEWEST_ORDINARY_WORDS else _Rule("[customer]", _As.NAME))
    for first in own:
        for last in own:
            piece = words[first : last + 1]
            if first < last and len(piece) < len(words):
                small = any(map(_tells, piece))
                rule = _CUSTOMER if small else _Rule("[customer]", _As.NAME)
                found.add(joined(piece), rule)
        word = words[first]
        if len(word) < SHORTEST_COMPANY_WORD or word in NOUNS:
            continue
        if word in ORDINARY:
            found.add(plain(word), _Rule("[customer]", _As.NAME))
        elif len(word) >= SHORTEST_SMALL_WORD:
            found.add_name([word])
        else:
            found.add(plain(word), _Rule("[customer]", _As.CAPITALISED))


def _tells(word: str) -> bool:
    """Whether a word of a company's name is none that every text has."""
    return len(word) > 1 and word not in PARTICLES and word not in ORDINARY


def _add_person(found: Traces, name: str | None) -> None:
    words = words_of(name)
    own = [word for word in words if len(word) > 1 and word not in PARTICLES]
    if words:
        found.add_name(words)
    for word in own:
        if word in ORDINARY:
            found.add(plain(word), _Rule("[customer]", _As.NAME))
        else:
            found.add_name([word])
    if len(own) > 1:
        found.initials |= {own[0][0] + own[-1][0], "".join(word[0] for word in own)}
        # An initial goes with the name beside it.
        found.add(joined([own[0][0], own[-1]]), _CUSTOMER)
        found.add(joined([own[0], own[-1][0]]), _Rule("[customer]", _As.INITIAL))
        found.add_name([own[-1], *words[:-1]])


def _add_email(found: Traces, email: str | None) -> None:
    account, at_sign, domain = (email or "").rpartition("@")
    if not at_sign:
        found.add(joined(words_of(email)), _Rule("[e-mail]"))
        return
    for at in ("", "at"):
        for dot in ("", "dot", "punkt"):
            between: list[str] = [word for piece in words_of(domain) for word in (dot, piece)][1:]
            found.add(joined([*words_of(account), at, *between]), _Rule("[e-mail]"))
    labels = domain.lower().split(".")
    own = labels[-3:] if labels[-2:-1] and labels[-2] in SHARED_ENDS else labels[-2:]
    if len(own) > 1 and own[0] not in FREE_MAIL:
        found.add(joined(words_of(".".join(own))), _Rule("[web]"))


def _add_phone(found: Traces, phone: str | None) -> None:
    digits = "".join(re.findall(r"\d", folded(phone or "")[0]))
    if len(digits) >= FEWEST_OWN_PHONE_DIGITS:
        found.phones.add(digits)


def _add_number(found: Traces, number: str | None) -> None:
    words = words_of(number)
    if len(joined(words)) < FEWEST_OWN_NUMBER_DIGITS:
        return
    found.add(joined(words), _Rule("[number]", _As.CODE if len(words) == 1 else _As.ANY))
    # The last digits, as people read them out.
    digits = re.search(r"\d*$", words[-1])
    for own in {digits[0], digits[0].lstrip("0")} if digits else ():
        if len(own) >= FEWEST_OWN_NUMBER_DIGITS:
            found.add(own, _Rule("[number]", _As.CODE))


@lru_cache(maxsize=4096)
def spelled_street(word: str) -> str:
    """A word of a street in the spelling in which streets are compared."""
    spelled = STREET_WORDS.get(word)
    if spelled is None and word.endswith("strasse"):
        return f"{word.removesuffix('strasse')}str"
    return spelled or word


def _add_street(found: Traces, street: str | None) -> None:
    words = [spelled_street(word) for word in words_of(street)]
    if not words:
        return
    _note(found.streets, found.street_beginnings, joined(words), _STREET)
    pieces: list[list[str]] = [[]]
    for word in words:
        if word[0].isdigit():
            found.house_numbers.add(re.match(r"\d+", word)[0])  # type: ignore[index]
            pieces.append([])
        elif word not in NUMBER_SIGNS:
            pieces[-1].append(word)
    kinds = frozenset(STREET_WORDS.values())
    for piece in pieces:
        own = [word for word in piece if word not in kinds and word not in PARTICLES]
        if sum(map(len, own)) < SHORTEST_COMPANY_WORD:
            continue
        if any(word not in ORDINARY for word in own):
            _note(found.streets, found.street_beginnings, joined(piece), _STREET)
        elif len(piece) > 1:
            _note(found.streets, found.street_beginnings, joined(piece), _Rule("[street]", _As.NAME))


def _add_place(found: Traces, who: Named) -> None:
    city, region, code = words_of(who.city), words_of(who.region), words_of(who.postal_code)
    for words in (city, region if len("".join(region)) >= SHORTEST_LONE_REGION else []):
        if len(words) > 1 or (words and len(words[0]) >= SHORTEST_SMALL_PLACE and words[0] not in PLACES_WITH_MEANING):
            found.add(joined(words), _PLACE)
        elif words:
            written = _As.PLACE if words[0] in PLACES_WITH_MEANING else _As.CAPITALISED
            found.add(joined(words), _Rule("[place]", written))
    for one, other in ((code, city), (city, code), (city, region), (region, code)):
        if one and other:
            found.add(joined([*one, *other]), _PLACE)
    if len("".join(code)) >= SHORTEST_LONE_POSTAL_CODE:
        found.add(joined(code), _Rule("[place]", _As.CODE) if len(code) == 1 else _PLACE)
