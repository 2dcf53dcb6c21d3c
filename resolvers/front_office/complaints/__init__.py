"""Complaints: received, handed off, answered, closed. Each verb is one transaction with its events."""

from resolvers.front_office.complaints.answering import answer_complaint
from resolvers.front_office.complaints.closing import close_complaint
from resolvers.front_office.complaints.determining import determine_cause, write_cause
from resolvers.front_office.complaints.handing_off import hand_off_complaint
from resolvers.front_office.complaints.receiving import NewComplaint, receive_complaint
from resolvers.front_office.complaints.shared import Keys, record_handoff, settle_after

__all__ = [
    "Keys",
    "NewComplaint",
    "answer_complaint",
    "close_complaint",
    "determine_cause",
    "hand_off_complaint",
    "receive_complaint",
    "record_handoff",
    "settle_after",
    "write_cause",
]
