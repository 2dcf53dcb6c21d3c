"""Complaints: received, handed off, answered, closed. Each verb is one transaction with its events."""

from resolvers.front_office.service.complaints.answering import answer_complaint
from resolvers.front_office.service.complaints.closing import close_complaint
from resolvers.front_office.service.complaints.determining import determine_cause, write_cause
from resolvers.front_office.service.complaints.handing_off import hand_off_complaint
from resolvers.front_office.service.complaints.receiving import NewComplaint, receive_complaint
from resolvers.front_office.service.complaints.severity import change_severity, set_severity
from resolvers.front_office.service.complaints.shared import Keys, record_handoff, settle_after
from resolvers.front_office.service.complaints.splitting import Part, split_complaint

__all__ = [
    "Keys",
    "NewComplaint",
    "Part",
    "answer_complaint",
    "change_severity",
    "close_complaint",
    "determine_cause",
    "hand_off_complaint",
    "receive_complaint",
    "record_handoff",
    "set_severity",
    "settle_after",
    "split_complaint",
    "write_cause",
]
