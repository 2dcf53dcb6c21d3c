"""Complaints: received, handed off, answered, closed. Each verb is one transaction with its events."""

from resolvers.front_office.complaints.answering import answer_complaint
from resolvers.front_office.complaints.approving import approve_redress, reject_redress, withdraw_answer
from resolvers.front_office.complaints.closing import close_complaint
from resolvers.front_office.complaints.determining import determine_cause, write_cause
from resolvers.front_office.complaints.handing_off import hand_off_complaint
from resolvers.front_office.complaints.linking import link_complaints, unlink_complaints
from resolvers.front_office.complaints.receiving import NewComplaint, receive_complaint
from resolvers.front_office.complaints.reopening import challenge_complaint, reopen_complaint
from resolvers.front_office.complaints.shared import Keys, record_handoff, settle_after

__all__ = [
    "Keys",
    "NewComplaint",
    "answer_complaint",
    "approve_redress",
    "challenge_complaint",
    "close_complaint",
    "determine_cause",
    "hand_off_complaint",
    "link_complaints",
    "receive_complaint",
    "record_handoff",
    "reject_redress",
    "reopen_complaint",
    "settle_after",
    "unlink_complaints",
    "withdraw_answer",
    "write_cause",
]
