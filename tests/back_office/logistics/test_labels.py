"""Where parcels and invoices go: told to who does that work, while it lasts, and not to who works on a complaint about it."""

from datetime import timedelta
from typing import Any

import pytest

from models.back_office.handoffs import Handoff
from models.back_office.logistics.shipments import Shipment
from models.both_offices.absences import Absence
from models.both_offices.accounts import Account
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.service.complaints import Complaint
from models.kit.base import as_of, new_id, now
from models.permissions import Department, Role
from resolvers.back_office.handoffs.verbs import claim_handoff, release_handoff
from resolvers.back_office.logistics.shipments.carrying import (
    pack_shipment,
    pick_shipment,
    print_label,
    ship_shipment,
)
from resolvers.back_office.logistics.shipments.creating import create_shipment
from resolvers.front_office.sales.orders.payments import address_invoice
from resolvers.front_office.service.complaints.receiving import receive_complaint
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from tests.office import Office, codes_of, do, doing, events_about, hire, what_they_said, wrong_in

READY = "ORD-11076"
TELL = {
    "printLabel": "label { number name street city region postalCode country } errors { code path }",
    "addressInvoice": "address { name street city region postalCode country } errors { code path }",
}
OF_ORDER = "order { status placedAt lines { quantity batches { number } } progress { stage } } orderLine { position }"


async def picked(clerk: Viewer) -> Shipment:
    keys: Any = await do(create_shipment, clerk, await Order.get(number=READY))
    await do(pick_shipment, clerk, await Shipment.get(id=keys["shipment"]))
    return await Shipment.get(id=keys["shipment"])


async def complaint_about(office: Office, order: Order, *departments: Department) -> tuple[Complaint, list[Handoff]]:
    """A complaint about a line of an order, with the departments that have it."""
    agent = await office.somebody("service")
    line = await OrderLine.filter(order_id=order.id).order_by("position").first()
    assert line is not None
    said = what_they_said(await Customer.get(id=order.customer_id), order_line=line.id)
    complaint = await Complaint.get(id=(await transact(lambda: receive_complaint(agent, said)))["complaint"])
    shown = "handoff { id } errors { code }"
    for one in departments:
        await office.send(agent, "handOffComplaint", shown, complaint=f"cmp_{complaint.id}", department=one.value)
    return complaint, await Handoff.filter(complaint_id=complaint.id).order_by("id")


async def test_a_label_is_printed_from_picking_until_the_parcel_has_left_and_each_look_is_kept(
    office: Office, clerk: Viewer
) -> None:
    keys: Any = await do(create_shipment, clerk, await Order.get(number=READY))
    shipment, order = await Shipment.get(id=keys["shipment"]), await Order.get(number=READY)
    given = {"shipment": f"shp_{shipment.id}"}
    early = await office.send(clerk, "printLabel", TELL["printLabel"], **given)
    assert wrong_in(early) == [("NOT_TO_LABEL", "shipment")] and early["label"] is None
    await do(pick_shipment, clerk, shipment)
    sent = given | {"idempotencyKey": "label"}
    label = (await office.send(clerk, "printLabel", TELL["printLabel"], **sent))["label"]
    assert label == {
        "number": shipment.number,
        "name": order.ship_name,
        "street": order.ship_street,
        "city": order.ship_city,
        "region": order.ship_region,
        "postalCode": order.ship_postal_code,
        "country": order.ship_country,
    }
    await do(pack_shipment, clerk, shipment)
    assert (await office.send(clerk, "printLabel", TELL["printLabel"], **given))["label"] == label
    for record in (shipment, order):
        looks = await events_about(record.id, kind="LABEL_PRINTED").values_list("actor_id", flat=True)
        assert looks == [clerk.account] * 2
    await do(ship_shipment, clerk, shipment, carrier="Speedy Express")
    assert await codes_of(doing(print_label, clerk, shipment)) == ["NOT_TO_LABEL"]
    # What was answered once is not said again when its time is over.
    assert (await office.send(clerk, "printLabel", TELL["printLabel"], **sent))["label"] is None


