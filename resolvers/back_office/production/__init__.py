"""Production: bills of materials, the work orders that follow them, and the checks that their batches must pass."""

from resolvers.back_office.production.bills import BillLineGiven, activate_bill, change_bill, draft_bill
from resolvers.back_office.production.making import cancel_work_order, complete_work_order, start_work_order
from resolvers.back_office.production.planning import change_work_order, plan_work_order, release_work_order
from resolvers.back_office.production.quality import check_batch, hold_batch, reject_batch, release_batch

__all__ = [
    "BillLineGiven",
    "activate_bill",
    "cancel_work_order",
    "change_bill",
    "change_work_order",
    "check_batch",
    "complete_work_order",
    "draft_bill",
    "hold_batch",
    "plan_work_order",
    "reject_batch",
    "release_batch",
    "release_work_order",
    "start_work_order",
]
