"""Shipments: what is promised to an order is picked, packed, shipped and delivered, and stays promised until it leaves."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from models.back_office.logistics.inventory import Batch, BatchStatus, LocationKind
from models.back_office.logistics.inventory.stock import Allocation, StockBalance, StockMove
from models.back_office.logistics.shipments import Shipment, ShipmentLine, ShipmentStatus
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderLine, OrderStatus
from models.kit.base import now
from resolvers.back_office.logistics.shipments.carrying import (
    cancel_shipment,
    deliver_shipment,
    pack_shipment,
    pick_shipment,
    ship_shipment,
)
from resolvers.back_office.logistics.shipments.creating import create_shipment
from resolvers.front_office.sales.orders.standing import hold_order
from resolvers.kit.commands import Viewer
from resolvers.kit.problems import IllegalTransition
from tests.back_office.logistics.conftest import Listen
from tests.events.listening import Screen
from tests.office import Office, at_once, codes_of, do, doing, happened, problems_of
from tests.properties.chain.invariants import check_the_chain

S = ShipmentStatus
READY, SMALL = "ORD-11076", "ORD-11051"
"""Three lines of 50 pieces and one of 10, all promised."""


@pytest.fixture(autouse=True)
async def everything_adds_up(office: Office) -> AsyncIterator[None]:
    """After every test all sums are right, and whatever is picked lies where it is packed."""
    yield
    await check_the_chain()


async def refused(use_case: Any, clerk: Viewer, *records: Any, **members: Any) -> list[str]:
    """The code of each reason why a verb is refused."""
    return await codes_of(doing(use_case, clerk, *records, **members))


async def of(number: str) -> Order:
    return await Order.get(number=number)


async def created(clerk: Viewer, number: str = READY, lines: Sequence[Any] | None = None) -> Shipment:
    keys: Any = await do(create_shipment, clerk, await of(number), lines=lines)
    return await Shipment.get(id=keys["shipment"])


async def gone(clerk: Viewer, shipment: Shipment, to: ShipmentStatus) -> Shipment:
    """The shipment, taken as far as this."""
    carried = {"carrier": "Speedy Express", "tracking_number": "SE 1", "expected_at": now() + timedelta(days=1)}
    steps: dict[ShipmentStatus, tuple[Any, dict[str, Any]]] = {
        S.PICKED: (pick_shipment, {}),
        S.PACKED: (pack_shipment, {}),
        S.SHIPPED: (ship_shipment, carried),
        S.DELIVERED: (deliver_shipment, {}),
    }
    for status, (step, given) in steps.items():
        await do(step, clerk, shipment, **given)
        if status is to:
            break
    return await Shipment.get(id=shipment.id)


async def promised(number: str, kind: LocationKind) -> int:
    """How much is promised to an order in locations of a kind."""
    quantities = Allocation.filter(order_line__order__number=number, balance__location__kind=kind)
    return sum(await quantities.values_list("quantity", flat=True))  # type: ignore[arg-type]


async def test_a_pick_list_holds_what_is_promised_and_an_order_goes_through_the_house(clerk: Viewer) -> None:
    order = await of(READY)
    shipment = await created(clerk)
    assert shipment.number == f"SHP-{now().year}-000001"
    assert (shipment.ship_street, shipment.ship_country) == (order.ship_street, order.ship_country)
    lines = await ShipmentLine.filter(shipment_id=shipment.id).order_by("position").prefetch_related("location")
    shelves = [line.location.code for line in lines]
    assert (shelves, sum(line.quantity for line in lines)) == (sorted(shelves), 50)
    assert await refused(create_shipment, clerk, order) == ["NOTHING_TO_PICK"]
    await gone(clerk, shipment, S.PICKED)
    assert (await promised(READY, LocationKind.STORAGE), await promised(READY, LocationKind.PACKING)) == (0, 50)
    await do(pack_shipment, clerk, shipment, expected_version=2)
    expected = now() + timedelta(days=2)
    await do(
        ship_shipment,
        clerk,
        shipment,
        carrier=" Speedy Express ",
        expected_version=3,
        tracking_number="",
        expected_at=expected,
    )
    shipment, order = await Shipment.get(id=shipment.id), await of(READY)
    assert (shipment.carrier, shipment.tracking_number, shipment.expected_at) == ("Speedy Express", None, expected)
    assert (order.status, order.shipped_at) == (OrderStatus.SHIPPED, shipment.shipped_at)
    assert await Allocation.filter(order_line__order_id=order.id).count() == 0
    assert set(await OrderLine.filter(order_id=order.id).values_list("allocated_quantity", flat=True)) == {0}
    await do(deliver_shipment, clerk, shipment)
    order = await of(READY)
    assert (order.status, order.delivered_at) == (
        OrderStatus.DELIVERED,
        (await Shipment.get(id=shipment.id)).delivered_at,
    )
    kinds = await happened(shipment.id, order.id)
    assert kinds == [f"SHIPMENT_{step}" for step in ("CREATED", "PICKED", "PACKED", "SHIPPED", "DELIVERED")]
    moves = Counter(await StockMove.filter(shipment_id=shipment.id).values_list("kind", flat=True))
    assert moves == {"PICK": 6, "SHIP": 3}


async def test_who_the_customer_is_gets_masked_where_everybody_reads_who_carries_it(clerk: Viewer) -> None:
    order = await of(READY)
    customer = await Customer.get(id=order.customer_id)
    shipment = await created(clerk)
    await gone(clerk, shipment, S.PACKED)
    carrier, number = f"Post, for {customer.contact_name}", "612 999 990 123"
    await do(ship_shipment, clerk, shipment, carrier=carrier, tracking_number=number)
    shipped = await Shipment.get(id=shipment.id)
    assert (shipped.carrier, shipped.tracking_number) == ("Post, for [customer]", number)


async def test_an_order_in_two_parcels_is_shipped_and_delivered_with_the_last(clerk: Viewer) -> None:
    order = await of(READY)
    line = await OrderLine.get(order_id=order.id, position=2)
    first = await gone(clerk, await created(clerk, lines=[line.id]), S.DELIVERED)
    order = await of(READY)
    assert (order.status, order.shipped_at, order.delivered_at) == (OrderStatus.PARTLY_SHIPPED, None, None)
    assert await ShipmentLine.filter(shipment_id=first.id).values_list("order_line_id", flat=True) == [line.id]
    unknown = await problems_of(
        doing(
            create_shipment,
            clerk,
            order,
            lines=(line.id, uuid4()),
        )
    )
    assert [(problem.code, problem.path) for problem in unknown] == [
        ("NOTHING_TO_PICK", ("input", "lines", str(number))) for number in (0, 1)
    ]
    await gone(clerk, await created(clerk), S.DELIVERED)
    assert (await of(READY)).status is OrderStatus.DELIVERED


async def test_what_is_given_up_lies_on_its_shelves_again_still_promised(clerk: Viewer) -> None:
    before = await StockBalance.all().order_by("id").values("id", "on_hand", "allocated")
    shipment = await gone(clerk, await created(clerk), S.PACKED)
    await do(cancel_shipment, clerk, shipment)
    known = {row["id"] for row in before}
    after = await StockBalance.all().order_by("id").values("id", "on_hand", "allocated")
    assert [row for row in after if row["id"] in known] == before
    assert {(row["on_hand"], row["allocated"]) for row in after if row["id"] not in known} == {(0, 0)}
    [refusal] = await problems_of(doing(pick_shipment, clerk, shipment))
    assert isinstance(refusal, IllegalTransition)
    assert refusal.next_statuses == ()
    assert (await created(clerk)).number.endswith("000002")


async def test_nothing_is_picked_or_shipped_of_an_order_that_is_held(clerk: Viewer) -> None:
    listed = await created(clerk)
    await Order.filter(number=READY).update(status=OrderStatus.ON_HOLD, held_at=now(), hold_reason="Unpaid.")
    order = await of(READY)
    assert await refused(pick_shipment, clerk, listed) == ["ORDER_NOT_TO_SHIP"]
    assert await refused(create_shipment, clerk, order) == ["ORDER_NOT_TO_SHIP"]
    await Order.filter(number=READY).update(status=OrderStatus.PLACED)
    await gone(clerk, listed, S.PACKED)
    await Order.filter(number=READY).update(status=OrderStatus.ON_HOLD)
    wrong = {"carrier": "", "expected_version": 7, "expected_at": now() - timedelta(days=1)}
    codes = ["INVALID", "INVALID", "STALE_VERSION", "ORDER_NOT_TO_SHIP"]
    assert await refused(ship_shipment, clerk, listed, **wrong) == codes


async def test_a_batch_that_is_held_back_or_expired_stops_picking_and_shipping(clerk: Viewer) -> None:
    shipment = await created(clerk, SMALL)
    [line] = await ShipmentLine.filter(shipment_id=shipment.id)
    batch = Batch.filter(id=line.batch_id)
    await batch.update(status=BatchStatus.ON_HOLD)
    assert await refused(pick_shipment, clerk, shipment) == ["BATCH_NOT_RELEASED"]
    await batch.update(status=BatchStatus.RELEASED)
    await gone(clerk, shipment, S.PACKED)
    await batch.update(expires_on=now().date() - timedelta(days=1))
    assert await refused(ship_shipment, clerk, shipment, carrier="Speedy Express") == ["BATCH_EXPIRED"]
    await batch.update(expires_on=None, status=BatchStatus.ON_HOLD)
    assert await refused(ship_shipment, clerk, shipment, carrier="Speedy Express") == ["BATCH_NOT_RELEASED"]
    await do(cancel_shipment, clerk, shipment)
    # What the batch was promised for waits for other stock, and no part of it can be promised any more.
    assert await promised(SMALL, LocationKind.STORAGE) == 0
    assert await Allocation.filter(balance__batch_id=line.batch_id).count() == 0


async def test_what_is_promised_no_longer_is_not_picked(clerk: Viewer) -> None:
    shipment = await created(clerk)
    await Allocation.filter(order_line__order__number=READY).delete()
    assert await refused(pick_shipment, clerk, shipment) == ["NOT_ALLOCATED"] * 3
    await do(cancel_shipment, clerk, shipment)


async def test_of_two_clerks_one_lists_one_picks_and_cancelling_excludes_picking(clerk: Viewer) -> None:
    order = await of(READY)
    listed = await at_once(*(refused(create_shipment, clerk, order) for _ in range(2)))
    assert sorted(listed) == [[], ["NOTHING_TO_PICK"]]
    shipment = await Shipment.get(order_id=order.id)
    picked = await at_once(*(refused(pick_shipment, clerk, shipment) for _ in range(2)))
    assert sorted(picked) == [[], ["ILLEGAL_TRANSITION"]]
    other = await created(clerk, SMALL)
    done = await at_once(
        refused(pick_shipment, clerk, other, expected_version=1),
        refused(cancel_shipment, clerk, other, expected_version=1),
    )
    assert sorted(map(len, done))[0] == 0
    assert {len(done[0]), len(done[1])} != {0} or (await Shipment.get(id=other.id)).status is S.CANCELLED
    many = [await created(clerk, number) for number in ("ORD-11019", "ORD-11054", "ORD-11065")]
    assert await at_once(*(refused(pick_shipment, clerk, one) for one in many)) == [[]] * 3


PICKED = """errors { code } shipment { status nextStatuses
  warehouse { code } lines { quantity location { code } batch { number } orderLine { product { name } } } }"""


async def test_the_warehouse_works_by_documents_and_sees_the_address_but_no_price_and_no_mail(
    office: Office, clerk: Viewer
) -> None:
    order = await of(READY)
    given = {"order": f"ord_{order.id}", "idempotencyKey": "once"}
    made = await office.send(clerk, "createShipment", "shipment { id } errors { code }", **given)
    assert await office.send(clerk, "createShipment", "shipment { id } errors { code }", **given) == made
    key = made["shipment"]["id"]
    shipment = (await office.send(clerk, "pickShipment", PICKED, shipment=key, expectedVersion=1))["shipment"]
    assert (shipment["status"], shipment["nextStatuses"]) == ("PICKED", ["PACKED", "CANCELLED"])
    assert sum(line["quantity"] for line in shipment["lines"]) == 50
    label = (await office.send(clerk, "printLabel", "label { name street country } errors { code }", shipment=key))[
        "label"
    ]
    assert label == {"name": order.ship_name, "street": order.ship_street, "country": order.ship_country}
    to = "{ backOffice { shipments(first: 1) { nodes { history(first: 5) { nodes { kind actor { name } } } } } } }"
    history = await office.find(clerk, to)
    assert [one["kind"] for one in history[0]["history"]["nodes"]] == [
        "SHIPMENT_CREATED",
        "SHIPMENT_PICKED",
        "LABEL_PRINTED",
    ]
    for secret in ("order { total { amount } }", "order { customer { id } }", "order { shipTo { street } }"):
        answer = await office.ask(clerk, f"{{ backOffice {{ shipments(first: 1) {{ nodes {{ {secret} }} }} }} }}")
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}, secret
    agent = await office.somebody("service")
    for verb, given in (("createShipment", f'order: "ord_{order.id}"'), ("printLabel", f'shipment: "{key}"')):
        document = f"mutation {{ {verb}(input: {{{given}}}) {{ errors {{ code }} }} }}"
        assert (await office.ask(agent, document))["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def waiting(office: Office, clerk: Viewer) -> list[str]:
    """The numbers of the orders that wait for a shipment."""
    nodes = await office.find(clerk, "{ backOffice { ordersToShip(first: 100) { nodes { number placedAt } } } }")
    assert [one["placedAt"] for one in nodes] == sorted(one["placedAt"] for one in nodes)
    return [one["number"] for one in nodes]


async def test_an_order_waits_for_a_shipment_while_something_is_promised_and_on_no_pick_list(
    office: Office, clerk: Viewer
) -> None:
    agent, order = await office.somebody("service"), await of(READY)
    before = await waiting(office, clerk)
    assert {READY, SMALL} <= set(before)
    first, *others = await OrderLine.filter(order_id=order.id).order_by("position").values_list("id", flat=True)
    await created(clerk, lines=[first])
    assert await waiting(office, clerk) == before
    rest = await created(clerk, lines=others)
    assert await waiting(office, clerk) == [number for number in before if number != READY]
    await do(cancel_shipment, clerk, rest)
    assert await waiting(office, clerk) == before
    await do(hold_order, agent, order=order.id, reason="The customer is moving.")
    assert READY not in await waiting(office, clerk)
    answer = await office.ask(agent, "{ backOffice { ordersToShip { totalCount } } }")
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}


async def heard_until(screen: Screen, last: tuple[str, str], entry: str, record: str) -> list[tuple[str, str]]:
    """Of which record what was heard, up to something."""
    heard: list[tuple[str, str]] = []
    while last not in heard:
        message = (await screen.next())[entry]
        heard.append((message[record]["number"], message["kind"]))
    return heard


async def test_the_warehouse_hears_what_is_to_pick_and_the_front_office_how_its_order_goes_on(
    office: Office, clerk: Viewer, listen: Listen
) -> None:
    agent, order = await office.somebody("service"), await of(READY)
    to_pick = (
        "subscription($w: ID) { shipmentsToPick(warehouse: $w) { kind shipment { number status lines { quantity } } } }"
    )
    updates = (
        "subscription($o: ID) { orderUpdates(order: $o) { cursor kind order { number status } shipment { status } } }"
    )
    other = await created(clerk, SMALL)
    here = await listen(clerk, to_pick, w=f"whs_{other.warehouse_id}")
    waits = await listen(clerk, "subscription { ordersToShip { kind order { number } } }")
    elsewhere = await listen(clerk, to_pick, w=f"whs_{uuid4()}")
    phone = await listen(agent, updates, o=f"ord_{order.id}")
    shipment = await gone(clerk, await created(clerk), S.SHIPPED)
    heard = [(await phone.next())["orderUpdates"] for _ in range(4)]
    assert [one["kind"] for one in heard] == [f"SHIPMENT_{step}" for step in "CREATED PICKED PACKED SHIPPED".split()]
    assert heard[-1]["order"] == {"number": READY, "status": "SHIPPED"}
    await do(cancel_shipment, clerk, other)
    listed = await heard_until(here, (other.number, "SHIPMENT_CANCELLED"), "shipmentsToPick", "shipment")
    of_the_order = [kind for number, kind in listed if number == shipment.number]
    assert of_the_order == ["SHIPMENT_CREATED", "SHIPMENT_PICKED"]
    changed = await heard_until(waits, (SMALL, "SHIPMENT_CANCELLED"), "ordersToShip", "order")
    assert [kind for number, kind in changed if number == READY] == ["SHIPMENT_CREATED"]
    assert (elsewhere.messages, phone.messages, here.messages) == ([], [], [])
