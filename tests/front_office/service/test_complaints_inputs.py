"""What an agent may write down: every wrong member is named at once, and the same on both databases."""

from typing import Any
from uuid import UUID

import pytest

from models.front_office.customers import Customer
from models.front_office.sales.orders import Order
from models.front_office.service.complaints import Complaint
from models.front_office.service.correspondence import Correspondence
from models.kit.base import new_id
from resolvers.front_office.service.complaints.receiving import receive_complaint
from resolvers.front_office.service.correspondence import acknowledge_complaint
from resolvers.kit.input_errors import LONGEST_LINE, LONGEST_TEXT
from resolvers.kit.viewer import Viewer
from tests.office import VARIABLES, Office, alfreds, codes_in, do, history, problems_of, received, what_they_said


async def faults(agent: Viewer, **given: Any) -> dict[str, str]:
    """What is wrong with a new complaint, by member."""
    written = what_they_said(await alfreds(), **given)
    problems = await problems_of(lambda: receive_complaint(agent, written))
    return {problem.path[-1]: problem.message for problem in problems}


TEXTS = [("subject", "subject"), ("description", "description"), ("remedy_sought", "remedySought")]


@pytest.mark.parametrize(("member", "name"), TEXTS)
async def test_a_text_that_cannot_be_kept_is_refused_by_name(agent: Viewer, member: str, name: str) -> None:
    longest = LONGEST_LINE if member == "subject" else LONGEST_TEXT
    for text, message in {
        "a\0b": f"`{name}` holds a character that cannot be stored.",
        "\0": f"`{name}` holds a character that cannot be stored.",
        "half \ud83d": f"`{name}` holds a character that cannot be stored.",
        "\udc00": f"`{name}` holds a character that cannot be stored.",
        "x" * (longest + 1): f"`{name}` has {longest + 1} characters; at most {longest} are kept.",
    }.items():
        assert await faults(agent, **{member: text}) == {name: message}
    if member != "remedy_sought":
        assert await faults(agent, **{member: " \n\u3000\t"}) == {name: f"`{name}` says nothing."}
    assert await faults(agent, **{member: "x" * longest}) == {}
    assert await faults(agent, **{member: "😀 Ünïcödé \x01\x1f \u202e 日本語 '; --"}) == {}


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
    found = [(error["path"], error["code"]) for error in payload["errors"]]
    assert found == [
        (["input", "subject"], "INVALID"),
        (["input", "description"], "INVALID"),
        (["input", "remedySought"], "INVALID"),
        (["input", "customer"], "NOT_FOUND"),
        (["input", "order"], "NOT_FOUND"),
        (["input", "product"], "NOT_FOUND"),
        (["input", "handOffTo"], "INVALID"),
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
            [error] = payload["errors"]
            assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "complaint"])
            assert error["message"] == "There is no such complaint."


async def test_letters_go_the_way_and_in_the_language_that_the_customer_asked_for_last(
    office: Office, agent: Viewer
) -> None:
    customer = f"cus_{(await alfreds()).id}"
    given = {"customer": customer, "channel": "PHONE", "category": "DELIVERY", "severity": "LOW"}
    told = given | {"subject": "Late", "description": "It came late."}
    letters: list[tuple[str, str]] = []
    for asked in ({}, {"preferredChannel": "EMAIL", "language": "FR"}, {"preferredChannel": "CHAT"}, {}):
        complaint = (await office.change(agent, "ReceiveComplaint", **told, **asked))["complaint"]["id"]
        key = UUID(complaint.removeprefix("cmp_"))
        await do(acknowledge_complaint, agent, complaint=key)
        letter = await Correspondence.get(complaint_id=key)
        letters.append((letter.channel.value, letter.language.value))
    assert letters == [("PHONE", "DE"), ("EMAIL", "FR"), ("CHAT", "FR"), ("CHAT", "FR")]
