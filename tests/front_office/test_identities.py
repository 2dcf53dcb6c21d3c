"""Whom a text concerns is masked in it: not the record's customer alone, and not only as they are called today."""

from typing import Any
from uuid import UUID

import pytest

from models.back_office.handoffs import Handoff
from models.back_office.handoffs.messages import Audience, HandoffMessage
from models.back_office.logistics.shipments import Shipment
from models.back_office.products.catalogue import Product
from models.both_offices.accounts import Account, AccountEvent
from models.both_offices.escalations import Escalation
from models.both_offices.tasks import Task
from models.front_office.customers import Customer
from models.front_office.identities import KNOWING, masked
from models.front_office.sales.orders import Order
from models.front_office.sales.orders.amendments import OrderAmendment
from models.front_office.service.cases import LinkKind, MajorCase
from models.front_office.service.complaints import Complaint
from models.kit.base import now
from models.kit.events import about
from models.permissions import Department, Permission
from resolvers.back_office.handoffs.escalating import escalate_complaint
from resolvers.back_office.handoffs.messages import post_message
from resolvers.back_office.handoffs.tasks import create_task
from resolvers.back_office.handoffs.verbs import transfer_handoff
from resolvers.back_office.logistics.shipments.creating import create_shipment
from resolvers.events import record
from resolvers.front_office.service.cases.gathering import attach_to_case, open_case
from resolvers.front_office.service.cases.linking import link_complaints
from resolvers.front_office.service.complaints.working import hand_off_complaint
from resolvers.front_office.service.ruled import propose_case_for
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from tests.front_office.sales.ordering import done, drafted, line, stocked
from tests.front_office.service.test_cases import received_of
from tests.office import Office, alfreds, do, handed_off, received

BLIND = frozenset({Permission.READ_COMPLAINTS, Permission.WRITE_HANDOFFS})


async def ana() -> Customer:
    """Ana Trujillo Emparedados y helados, of Mexico."""
    return await Customer.get(number="C-000002")


async def brief_of(agent: Viewer, complaint: Any, brief: str) -> str:
    keys = await do(hand_off_complaint, agent, complaint=complaint.id, brief=brief)
    return (await Handoff.get(id=keys["handoff"])).brief


async def test_a_complaint_about_an_order_names_neither_who_ordered_nor_where_it_went_or_was_to_go(
    office: Office, agent: Viewer
) -> None:
    first = {
        "name": "Casa Verde",
        "street": "Calle Vieja 7",
        "city": "Toledo",
        "postalCode": "45001",
        "country": "Spain",
    }
    ship_to = {"name": "Bodega Sur", "street": "Calle Mayor 9", "city": "Granada", "country": "Spain"}
    tea = await stocked(10)
    draft = await drafted(office, agent, line(tea, 1), askedBy="Petra Schmitz", shipTo=first)
    await done(office, agent, "setOrderAddress", order=draft["id"], shipTo=ship_to)
    order = (await done(office, agent, "placeOrder", order=draft["id"]))["order"]
    change = {"changes": [{"orderLine": order["lines"][0]["id"], "quantity": 2}], "askedBy": "Jörg Haas"}
    await done(office, agent, "amendOrder", order=order["id"], **change)
    said = "Petra, then Haas, wanted it at Calle Mayor in Granada, not at Casa Verde, Calle Vieja, 45001 Toledo; write Bodega Sur"
    left = "[customer], then [customer], wanted it at [street] in [place], not at [customer], [street], [place]; write [customer]"
    complaint = await received(agent, subject=said, order=(await Order.get(id=order["id"][4:])).id)
    assert complaint.subject == left
    assert await brief_of(agent, complaint, said) == left
    assert await brief_of(agent, await received(agent), "Petra at Casa Verde") == "Petra at Casa Verde"


