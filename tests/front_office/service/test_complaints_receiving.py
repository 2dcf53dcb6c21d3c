"""What an agent may write down: every wrong member is named at once, and the same on both databases; and what a complaint came
from, which either office finds out.
"""

from typing import Any

import pytest

from models.back_office.handoffs import Handoff
from models.front_office.customers import Channel, Customer, Language
from models.front_office.sales.orders import Order
from models.front_office.service.complaints import CauseCode, Complaint, Outcome
from models.front_office.service.correspondence import Correspondence
from models.kit.base import new_id
from models.permissions import ROLE_PERMISSIONS, Permission
from resolvers.back_office.handoffs.verbs import answer_handoff, claim_handoff
from resolvers.front_office.service.complaints.closing import close_complaint
from resolvers.front_office.service.complaints.receiving import determine_cause, receive_complaint
from resolvers.front_office.service.correspondence import acknowledge_complaint
from resolvers.kit.commands import LONGEST_LINE, LONGEST_TEXT, Viewer
from tests.office import (
    VARIABLES,
    Office,
    alfreds,
    codes_in,
    do,
    doing,
    handed_off,
    happened,
    history,
    problems_of,
    received,
    what_they_said,
    wrong_in,
)


async def faults(agent: Viewer, **given: Any) -> dict[str, str]:
    """What is wrong with a new complaint, by member."""
    written = what_they_said(await alfreds(), **given)
    problems = await problems_of(lambda: receive_complaint(agent, written))
    return {problem.path[-1]: problem.message for problem in problems}


TEXTS = [("subject", "subject"), ("description", "description"), ("remedy_sought", "remedySought")]


@pytest.mark.parametrize(("member", "name"), TEXTS)
async def test_a_text_that_cannot_be_kept_is_refused_by_name(agent: Viewer, member: str, name: str) -> None:
    longest = LONGEST_LINE if member == "subject" else LONGEST_TEXT
    for text in ("a\0b", "\0", "half \ud83d", "\udc00"):
        assert await faults(agent, **{member: text}) == {name: f"`{name}` holds a character that cannot be stored."}
    too_long = f"`{name}` has {longest + 1} characters; at most {longest} are kept."
    assert await faults(agent, **{member: "x" * (longest + 1)}) == {name: too_long}
    if member != "remedy_sought":
        assert await faults(agent, **{member: " \n\u3000\t"}) == {name: f"`{name}` says nothing."}
    assert await faults(agent, **{member: "x" * longest}) == {}
    assert await faults(agent, **{member: "😀 Ünïcödé \u202e 日本語 '; --"}) == {}


async def test_texts_are_kept_composed_and_without_space_around_them(agent: Viewer) -> None:
    complaint = await received(agent, subject=" Cafe\u0301 \n", description="\tlate\n\nvery ", remedy_sought="  ")
    assert (complaint.subject, complaint.description) == ("Café", "late\n\nvery")
    assert complaint.remedy_sought is None


async def test_all_that_is_wrong_is_reported_at_once_and_nothing_is_written(office: Office, agent: Viewer) -> None:
    before = await Complaint.all().count()
    given = {**VARIABLES["ReceiveComplaint"]["input"], "customer": "cus_x", "order": f"ord_{new_id()}", "product": ""}
    given |= {"subject": " ", "description": "", "remedySought": "x" * 10_001, "handOffTo": "SALES"}
    payload = await office.change(agent, "ReceiveComplaint", **given)
    assert payload["complaint"] is None
    assert wrong_in(payload) == [
        *[("INVALID", text) for text in ("subject", "description", "remedySought")],
        *[("NOT_FOUND", key) for key in ("customer", "order", "product")],
        ("INVALID", "handOffTo"),
    ]
    assert await Complaint.all().count() == before


async def test_a_complaint_may_be_about_an_order_of_its_customer_only(agent: Viewer) -> None:
    customer = await alfreds()
    own = await Order.filter(customer_id=customer.id).first()
    others = await Order.exclude(customer_id=customer.id).first()
    assert own is not None
    assert others is not None
    assert await faults(agent, order=others.id) == {"order": "The order is another customer's."}
    assert await faults(agent, order=new_id()) == {"order": "There is no such order."}
    assert await faults(agent, order=own.id) == {}


async def test_an_id_of_another_kind_is_no_id_of_this_kind(office: Office, agent: Viewer) -> None:
    customer, order = await alfreds(), await Order.first()
    assert order is not None
    ids = {"customer": f"ord_{order.id}", "order": f"cus_{customer.id}", "product": f"cus_{customer.id}"}
    given = {**VARIABLES["ReceiveComplaint"]["input"], **ids, "idempotencyKey": None}
    payload = await office.change(agent, "ReceiveComplaint", **given)
    assert codes_in(payload) == 3 * ["NOT_FOUND"]


async def test_a_complaint_is_written_down_with_who_received_it_and_its_events(agent: Viewer) -> None:
    complaint = await received(agent)
    customer = await Customer.get(number="C-000001")
    assert complaint.customer_id == customer.id
    assert complaint.received_by_id == agent.account
    assert complaint.version == 1
    assert await history(complaint.id) == [("COMPLAINT_RECEIVED", agent.account, None)]


