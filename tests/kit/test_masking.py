"""Masking leaves nothing of who a customer is, and leaves alone what the department needs."""

import time
import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kit.masking import LABELS, mask


@dataclass(frozen=True)
class Somebody:
    """A customer, as far as masking looks."""

    name: str = "Alfreds Futterkiste"
    contact_name: str | None = "Maria Anders"
    email: str | None = "maria.anders@alfki.example"
    phone: str | None = "030-0074321"
    street: str | None = "Obere Str. 57"


ALFREDS = Somebody()


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("MARIA ANDERS called", "[customer] called"),
        ("maria called, Anders too", "[customer] called, [customer] too"),
        ("Mária Ãnders", "[customer]"),
        ("Ma\u00adri\u200ba and ANDER\u0301S", "[customer] and [customer]"),
        ("Ｍａｒｉａ 👩‍💻", "[customer] 👩‍💻"),
        ("Marias crates, Anders' crates", "[customer] crates, [customer]' crates"),
        ("maria_anders on MariaAnders", "[customer] on [customer]"),
        ("Anders, Maria of Alfreds Futterkiste", "[customer] of [customer]"),
        ("ALFREDS has no stock; Futterkiste neither", "[customer] has no stock; [customer] neither"),
        ("write to Maria.Anders@ALFKI.example.", "write to [e-mail]."),
        ("maria.anders (at) alfki (dot) example", "[e-mail]"),
        ("or to <someone+else@other.example>, please", "or to <[e-mail]>, please"),
        ("call (030) 0074321 or 030 / 007 43 21", "call [phone] or [phone]"),
        ("call 030\u20110074321 or 0300074321", "call [phone] or [phone]"),
        ("call +49 171 5550199 instead", "call [phone] instead"),
        ("lives at Obere Straße 57", "lives at [street]"),
        ("lives at OBERESTRASSE 57, second floor", "lives at [street], second floor"),
        ("Ma\x01ria\tsays", "[customer]\tsays"),
    ],
)
def test_a_customer_is_masked_however_they_are_written(said: str, left: str) -> None:
    assert mask(said, ALFREDS) == left


@pytest.mark.parametrize(
    "said",
    [
        "Order ORD-10248 of complaint CMP-2026-000042, product P-000011",
        "It came on 2026-11-22 10:30, promised for 20.11.2026 12.00 or 11/19/2026",
        "Parcel 00340434161094042557 is lost",
        "12 of 24 crates at 4.50 each, 1250 in all",
        "the upper floor, 57 steps, a street away",
        "👩‍💻 😀 日本語 naïve façade",
        "",
        " \n ",
    ],
)
def test_what_the_department_needs_is_left_alone(said: str) -> None:
    assert mask(said, ALFREDS) == said


def test_letters_that_a_keyboard_lacks_are_found_the_way_that_people_write_them() -> None:
    koenig = Somebody("Königlich Essen", "Jytte Sørensen", None, None, "Ågatan 3")
    assert mask("Koeniglich Essen, Frau Soerensen, Sorensen, Aagatan 3", koenig) == (
        "[customer], Frau [customer], [street]"
    )


def test_particles_of_a_name_alone_are_ordinary_words() -> None:
    cruz = Somebody("Tortuga", "Ana de la Cruz", None, None, None)
    assert mask("cajas de la bodega; Cruz y Ana de la Cruz", cruz) == "cajas de la bodega; [customer] y [customer]"


def test_a_short_telephone_number_is_not_looked_for_inside_longer_numbers() -> None:
    short = Somebody(phone="5555")
    assert mask("call 5555 about 155556", short) == "call [phone] about 155556"


