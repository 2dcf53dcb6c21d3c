"""Handoffs: one piece of a complaint given to one department, which reads a `brief` and never the customer's own words."""

from collections.abc import Iterator
from functools import partial
from secrets import token_hex
from uuid import UUID

from tortoise import fields

from models.both_offices.work import FRONT_OFFICE, WorkKind, WorkSource
from models.front_office.service.complaints import Complaint, at_no_earlier_stage, customers_due_sql
from models.kit.base import ReadScope, Record, is_one_of, optional_reference, reference
from models.kit.constraints import Index, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.sql import read_rows
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Department, Permission


class HandoffStatus(DescribedEnum):
    """How far a handoff is."""

    QUEUED = "QUEUED", "Waits for somebody of the department."
    CLAIMED = "CLAIMED", "Somebody of the department works on it."
    AWAITING_INFORMATION = "AWAITING_INFORMATION", "The department asked the front office something and waits."
    ANSWERED = "ANSWERED", "The department has answered; the front office has not judged the answer yet."
    ACCEPTED = "ACCEPTED", "The front office took the answer."
    REFUSED = "REFUSED", "The department says that it is not theirs, and why."
    WITHDRAWN = "WITHDRAWN", "The front office took it back."


_S = HandoffStatus
_BACK = Permission.WRITE_HANDOFFS
_FRONT = Permission.WRITE_COMPLAINTS

_STAGE, _PRESENT = (Guard.AT_STAGE,), (Guard.AT_COMPLAINTS_STAGE,)
_MINE = (Guard.CLAIMED_BY_ME,)
_MY_WORK = (Guard.CLAIMED_BY_ME, Guard.AT_STAGE)

TRANSITIONS: Transitions = {
    _S.QUEUED: (
        Transition(_S.CLAIMED, _BACK, ("claimHandoff",), _STAGE),
        Transition(_S.QUEUED, _BACK, ("transferHandoff",), _STAGE),
        Transition(_S.QUEUED, _FRONT, ("transferHandoff",), _STAGE),
        Transition(_S.REFUSED, _BACK, ("refuseHandoff",), _STAGE),
        Transition(_S.WITHDRAWN, _FRONT, ("withdrawHandoff",), _PRESENT),
    ),
    _S.CLAIMED: (
        Transition(_S.QUEUED, _BACK, ("releaseHandoff",), _MINE),
        Transition(_S.QUEUED, _BACK, ("transferHandoff",), _MY_WORK),
        Transition(_S.QUEUED, _FRONT, ("transferHandoff",), _STAGE),
        Transition(_S.AWAITING_INFORMATION, _BACK, ("requestInformation",), _MINE),
        Transition(_S.ANSWERED, _BACK, ("answerHandoff",), _MY_WORK),
        Transition(_S.REFUSED, _BACK, ("refuseHandoff",), _MY_WORK),
        Transition(_S.WITHDRAWN, _FRONT, ("withdrawHandoff",), _PRESENT),
    ),
    _S.AWAITING_INFORMATION: (
        Transition(_S.CLAIMED, _FRONT, ("provideInformation",), _STAGE),
        Transition(_S.QUEUED, _BACK, ("releaseHandoff",), _MINE),
        Transition(_S.QUEUED, _BACK, ("transferHandoff",), _MY_WORK),
        Transition(_S.QUEUED, _FRONT, ("transferHandoff",), _STAGE),
        Transition(_S.WITHDRAWN, _FRONT, ("withdrawHandoff",), _PRESENT),
    ),
    _S.ANSWERED: (
        Transition(_S.ACCEPTED, _FRONT, ("acceptAnswer",), _STAGE),
        Transition(_S.CLAIMED, _FRONT, ("rejectAnswer",), _STAGE),
        Transition(_S.WITHDRAWN, _FRONT, ("withdrawHandoff",), _PRESENT),
    ),
    _S.ACCEPTED: (),
    _S.REFUSED: (),
    _S.WITHDRAWN: (),
}
"""A transfer leads to QUEUED, in another department's queue, and from QUEUED itself as well."""

