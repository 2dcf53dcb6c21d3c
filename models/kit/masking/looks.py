"""What is somebody's address or number by its looks, whoever it belongs to."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from models.kit.masking.reading import Reading
from models.kit.masking.words import AT_SIGNS, DOT_SIGNS

Span = tuple[int, int, str]
"""From where to where in the folded text, and what is written instead."""

EVERY_LABEL = tuple(f"[{what}]" for what in "customer e-mail phone street place web account number".split())
LABELS = re.compile(f"({'|'.join(map(re.escape, EVERY_LABEL))})")

JOINT = r"\s()/.\-\u2010-\u2015\u2212"
"""What stands between the digits of a telephone number."""

# The number of characters that a match looks at is bounded, and so is what it may try again.
PHONE = re.compile(rf"(?<![\w-])(?:\+|00)?(?:\(\d{{1,5}}\)|\d)[\d{JOINT}]{{4,28}}\d(?![\w-])")
DATE = re.compile(r"(?<!\d)(?:(?:19|20)\d\d([-/.])\d\d?\1\d\d?|\d\d?([-/.]) ?\d\d?\2 ?(?:19|20)\d\d)(?!\d)")
LONG_NUMBER = re.compile(r"\d{18,}")
FEWEST_PHONE_DIGITS = 7

_APART = frozenset("@<>()[],;:\"'")
_OPEN, _SHUT = " ([{<", " )]}>"

IBAN = re.compile(r"(?=(?:[a-z]*\d){10})[a-z]{2}\d\d[a-z0-9]{11,30}")
"""Ten digits at least, as in every country's: of sentences such as "by 23 August 1996 …" one in 97 would add up."""

LONGEST_IBAN = 34
_COUNTRY_AND_DIGIT = re.compile(r"(?<![^\W_])[a-z]{2,3}[ .-]?[a-z]?\d")
VAT = re.compile(
    r"atu\d{8}|be[01]\d{9}|bg\d{9,10}|che\d{9}(mwst|tva|iva)?|cy\d{8}[a-z]|cz\d{8,10}|de\d{9}|dk\d{8}|ee\d{9}|el\d{9}"
    r"|es[a-z0-9]\d{7}[a-z0-9]|fi\d{8}|fr[a-z0-9]{2}\d{9}|gb(\d{9}|\d{12})|hr\d{11}|hu\d{8}|ie\d[a-z0-9]\d{5}[a-z]{1,2}"
    r"|it\d{11}|lt(\d{9}|\d{12})|lu\d{8}|lv\d{11}|mt\d{8}|nl\d{9}b\d\d|no\d{9}(mva)?|pl\d{10}|pt\d{9}|ro\d{4,10}"
    r"|se\d{12}|si\d{8}|sk\d{10}|xi\d{9}"
)
"""The numbers by which companies are known to the tax authorities of Europe."""


CUSTOMER = r"c-\d{6}(?!\d)"
GLOBAL_ID = r"[a-z]{3}_[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}"
YEAR = r"(?:19|20)\d\d"
APART_IN_NUMBERS = r"[\s#:._/\-\u2010-\u2015\u2212]"


def addresses(read: Reading, *, spelled_out: bool) -> Iterator[Span]:
    """E-mail addresses, and names of accounts with their @."""
    yield from _with_sign(read.folded)
    if spelled_out:
        yield from _spelled_out(read)


def numbers(read: Reading) -> Iterator[Span]:
    """Telephone numbers, and those of bank accounts (IBAN) and for taxes."""
    for found in PHONE.finditer(read.folded):
        if _is_phone(found.group()):
            yield *found.span(), "[phone]"
    yield from _registered(read)


def records(read: Reading, series: frozenset[str]) -> Iterator[Span]:
    """The numbers of our own records in these series, as `ORD-2026-000042`, of customers, and what is of any series, or an id."""
    for found in _numbered(series).finditer(read.folded) if series else ():
        yield *found.span(), "[number]"


@lru_cache(maxsize=16)
def _numbered(series: frozenset[str]) -> re.Pattern[str]:
    ours = rf"(?:{'|'.join(sorted(series))}){APART_IN_NUMBERS}{{0,3}}(?:{YEAR}{APART_IN_NUMBERS}{{1,3}})?\d+"
    without_series = rf"(?<!-){YEAR}[-/]\d{{6}}(?!\d)"
    return re.compile(rf"(?<![^\W_])(?:{GLOBAL_ID}|{CUSTOMER}|{ours}|{without_series})")


