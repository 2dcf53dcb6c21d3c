"""Versions: they move with nothing that their reader may not know of, and still stop the second editor."""

from typing import Any

import pytest

from models.back_office.products.catalogue import Product
from models.back_office.purchasing import Supplier
from models.front_office.sales.orders import Order
from models.permissions import Department, Role
from resolvers.kit.commands import Viewer
from tests.front_office.sales.ordering import drafted, line, stocked
from tests.office import Office, codes_in, handed_off, hire, prefix_of

IT = Department.IT


async def editor_and_others(office: Office, what: str) -> tuple[Viewer, Viewer, Any, list[tuple[str, dict[str, Any]]]]:
    """Who makes changes, who may not know of them but reads the record, the record, and the changes."""
    agent = await office.somebody("service")
    if what == "complaint":
        handoff = await handed_off(agent)
        complaint = await handoff.complaint
        given = [("handOffComplaint", {"department": "IT"}), ("handOffComplaint", {"department": "FINANCE"})]
        return agent, await hire("Lea", [Role.LOGISTICS_CLERK], [Department.LOGISTICS]), complaint, given
    if what == "product":
        product = await Product.all().order_by("sku").first()
        given = [
            ("setCost", {"amount": "3.00"}),
            ("setListPrice", {"amount": "9.00"}),
            ("changeProduct", {"noSupplier": True}),
        ]
        return (
            await hire("Dee", [Role.PRODUCT_DEVELOPER], []),
            await hire("Ida", [Role.IT_TECHNICIAN], [IT]),
            product,
            given,
        )
    if what == "supplier":
        supplier = await Supplier.all().order_by("name").first()
        given = [("changeSupplier", {"email": "new@supplier.example"}), ("changeSupplier", {"phone": "030 1"})]
        developer = await hire("Dee", [Role.PRODUCT_DEVELOPER], [])
        return await hire("Bo", [Role.BACK_OFFICE_MANAGER], []), developer, supplier, given
    draft = await drafted(office, agent, line(await stocked(10, 1000), 2))
    order = await Order.get(id=draft["id"].partition("_")[2])
    given = [("quoteOrder", {}), ("recordPayment", {"amount": "1.00", "currency": "USD", "method": "CARD"})]
    return agent, await hire("Ida", [Role.IT_TECHNICIAN], [IT]), order, given


@pytest.mark.parametrize("what", ["complaint", "product", "supplier", "order"])
async def test_a_version_moves_for_who_may_know_of_the_change_and_for_nobody_else(office: Office, what: str) -> None:
    editor, other, record, changes = await editor_and_others(office, what)
    before = await office.read(other, record, "version")
    for verb, given in changes:
        if verb == "recordPayment":
            await office.send(editor, "placeOrder", "errors { code }", order=f"ord_{record.id}")
            before = await office.read(other, record, "version")
        version = await office.read(editor, record, "version")
        own = {what: f"{prefix_of(type(record))}_{record.id}", "expectedVersion": version}
        assert codes_in(await office.send(editor, verb, "errors { code }", **own, **given)) == [], verb
        # Whoever read it before the change is told that there is a later one.
        assert await office.read(editor, record, "version") > version, verb
        assert "STALE_VERSION" in codes_in(await office.send(editor, verb, "errors { code }", **own, **given)), verb
        assert await office.read(other, record, "version") == before, verb