@pytest.mark.parametrize("which", ["case", "link", "none"])
async def test_whoever_else_is_in_the_case_or_linked_is_masked_too(agent: Viewer, which: str) -> None:
    mine, theirs = await received(agent), await received_of(agent, await ana())
    if which == "case":
        await do(open_case, agent, title="Crates", complaints=(mine, theirs))
    elif which == "link":
        await do(link_complaints, agent, complaint=theirs.id, other=mine.id, kind=LinkKind.SAME_CAUSE)
    brief = await brief_of(agent, mine, "Anders and Trujillo, the Emparedados people, say so.")
    masks = "[customer] and [customer], the [customer] people, say so."
    assert brief == (masks if which != "none" else "[customer] and Trujillo, the Emparedados people, say so.")


@pytest.mark.parametrize("which", ["attached", "opened", "proposed", "linked"])
async def test_what_was_written_before_a_complaint_was_attached_or_linked_is_masked_anew(
    agent: Viewer, clerk: Viewer, which: str
) -> None:
    tea = (await Product.all().order_by("sku"))[0]
    mine, theirs = await received(agent, product=tea.id), await received_of(agent, await ana())
    await Complaint.filter(id=theirs.id).update(product_id=tea.id)
    said = "Trujillo, the Emparedados people, call Maria and Ana."
    keys = await do(hand_off_complaint, agent, complaint=mine.id, brief=said)
    handoff = await Handoff.get(id=keys["handoff"])
    message = (await do(post_message, agent, handoff, audience=Audience.BOTH_OFFICES, text=said))["message"]
    among_us = (await do(post_message, agent, handoff, audience=Audience.FRONT_OFFICE, text=said))["message"]
    guess = (await do(post_message, clerk, handoff, audience=Audience.BOTH_OFFICES, text=said))["message"]
    task = (await do(create_task, agent, handoff=handoff.id, title=said, department=Department.LOGISTICS))["task"]
    guessed = (await do(create_task, clerk, handoff=handoff.id, title=said, department=Department.LOGISTICS))["task"]
    escalated = (await do(escalate_complaint, agent, complaint=mine.id, handoff=handoff.id, reason=said))["escalation"]
    of_the_other = await brief_of(agent, theirs, "Maria from Berlin knows")
    assert (handoff.brief, of_the_other) == (
        "Trujillo, the Emparedados people, call [customer] and Ana.",
        "Maria from Berlin knows",
    )

    async def proposed() -> None:
        assert await propose_case_for(await Complaint.select_for_update().get(id=theirs.id), now())

    if which == "linked":
        await do(link_complaints, agent, complaint=theirs.id, other=mine.id, kind=LinkKind.SAME_CAUSE)
    elif which == "opened":
        await do(open_case, agent, title="Crates", complaints=(mine, theirs))
    elif which == "attached":
        case = (await do(open_case, agent, title="Crates", complaints=(mine,)))["case"]
        await do(attach_to_case, agent, case=case, complaint=theirs.id)
    else:
        await transact(proposed)

    masked_now = "[customer], the [customer] people, call [customer] and [customer]."
    assert (await Handoff.get(id=handoff.id)).brief == masked_now
    assert (await Handoff.get(id=handoff.id)).version == handoff.version + 1
    texts = {one.id: one.text for one in await HandoffMessage.filter(handoff_id=handoff.id)}
    assert texts == {message: masked_now, among_us: said, guess: said}
    assert (await Task.get(id=task)).title == (await Escalation.get(id=escalated)).reason == masked_now
    assert (await Task.get(id=guessed)).title == said
    assert (await Handoff.get(complaint_id=theirs.id)).brief == "[customer] from [place] knows"


async def test_who_comes_later_is_masked_in_the_title_of_a_case_too(agent: Viewer) -> None:
    mine, theirs = await received(agent, subject="As at Trujillo"), await received_of(agent, await ana())
    case = (await do(open_case, agent, title="Crates as at Trujillo", complaints=(mine,)))["case"]
    before = await Complaint.get(id=mine.id)
    assert (await MajorCase.get(id=case)).title == "Crates as at Trujillo"
    await do(link_complaints, agent, complaint=theirs.id, other=mine.id, kind=LinkKind.SAME_CAUSE)
    assert (await MajorCase.get(id=case)).title == "Crates as at [customer]"
    after = await Complaint.get(id=mine.id)
    assert (after.subject, after.version) == ("As at [customer]", before.version + 1)


