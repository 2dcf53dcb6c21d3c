"""Complaints and what happened to them. The customer's own words are for the front office; the rest is for both."""

from schema.front_office.service.complaints.changes import ComplaintMutations, ComplaintPayload, HandoffPayload
from schema.front_office.service.complaints.determining import CauseMutations
from schema.front_office.service.complaints.severity import SeverityMutations
from schema.front_office.service.complaints.splitting import SplitMutations
from schema.front_office.service.complaints.types import (
    Complaint,
    ComplaintSubscriptions,
    ComplaintUpdate,
    Event,
    FrontOfficeComplaints,
)
from schema.kit.areas import Area

__all__ = [
    "CauseMutations",
    "Complaint",
    "ComplaintMutations",
    "ComplaintPayload",
    "ComplaintSubscriptions",
    "ComplaintUpdate",
    "Event",
    "FrontOfficeComplaints",
    "HandoffPayload",
    "SeverityMutations",
    "SplitMutations",
]

AREA = Area(
    front_office=(FrontOfficeComplaints,),
    mutations=(
        ComplaintMutations,
        CauseMutations,
        SeverityMutations,
        SplitMutations,
    ),
    subscriptions=(ComplaintSubscriptions,),
)
