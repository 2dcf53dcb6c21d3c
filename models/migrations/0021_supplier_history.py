"""What happens to suppliers is kept as events; and counts that are open know what the ledger said, as if counted today."""

from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.kit.migrating_constraints import constrain_anew, one_of

EVENT_KINDS = (
    "COMPLAINT_RECEIVED COMPLAINT_ACKNOWLEDGED COMPLAINT_ROUTED SEVERITY_CHANGED CAUSE_DETERMINED CUSTOMER_ASKED"
    " CUSTOMER_REPLIED REDRESS_PROPOSED REDRESS_APPROVED REDRESS_REJECTED REDRESS_WITHDRAWN COMPLAINT_ANSWERED"
    " COMPLAINT_CHALLENGED COMPLAINT_REOPENED COMPLAINT_RATED COMPLAINT_LINKED COMPLAINT_UNLINKED COMPLAINT_ATTACHED"
    " COMPLAINT_DETACHED COMPLAINT_CLOSED HANDOFF_QUEUED HANDOFF_CLAIMED HANDOFF_RELEASED HANDOFF_ANSWERED"
    " HANDOFF_REFUSED HANDOFF_WITHDRAWN ANSWER_ACCEPTED ANSWER_REJECTED HANDOFF_TRANSFERRED CLAIM_RETURNED"
    " INFORMATION_REQUESTED INFORMATION_PROVIDED MESSAGE_POSTED FRONT_OFFICE_MESSAGE_POSTED"
    " BACK_OFFICE_MESSAGE_POSTED CLOCK_WARNED CLOCK_BREACHED ESCALATION_OPENED ESCALATION_CHANGED ESCALATION_CLOSED"
    " CASE_PROPOSED CASE_OPENED CASE_ANSWERED CASE_CLOSED IMPROVEMENT_PROPOSED IMPROVEMENT_REVISED"
    " IMPROVEMENT_PLANNED IMPROVEMENT_STARTED IMPROVEMENT_MONITORED IMPROVEMENT_JUDGED IMPROVEMENT_REJECTED"
    " PRODUCT_DECIDED PRODUCT_ADDED PRODUCT_CHANGED PRODUCT_STATUS_CHANGED BILL_ACTIVATED WORK_ORDER_PLANNED"
    " WORK_ORDER_RELEASED WORK_ORDER_STARTED WORK_ORDER_COMPLETED WORK_ORDER_CANCELLED BATCH_CHECKED BATCH_HELD"
    " BATCH_RELEASED BATCH_REJECTED STOCK_LOW STOCK_OUT STOCK_COUNTED ORDER_DRAFTED ORDER_CHANGED ORDER_QUOTED"
    " DISCOUNT_ASKED DISCOUNT_APPROVED DISCOUNT_REJECTED ORDER_PLACED ORDER_AMENDED ORDER_ALLOCATED"
    " ORDER_BACKORDERED ORDER_HELD ORDER_RESUMED ORDER_CANCELLED PAYMENT_RECORDED SHIPMENT_CREATED SHIPMENT_PICKED"
    " SHIPMENT_PACKED SHIPMENT_SHIPPED SHIPMENT_DELIVERED SHIPMENT_CANCELLED SUPPLIER_ADDED SUPPLIER_CHANGED"
    " PURCHASE_ORDER_DRAFTED PURCHASE_ORDER_CHANGED PURCHASE_ORDER_APPROVED PURCHASE_ORDER_SENT"
    " PURCHASE_ORDER_RECEIVED PURCHASE_ORDER_CLOSED PURCHASE_ORDER_CANCELLED RETURN_REQUESTED RETURN_AUTHORISED"
    " RETURN_RECEIVED RETURN_INSPECTED RETURN_CLOSED REFUND_MADE RULE_APPLIED TASK_CREATED TASK_FINISHED"
    " NOTIFICATION_SENT ABSENCE_SET ABSENCE_ENDED ACCOUNT_ADDED ACCOUNT_CHANGED SESSION_ENDED"
)
EVENT_COLUMNS = (
    "id kind at actor_id complaint_id handoff_id department account_id improvement_id notification_id order_id product_id"
    " batch_id work_order_id shipment_id purchase_order_id return_id supplier_id"
).split()
ONLY_NUMBERED = " AND ".join(
    (
        "OLD.position IS NULL",
        "NEW.position IS NOT NULL",
        *(f"OLD.{column} IS NOT DISTINCT FROM NEW.{column}" for column in EVENT_COLUMNS),
    )
)


async def keep_what_happens(_apps: Any, editor: Any) -> None:
    """Lets events be about suppliers, and still be numbered once and never changed."""
    run = editor.client.execute_query
    await constrain_anew(editor, "events", {"kind": one_of("kind", EVENT_KINDS)})
    await run("CREATE INDEX events_of_suppliers ON events (supplier_id, id) WHERE supplier_id IS NOT NULL")
    if editor.DIALECT == "sqlite":
        numbered = ONLY_NUMBERED.replace("IS NOT DISTINCT FROM", "IS")
        await run("DROP TRIGGER events_unchanged")
        await run(
            f"CREATE TRIGGER events_unchanged BEFORE UPDATE ON events WHEN NOT ({numbered})"
            " BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
        )
        return
    await run("DROP TRIGGER events_unchanged ON events")
    await run(
        f"CREATE TRIGGER events_unchanged BEFORE UPDATE ON events FOR EACH ROW WHEN (NOT ({ONLY_NUMBERED}))"
        " EXECUTE FUNCTION refuse_to_rewrite_events()"
    )


async def fill_in_what_is_expected(_apps: Any, editor: Any) -> None:
    """Nobody knows what the ledger said when an open count was written down: it is taken to be what it says now."""
    await editor.client.execute_query(
        "UPDATE stock_count_lines SET expected = coalesce((SELECT held.on_hand FROM stock_balances held"
        " JOIN stock_counts counted ON counted.location_id = held.location_id"
        " WHERE counted.id = stock_count_lines.count_id AND held.batch_id = stock_count_lines.batch_id), 0)"
        " WHERE count_id IN (SELECT id FROM stock_counts WHERE status = 'OPEN')"
    )


class Migration(migrations.Migration):
    """The column is added empty: what happened before nobody wrote down."""

    dependencies = [("models", "0020_product_search")]
    operations = [
        ops.AddField(model_name="Event", name="supplier_id", field=fields.UUIDField(null=True)),
        ops.AlterModelOptions(
            name="StockCountLine",
            options={
                "table": "stock_count_lines",
                "app": "models",
                "unique_together": (("count_id", "batch_id"),),
                "pk_attr": "id",
                "table_description": "What was found of one batch. `expected` is what the ledger said when that was written"
                " down; null in old counts given up.",
            },
        ),
        ops.RunPython(keep_what_happens),
        ops.RunPython(fill_in_what_is_expected),
    ]