async def test_who_moved_to_another_office_knew_the_customers_when_they_wrote(agent: Viewer, clerk: Viewer) -> None:
    handoff, theirs = await handed_off(agent), await received_of(agent, await ana())
    mine = await Complaint.get(id=handoff.complaint_id)
    asked = {"title": "Call Trujillo", "department": Department.LOGISTICS}
    task, guessed = [(await do(create_task, viewer, handoff=handoff.id, **asked))["task"] for viewer in (agent, clerk)]
    await Account.filter(id=agent.account).update(roles=["HR_OFFICER"])
    moved = about(Account, agent.account)
    await transact(lambda: record(AccountEvent.CHANGED, moved, actor=None, account=agent.account))
    await do(link_complaints, agent, complaint=theirs.id, other=mine.id, kind=LinkKind.SAME_CAUSE)
    titles = {one.id: one.title for one in await Task.filter(id__in=[task, guessed])}
    assert titles == {task: "Call [customer]", guessed: "Call Trujillo"}


async def test_where_a_draft_goes_is_masked_in_what_was_written_about_its_complaint(
    office: Office, agent: Viewer
) -> None:
    draft = await drafted(office, agent, line(await stocked(10), 1))
    complaint = await received(agent, order=UUID(draft["id"][4:]), subject="For the depot of Vandijk in Rotterdam")
    ship_to = {"name": "Vandijk Depot", "street": "Kade 9", "city": "Rotterdam", "country": "Netherlands"}
    await done(office, agent, "setOrderAddress", order=draft["id"], shipTo=ship_to)
    assert (await Complaint.get(id=complaint.id)).subject == "For the depot of [customer] in [place]"


async def test_who_asks_later_for_an_order_is_masked_in_what_was_written_about_it_and_its_complaint(
    office: Office, agent: Viewer
) -> None:
    draft = await drafted(office, agent, line(await stocked(10), 1))
    order = (await done(office, agent, "placeOrder", order=draft["id"]))["order"]
    complaint = await received(agent, order=(await Order.get(id=order["id"][4:])).id, subject="Haas wants two")
    await brief_of(agent, complaint, "Ask Haas.")
    assert complaint.subject == "Haas wants two"
    less = {"changes": [{"orderLine": order["lines"][0]["id"], "quantity": 3}], "reason": "Haas wants more"}
    await done(office, agent, "amendOrder", order=order["id"], **less)
    change = {"changes": [{"orderLine": order["lines"][0]["id"], "quantity": 2}], "askedBy": "Jörg Haas"}
    await done(office, agent, "amendOrder", order=order["id"], **change)
    assert (await Complaint.get(id=complaint.id)).subject == "[customer] wants two"
    assert (await Handoff.get(complaint_id=complaint.id)).brief == "Ask [customer]."
    amendments = await OrderAmendment.filter(order_id=order["id"][4:]).order_by("id")
    assert [one.reason for one in amendments] == ["[customer] wants more", None]
    await done(office, agent, "holdOrder", order=order["id"], reason="Petra rings back")
    await done(office, agent, "amendOrder", order=order["id"], **change | {"askedBy": "Petra Lund"})
    held = await Order.get(id=order["id"][4:])
    assert (held.hold_reason, held.version) == ("[customer] rings back", order["version"] + 4)


async def test_a_customers_former_name_and_address_are_masked_as_well(agent: Viewer) -> None:
    customer = await alfreds()
    for name, street in (("Bellas Bäckerei", "Neue Gasse 3"), ("Carlas Café", "Alter Markt 8")):
        customer.name, customer.street = name, street
        await customer.save(update_fields=["name", "street"])
        await customer.save(update_fields=["name", "street"])
    assert (await Customer.get(id=customer.id)).formerly.count("␞") == 2
    brief = await brief_of(agent, await received(agent), "Once Futterkiste in Obere Str. 57, then Bellas in Neue Gasse")
    assert brief == "Once [customer] in [street], then [customer] in [street]"


