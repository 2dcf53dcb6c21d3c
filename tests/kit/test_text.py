"""Texts: cleaned alike for both databases, and searched without case and accents."""

import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kit.text import clean, clean_code, is_legible, is_storable, searchable

ANYTHING = st.text(st.characters())
"""Also half surrogate pairs and NUL."""


@pytest.mark.parametrize(
    "text", ["", "one\r\n\ttwo", "😀", "\ufffd", "e\u0301", "\u2028", "👩\u200d🔧", "می\u200cخواهم"]
)
def test_every_real_character_is_stored(text: str) -> None:
    assert is_storable(text)


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "x\udfff", "\x01", "\x1b[2J", "\x7f", "\x85", "\x9b"])
def test_control_characters_and_half_a_surrogate_pair_are_not_stored(text: str) -> None:
    assert not is_storable(text)


@given(ANYTHING)
def test_what_is_storable_can_be_encoded(text: str) -> None:
    unfit = [one for one in text if unicodedata.category(one) in {"Cc", "Cs"} and one not in "\t\n\r"]
    assert is_storable(text) is not bool(unfit)
    if not unfit:
        assert b"\0" not in text.encode()


@pytest.mark.parametrize("twin", ["ＡＢ-１", " AB-1\u3000", "AB\u2011 1", "ﬁ AB-1"])
def test_a_code_is_one_whatever_its_width_and_spaces(twin: str) -> None:
    plain = unicodedata.normalize("NFKC", twin).strip()
    assert clean_code(twin) == clean_code(plain) == clean_code(clean_code(twin)) == plain
    assert is_legible(clean_code(twin))


@pytest.mark.parametrize(
    "hidden", "\u200b \u200d \u2060 \ufeff \u00ad \u202e \u3164 \u2800 \ufe0f \u034f \U000e0041 \x07".split()
)
def test_what_cannot_be_seen_is_no_part_of_a_code(hidden: str) -> None:
    assert not is_legible(clean_code(f"AB{hidden}1"))


@pytest.mark.parametrize("work", [clean, clean_code, searchable])
def test_a_tower_of_marks_is_cut_before_it_takes_quadratic_time(work: Callable[[str], str]) -> None:
    began = time.process_time()
    assert len(work("a" + "\u0345\u0301" * 50_000)) <= 40
    # Twenty thousand marks took a second.
    assert time.process_time() - began < 0.2


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
