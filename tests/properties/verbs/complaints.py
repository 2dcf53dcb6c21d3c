"""What the verbs of complaints, and of all that hangs on them, are meant for, and what makes sense together in them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from models.kit.base import now
from models.permissions import BACK_OFFICE_DEPARTMENTS
from tests.properties.verbs.choosing import Aim, Choosing, Row, Unwritten, aim

Members = dict[str, Any]
_BACK = sorted(department.value for department in BACK_OFFICE_DEPARTMENTS)

LIKES: dict[str, Sequence[Any]] = {
    "ReceiveComplaintInput.order": [None],
    "ReceiveComplaintInput.orderLine": [None],
    "ReceiveComplaintInput.batch": [None],
    "ReceiveComplaintInput.handOffTo": [None, *_BACK],
    "HandOffComplaintInput.department": _BACK,
    "TransferHandoffInput.department": _BACK,
    "AnswerComplaintInput.outcome": ["UPHELD", "PARTLY_UPHELD", "NOT_UPHELD"],
    "CloseComplaintInput.outcome": [None, "WITHDRAWN", "NOT_A_COMPLAINT", "DUPLICATE"],
    "EscalateComplaintInput.source": ["CUSTOMER", "STAFF"],
    # Whoever approves keeps a limit that is high enough.
    "SetRedressLimitInput.role": ["SERVICE_AGENT", "SALES_REPRESENTATIVE"],
    "ProposeImprovementInput.successorOf": [None],
    "LinkComplaintsInput.kind": ["DUPLICATE_OF", "SAME_CAUSE"],
    "AnswerCaseInput.outcome": ["UPHELD", "PARTLY_UPHELD", "NOT_UPHELD"],
}
"""Values that make a verb succeed more often, by `Input.member`."""


def _to_confirm(choosing: Choosing, complaint: Row) -> bool:
    return bool(choosing.those("ans", complaint_id=complaint["id"], status="TO_CONFIRM"))


def _other_end(choosing: Choosing, complaint: Row) -> Members:
    link = choosing.row("lnk", complaint_id=complaint["id"])
    if link is None:
        return {}
    return {
        "other": f"cmp_{link['other_id']}",
        "kind": choosing.random.choice(["DUPLICATE_OF", "SAME_CAUSE", str(link["kind"])]),
    }


def _task(choosing: Choosing, _nothing: Row) -> Members:
    handoff, due = choosing.one("hnd"), (now() + timedelta(hours=30)).isoformat()
    about = {"complaint": f"cmp_{choosing.rows[handoff]['complaint_id']}", "handoff": handoff} if handoff else {}
    return about | {"assignee": None, "department": choosing.random.choice(_BACK), "dueAt": due}


def _redress(choosing: Choosing, _record: Row) -> Members:
    redress = choosing.random.choice(["NONE", "APOLOGY", "REPLACEMENT", "REFUND", "CREDIT", *["GOODWILL"] * 3])
    if redress in ("NONE", "APOLOGY", "REPLACEMENT"):
        return {"redress": redress, "amount": None, "currency": None}
    return {"redress": redress, "amount": choosing.random.choice(["5.00", *["700.00"] * 4]), "currency": "EUR"}


def _end(choosing: Choosing, _complaint: Row) -> Members:
    outcome = choosing.random.choice([None, None, "WITHDRAWN", "NOT_A_COMPLAINT", "DUPLICATE"])
    return {"outcome": outcome, "reason": Unwritten("reason")}


def _parts(choosing: Choosing, _complaint: Row) -> Members:
    chosen = choosing.random.sample(_BACK, 2)
    return {"parts": [{"department": one, "brief": Unwritten("brief"), "blocks": one == chosen[0]} for one in chosen]}


def _plan(_choosing: Choosing, _improvement: Row) -> Members:
    texts = {name: Unwritten(name) for name in ("plan", "criterion")}
    return {**texts, "maxRecurrence": "5.00", "windowDays": 2, "owner": None}


def _proposal(choosing: Choosing, _nothing: Row) -> Members:
    anything = {"cause": "METHOD", "anyCategory": True, "category": None, "anyProduct": True, "product": None}
    return _plan(choosing, {}) | anything | {"successorOf": None}


def _absence(choosing: Choosing, _nothing: Row) -> Members:
    begins = now() + timedelta(minutes=choosing.random.choice([0, 600]))
    ends = choosing.random.choice([None, (begins + timedelta(days=2)).isoformat()])
    return {"account": None, "fromAt": begins.isoformat(), "untilAt": ends, "standIn": None}


def _rule(choosing: Choosing, _nothing: Row) -> Members:
    trigger = choosing.random.choice(["COMPLAINT_RECEIVED", "HANDOFF_QUEUED", "COMPLAINT_REOPENED"])
    condition = {"field": "CATEGORY", "operator": "IN", "values": ["DELIVERY", "OTHER"]}
    action: Members = choosing.random.choice(
        [{"setSeverity": {"severity": "HIGH", "onlyRaise": True}}, {"notify": {"roles": ["SERVICE_AGENT"]}}]
    )
    return {"rule": None, "definition": {"trigger": trigger, "conditions": [condition], "actions": [action]}}


def _rating(choosing: Choosing, _nothing: Row) -> Members:
    tokens = [name for name in choosing.rows if "." in name]
    return {"token": choosing.random.choice(tokens), "score": choosing.random.choice([1, 2, 5])} if tokens else {}


def _calendar(_choosing: Choosing, _nothing: Row) -> Members:
    week = [[[540, 1020]]] * 5 + [[], []]
    closed = ["2026-12-24"]
    return {"timeZone": "Europe/Berlin", "hours": week, "country": "DE", "subdivision": None, "closedDates": closed}


def _bought(choosing: Choosing, customer: Row) -> Members:
    """Mostly about something that this customer got."""
    orders = {choosing.rows[one]["id"]: one for one in choosing.those("ord", customer_id=customer["id"])}
    line = choosing.one("oli", lambda row: row["order_id"] in orders and row["shipped_quantity"] > 0)
    if not line or choosing.random.randrange(3) == 0:
        return {}
    order = orders[choosing.rows[line]["order_id"]]
    return {"order": order, "orderLine": choosing.random.choice([None, line]), "product": None}


AIMS: dict[str, Aim] = {
    "addRegime": aim(given=lambda choosing, _: {"code": f"REGIME_{choosing.random.randrange(10**6)}"}),
    "answerCase": aim(given=_redress),
    "answerComplaint": aim(given=_redress),
    "answerHandoff": aim("CLAIMED", actor="claimed_by_id"),
    "attachToCase": aim("OPEN PROPOSED"),
    "closeCase": aim(given=lambda _choosing, _case: {"reason": Unwritten("reason")}),
    "closeComplaint": aim("ANSWERED RECEIVED", given=_end),
    "confirmCaseAnswer": aim(fits=_to_confirm),
    "createTask": aim(given=_task),
    "declineCaseAnswer": aim(fits=_to_confirm),
    "detachFromCase": aim(fits=lambda _, complaint: complaint["case_id"] is not None),
    "endAbsence": aim(actor="account_id"),
    "escalateComplaint": aim(given=lambda choosing, row: {"handoff": choosing.one("hnd", complaint_id=row["id"])}),
    "issueRatingLink": aim("ANSWERED"),
    "markNotificationsRead": aim(given=lambda _choosing, _: {"notifications": None, "upTo": now().isoformat()}),
    "planImprovement": aim(given=_plan),
    "proposeImprovement": aim(given=_proposal),
    "rateComplaint": aim(given=_rating),
    "receiveComplaint": aim(given=_bought),
    "refuseHandoff": aim("QUEUED"),
    "rejectImprovement": aim("PROPOSED PLANNED"),
    "releaseHandoff": aim("CLAIMED", actor="claimed_by_id"),
    "requestInformation": aim("CLAIMED", actor="claimed_by_id"),
    "reviseImprovement": aim("PROPOSED PLANNED"),
    "saveMessageTemplate": aim(given=lambda _choosing, _: {"kind": "ANSWER", "text": "$name, $number: $answer"}),
    "saveRule": aim(given=_rule),
    "setAbsence": aim(given=_absence),
    "setBusinessCalendar": aim(given=_calendar),
    "splitComplaint": aim(given=_parts),
    "transferHandoff": aim("QUEUED"),
    "unlinkComplaints": aim(
        fits=lambda choosing, row: bool(choosing.those("lnk", complaint_id=row["id"])), given=_other_end
    ),
    "withdrawAnswer": aim("PROPOSED", actor="proposed_by_id"),
}
"""What each verb is meant for where its moves do not say it, or say more than does good, and what it makes sense with."""

OFTEN = (
    *("claimHandoff", "claimHandoff", "answerHandoff", "answerHandoff"),
    *("answerComplaint", "handOffComplaint", "openCase", "proposeImprovement"),
    *("approveRedress", "rejectRedress"),
)
"""What much else follows."""
