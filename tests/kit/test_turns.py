"""Turns: nobody holds more than a share, nobody waits behind another's crowd, and no place is ever lost."""

import asyncio
import random
from collections import Counter

import pytest

from models.kit.turns import Crowded, Turns


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_nobody_holds_more_than_a_share_and_whoever_waits_is_served_in_turn() -> None:
    turns, order = Turns(3, 2), list[str]()

    async def work(holder: str) -> None:
        await turns.take(holder)
        order.append(holder)

    crowd = [asyncio.create_task(work("crowd")) for _ in range(50)]
    await settled()
    assert order == ["crowd"] * 2
    others = [asyncio.create_task(work(name)) for name in ("ada", "bob", "bob")]
    await settled()
    assert order[2:] == ["ada"]
    for _ in range(4):
        turns.give_back("crowd")
        await settled()
    # Of those who wait, each gets one turn before anybody gets the next.
    assert sorted(order[3:7]) == ["bob", "bob", "crowd", "crowd"] and order[3:7] != ["crowd", "crowd", "bob", "bob"]
    for task in (*crowd, *others):
        task.cancel()


async def test_what_takes_long_leaves_a_place_for_what_does_not() -> None:
    turns = Turns(3, 3)
    await turns.take("ada", heavy=True)
    await turns.take("bob", heavy=True)
    third = asyncio.create_task(turns.take("cleo", heavy=True))
    await settled()
    assert not third.done()
    await asyncio.wait_for(turns.take("dan"), 1)
    turns.give_back("ada", heavy=True)
    await asyncio.wait_for(third, 1)


async def test_the_house_itself_goes_first_and_has_no_share() -> None:
    turns = Turns(2, 1)
    await turns.take(None)
    await turns.take(None)
    crowd = asyncio.create_task(turns.take("crowd"))
    await settled()
    house = asyncio.create_task(turns.take(None))
    await settled()
    turns.give_back(None)
    await settled()
    assert house.done() and not crowd.done()
    turns.give_back(None)
    await asyncio.wait_for(crowd, 1)


async def test_a_line_that_is_too_long_is_refused_and_others_are_not() -> None:
    turns = Turns(2, 1, line=3)
    waiting = [asyncio.create_task(turns.take("crowd")) for _ in range(4)]
    await settled()
    with pytest.raises(Crowded):
        await turns.take("crowd")
    await asyncio.wait_for(turns.take("ada"), 1)
    for task in waiting:
        task.cancel()


async def test_all_who_wait_together_are_no_more_than_a_crowd() -> None:
    turns = Turns(1, 1, crowd=3)
    await turns.take("first")
    waiting = [asyncio.create_task(turns.take(name)) for name in "abc"]
    await settled()
    with pytest.raises(Crowded):
        await turns.take("d")
    for task in waiting:
        task.cancel()


@pytest.mark.parametrize("seed", range(5))
async def test_whoever_goes_away_leaves_no_place_taken(seed: int) -> None:
    chance, turns = random.Random(seed), Turns(3, 2)
    most: Counter[str] = Counter()
    held: Counter[str] = Counter()

    async def work(holder: str, heavy: bool) -> None:
        await turns.take(holder, heavy=heavy)
        held[holder] += 1
        most[holder] = max(most[holder], held[holder])
        assert held.total() <= 3
        try:
            await asyncio.sleep(chance.random() / 1000)
        finally:
            held[holder] -= 1
            turns.give_back(holder, heavy=heavy)

    tasks = [asyncio.create_task(work(chance.choice("abc"), chance.random() < 0.5)) for _ in range(300)]
    for _ in range(200):
        chance.choice(tasks).cancel()
        if chance.random() < 0.2:
            await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert set(most.values()) <= {1, 2}
    for holder in "abc":
        await asyncio.wait_for(turns.take(holder, heavy=holder < "c"), 1)
