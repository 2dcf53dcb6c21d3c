"""Correspondence: what was sent to a customer about a complaint and what came back, and the templates that letters begin as.

The surprising rule: what was sent is never changed, so a template that is saved anew changes no letter that went out.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from string import Template

from tortoise import fields

from models.front_office.customers import Channel, Language
from models.front_office.service.complaints import as_their_complaints
from models.kit.base import Record, all_rows, optional_reference, reference
from models.kit.constraints import one_of, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind


class Direction(DescribedEnum):
    """Which way it went."""

    SENT = "SENT", "From us to the customer."
    RECEIVED = "RECEIVED", "From the customer to us."


class CorrespondenceKind(DescribedEnum):
    """What was written for."""

    ACKNOWLEDGEMENT = "ACKNOWLEDGEMENT", "That we have the complaint, and by when we answer it."
    QUESTION = "QUESTION", "What we must know from the customer before we can go on."
    REPLY = "REPLY", "What the customer said to that."
    ANSWER = "ANSWER", "Our answer to the complaint."
    RATING_REQUEST = "RATING_REQUEST", "How satisfied the customer is, please."


_K = CorrespondenceKind
_ALWAYS = frozenset({"name", "number"})

PLACEHOLDERS: dict[CorrespondenceKind, frozenset[str]] = {
    _K.ACKNOWLEDGEMENT: _ALWAYS | {"answer_by", "note"},
    _K.QUESTION: _ALWAYS | {"question"},
    _K.ANSWER: _ALWAYS | {"answer"},
    _K.RATING_REQUEST: _ALWAYS | {"link"},
}
"""What a template of each kind may have filled in. A customer's reply has no template."""

REQUIRED: dict[CorrespondenceKind, frozenset[str]] = {
    _K.ACKNOWLEDGEMENT: frozenset({"number", "note"}),
    _K.QUESTION: frozenset({"question"}),
    _K.ANSWER: frozenset({"answer"}),
    _K.RATING_REQUEST: frozenset({"link"}),
}
"""What a letter of each kind would be pointless without."""

_SPEAKING: dict[Language, str] = {
    Language.DE: "Austria, Germany, Liechtenstein, Luxembourg, Switzerland",
    Language.FR: "Belgium, Benin, Burkina Faso, Cameroon, Congo, France, Gabon, Guinea, Haiti, Ivory Coast, Mali, Monaco, Niger,"
    " Senegal, Togo",
    Language.ES: "Argentina, Bolivia, Chile, Colombia, Costa Rica, Cuba, Dominican Republic, Ecuador, El Salvador, Guatemala,"
    " Honduras, Mexico, Nicaragua, Panama, Paraguay, Peru, Spain, Uruguay, Venezuela",
    Language.IT: "Italy, San Marino, Vatican City",
    Language.PT: "Angola, Brazil, Cape Verde, Mozambique, Portugal",
}
LANGUAGE_OF_COUNTRY: dict[str, Language] = {
    country: language for language, countries in _SPEAKING.items() for country in countries.split(", ")
}
"""The official language of a country, by its English name, in which most of its people can be written to; else English.

Of several official ones it is the one that most people speak among those that we write (German in Switzerland and Luxembourg,
French in Belgium, whose Dutch we do not write). A customer's own `language` goes before it.
"""


def language_of(language: Language | None, country: str) -> Language:
    """The language to write to a customer in: their own choice, else their country's, else English."""
    return language or LANGUAGE_OF_COUNTRY.get(country, Language.EN)


def wrong_in_template(kind: CorrespondenceKind, text: str, *, complete: bool = True) -> str | None:
    """Why a template cannot be filled in, in words for whoever wrote it; None when it can.

    A letter must be `complete`: hold all that it would be pointless without. Its subject need not.
    """
    template = Template(text)
    if not template.is_valid():
        return "A lone $ stands in it; write $$ for a dollar sign."
    used = set(template.get_identifiers())
    if unknown := sorted(used - PLACEHOLDERS[kind]):
        known = ", ".join(f"${name}" for name in sorted(PLACEHOLDERS[kind]))
        return f"${unknown[0]} is not known here. These are: {known}."
    if complete and (missing := sorted(REQUIRED[kind] - used)):
        return f"${missing[0]} is missing."
    return None


