"""Every status of every record is reached by verbs, and every verb from every status does what TRANSITIONS says, or nothing.

Records come from a story of chance (tests/secretive_company.py); each pair of status and verb is tried, and taken back.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from models.back_office.handoffs import TRANSITIONS as HANDOFF_TRANSITIONS
from models.back_office.improvements import TRANSITIONS as IMPROVEMENT_TRANSITIONS
from models.base import as_of, now
from models.events import Event
from models.front_office.answers import TRANSITIONS as ANSWER_TRANSITIONS
from models.front_office.cases import TRANSITIONS as CASE_TRANSITIONS
from models.front_office.complaints import TRANSITIONS as COMPLAINT_TRANSITIONS
from models.front_office.orders import Order
from models.permissions import Role
from models.states import Transition, Transitions
from resolvers.reading.sources import NODES
from resolvers.viewer import Viewer
from schema.serving.execution import Engine as GraphQLEngine
from tests.conftest import Databases, Engine, only_tables
from tests.nasty_company import key
from tests.planning import ask, data, opened
from tests.secretive_company import WORK, Story, engine_with_authority, tell
from tests.verbs import AIMS, MOVED_TYPES, MOVES, VERBS, Inputs, Move, all_rows, by_prefix

Rows = dict[str, dict[str, Any]]

MACHINES: dict[str, Transitions] = {
    "hnd": HANDOFF_TRANSITIONS,
    "cmp": COMPLAINT_TRANSITIONS,
    "ans": ANSWER_TRANSITIONS,
    "cas": CASE_TRANSITIONS,
    "imp": IMPROVEMENT_TRANSITIONS,
}
NOT_REACHED = {"cas PROPOSED"}
"""Rules propose cases; tests/rules looks at that."""

SELDOM = {
    "ans PROPOSED",
    "imp EFFECTIVE",
    "imp NOT_EFFECTIVE",
    "cmp AWAITING_APPROVAL",
    "ans TO_CONFIRM",
    "ans REJECTED",
}
"""What a short story may be without."""

ALL_ROUNDS = 2
"""After so many rounds of chance, everything should have been reached."""


async def wandered(url: str) -> None:
    """Lets chance go on until records are in every status."""
    await only_tables(url)
    await tell(url, 3)
    async with opened(url) as database:
        story = Story(engine_with_authority(database), Random(7))
        for number in range(ALL_ROUNDS):
            if not missing_statuses(await all_rows()):
                break
            # Improvements are judged when their window has passed and something was ordered in it.
            moment = now() + timedelta(days=3 * (number + 1))
            with as_of(moment):
                await Order.create(
                    number=f"ORD-LATER-{number}",
                    customer_id=key(2, 1),
                    status="PLACED",
                    placed_at=moment - timedelta(hours=30),
                    currency="EUR",
                    net_minor=1,
                    total_minor=1,
                )
                for name in towards(missing_statuses(await all_rows())):
                    await story.happen(VERBS[name], 6)
        # What went on has left the first statuses behind.
        for (
            name
        ) in "proposeImprovement proposeImprovement planImprovement proposeImprovement openCase openCase".split():
            await story.happen(VERBS[name], 8)
        for name in "startImprovement proposeImprovement planImprovement answerCase openCase answerHandoff".split():
            await story.happen(VERBS[name], 8)
        for name in ("proposeImprovement", "claimHandoff", *["answerComplaint"] * 6, *["receiveComplaint"] * 4):
            await story.happen(VERBS[name], 8)


def towards(missing: set[str]) -> list[str]:
    """The verbs that bring statuses about which no record is in, what comes before them first."""
    wanted = [name for name, move in MOVES.items() if any(f"{move.prefix} {to}" in missing for to in move.targets)]
    first = ["answerComplaint"] * 4 + ["claimHandoff", "answerHandoff", "openCase", "proposeImprovement"]
    before = (
        ["planImprovement", "startImprovement", "monitorImprovement"] if any("imp" in one for one in missing) else []
    )
    return [*first, *before, *wanted, *wanted]


def missing_statuses(rows: Rows) -> set[str]:
    """In which statuses no record is."""
    there = {f"{name[:3]} {row['status']}" for name, row in rows.items() if name[:3] in MACHINES}
    wanted = {f"{prefix} {status}" for prefix, transitions in MACHINES.items() for status in transitions}
    return wanted - there - NOT_REACHED


@asynccontextmanager
async def wandering(databases: Databases, engine: Engine) -> AsyncIterator[tuple[GraphQLEngine, Rows]]:
    """The company with records in every status."""
    url = await databases.copy_of(engine, "wandered", wandered)
    async with opened(url) as database:
        yield engine_with_authority(database), await all_rows()
    await databases.drop(url)


SEEING = [viewer for role, viewer in WORK.items() if role is not Role.ADMINISTRATOR]
"""Who reads records at all."""


class _Undone(Exception):
    """Takes back what was only tried."""


@dataclass(frozen=True)
class Tried:
    """What a verb did to a record, before it was taken back."""

    errors: list[dict[str, Any]]
    status: str
    changed: bool

    @property
    def codes(self) -> set[str]:
        return {error["code"] for error in self.errors}


ERRORS = "errors { code ... on IllegalTransition { from nextStatuses } }"


async def tried(graphql: GraphQLEngine, name: str, viewer: Viewer, record: str, rows: Rows, random: Random) -> Tried:
    """What a verb does to a record; nothing of it stays."""
    verb, model = VERBS[name], NODES[MOVED_TYPES[record[:3]]].model
    inputs = Inputs(
        random, by_prefix(rows) | {record[:3]: [record]}, lambda _member, _named: "Because.", rows, picky=100
    )
    given = inputs.of(verb)
    # A pick may have chosen another record of the kind.
    member = {"hnd": "handoff", "cmp": "complaint", "ans": "answer", "cas": "case", "imp": "improvement"}[record[:3]]
    given[member] = record
    found: Tried | None = None
    try:
        async with in_transaction("default"):
            events = await Event.all().count()
            answer = await ask(graphql, viewer, verb.document(ERRORS), {"input": given})
            assert "errors" not in answer, answer
            [payload] = answer["data"].values()
            after = (await model.filter(id=rows[record]["id"]).values())[0]
            changed = after != rows[record] or await Event.all().count() != events
            found = Tried(payload["errors"], str(after["status"]), changed)
            raise _Undone
    except _Undone:
        assert found is not None
        return found


async def offered(graphql: GraphQLEngine, viewer: Viewer, record: str) -> list[str] | None:
    """The record's `nextStatuses`; None when the viewer does not see it."""
    document = f"query Next($id: ID!) {{ node(id: $id) {{ ... on {MOVED_TYPES[record[:3]]} {{ nextStatuses }} }} }}"
    node = (await data(graphql, viewer, document, {"id": record}))["node"]
    return node and node["nextStatuses"]


