"""What the verbs of complaints, and of all that hangs on them, are meant for and succeed with."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from models.kit.base import now
from models.permissions import BACK_OFFICE_DEPARTMENTS
from tests.properties.verbs.choosing import Aim, Choosing, Move, Pick, Unwritten, moved, on, rows_of

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
"""Values that make a verb succeed more often, by `Input.member`, or by `member` wherever it stands."""

_WORK = "RECEIVED HANDED_OFF"
MOVES: dict[str, Move] = {
    "claimHandoff": moved("hnd", "QUEUED", "CLAIMED"),
    "releaseHandoff": moved("hnd", "CLAIMED AWAITING_INFORMATION", "QUEUED"),
    "answerHandoff": moved("hnd", "CLAIMED", "ANSWERED"),
    "requestInformation": moved("hnd", "CLAIMED", "AWAITING_INFORMATION"),
    "provideInformation": moved("hnd", "AWAITING_INFORMATION", "CLAIMED"),
    "refuseHandoff": moved("hnd", "QUEUED CLAIMED", "REFUSED"),
    "withdrawHandoff": moved("hnd", "QUEUED CLAIMED AWAITING_INFORMATION ANSWERED", "WITHDRAWN"),
    "acceptAnswer": moved("hnd", "ANSWERED", "ACCEPTED"),
    "rejectAnswer": moved("hnd", "ANSWERED", "CLAIMED"),
    "transferHandoff": moved("hnd", "QUEUED CLAIMED AWAITING_INFORMATION", "QUEUED"),
    "handOffComplaint": moved("cmp", _WORK, "HANDED_OFF"),
    "splitComplaint": moved("cmp", _WORK, "HANDED_OFF"),
    "askCustomer": moved("cmp", _WORK, "AWAITING_CUSTOMER"),
    "customerReplied": moved("cmp", "AWAITING_CUSTOMER", _WORK),
    "answerComplaint": moved("cmp", f"{_WORK} AWAITING_CUSTOMER", "ANSWERED AWAITING_APPROVAL"),
    "closeComplaint": moved("cmp", f"{_WORK} AWAITING_CUSTOMER AWAITING_APPROVAL ANSWERED", "CLOSED"),
    "challengeComplaint": moved("cmp", "ANSWERED CLOSED", "RECEIVED"),
    "reopenComplaint": moved("cmp", "ANSWERED CLOSED", "RECEIVED"),
    "approveRedress": moved("ans", "PROPOSED", "SENT"),
    "rejectRedress": moved("ans", "PROPOSED", "REJECTED"),
    "withdrawAnswer": moved("ans", "PROPOSED", "WITHDRAWN"),
    "confirmCase": moved("cas", "PROPOSED", "OPEN"),
    "answerCase": moved("cas", "OPEN", "ANSWERED"),
    "closeCase": moved("cas", "PROPOSED OPEN ANSWERED", "CLOSED"),
    "planImprovement": moved("imp", "PROPOSED", "PLANNED"),
    "startImprovement": moved("imp", "PLANNED", "IN_PROGRESS"),
    "monitorImprovement": moved("imp", "IN_PROGRESS", "MONITORING"),
    "judgeImprovement": moved("imp", "MONITORING", "EFFECTIVE NOT_EFFECTIVE"),
    "rejectImprovement": moved("imp", "PROPOSED PLANNED IN_PROGRESS", "REJECTED"),
}
"""The verbs that take a record from one status to another, said once more, for the walks and the lives."""

MOVED_TYPES = {"hnd": "Handoff", "cmp": "Complaint", "ans": "ComplaintAnswer", "cas": "MajorCase", "imp": "Improvement"}

AIMS: dict[str, Aim] = {
    "answerComplaint": on("cmp", "RECEIVED HANDED_OFF AWAITING_CUSTOMER"),
    "closeComplaint": on("cmp", "ANSWERED RECEIVED"),
    "askCustomer": on("cmp", "RECEIVED HANDED_OFF"),
    "customerReplied": on("cmp", "AWAITING_CUSTOMER"),
    "handOffComplaint": on("cmp", "RECEIVED HANDED_OFF"),
    "challengeComplaint": on("cmp", "ANSWERED CLOSED"),
    "reopenComplaint": on("cmp", "ANSWERED CLOSED"),
    "approveRedress": on("ans", "PROPOSED"),
    "rejectRedress": on("ans", "PROPOSED"),
    "withdrawAnswer": on("ans", "PROPOSED", "proposed_by_id"),
    "confirmCase": on("cas", "PROPOSED"),
    "attachToCase": on("cas", "OPEN PROPOSED"),
    "answerCase": on("cas", "OPEN"),
    "closeCase": on("cas", "PROPOSED OPEN ANSWERED"),
    "claimHandoff": on("hnd", "QUEUED"),
    "releaseHandoff": on("hnd", "CLAIMED", "claimed_by_id"),
    "answerHandoff": on("hnd", "CLAIMED", "claimed_by_id"),
    "requestInformation": on("hnd", "CLAIMED", "claimed_by_id"),
    "refuseHandoff": on("hnd", "QUEUED"),
    "transferHandoff": on("hnd", "QUEUED"),
    "withdrawHandoff": on("hnd", "QUEUED CLAIMED ANSWERED AWAITING_INFORMATION"),
    "provideInformation": on("hnd", "AWAITING_INFORMATION"),
    "acceptAnswer": on("hnd", "ANSWERED"),
    "rejectAnswer": on("hnd", "ANSWERED"),
    "issueRatingLink": on("cmp", "ANSWERED"),
    "endAbsence": on("abs", "", "account_id"),
    "finishTask": on("tsk", ""),
    "changeEscalationTrend": on("esc", ""),
    "closeEscalation": on("esc", ""),
    "planImprovement": on("imp", "PROPOSED"),
    "startImprovement": on("imp", "PLANNED"),
    "monitorImprovement": on("imp", "IN_PROGRESS"),
    "judgeImprovement": on("imp", "MONITORING"),
    "rejectImprovement": on("imp", "PROPOSED PLANNED"),
    "reviseImprovement": on("imp", "PROPOSED PLANNED"),
}
"""What each verb is meant for; what is missing here takes its chance."""


def _one(inputs: Choosing, prefix: str, **columns: Any) -> Mapping[str, Any] | None:
    found = list(rows_of(inputs, prefix, **columns).values())
    return inputs.random.choice(found) if found else None


def _linked(inputs: Choosing) -> dict[str, Any]:
    link = _one(inputs, "lnk")
    if link is None:
        return {}
    kind = inputs.random.choice(["DUPLICATE_OF", "SAME_CAUSE", str(link["kind"])])
    return {"complaint": f"cmp_{link['complaint_id']}", "other": f"cmp_{link['other_id']}", "kind": kind}


def _to_confirm(inputs: Choosing) -> dict[str, Any]:
    answer = _one(inputs, "ans", status="TO_CONFIRM")
    return {"complaint": f"cmp_{answer['complaint_id']}"} if answer else {}


def _attached(inputs: Choosing) -> dict[str, Any]:
    attached = [name for name, row in inputs.rows.items() if name.startswith("cmp_") and row.get("case_id")]
    return {"complaint": inputs.random.choice(attached)} if attached else {}


def _handoff_of(inputs: Choosing) -> dict[str, Any]:
    handoff = _one(inputs, "hnd")
    return {"complaint": f"cmp_{handoff['complaint_id']}", "handoff": f"hnd_{handoff['id']}"} if handoff else {}


def _task(inputs: Choosing) -> dict[str, Any]:
    due = (now() + timedelta(hours=30)).isoformat()
    return _handoff_of(inputs) | {"assignee": None, "department": inputs.random.choice(_BACK), "dueAt": due}


def _redress(inputs: Choosing) -> dict[str, Any]:
    redress = inputs.random.choice(["NONE", "APOLOGY", "REPLACEMENT", "REFUND", "CREDIT", *["GOODWILL"] * 3])
    if redress in ("NONE", "APOLOGY", "REPLACEMENT"):
        return {"redress": redress, "amount": None, "currency": None}
    return {"redress": redress, "amount": inputs.random.choice(["5.00", *["700.00"] * 4]), "currency": "EUR"}


def _end(inputs: Choosing) -> dict[str, Any]:
    outcome = inputs.random.choice([None, None, "WITHDRAWN", "NOT_A_COMPLAINT", "DUPLICATE"])
    return {"outcome": outcome, "reason": Unwritten("reason")}


def _parts(inputs: Choosing) -> dict[str, Any]:
    chosen = inputs.random.sample(_BACK, 2)
    return {"parts": [{"department": one, "brief": Unwritten("brief"), "blocks": one == chosen[0]} for one in chosen]}


def _plan(_inputs: Choosing) -> dict[str, Any]:
    texts = {name: Unwritten(name) for name in ("plan", "criterion")}
    return {**texts, "maxRecurrence": "5.00", "windowDays": 2, "owner": None}


def _proposal(inputs: Choosing) -> dict[str, Any]:
    anything = {"cause": "METHOD", "anyCategory": True, "category": None, "anyProduct": True, "product": None}
    return _plan(inputs) | anything | {"successorOf": None}


def _absence(inputs: Choosing) -> dict[str, Any]:
    begins = now() + timedelta(minutes=inputs.random.choice([0, 600]))
    ends = inputs.random.choice([None, (begins + timedelta(days=2)).isoformat()])
    return {"account": None, "fromAt": begins.isoformat(), "untilAt": ends, "standIn": None}


def _rule(inputs: Choosing) -> dict[str, Any]:
    trigger = inputs.random.choice(["COMPLAINT_RECEIVED", "HANDOFF_QUEUED", "COMPLAINT_REOPENED"])
    condition = {"field": "CATEGORY", "operator": "IN", "values": ["DELIVERY", "OTHER"]}
    action: dict[str, Any] = inputs.random.choice(
        [{"setSeverity": {"severity": "HIGH", "onlyRaise": True}}, {"notify": {"roles": ["SERVICE_AGENT"]}}]
    )
    return {"rule": None, "definition": {"trigger": trigger, "conditions": [condition], "actions": [action]}}


def _rating(inputs: Choosing) -> dict[str, Any]:
    tokens = [name for name in inputs.rows if "." in name]
    return {"token": inputs.random.choice(tokens), "score": inputs.random.choice([1, 2, 5])} if tokens else {}


def _calendar(_inputs: Choosing) -> dict[str, Any]:
    week = [[[540, 1020]]] * 5 + [[], []]
    closed = ["2026-12-24"]
    return {"timeZone": "Europe/Berlin", "hours": week, "country": "DE", "subdivision": None, "closedDates": closed}


OFTEN = (
    *("claimHandoff", "claimHandoff", "answerHandoff", "answerHandoff"),
    *("answerComplaint", "handOffComplaint", "openCase", "proposeImprovement"),
    *("approveRedress", "rejectRedress"),
)
"""What much else follows."""

PICKS: dict[str, Pick] = {
    "addRegime": lambda inputs: {"code": f"REGIME_{inputs.random.randrange(10**6)}"},
    "answerComplaint": _redress,
    "answerCase": _redress,
    "confirmCaseAnswer": _to_confirm,
    "declineCaseAnswer": _to_confirm,
    "detachFromCase": _attached,
    "escalateComplaint": _handoff_of,
    "closeComplaint": _end,
    "splitComplaint": _parts,
    "closeCase": lambda _: {"reason": Unwritten("reason")},
    "createTask": _task,
    "markNotificationsRead": lambda _: {"notifications": None, "upTo": now().isoformat()},
    "planImprovement": _plan,
    "proposeImprovement": _proposal,
    "rateComplaint": _rating,
    "saveMessageTemplate": lambda _: {"kind": "ANSWER", "text": "$name, $number: $answer"},
    "saveRule": _rule,
    "setAbsence": _absence,
    "setBusinessCalendar": _calendar,
    "unlinkComplaints": _linked,
}
"""Members that only make sense together, from what there is."""
