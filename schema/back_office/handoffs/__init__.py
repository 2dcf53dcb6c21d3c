"""Handoffs: what a department works on. It reads a brief, never the customer's own words."""

from schema.back_office.handoffs.changes import HandoffMutations
from schema.back_office.handoffs.messages import MessageMutations
from schema.back_office.handoffs.transferring import TransferMutations
from schema.back_office.handoffs.types import Handoff, Handoffs, HandoffSubscriptions, HandoffUpdate
from schema.kit.areas import Area

__all__ = ["Handoff", "HandoffMutations", "HandoffSubscriptions", "HandoffUpdate", "Handoffs", "TransferMutations"]

AREA = Area(
    front_office=(Handoffs,),
    back_office=(Handoffs,),
    mutations=(
        HandoffMutations,
        TransferMutations,
        MessageMutations,
    ),
    subscriptions=(HandoffSubscriptions,),
)
