"""Every verb of the schema, and inputs for it made by chance: a new verb is taken part in by being declared.

What an id leads to, and which values a member likes best, is said here where its name does not say it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_required_input_field,
)

from models.base import now
from models.permissions import BACK_OFFICE_DEPARTMENTS, Permission
from resolvers.reading.sources import NODES, Needs
from resolvers.viewer import Viewer
from tests.planning import CATALOG
from tests.reference import PLAIN_SCHEMA

Ids = Mapping[str, Sequence[str]]
"""Global ids by their prefix."""


@dataclass(frozen=True)
class Verb:
    """One mutation that takes one input."""

    name: str
    needs: Needs
    given: GraphQLInputObjectType
    payload: GraphQLObjectType

    def may(self, viewer: Viewer) -> bool:
        """Whether somebody may send it at all."""
        return not isinstance(self.needs, Permission) or viewer.may(self.needs)

    def document(self, selection: str) -> str:
        """The mutation as a document that takes `$input`."""
        return f"mutation Do($input: {self.given.name}!) {{ {self.name}(input: $input) {{ {selection} }} }}"


def _verbs() -> dict[str, Verb]:
    root = PLAIN_SCHEMA.mutation_type
    assert root is not None
    found: dict[str, Verb] = {}
    for name, declared in root.fields.items():
        if set(declared.args) != {"input"}:
            continue
        given, payload = get_named_type(declared.args["input"].type), get_named_type(declared.type)
        assert isinstance(given, GraphQLInputObjectType) and isinstance(payload, GraphQLObjectType)
        [needs] = CATALOG.fields["Mutation", name].needs
        found[name] = Verb(name, needs, given, payload)
    return found


NOT_OUR_BUSINESS = frozenset({"signIn", "signOut", "refreshSession", "addAccount", "changeAccount", "endSessions"})
"""Who may sign in is proven in tests/back_office/test_accounts*.py."""

VERBS: dict[str, Verb] = {name: verb for name, verb in _verbs().items() if name not in NOT_OUR_BUSINESS}
"""Every verb by its name."""

LEADS_TO: dict[str, str] = {
    "answer": "ans",
    "assignee": "acc",
    "basedOn": "rgm",
    "calendar": "bcl",
    "batches": "bat",
    "bill": "bom",
    "case": "cas",
    "category": "pct",
    "component": "prd",
    "from": "loc",
    "lines": "oli",
    "mentions": "acc",
    "other": "cmp",
    "payment": "pay",
    "owner": "acc",
    "restockTo": "loc",
    "customerReturn": "ret",
    "standIn": "acc",
    "successorOf": "imp",
    "to": "loc",
}
"""The prefix of what an id member leads to, where the member is not called like a type: `standIn` is an account."""

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
    "ProposeImprovementInput.successorOf": [None],
    "LinkComplaintsInput.kind": ["DUPLICATE_OF", "SAME_CAUSE"],
    "AddLocationInput.code": ["B-01", "B-02", "Maria Anders"],
    "AddWarehouseInput.code": ["OSL", "ROM", "Maria Anders"],
    "AdjustStockInput.quantity": [1, 5, -1],
    "AnswerCaseInput.outcome": ["UPHELD", "PARTLY_UPHELD", "NOT_UPHELD"],
}
"""Values that make a verb succeed more often, by `Input.member`, or by `member` wherever it stands."""


def prefix_of(member: str) -> str | None:
    """The prefix of the ids that a member of an input takes; None when nobody has said it."""
    if member in LEADS_TO:
        return LEADS_TO[member]
    singular = member.removesuffix("s")
    info = NODES.get(singular[0].upper() + singular[1:])
    return info.prefix if info else None


def unclear_members() -> set[str]:
    """The id members of all inputs of which nobody has said what they lead to."""
    found: set[str] = set()
    pending = [verb.given for verb in VERBS.values()]
    while pending:
        for name, declared in pending.pop().fields.items():
            named = get_named_type(declared.type)
            if isinstance(named, GraphQLInputObjectType):
                pending.append(named)
            elif named.name == "ID" and prefix_of(name) is None:
                found.add(name)
    return found


@dataclass(frozen=True)
class Move:
    """A verb that takes records of a prefix from some statuses to others."""

    prefix: str
    origins: frozenset[str]
    targets: frozenset[str]


def _from(prefix: str, origins: str, targets: str) -> Move:
    return Move(prefix, frozenset(origins.split()), frozenset(targets.split()))


_WORK = "RECEIVED HANDED_OFF"
MOVES: dict[str, Move] = {
    "claimHandoff": _from("hnd", "QUEUED", "CLAIMED"),
    "releaseHandoff": _from("hnd", "CLAIMED AWAITING_INFORMATION", "QUEUED"),
    "answerHandoff": _from("hnd", "CLAIMED", "ANSWERED"),
    "requestInformation": _from("hnd", "CLAIMED", "AWAITING_INFORMATION"),
    "provideInformation": _from("hnd", "AWAITING_INFORMATION", "CLAIMED"),
    "refuseHandoff": _from("hnd", "QUEUED CLAIMED", "REFUSED"),
    "withdrawHandoff": _from("hnd", "QUEUED CLAIMED AWAITING_INFORMATION ANSWERED", "WITHDRAWN"),
    "acceptAnswer": _from("hnd", "ANSWERED", "ACCEPTED"),
    "rejectAnswer": _from("hnd", "ANSWERED", "CLAIMED"),
    "transferHandoff": _from("hnd", "QUEUED CLAIMED AWAITING_INFORMATION", "QUEUED"),
    "handOffComplaint": _from("cmp", _WORK, "HANDED_OFF"),
    "splitComplaint": _from("cmp", _WORK, "HANDED_OFF"),
    "askCustomer": _from("cmp", _WORK, "AWAITING_CUSTOMER"),
    "customerReplied": _from("cmp", "AWAITING_CUSTOMER", _WORK),
    "answerComplaint": _from("cmp", f"{_WORK} AWAITING_CUSTOMER", "ANSWERED AWAITING_APPROVAL"),
    "closeComplaint": _from("cmp", f"{_WORK} AWAITING_CUSTOMER AWAITING_APPROVAL ANSWERED", "CLOSED"),
    "challengeComplaint": _from("cmp", "ANSWERED CLOSED", "RECEIVED"),
    "reopenComplaint": _from("cmp", "ANSWERED CLOSED", "RECEIVED"),
    "approveRedress": _from("ans", "PROPOSED", "SENT"),
    "rejectRedress": _from("ans", "PROPOSED", "REJECTED"),
    "withdrawAnswer": _from("ans", "PROPOSED", "WITHDRAWN"),
    "confirmCase": _from("cas", "PROPOSED", "OPEN"),
    "answerCase": _from("cas", "OPEN", "ANSWERED"),
    "closeCase": _from("cas", "PROPOSED OPEN ANSWERED", "CLOSED"),
    "planImprovement": _from("imp", "PROPOSED", "PLANNED"),
    "startImprovement": _from("imp", "PLANNED", "IN_PROGRESS"),
    "monitorImprovement": _from("imp", "IN_PROGRESS", "MONITORING"),
    "judgeImprovement": _from("imp", "MONITORING", "EFFECTIVE NOT_EFFECTIVE"),
    "rejectImprovement": _from("imp", "PROPOSED PLANNED IN_PROGRESS", "REJECTED"),
}
"""The verbs that take a record from one status to another, said once more, for the walks and the lives."""

MOVED_TYPES = {"hnd": "Handoff", "cmp": "Complaint", "ans": "ComplaintAnswer", "cas": "MajorCase", "imp": "Improvement"}

Rows = Mapping[str, Mapping[str, Any]]
"""All rows by their global ids."""


@dataclass(frozen=True)
class Aim:
    """Which records a verb is meant for: those of a prefix in some statuses, and the column that says who may do it."""

    prefix: str
    statuses: frozenset[str] = frozenset()
    actor: str = ""

    def meets(self, row: Mapping[str, Any]) -> bool:
        """Whether the verb may succeed on a record."""
        if "status" not in row:
            return row.get("closed_at") is None and row.get("done_at") is None and row.get("ended_at") is None
        return not self.statuses or str(row["status"]) in self.statuses


def _on(prefix: str, statuses: str, actor: str = "") -> Aim:
    return Aim(prefix, frozenset(statuses.split()), actor)


AIMS: dict[str, Aim] = {
    "answerComplaint": _on("cmp", "RECEIVED HANDED_OFF AWAITING_CUSTOMER"),
    "closeComplaint": _on("cmp", "ANSWERED RECEIVED"),
    "askCustomer": _on("cmp", "RECEIVED HANDED_OFF"),
    "customerReplied": _on("cmp", "AWAITING_CUSTOMER"),
    "handOffComplaint": _on("cmp", "RECEIVED HANDED_OFF"),
    "challengeComplaint": _on("cmp", "ANSWERED CLOSED"),
    "reopenComplaint": _on("cmp", "ANSWERED CLOSED"),
    "approveRedress": _on("ans", "PROPOSED"),
    "rejectRedress": _on("ans", "PROPOSED"),
    "withdrawAnswer": _on("ans", "PROPOSED", "proposed_by_id"),
    "confirmCase": _on("cas", "PROPOSED"),
    "recordCount": _on("cnt", "OPEN"),
    "postStockCount": _on("cnt", "OPEN"),
    "cancelStockCount": _on("cnt", "OPEN"),
    "attachToCase": _on("cas", "OPEN PROPOSED"),
    "answerCase": _on("cas", "OPEN"),
    "closeCase": _on("cas", "PROPOSED OPEN ANSWERED"),
    "claimHandoff": _on("hnd", "QUEUED"),
    "releaseHandoff": _on("hnd", "CLAIMED", "claimed_by_id"),
    "answerHandoff": _on("hnd", "CLAIMED", "claimed_by_id"),
    "requestInformation": _on("hnd", "CLAIMED", "claimed_by_id"),
    "refuseHandoff": _on("hnd", "QUEUED"),
    "transferHandoff": _on("hnd", "QUEUED"),
    "withdrawHandoff": _on("hnd", "QUEUED CLAIMED ANSWERED AWAITING_INFORMATION"),
    "provideInformation": _on("hnd", "AWAITING_INFORMATION"),
    "acceptAnswer": _on("hnd", "ANSWERED"),
    "rejectAnswer": _on("hnd", "ANSWERED"),
    "issueRatingLink": _on("cmp", "ANSWERED"),
    "endAbsence": _on("abs", "", "account_id"),
    "finishTask": _on("tsk", ""),
    "changeEscalationTrend": _on("esc", ""),
    "closeEscalation": _on("esc", ""),
    "planImprovement": _on("imp", "PROPOSED"),
    "startImprovement": _on("imp", "PLANNED"),
    "monitorImprovement": _on("imp", "IN_PROGRESS"),
    "judgeImprovement": _on("imp", "MONITORING"),
    "rejectImprovement": _on("imp", "PROPOSED PLANNED"),
    "reviseImprovement": _on("imp", "PROPOSED PLANNED"),
}
"""What each verb is meant for; what is missing here takes its chance."""


def _one(inputs: "Inputs", prefix: str, **columns: Any) -> Mapping[str, Any] | None:
    found = [
        row
        for name, row in inputs.rows.items()
        if name.startswith(f"{prefix}_") and all(row[column] == value for column, value in columns.items())
    ]
    return inputs.random.choice(found) if found else None


def _linked(inputs: "Inputs") -> dict[str, Any]:
    link = _one(inputs, "lnk")
    if link is None:
        return {}
    kind = inputs.random.choice(["DUPLICATE_OF", "SAME_CAUSE", str(link["kind"])])
    return {"complaint": f"cmp_{link['complaint_id']}", "other": f"cmp_{link['other_id']}", "kind": kind}


def _to_confirm(inputs: "Inputs") -> dict[str, Any]:
    answer = _one(inputs, "ans", status="TO_CONFIRM")
    return {"complaint": f"cmp_{answer['complaint_id']}"} if answer else {}


def _attached(inputs: "Inputs") -> dict[str, Any]:
    attached = [name for name, row in inputs.rows.items() if name.startswith("cmp_") and row.get("case_id")]
    return {"complaint": inputs.random.choice(attached)} if attached else {}


def _handoff_of(inputs: "Inputs") -> dict[str, Any]:
    handoff = _one(inputs, "hnd")
    return {"complaint": f"cmp_{handoff['complaint_id']}", "handoff": f"hnd_{handoff['id']}"} if handoff else {}


def _task(inputs: "Inputs") -> dict[str, Any]:
    due = (now() + timedelta(hours=30)).isoformat()
    return _handoff_of(inputs) | {"assignee": None, "department": inputs.random.choice(_BACK), "dueAt": due}


def _redress(inputs: "Inputs") -> dict[str, Any]:
    redress = inputs.random.choice(["NONE", "APOLOGY", "REPLACEMENT", "REFUND", "CREDIT", "GOODWILL", "GOODWILL"])
    if redress in ("NONE", "APOLOGY", "REPLACEMENT"):
        return {"redress": redress, "amount": None, "currency": None}
    return {"redress": redress, "amount": inputs.random.choice(["5.00", "700.00", "700.00"]), "currency": "EUR"}


def _end(inputs: "Inputs") -> dict[str, Any]:
    outcome = inputs.random.choice([None, None, "WITHDRAWN", "NOT_A_COMPLAINT", "DUPLICATE"])
    return {"outcome": outcome, "reason": Unwritten("reason")}


def _parts(inputs: "Inputs") -> dict[str, Any]:
    chosen = inputs.random.sample(_BACK, 2)
    return {"parts": [{"department": one, "brief": Unwritten("brief"), "blocks": one == chosen[0]} for one in chosen]}


def _plan(_inputs: "Inputs") -> dict[str, Any]:
    texts = {name: Unwritten(name) for name in ("plan", "criterion")}
    return {**texts, "maxRecurrence": "5.00", "windowDays": 2, "owner": None}


def _proposal(inputs: "Inputs") -> dict[str, Any]:
    anything = {"cause": "METHOD", "anyCategory": True, "category": None, "anyProduct": True, "product": None}
    return _plan(inputs) | anything | {"successorOf": None}


def _absence(inputs: "Inputs") -> dict[str, Any]:
    begins = now() + timedelta(minutes=inputs.random.choice([0, 600]))
    ends = inputs.random.choice([None, (begins + timedelta(days=2)).isoformat()])
    return {"account": None, "fromAt": begins.isoformat(), "untilAt": ends, "standIn": None}


def _rule(inputs: "Inputs") -> dict[str, Any]:
    trigger = inputs.random.choice(["COMPLAINT_RECEIVED", "HANDOFF_QUEUED", "COMPLAINT_REOPENED"])
    condition = {"field": "CATEGORY", "operator": "IN", "values": ["DELIVERY", "OTHER"]}
    action: dict[str, Any] = inputs.random.choice(
        [{"setSeverity": {"severity": "HIGH", "onlyRaise": True}}, {"notify": {"roles": ["SERVICE_AGENT"]}}]
    )
    return {"rule": None, "definition": {"trigger": trigger, "conditions": [condition], "actions": [action]}}


def _rating(inputs: "Inputs") -> dict[str, Any]:
    tokens = [name for name in inputs.rows if "." in name]
    return {"token": inputs.random.choice(tokens), "score": inputs.random.choice([1, 2, 5])} if tokens else {}


def _calendar(_inputs: "Inputs") -> dict[str, Any]:
    week = [[[540, 1020]]] * 5 + [[], []]
    closed = ["2026-12-24"]
    return {"timeZone": "Europe/Berlin", "hours": week, "country": "DE", "subdivision": None, "closedDates": closed}


OFTEN = (
    *("claimHandoff", "claimHandoff", "answerHandoff", "answerHandoff"),
    *("answerComplaint", "handOffComplaint", "openCase", "proposeImprovement"),
)
"""What much else follows."""

PICKS: dict[str, Callable[["Inputs"], dict[str, Any]]] = {
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


@dataclass
class Inputs:
    """Makes inputs by chance. `text` writes a text for a member, knowing which ids the input names.

    Members that need a permission of their own are left out without it.
    """

    random: Random
    permissions: frozenset[Permission]
    ids: Ids
    text: Callable[[str, list[str]], str]
    rows: Rows = field(default_factory=dict[str, Any])
    share: int = 60
    """How many in a hundred of the members that may be left out are there."""
    picky: int = 85
    """How many in a hundred inputs are picked so that they make sense."""

    def of(self, verb: Verb) -> dict[str, Any]:
        """An input for a verb."""
        given = self._object(verb.given)
        if verb.name in PICKS and self.random.randrange(100) < self.picky:
            given |= PICKS[verb.name](self)
        return self._with_texts(given, list(self._named_in(given)))

    def _object(self, of: GraphQLInputObjectType) -> dict[str, Any]:
        given: dict[str, Any] = {}
        fields = dict(of.fields)
        if of.is_one_of:
            chosen = self.random.choice(list(fields))
            return {chosen: self._value(of.name, chosen, fields[chosen].type)}
        for name, declared in fields.items():
            needs = CATALOG.input_fields.get((of.name, name))
            if name in ("idempotencyKey", "expectedVersion", "dryRun"):
                continue
            if isinstance(needs, Permission) and needs not in self.permissions:
                continue
            if not is_required_input_field(declared) and self.random.randrange(100) >= self.share:
                continue
            given[name] = self._value(of.name, name, declared.type)
        return given

    def _value(self, owner: str, name: str, of: GraphQLInputType) -> Any:
        inner = get_nullable_type(of)
        for liked in (f"{owner}.{name}", name):
            if liked in LIKES:
                return self.random.choice(LIKES[liked])
        if is_list_type(inner):
            return [self._value(owner, name, inner.of_type) for _ in range(self.random.choice([1, 1, 2]))]
        if isinstance(inner, GraphQLInputObjectType):
            return self._object(inner)
        if isinstance(inner, GraphQLEnumType):
            return self.random.choice(list(inner.values))
        match get_named_type(inner).name:
            case "ID":
                known = self.ids.get(prefix_of(name) or "") or ["nothing"]
                return self.random.choice(known)
            case "String":
                return Unwritten(name)
            case "Int":
                return self.random.choice([1, 1, 2, 5, 30])
            case "Boolean":
                return self.random.choice([True, False])
            case "DateTime":
                return (now() + timedelta(hours=self.random.choice([-1, 1, 24, 100]))).isoformat()
            case "Date":
                return (now() + timedelta(days=self.random.choice([-1, 1, 30]))).date().isoformat()
            case "Decimal":
                return self.random.choice(["1.00", "20.00", "12.5"])
            case "CurrencyCode":
                return self.random.choice(["EUR", "USD"])
            case other:
                raise LookupError(f"Say in tests/verbs.py how a {other} is made for {owner}.{name}.")

    def _with_texts(self, given: Any, named: list[str]) -> Any:
        if isinstance(given, Unwritten):
            return self.text(given.member, named)
        if isinstance(given, dict):
            return {name: self._with_texts(value, named) for name, value in given.items()}
        return [self._with_texts(value, named) for value in given] if isinstance(given, list) else given

    def _named_in(self, given: Any) -> Iterator[str]:
        if isinstance(given, str) and given in self.rows:
            yield given
        elif isinstance(given, dict | list):
            for value in given.values() if isinstance(given, dict) else given:
                yield from self._named_in(value)


@dataclass(frozen=True)
class Unwritten:
    """A text that is written once all ids of its input are known."""

    member: str
