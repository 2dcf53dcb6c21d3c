"""Which steps a viewer may take with a handoff: what the conditions of its transitions mean in SQL."""

from models.back_office.handoffs import TRANSITIONS
from models.kit.states import Guard
from resolvers.front_office.service.stages import at_present_stage_sql, at_stage_sql
from resolvers.kit.state_machine import StateMachine, claimed_by_me

MACHINE = StateMachine(
    "handoff",
    "handoffs",
    TRANSITIONS,
    {
        Guard.CLAIMED_BY_ME: claimed_by_me,
        Guard.AT_STAGE: lambda row: at_stage_sql(row.column("complaint_id"), row.column("stage")),
        Guard.AT_COMPLAINTS_STAGE: lambda row: at_present_stage_sql(row.column("complaint_id")),
    },
)