async def test_an_invoice_is_addressed_from_placing_until_it_is_paid(office: Office) -> None:
    accountant, order = await office.somebody("accounting"), await Order.get(number=READY)
    given = {"order": f"ord_{order.id}"}
    address = (await office.send(accountant, "addressInvoice", TELL["addressInvoice"], **given))["address"]
    assert (address["name"], address["street"]) == (order.customer_name, order.bill_street)
    assert await events_about(order.id, kind="INVOICE_ADDRESSED").values_list("actor_id", flat=True) == [
        accountant.account
    ]
    owed = order.total_minor / 100
    paid: dict[str, Any] = {"amount": owed, "currency": order.currency, "method": "CASH"}
    await office.send(
        accountant, "recordPayment", "errors { code }", order=given["order"], **paid | {"amount": f"{owed:.2f}"}
    )
    assert await codes_of(doing(address_invoice, accountant, order)) == ["NOT_TO_INVOICE"]
    assert await codes_of(doing(address_invoice, accountant, order=order.customer_id)) == ["NOT_FOUND"]


async def test_what_was_paid_before_anybody_was_told_is_invoiced_for_a_while(office: Office) -> None:
    accountant, order = await office.somebody("accounting"), await Order.get(number=READY)
    paid = {"amount": f"{order.total_minor / 100:.2f}", "currency": order.currency, "method": "CARD"}
    sent = {"order": f"ord_{order.id}"}
    await office.send(await office.somebody("sales"), "recordPayment", "errors { code }", **sent, **paid)
    with as_of(now() + timedelta(days=31)):
        assert await codes_of(doing(address_invoice, accountant, order)) == ["NOT_TO_INVOICE"]
    # The invoice may be printed once more, too.
    for _ in range(2):
        told = await office.send(accountant, "addressInvoice", TELL["addressInvoice"], **sent)
        assert (told["address"]["name"], told["errors"]) == (order.customer_name, [])
    # What comes for it afterwards opens nothing.
    await office.send(accountant, "recordPayment", "errors { code }", **sent, **paid | {"amount": "0.01"})
    assert await codes_of(doing(address_invoice, accountant, order)) == ["NOT_TO_INVOICE"]


@pytest.mark.parametrize("given_back", [False, True])
async def test_who_has_or_had_a_handoff_about_an_order_is_not_told_where_it_goes_and_a_colleague_is(
    office: Office, clerk: Viewer, given_back: bool
) -> None:
    shipment, order = await picked(clerk), await Order.get(number=READY)
    accountant = await office.somebody("accounting")
    _, handoffs = await complaint_about(office, order, Department.LOGISTICS, Department.FINANCE)
    for viewer, handoff, tell, record in (
        (clerk, handoffs[0], print_label, shipment),
        (accountant, handoffs[1], address_invoice, order),
    ):
        colleague = await hire(f"Another {viewer.name}", [*map(Role, viewer.roles)], [*viewer.departments])
        await do(claim_handoff, viewer, handoff)
        if given_back:
            await do(release_handoff, viewer, handoff)
        assert await codes_of(doing(tell, viewer, record)) == ["FOR_A_COLLEAGUE"]
        await do(tell, colleague, record)


