"""Every status of every record is reached by verbs, and every verb from every status does what TRANSITIONS says, or nothing.

Each situation of state_paths is told once; everybody who may send a verb tries it in each of them, which is taken back.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from models.both_offices.clocks.running import ClockEvent
from models.kit.events import Event
from models.permissions import Permission, Role
from resolvers.kit.transaction import Recorded, before_commit, finish_running
from resolvers.reading.declare import registry
from resolvers.reading.sources import EntryEvents
from schema.transport.execution import Engine as GraphQLEngine
from tests.conftest import Databases, Engine, only_tables
from tests.properties.canaries.company import WORK, engine_with_authority
from tests.properties.state_paths import (
    CONSEQUENCES,
    KEEPS,
    WAYS,
    Told,
    found,
    input_of,
    tell,
    tries_of,
    walkers_of,
)
from tests.properties.verbs.declared import MACHINES, MOVED_TYPES, RECORDS, SECONDS, VERBS, verbs_of
from tests.reading.planning import CATALOG, ask, data, opened
from tests.storage.known_rows import all_rows

LIVES = {
    "esc": ({"OPEN", "CLOSED"}, {"changeEscalationTrend": "ALREADY_CLOSED", "closeEscalation": "ALREADY_CLOSED"}),
    "tsk": ({"OPEN", "DONE"}, {"finishTask": "ALREADY_DONE"}),
}
"""Records that are open until they are closed: their ends, and how each verb is refused from then on."""

MORE_EXACT = {
    # Whose it is says more than that it cannot be claimed.
    ("claimHandoff", "CLAIMED"): "ALREADY_CLAIMED",
}
"""Problems that a verb answers with instead of ILLEGAL_TRANSITION, because they say more."""

WHY_NOT = {
    "EARLIER_HANDLER": "worked at an earlier stage",
    "LATER_HANDLER": "works at a later stage",
    "SAME_PERSON": "proposed it",
    "ABOVE_LIMIT": "may not grant so much",
    "UNCONFIRMED_ANSWERS": "somebody must confirm or decline first",
    "WINDOW_OPEN": "it is still watched",
    "COMPLAINTS_UNANSWERED": "its complaints must be answered first",
    "NOTHING_TO_MEASURE": "nothing was ordered",
    "NOT_ANSWERED": "there is no answer to challenge",
    "LAST_STAGE": "there is no further stage",
    "ABOVE_PAID": "not so much was paid for the order",
    "INVALID": "the order is in another currency",
    "NOTHING_TO_CONFIRM": "no case has been answered",
    "ALREADY_FOLLOWED_UP": "a follow-up is being worked on",
    "NOT_FOUND": "the viewer does not see it",
    "EMPTY_ORDER": "nothing was ordered",
    "NOT_ON_SALE": "something of it is not on sale",
    "DISCOUNT_NOT_APPROVED": "the viewer may not sell so cheap",
    "OUT_OF_STOCK": "there is not enough that could be had at once",
    "SHIPMENT_UNDER_WAY": "the warehouse is about to ship it",
    "ORDER_NOT_TO_SHIP": "its order is held back",
    "BATCH_NOT_RELEASED": "one of its batches was held back",
    "NO_PACKING_LOCATION": "the warehouse has no place to pack",
    "MADE_OF_ITSELF": "the product would be made of itself",
    "NOT_MADE": "the product is no longer made",
    "NOT_BOUGHT": "something of it is no longer bought",
    "NOT_PASSED": "it has not passed since it was put on hold",
    "NOT_APPROVED": "it costs more than the viewer may send alone, or they may not see what it costs",
    "COST_UNKNOWN": "nobody knows what something of it costs",
    "OVER_RECEIPT": "no more of the line may come",
    "NOTHING_COUNTED": "nothing was counted",
    "IN_SHIPMENT": "less was found than shipments are to take",
    "COUNT_AGAIN": "more has left since than was found",
}
"""Why a step is refused that TRANSITIONS knows: conditions that have a code of their own."""

FOLLOWS = {
    # What comes back is with the departments that still work on it, or whose answer was accepted at its stage.
    ("challengeComplaint", "HANDED_OFF"): "RECEIVED",
    ("reopenComplaint", "HANDED_OFF"): "RECEIVED",
}
"""Where a verb ends by a consequence, and which offered step it took."""

STANDS_FOR = {"EFFECTIVE", "NOT_EFFECTIVE"}
"""Both are offered where `judgeImprovement` will find out which, as the schema says."""

STREAMS = [
    facts.source
    for (owner, _), facts in CATALOG.fields.items()
    if owner == "Subscription" and isinstance(facts.source, EntryEvents)
]


def told_twice(happened: Sequence[Recorded]) -> Iterator[str]:
    """What any subscription would tell twice of one change: one kind of thing, of which one event says no more than another."""
    for one, other in permutations(happened, 2):
        # A record has several clocks, and each says for itself that its time is over.
        if one.kind is other.kind and not isinstance(one.kind, ClockEvent) and set(one.subjects) <= set(other.subjects):
            for stream in STREAMS:
                key = one.key_of(stream.about)
                if key and tells(stream, one) and tells(stream, other):
                    yield f"{one.kind} of {stream.about.__name__}"


def tells(stream: EntryEvents, event: Recorded) -> bool:
    """Whether a subscription is about such events."""
    elsewhere = any(event.kind is kind and event.key_of(model) for kind, model in stream.elsewhere)
    return event.kind in (stream.kinds or (event.kind,)) and not elsewhere


@pytest.fixture(autouse=True)
def changes_are_told_once() -> Iterator[None]:
    """Looks at all that verbs record here."""
    found: set[str] = set()

    async def look(happened: Sequence[Recorded]) -> None:
        found.update(told_twice(happened))

    stop = before_commit(look)
    yield
    stop()
    assert not found


TRIES = 2
"""By how many a verb is tried from a status that it never leads on from; what it may do is tried by everybody."""


@dataclass
class World:
    """An open database in which every situation of one machine was told."""

    graphql: GraphQLEngine
    told: dict[str, Told]
    rows: dict[str, dict[str, Any]]

    def status(self, prefix: str, told: Told) -> str:
        """The status of the record that was told of; empty where it has none."""
        return str(self.rows[told[RECORDS[prefix]]].get("status", ""))


_TOLD: dict[tuple[Engine, str], dict[str, Told]] = {}


@asynccontextmanager
async def walked(databases: Databases, engine: Engine, prefix: str) -> AsyncIterator[World]:
    """The company in which every situation of a machine was told once per session."""

    async def fill(url: str) -> None:
        await only_tables(url)
        async with opened(url) as database:
            graphql = engine_with_authority(database)
            await found(graphql, prefix)
            _TOLD[engine, prefix] = {name: await tell(graphql, name) for name in WAYS if name[:3] == prefix}
            await finish_running()

    url = await databases.copy_of(engine, f"walked_{prefix}", fill)
    async with opened(url) as database:
        yield World(engine_with_authority(database), _TOLD[engine, prefix], await all_rows())
        await finish_running()
    await databases.drop(url)


class _Undone(Exception):
    """Takes back what was only tried."""


@dataclass(frozen=True)
class Tried:
    """What a verb did to a record, before it was taken back."""

    errors: list[dict[str, Any]]
    status: str

    @property
    def codes(self) -> set[str]:
        return {error["code"] for error in self.errors}


ERRORS = "errors { code message path ... on IllegalTransition { from nextStatuses } }"


async def tried(
    world: World, verb: str, who: Role, told: Told, prefix: str, members: dict[str, Any] | None = None
) -> Tried:
    """What a verb does to a record. Success is taken back; a refusal is not, for it should have left nothing."""
    given = input_of(verb, told, members or {}, world.status(prefix, told))
    record = told[RECORDS[prefix]]
    info = next(info for info in registry.nodes.values() if info.prefix == prefix)
    found: Tried | None = None
    try:
        async with in_transaction("default"):
            answer = await ask(world.graphql, WORK[who], VERBS[verb].document(ERRORS), {"input": given})
            assert "errors" not in answer, (verb, given, answer)
            [payload] = answer["data"].values()
            [after] = await info.model.filter(id=record[4:]).values()
            found = Tried(payload["errors"], str(after.get("status", "")))
            if not found.errors:
                raise _Undone
    except _Undone:
        pass
    assert found is not None
    return found


async def offered(world: World, who: Role, record: str) -> list[str] | None:
    """The record's `nextStatuses`; None when the viewer does not see it."""
    document = f"query Next($id: ID!) {{ node(id: $id) {{ ... on {MOVED_TYPES[record[:3]]} {{ nextStatuses }} }} }}"
    needs = CATALOG.fields[MOVED_TYPES[record[:3]], "nextStatuses"].needs
    if not all(WORK[who].may(needed) for needed in needs if isinstance(needed, Permission)):
        return None
    node = (await data(world.graphql, WORK[who], document, {"id": record}))["node"]
    return node and node["nextStatuses"]