OPEN_STATUSES = frozenset(status for status, steps in TRANSITIONS.items() if steps)


class HandoffEvent(EventKind):
    """What happens to handoffs."""

    QUEUED = "HANDOFF_QUEUED", "A piece of a complaint was given to a department."
    CLAIMED = "HANDOFF_CLAIMED", "Somebody of the department took it."
    RELEASED = "HANDOFF_RELEASED", "Who had it put it back into the queue."
    ANSWERED = "HANDOFF_ANSWERED", "The department answered."
    REFUSED = "HANDOFF_REFUSED", "The department refused it."
    WITHDRAWN = "HANDOFF_WITHDRAWN", "The front office took it back."
    ANSWER_ACCEPTED = "ANSWER_ACCEPTED", "The front office took the department's answer."
    ANSWER_REJECTED = "ANSWER_REJECTED", "The front office sent the answer back to work."
    TRANSFERRED = "HANDOFF_TRANSFERRED", "A handoff went on to another department."
    CLAIM_RETURNED = "CLAIM_RETURNED", "A handoff came back into the queue because who had it was absent or idle."
    INFORMATION_REQUESTED = "INFORMATION_REQUESTED", "The department asked the front office something."
    INFORMATION_PROVIDED = "INFORMATION_PROVIDED", "The front office told the department what it asked for."


def new_alias() -> str:
    """What a department may call a customer: drawn by lot, so that nobody can compute it from anything, or anything from it."""
    return token_hex(4).upper()


class Handoff(Record):
    """One piece of a complaint given to one department, in one stage of it.

    While one that `blocks` is open, the customer cannot be answered. `last_activity_at` is when its claimant last did something,
    and `lease_until` when a claimant who does nothing more loses it. `customer_alias` is the same in all of a department's
    handoffs of one complaint, and nowhere else.
    """

    history_needs = Permission.READ_ALL_HANDOFFS
    history_for_department = True
    transitions = TRANSITIONS

    number = fields.CharField(max_length=20, unique=True)
    complaint_id = reference("Complaint", related_name="handoffs", index=True)
    complaint: fields.ForeignKeyRelation[Complaint]
    department = fields.CharEnumField(Department, max_length=30)
    status = fields.CharEnumField(HandoffStatus, max_length=20)
    stage = fields.IntField(default=1, db_default=1)
    blocks = fields.BooleanField(default=True, db_default=True)
    brief = fields.TextField()
    handed_off_at = fields.DatetimeField()
    handed_off_by_id = optional_reference("Account", related_name="given_handoffs")
    due_at = fields.DatetimeField()
    claimed_by_id = optional_reference("Account", related_name="claimed_handoffs")
    claimed_at = fields.DatetimeField(null=True)
    last_activity_at = fields.DatetimeField(null=True)
    lease_until = fields.DatetimeField(null=True)
    answer = fields.TextField(null=True)
    answered_at = fields.DatetimeField(null=True)
    refusal_reason = fields.TextField(null=True)
    rejection_reason = fields.TextField(null=True)
    withdrawal_reason = fields.TextField(null=True)
    ended_at = fields.DatetimeField(null=True)
    customer_alias = fields.CharField(max_length=8, default=new_alias, db_default="")
    version = fields.IntField(default=1)

    class Meta:
        table = "handoffs"
        indexes = (
            ("department", "status", "due_at", "id"),
            # The status is there to be looked at: most handoffs are long done, and a queue walks past them.
            ("department", "due_at", "id", "status"),
            ("due_at", "id", "status"),
            ("claimed_by_id", "status", "due_at", "id"),
            ("lease_until",),
        )
        checks = {
            "answered": when("status", "ANSWERED ACCEPTED", "answer"),
            "refused": when("status", "REFUSED", "refusal_reason"),
            "ended": when("status", "ACCEPTED REFUSED WITHDRAWN", "ended_at"),
            "stage": "stage BETWEEN 1 AND 3",
            "claimed": when("status", "CLAIMED AWAITING_INFORMATION", "claimed_by_id"),
        }
        by_code_point = ("number", "department", "status")
        more_indexes = (
            Index("work_claimed", "claimed_by_id", where="status = 'CLAIMED'", as_text=True),
            Index("work_awaiting", "handed_off_by_id", where="status = 'AWAITING_INFORMATION'", as_text=True),
            Index("work_answered", "handed_off_by_id", where="status = 'ANSWERED'", as_text=True),
            Index(
                "handoffs_of_the_awaiting", "handed_off_by_id", "status = 'AWAITING_INFORMATION'", only_on="postgres"
            ),
            Index("handoffs_of_the_answered", "handed_off_by_id", "status = 'ANSWERED'", only_on="postgres"),
            Index("claims_without_lease", "id", where="status = 'CLAIMED' AND last_activity_at IS NULL"),
        )


