"""What is watched, ruled and waited for in the nasty company: clocks, absences, escalations, tasks, rules, notifications."""

from datetime import timedelta

from models.areas import RULED
from models.back_office.handoffs import Handoff, HandoffEvent
from models.back_office.products.improvements import Improvement
from models.both_offices.absences import Absence
from models.both_offices.accounts import RefreshToken
from models.both_offices.clocks.policies import BusinessCalendar, ClockPolicy, Regime
from models.both_offices.clocks.running import Clock, ClockKind, ClockSegment, ClockState
from models.both_offices.escalations import DepartmentManager, Escalation
from models.both_offices.notifications import Notification
from models.both_offices.rules import (
    Rule,
    RuleAction,
    RuleApplication,
    RuleCondition,
    RuleField,
    RuleVersion,
)
from models.both_offices.tasks import Task
from models.front_office.service.answers import ComplaintAnswer
from models.front_office.service.complaints import Complaint, ComplaintEvent
from models.permissions import Department, Role
from tests.properties.adversarial.complaints import BACK
from tests.properties.adversarial.making import START, Nasty, Row, key, moment, near, viewer_account

CLOCKS = 34
POLICIES = 12
DEPARTMENTS = [Department.LOGISTICS, *BACK]
TRIGGERS = [ComplaintEvent.RECEIVED.value, HandoffEvent.QUEUED.value, ComplaintEvent.CLOSED.value]


