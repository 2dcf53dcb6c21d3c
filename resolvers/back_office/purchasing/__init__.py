"""Purchasing: suppliers, what we order from them, who approves it, and what arrives of it."""

from resolvers.back_office.purchasing.limits import set_purchase_limit
from resolvers.back_office.purchasing.ordering import NewLine, change_purchase_order, draft_purchase_order
from resolvers.back_office.purchasing.receiving import Arrival, receive_purchase_order
from resolvers.back_office.purchasing.sending import (
    approve_purchase_order,
    cancel_purchase_order,
    close_purchase_order,
    send_purchase_order,
)
from resolvers.back_office.purchasing.shared import Keys
from resolvers.back_office.purchasing.suppliers import SupplierData, add_supplier, change_supplier

__all__ = [
    "Arrival",
    "Keys",
    "NewLine",
    "SupplierData",
    "add_supplier",
    "approve_purchase_order",
    "cancel_purchase_order",
    "change_purchase_order",
    "change_supplier",
    "close_purchase_order",
    "draft_purchase_order",
    "receive_purchase_order",
    "send_purchase_order",
    "set_purchase_limit",
]
