"""A small house where everything from order to delivery happens: two things that are bought, and one that is made of them."""

from asyncio import Runner
from collections import Counter, defaultdict
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection

from models.back_office.logistics.inventory import (
    Location,
    LocationKind,
)
from models.back_office.products.catalogue import Product
from models.back_office.purchasing import PurchaseLimit, Supplier
from models.both_offices.accounts import Account
from models.front_office.customers import Customer
from models.front_office.sales.orders.terms import TaxRate
from models.kit.database import Database
from models.kit.migrating import migrate
from models.permissions import Role
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import finish_running
from resolvers.reading.declare import registry
from tests.conftest import Databases, Engine
from tests.properties.adversarial.making import key
from tests.properties.chain.invariants import check_the_chain
from tests.properties.furnishing import bill_for, lay_down, limit_discounts, open_warehouse
from tests.properties.verbs.acting import Acting
from tests.properties.verbs.choosing import Rows
from tests.properties.verbs.declared import MACHINES, VERBS
from tests.properties.verbs.inputs import Inputs
from tests.reading.planning import engine_on, viewer_in
from tests.storage.known_rows import KnownRows

OPENED = datetime(2026, 3, 2, 8, tzinfo=UTC)
EUR: dict[str, Any] = {"currency": "EUR"}
TEA, TIN, GIFT = key(3, 1), key(3, 2), key(3, 3)
"""A gift is a tin and two packets of tea."""
PLACES = {kind: key(20, n) for n, kind in enumerate(LocationKind, start=1)}
OTHER_SHELF = key(20, 9)


async def furnish(url: str) -> None:
    """Makes a database that holds the house."""
    await migrate(url)
    database = Database(url)
    await database.open()
    try:
        await _people()
        await _goods()
    finally:
        await database.close()


def people() -> list[Viewer]:
    """Two in each role, as much of the work needs a second person."""
    return [
        replace(viewer, account=account)
        for viewer in map(viewer_in, Role)
        for account in (viewer.account, key(1, 50 + list(Role).index(Role(next(iter(viewer.roles))))))
    ]


async def _people() -> None:
    for viewer in people():
        [role] = viewer.roles
        await Account.create(
            id=viewer.account,
            email=f"{role.value.lower()}{viewer.account}@example.com",
            name=role.value,
            roles=[role.value],
            departments=sorted(department.value for department in viewer.departments),
            created_at=OPENED,
        )
    await Customer.create(id=key(2, 1), number="C-1", name="Tea Room", street="Ring 1", city="Graz", country="Austria")
    await TaxRate.create(country="Austria", rate_basis_points=1900, valid_from=OPENED.date())
    await limit_discounts(1000, 6000)
    await PurchaseLimit.filter(currency="EUR").delete()
    await PurchaseLimit.create(role=Role.BACK_OFFICE_MANAGER, limit_minor=10_000, **EUR)


async def _goods() -> None:
    await Supplier.create(
        id=key(13, 1), number="S-1", name="Leaves", country="India", over_receipt_basis_points=1000, **EUR
    )
    await open_warehouse(key(19, 1), PLACES)
    await Location.create(id=OTHER_SHELF, warehouse_id=key(19, 1), code="UPPER", kind=LocationKind.STORAGE)
    for number, (product, name, price, made) in enumerate(
        ((TEA, "Tea", 333, False), (TIN, "Tin", 100, False), (GIFT, "Gift", 1999, True)), start=1
    ):
        await Product.create(
            id=product,
            sku=f"P-{number}",
            name=name,
            list_price_minor=price,
            cost_price_minor=price // 2,
            supplier_id=None if made else key(13, 1),
            is_made=made,
            # Tea does not keep for ever.
            shelf_life_days=90 if product == TEA else None,
            **EUR,
        )
        place, costs = PLACES[LocationKind.STORAGE], {"unit_cost_minor": price // 2, **EUR}
        await lay_down(product, key(21, number), f"FIRST-{number}", place, 8, OPENED, key(22, number), **costs)
    await bill_for(GIFT, 1, {TEA: 2, TIN: 1}, OPENED, key(23, 1))


LIVELY = frozenset("bal loc oli pay pol rtl sup whs".split()) | MACHINES.keys()
"""The prefixes of what is looked at again and again: all that has a status, and what else changes that a verb here is about."""
STILL = frozenset(info.prefix for info in registry.nodes.values()) - LIVELY


class House(RuleBasedStateMachine):
    """A house of its own for each life, in which people send verbs, and in which all that must hold is looked at."""

    def __init__(
        self,
        databases: Databases,
        engine: Engine,
        done: Counter[str],
        refused: defaultdict[str, Counter[str]],
    ) -> None:
        super().__init__()
        EXECUTOR_CACHE.clear()
        self.databases = databases
        self.runner = Runner()
        self.url = self.run(databases.copy_of(engine, "chain_house", furnish))
        self.database = Database(self.url)
        self.run(self.database.open())
        self.acting = Acting(engine_on(self.database), done, refused)
        self.known = KnownRows(STILL)
        self.people = people()
        self.rows: Rows = {}
        """What there is, until something is done."""
        self.looked_at: int | None = None
        """How much had been written when it was looked at last."""

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Does something, and waits for it."""
        return self.runner.run(work)

    def teardown(self) -> None:
        """Leaves nothing behind."""
        self.run(finish_running())
        self.run(self.database.close())
        self.run(self.databases.drop(self.url))
        self.runner.close()

    @invariant()
    def all_that_must_hold_holds(self) -> None:
        """After each step, unless it wrote nothing; what was refused may have written, and must have left nothing behind."""
        written = self.run(_written())
        if written != self.looked_at:
            self.run(self.check())
            self.looked_at = written

    async def check(self) -> None:
        """Looks at all that must hold."""
        await check_the_chain()

    def act(
        self, name: str, chance: int, *, newest: bool = False, by: Viewer | None = None, also: Sequence[str] = ()
    ) -> Viewer:
        """Somebody, or `by`, sends a verb that they may send, and `also` some others: about the newest record that it may
        succeed for, or mostly about one of these. Who it was.

        What cannot be done is refused as a problem, never as a fault.
        """
        verb, random = VERBS[name], Random(chance)
        able = [viewer for viewer in self.people if all(VERBS[one].may(viewer) for one in (name, *also))]
        viewer = by or random.choice(able)
        self.rows = self.rows or self.run(self.known.read())
        inputs = Inputs(random, viewer, self.rows)
        fitting = inputs.fitting(verb)
        chosen = random.choice(fitting) if fitting and random.randrange(4) else None
        if not self.run(self.acting.act(verb, inputs, max(fitting, default=None) if newest else chosen)):
            self.rows = {}
        assert not self.acting.faults, self.acting.faults
        return viewer


async def _written() -> int:
    """A figure that grows with whatever is written to the open database, also what is undone again."""
    connection = get_connection("default")
    figure = {"postgres": "CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text)", "sqlite": "total_changes()"}
    [row] = await connection.execute_query_dict(f"SELECT {figure[connection.capabilities.dialect]} AS written")
    return int(row["written"])
