"""Stock counts: what was found becomes moves, and what was promised and is not there is taken from the youngest orders."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from models.back_office.logistics.inventory import Batch, StockCount, StockCountLine, StockCountStatus
from models.back_office.logistics.inventory.stock import MoveKind, StockBalance, StockMove
from models.front_office.sales.orders import OrderLine
from models.kit.base import new_id, now
from models.permissions import Department, Role
from resolvers.back_office.logistics.inventory.counting import (
    Counted,
    cancel_stock_count,
    open_stock_count,
    post_stock_count,
    record_count,
)
from resolvers.back_office.logistics.inventory.ledger import NewMove, post
from resolvers.back_office.logistics.shipments.creating import create_shipment
from resolvers.kit.commands import Key, Viewer
from resolvers.kit.loading import visible
from resolvers.kit.problems import IllegalTransition
from resolvers.kit.transaction import transact
from tests.back_office.logistics.stocking import a_product, ordered, put, shelf, told
from tests.office import Office, Work, at_once, codes_of, do, doing, happened, hire, history, problems_of
from tests.properties.chain.invariants import check_the_chain


def counting(clerk: Viewer, count: StockCount, *found: tuple[UUID | None, int], version: int | None = None) -> Work:
    lines = tuple(Counted(batch=Key(batch), counted=quantity) for batch, quantity in found)
    return doing(record_count, clerk, stock_count=count.id, lines=lines, expected_version=version)


async def opened(clerk: Viewer, code: str = "A-01") -> StockCount:
    """An open count of a shelf."""
    keys: Any = await do(open_stock_count, clerk, await shelf(code))
    return await StockCount.get(id=keys["stock_count"])


async def counted(clerk: Viewer, *found: tuple[StockBalance, int], code: str = "A-01") -> StockCount:
    """An open count with these findings."""
    count = await opened(clerk, code)
    await transact(counting(clerk, count, *((balance.batch_id, quantity) for balance, quantity in found)))
    return await StockCount.get(id=count.id)


async def test_differences_become_moves_and_what_nobody_counted_stays(
    office: Office, clerk: Viewer, manager: Viewer
) -> None:
    product = await a_product()
    less, more, same, uncounted = [await put(product, 10) for _ in range(4)]
    count = await counted(clerk, (less, 7), (more, 12), (same, 9))
    await transact(counting(clerk, count, (same.batch_id, 10), version=count.version))
    await do(post_stock_count, manager, count)
    await count.refresh_from_db()
    assert (count.status, count.number) == (StockCountStatus.POSTED, f"CNT-{now().year}-000001")
    moves = await StockMove.filter(stock_count_id=count.id).order_by("quantity").values_list("batch_id", "quantity")
    assert [*moves] == [(less.batch_id, -3), (more.batch_id, 2)]
    lines = await StockCountLine.filter(count_id=count.id).order_by("counted").values_list("counted", "expected")
    assert [*lines] == [(7, 10), (10, 10), (12, 10)]
    await uncounted.refresh_from_db()
    assert uncounted.on_hand == 10
    assert await told(product) == ["STOCK_COUNTED"]
    await check_the_chain()


async def test_a_count_says_who_opened_and_who_posted_it(office: Office, clerk: Viewer) -> None:
    count = await counted(clerk, (await put(await a_product(), 10), 10))
    other = await hire("Conny Counter", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])

    async def who() -> Any:
        return await office.read(clerk, count, "openedBy { name } postedBy { name }")

    assert await who() == {"openedBy": {"name": clerk.name}, "postedBy": None}
    await do(post_stock_count, other, count)
    assert await who() == {"openedBy": {"name": clerk.name}, "postedBy": {"name": other.name}}


async def test_who_found_less_posts_it_never_alone_and_learns_no_cost_by_it(
    office: Office, clerk: Viewer, manager: Viewer
) -> None:
    other = await hire("Conny Counter", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    product = await a_product()
    cheap, dear = await put(product, 30), await put(await a_product(), 30)
    await ordered(product, 29)
    count = await counted(clerk, (cheap, 1), (dear, 30))
    # One piece or twenty-nine, promised or not, whatever it costs: the refusal is the same.
    for less in (1, 29):
        await transact(counting(clerk, count, (cheap.batch_id, less), (dear.batch_id, 30)))
        assert await codes_of(doing(post_stock_count, clerk, count)) == ["SAME_PERSON"]
    assert await office.read(clerk, count, "nextStatuses") == ["CANCELLED"]
    # Who counts it once more found it as well.
    await transact(counting(other, count, (dear.batch_id, 29)))
    assert await codes_of(doing(post_stock_count, other, count)) == ["SAME_PERSON"]
    assert "POSTED" in await office.read(manager, count, "nextStatuses")
    waiting = "{ viewer { work { nodes { kind stockCount { number } } } } }"
    for viewer, expected in ((clerk, False), (other, False), (manager, True)):
        item = {"kind": "STOCK_COUNT_TO_POST", "stockCount": {"number": count.number}}
        assert (item in await office.find(viewer, waiting)) is expected
    await do(post_stock_count, manager, count)
    assert item not in await office.find(manager, waiting)
    assert [(await StockBalance.get(id=one.id)).on_hand for one in (cheap, dear)] == [29, 29]
    # What is more, or right, takes nobody else.
    await do(post_stock_count, clerk, await counted(clerk, (cheap, 30)))
    shown = await office.read(manager, count, "lines { nodes { countedBy { name } } }")
    assert {one["countedBy"]["name"] for one in shown} == {clerk.name, other.name}
    accountant = await office.somebody("accounting")
    document = "mutation ($id: ID!) { postStockCount(input: {stockCount: $id}) { errors { code } } }"
    refused = await office.ask(accountant, document, {"id": f"cnt_{count.id}"})
    assert refused["errors"][0]["extensions"]["permission"] == "POST_COUNTS"


async def test_nobody_hides_that_a_colleague_found_less(office: Office, clerk: Viewer) -> None:
    thief = await hire("Conny Counter", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    product = await a_product()
    balance, other = await put(product, 30), await put(product, 30)
    count = await counted(clerk, (balance, 10), (other, 30))
    for says in (30, 11):
        [problem] = await problems_of(counting(thief, count, (other.batch_id, 30), (balance.batch_id, says)))
        assert (problem.code, problem.path) == ("FOUND_LESS", ("input", "lines", "1", "counted"))
        assert "found 20 less" in problem.message
    # Who finds the same has found it as well, and corrects it.
    await transact(counting(thief, count, (balance.batch_id, 10)))
    assert await codes_of(doing(post_stock_count, thief, count)) == ["SAME_PERSON"]
    assert await codes_of(counting(clerk, count, (balance.batch_id, 30))) == ["FOUND_LESS"]
    await transact(counting(thief, count, (balance.batch_id, 25)))
    # Given up, it still says what was found.
    await do(cancel_stock_count, clerk, count)
    assert (25, 30) in await StockCountLine.filter(count_id=count.id).values_list("counted", "expected")


async def test_a_shortage_is_taken_from_the_youngest_order_which_gets_other_stock_or_waits(
    office: Office, clerk: Viewer, manager: Viewer
) -> None:
    product = await a_product()
    balance = await put(product, 10)
    older, younger = await ordered(product, 6), await ordered(product, 4)
    other = await put(product, 1, "A-02")
    count = await counted(clerk, (balance, 7))
    keys: Any = await do(post_stock_count, manager, count, expected_version=count.version)
    assert [line.allocated_quantity for line in await OrderLine.filter(product_id=product.id).order_by("id")] == [6, 2]
    await other.refresh_from_db()
    assert other.allocated == 1
    assert keys["short_orders"] == (younger.order_id,)
    assert await happened(younger.order_id) == ["ORDER_ALLOCATED", "ORDER_BACKORDERED"]
    assert await history(older.order_id) == []
    assert await told(product) == ["STOCK_COUNTED", "STOCK_OUT"]
    await check_the_chain()


async def test_what_moves_between_counting_and_posting_is_no_difference(
    office: Office, clerk: Viewer, manager: Viewer
) -> None:
    product = await a_product()
    right, wrong, gone = [await put(product, 10) for _ in range(3)]
    count = await counted(clerk, (right, 10), (wrong, 8), (gone, 3))

    async def left(balance: StockBalance, quantity: int) -> None:
        place, at = await shelf(), now()
        went = NewMove(product.id, place.id, balance.batch_id, MoveKind.ADJUST, -quantity, at, None, reason="Left")
        await transact(lambda: post([went]))

    for balance in (right, wrong, gone):
        await left(balance, 6)
    [problem] = await problems_of(doing(post_stock_count, manager, count))
    assert problem.code == "COUNT_AGAIN"
    await transact(counting(clerk, count, (gone.batch_id, 1)))
    await do(post_stock_count, manager, count)
    on_hand = [(await StockBalance.get(id=balance.id)).on_hand for balance in (right, wrong, gone)]
    assert on_hand == [4, 2, 1]
    await check_the_chain()


async def test_a_count_that_is_posted_or_given_up_stays_so(office: Office, clerk: Viewer) -> None:
    balance = await put(await a_product(), 3)
    count = await opened(clerk)
    [problem] = await problems_of(doing(post_stock_count, clerk, count))
    assert problem.code == "NOTHING_COUNTED"
    await do(cancel_stock_count, clerk, count)
    for work in (
        counting(clerk, count, (balance.batch_id, 1)),
        doing(post_stock_count, clerk, count),
        doing(cancel_stock_count, clerk, count),
    ):
        [problem] = await problems_of(work)
        assert isinstance(problem, IllegalTransition)
    assert await StockBalance.get(id=balance.id) == balance


async def test_what_shipments_are_to_take_stays_theirs(office: Office, clerk: Viewer, manager: Viewer) -> None:
    balance = await put(product := await a_product(), 5)
    line = await ordered(product, 4)
    await do(create_shipment, clerk, order=line.order_id)
    count = await counted(clerk, (balance, 3))
    [problem] = await problems_of(doing(post_stock_count, manager, count))
    batch = await Batch.get(id=balance.batch_id)
    assert problem.code == "IN_SHIPMENT" and batch.number in problem.message
    await transact(counting(clerk, count, (balance.batch_id, 4)))
    await do(post_stock_count, manager, count)
    await balance.refresh_from_db()
    assert (balance.on_hand, balance.allocated) == (4, 4)


async def test_of_two_who_post_one_count_one_does(office: Office, clerk: Viewer) -> None:
    balance = await put(await a_product(), 3)
    count = await counted(clerk, (balance, 5))
    problems = await at_once(*(problems_of(doing(post_stock_count, clerk, count)) for _ in range(3)))
    assert sorted(len(found) for found in problems) == [0, 1, 1]
    await balance.refresh_from_db()
    assert balance.on_hand == 5


async def test_what_points_at_a_batch_is_added_while_somebody_has_it(office: Office, clerk: Viewer) -> None:
    """Whoever counts or ships it has locked what lies of it, which who has it wants next."""
    balance = await put(await a_product(), 3)
    count = await opened(clerk)
    had, done = asyncio.Event(), asyncio.Event()

    async def have() -> dict[str, UUID]:
        assert await visible(clerk, Batch, balance.batch_id, lock=True) is not None
        had.set()
        # SQLite has one writer, who is done first.
        if office.database.dialect == "postgres":
            await done.wait()
        return {}

    holder = asyncio.create_task(transact(have))
    await had.wait()
    counting_it = asyncio.create_task(transact(counting(clerk, count, (balance.batch_id, 3))))
    finished, _ = await asyncio.wait([counting_it], timeout=5)
    done.set()
    await holder
    await counting_it
    assert finished == {counting_it}


async def test_a_location_is_counted_by_one_count_at_a_time(office: Office, clerk: Viewer) -> None:
    place = await shelf()
    problems = await at_once(*(problems_of(doing(open_stock_count, clerk, place)) for _ in range(2)))
    assert sorted(found[0].code if found else "" for found in problems) == ["", "ALREADY_OPEN"]
    with pytest.raises(IntegrityError):
        await StockCount.create(
            id=new_id(), number="X", location_id=place.id, status=StockCountStatus.OPEN, opened_at=now()
        )


async def test_everything_wrong_with_what_was_found_is_said_at_once(office: Office, clerk: Viewer) -> None:
    balance = await put(await a_product(), 3)
    count = await opened(clerk)
    lines = ((balance.batch_id, -1), (balance.batch_id, 1), (None, 1))
    problems = await problems_of(counting(clerk, count, *lines, version=9))
    assert [(problem.code, problem.path) for problem in problems] == [
        ("STALE_VERSION", ("input", "expectedVersion")),
        ("INVALID", ("input", "lines", "0", "counted")),
        ("INVALID", ("input", "lines", "1", "batch")),
        ("NOT_FOUND", ("input", "lines", "2", "batch")),
    ]
    for lines in ((), ((None, 1),) * 251):
        problems = await problems_of(counting(clerk, count, *lines))
        assert problems[0].path == ("input", "lines")