def viewers_for(name: str, row: dict[str, Any]) -> list[Viewer]:
    """Who may send a verb, whoever holds the record first."""
    able = [viewer for viewer in WORK.values() if VERBS[name].may(viewer)]
    holders = {row.get("claimed_by_id"), row.get("proposed_by_id")}
    return sorted(able, key=lambda viewer: viewer.account not in holders)


def legal(move: Move, status: str, transitions: Transitions) -> set[str]:
    """Where a verb may take a record from a status."""
    steps = {str(step.to) for known, steps in transitions.items() if str(known) == status for step in steps}
    return steps & move.targets if status in move.origins else set()


async def test_records_come_into_every_status_by_verbs_alone(databases: Databases) -> None:
    async with wandering(databases, "sqlite") as (_, rows):
        assert missing_statuses(rows) <= SELDOM, missing_statuses(rows)


@pytest.mark.parametrize("prefix", MACHINES)
async def test_every_verb_from_every_status_does_what_the_transitions_say_or_nothing(
    databases: Databases, prefix: str
) -> None:
    async with wandering(databases, "sqlite") as (graphql, rows):
        transitions, random = MACHINES[prefix], Random(3)
        moves = {name: move for name, move in MOVES.items() if move.prefix == prefix}
        succeeded: set[tuple[str, str]] = set()
        for status in map(str, transitions):
            records = [name for name, row in rows.items() if name[:3] == prefix and str(row["status"]) == status]
            for name, move in moves.items():
                may_lead_to = legal(move, status, transitions)
                # Where it is legal, several are tried until one can; where it is not, two suffice.
                for record in random.sample(records, min(len(records), 6 if may_lead_to else 2)):
                    if (name, status) in succeeded:
                        break
                    for viewer in viewers_for(name, rows[record])[: 5 if may_lead_to else 2]:
                        result = await tried(graphql, name, viewer, record, rows, random)
                        await check(graphql, name, viewer, record, status, result, may_lead_to)
                        if not result.errors:
                            succeeded.add((name, status))
                            break
        there = {str(row["status"]) for name, row in rows.items() if name[:3] == prefix}
        expected = {
            (name, origin)
            for name, move in moves.items()
            for origin in move.origins & there
            if legal(move, origin, transitions)
        }
        left = expected - succeeded - HARD_TO_DO
        assert len(left) <= 0.2 * len(expected), left


