"""Labels and invoices that nobody whose work it is may write, in the front office's list of work."""

from dataclasses import replace
from importlib import import_module

from models.kit.constraints import Index
from models.kit.migrating import Step

OWED = "status NOT IN ('DRAFT', 'CANCELLED') AND paid_minor < total_minor"


def nobody_may_be_told(role: str, order: str) -> str:
    """The condition that everybody with the role had a handoff about an order."""
    there_is_one = (
        "EXISTS (SELECT 1 FROM accounts teller WHERE teller.enabled AND"
        f" (CAST(teller.roles AS text) LIKE '%\"{role}\"%')"
    )
    may_be_told = (
        "(EXISTS (SELECT 1 FROM event_subjects told JOIN events look ON look.id = told.event_id"
        f" WHERE told.key = {order}.id AND told.type = 'order' AND look.actor_id = teller.id"
        " AND look.kind IN ('INVOICE_ADDRESSED', 'LABEL_PRINTED'))"
        " OR NOT EXISTS (SELECT 1 FROM complaints grieved"
        f" WHERE (grieved.order_id = {order}.id OR grieved.id = {order}.complaint_id)"
        " AND (EXISTS (SELECT 1 FROM handoffs held WHERE held.complaint_id = grieved.id AND held.claimed_by_id = teller.id)"
        " OR EXISTS (SELECT 1 FROM stage_workers worked"
        " WHERE worked.complaint_id = grieved.id AND worked.account_id = teller.id))))"
    )
    return (
        "EXISTS (SELECT 1 FROM complaints about_it"
        f" WHERE about_it.order_id = {order}.id OR about_it.id = {order}.complaint_id)"
        f" AND {there_is_one}) AND NOT {there_is_one} AND {may_be_told})"
    )


LABEL_TO_WRITE = (
    {
        "id": "parcel.id",
        "kind": "'LABEL_TO_WRITE'",
        "since": "parcel.picked_at",
        "due_at": "NULL",
        "order_id": "sold.id",
        "owner": "'FRONT_OFFICE'",
    },
    "shipments parcel JOIN orders sold ON sold.id = parcel.order_id WHERE parcel.status IN ('PACKED', 'PICKED')"
    f" AND {nobody_may_be_told('LOGISTICS_CLERK', 'sold')}",
)
INVOICE_TO_WRITE = (
    {
        "id": "owed.id",
        "kind": "'INVOICE_TO_WRITE'",
        "since": "owed.placed_at",
        "due_at": "NULL",
        "order_id": "owed.id",
        "owner": "'FRONT_OFFICE'",
    },
    "orders owed WHERE owed.status NOT IN ('DRAFT', 'CANCELLED') AND owed.paid_minor < owed.total_minor"
    f" AND {nobody_may_be_told('ACCOUNTANT', 'owed')}",
)


async def apply(step: Step) -> None:
    """Makes the list anew, and an index of what is owed."""
    await step.run(Index("orders_owed", "placed_at, id", where=OWED).made("orders", step.dialect))
    work = import_module("models.migrations.0001_baseline.tables").VIEWS[-1]
    values, rows = import_module("models.migrations.0003_second_persons").TO_APPROVE
    branches = (
        *import_module("models.migrations.0009_work_of_the_gone")._with_others(work.branches),
        ({**values, "refund_proposal_id": "offered.id"}, rows),
        import_module("models.migrations.0006_counts_to_post").TO_POST,
        LABEL_TO_WRITE,
        INVOICE_TO_WRITE,
    )
    columns = {**work.columns, "stock_count_id": "uuid", "refund_proposal_id": "uuid"}
    await step.run(["DROP VIEW work_items"])
    await step.run(replace(work, columns=columns, branches=branches).made(step.dialect))
