"""Improvements: corrective and preventive actions (ISO 10002, 8.1; ISO 9001, 10.2) that came out of complaints."""

from models.back_office.products.improvements.tables import (
    ANSWERED_STATUSES,
    JUDGED_STATUSES,
    LONGEST_WINDOW_DAYS,
    MOST_RECURRENCE,
    OPEN_STATUSES,
    SHORTEST_WINDOW_DAYS,
    TRANSITIONS,
    USUAL_WINDOW_DAYS,
    WORK,
    Improvement,
    ImprovementComplaint,
    ImprovementEvent,
    ImprovementKind,
    ImprovementStatus,
    settled_sql,
)

__all__ = [
    "ANSWERED_STATUSES",
    "JUDGED_STATUSES",
    "LONGEST_WINDOW_DAYS",
    "MOST_RECURRENCE",
    "OPEN_STATUSES",
    "SHORTEST_WINDOW_DAYS",
    "TRANSITIONS",
    "USUAL_WINDOW_DAYS",
    "WORK",
    "Improvement",
    "ImprovementComplaint",
    "ImprovementEvent",
    "ImprovementKind",
    "ImprovementStatus",
    "settled_sql",
]
