"""Agents who live with complaints: each takes step after step, most of them steps that `nextStatuses` offers, at the same time.

Time runs fast, the scheduler runs and the rules rule. Run as a module it is a second process on the same database.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from unittest.mock import patch

from models.both_offices.accounts import Account
from models.kit import postgres
from models.kit.database import Database
from models.kit.postgres import CONNECTING, POSTGRES_SETTINGS
from models.permissions import Department, Permission, Role
from resolvers.back_office.products.improvements.steps import tell_of_due_improvements
from resolvers.both_offices.clocks import on_moment
from resolvers.both_offices.clocks.watching import ClockJob
from resolvers.both_offices.escalations import follow_clock
from resolvers.both_offices.leases import (
    begin_leases,
    return_claims_of_the_absent,
    return_claims_of_the_disabled,
    return_idle_claims,
)
from resolvers.both_offices.rules.applying import apply_rules
from resolvers.kit.commands import Viewer
from resolvers.kit.scheduler import Scheduler
from resolvers.kit.transaction import before_commit, finish_running
from tests.office import viewer_of
from tests.properties.canaries.company import base, engine_with_authority
from tests.properties.verbs.acting import Acting, able
from tests.properties.verbs.declared import MOVED_TYPES, MOVES, VERBS
from tests.properties.verbs.inputs import OFTEN, Inputs
from tests.reading.planning import ask
from tests.storage.known_rows import KnownRows

HOURS_PER_SECOND = 12
"""How fast time runs: a day in two seconds."""

FRESH_FOR = 20
"""After how many steps of anybody it is looked again at what there is; meanwhile, others have moved on."""

SAD_ENDS = frozenset({"WITHDRAWN", "REFUSED", "REJECTED", "CLOSED"})
"""What lives should not come to too soon."""


PATIENT = dict.fromkeys(("statement_timeout", "lock_timeout"), "120000")
"""On a busy machine, agents queue up for the next number of a series for longer than clients would wait. What is looked at
here is what comes of it all, and not how long it takes."""


@contextmanager
def fast_time(origin: datetime) -> Iterator[None]:
    """Within it, `models.kit.base.now()` runs fast, in every task alike."""

    class Fast(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            real = datetime.now(UTC)
            return origin + (real - origin) * HOURS_PER_SECOND * 3600

    with patch("models.kit.base.datetime", Fast):
        yield


async def found_company(agents: int) -> None:
    """Fills the open database with staff, customers, products and orders, and with more agents."""
    for model, rows in base().items():
        await model.bulk_create([model(**row) for row in rows])
    roles = [role for role in Role if role not in (Role.ADMINISTRATOR, Role.MARKETER)]
    # Half of them in the front office, where most of the verbs are.
    front = [Role.SERVICE_AGENT, Role.FRONT_OFFICE_MANAGER, Role.SERVICE_AGENT, Role.SALES_REPRESENTATIVE]
    for number in range(agents):
        role = front[number // 2 % 4] if number % 2 else roles[(number * 5 + 4) % len(roles)]
        departments = [department.value for department in Department]
        await Account.create(
            email=f"agent{number}@example.com",
            name=f"Agent {number}",
            roles=[role.value],
            departments=departments,
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )


STILL = frozenset({"acc", "cus", "prd", "ord", "oli"})
"""The prefixes of what no life of a complaint changes."""

OF_THE_CHAIN = {
    Permission[name]
    for name in (
        "WRITE_PRODUCTS WRITE_ORDERS APPROVE_DISCOUNTS RECORD_PAYMENTS WRITE_RETURNS MAKE_REFUNDS WRITE_STOCK POST_COUNTS"
        " CHECK_QUALITY WRITE_SHIPMENTS WRITE_PURCHASING APPROVE_PURCHASES WRITE_PRODUCTION"
    ).split()
}
"""What the verbs of orders and goods need; the lives here are those of complaints."""


OF_COMPLAINTS = frozenset({"cmp", "hnd", "ans", "cas", "imp"})
"""The prefixes of complaints and of what hangs on them."""


@dataclass
class Living(Acting):
    """What all agents of one process do together."""

    complaints: int = 0
    steps: int = 0
    known: KnownRows = field(default_factory=lambda: KnownRows(STILL))
    rows: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    async def agent(self, viewer: Viewer, random: Random, steps: int) -> None:
        """One agent's day."""
        # Orders and goods live by tests/properties/test_chain_machine.py.
        own = [verb for verb in able(viewer) if verb.needs not in OF_THE_CHAIN]
        own += [verb for verb in own if verb.name in OFTEN for _ in range(OFTEN.count(verb.name))]
        receives = VERBS["receiveComplaint"]
        for number in range(steps):
            self.steps += 1
            if self.steps % FRESH_FOR == 1:
                self.rows = await self.known.read() | self.tokens
            inputs = Inputs(random, viewer, self.rows)
            if receives in own and self.done[receives.name] < self.complaints and number % 2 == 0:
                await self.act(receives, inputs)
            elif random.randrange(100) < 70:
                await self.step_on(inputs)
            else:
                verb = random.choice(own)
                fitting = inputs.fitting(verb)
                await self.act(verb, inputs, random.choice(fitting) if fitting else None)

    async def step_on(self, inputs: Inputs) -> None:
        """Takes some record one step on, in a way that it offers to this viewer."""
        viewer, random = inputs.viewer, inputs.random
        mine = [name for name, row in self.rows.items() if row.get("claimed_by_id") == viewer.account]
        moving = [name for name in self.rows if name[:3] in OF_COMPLAINTS]
        if not moving:
            return
        name = random.choice(mine if mine and random.randrange(3) == 0 else moving)
        document = (
            f"query Next($id: ID!) {{ node(id: $id) {{ ... on {MOVED_TYPES[name[:3]]} {{ status nextStatuses }} }} }}"
        )
        answer = await ask(self.graphql, viewer, document, {"id": name})
        if "errors" in answer:
            self.faults.append(f"nextStatuses of {name}: {answer['errors']}")
            return
        node = answer["data"]["node"]
        if not node or not node["nextStatuses"]:
            return
        offered: list[str] = node["nextStatuses"]
        to = random.choice([one for one in offered for _ in range(1 if one in SAD_ENDS else 5)])
        ways = [
            VERBS[verb]
            for verb, move in MOVES.items()
            if move.prefix == name[:3]
            and node["status"] in move.origins
            and to in move.targets
            and VERBS[verb].may(viewer)
        ]
        if ways:
            await self.act(random.choice(ways), inputs, name)


