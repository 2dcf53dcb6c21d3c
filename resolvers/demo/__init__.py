"""The demo company, Northwind Traders: what a fresh Interoffice holds, so that there is something to work on.

What Northwind's data do not say is invented here by plain rules: e-mail addresses, cost prices, most of the staff.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from tortoise.connection import get_connection

from models.engines.sqlite import undivided
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order
from models.kit.base import now
from models.kit.database import Database
from resolvers.both_offices.accounts.passwords import hash_password
from resolvers.both_offices.clocks import on_moment
from resolvers.both_offices.clocks.policies import bring_in_presets
from resolvers.both_offices.clocks.watching import ClockJob
from resolvers.both_offices.escalations import follow_clock
from resolvers.both_offices.rules.applying import apply_rules
from resolvers.both_offices.rules.saving import ship_rules
from resolvers.demo.company import customers, discount_limits, orders, products, suppliers
from resolvers.demo.facts import order_number
from resolvers.demo.staff import DEMO_ACCOUNTS, DEMO_PASSWORD, DemoAccount, accounts
from resolvers.demo.stock import tell_the_stock
from resolvers.demo.year import MONTHS, month_of, tell_the_year
from resolvers.events.outbox import number_events
from resolvers.kit.transaction import before_commit, transact

__all__ = ["DEMO_ACCOUNTS", "DEMO_PASSWORD", "DemoAccount", "OtherCompanyError", "Progress", "load_demo"]


class OtherCompanyError(Exception):
    """The database holds customers who are not Northwind's; the demo company would mix with them."""


Progress = Callable[[str, int, int], None]
"""Is told what begins now, and that this is step so many of so many."""

STAFF, TRADE, ORDERS, STOCK = "its staff", "its customers and products", "its orders", "its stock and deliveries"


def _unseen(_step: str, _number: int, _of: int) -> None: ...


async def load_demo(database: Database, *, with_its_past: bool = True, progress: Progress = _unseen) -> bool:
    """Brings the demo company into an open database, all of it or nothing. False if it was there already.

    Its past takes some seconds to tell; without it, nobody has complained yet.
    """
    begin = _in_order(progress, (STAFF, TRADE, ORDERS, STOCK, *(MONTHS if with_its_past else ())))
    if await _is_here():
        return False
    password_hash = await hash_password(DEMO_PASSWORD)

    async def bring_in() -> bool:
        if database.dialect == "postgres":
            # Two processes may try at once; SQLite's transactions wait for each other anyway.
            await get_connection("default").execute_query("LOCK TABLE customers IN SHARE ROW EXCLUSIVE MODE")
        if await _is_here():
            return False
        if await Customer.exists():
            raise OtherCompanyError("This database holds another company already. The demo needs one of its own.")
        begin(STAFF)
        cast = await accounts(password_hash)
        await discount_limits()
        begin(TRADE)
        buyers, supplied_by = await customers(), await suppliers()
        made = await products(supplied_by)
        begin(ORDERS)
        sold = await orders(buyers, made, cast)
        begin(STOCK)
        await tell_the_stock(made, sold, supplied_by, cast)
        if with_its_past:
            with ExitStack() as followed:
                followed.callback(before_commit(apply_rules))
                followed.callback(on_moment(follow_clock))
                await tell_the_year(buyers, sold, made, cast, lambda at: begin(month_of(at)))
            while await number_events(database):
                pass
        return True

    # A company moves in before anybody is served.
    with undivided():
        await bring_in_presets()
        if with_its_past:
            await ship_rules()
        brought = await transact(bring_in)
        await ClockJob(database).take_over_what_is_open(now())
    return brought


def _in_order(progress: Progress, steps: Sequence[str]) -> Callable[[str], None]:
    """What is to be called as steps begin; it tells of each once."""
    begun = 0

    def begin(step: str) -> None:
        nonlocal begun
        number = steps.index(step) + 1
        if number > begun:
            begun = number
            progress(step, number, len(steps))

    return begin


async def _is_here() -> bool:
    # Nothing is ever deleted, so Northwind's first order tells.
    return await Order.exists(number=order_number("10248"))
