"""A small house where everything from order to delivery happens: two things that are bought, and one that is made of them."""

from asyncio import Runner
from collections import Counter
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant
from tortoise.backends.base.executor import EXECUTOR_CACHE

from models.back_office.logistics.inventory import Location, LocationKind
from models.back_office.products.catalogue import Product
from models.back_office.purchasing import PurchaseLimit, Supplier
from models.both_offices.accounts import Account
from models.front_office.customers import Customer
from models.front_office.sales.orders.terms import TaxRate
from models.kit.base import Record
from models.kit.database import Database
from models.kit.migrating import migrate
from models.permissions import Role
from resolvers.kit.transaction import finish_running
from resolvers.reading.declare import registry
from tests.conftest import Databases, Engine
from tests.properties.adversarial.company import departments_of, key, viewer_account
from tests.properties.chain.invariants import check_the_chain
from tests.properties.furnishing import bill_for, lay_down, limit_discounts, open_warehouse
from tests.properties.verbs import MOVES, RECORDS, VERBS
from tests.reading.planning import ask, engine_on, viewer_in

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


async def _people() -> None:
    for role in Role:
        await Account.create(
            id=viewer_account(role),
            email=f"{role.value.lower()}@example.com",
            name=role.value,
            roles=[role.value],
            departments=sorted(department.value for department in departments_of(role)),
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


def global_id(prefix: str, row: UUID | Any) -> str:
    """The id that clients know."""
    return f"{prefix}_{row if isinstance(row, UUID) else row.id}"


SALES, MANAGER, ACCOUNTANT = Role.SALES_REPRESENTATIVE, Role.FRONT_OFFICE_MANAGER, Role.ACCOUNTANT
CLERK, PLANNER, BACK_MANAGER = Role.LOGISTICS_CLERK, Role.PRODUCTION_PLANNER, Role.BACK_OFFICE_MANAGER
CUSTOMER, WAREHOUSE, SUPPLIER = f"cus_{key(2, 1)}", f"whs_{key(19, 1)}", f"sup_{key(13, 1)}"

PICK = st.integers(0, 40)
"""Which of the rows there are, counted round and round."""
QUANTITY = st.sampled_from([1, 2, 3, 5, 9])
PRODUCT = st.sampled_from([TEA, TIN, GIFT])


class Living(RuleBasedStateMachine):
    """A house of its own for each life, in which people send verbs, and in which all that must hold is looked at."""

    def __init__(self, databases: Databases, engine: Engine, outcomes: dict[str, Counter[str]]) -> None:
        super().__init__()
        EXECUTOR_CACHE.clear()
        self.databases = databases
        self.outcomes = outcomes
        self.runner = Runner()
        self.url = self.run(databases.copy_of(engine, "chain_house", furnish))
        self.database = Database(self.url)
        self.run(self.database.open())
        self.engine = engine_on(self.database)

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
        """After each step."""
        self.run(check_the_chain())

    def send(self, role: Role, verb: str, **given: Any) -> bool:
        """Whether somebody in a role could do something. What cannot be done is refused as a problem, never as a fault."""
        document = VERBS[verb].document("errors { code message path }")
        answer = self.run(ask(self.engine, viewer_in(role), document, {"input": given}))
        assert "errors" not in answer, (verb, given, answer)
        [payload] = answer["data"].values()
        codes = [error["code"] for error in payload["errors"]] or ["DONE"]
        self.outcomes.setdefault(verb, Counter()).update(codes)
        return codes == ["DONE"]

    def all_of(self, model: type[Record], **where: Any) -> Sequence[Any]:
        """The rows of a kind, the oldest first."""
        return self.run(_all_of(model, where))

    def any_of(self, model: type[Record], pick: int, **where: Any) -> Any:
        """One of the rows of a kind; None when there is none."""
        rows = self.all_of(model, **where)
        return rows[pick % len(rows)] if rows else None

    def advance(self, role: Role, verb: str, model: type[Record], pick: int, **given: Any) -> None:
        """Sends a verb about one row: mostly one that it may succeed for, and else one in whatever state it is in."""
        fits = {"status__in": sorted(MOVES[verb].origins)} if verb in MOVES and pick % 4 else {}
        if found := self.any_of(model, pick, **fits) or self.any_of(model, pick):
            prefix = next(info.prefix for info in registry.nodes.values() if info.model is model)
            self.send(role, verb, **{RECORDS[prefix]: global_id(prefix, found)}, **given)


async def _all_of(model: type[Record], where: dict[str, Any]) -> Sequence[Any]:
    return await model.filter(**where).order_by("id")