async def alias_of(complaint: UUID, department: Department) -> str:
    """What a department calls the customer of a complaint, or will from now on."""
    sql = "SELECT customer_alias FROM handoffs WHERE complaint_id = ?1 AND department = ?2 ORDER BY id LIMIT 1"
    known = await read_rows(sql, complaint, str(department))
    return known[0]["customer_alias"] if known else new_alias()


def visible_handoffs(read_scope: ReadScope, handoff: str) -> str | None:
    """A department's members see its handoffs; the front office and the back-office manager see all."""
    if Permission.READ_ALL_HANDOFFS in read_scope.permissions:
        return None
    return is_one_of(f"{handoff}.department", read_scope.departments)


Complaint.hidden_changes = (HandoffEvent.QUEUED,)
Handoff.row_scope = visible_handoffs


def claimable(read_scope: ReadScope, item: str) -> str | None:
    """What waits in a queue is work of those who may claim it."""
    if Permission.WRITE_HANDOFFS in read_scope.permissions:
        return None
    return f"{item}.kind <> '{WorkKind.HANDOFF_TO_CLAIM.value}'"


_KEYS = {"complaint_id": "handoff.complaint_id", "handoff_id": "handoff.id"}
_source = partial(WorkSource, table="handoffs handoff")


def _front_offices(kind: WorkKind, status: HandoffStatus, since: str) -> Iterator[WorkSource]:
    """What waits for whoever handed it off, or for all of the front office where nobody did who is still here."""
    waits = f"handoff.status = '{status.value}'"
    for owner, where in (
        ("handoff.handed_off_by_id", waits),
        (FRONT_OFFICE, f"{waits} AND handoff.handed_off_by_id IS NULL"),
    ):
        yield _source(
            kind=kind,
            where=where,
            owner=owner,
            since=f"coalesce({since}, handoff.handed_off_at)",
            due=customers_due_sql("handoff.complaint_id"),
            columns={**_KEYS, "stage": "handoff.stage"},
            stood_in_for=True,
            left_to=None if owner == FRONT_OFFICE else FRONT_OFFICE,
            seen=at_no_earlier_stage,
        )


WORK = (
    _source(
        kind=WorkKind.HANDOFF_TO_CLAIM,
        where="handoff.status = 'QUEUED'",
        owner="handoff.department",
        since="handoff.handed_off_at",
        due="handoff.due_at",
        columns={**_KEYS, "stage": "handoff.stage"},
        seen=claimable,
    ),
    _source(
        kind=WorkKind.HANDOFF_TO_ANSWER,
        where="handoff.status = 'CLAIMED'",
        owner="handoff.claimed_by_id",
        since="handoff.claimed_at",
        due="handoff.due_at",
        columns=_KEYS,
    ),
    *_front_offices(WorkKind.INFORMATION_TO_PROVIDE, HandoffStatus.AWAITING_INFORMATION, "handoff.last_activity_at"),
    *_front_offices(WorkKind.ANSWER_TO_JUDGE, HandoffStatus.ANSWERED, "handoff.answered_at"),
)
