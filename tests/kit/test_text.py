"""Texts: cleaned alike for both databases, and searched without case and accents."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kit.text import clean, is_storable, searchable

ANYTHING = st.text(st.characters())
"""Also half surrogate pairs and NUL."""


@pytest.mark.parametrize("text", ["", "\x01\x1f", "😀", "\ufffd", "e\u0301", "\u2028"])
def test_every_real_character_but_nul_is_stored(text: str) -> None:
    assert is_storable(text)


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "x\udfff"])
def test_nul_and_half_a_surrogate_pair_are_not_stored(text: str) -> None:
    assert not is_storable(text)


@given(ANYTHING)
def test_what_is_storable_can_be_encoded(text: str) -> None:
    if is_storable(text):
        assert b"\0" not in text.encode()
    else:
        assert "\0" in text or any(0xD800 <= ord(character) <= 0xDFFF for character in text)


@given(ANYTHING)
def test_a_cleaned_text_is_composed_and_cleaning_it_again_changes_nothing(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert cleaned == cleaned.strip()
    assert unicodedata.is_normalized("NFC", cleaned)


@pytest.mark.parametrize(
    ("text", "found_as"),
    [
        ("Königlich  Essen", "koniglich essen"),
        ("STRASSE Straße", "strasse strasse"),
        ("Ｆｕｌｌ\u00a0Width", "full width"),
        (" \t\n ", ""),
    ],
)
def test_a_text_is_searched_without_case_accents_and_doubled_spaces(text: str, found_as: str) -> None:
    assert searchable(text) == found_as


def test_missing_parts_of_what_is_searched_leave_no_trace() -> None:
    assert searchable("A", None, "", "B") == searchable("a", "b") == "a b"


@given(st.text(st.characters(categories=["L", "N", "Zs"])))
def test_a_text_is_found_in_any_case(text: str) -> None:
    assert searchable(text.swapcase()) == searchable(text) or text.swapcase().swapcase() != text