HARD_TO_DO = {
    ("confirmCase", "PROPOSED"),
    ("closeCase", "PROPOSED"),
    # A closed complaint is challenged only when it had been answered, and chance may have brought none.
    ("challengeComplaint", "CLOSED"),
    # Windows, orders and answers must all be there.
    ("judgeImprovement", "MONITORING"),
}
"""What needs more than chance brings; the areas' own tests do it."""


async def check(
    graphql: GraphQLEngine, name: str, viewer: Viewer, record: str, status: str, result: Tried, may_lead_to: set[str]
) -> None:
    """What must hold of one try."""
    case = (name, status, viewer.name, result)
    if not result.errors:
        # What comes back goes on at once to the departments that still work on it.
        goes_on = {"HANDED_OFF"} if name in ("reopenComplaint", "challengeComplaint") else set[str]()
        assert result.status in may_lead_to | goes_on, case
        return
    assert not result.changed and result.status == status, case
    if not may_lead_to:
        assert result.codes & REFUSALS, case
    for error in result.errors:
        if error["code"] == "ILLEGAL_TRANSITION":
            assert error["from"] == status, case
            shown = await offered(graphql, viewer, record)
            assert shown is not None, case
            unsure = {
                str(step.to) for steps in MACHINES[record[:3]].values() for step in steps if _is_unsure(record, step)
            }
            assert set(error["nextStatuses"]) - unsure == set(shown) - unsure, (case, shown)


def _is_unsure(record: str, step: Transition) -> bool:
    """Whether the error may offer a step on which more depends than the status: a second person, a window that has passed."""
    return step.by_second_person or (step.once_settled and record[:3] == "imp")


REFUSALS = {"ILLEGAL_TRANSITION", "ALREADY_CLAIMED", "NOT_FOUND"}
"""How a step is refused that the status does not permit; what the viewer does not see is not there."""


@pytest.mark.slow
async def test_what_is_not_offered_cannot_be_done(databases: Databases) -> None:
    """But for a transfer, which both offices may make: it leads from QUEUED to QUEUED, in another department."""
    async with wandering(databases, "sqlite") as (graphql, rows):
        random = Random(11)
        for prefix, transitions in MACHINES.items():
            for status in map(str, transitions):
                records = [name for name, row in rows.items() if name[:3] == prefix and str(row["status"]) == status]
                for record in random.sample(records, min(len(records), 1)):
                    for viewer in SEEING:
                        shown = await offered(graphql, viewer, record)
                        for name, move in MOVES.items():
                            if (
                                name == "transferHandoff"
                                or shown is None
                                or move.prefix != prefix
                                or not VERBS[name].may(viewer)
                            ):
                                continue
                            targets = legal(move, status, transitions)
                            if (
                                targets & set(shown)
                                and (await tried(graphql, name, viewer, record, rows, random)).codes
                            ):
                                continue
                            if not targets & set(shown) and not _follows(transitions, status, targets):
                                result = await tried(graphql, name, viewer, record, rows, random)
                                assert result.errors, (name, status, viewer.name, shown)


def _follows(transitions: Transitions, status: str, targets: set[str]) -> bool:
    """Whether a status may follow from another change without being offered."""
    return any(
        step.consequence and str(step.to) in targets
        for known, steps in transitions.items()
        if str(known) == status
        for step in steps
    )


async def test_what_is_closed_or_done_stays_so(databases: Databases) -> None:
    ended = {
        "changeEscalationTrend": "ALREADY_CLOSED",
        "closeEscalation": "ALREADY_CLOSED",
        "finishTask": "ALREADY_DONE",
    }
    async with wandering(databases, "sqlite") as (graphql, rows):
        for name, code in ended.items():
            prefix = AIMS[name].prefix
            records = [one for one, row in rows.items() if one[:3] == prefix and not AIMS[name].meets(row)]
            assert records, name
            for viewer in WORK.values():
                if VERBS[name].may(viewer):
                    given = Inputs(Random(1), by_prefix(rows) | {prefix: records[:1]}, lambda *_: "Because.", rows)
                    document = VERBS[name].document("errors { code }")
                    answer = await data(graphql, viewer, document, {"input": given.of(VERBS[name])})
                    [payload] = answer.values()
                    assert {error["code"] for error in payload["errors"]} & {code, "NOT_FOUND", "NOT_A_MANAGER"}, (
                        payload
                    )
        assert await all_rows() == rows
