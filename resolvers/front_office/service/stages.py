"""Who has worked on a complaint, and at which stage: whoever worked at one stage cannot work at another.

The surprising rule: asking is writing down. The row stays only if the change is made; its complaint is locked meanwhile.
"""

from uuid import UUID

from models.back_office.handoffs import Handoff
from models.front_office.service.complaints import Complaint
from models.front_office.service.stages import StageWorker
from models.kit.base import VIEWER, new_id, now
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.viewer import Viewer


def at_stage_sql(complaint: str, stage: str) -> str:
    """A condition that the viewer has worked on a complaint at no other stage than this one; `work_on` says the same."""
    elsewhere = f"worker.complaint_id = {complaint} AND worker.account_id = {VIEWER} AND worker.stage <> {stage}"
    return f"NOT EXISTS (SELECT 1 FROM stage_workers worker WHERE {elsewhere})"


def at_present_stage_sql(complaint: str) -> str:
    """A condition that the viewer has worked on a complaint at no other stage than its present one."""
    elsewhere = f"worked.id = {complaint} AND worker.account_id = {VIEWER} AND worker.stage <> worked.stage"
    joined = "stage_workers worker JOIN complaints worked ON worked.id = worker.complaint_id"
    return f"NOT EXISTS (SELECT 1 FROM {joined} WHERE {elsewhere})"


async def work_on(viewer: Viewer, complaint: Complaint, errors: InputErrors, *, member: str = "complaint") -> None:
    """Notes that the viewer works on a complaint, whose row is locked, or else why they must not.

    `member` is the input's way to it.
    """
    await _note(viewer, complaint.id, complaint.stage, errors, member)


async def work_on_handoff(viewer: Viewer, handoff: Handoff, errors: InputErrors) -> None:
    """The same for work on a handoff, which belongs to the stage in which it was handed off."""
    await _note(viewer, handoff.complaint_id, handoff.stage, errors, "handoff")


async def count_work_of(account: UUID, complaint: Complaint) -> bool:
    """Writes down that what somebody else wrote serves a locked complaint at its stage; False when they worked at another one."""
    worked = await StageWorker.get_or_none(complaint_id=complaint.id, account_id=account)
    if worked is None:
        await StageWorker.create(
            id=new_id(), complaint_id=complaint.id, stage=complaint.stage, account_id=account, since=now()
        )
    return worked is None or worked.stage == complaint.stage


async def others_who_worked(complaint_id: UUID, stage: int) -> set[UUID]:
    """The accounts that worked on a complaint at another stage than this one."""
    workers = StageWorker.filter(complaint_id=complaint_id).exclude(stage=stage)
    return {UUID(str(account)) for account in await workers.values_list("account_id", flat=True)}


async def _note(viewer: Viewer, complaint_id: UUID, stage: int, errors: InputErrors, member: str) -> None:
    worked = await StageWorker.get_or_none(complaint_id=complaint_id, account_id=viewer.account)
    if worked is None:
        await StageWorker.create(
            id=new_id(), complaint_id=complaint_id, stage=stage, account_id=viewer.account, since=now()
        )
    elif worked.stage < stage:
        message = f"You worked on this complaint at stage {worked.stage}. Stage {stage} is for somebody else."
        errors.add(member, message, "EARLIER_HANDLER")
    elif worked.stage > stage:
        message = f"You work on this complaint at stage {worked.stage}. What is left of stage {stage} is for others."
        errors.add(member, message, "LATER_HANDLER")
