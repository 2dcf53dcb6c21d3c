"""What tests of improvements share: a clock that they set, complaints and orders of any day, an improvement on its way."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from models.back_office.products.catalogue import Product
from models.back_office.products.improvements import Improvement, ImprovementKind
from models.front_office.sales.orders import Order, OrderLine, OrderStatus
from models.front_office.service.complaints import Category, CauseCode, Channel, Complaint, ComplaintStatus
from models.kit.base import new_id
from models.kit.severity import Severity
from models.permissions import Department
from resolvers.back_office.products.improvements.agreeing import plan_improvement, propose_improvement
from resolvers.back_office.products.improvements.steps import monitor_improvement, start_improvement
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from tests.office import Work, alfreds, do, doing

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
_numbers = count(1)


class Clock:
    """The present moment, for everybody, until it is set on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, moment: datetime = START) -> None:
        self.moment = moment
        monkeypatch.setattr("models.kit.base.datetime", self)

    def now(self, _zone: Any) -> datetime:
        """What `datetime.now` is asked for."""
        return self.moment

    def set_on(self, **by: float) -> None:
        """Lets time pass."""
        self.moment += timedelta(**by)


async def a_product(number: int = 0) -> Product:
    """One of the company's products."""
    return (await Product.all().order_by("sku").offset(number).limit(1))[0]


async def complained(at: datetime, **others: Any) -> Complaint:
    """A complaint about a delivery that came from a wrong method, received at a moment."""
    n = next(_numbers)
    given: dict[str, Any] = {
        "number": f"CMP-X-{n:06}",
        "customer_id": (await alfreds()).id,
        "channel": Channel.PHONE,
        "category": Category.DELIVERY,
        "severity": Severity.MEDIUM,
        "subject": "Late",
        "description": "It came late.",
        "status": ComplaintStatus.RECEIVED,
        "received_at": at,
        "cause": CauseCode.METHOD,
    }
    return await Complaint.create(id=new_id(), **given | others)


async def ordered(at: datetime, product: Product | None = None, times: int = 1) -> None:
    """Orders placed at a moment, of one product or of none that matters."""
    customer, product = await alfreds(), product or await a_product(76)
    for _ in range(times):
        n = next(_numbers)
        order = await Order.create(
            id=new_id(),
            number=f"ORD-X{n:06}",
            customer_id=customer.id,
            status=OrderStatus.PLACED,
            placed_at=at,
            currency="USD",
            net_minor=200,
            total_minor=200,
        )
        for position in (1, 2):
            await OrderLine.create(
                id=new_id(),
                order_id=order.id,
                position=position,
                product_id=product.id,
                quantity=3,
                unit_price_minor=100,
                currency="USD",
                net_minor=100,
                total_minor=100,
            )


AGREED: dict[str, Any] = {
    "plan": "The late shift loads.",
    "criterion": "Hardly any late deliveries.",
    "max_recurrence": Decimal("100.00"),
    "window_days": 10,
}


def proposing(viewer: Viewer, *complaints: Complaint, **others: Any) -> Work:
    """An improvement as somebody in logistics proposes it."""
    idea: dict[str, Any] = {"complaints": complaints, "title": "Load the night before"}
    idea |= {"kind": ImprovementKind.PREVENTION, "department": Department.LOGISTICS}
    return doing(propose_improvement, viewer, **idea | others)


async def proposed(viewer: Viewer, *complaints: Complaint, **others: Any) -> Improvement:
    """A proposed improvement."""
    keys = await transact(proposing(viewer, *complaints, **others))
    return await Improvement.get(id=keys["improvement"])


async def planned(viewer: Viewer, *complaints: Complaint, **others: Any) -> Improvement:
    """A planned improvement: at most 100 complaints per 1,000 orders, in a window of ten days."""
    improvement = await proposed(viewer, *complaints, **AGREED | others)
    await do(plan_improvement, viewer, improvement)
    return await Improvement.get(id=improvement.id)


async def monitored(viewer: Viewer, clock: Clock, *complaints: Complaint, **others: Any) -> Improvement:
    """An improvement that was made within a day and is in place."""
    improvement = await planned(viewer, *complaints, **others)
    await do(start_improvement, viewer, improvement)
    clock.set_on(days=1)
    await do(monitor_improvement, viewer, improvement)
    return await Improvement.get(id=improvement.id)
