"""Escalations: opened by staff, rules and clocks, closed by a manager who has another role than whoever asked."""

from resolvers.both_offices.escalations.opening import closing_role, escalate_by_clock, follow_clock, open_escalation
from resolvers.both_offices.escalations.verbs import (
    ChangeEscalationTrend,
    CloseEscalation,
    EscalateComplaint,
    change_escalation_trend,
    close_escalation,
    escalate_complaint,
)

__all__ = [
    "ChangeEscalationTrend",
    "CloseEscalation",
    "EscalateComplaint",
    "change_escalation_trend",
    "close_escalation",
    "closing_role",
    "escalate_by_clock",
    "escalate_complaint",
    "follow_clock",
    "open_escalation",
]