def test_every_status_has_its_way_and_every_verb_that_moves_is_known() -> None:
    for prefix, statuses in {
        **{prefix: set(map(str, transitions)) for prefix, transitions in MACHINES.items()},
        **{prefix: ends for prefix, (ends, _) in LIVES.items()},
    }.items():
        assert {name.split()[1] for name in WAYS if name[:3] == prefix} == statuses
    for prefix in MACHINES:
        assert set(verbs_of(prefix)) <= set(VERBS)


@pytest.mark.parametrize("prefix", MACHINES)
async def test_every_verb_from_every_status_does_what_is_offered_or_nothing(
    databases: Databases, engine: Engine, prefix: str
) -> None:
    transitions = MACHINES[prefix]
    succeeded: set[tuple[str, str, str]] = set()
    async with walked(databases, engine, prefix) as world:
        events = await Event.all().count()
        for situation, told in world.told.items():
            assert world.status(prefix, told) == situation.split()[1], situation
            refusals: Counter[str] = Counter()
            for who in walkers_of(prefix):
                succeeded |= await walk(world, prefix, situation, who, refusals)
            assert await all_rows() == world.rows, situation
        for (origin, to), (situation, who, verb, members) in CONSEQUENCES.get(prefix, {}).items():
            told = world.told[situation]
            result = await tried(world, verb, who, told, prefix, members)
            assert (world.status(prefix, told), result.status, result.errors) == (origin, to, []), situation
        await check_others(world, prefix)
        assert await all_rows() == world.rows
        assert await Event.all().count() == events
    by_verb = {
        (str(status), verb, str(step.to))
        for status, steps in transitions.items()
        for step in steps
        for verb in step.by
        if not step.consequence
    }
    assert succeeded == by_verb
    followed = {
        (str(status), str(step.to)) for status in transitions for step in transitions[status] if step.consequence
    }
    assert set(CONSEQUENCES.get(prefix, {})) == followed