def clocks(made: Nasty) -> None:
    """Makes regimes, calendars, policies, and the clocks that run by them."""
    made.make(
        Regime,
        55,
        3,
        code=lambda n: f"HOUSE_{n}",
        active=lambda n: n == 2,
        reopen_within_days=lambda n: n * 9999,
    )
    made.make(
        BusinessCalendar,
        56,
        3,
        time_zone=["UTC", "Europe/Berlin"],
        hours=lambda n: [[[540, 1020]]] * (n + 3) + [[]] * (4 - n),
        country=[None, "DE", "MX"],
        subdivision=["BY", "BY", None],
        closed_dates=[[], ["2026-12-24"]],
        filled_until=lambda n: moment(n) if n > 1 else None,
        replaced_by_id=lambda n: key(56, 1) if n == 3 else None,
    )

    def policy(n: int) -> Row:
        if n > POLICIES:
            # Of the regime in force, one of each kind that leaves no complaint without a clock.
            selectors = dict.fromkeys(("stage", "department", "category", "severity", "replaced_by_id", "retired_at"))
            return selectors | {"regime_id": key(55, 2), "kind": list(ClockKind)[n - POLICIES - 1]}
        ended = n % 4 == 0
        return {
            "regime_id": key(55, n % 3 + 1),
            "stage": n % 3 + 1,
            "replaced_by_id": key(57, n - 1) if ended else None,
            "retired_at": moment(n) if ended else None,
        }

    made.make(
        ClockPolicy,
        57,
        POLICIES + len(ClockKind),
        policy,
        budget_minutes=lambda n: n * 60,
    )

    def clock(n: int) -> Row:
        of_handoff, state = n % 2 == 0, list(ClockState)[n % 3]
        handoff, complaint = made.nth(Handoff, n // 2 + 1), made.nth(Complaint, n // 2 + 1)
        return {
            "handoff_id": handoff["id"] if of_handoff else None,
            "complaint_id": None if of_handoff else complaint["id"],
            "department": handoff["department"] if of_handoff else None,
            "kind": list(ClockKind)[(2 if of_handoff else 0) + n // 4 % 2],
            "state": state,
            "due_at": moment(n + 1) if state is ClockState.RUNNING or n % 4 else None,
            "breached_at": moment(n + 1) if n % 6 == 0 else None,
        }

    made.make(Clock, 58, CLOCKS, clock, warn_at=moment, remaining_ms=lambda n: n * 61_001)
    made.make(
        ClockSegment,
        59,
        50,
        clock_id=lambda n: made.id_of(Clock, n),
        number=lambda n: (n - 1) // CLOCKS + 1,
        restarts=lambda n: n < 44,
    )


def people(made: Nasty) -> None:
    """Makes absences, managers, escalations and tasks."""

    def absence(n: int) -> Row:
        # One after another for each person, and now at the end: somebody is absent at present.
        begins = START + timedelta(days=30 * n)
        return {
            "account_id": key(1, n % 7 + 1),
            "from_at": begins,
            "until_at": [None, begins + timedelta(days=3)][n % 2] if n > 7 else begins + timedelta(days=9),
            "stand_in_id": key(1, n % 7 + 2) if n % 3 else None,
            "ended_at": begins + timedelta(days=1) if n % 4 == 0 else None,
        }

    made.make(Absence, 68, 14, absence)
    made.make(
        RefreshToken,
        78,
        21,
        # Three tokens a session, of which the last one lives, has ended, or has come too late.
        family=lambda n: key(78, 100 + (n - 1) // 3),
        token_hash=lambda n: f"{n:064}",
        issued_at=near,
        expires_at=lambda n: near(n) + timedelta(days=10_000 if n % 5 else 1),
        used_at=lambda n: near(n) if n % 3 else None,
        ended_at=lambda n: near(n) if n % 7 == 0 else None,
    )
    made.make(DepartmentManager, 69, 4, department=DEPARTMENTS, set_by_id=lambda n: key(1, n) if n % 2 else None)

    def escalation(n: int) -> Row:
        handoff = made.nth(Handoff, n + 1) if n % 2 else None
        return {
            "complaint_id": handoff["complaint_id"] if handoff else made.id_of(Complaint, n),
            "handoff_id": handoff and handoff["id"],
            "closed_by_id": None if n % 3 else key(1, 5),
        }

    made.make(
        Escalation,
        70,
        14,
        escalation,
        requested_by_id=lambda n: key(1, n % 3 + 1),
        requested_roles=[["SERVICE_AGENT"], []],
    )
    made.make(
        Task,
        71,
        18,
        # Who may do little else has something to do.
        lambda n: {"assignee_id": viewer_account(Role.MARKETER), "department": None} if n == 18 else {},
        done_by_id=lambda n: None if n % 5 else key(1, 2),
    )


def rules(made: Nasty) -> None:
    """Makes rules and what was done by them."""
    made.make(
        Rule,
        72,
        5,
        position=lambda n: n // 2,
        trigger=TRIGGERS,
        current_id=lambda n: key(73, n + 5),
        shipped_as=lambda n: f"rule_{n}" if n % 2 else None,
        # What is applied changes what verbs do; the rules of this company are for reading.
        enabled=False,
    )
    made.make(
        RuleVersion,
        73,
        10,
        rule_id=lambda n: key(72, (n - 1) % 5 + 1),
        number=lambda n: (n - 1) // 5 + 1,
        trigger=TRIGGERS,
    )
    fields = list(RuleField)
    made.make(
        RuleCondition,
        74,
        14,
        rule_version_id=lambda n: key(73, n % 10 + 1),
        operator=lambda n: sorted(RULED.facts.fact(fields[n % len(fields)]).operators)[0],
        compared_with=[["LOW"], [], ["é", '"'], ["3"]],
    )
    made.make(
        RuleAction,
        76,
        12,
        rule_version_id=lambda n: key(73, n % 10 + 1),
        severity=["LOW", "HIGH"],
        department=[None, *BACK],
        roles=[[], ["SERVICE_AGENT"]],
        departments=[["LOGISTICS"], []],
    )
    made.make(RuleApplication, 77, 16, event_number=lambda n: n, action_id=lambda n: key(76, n % 12 + 1))


def notifications(made: Nasty) -> None:
    """Makes notifications, each of which leads to something else."""

    def leading(n: int) -> Row:
        leads_to = {
            "improvement_id": made.picked(Improvement, n),
            "escalation_id": made.picked(Escalation, n),
            "answer_id": made.picked(ComplaintAnswer, n),
            "task_id": made.picked(Task, n),
            "message_id": key(8, n),
        }
        shown = list(leads_to)[n % 5]
        return {**dict.fromkeys(leads_to), shown: leads_to[shown]}

    made.make(
        Notification,
        75,
        24,
        leading,
        account_id=lambda n: key(1, n % 14 + 1),
        read_at=lambda n: None if n % 3 else moment(n),
    )
