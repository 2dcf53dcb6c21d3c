"""Inventory: places, the ledger, corrections and transfers, what is told when little is left, and who sees what of it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from models.back_office.logistics.inventory import Location, LocationKind, Warehouse
from models.back_office.logistics.inventory.stock import MoveKind, StockBalance, StockMove
from models.front_office.sales.orders import OrderLine
from models.kit.base import now
from resolvers.back_office.logistics.inventory.ledger import NewMove, post, way
from resolvers.back_office.logistics.inventory.places import add_location, add_warehouse, adjust_stock, transfer_stock
from resolvers.kit.commands import Key, Keys, Viewer
from resolvers.kit.problems import OutOfStock
from resolvers.kit.transaction import transact
from tests.back_office.logistics.stocking import a_product, ordered, put, shelf
from tests.office import Office, Work, at_once, doing, problems_of, wrong_with
from tests.properties.chain.invariants import check_the_chain


def adjust(clerk: Viewer, balance: StockBalance | None, quantity: int, reason: str) -> Work:
    """Corrects what lies of a balance, or of none."""
    location: Key[Location] = Key(balance and balance.location_id)
    return doing(
        adjust_stock, clerk, batch=balance and balance.batch_id, location=location, quantity=quantity, reason=reason
    )


def carried_off(clerk: Viewer, balance: StockBalance, quantity: int) -> Work:
    """Carries some of a balance to where nothing can be sold from."""

    async def work() -> Keys:
        there: Any = {"from_": balance.location_id, "to": (await shelf("QUARANTINE")).id}
        return await doing(transfer_stock, clerk, batch=balance.batch_id, **there, quantity=quantity)()

    return work


def location_added(clerk: Viewer, warehouse: UUID | None, code: str) -> Work:
    return doing(add_location, clerk, warehouse=warehouse, code=code, kind=LocationKind.STORAGE)


async def test_northwinds_stock_is_the_sum_of_its_moves(office: Office) -> None:
    await check_the_chain()


async def test_a_way_takes_from_one_place_what_it_brings_to_another(office: Office) -> None:
    product, packing = await a_product(), await shelf("PACKING")
    balance = await put(product, 10)
    place = balance.location_id
    carried = NewMove(product.id, place, balance.batch_id, MoveKind.TRANSFER, 4, now(), None)
    await transact(lambda: _posted(*way(carried, packing.id)))
    held = await StockBalance.filter(product_id=product.id).order_by("id").values_list("location_id", "on_hand")
    assert [*held] == [(place, 6), (packing.id, 4)]
    first, second = await StockMove.filter(product_id=product.id, kind=MoveKind.TRANSFER)
    assert first.transfer_id == second.transfer_id is not None
    await product.refresh_from_db()
    assert product.units_in_stock == 10
    await check_the_chain()


async def test_no_move_takes_what_is_not_there_or_promised(office: Office) -> None:
    product = await a_product()
    balance = await put(product, 10)
    await ordered(product, 7)

    def gone(quantity: int) -> NewMove:
        place, batch = balance.location_id, balance.batch_id
        return NewMove(product.id, place, batch, MoveKind.ADJUST, -quantity, now(), None, "Broken", path=("input", "q"))

    [problem] = await problems_of(lambda: _posted(gone(2), gone(2)))
    assert isinstance(problem, OutOfStock)
    assert (problem.code, problem.available, problem.path) == ("OUT_OF_STOCK", 1, ("input", "q"))
    assert not await StockMove.exists(product_id=product.id, quantity__lt=0)
    assert await problems_of(lambda: _posted(gone(2), gone(1))) == ()


async def _posted(*moves: NewMove) -> dict[str, Any]:
    await post(moves)
    return {}


async def test_of_two_who_take_the_last_pieces_one_gets_them(office: Office, clerk: Viewer) -> None:
    product = await a_product()
    balance = await put(product, 5)
    problems = await at_once(*(problems_of(carried_off(clerk, balance, 3)) for _ in range(4)))
    assert sorted(len(found) for found in problems) == [0, 1, 1, 1]
    await balance.refresh_from_db()
    assert balance.on_hand == 2


async def test_everything_wrong_with_a_correction_is_said_at_once(office: Office, clerk: Viewer) -> None:
    assert await wrong_with(adjust(clerk, None, 0, " ")) == [
        ("NOT_FOUND", "location"),
        ("NOT_FOUND", "batch"),
        ("INVALID", "reason"),
        ("INVALID", "quantity"),
    ]
    balance = await put(await a_product(), 1)
    assert await wrong_with(adjust(clerk, balance, 2**31 - 1, "?")) == [("INVALID", "quantity")]


async def test_nobody_takes_stock_out_of_the_books_alone(office: Office, clerk: Viewer, manager: Viewer) -> None:
    balance = await put(await a_product(), 9)
    for viewer, quantity in ((clerk, -1), (manager, -(2**31))):
        assert await wrong_with(adjust(viewer, balance, quantity, "Broken")) == [("COUNT_IT", "quantity")]
    await balance.refresh_from_db()
    assert balance.on_hand == 9


async def test_what_turns_up_goes_to_the_orders_that_wait(office: Office, clerk: Viewer) -> None:
    product = await a_product()
    balance = await put(product, 2)
    line = await ordered(product, 5)
    assert line.allocated_quantity == 2
    await transact(adjust(clerk, balance, 2, "Behind the shelf"))
    await line.refresh_from_db()
    assert line.allocated_quantity == 4
    await check_the_chain()


async def test_what_is_carried_into_storage_can_be_promised(office: Office, clerk: Viewer) -> None:
    product = await a_product()
    held = await put(product, 3, "QUARANTINE")
    line = await ordered(product, 2)
    assert line.allocated_quantity == 0
    place, batch = held.location_id, held.batch_id
    storage, packing = (await shelf()).id, (await shelf("PACKING")).id

    def carried(source: UUID, target: UUID | None, quantity: int) -> Work:
        return doing(transfer_stock, clerk, batch=batch, from_=source, to=target, quantity=quantity)

    for target, code in ((place, "INVALID"), (packing, "INVALID"), (None, "NOT_FOUND")):
        assert await wrong_with(carried(place, target, 1)) == [(code, "to")]
    await transact(carried(place, storage, 3))
    await line.refresh_from_db()
    assert line.allocated_quantity == 2
    # What is promised stays where it is.
    [problem] = await problems_of(carried(storage, place, 2))
    assert isinstance(problem, OutOfStock) and problem.available == 1


async def test_a_code_is_given_once(office: Office, clerk: Viewer) -> None:
    added = await at_once(
        *(wrong_with(doing(add_warehouse, clerk, code="OSL", name="Oslo", country="Norway")) for _ in range(2))
    )
    assert sorted(added) == [[], [("TAKEN", "code")]]
    warehouse = await Warehouse.get(code="OSL")
    added = await at_once(*(wrong_with(location_added(clerk, warehouse.id, code)) for code in (" A ", "Ａ")))
    assert sorted(added) == [[], [("TAKEN", "code")]]
    assert [place.code for place in await Location.filter(warehouse_id=warehouse.id)] == ["A"]
    assert await wrong_with(doing(add_warehouse, clerk, code="x" * 21, name="\0", country="")) == [
        ("INVALID", "code"),
        ("INVALID", "name"),
        ("INVALID", "country"),
    ]
    for code in ("x" * 21, "\0", " "):
        assert await wrong_with(location_added(clerk, None, code)) == [("NOT_FOUND", "warehouse"), ("INVALID", "code")]


async def test_no_product_grows_beyond_what_can_be_reckoned_with(office: Office, clerk: Viewer) -> None:
    product = await a_product()
    balances = [await put(product, 1_000_000_000), await put(product, 999_999_999, "A-02")]
    await transact(adjust(clerk, balances[0], 1, "Found"))
    [problem] = await problems_of(adjust(clerk, balances[1], 1, "Found"))
    assert (problem.code, problem.path) == ("TOO_MUCH", ("input", "quantity"))
    await check_the_chain()


async def test_what_expires_first_goes_first_and_what_has_expired_is_not_promised(office: Office) -> None:
    product, today = await a_product(), datetime.now(UTC).date()
    spoilt = await put(product, 5, expires_on=today - timedelta(days=1))
    lasting = await put(product, 5)
    soon = await put(product, 5, "A-02", expires_on=today + timedelta(days=9))
    line = await ordered(product, 8)
    promised = {
        balance.id: balance.allocated for balance in await StockBalance.filter(product_id=product.id, allocated__gt=0)
    }
    assert promised == {soon.id: 5, lasting.id: 3}
    assert spoilt.id not in promised
    assert (await OrderLine.get(id=line.id)).allocated_quantity == 8


WHERE_IT_LIES = """query ($batch: ID!, $until: Date!) {
  backOffice {
    batch(id: $batch) {
      number status expiresOn onHand available
      product { sku unitsInStock stockAlert reorderQuantity stock(first: 5) { nodes { onHand } } }
      stock(first: 5) { nodes {
        onHand allocated available location { code kind warehouse { code } }
        allocations(first: 5) { nodes { quantity orderLine { quantity } } }
      } }
      moves(first: 5) { nodes { kind quantity reason actor { name } } }
    }
    batches(filter: {expiresOn: {lte: $until}, onHand: {gt: 0}}, sort: [{field: EXPIRES_ON}]) { nodes { number } }
  }
}"""


async def test_where_a_batch_lies_is_one_statement_per_root_field(office: Office, clerk: Viewer) -> None:
    product, today = await a_product(), datetime.now(UTC).date()
    balance = await put(product, 5, expires_on=today)
    await ordered(product, 2)
    before = office.database.statements_read
    answer = await office.ask(clerk, WHERE_IT_LIES, {"batch": f"bat_{balance.batch_id}", "until": today.isoformat()})
    assert office.database.statements_read - before <= 2, answer
    found = answer["data"]["backOffice"]
    assert found["batches"]["nodes"] == [{"number": found["batch"]["number"]}]
    batch = found["batch"]
    assert (batch["expiresOn"], batch["onHand"], batch["available"]) == (today.isoformat(), 5, 3)
    [lies] = batch["stock"]["nodes"]
    assert (lies["onHand"], lies["allocated"], lies["available"]) == (5, 2, 3)
    assert lies["location"] == {"code": "A-01", "kind": "STORAGE", "warehouse": {"code": "SEA"}}
    assert lies["allocations"]["nodes"] == [{"quantity": 2, "orderLine": {"quantity": 2}}]
    assert batch["moves"]["nodes"] == [{"kind": "ADJUST", "quantity": 5, "reason": "Found", "actor": None}]


async def test_the_front_office_sees_batches_and_neither_stock_nor_cost_nor_supplier(office: Office) -> None:
    agent = await office.somebody("service")
    shown = (
        "{ frontOffice { batches(first: 1) { nodes { number madeAt expiresOn status complaints { totalCount } } } } }"
    )
    assert "errors" not in await office.ask(agent, shown)
    for field, permission in (
        ("onHand", "READ_STOCK"),
        ("stock { totalCount }", "READ_STOCK"),
        ("unitCost { amount }", "READ_COST_PRICE"),
        ("supplier { name }", "READ_SUPPLIERS"),
    ):
        answer = await office.ask(agent, f"{{ frontOffice {{ batches {{ nodes {{ {field} }} }} }} }}")
        assert permission in {error["extensions"]["permission"] for error in answer["errors"]}, field


async def test_the_warehouse_works_by_documents_and_a_key_is_used_once(office: Office, clerk: Viewer) -> None:
    balance = await put(await a_product(), 5)
    warehouse = (await shelf()).warehouse_id
    batch, place, other = f"bat_{balance.batch_id}", f"loc_{balance.location_id}", f"loc_{(await shelf('A-02')).id}"
    added = {"warehouse": f"whs_{warehouse}", "code": "B-01", "kind": "STORAGE"}
    adjusted = {"batch": batch, "location": place, "quantity": 2, "reason": "Behind the shelf 🧃"}
    moved = {"batch": batch, "from": place, "to": other, "quantity": 8}
    short = [{"code": "OUT_OF_STOCK", "path": ["input", "quantity"], "available": 7}]
    for verb, given, shown, payload in (
        (
            "addLocation",
            added,
            "location { code kind }",
            {"location": {"code": "B-01", "kind": "STORAGE"}, "errors": []},
        ),
        (
            "adjustStock",
            adjusted,
            "batch { onHand } product { unitsInStock }",
            {"batch": {"onHand": 7}, "product": {"unitsInStock": 7}, "errors": []},
        ),
        ("transferStock", moved, "batch { onHand }", {"batch": None, "errors": short}),
    ):
        shown += " errors { code path ... on OutOfStock { available } }"
        for _ in range(2):
            assert await office.send(clerk, verb, shown, **given, idempotencyKey=verb) == payload