async def test_what_nobody_may_be_told_whose_work_it_is_waits_for_the_front_office_which_knows(
    office: Office, clerk: Viewer
) -> None:
    shipment, order = await picked(clerk), await Order.get(number=READY)
    agent, accountant = await office.somebody("service"), await office.somebody("accounting")

    async def waits(viewer: Viewer) -> list[str]:
        shown = "{ viewer { work { nodes { kind order { id } } } } }"
        found = (await office.ask(viewer, shown))["data"]["viewer"]["work"]["nodes"]
        return [item["kind"] for item in found if item["order"] == {"id": f"ord_{order.id}"}]

    does_it = {Role.LOGISTICS_CLERK.value, Role.ACCOUNTANT.value}
    for one in await Account.exclude(id__in=[clerk.account, accountant.account]):
        if does_it & {*one.roles}:
            await Account.filter(id=one.id).update(enabled=False)
    _, handoffs = await complaint_about(office, order, Department.LOGISTICS, Department.FINANCE)
    assert await waits(agent) == []
    await do(claim_handoff, clerk, handoffs[0])
    assert await waits(agent) == ["LABEL_TO_WRITE"]
    colleague = await hire("Clara Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    assert await waits(agent) == []
    away = await Absence.create(
        id=new_id(), account_id=colleague.account, from_at=now(), set_at=now(), set_by_id=clerk.account
    )
    assert await waits(agent) == ["LABEL_TO_WRITE"]
    await away.delete()
    await Account.filter(id=colleague.account).update(enabled=False)
    await do(claim_handoff, accountant, handoffs[1])
    assert await waits(agent) == ["INVOICE_TO_WRITE", "LABEL_TO_WRITE"]
    for viewer in (clerk, accountant, await office.somebody("back.manager")):
        found = (await office.ask(viewer, "{ viewer { work { nodes { kind } } } }"))["data"]["viewer"]["work"]["nodes"]
        assert not {item["kind"] for item in found} & {"LABEL_TO_WRITE", "INVOICE_TO_WRITE"}
    # The warehouse ships it as ever, with the label that the agent wrote.
    await do(pack_shipment, clerk, shipment)
    await do(ship_shipment, clerk, shipment, carrier="Speedy Express")
    assert await waits(agent) == ["INVOICE_TO_WRITE"]
    owed = f"{order.total_minor / 100:.2f}"
    paid = {"amount": owed, "currency": order.currency, "method": "CASH", "order": f"ord_{order.id}"}
    assert (await office.send(agent, "recordPayment", "errors { code }", **paid))["errors"] == []
    assert await waits(agent) == []


async def test_who_ships_or_invoices_never_sees_the_order_of_a_complaint_whatever_they_were_told(
    office: Office, clerk: Viewer
) -> None:
    shipment, order = await picked(clerk), await Order.get(number=READY)
    accountant = await office.somebody("accounting")
    complaint, handoffs = await complaint_about(office, order, Department.LOGISTICS, Department.FINANCE)
    colleague = await hire("Clara Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    # Whoever was told of one order alone would know by any difference that this complaint is about it.
    for viewer, tell, record in ((colleague, print_label, shipment), (accountant, address_invoice, order)):
        await do(tell, viewer, record)
    for viewer, handoff in ((clerk, handoffs[0]), (colleague, handoffs[0]), (accountant, handoffs[1])):
        await do(claim_handoff, viewer, handoff)
        assert await office.read(viewer, complaint, OF_ORDER) == {"order": None, "orderLine": None}
        await do(release_handoff, viewer, handoff)
    # To be refused now would say the same.
    await do(print_label, colleague, shipment)


async def test_an_inspector_gets_from_a_complaint_to_its_batches_and_to_the_complaints_of_a_batch(
    office: Office, clerk: Viewer
) -> None:
    shipment, order = await picked(clerk), await Order.get(number=READY)
    await do(pack_shipment, clerk, shipment)
    await do(ship_shipment, clerk, shipment, carrier="Speedy Express", expected_at=now() + timedelta(days=1))
    complaint, _ = await complaint_about(office, order, Department.PRODUCTION)
    planner = await office.somebody("production")
    shown = "batch { number complaints { nodes { number } } product { sku } }"
    shown += " order { lines { product { sku } batches { number } } }"
    found = await office.read(planner, complaint, shown)
    assert {"number": complaint.number} in found["batch"]["complaints"]["nodes"]
    ours = [line for line in found["order"]["lines"] if line["product"] == found["batch"]["product"]]
    assert {"number": found["batch"]["number"]} in ours[0]["batches"]
    for hidden in (
        "order { number }",
        "order { order { id } }",
        "orderLine { orderLine { id } }",
        "returns { totalCount }",
    ):
        answer = await office.ask(
            planner, f'{{ node(id: "cmp_{complaint.id}") {{ ... on Complaint {{ {hidden} }} }} }}'
        )
        assert {one["extensions"]["code"] for one in answer["errors"]} == {"FORBIDDEN"}, hidden


async def test_a_mask_tells_nobody_that_they_guessed_whom_an_order_is_for(office: Office, clerk: Viewer) -> None:
    shipment, order = await picked(clerk), await Order.get(number=READY)
    await do(pack_shipment, clerk, shipment)
    accountant = await office.somebody("accounting")
    contact = (await Customer.get(id=order.customer_id)).contact_name
    assert contact
    guess = f"{contact.split()[-1]} it is"
    ship = {"shipment": f"shp_{shipment.id}", "carrier": guess}
    pay = {"order": f"ord_{order.id}", "amount": "1.00", "currency": "USD", "method": "CASH", "reference": guess}
    for viewer, verb, given, tell, record in (
        (clerk, "shipShipment", ship, print_label, shipment),
        (accountant, "recordPayment", pay, address_invoice, order),
    ):
        tried = "maskedText errors { code }"
        for expected in (guess, "[customer] it is"):
            shown = await office.send(viewer, verb, tried, **given, dryRun=True)
            assert shown == {"maskedText": expected, "errors": []}
            await do(tell, viewer, record)
    # Who works on a complaint about the order is not told by what becomes of their own words either.
    _, [handoff] = await complaint_about(office, order, Department.LOGISTICS)
    colleague = await hire("Clara Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    await do(claim_handoff, colleague, handoff)
    await office.send(colleague, "shipShipment", "errors { code }", **ship)
    assert (await Shipment.get(id=shipment.id)).carrier == guess
