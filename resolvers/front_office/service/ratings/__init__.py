"""Ratings: links by which customers rate our answers, the ratings themselves, and what they come to."""

from resolvers.front_office.service.ratings.rating import (
    LINK_IN_FILE,
    GivenRating,
    issue_rating_link,
    rate_complaint,
    write_rating,
)
from resolvers.front_office.service.ratings.satisfaction import satisfaction
from resolvers.front_office.service.ratings.tokens import RatingTokens

__all__ = [
    "LINK_IN_FILE",
    "GivenRating",
    "RatingTokens",
    "issue_rating_link",
    "rate_complaint",
    "satisfaction",
    "write_rating",
]
