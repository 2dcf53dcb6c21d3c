"""Letters and their templates: the customer's language, dates as people say them, and what is wrong with a template."""

from datetime import UTC, date, datetime

import pytest

from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import Clock
from models.front_office.customers import Customer, Language
from models.front_office.service.complaints import ComplaintStatus
from models.front_office.service.correspondence import (
    BY,
    LANGUAGE_OF_COUNTRY,
    LONG_DATE,
    MONTHS,
    PLACEHOLDERS,
    REQUIRED,
    Correspondence,
    CorrespondenceKind,
    MessageTemplate,
    by_when,
    language_of,
    long_date,
    wrong_in_template,
)
from resolvers.front_office.service.correspondence import acknowledge_complaint, compose, save_message_template
from resolvers.kit.viewer import Viewer
from tests.office import Office, alfreds, codes_in, do, doing, problems_of, received

S, K = ComplaintStatus, CorrespondenceKind

SAVE = """mutation ($input: SaveMessageTemplateInput!) { saveMessageTemplate(input: $input) {
  template { kind language subject text version } errors { code path message } } }"""


# --- Languages, dates and templates, without a database ---


def test_a_customer_is_written_to_in_their_own_language_else_in_their_countrys_else_in_english() -> None:
    assert language_of(Language.PT, "Germany") is Language.PT
    assert language_of(None, "Germany") is Language.DE
    assert language_of(None, "Costa Rica") is Language.ES
    assert language_of(None, "Norway") is Language.EN
    assert set(LANGUAGE_OF_COUNTRY.values()) == set(Language) - {Language.EN}


@pytest.mark.parametrize(
    ("language", "said", "soon"),
    [
        (Language.EN, "by 1 March 2027", "as soon as we can"),
        (Language.DE, "bis zum 1. März 2027", "so bald wie möglich"),
        (Language.FR, "au plus tard le 1er mars 2027", "dès que possible"),
        (Language.ES, "a más tardar el 1 de marzo de 2027", "lo antes posible"),
        (Language.IT, "entro il 1º marzo 2027", "il prima possibile"),
        (Language.PT, "até 1 de março de 2027", "o mais brevemente possível"),
    ],
)
def test_a_deadline_is_said_as_people_say_it(language: Language, said: str, soon: str) -> None:
    assert by_when(date(2027, 3, 1), language) == said
    assert by_when(None, language) == soon
    assert {long_date(date(2027, month, 12), language) for month in range(1, 13)} != set()
    assert set(MONTHS) == set(LONG_DATE) == set(BY) == set(Language)
    assert all(len(months) == 12 for months in MONTHS.values())


@pytest.mark.parametrize(
    ("kind", "text", "wrong"),
    [
        (K.QUESTION, "$question", None),
        (K.QUESTION, "${name}: $question for $$5", None),
        (K.QUESTION, "Dear $name", "$question is missing."),
        (K.QUESTION, "$question $email", "$email is not known here. These are: $name, $number, $question."),
        (K.QUESTION, "$Question", "$Question is not known here. These are: $name, $number, $question."),
        (K.QUESTION, "$question costs 5 $", "A lone $ stands in it; write $$ for a dollar sign."),
        (K.ACKNOWLEDGEMENT, "$number $note $answer", "$answer is not known here."),
    ],
)
def test_a_template_says_what_is_wrong_with_it(kind: CorrespondenceKind, text: str, wrong: str | None) -> None:
    found = wrong_in_template(kind, text)
    assert found == wrong or (wrong and found and found.startswith(wrong))


# --- Shipped letters ---


async def test_every_letter_is_shipped_in_every_language_and_can_be_filled_in(office: Office, agent: Viewer) -> None:
    complaint, customer = await received(agent), await alfreds()
    for kind in PLACEHOLDERS:
        for language in Language:
            template = await MessageTemplate.get(kind=kind, language=language)
            assert wrong_in_template(kind, template.text) is None
            assert wrong_in_template(kind, template.subject or "", complete=False) is None
            await Customer.filter(id=customer.id).update(language=language)
            own = {name: f"<{name}>" for name in REQUIRED[kind] - {"number"}}
            letter = await compose(complaint, kind, **own)
            assert letter.language is language
            assert "$" not in letter.text and "\0" not in letter.text
            for value in (*own.values(), "Maria Anders", complaint.number):
                assert value in letter.text + (letter.subject or ""), (kind, language, value)


