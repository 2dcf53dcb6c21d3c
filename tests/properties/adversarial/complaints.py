"""Complaints, their departments, and what was said, answered and judged in the nasty company."""

from datetime import timedelta
from itertools import product
from uuid import UUID

from models.back_office.handoffs import Handoff, HandoffStatus
from models.back_office.handoffs.messages import Audience, HandoffMessage, MessageMention, Office
from models.back_office.products.decisions import ProductDecision
from models.back_office.products.improvements import Improvement, ImprovementComplaint, ImprovementStatus
from models.both_offices.accounts import Account
from models.front_office.customers import Language
from models.front_office.service.answers import (
    REDRESS_WITH_AMOUNT,
    AnswerStatus,
    ComplaintAnswer,
    Redress,
    RedressLimit,
    Reopening,
    StageWorker,
)
from models.front_office.service.cases import ComplaintLink, MajorCase
from models.front_office.service.complaints import ANSWER_OUTCOMES, Complaint, ComplaintStatus
from models.front_office.service.correspondence import (
    REQUIRED,
    Correspondence,
    CorrespondenceKind,
    Direction,
    MessageTemplate,
)
from models.front_office.service.ratings import Rating
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department, Role
from tests.properties.adversarial.making import LAST_MOMENT, Nasty, Row, key, moment, viewer_account
from tests.properties.adversarial.sales import departments_of

COMPLAINTS = 18
BACK = sorted(BACK_OFFICE_DEPARTMENTS)
OUTCOMES = sorted(ANSWER_OUTCOMES)
HOLDERS = [Role.SERVICE_AGENT, Role.SALES_REPRESENTATIVE, Role.FRONT_OFFICE_MANAGER]
WAS_CLAIMED = (
    HandoffStatus.CLAIMED,
    HandoffStatus.AWAITING_INFORMATION,
    HandoffStatus.ANSWERED,
    HandoffStatus.ACCEPTED,
)


def cases(made: Nasty) -> None:
    """Makes major cases."""

    made.make(MajorCase, 53, 5, _priced, outcome=[*OUTCOMES])


def complaints(made: Nasty) -> None:
    """Makes complaints and handoffs."""

    made.make(Complaint, 6, COMPLAINTS, stage=[1, 2, 3])
    # Begun in the middle, so that LOGISTICS has one that is claimed.
    statuses = [*list(HandoffStatus)[3:], *list(HandoffStatus)[:3]]
    of_complaints = [key(6, n) for n in range(1, COMPLAINTS + 1) for _ in range(n % 4)]
    # Everybody in the back office has something to claim.
    open_one = next(row["id"] for row in made.rows[Complaint] if row["status"] == ComplaintStatus.HANDED_OFF)
    wanted: list[tuple[UUID, Department, HandoffStatus]] = [
        *((one, BACK[n % len(BACK)], statuses[n % len(statuses)]) for n, one in enumerate(of_complaints)),
        *((open_one, department, HandoffStatus.QUEUED) for department in BACK),
    ]
    made.make(Handoff, 7, len(wanted), lambda n: _handoff(made, n, *wanted[n - 1]), stage=[1, 2, 3])


def _handoff(made: Nasty, n: int, complaint: UUID, department: Department, status: HandoffStatus) -> Row:
    # A claim belongs to somebody of the department where there is such a person, so that `nextStatuses` differs by viewer.
    somebody = made.picked(Account, n)
    claimant = next((viewer_account(role) for role in Role if department in departments_of(role)), somebody)
    return {
        "complaint_id": complaint,
        "department": department,
        "status": status,
        "claimed_by_id": claimant if status in WAS_CLAIMED else made.maybe(somebody),
    }


