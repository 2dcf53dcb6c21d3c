"""Which steps a viewer may take with a handoff: what the conditions of its transitions mean in SQL."""

from models.back_office.handoffs import TRANSITIONS
from models.states import When
from resolvers.front_office.stages import at_present_stage_sql, at_stage_sql
from resolvers.steps import Machine, claimed_by_me

MACHINE = Machine(
    "handoff",
    "handoffs",
    TRANSITIONS,
    {
        When.CLAIMED_BY_ME: claimed_by_me,
        When.AT_STAGE: lambda row: at_stage_sql(row.column("complaint_id"), row.column("stage")),
        When.AT_COMPLAINTS_STAGE: lambda row: at_present_stage_sql(row.column("complaint_id")),
    },
)
