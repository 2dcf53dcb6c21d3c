"""One answer per key: a change that is sent again, or twice at once, with the same idempotency key is made once.

The surprising rule: refusals are remembered too. The work is undone to a savepoint, so that its key stays taken meanwhile.
Dry runs take no key: nothing was made, and the same key may go with the change itself.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from json import dumps
from typing import Any
from uuid import UUID

from models.kit.base import new_id, now
from models.kit.bookkeeping import IdempotencyKey
from models.kit.text import is_storable
from resolvers.kit.commands import Keys, Viewer
from resolvers.kit.problems import (
    AlreadyClaimed,
    DryRun,
    IllegalTransition,
    OutOfStock,
    Problem,
    Refused,
    StaleVersion,
)
from resolvers.kit.scheduler import do_part
from resolvers.kit.transaction import forget_events, savepoint, transact

LONGEST_KEY = 200

REMEMBERED_FOR = timedelta(days=7)
"""How long a client may take to send a change again under its key and get the first answer."""

FORGOTTEN_AT_ONCE = 1_000
FORGOTTEN_TOGETHER = 200
"""How many keys a round forgets, and how many of them one transaction: on SQLite everybody else waits for it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change: the keys of the rows it touched, or the problems that stopped it, or what a dry run shows."""

    keys: Keys
    problems: tuple[Problem, ...] = ()
    shown: Mapping[str, Any] = field(default_factory=dict[str, Any])


Work = Callable[[], Awaitable[Keys]]
"""Makes the change inside the transaction and answers with the keys of the rows it touched; raises Refused to undo it."""


def _hashes(given: Mapping[str, Any]) -> tuple[str, str]:
    """What was asked for, so that another input under the same key is noticed: 5.0 is 5. Half a surrogate pair is no obstacle.

    The second one is of former versions, by which amounts were what they looked like.
    """
    said = (dumps(given, default=default, sort_keys=True) for default in (_plainly, str))
    return tuple(sha256(one.encode()).hexdigest() for one in said)  # type: ignore[return-value]


def _plainly(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _stored(outcome: Outcome) -> dict[str, Any]:
    return {
        "keys": {
            name: [str(one) for one in key] if isinstance(key, tuple) else str(key)
            for name, key in outcome.keys.items()
        },
        "problems": [{"type": type(problem).__name__, **asdict(problem)} for problem in outcome.problems],
    }


_PROBLEM_TYPES = {
    kind.__name__: kind for kind in (Problem, IllegalTransition, StaleVersion, AlreadyClaimed, OutOfStock)
}


def _restored(answer: dict[str, Any]) -> Outcome:
    found: list[Problem] = []
    for stored in answer["problems"]:
        members: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
        }
        found.append(_PROBLEM_TYPES[members.pop("type")](**members))
    keys: dict[str, UUID | tuple[UUID, ...]] = {
        name: tuple(UUID(one) for one in key) if isinstance(key, list) else UUID(key)
        for name, key in answer["keys"].items()
    }
    return Outcome(keys, tuple(found))


async def _held(viewer: Viewer, operation: str, key: str, given_hash: str) -> IdempotencyKey | None:
    """Takes the key for this transaction, or answers with who took it before. A second taker waits for the first one's end."""
    mine = IdempotencyKey(
        id=new_id(),
        account_id=viewer.account,
        key=key,
        operation=operation,
        input_hash=given_hash,
        answer=None,
        created_at=now(),
    )
    await IdempotencyKey.bulk_create([mine], ignore_conflicts=True)
    kept = await IdempotencyKey.get(account_id=viewer.account, key=key)
    return None if kept.id == mine.id else kept


async def change(viewer: Viewer, operation: str, given: Mapping[str, Any], key: str | None, work: Work) -> Outcome:
    """Makes a change in one transaction. With a key, the same viewer, operation and input get the first answer again."""
    path = ("input", "idempotencyKey")
    if key is not None and (not key.strip() or len(key) > LONGEST_KEY or not is_storable(key)):
        return Outcome({}, (Problem("INVALID", f"An idempotency key has 1 to {LONGEST_KEY} characters.", path),))
    if key is None or given.get("dry_run"):
        try:
            return Outcome(await transact(work))
        except Refused as refusal:
            return Outcome({}, refusal.problems)
        except DryRun as rehearsal:
            return Outcome({}, shown=rehearsal.shown)
    hashes = _hashes(given)

    async def once() -> Outcome:
        if held := await _held(viewer, operation, key, hashes[0]):
            if held.operation != operation or held.input_hash not in hashes:
                message = "This key was used for another input."
                return Outcome({}, (Problem("IDEMPOTENCY_KEY_REUSED", message, path),))
            return _restored(held.answer)
        try:
            async with savepoint():
                outcome = Outcome(await work())
        except Refused as refusal:
            forget_events()
            outcome = Outcome({}, refusal.problems)
        await IdempotencyKey.filter(account_id=viewer.account, key=key).update(answer=_stored(outcome))
        return outcome

    return await transact(once)


async def forget_old_answers(at: datetime) -> None:
    """Forgets keys that nobody will send again. A job of the scheduler: it asks an index, and does a part at a time."""
    old = IdempotencyKey.filter(created_at__lt=at - REMEMBERED_FOR).order_by("created_at").limit(FORGOTTEN_AT_ONCE)
    ids = await old.values_list("id", flat=True)
    for start in range(0, len(ids), FORGOTTEN_TOGETHER):
        part = ids[start : start + FORGOTTEN_TOGETHER]
        await do_part(lambda part=part: IdempotencyKey.filter(id__in=part).delete())
