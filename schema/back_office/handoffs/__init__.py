"""Handoffs: what a department works on. It reads a brief, never the customer's own words."""

from schema.back_office.handoffs.changes import HandoffMutations
from schema.back_office.handoffs.transferring import TransferMutations
from schema.back_office.handoffs.types import Handoff, Handoffs, HandoffSubscriptions, HandoffUpdate

__all__ = ["Handoff", "HandoffMutations", "HandoffSubscriptions", "HandoffUpdate", "Handoffs", "TransferMutations"]
