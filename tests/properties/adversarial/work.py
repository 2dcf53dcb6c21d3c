"""What is watched, answered, judged and ruled in the nasty company: clocks, answers, cases, improvements, rules and tasks."""

from datetime import timedelta

from models.areas import RULED
from models.back_office.handoffs import Handoff, HandoffEvent
from models.back_office.products.decisions import ProductDecision
from models.back_office.products.improvements import Improvement, ImprovementComplaint, ImprovementStatus
from models.both_offices.absences import Absence
from models.both_offices.clocks.policies import BusinessCalendar, ClockPolicy, Counting, Regime
from models.both_offices.clocks.running import Clock, ClockKind, ClockSegment, ClockState
from models.both_offices.escalations import DepartmentManager, Escalation
from models.both_offices.notifications import Notification
from models.both_offices.rules import (
    Rule,
    RuleAction,
    RuleActionKind,
    RuleApplication,
    RuleCondition,
    RuleField,
    RuleVersion,
)
from models.both_offices.tasks import Task
from models.front_office.service.answers import (
    AnswerStatus,
    ComplaintAnswer,
    Redress,
    RedressLimit,
    Reopening,
    StageWorker,
)
from models.front_office.service.cases import CaseStatus, ComplaintLink, MajorCase
from models.front_office.service.complaints import Complaint, ComplaintEvent
from models.front_office.service.ratings import Rating
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department, Role
from tests.properties.adversarial.kinds import Nasty, Row, each

BACK = sorted(BACK_OFFICE_DEPARTMENTS)
HOLDERS = (Role.SERVICE_AGENT, Role.SALES_REPRESENTATIVE, Role.FRONT_OFFICE_MANAGER)


def cases(made: Nasty) -> None:
    """Makes major cases."""

    def case(n: int) -> Row:
        status = list(CaseStatus)[n % 4]
        is_closed = status is CaseStatus.CLOSED
        return _priced(n) | {
            "status": status,
            "answer": made.text(),
            "outcome": ["UPHELD", "NOT_UPHELD"][n % 2],
            "answered_at": made.moment(n),
            "closed_at": made.moment(n + 1) if is_closed else None,
        }

    made.make(MajorCase, 53, 5, case)


def watched(made: Nasty) -> None:
    """Makes the rows of the other tables."""
    _clocks(made)
    _answers(made)
    _improvements(made)
    _people(made)
    _rules(made)
    made.make(Notification, 75, 24, lambda n: _notification(made, n))


def _priced(n: int) -> Row:
    redress = list(Redress)[n % len(Redress)]
    if redress in (Redress.NONE, Redress.APOLOGY, Redress.REPLACEMENT):
        return {"redress": redress, "amount_minor": None, "currency": None}
    return {"redress": redress, "amount_minor": n * 1000, "currency": ["EUR", "JPY", "BHD"][n % 3]}


