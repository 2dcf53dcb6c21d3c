"""Ratings: what customers think of our answers, from 1 to 5 (ISO 10004). They rate through a link, without an account.

The surprising rule: a link is kept as a hash only, and an answer is rated once, however many links were made for it.
"""

from typing import Any

from tortoise import fields

from models.front_office.service.complaints import as_their_complaints
from models.kit.base import Record, optional_reference, reference
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind

LOWEST_SCORE, HIGHEST_SCORE = 1, 5
LOW_SCORE = 2
"""A score up to this one is low: the customer may ask for another look."""


class SatisfactionGrouping(DescribedEnum):
    """By what ratings are added up."""

    CATEGORY = "CATEGORY", "What the complaint is about."
    DEPARTMENT = "DEPARTMENT", "Each department whose answer was accepted at the stage that was rated."
    AGENT = "AGENT", "Who gave the answer."


class RatingEvent(EventKind):
    """What happens to ratings."""

    RATED = "COMPLAINT_RATED", "The customer said how satisfied they are."


class RatingLink(Record):
    """A link by which a customer may rate an answer once. `jti_hash` is the SHA-256 of what the signed token names.

    Its key is that of the letter that it went out in.
    """

    answer_id = reference("ComplaintAnswer", related_name="rating_links", index=True)
    jti_hash = fields.CharField(max_length=64, unique=True)
    issued_at = fields.DatetimeField()
    issued_by_id = optional_reference("Account", related_name="rating_links")
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "rating_links"


class Rating(Record):
    """What a customer thinks of one answer. `agent` is who gave the answer, and `key_hash` recognises a rating sent again."""

    complaint_id = reference("Complaint", related_name="ratings")
    answer_id = reference("ComplaintAnswer", related_name="rating", one_to_one=True)
    agent_id = optional_reference("Account", related_name="ratings")
    score = fields.IntField()
    comment: Any = fields.TextField(null=True)
    wants_reopening = fields.BooleanField(default=False)
    reopened = fields.BooleanField(default=False)
    rated_at = fields.DatetimeField()
    key_hash = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "ratings"
        indexes = (("complaint_id", "rated_at", "id"), ("rated_at", "id"))
        checks = {"score": "score BETWEEN 1 AND 5"}


Rating.row_scope = as_their_complaints
