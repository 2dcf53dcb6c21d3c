"""Seals: what clients bring back tells them nothing, and nobody else makes one."""

import base64
from itertools import pairwise
from secrets import token_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.kit.sealing import BEGIN, END, WIDTH, Seal, marked

OLD, NEW = token_bytes(32), token_bytes(32)
ROTATED = Seal(NEW, OLD)


@given(st.integers(0, 2**63 - 1))
def test_a_seal_leads_back_to_its_text_and_is_as_long_as_any_other(position: int) -> None:
    sealed = ROTATED.sealed("OrderUpdate", str(position))
    assert ROTATED.opened("OrderUpdate", sealed) == str(position)
    assert len(sealed) == len(ROTATED.sealed("OrderUpdate", "1"))
    assert sealed == ROTATED.sealed("OrderUpdate", str(position))


def test_neighbours_have_nothing_in_common() -> None:
    """No more letters than chance gives: neither numbers nor distances show."""
    seals = [ROTATED.sealed("OrderUpdate", str(position)) for position in range(1, 101)]
    alike = sum(a == b for one, other in pairwise(seals) for a, b in zip(one, other, strict=True))
    assert alike / (99 * len(seals[0])) < 0.03


def test_what_is_longer_than_the_width_is_sealed_too() -> None:
    text = "ä" * WIDTH
    assert ROTATED.opened("", ROTATED.sealed("", text)) == text


def test_what_was_sealed_before_the_secret_was_changed_is_opened_as_long_as_it_is_known() -> None:
    cursor = Seal(OLD).sealed("OrderUpdate", "7")
    assert ROTATED.opened("OrderUpdate", cursor) == "7"
    assert ROTATED.sealed("OrderUpdate", "7") == Seal(NEW).sealed("OrderUpdate", "7") != cursor


SEALED = ROTATED.sealed("OrderUpdate", "7")
LAST = SEALED[-1]


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "e1855",
        "x",
        "x" * 5,
        "\ud800",
        "ａ" * 107,
        SEALED[:-1],
        f"{SEALED}=",
        f"{SEALED}\n",
        f" {SEALED}",
        SEALED[:50] + "é" + SEALED[50:],
        # The last letter has bits that base64 passes over.
        SEALED[:-1] + chr(ord(LAST) + 1),
        *(SEALED[:place] + ("A" if SEALED[place] != "A" else "B") + SEALED[place + 1 :] for place in range(0, 107, 5)),
        Seal(token_bytes(32)).sealed("OrderUpdate", "7"),
        ROTATED.sealed("ShipmentUpdate", "7"),
        base64.urlsafe_b64encode(b"OrderUpdate 7".ljust(80)).rstrip(b"=").decode(),
    ],
)
def test_what_we_did_not_seal_or_not_for_this_is_refused(forged: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        ROTATED.opened("OrderUpdate", forged)


def test_what_is_marked_in_an_answer_is_sealed_and_the_rest_stays_as_it_is() -> None:
    assert marked("A", "x") == f"('{BEGIN}A ' || x || '{END}')"
    text = f'{{"a":"{BEGIN}A 7{END}","b":"A 7","c":"{BEGIN}B {END}"}}'
    sealed = f'{{"a":"{ROTATED.sealed("A", "7")}","b":"A 7","c":"{ROTATED.sealed("B", "")}"}}'
    assert ROTATED.all_sealed(text) == sealed