def _clocks(made: Nasty) -> None:
    made.make(Regime, 55, 3, lambda n: {"code": f"HOUSE_{n}", "active": n == 2, "reopen_within_days": n * 9999})
    made.make(
        BusinessCalendar,
        56,
        3,
        lambda n: {
            "time_zone": ["UTC", "Europe/Berlin"][n % 2],
            "hours": [[[540, 1020]]] * (n + 3) + [[]] * (4 - n),
            "country": [None, "DE", "MX"][n % 3],
            "subdivision": ["BY", None][n % 3 == 2],
            "closed_dates": [[], ["2026-12-24"]][n % 2],
            "replaced_by_id": made.key(56, 1) if n == 3 else None,
        },
    )
    made.make(
        ClockPolicy,
        57,
        12 + len(ClockKind),
        lambda n: (
            {
                "regime_id": made.key(55, n % 3 + 1),
                "counting": list(Counting)[n % 3],
                "calendar_id": None if list(Counting)[n % 3] is Counting.PLAIN else made.key(56, n % 3 + 1),
                "budget_minutes": n * 60,
                "stage": n % 3 + 1,
                "replaced_by_id": made.key(57, n - 1) if n % 4 == 0 else None,
                "retired_at": made.moment(n) if n % 4 == 0 else None,
            }
            | (_for_anything(made, n) if n > 12 else {})
        ),
    )
    complaints, handoffs = made.rows[Complaint], made.rows[Handoff]
    kinds = list(ClockKind)

    def clock(n: int) -> Row:
        of_handoff = n % 2 == 0
        state = list(ClockState)[n % 3]
        about = {"handoff_id": handoffs[n // 2 % len(handoffs)]["id"], "complaint_id": None}
        if not of_handoff:
            about = {"handoff_id": None, "complaint_id": complaints[n // 2 % len(complaints)]["id"]}
        return about | {
            "kind": kinds[(2 if of_handoff else 0) + n // 4 % 2],
            "department": handoffs[n // 2 % len(handoffs)]["department"] if of_handoff else None,
            "state": state,
            "stopped_at": made.moment(n) if state is ClockState.STOPPED else None,
            "warn_at": made.moment(n),
            "due_at": made.moment(n + 1) if state is ClockState.RUNNING or n % 4 else None,
            "breached_at": made.moment(n + 1) if n % 6 == 0 else None,
            "remaining_ms": n * 61_001,
        }

    made.make(Clock, 58, 34, clock)
    made.make(
        ClockSegment,
        59,
        50,
        lambda n: {"clock_id": each(made.rows[Clock], n)["id"], "number": (n - 1) // 34 + 1, "restarts": n < 44},
    )


def _for_anything(made: Nasty, n: int) -> Row:
    """A policy of the regime in force that leaves no complaint without a clock: one of each kind."""
    selectors = dict.fromkeys(("stage", "department", "category", "severity", "replaced_by_id", "retired_at"))
    return selectors | {"regime_id": made.key(55, 2), "kind": list(ClockKind)[n - 13], "budget_minutes": n * 60}


def _answers(made: Nasty) -> None:
    complaints = made.rows[Complaint]
    made.make(RedressLimit, 60, 6, lambda n: {"role": HOLDERS[n % 3], "currency": ["EUR", "JPY"][n % 2]})
    decided = (AnswerStatus.REJECTED, AnswerStatus.SENT)

    def answer(n: int) -> Row:
        status = list(AnswerStatus)[n % len(AnswerStatus)]
        priced = _priced(n)
        if status in (AnswerStatus.PROPOSED, AnswerStatus.REJECTED):
            priced = {"redress": Redress.GOODWILL, "amount_minor": n * 777, "currency": "EUR"}
        return priced | {
            "complaint_id": each(complaints, n)["id"],
            "status": status,
            "stage": n % 3 + 1,
            "attempt": n,
            "outcome": ["UPHELD", "PARTLY_UPHELD", "NOT_UPHELD"][n % 3],
            "proposed_by_id": made.key(1, n % 4 + 1),
            "proposed_at": made.moment(n),
            "decided_by_id": made.key(1, n % 4 + 2) if status in decided else None,
            "decided_at": made.moment(n + 1) if status in decided else None,
            "decision_reason": made.text() if status in decided else None,
            "sent_at": made.moment(n + 1) if status is AnswerStatus.SENT else None,
            "case_id": made.key(53, n % 5 + 1) if status is AnswerStatus.TO_CONFIRM or n % 4 == 0 else None,
        }

    made.make(ComplaintAnswer, 54, 22, answer)
    made.make(
        StageWorker,
        61,
        20,
        lambda n: {
            "complaint_id": each(complaints, n)["id"],
            "account_id": made.key(1, (n - 1) // 18 * 3 + n % 5 + 1),
            "stage": n // 2 % 3 + 1,
        },
    )
    made.make(Reopening, 62, 9, lambda n: {"stage": n % 3 + 1})
    made.make(
        ComplaintLink,
        63,
        10,
        lambda n: {"complaint_id": each(complaints, n)["id"], "other_id": each(complaints, n + n % 3 + 1)["id"]},
    )
    sent = [row for row in made.rows[ComplaintAnswer] if row["status"] is AnswerStatus.SENT]
    made.make(
        Rating,
        64,
        len(sent),
        lambda n: {
            "complaint_id": sent[n - 1]["complaint_id"],
            "answer_id": sent[n - 1]["id"],
            "score": n % 5 + 1,
        },
    )


def _improvements(made: Nasty) -> None:
    judged = (ImprovementStatus.EFFECTIVE, ImprovementStatus.NOT_EFFECTIVE)

    def improvement(n: int) -> Row:
        status = list(ImprovementStatus)[n % len(ImprovementStatus)]
        row: Row = {
            "status": status,
            "window_days": n * 30,
            "predecessor_id": made.key(65, n - 7) if n > 7 else None,
            "plan": made.text(),
            "criterion": made.text(),
            "planned_at": made.moment(n),
            "started_at": made.moment(n),
            "monitoring_from": made.moment(n),
            "monitored_until": made.moment(n) + timedelta(seconds=n) if n % 11 != 10 else made.moment(1),
            "rejection_reason": made.text(),
            "rejected_at": made.moment(n),
            "max_recurrence": n * 150,
            "department": [Department.LOGISTICS, *BACK][n % 9],
            **{f"complaints_{when}": [None, n][n % 2] for when in ("before", "after")},
            **{f"orders_{when}": [None, n * 7][n % 2] for when in ("before", "after")},
        }
        if n % 11 == 10:
            row["monitoring_from"] = made.moment(0)
        if status in judged:
            row |= {
                "judged_at": made.moment(10),
                "judged_by_id": made.key(1, n % 4 + 1),
                "complaints_before": n,
                "orders_before": n * 9,
                "complaints_after": n % 2 if status is ImprovementStatus.EFFECTIVE else n,
                "orders_after": 100 if status is ImprovementStatus.NOT_EFFECTIVE else 10**6,
            }
            row["max_recurrence"] = n * 150 if status is ImprovementStatus.EFFECTIVE else 1
        return row

    made.make(Improvement, 65, 12, improvement)
    made.make(
        ImprovementComplaint,
        66,
        20,
        lambda n: {
            "improvement_id": each(made.rows[Improvement], n)["id"],
            "complaint_id": each(made.rows[Complaint], n + n // 12)["id"],
        },
    )
    figures = ("complaints", "open_complaints", "high_complaints", "critical_complaints", "units_sold")
    made.make(
        ProductDecision,
        67,
        9,
        lambda n: {
            **dict.fromkeys(figures, n),
            "orders": [0, n * 13][n % 2],
            "average_rating": [None, n * 50 + 50][n % 2],
        },
    )


def _people(made: Nasty) -> None:
    def absence(n: int) -> Row:
        # One after another for each person, and now at the end: somebody is absent at present.
        begins = made.moment(0) + timedelta(days=30 * n)
        return {
            "account_id": made.key(1, n % 7 + 1),
            "from_at": begins,
            "until_at": [None, begins + timedelta(days=3)][n % 2] if n > 7 else begins + timedelta(days=9),
            "stand_in_id": [None, made.key(1, n % 7 + 2)][n % 3 > 0],
            "ended_at": begins + timedelta(days=1) if n % 4 == 0 else None,
        }

    made.make(Absence, 68, 14, absence)
    made.make(
        DepartmentManager,
        69,
        4,
        lambda n: {"department": [Department.LOGISTICS, *BACK][n], "set_by_id": [None, made.key(1, n)][n % 2]},
    )
    handoffs = made.rows[Handoff]

    def escalation(n: int) -> Row:
        is_closed = n % 3 == 0
        handoff = handoffs[n % len(handoffs)] if n % 2 else None
        about = handoff["complaint_id"] if handoff else each(made.rows[Complaint], n)["id"]
        return {
            "complaint_id": about,
            "handoff_id": handoff and handoff["id"],
            "requested_by_id": made.key(1, n % 3 + 1),
            "requested_roles": [["SERVICE_AGENT"], []][n % 2],
            "closed_at": made.moment(n) if is_closed else None,
            "closed_by_id": made.key(1, n % 3 + 5) if is_closed else None,
            "closed_role": Role.BACK_OFFICE_MANAGER if is_closed else None,
            "resolution": made.text() if is_closed else None,
        }

    made.make(Escalation, 70, 14, escalation)

    def task(n: int) -> Row:
        whose = {"assignee_id": made.key(1, n % 14 + 1), "department": None}
        if n % 2:
            whose = {"assignee_id": None, "department": [Department.LOGISTICS, *BACK][n // 2 % 9]}
        done = {"done_at": made.moment(n), "done_by_id": made.key(1, 2)}
        return whose | (done if n % 5 == 0 else dict.fromkeys(done)) | {"created_by_id": made.key(1, n % 3 + 1)}

    made.make(Task, 71, 18, task)


def _rules(made: Nasty) -> None:
    triggers = (ComplaintEvent.RECEIVED.value, HandoffEvent.QUEUED.value, ComplaintEvent.CLOSED.value)
    made.make(
        Rule,
        72,
        5,
        lambda n: {
            "position": n // 2,
            "trigger": triggers[n % 3],
            "current_id": made.key(73, n + 5),
            "shipped_as": [None, f"rule_{n}"][n % 2],
            # What is applied changes what verbs do; the rules of this company are for reading.
            "enabled": False,
        },
    )
    made.make(
        RuleVersion,
        73,
        10,
        lambda n: {"rule_id": made.key(72, (n - 1) % 5 + 1), "number": (n - 1) // 5 + 1, "trigger": triggers[n % 3]},
    )

    def condition(n: int) -> Row:
        looks_at = list(RuleField)[n % len(RuleField)]
        return {
            "rule_version_id": made.key(73, n % 10 + 1),
            "position": n,
            "looks_at": looks_at,
            "operator": sorted(RULED.facts.fact(looks_at).operators)[0],
            "compared_with": [["LOW"], [], ["é", '"'], ["3"]][n % 4],
            "within_days": n,
        }

    made.make(RuleCondition, 74, 14, condition)

    def action(n: int) -> Row:
        return {
            "rule_version_id": made.key(73, n % 10 + 1),
            "position": n,
            "kind": list(RuleActionKind)[n % 5],
            "severity": ["LOW", "HIGH"][n % 2],
            "within_days": n,
            "title": made.text(),
            "department": [None, *BACK][n % 9],
            "roles": [[], ["SERVICE_AGENT"]][n % 2],
            "departments": [["LOGISTICS"], []][n % 2],
            "due_in_minutes": n,
        }

    made.make(RuleAction, 76, 12, action)
    made.make(RuleApplication, 77, 16, lambda n: {"event_number": n, "action_id": made.key(76, n % 12 + 1)})


def _notification(made: Nasty, n: int) -> Row:
    leads_to = {
        "improvement_id": made.picked(Improvement, n),
        "escalation_id": made.picked(Escalation, n),
        "answer_id": made.picked(ComplaintAnswer, n),
        "task_id": made.picked(Task, n),
        "message_id": made.key(8, n),
    }
    shown = list(leads_to)[n % 5]
    return {
        **dict.fromkeys(leads_to),
        shown: leads_to[shown],
        "account_id": made.key(1, n % 14 + 1),
        "read_at": [made.moment(n), None][n % 3 > 0],
    }
