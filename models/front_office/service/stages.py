"""Stages: a customer who does not accept an answer gets a fresh look by other people, at most three times in all.

The surprising rule: an account works at one stage of a complaint only, and the unique key says so to the database.
(Modelled on the UK Housing Ombudsman's Complaint Handling Code, section 6, and ISO 10002, 8.8: review by someone not involved.)
"""

from tortoise import fields

from models.front_office.service.answers import of_visible_complaints
from models.kit.base import ReadScope, Record
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.references import optional_reference, reference


class StageEvent(EventKind):
    """What happens to complaints that had their answer."""

    CHALLENGED = "COMPLAINT_CHALLENGED", "The customer did not accept the answer; the next stage began."
    REOPENED = "COMPLAINT_REOPENED", "Work on the complaint began again."


class StageWorker(Record):
    """Somebody who has worked on a complaint, and at which stage: handed off, claimed, answered, judged or approved."""

    complaint_id = reference("Complaint", related_name="stage_workers")
    stage = fields.IntField()
    account_id = reference("Account", related_name="worked_stages", index=True)
    since = fields.DatetimeField()

    class Meta:
        table = "stage_workers"
        unique_together = (("complaint_id", "account_id"),)
        checks = {"stage": "stage BETWEEN 1 AND 3"}


class ReopeningKind(DescribedEnum):
    """Why a complaint that had its answer is open again."""

    CHALLENGE = "CHALLENGE", "The customer does not accept the answer: the next stage begins."
    REOPENING = "REOPENING", "Something was left open or came back: the same stage goes on."
    LOW_RATING = "LOW_RATING", "The customer rated the answer low and asked for another look: the same stage goes on."


class Reopening(Record):
    """One time that a complaint came back after its answer or closing. `stage` is the one that it came back to."""

    complaint_id = reference("Complaint", related_name="reopenings")
    kind = fields.CharEnumField(ReopeningKind, max_length=20)
    stage = fields.IntField()
    reason = fields.TextField()
    at = fields.DatetimeField()
    by_id = optional_reference("Account", related_name="reopenings")

    class Meta:
        table = "reopenings"
        indexes = (("complaint_id", "at", "id"),)
        checks = {"stage": "stage BETWEEN 1 AND 3"}
        append_only = True


def visible_stage_workers(read_scope: ReadScope, worker: str) -> str | None:
    """As their complaints."""
    return of_visible_complaints(read_scope, f"{worker}.complaint_id")


def visible_reopenings(read_scope: ReadScope, reopening: str) -> str | None:
    """As their complaints."""
    return of_visible_complaints(read_scope, f"{reopening}.complaint_id")


Reopening.row_scope = visible_reopenings
StageWorker.row_scope = visible_stage_workers