async def live(url: str, origin: datetime, complaints: int, agents: int, steps: int, seed: int) -> Living:
    """Lets agents live on a database's company for so many steps each, with the scheduler and the rules."""
    with (
        patch.dict(POSTGRES_SETTINGS, PATIENT),
        patch.dict(CONNECTING, command_timeout=120),
        patch.object(postgres, "ACQUIRE_SECONDS", 120),
    ):
        return await _live(Database(url), origin, complaints, agents, steps, seed)


async def _live(database: Database, origin: datetime, complaints: int, agents: int, steps: int, seed: int) -> Living:
    await database.open()
    jobs = [
        ClockJob(database),
        return_claims_of_the_absent,
        return_claims_of_the_disabled,
        return_idle_claims,
        begin_leases,
        tell_of_due_improvements,
    ]
    scheduler = Scheduler(jobs, 0.5)
    taken_back = [before_commit(apply_rules), on_moment(follow_clock)]
    living = Living(engine_with_authority(database), complaints=complaints)
    try:
        staff = await Account.filter(email__startswith="agent").order_by("email").limit(agents)
        with fast_time(origin):
            scheduler.start()
            crowd = [
                living.agent(viewer_of(account), Random(seed * 1000 + number), steps)
                for number, account in enumerate(staff)
            ]
            await asyncio.gather(*crowd)
            await scheduler.stop()
            await finish_running()
    finally:
        for take_back in taken_back:
            take_back()
        await database.close()
    return living


if __name__ == "__main__":
    _, _url, _origin, *_figures = sys.argv
    _living = asyncio.run(live(_url, datetime.fromisoformat(_origin), *map(int, _figures)))
    print("\n".join(_living.faults))
    sys.exit(bool(_living.faults))
