"""Masking leaves nothing of who a customer is, and leaves alone what the department needs."""

import time
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kit.masking import LABELS, Named, mask
from models.kit.masking.words import ORDINARY, PARTICLES
from resolvers.demo.company import ADDRESS
from resolvers.demo.facts import rows

ALFREDS = Named(
    name="Alfreds Futterkiste",
    contact_name="Maria Anders",
    email="maria.anders@alfki.example",
    phone="030-0074321",
    street="Obere Str. 57",
    city="Berlin",
    postal_code="12209",
)


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
        ("call (030-0074321), (+49 30 0074321) or (0074321)", "call ([phone]), ([phone]) or ([phone])"),
        ("call 030\u20110074321 or 0300074321", "call [phone] or [phone]"),
        ("call +49 171 5550199 instead", "call [phone] instead"),
        ("lives at Obere Straße 57", "lives at [street]"),
        ("lives at OBERESTRASSE 57, second floor", "lives at [street], second floor"),
        ("Ma\x01ria\tsays", "[customer]\tsays"),
        ("alfreds futterkiste, the futterkiste", "[customer], the [customer]"),
        ("Futter-Kiste, FutterKiste, alfreds-futterkiste, F u t t e r k i s t e", "[customer]"),
        ("Futterkitse, Futerkiste, Futterkisste, Alfreds Futterkisty, Maira Anders", "[customer]"),
        ("Is Futterkiste a customer? I, Alfreds Futterkiste, is", "Is [customer] a customer? I, [customer], is"),
        ("M.A. rang, M. A. too, M. Anders, Maria A.", "[customer] rang, [customer] too, [customer]."),
        ("MA is no name, Z.B. neither", "MA is no name, Z.B. neither"),
        ("in the Obere Straße, at Obere Str. Nr. 57 or Obere Str. 57a.", "in the [street], at [street] or [street]."),
        ("030,007,43,21; 030.007.43.21; it ends in 074321", "[phone]; [phone]; it ends in [phone]"),
        ("A074321 and ORD-074321", "A074321 and ORD-074321"),
        ("x (at) gmail (dot) com, x.y[at]gmail.com, x @ gmail.com", "[e-mail], [e-mail], [e-mail]"),
        ("x at gmail dot com, look at gmail.com", "[e-mail], look at gmail.com"),
        ("see www.alfki.example/shop?a=1 or https://alfki.example.", "see [web] or [web]."),
        ("@alfreds.futter on Instagram, 5 @ 4.50", "[account] on Instagram, 5 @ 4.50"),
        ("DE 123 456 789, ATU12345678, GB999999973", "[number], [number], [number]"),
        ("DE89 3704 0044 0532 0130 00, GB82WEST12345698765432", "[number], [number]"),
        ("DE88 3704 0044 0532 0130 00 adds up to nothing", "DE88 [phone] adds up to nothing"),
        ("in 12209 Berlin, in BERLIN, berlins 12209", "in [place], in [place]"),
        ("12209 Berlin, Germany; D-12209", "[place], Germany; D-[place]"),
        ("12,209 or ORD-12209 or 112209", "12,209 or ORD-12209 or 112209"),
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
        # Their letters and digits add up as an account's would.
        "1 of 10 pieces of Rhönbräu Klosterbier arrived broken",
        "required by 23 August 1996 and left us only on 25 August 1996, 2 days late",
        "the upper floor, 57 steps, a street away",
        "👩‍💻 😀 日本語 naïve façade",
        "",
        " \n ",
    ],
)
def test_what_the_department_needs_is_left_alone(said: str) -> None:
    assert mask(said, ALFREDS) == said