def _with_sign(text: str) -> Iterator[Span]:
    at, floor = text.find("@"), 0
    while at >= 0:
        start, end = at, at + 1
        while start > floor and _is_part(text[start - 1]):
            start -= 1
        while end < len(text) and _is_part(text[end]):
            end += 1
        floor = end
        host = text[at + 1 : end].rstrip(".")
        if start < at and "." in host.lstrip("."):
            yield start, at + 1 + len(host), "[e-mail]"
        elif start == at and re.match(r"[^\W\d]\w", host):
            yield at, at + 1 + len(host), "[account]"
        at = text.find("@", at + 1)


def _is_part(character: str) -> bool:
    return not character.isspace() and character not in _APART


def _spelled_out(read: Reading) -> Iterator[Span]:
    """`x (at) gmail (dot) com`, `x at gmail dot com`, `x (at) gmail.com`, `x @ gmail.com`."""
    if "@" not in read.folded and AT_SIGNS.isdisjoint(read.words):
        return
    for at, word in enumerate(read.words):
        if word in AT_SIGNS and 0 < at < len(read.words) - 1:
            enclosed = read.gap(at).rstrip(" ")[-1:] in {*_OPEN[1:]} and read.gap(at + 1).lstrip(" ")[:1] in {
                *_SHUT[1:]
            }
            yield from _around(read, at - 1, at + 1, enclosed=enclosed)
        elif at and "@" in (gap := read.gap(at)) and gap.strip(_OPEN + _SHUT) == "@" and gap != "@":
            yield from _around(read, at - 1, at, enclosed=True)


def _around(read: Reading, before: int, host: int, *, enclosed: bool) -> Iterator[Span]:
    """The address before and behind an `at`: its host has a dot, and one that is spelled out where no brackets are."""
    last, dots, spelled = host, 0, False
    while last + 1 < len(read.words):
        gap = read.gap(last + 1)
        if gap in {".", "-"}:
            dots += gap == "."
            last += 1
        elif _is_dot(read, last + 1):
            dots, spelled = dots + 1, True
            last += 2
        else:
            break
    if not dots or not (enclosed or spelled) or not read.words[last].isalpha():
        return
    first = before
    while first and (read.gap(first) in {".", "-", "_", "+"} or (first > 1 and _is_dot(read, first - 1))):
        first -= 1 if read.gap(first) in {".", "-", "_", "+"} else 2
    yield read.spans[first][0], read.spans[last][1], "[e-mail]"


def _is_dot(read: Reading, word: int) -> bool:
    """Whether a word is a dot that is spelled out, between two others."""
    if read.words[word] not in DOT_SIGNS or word + 1 >= len(read.words):
        return False
    return not read.gap(word).strip(_OPEN) and not read.gap(word + 1).strip(_SHUT)


def _is_phone(number: str) -> bool:
    """Whether it has a telephone number's digits, apart from dates; parcels' numbers are longer."""
    rest = DATE.sub(" ", number)
    return sum(map(str.isdigit, rest)) >= FEWEST_PHONE_DIGITS and not LONG_NUMBER.fullmatch(rest)


def _registered(read: Reading) -> Iterator[Span]:
    """The longest numbers of bank accounts and for taxes, however their parts are set apart."""
    behind = 0
    for begun in _COUNTRY_AND_DIGIT.finditer(read.folded):
        if begun.start() < behind:
            continue
        joined, last = "", bisect_left(read.spans, (begun.start(), 0))
        while last < len(read.words) and (not joined or read.gap(last) in {" ", ".", "-"}):
            joined += read.words[last]
            if len(joined) > LONGEST_IBAN:
                break
            if VAT.fullmatch(joined) or (IBAN.fullmatch(joined) and _adds_up(joined)):
                behind = read.spans[last][1]
            last += 1
        if behind > begun.start():
            yield begun.start(), behind, "[number]"


def _adds_up(iban: str) -> bool:
    """Whether its check digits are right (ISO 13616)."""
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1
