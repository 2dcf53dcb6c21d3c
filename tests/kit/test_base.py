"""Moments and keys: the present as it is, or as a story is told."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from models.kit.base import as_of, new_id, now


def test_the_present_has_whole_milliseconds_and_its_zone() -> None:
    moment = now()
    assert moment.tzinfo is UTC
    assert moment.microsecond % 1000 == 0
    assert abs(datetime.now(UTC) - moment) < timedelta(seconds=5)


def test_keys_are_version_7_and_run_with_time() -> None:
    keys = [new_id() for _ in range(100)]
    assert keys == sorted(keys)
    assert {key.version for key in keys} == {7}


async def test_a_story_has_its_own_present_and_keys_also_in_the_tasks_that_it_starts() -> None:
    moment = datetime(1997, 5, 6, 9, 30, 0, 123_456, tzinfo=UTC)
    keys = iter(UUID(int=number) for number in range(1, 4))

    async def told() -> tuple[datetime, UUID]:
        return now(), new_id()

    with as_of(moment, keys):
        assert await told() == (moment.replace(microsecond=123_000), UUID(int=1))
        with as_of(moment + timedelta(days=1)):
            assert now().day == 7
            assert new_id() == UUID(int=2)
        assert await asyncio.create_task(told()) == (moment.replace(microsecond=123_000), UUID(int=3))
    assert now().year > 1997
    assert new_id().version == 7
