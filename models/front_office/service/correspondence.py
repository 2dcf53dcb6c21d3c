"""Correspondence: what was sent to a customer about a complaint and what came back, and the templates that letters begin as.

The surprising rule: what was sent is never changed, so a template that is saved anew changes no letter that went out.
"""

from string import Template

from tortoise import fields

from models.front_office.customers import Channel, Language
from models.front_office.service.answers import of_visible_complaints
from models.kit.base import ReadScope, Record, all_rows
from models.kit.constraints import one_of, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.references import optional_reference, reference


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
    Language.DE: "Austria Germany Liechtenstein Luxembourg Switzerland",
    Language.FR: "Belgium Benin Cameroon Congo France Gabon Guinea Haiti Mali Monaco Niger Senegal Togo",
    Language.ES: "Argentina Bolivia Chile Colombia Cuba Ecuador Guatemala Honduras Mexico Nicaragua Panama Paraguay Peru Spain"
    " Uruguay Venezuela",
    Language.IT: "Italy",
    Language.PT: "Angola Brazil Mozambique Portugal",
}
_OF_TWO_WORDS = {
    "Burkina Faso": Language.FR,
    "Costa Rica": Language.ES,
    "Dominican Republic": Language.ES,
    "El Salvador": Language.ES,
    "Ivory Coast": Language.FR,
    "San Marino": Language.IT,
    "Vatican City": Language.IT,
    "Cape Verde": Language.PT,
}
LANGUAGE_OF_COUNTRY: dict[str, Language] = {
    country: language for language, countries in _SPEAKING.items() for country in countries.split()
} | _OF_TWO_WORDS
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


def visible_correspondence(read_scope: ReadScope, correspondence: str) -> str | None:
    """What was written about complaints that one sees."""
    return of_visible_complaints(read_scope, f"{correspondence}.complaint_id")


Correspondence.row_scope = visible_correspondence
MessageTemplate.row_scope = all_rows
