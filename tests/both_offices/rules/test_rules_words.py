"""Words in complaints: found whole, whatever case, accents and punctuation, and never in what stands for the customer."""

import pytest

from resolvers.both_offices.rules.conditions import fault_of, pattern_of, words_of


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("fire", "There was a FIRE!"),
        ("feuer", "«Feuer», sagt sie"),
        ("verbrüh*", "Er hat sich VERBRUHT? Nein: verbrüht."),
        ("brûlé", "Il s'est brule"),
        ("electric shock", "an electric\n  shock."),
        ("electric shock*", "electric-shocks"),
        ("Stromschlag", "ein Strom\u00adschlag"),
        ("glas*", "Glassplitter im Glas"),
        ("incendio", "¡incendio!"),
        ("ß", "ss"),
    ],
)
def test_a_word_is_found(word: str, text: str) -> None:
    assert pattern_of(word) in words_of(text)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("fire", "He was fired, and the fireplace is fine."),
        ("ire", "fire"),
        ("electric shock", "shock, electric"),
        ("burn*", "it was sunburnt"),
        ("customer", "[customer] of [street] called"),
        ("phone", "[phone]"),
        ("called of", "called [customer] of"),
        ("rot", ""),
    ],
)
def test_what_is_no_whole_word_is_not_found(word: str, text: str) -> None:
    assert pattern_of(word) not in words_of(text)


@pytest.mark.parametrize("word", ["fire", "burn*", "electric shock*", "10*", "¿ABC", "über*"])
def test_what_can_be_looked_for_has_no_fault(word: str) -> None:
    assert (fault_of(word) is None) == (word != "10*")


@pytest.mark.parametrize("word", ["*", "a*", "ab*", "*fire", "fi*re", "fire *", "--", "🔥", "fire**"])
def test_what_would_find_everything_or_nothing_is_no_word(word: str) -> None:
    assert fault_of(word) is not None