def test_somebody_elses_number_for_something_is_no_telephone_number() -> None:
    assert mask("612 999 990 123", ALFREDS) == "[phone]"
    assert mask("612 999 990 123", ALFREDS, is_number=True) == "612 999 990 123"
    said = "0300074321 Maria Anders, maria.anders@alfki.example, a@b.example"
    assert mask(said, ALFREDS, is_number=True) == "[phone] [customer], [e-mail], [e-mail]"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("087-13-55-33-73-43", "[phone]"),
        ("+49 871 355 337 343", "[phone]"),
        ("0049 (871) 355337343", "[phone]"),
        ("355337343", "[phone]"),
        ("TRK-55337343", "TRK-[phone]"),
        ("TRK-0871-355337343", "TRK-[phone]"),
        ("TRK1-+49 871 355337343", "TRK1-[phone]"),
        ("5 5 3 3 7 3 4 3, says she", "[phone], says she"),
        ("533 73 43", "[phone]"),
        ("612 999 990 123", "612 999 990 123"),
        ("1Z999AA10123456784", "1Z999AA10123456784"),
    ],
)
def test_the_customers_own_number_is_masked_in_a_number_with_any_prefix_or_none(said: str, left: str) -> None:
    assert mask(said, Somebody(phone="+49 871 355337343"), is_number=True) == left


@pytest.mark.parametrize("number", ["ORD-10248", "CMP-2026-000042", "P-000011"])
@pytest.mark.parametrize("phone", ["030-0074321", "030 0074321", "0074321", "+49 30 0074321", "(030) 0074321"])
@pytest.mark.parametrize("is_number", [False, True])
def test_a_number_of_ours_is_left_before_the_customers_telephone_number(
    number: str, phone: str, is_number: bool
) -> None:
    assert mask(f"{number} {phone}", ALFREDS, is_number=is_number) == f"{number} [phone]"


def test_a_customer_of_whom_little_is_known_is_masked_by_that() -> None:
    assert mask("Bon app' at bonapp", Somebody("Bon app'", None, None, None, None)) == "[customer]' at [customer]"


NAMES = st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=2, max_size=12).map(str.capitalize)
OTHER_WORDS = st.sampled_from(["never", "came", "7", "ORD-10248", "(why?)", "–", "😀", "[customer]", "a@b.c", "\n"])


def folded(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) != "Mn")
    return bare.casefold()


@given(st.lists(NAMES, min_size=1, max_size=3), st.lists(NAMES, min_size=1, max_size=2), st.data())
def test_nothing_of_a_customer_is_left_and_masking_again_changes_nothing(
    company: list[str], person: list[str], data: st.DataObject
) -> None:
    customer = Somebody(
        " ".join(company), " ".join(person), f"{person[0]}@{company[0]}.example", "+49 (30) 12345", None
    )
    own = [customer.name, customer.contact_name or "", customer.email or "", customer.phone or ""]
    spelled = [spelling(text) for text in own for spelling in (str, str.upper, str.lower, str.title)]
    pieces = data.draw(st.lists(OTHER_WORDS | st.sampled_from(spelled), max_size=12))
    masked = mask(" ".join(pieces), customer)
    assert mask(masked, customer) == masked
    left = f" {folded(LABELS.sub(' ', masked))} "
    for text in own:
        assert f" {folded(text)} " not in left


@given(st.text(), st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_any_text_can_be_masked(text: str, name: str, contact: str) -> None:
    customer = Somebody(name, contact or None, contact or None, contact or None, name)
    masked = mask(text, customer)
    assert mask(masked, customer) == masked


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1/",
        "(1)-",
        "/1-",
        "1 ",
        "0 ",
        "maria-",
        "a@",
        "a@b.",
        "é",
        "[customer]",
        "0300074321",
        "030 007432",
        "(1)",
        "+",
    ],
)
def test_the_longest_text_is_masked_at_once_whatever_it_is_made_of(piece: str) -> None:
    text = piece * (10_000 // len(piece))
    before = time.process_time()
    mask(text, ALFREDS)
    # It takes a few milliseconds; anything quadratic takes half a second.
    assert time.process_time() - before < 0.2