# --- Dates as letters say them (the forms of CLDR's long dates) ---

_L = Language

MONTHS: Mapping[Language, Sequence[str]] = {
    _L.EN: "January February March April May June July August September October November December".split(),
    _L.DE: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),
    _L.FR: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    _L.ES: "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
    _L.IT: "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split(),
    _L.PT: "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split(),
}

LONG_DATE: dict[Language, str] = {
    _L.EN: "{day} {month} {year}",
    _L.DE: "{day}. {month} {year}",
    _L.FR: "{day} {month} {year}",
    _L.ES: "{day} de {month} de {year}",
    _L.IT: "{day} {month} {year}",
    _L.PT: "{day} de {month} de {year}",
}

FIRST_OF_MONTH: dict[Language, str] = {_L.FR: "1er", _L.IT: "1º"}
"""The first of a month is an ordinal in French and Italian."""

BY: dict[Language, tuple[str, str]] = {
    _L.EN: ("by {date}", "as soon as we can"),
    _L.DE: ("bis zum {date}", "so bald wie möglich"),
    _L.FR: ("au plus tard le {date}", "dès que possible"),
    _L.ES: ("a más tardar el {date}", "lo antes posible"),
    _L.IT: ("entro il {date}", "il prima possibile"),
    _L.PT: ("até {date}", "o mais brevemente possível"),
}
"""A deadline, and what is said when there is none."""


def long_date(day: date, language: Language) -> str:
    """A date in full, for instance `24 November 2026`."""
    written = FIRST_OF_MONTH.get(language, "1") if day.day == 1 else str(day.day)
    return LONG_DATE[language].format(day=written, month=MONTHS[language][day.month - 1], year=day.year)


def by_when(day: date | None, language: Language) -> str:
    """By when something happens, as part of a sentence; without a day, as soon as we can."""
    deadline, soon = BY[language]
    return soon if day is None else deadline.format(date=long_date(day, language))


# --- Tables ---


class CorrespondenceEvent(EventKind):
    """What happens to the correspondence with a customer."""

    CUSTOMER_ASKED = "CUSTOMER_ASKED", "The customer was asked something, and must answer before we go on."
    CUSTOMER_REPLIED = "CUSTOMER_REPLIED", "The customer replied."


class Correspondence(Record):
    """One thing that was sent to the customer of a complaint, or came from them. `language` is known of what we sent."""

    complaint_id = reference("Complaint", related_name="correspondence")
    direction = fields.CharEnumField(Direction, max_length=10)
    kind = fields.CharEnumField(CorrespondenceKind, max_length=20)
    channel = fields.CharEnumField(Channel, max_length=20)
    language: Language | None = fields.CharEnumField(Language, max_length=2, null=True)  # type: ignore[assignment]
    subject = fields.CharField(max_length=200, null=True)
    text = fields.TextField()
    at = fields.DatetimeField()
    by_id = optional_reference("Account", related_name="correspondence")

    class Meta:
        table = "correspondence"
        indexes = (("complaint_id", "at", "id"),)
        checks = {
            "sent": "(direction IN ('RECEIVED')) = (kind IN ('REPLY'))",
            "in_a_language": when("direction", "SENT", "language"),
            "text": "text <> ''",
        }
        append_only = True


class MessageTemplate(Record):
    """What a letter of one kind in one language begins as. Placeholders are those of Python's string.Template."""

    kind = fields.CharEnumField(CorrespondenceKind, max_length=20)
    language = fields.CharEnumField(Language, max_length=2)
    subject = fields.CharField(max_length=200, null=True)
    text = fields.TextField()
    version = fields.IntField(default=1)

    class Meta:
        table = "message_templates"
        unique_together = (("kind", "language"),)
        checks = {"kind": one_of("kind", "ACKNOWLEDGEMENT QUESTION ANSWER RATING_REQUEST")}
        by_code_point = ("kind", "language")


Correspondence.row_scope = as_their_complaints
MessageTemplate.row_scope = all_rows