@pytest.mark.parametrize(
    ("who", "said", "left"),
    [
        (
            Named("La corne d'abondance", "Daniel Tonini", street="67, avenue de l'Europe"),
            "die corne d'abondance, av. de l’Europe or 67 avenue de l'europe",
            "die [customer], [street] or [street]",
        ),
        (Named("Great Lakes Food Market"), "Great service at the food market.", "Great service at the food market."),
        (Named("Great Lakes Food Market"), "the Great Lakes, Great Lakes Food", "the [customer]"),
        (
            Named("Great Lakes Food Market"),
            "great lakes food-market, greatlakesfoodmarket; a food market",
            "[customer]; a food market",
        ),
        (Named(contact_name="Art Braunschweiger"), "Art is art; ask Art.", "Art is art; ask [customer]."),
        (Named(city="Nice"), "Nice work, it went to Nice; nice.", "Nice work, it went to [place]; nice."),
        (Named(city="Reading"), "Reading the note, from Reading", "Reading the note, from [place]"),
        (Named(city="Reading", postal_code="RG1 1AF"), "RG1 1AF Reading or RG11AF", "[place] or [place]"),
        (Named(city="Essen"), "Das Essen kam aus Essen", "Das Essen kam aus [place]"),
        (
            Named(city="Portland", region="OR", postal_code="97219"),
            "this OR that, Portland, OR 97219",
            "this OR that, [place]",
        ),
        (Named(city="Bern", postal_code="3012"), "3012 crates to 3012 Bern", "3012 crates to [place]"),
        (Named(city="São Paulo"), "Sao Paulo, SAO-PAULO", "[place]"),
        (Named(street="P.O. Box 555"), "the box 555 is P.O. Box 555", "the box 555 is [street]"),
        (Named(street="2732 Baker Blvd."), "2732 Baker Boulevard or Baker Blvd", "[street] or [street]"),
        (Named(street="Hauptstr. 29"), "HAUPTSTRASSE Nr. 29 or Hauptstraße", "[street] or [street]"),
    ],
)
def test_words_that_mean_something_else_too_are_masked_where_they_are_names(who: Named, said: str, left: str) -> None:
    assert mask(said, who) == left


SENTENCES = """
Two of six crates never came, and the delivery note says otherwise.
The cheese was mouldy when the customer opened the box on Monday morning.
Please check the batch: three bottles of the white wine are corked, the beer is fine.
Great service so far, but the invoice shows a discount of 15 % instead of 25 %.
The driver left the parcel around the corner, in the rain; the box was split.
Who packed the order? The market price has gone up since March.
Reading the report, the house and the garden were both on the same road.
It is a nice island of work: the old world and the new one, trading all day and all night.
We shall replace what is broken and refund 12.50 EUR; the rest was delivered on 20.11.2026.
The customer wants to stop the order and to save a lot of money.
The connection to the consolidated warehouse in the east is slow.
Queen size? No: king size, grand total 3,012 pieces, 1,010 of them damaged.
The restaurant's gourmet import had a sweet taste. Sales asked for a big cheese.
Split the complaint: finance looks at the invoice, logistics at the way.
Die Lieferung kam zu spät, und das Essen war kalt; drei Kisten fehlen.
Der Kunde möchte wissen, wann die Ware kommt. Bitte morgen früh anrufen.
Am Morgen stand der Wagen vor dem Haus, die Straße war gesperrt.
Le client demande le remboursement de la livraison du monde entier.
Deux caisses de vin rouge sont arrivées cassées; la maison est petite.
El cliente dice que las comidas preparadas llegaron tarde y la casa está cerrada.
Il cliente vuole sapere quando arriva la merce; il magazzino non risponde.
As caixas chegaram abertas, e o restaurante quer o dinheiro de volta.
Order ORD-10248 of complaint CMP-2026-000042, product P-000011, parcel 00340434161094042557.
""".strip().splitlines()


def test_ordinary_sentences_stay_as_they_are_whoever_the_customer_is() -> None:
    columns = {"name": "CompanyName", "contact_name": "ContactName", "phone": "Phone", **ADDRESS}
    for row in rows("Customers"):
        customer = Named(**{name: row[column] or None for name, column in columns.items() if name != "country"})
        for said in SENTENCES:
            assert mask(said, customer) == said, customer


