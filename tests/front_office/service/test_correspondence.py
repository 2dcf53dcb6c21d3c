"""Letters in the customer's language, by the way that they prefer, shown before they are sent, kept as sent; and templates."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from models.back_office.handoffs import Handoff
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import Clock, ClockState
from models.front_office.customers import Channel, Customer, Language
from models.front_office.service.complaints import Complaint, ComplaintStatus, Outcome
from models.front_office.service.correspondence import (
    BY,
    LANGUAGE_OF_COUNTRY,
    LONG_DATE,
    MONTHS,
    PLACEHOLDERS,
    REQUIRED,
    Correspondence,
    CorrespondenceKind,
    Direction,
    MessageTemplate,
    by_when,
    language_of,
    long_date,
    wrong_in_template,
)
from models.kit.base import new_id
from models.kit.events import Event
from models.permissions import Department
from resolvers.back_office.handoffs.verbs import claim_handoff, refuse_handoff
from resolvers.front_office.service.complaints.closing import close_complaint
from resolvers.front_office.service.correspondence import (
    acknowledge_complaint,
    ask_customer,
    compose,
    correspond,
    customer_replied,
    save_message_template,
)
from resolvers.kit.commands import Viewer
from resolvers.kit.problems import IllegalTransition
from resolvers.kit.transaction import transact
from tests.both_offices.ticking import check_clock
from tests.office import (
    Office,
    alfreds,
    at_once,
    codes_in,
    do,
    doing,
    handed_off,
    happened,
    history,
    problems_of,
    received,
    tried,
    upheld,
    wrong_in,
)
from tests.properties.invariants import check_everything

S, K = ComplaintStatus, CorrespondenceKind

LETTER = "direction kind channel language subject text by { name } complaint { number }"
ACKNOWLEDGED = f"""complaint {{ acknowledgedAt correspondence {{ nodes {{ kind }} }} }}
  correspondence {{ {LETTER} }} subject text errors {{ code path }}"""
ASKED = "complaint { status nextStatuses } correspondence { kind text } subject text errors { code path }"
SAVED = "template { kind language subject text version } errors { code path message }"
REPLIED = "complaint { status } correspondence { direction kind channel language text } errors { code path }"


def reply(viewer: Viewer, complaint: UUID, text: str, version: int | None = None) -> Any:
    return doing(
        customer_replied, viewer, complaint=complaint, channel=Channel.PHONE, text=text, expected_version=version
    )


async def state_of(complaint: Complaint, kind: ClockKind) -> ClockState:
    clock = await Clock.get(complaint_id=complaint.id, kind=kind)
    assert await check_clock(clock.id) == []
    return clock.state


async def test_an_acknowledgement_is_shown_sent_and_sent_only_once(office: Office, agent: Viewer) -> None:
    await Customer.filter(id=(await alfreds()).id).update(preferred_channel=Channel.EMAIL)
    complaint = await received(agent)
    before = await Event.all().count()
    given: dict[str, Any] = {"complaint": f"cmp_{complaint.id}", "note": "Wir rufen Sie an."}
    shown = await office.send(agent, "acknowledgeComplaint", ACKNOWLEDGED, **given, dryRun=True)
    assert (shown["complaint"], shown["correspondence"], shown["errors"]) == (None, None, [])
    assert shown["subject"] == f"Ihre Beschwerde ist bei uns ({complaint.number})"
    assert shown["text"].startswith("Guten Tag Maria Anders,")
    assert "\n\nWir rufen Sie an.\n\n" in shown["text"]
    assert await Correspondence.all().count() == 0
    assert await Event.all().count() == before
    assert (await Complaint.get(id=complaint.id)).acknowledged_at is None
    sent = await office.send(agent, "acknowledgeComplaint", ACKNOWLEDGED, **given)
    assert sent["correspondence"] == {
        "direction": "SENT",
        "kind": "ACKNOWLEDGEMENT",
        "channel": "EMAIL",
        "language": "DE",
        "subject": shown["subject"],
        "text": shown["text"],
        "by": {"name": agent.name},
        "complaint": {"number": complaint.number},
    }
    assert sent["complaint"]["acknowledgedAt"] is not None
    assert sent["complaint"]["correspondence"]["nodes"] == [{"kind": "ACKNOWLEDGEMENT"}]
    assert await state_of(complaint, ClockKind.ACKNOWLEDGE_COMPLAINT) is ClockState.STOPPED
    assert await state_of(complaint, ClockKind.ANSWER_COMPLAINT) is ClockState.RUNNING
    assert (await history(complaint.id))[-1] == ("COMPLAINT_ACKNOWLEDGED", agent.account, None)
    again = await office.send(agent, "acknowledgeComplaint", ACKNOWLEDGED, **given)
    assert codes_in(again) == ["ALREADY_ACKNOWLEDGED"]
    assert await Correspondence.all().count() == 1


async def test_of_two_who_acknowledge_at_once_one_does(agent: Viewer, complaint: Complaint) -> None:
    works = [problems_of(doing(acknowledge_complaint, agent, complaint)) for _ in range(2)]
    codes = sorted([problem.code for problem in problems] for problems in await at_once(*works))
    assert codes == [[], ["ALREADY_ACKNOWLEDGED"]]


async def test_what_is_answered_needs_no_acknowledgement(agent: Viewer, complaint: Complaint) -> None:
    await do(close_complaint, agent, complaint, outcome=Outcome.DUPLICATE, reason="Twice.")
    [problem] = await problems_of(doing(acknowledge_complaint, agent, complaint))
    assert (problem.code, problem.path) == ("ALREADY_ANSWERED", ("input", "complaint"))


async def test_the_answer_is_kept_as_it_was_sent(agent: Viewer, complaint: Complaint) -> None:
    await transact(upheld(agent, complaint.id, answer="Es tut uns leid."))
    [letter] = await Correspondence.filter(complaint_id=complaint.id)
    assert (letter.kind, letter.channel, letter.language) == (K.ANSWER, Channel.PHONE, Language.DE)
    assert "\n\nEs tut uns leid.\n\n" in letter.text


async def test_a_question_and_its_reply_stop_the_customers_clock_in_between(
    office: Office, agent: Viewer, clerk: Viewer, handoff: Handoff
) -> None:
    complaint = await Complaint.get(id=handoff.complaint_id)
    given = {"complaint": f"cmp_{complaint.id}", "question": "Welche Kisten fehlen?"}
    shown = await office.send(agent, "askCustomer", ASKED, **given, dryRun=True)
    assert (shown["complaint"], "Welche Kisten fehlen?" in shown["text"]) == (None, True)
    asked = await office.send(agent, "askCustomer", ASKED, **given)
    assert asked["complaint"] == {"status": "AWAITING_CUSTOMER", "nextStatuses": ["HANDED_OFF", "CLOSED"]}
    assert asked["correspondence"] == {"kind": "QUESTION", "text": shown["text"]}
    assert await state_of(complaint, ClockKind.ANSWER_COMPLAINT) is ClockState.PAUSED
    # The department goes on meanwhile, also to its end.
    await do(claim_handoff, clerk, handoff)
    said = {"channel": "EMAIL", "text": "Die beiden blauen. Maria Anders"}
    replied = await office.send(agent, "customerReplied", REPLIED, complaint=given["complaint"], **said)
    assert replied == {
        "complaint": {"status": "HANDED_OFF"},
        "correspondence": {"direction": "RECEIVED", "kind": "REPLY", "language": None, **said},
        "errors": [],
    }
    assert await state_of(complaint, ClockKind.ANSWER_COMPLAINT) is ClockState.RUNNING
    assert (await happened(complaint.id))[2:] == ["CUSTOMER_ASKED", "HANDOFF_CLAIMED", "CUSTOMER_REPLIED"]
    await check_everything()


async def test_after_the_reply_a_complaint_is_with_its_departments_or_with_none(agent: Viewer, clerk: Viewer) -> None:
    with_none, refused = await received(agent), await handed_off(agent)
    for complaint in (with_none.id, refused.complaint_id):
        await do(ask_customer, agent, complaint=complaint, question="Warum?")
    await do(refuse_handoff, clerk, refused, reason="Not ours.")
    for complaint in (with_none.id, refused.complaint_id):
        assert (await Complaint.get(id=complaint)).status is S.AWAITING_CUSTOMER
        await transact(reply(agent, complaint, "Darum."))
        assert (await Complaint.get(id=complaint)).status is S.RECEIVED
    await check_everything()


async def test_only_who_was_asked_replies(agent: Viewer, complaint: Complaint) -> None:
    [problem] = await tried(reply(agent, complaint.id, "Ja."))
    assert isinstance(problem, IllegalTransition)
    await do(ask_customer, agent, complaint, question="Warum?")
    [problem] = await tried(doing(ask_customer, agent, complaint, question="Warum?"))
    assert isinstance(problem, IllegalTransition)
    problems = await tried(reply(agent, complaint.id, "\0", 1))
    assert [problem.path[-1] for problem in problems] == ["text", "expectedVersion"]
    [problem] = await tried(reply(agent, new_id(), "Ja."))
    assert problem.code == "NOT_FOUND"


async def test_no_back_office_role_reads_letters_or_replies(office: Office, agent: Viewer) -> None:
    complaint = await Complaint.get(id=(await handed_off(agent, Department.LOGISTICS)).complaint_id)
    letter = await correspond(complaint, K.ANSWER, at=datetime.now(UTC), by=None, answer="Sorry.")
    assert letter.direction is Direction.SENT
    nested = f'{{ node(id: "cmp_{complaint.id}") {{ ... on Complaint {{ correspondence {{ totalCount }} }} }} }}'
    single = f'{{ node(id: "let_{letter.id}") {{ id }} }}'
    for address in ("logistics", "back.manager", "accounting", "admin"):
        viewer = await office.somebody(address)
        refused = await office.ask(viewer, nested)
        assert [error["extensions"]["code"] for error in refused["errors"]] == ["FORBIDDEN"], address
        assert await office.ask(viewer, single) == {"data": {"node": None}}
    assert await office.find(agent, single) is not None


async def test_correspondence_with_its_authors_is_one_statement(office: Office, agent: Viewer) -> None:
    complaint = await received(agent)
    for _ in range(3):
        await correspond(complaint, K.QUESTION, at=datetime.now(UTC), by=agent.account, question="Warum?")
    document = """query ($id: ID!) { frontOffice { complaint(id: $id) {
      correspondence(last: 2, filter: {direction: {eq: SENT}}) { nodes { text by { name } } } }
      messageTemplates(filter: {language: {eq: FR}}) { nodes { kind text } } } }"""
    before = office.database.statements_read
    answer = await office.ask(agent, document, {"id": f"cmp_{complaint.id}"})
    assert len(answer["data"]["frontOffice"]["complaint"]["correspondence"]["nodes"]) == 2
    assert len(answer["data"]["frontOffice"]["messageTemplates"]["nodes"]) == 4
    assert office.database.statements_read - before <= 2


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
    assert len({long_date(date(2027, month, 12), language) for month in range(1, 13)}) == 12
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
    question = (await compose(complaint, K.QUESTION, question="a\n\n\n\nb")).text
    assert question.startswith("Dear Alfreds Futterkiste,") and "a\n\n\n\nb" in question


async def test_a_letter_names_the_day_on_which_the_customers_clock_runs_out(agent: Viewer) -> None:
    complaint = await received(agent)
    clock = Clock.filter(complaint_id=complaint.id, kind=ClockKind.ANSWER_COMPLAINT)
    for due, said in (
        (datetime(2030, 5, 6, 12, tzinfo=UTC), "bis zum 6. Mai 2030"),
        # Five working days from a Monday end as Saturday begins: the customer is promised Friday.
        (datetime(2030, 5, 11, tzinfo=UTC), "bis zum 10. Mai 2030"),
        (datetime(2020, 5, 6, 12, tzinfo=UTC), "so bald wie möglich"),
    ):
        await clock.update(due_at=due)
        assert said in (await compose(complaint, K.ACKNOWLEDGEMENT)).text


async def test_a_template_is_saved_by_a_manager_and_changes_no_letter_that_went_out(
    office: Office, agent: Viewer, manager: Viewer, complaint: Complaint
) -> None:
    await do(acknowledge_complaint, agent, complaint)
    given = {"kind": "ACKNOWLEDGEMENT", "language": "DE", "text": "Hallo $name: $number, $answer_by. $note Nur 5 $$!"}
    save = f"mutation ($input: SaveMessageTemplateInput!) {{ saveMessageTemplate(input: $input) {{ {SAVED} }} }}"
    refused = await office.ask(agent, save, {"input": given})
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    saved = await office.send(manager, "saveMessageTemplate", SAVED, **given, expectedVersion=1)
    assert saved == {"template": given | {"subject": None, "version": 2}, "errors": []}
    stale = await office.send(manager, "saveMessageTemplate", SAVED, **given, expectedVersion=1)
    assert codes_in(stale) == ["STALE_VERSION"]
    [letter] = await Correspondence.all()
    assert letter.text.startswith("Guten Tag")
    letter = await compose(await received(agent), K.ACKNOWLEDGEMENT)
    assert letter.text.startswith("Hallo Maria Anders: CMP-")
    assert letter.text.endswith("Nur 5 $!")
    assert letter.subject is None


async def test_everything_wrong_with_a_template_is_reported_at_once(office: Office, manager: Viewer) -> None:
    given = {"kind": "QUESTION", "language": "IT", "subject": "$email", "text": "Ciao $", "expectedVersion": 7}
    wrong = wrong_in(await office.send(manager, "saveMessageTemplate", SAVED, **given))
    assert [member for _, member in wrong] == ["text", "subject", "expectedVersion"]
    [problem] = await problems_of(doing(save_message_template, manager, kind=K.REPLY, language=Language.EN, text="Hi"))
    assert problem.path == ("input", "kind")