def talk(made: Nasty) -> None:
    """Makes messages, mentions, letters and templates, meant for everybody and written by everybody."""
    handoffs, ways = len(made.rows[Handoff]), list(product(Audience, Office))
    made.make(
        HandoffMessage,
        8,
        3 * handoffs,
        lambda n: dict(zip(("audience", "office"), ways[(n - 1) % len(ways)], strict=True)),
        handoff_id=lambda n: made.id_of(Handoff, n + 1),
        author_id=lambda n: made.id_of(Account, n),
        text=lambda n: f"{made.text()} said {n}",
    )
    made.make(
        MessageMention,
        9,
        3 * handoffs - 1,
        message_id=lambda n: key(8, n // 2 + 1),
        account_id=lambda n: made.id_of(Account, n),
    )

    def letter(n: int) -> Row:
        kind = list(CorrespondenceKind)[n % len(CorrespondenceKind)]
        came = kind is CorrespondenceKind.REPLY
        return {
            "kind": kind,
            "direction": Direction.RECEIVED if came else Direction.SENT,
            "language": None if came else list(Language)[n % 6],
        }

    made.make(
        Correspondence,
        10,
        2 * COMPLAINTS,
        letter,
        complaint_id=lambda n: made.id_of(Complaint, n + 1),
        text=lambda n: f"{made.text()} written {n}",
        by_id=lambda n: made.id_of(Account, n) if n % 2 else None,
    )
    templates = [
        (kind, language)
        for n, (kind, language) in enumerate(product(CorrespondenceKind, Language), start=1)
        if kind is not CorrespondenceKind.REPLY and n % 3
    ]

    def template(n: int) -> Row:
        kind, language = templates[n - 1]
        # As the verb would let it be saved: a letter has a text whatever its placeholders are filled with.
        required = " ".join(f"${name}" for name in sorted(REQUIRED[kind]))
        return {"kind": kind, "language": language, "text": f"{made.text().replace('$', '$$')} begun {n} {required}"}

    made.make(MessageTemplate, 11, len(templates), template)


def _priced(n: int) -> Row:
    redress = list(Redress)[n % len(Redress)]
    if redress not in REDRESS_WITH_AMOUNT:
        return {"redress": redress, "amount_minor": None, "currency": None}
    return {"redress": redress, "amount_minor": n * 1000, "currency": ["EUR", "JPY", "BHD"][n % 3]}


def answers(made: Nasty) -> None:
    """Makes answers, who worked at which stage, what came back, what belongs together, and ratings."""

    def granted(n: int) -> Row:
        needs_amount = list(AnswerStatus)[n % len(AnswerStatus)] in (AnswerStatus.PROPOSED, AnswerStatus.REJECTED)
        goodwill = {"redress": Redress.GOODWILL, "amount_minor": n * 777, "currency": "EUR"}
        return goodwill if needs_amount else _priced(n)

    made.make(RedressLimit, 60, 6, role=HOLDERS, currency=["EUR", "JPY"])
    made.make(
        ComplaintAnswer,
        54,
        22,
        granted,
        complaint_id=lambda n: made.id_of(Complaint, n),
        stage=[1, 2, 3],
        outcome=[*OUTCOMES],
        proposed_by_id=lambda n: key(1, n % 4 + 1),
        # Who rejected it, or let it be sent.
        decided_by_id=lambda n: key(1, n % 4 + 2) if n % len(AnswerStatus) in (2, 3) else None,
    )
    made.make(
        StageWorker,
        61,
        20,
        complaint_id=lambda n: made.id_of(Complaint, n),
        account_id=lambda n: key(1, (n - 1) // 18 * 3 + n % 5 + 1),
        stage=lambda n: n // 2 % 3 + 1,
    )
    made.make(Reopening, 62, 9, stage=[1, 2, 3])
    made.make(
        ComplaintLink,
        63,
        10,
        complaint_id=lambda n: made.id_of(Complaint, n),
        other_id=lambda n: made.id_of(Complaint, n + n % 3 + 1),
    )
    sent = [row for row in made.rows[ComplaintAnswer] if row["status"] is AnswerStatus.SENT]
    made.make(
        Rating,
        64,
        len(sent),
        complaint_id=lambda n: sent[n - 1]["complaint_id"],
        answer_id=lambda n: sent[n - 1]["id"],
        score=[1, 2, 3, 4, 5],
    )


def improvements(made: Nasty) -> None:
    """Makes improvements and decisions about products."""

    def improvement(n: int) -> Row:
        status, is_last = list(ImprovementStatus)[n % len(ImprovementStatus)], n % 11 == 10
        row: Row = {
            "status": status,
            "monitoring_from": moment(0) if is_last else moment(n),
            "monitored_until": moment(1) if is_last else moment(n) + timedelta(seconds=n),
            "max_recurrence": n * 150,
            **{f"complaints_{when}": [None, n][n % 2] for when in ("before", "after")},
            **{f"orders_{when}": [None, n * 7][n % 2] for when in ("before", "after")},
        }
        if status in (ImprovementStatus.EFFECTIVE, ImprovementStatus.NOT_EFFECTIVE):
            was_effective = status is ImprovementStatus.EFFECTIVE
            row |= {
                "judged_at": LAST_MOMENT,
                "judged_by_id": key(1, n % 4 + 1),
                "complaints_before": n,
                "orders_before": n * 9,
                "complaints_after": n % 2 if was_effective else n,
                "orders_after": 10**6 if was_effective else 100,
                "max_recurrence": n * 150 if was_effective else 1,
            }
        return row

    made.make(
        Improvement,
        65,
        12,
        improvement,
        window_days=lambda n: n * 30,
        predecessor_id=lambda n: key(65, n - 7) if n > 7 else None,
        department=[Department.LOGISTICS, *BACK],
    )
    made.make(
        ImprovementComplaint,
        66,
        20,
        improvement_id=lambda n: made.id_of(Improvement, n),
        complaint_id=lambda n: made.id_of(Complaint, n + n // 12),
    )
    made.make(
        ProductDecision,
        67,
        9,
        lambda n: dict.fromkeys(
            ("complaints", "open_complaints", "high_complaints", "critical_complaints", "units_sold"), n
        ),
        orders=lambda n: n * 13 if n % 2 else 0,
        average_rating=lambda n: n * 50 + 50 if n % 2 else None,
    )
