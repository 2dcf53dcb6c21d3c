"""What the verbs of complaints, and of all that hangs on them, are meant for and succeed with."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from models.kit.base import now
from models.permissions import BACK_OFFICE_DEPARTMENTS
from tests.properties.verbs.choosing import Aim, Choosing, Pick, Unwritten, on, rows_of

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

AIMS: dict[str, Aim] = {
    "closeComplaint": on("cmp", "ANSWERED RECEIVED"),
    "withdrawAnswer": on("ans", "PROPOSED", "proposed_by_id"),
    "attachToCase": on("cas", "OPEN PROPOSED"),
    "releaseHandoff": on("hnd", "CLAIMED", "claimed_by_id"),
    "answerHandoff": on("hnd", "CLAIMED", "claimed_by_id"),
    "requestInformation": on("hnd", "CLAIMED", "claimed_by_id"),
    "refuseHandoff": on("hnd", "QUEUED"),
    "transferHandoff": on("hnd", "QUEUED"),
    "issueRatingLink": on("cmp", "ANSWERED"),
    "endAbsence": on("abs", "", "account_id"),
    "finishTask": on("tsk", ""),
    "changeEscalationTrend": on("esc", ""),
    "closeEscalation": on("esc", ""),
    "rejectImprovement": on("imp", "PROPOSED PLANNED"),
    "reviseImprovement": on("imp", "PROPOSED PLANNED"),
}
"""What each verb is meant for where a status does not say it, or says more than does good."""


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