async def test_what_is_empty_leaves_no_gap_and_what_a_customer_is_called_is_taken_as_it_is(agent: Viewer) -> None:
    customer = await alfreds()
    await Customer.filter(id=customer.id).update(contact_name="$number & <Söhne> 😀", language=Language.EN)
    complaint = await received(agent)
    letter = await compose(complaint, K.ACKNOWLEDGEMENT)
    assert letter.text.startswith("Dear $number & <Söhne> 😀,\n\nthank you")
    assert f"{complaint.number}.\n\nYou will have our answer by" in letter.text
    await Customer.filter(id=customer.id).update(contact_name=None)
    assert (await compose(complaint, K.QUESTION, question="a\n\n\n\nb")).text.startswith("Dear Alfreds Futterkiste,")
    assert "a\n\n\n\nb" in (await compose(complaint, K.QUESTION, question="a\n\n\n\nb")).text


async def test_a_letter_names_the_day_on_which_the_customers_clock_runs_out(agent: Viewer) -> None:
    complaint = await received(agent)
    clock = Clock.filter(complaint_id=complaint.id, kind=ClockKind.ANSWER_COMPLAINT)
    await clock.update(due_at=datetime(2030, 5, 6, 12, tzinfo=UTC))
    assert "bis zum 6. Mai 2030" in (await compose(complaint, K.ACKNOWLEDGEMENT)).text
    # Five working days from a Monday end as Saturday begins: the customer is promised Friday.
    await clock.update(due_at=datetime(2030, 5, 11, tzinfo=UTC))
    assert "bis zum 10. Mai 2030" in (await compose(complaint, K.ACKNOWLEDGEMENT)).text
    await clock.update(due_at=datetime(2020, 5, 6, 12, tzinfo=UTC))
    assert "so bald wie möglich" in (await compose(complaint, K.ACKNOWLEDGEMENT)).text


# --- Saving templates ---


async def test_a_template_is_saved_by_a_manager_and_changes_no_letter_that_went_out(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    complaint = await received(agent)
    await do(acknowledge_complaint, agent, complaint=complaint.id)
    given = {"kind": "ACKNOWLEDGEMENT", "language": "DE", "text": "Hallo $name: $number, $answer_by. $note Nur 5 $$!"}
    answer = await office.ask(agent, SAVE, {"input": given})
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    saved = await office.find(manager, SAVE, {"input": given | {"expectedVersion": 1}})
    assert saved == {"template": given | {"subject": None, "version": 2}, "errors": []}
    stale = await office.find(manager, SAVE, {"input": given | {"expectedVersion": 1}})
    assert codes_in(stale) == ["STALE_VERSION"]
    [letter] = await Correspondence.all()
    assert letter.text.startswith("Guten Tag")
    letter = await compose(await received(agent), K.ACKNOWLEDGEMENT)
    assert letter.text.startswith("Hallo Maria Anders: CMP-")
    assert letter.text.endswith("Nur 5 $!")
    assert letter.subject is None


async def test_everything_wrong_with_a_template_is_reported_at_once(office: Office, manager: Viewer) -> None:
    given = {"kind": "QUESTION", "language": "IT", "subject": "$email", "text": "Ciao $", "expectedVersion": 7}
    errors = (await office.find(manager, SAVE, {"input": given}))["errors"]
    assert [error["path"][-1] for error in errors] == ["text", "subject", "expectedVersion"]
    [problem] = await problems_of(doing(save_message_template, manager, kind=K.REPLY, language=Language.EN, text="Hi"))
    assert problem.path == ("input", "kind")
