"""Ratings: links by which customers rate our answers, the ratings themselves, and what they come to."""