def test_letters_that_a_keyboard_lacks_are_found_the_way_that_people_write_them() -> None:
    koenig = Named("Königlich Essen", "Jytte Sørensen", None, None, "Ågatan 3")
    assert mask("Koeniglich Essen, Frau Soerensen, Sorensen, Aagatan 3", koenig) == (
        "[customer], Frau [customer], [street]"
    )


def test_particles_of_a_name_alone_are_ordinary_words() -> None:
    cruz = Named("Tortuga", "Ana de la Cruz", None, None, None)
    assert mask("cajas de la bodega; Cruz y Ana de la Cruz", cruz) == "cajas de la bodega; [customer] y [customer]"


def test_a_short_telephone_number_is_not_looked_for_inside_longer_numbers() -> None:
    short = replace(ALFREDS, phone="5555")
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
    assert mask(said, replace(ALFREDS, phone="+49 871 355337343"), is_number=True) == left


@pytest.mark.parametrize("number", ["ORD-10248", "CMP-2026-000042", "P-000011"])
@pytest.mark.parametrize("phone", ["030-0074321", "030 0074321", "0074321", "+49 30 0074321", "(030) 0074321"])
@pytest.mark.parametrize("is_number", [False, True])
def test_a_number_of_ours_is_left_before_the_customers_telephone_number(
    number: str, phone: str, is_number: bool
) -> None:
    assert mask(f"{number} {phone}", ALFREDS, is_number=is_number) == f"{number} [phone]"


def test_a_customer_of_whom_little_is_known_is_masked_by_that() -> None:
    assert mask("Bon app' at bonapp", Named("Bon app'", None, None, None, None)) == "[customer]' at [customer]"


NAMES = (
    st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=2, max_size=12)
    .map(str.capitalize)
    .filter(lambda name: name.lower() not in ORDINARY | PARTICLES)
)
OTHER_WORDS = st.sampled_from(["never", "came", "7", "ORD-10248", "(why?)", "–", "😀", "[customer]", "a@b.c", "\n"])


def folded(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) != "Mn")
    return bare.casefold()


@given(st.lists(NAMES, min_size=1, max_size=3), st.lists(NAMES, min_size=1, max_size=2), st.data())
def test_nothing_of_a_customer_is_left_and_masking_again_changes_nothing(
    company: list[str], person: list[str], data: st.DataObject
) -> None:
    customer = Named(" ".join(company), " ".join(person), f"{person[0]}@{company[0]}.example", "+49 (30) 12345", None)
    own = [text for text in (customer.name, customer.contact_name, customer.email, customer.phone) if text]
    spelled = [spelling(text) for text in own for spelling in (str, str.upper, str.lower, str.title)]
    pieces = data.draw(st.lists(OTHER_WORDS | st.sampled_from(spelled), max_size=12))
    masked = mask(" ".join(pieces), customer)
    assert mask(masked, customer) == masked
    left = f" {folded(LABELS.sub(' ', masked))} "
    for text in own:
        assert f" {folded(text)} " not in left


@given(st.text(), st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_any_text_can_be_masked(text: str, name: str, contact: str) -> None:
    customer = Named(name, contact or None, contact or None, contact or None, name)
    masked = mask(text, customer)
    assert mask(masked, customer) == masked


PIECES = (
    *(
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
    ),
    *(
        "+",
        "A ",
        "ae",
        "m.",
        "obere ",
        "f u t t e r ",
        "futterkistx",
        "x (at) ",
        "at dot ",
        "de1 ",
        "DE89 3704",
        "Berlin, ",
    ),
)


@pytest.mark.parametrize("piece", PIECES)
def test_the_longest_text_is_masked_at_once_whatever_it_is_made_of(piece: str) -> None:
    def spent(length: int) -> float:
        text = piece * (length // len(piece))
        before = time.process_time()
        mask(text, ALFREDS)
        return time.process_time() - before

    mask(piece, ALFREDS)
    # Ten times the text takes about ten times as long; anything quadratic takes a hundred times.
    short, long = min(spent(1_000) for _ in range(5)), min(spent(10_000) for _ in range(5))
    assert long < max(20 * short, 0.01), (short, long)
    assert long < 0.2