VERBS: dict[str, dict[str, Any]] = {
    "HandOffComplaint": {"brief": "x"},
    "AnswerComplaint": {"outcome": "UPHELD", "answer": "x"},
    "CloseComplaint": {"outcome": "WITHDRAWN", "reason": "x"},
}


async def test_a_missing_complaint_is_named_and_nothing_else_is_told(office: Office, agent: Viewer) -> None:
    customer = await alfreds()
    for verb, members in VERBS.items():
        for key in (f"cmp_{new_id()}", f"cus_{customer.id}", "cmp_x", ""):
            payload = await office.change(agent, verb, complaint=key, **members)
            assert wrong_in(payload) == [("NOT_FOUND", "complaint")]
            assert payload["errors"][0]["message"] == "There is no such complaint."


async def test_letters_go_the_way_and_in_the_language_that_the_customer_asked_for_last(agent: Viewer) -> None:
    letters: list[tuple[str, str]] = []
    french = {"preferred_channel": Channel.EMAIL, "language": Language.FR}
    for asked in ({}, french, {"preferred_channel": Channel.CHAT}, {}):
        complaint = await received(agent, **asked)
        await do(acknowledge_complaint, agent, complaint)
        letter = await Correspondence.get(complaint_id=complaint.id)
        letters.append((letter.channel.value, str(letter.language)))
    assert letters == [("PHONE", "DE"), ("EMAIL", "FR"), ("CHAT", "FR"), ("CHAT", "FR")]


# --- What it came from ---


async def test_the_department_that_works_on_a_complaint_says_what_it_came_from(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    handoff = await handed_off(agent)
    complaint = await Complaint.get(id=handoff.complaint_id)
    given = {"cause": CauseCode.SUPPLIER, "expected_version": await office.read(clerk, complaint, "version")}
    assert await do(determine_cause, clerk, complaint, **given) == {"complaint": complaint.id}
    changed = await Complaint.get(id=complaint.id)
    assert (changed.cause, changed.version) == (CauseCode.SUPPLIER, complaint.version + 1)
    found = ("CAUSE_DETERMINED", clerk.account, "LOGISTICS")
    assert await history(complaint.id, kind="CAUSE_DETERMINED") == [found]


async def test_the_front_office_replaces_a_cause_also_after_the_end_and_twice_is_once(agent: Viewer) -> None:
    complaint = await received(agent)
    await do(close_complaint, agent, complaint, outcome=Outcome.WITHDRAWN, reason="Solved itself.")
    for cause in (CauseCode.METHOD, CauseCode.TRAINING, CauseCode.TRAINING):
        await do(determine_cause, agent, complaint, cause=cause)
    assert (await Complaint.get(id=complaint.id)).cause is CauseCode.TRAINING
    found = ("CAUSE_DETERMINED", agent.account, None)
    assert await history(complaint.id, kind="CAUSE_DETERMINED") == [found, found]


async def test_an_answer_may_bring_the_cause_along(clerk: Viewer, handoff: Handoff) -> None:
    await do(claim_handoff, clerk, handoff)
    await do(answer_handoff, clerk, handoff, answer="Mislabelled.", cause=CauseCode.INFORMATION)
    assert (await Complaint.get(id=handoff.complaint_id)).cause is CauseCode.INFORMATION
    assert (await happened(handoff.complaint_id))[-2:] == ["CAUSE_DETERMINED", "HANDOFF_ANSWERED"]


async def test_a_complaint_that_a_department_does_not_see_answers_like_a_missing_one(
    agent: Viewer, accountant: Viewer
) -> None:
    keys = (await handed_off(agent)).complaint_id, new_id()
    works = [doing(determine_cause, accountant, complaint=key, cause=CauseCode.OTHER) for key in keys]
    unseen, missing = [await problems_of(work) for work in works]
    assert unseen == missing
    assert [(problem.code, problem.path) for problem in unseen] == [("NOT_FOUND", ("input", "complaint"))]


async def test_complaints_are_listed_by_cause(office: Office, agent: Viewer, clerk: Viewer) -> None:
    for cause in (CauseCode.SUPPLIER, CauseCode.METHOD, CauseCode.POLICY):
        handoff = await handed_off(agent)
        await do(determine_cause, clerk, complaint=handoff.complaint_id, cause=cause)
    by_cause = "{ frontOffice { complaints(filter: {cause: {in: [SUPPLIER, METHOD]}}) { nodes { cause } } } }"
    assert await office.find(agent, by_cause) == [{"cause": "METHOD"}, {"cause": "SUPPLIER"}]


def test_whoever_works_on_complaints_may_say_what_they_came_from() -> None:
    for role, held in ROLE_PERMISSIONS.items():
        works = bool(held & {Permission.WRITE_COMPLAINTS, Permission.WRITE_HANDOFFS})
        assert (Permission.DETERMINE_CAUSES in held) == works, role
