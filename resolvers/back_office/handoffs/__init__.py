"""Handoffs: claimed, released, answered and refused by the department; withdrawn, accepted and rejected by the front office."""

from resolvers.back_office.handoffs.department import answer_handoff, claim_handoff, refuse_handoff, release_handoff
from resolvers.back_office.handoffs.front_office import accept_answer, reject_answer, withdraw_handoff
from resolvers.back_office.handoffs.information import provide_information, request_information
from resolvers.back_office.handoffs.posting import post_message
from resolvers.back_office.handoffs.transferring import transfer_handoff

__all__ = [
    "accept_answer",
    "answer_handoff",
    "claim_handoff",
    "post_message",
    "provide_information",
    "refuse_handoff",
    "reject_answer",
    "release_handoff",
    "request_information",
    "transfer_handoff",
    "withdraw_handoff",
]