async def test_whose_name_stands_in_full_is_masked_whoever_it_is_and_whoever_writes(
    agent: Viewer, clerk: Viewer
) -> None:
    said = "Ask Ana Trujillo, Avda. de la Constitución 2222, or Maria Anders; not Trujillo."
    assert await masked(BLIND, said) == "Ask [customer], [street], or [customer]; not [customer]."
    assert await masked(BLIND, "not Trujillo, nor Anders in Berlin") == "not Trujillo, nor Anders in Berlin"
    handoff = await handed_off(agent)
    for department, reason in (
        (Department.IT, "Futterkiste in Berlin"),
        (Department.LOGISTICS, "MARIA ANDERS said so"),
    ):
        await do(
            transfer_handoff,
            clerk if department is Department.IT else agent,
            handoff,
            department=department,
            reason=reason,
        )
    told = await HandoffMessage.filter(handoff_id=handoff.id).order_by("id").values_list("text", flat=True)
    assert told == ["Futterkiste in Berlin", "[customer] said so"]


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("{order} is late, so is its {parcel}", "[number] is late, so is its [number]"),
        ("ord {digits}, ORD{digits}, order {digits}", "[number], [number], order [number]"),
        ("order {last}, carrier's SP00471147", "order [number], carrier's [number]"),
        ("{id} of C-000001, RET-2026-000003", "[number] of [number], [number]"),
        ("as in CMP-2026-000007, batch BAT-2026-000001", "as in CMP-2026-000007, batch BAT-2026-000001"),
    ],
)
async def test_where_complaints_are_written_about_no_number_leads_to_orders_and_parcels(
    office: Office, agent: Viewer, clerk: Viewer, said: str, left: str
) -> None:
    tea = await stocked(10)
    order = (await drafted(office, agent, line(tea, 1), place=True))["id"]
    key = UUID(order.removeprefix("ord_"))
    parcel = await Shipment.get(id=(await do(create_shipment, clerk, await Order.get(id=key)))["shipment"])
    await Shipment.filter(id=parcel.id).update(tracking_number="SP00471147")
    number = (await Order.get(id=key)).number
    digits = number.removeprefix("ORD-")
    text = said.format(order=number, parcel=parcel.number, digits=digits, last=digits[-6:], id=order)
    complaint = await received(agent, subject=text, order=key)
    assert complaint.subject == left
    assert await brief_of(agent, complaint, text) == left


async def test_whoever_writes_about_an_order_names_no_complaint_by_its_number_and_the_other_way_round(
    office: Office, agent: Viewer
) -> None:
    order = await Order.get(id=(await drafted(office, agent, line(await stocked(10), 1)))["id"][4:])
    complaint = await received(agent)
    said = f"{complaint.number} and HND-2026-000001 are about {order.number}, 2026-000009 too"
    for writes in (BLIND, frozenset({Permission.READ_SHIP_TO}), KNOWING):
        assert await masked(writes, said, order) == f"[number] and [number] are about {order.number}, [number] too"
        left = f"{complaint.number} and HND-2026-000001 are about [number], [number] too"
        assert await masked(writes, said, complaint) == left


async def test_a_case_names_nobody_before_a_complaint_is_attached_nor_afterwards(agent: Viewer) -> None:
    keys = await do(open_case, agent, title="Ana Trujillo, Futterkiste and the crates")
    assert (await MajorCase.get(id=keys["case"])).title == "[customer], Futterkiste and the crates"
    await do(attach_to_case, agent, case=keys["case"], complaint=(await received(agent)).id)
    assert (await MajorCase.get(id=keys["case"])).title == "[customer] and the crates"


async def test_who_ships_writes_about_whom_it_is_for_and_no_more(office: Office, agent: Viewer) -> None:
    tea = await stocked(10)
    placed = await drafted(office, agent, line(tea, 1), askedBy="Petra Schmitz")
    order, said = await Order.get(id=placed["id"][4:]), "For Petra of Futterkiste"
    assert await masked(frozenset({Permission.READ_SHIP_TO}), said, order) == "For [customer] of [customer]"
    complaint = await received(agent, order=order.id)
    assert await masked(frozenset({Permission.READ_SHIP_TO}), said, complaint) == said
    assert await masked(KNOWING, said, complaint) == "For [customer] of [customer]"