async def walk(
    world: World, prefix: str, situation: str, who: Role, refusals: Counter[str]
) -> set[tuple[str, str, str]]:
    """Lets somebody try every verb in a situation: what is offered they can do, and nothing else. Which steps succeeded."""
    told = world.told[situation]
    status = world.status(prefix, told)
    shown = await offered(world, who, told[RECORDS[prefix]])
    succeeded: set[tuple[str, str, str]] = set()
    was_refused = False
    for verb in verbs_of(prefix):
        if not VERBS[verb].may(WORK[who]) or (verb == "approveRedress" and "answer" not in told):
            continue
        leads_to = steps_of(prefix, status, verb)
        if not leads_to and was_refused and refusals[verb] >= TRIES:
            continue
        for members in await tries_of(verb, told):
            result = await tried(world, verb, who, told, prefix, members)
            case = (situation, who.value, verb, members, shown, result)
            if result.errors:
                check_refusal(case, prefix, verb, status, result, shown)
                refusals[verb] += 1
                was_refused = was_refused or not leads_to
                continue
            to = FOLLOWS.get((verb, result.status), result.status)
            if verb == "reopenComplaint" and to == status:
                # What comes back too late is followed up by a new complaint, and stays as it is.
                assert "late" in situation, case
                continue
            assert to in leads_to and shown is not None and to in shown, case
            succeeded.add((status, verb, to))
    reached = {to for _, _, to in succeeded}
    if shown is not None and set(shown) >= STANDS_FOR:
        assert len(reached & STANDS_FOR) == 1, (situation, who.value, reached)
        shown = [to for to in shown if to in reached or to not in STANDS_FOR]
    assert reached == set(shown or ()), (situation, who.value, shown, reached)
    return succeeded


async def check_others(world: World, prefix: str) -> None:
    """Lets people send the verbs that change no status, in each status: they succeed where they may, and nowhere else."""
    for status in map(str, MACHINES[prefix]):
        told = world.told[f"{prefix} {status}"]
        for verb, (of, statuses, who, members) in KEEPS.items():
            if of == prefix:
                result = await tried(world, verb, who, told, prefix, members)
                case = (verb, status, result)
                assert result.status == status, case
                assert (not result.errors) == (status in statuses.split()), case


def steps_of(prefix: str, status: str, verb: str) -> set[str]:
    """Where a verb may lead from a status, consequences included."""
    return {
        str(step.to)
        for origin, steps in MACHINES[prefix].items()
        for step in steps
        if str(origin) == status and verb in step.by
    }


def check_refusal(case: Any, prefix: str, verb: str, status: str, result: Tried, shown: list[str] | None) -> None:
    """What must hold of a refusal: whether TRANSITIONS knows the step at all, and what the viewer could do instead."""
    assert result.status == status, case
    exact = MORE_EXACT.get((verb, status), "ILLEGAL_TRANSITION")
    speaks_of_this = prefix not in SECONDS.get(verb, ())
    if speaks_of_this and shown is not None and not steps_of(prefix, status, verb):
        assert exact in result.codes, case
    assert result.codes <= {exact, "ILLEGAL_TRANSITION", *WHY_NOT}, case
    for error in result.errors:
        if error["code"] == "ILLEGAL_TRANSITION" and speaks_of_this:
            assert (error["from"], error["nextStatuses"]) == (status, shown), case


@pytest.mark.parametrize("prefix", LIVES)
async def test_what_is_closed_or_done_stays_so(databases: Databases, engine: Engine, prefix: str) -> None:
    _, verbs = LIVES[prefix]
    async with walked(databases, engine, prefix) as world:
        for situation, told in world.told.items():
            for verb, code in verbs.items():
                results = {
                    who: await tried(world, verb, who, told, prefix)
                    for who in walkers_of(prefix)
                    if VERBS[verb].may(WORK[who])
                }
                if "OPEN" in situation:
                    assert any(not result.errors for result in results.values()), (situation, verb, results)
                else:
                    codes = [result.codes for result in results.values()]
                    assert all(found in ({code}, {"NOT_FOUND"}) for found in codes) and {code} in codes, results
        assert await all_rows() == world.rows
