"""Escalations: what was taken to a manager, by whom, how it ended; and who manages which department."""

from datetime import datetime
from typing import TYPE_CHECKING

from models.both_offices import escalations
from models.permissions import Department, Permission, Role
from resolvers.both_offices.escalations.verbs import (
    change_escalation_trend,
    close_escalation,
    set_department_manager,
)
from resolvers.reading.declare import column, computed, node, one, read
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryNode, EntryRows
from schema.kit.areas import Area
from schema.kit.mutations import changed, mutation, payload, payload_of

if TYPE_CHECKING:
    from schema.back_office.handoffs import Handoff
    from schema.both_offices.accounts import Account
    from schema.front_office.service.complaints import Complaint

READ, WRITE, ROLES = (Permission.READ_ESCALATIONS, Permission.WRITE_ESCALATIONS, Permission.READ_ACCOUNTS)


@node(escalations.Escalation, prefix="esc", needs=READ)
class Escalation(Node):
    """A complaint, or one handoff of it, taken to a manager."""

    number: str = column("The number that people quote, for instance ESC-2026-000042.", filter=True, sort=True)
    source: escalations.EscalationSource = column("Who wanted a manager to look at it.", filter=True, sort=True)
    level: escalations.EscalationLevel = column("How high up it was taken.", filter=True, sort=True)
    trend: escalations.EscalationTrend = column("Where it is heading.", filter=True, sort=True)
    reason: str = column("Why. Both offices read it, so the customer's identity is masked in it.")
    assignee: "Account | None" = one("Which manager is responsible.", "assignee_id")
    requested_by: "Account | None" = one("Who asked for it; null for clocks and rules.", "requested_by_id")
    requested_roles: list[Role] = column(
        "The roles that whoever asked had then. It is closed in another role than these.", needs=ROLES
    )
    opened_at: datetime = column("When it was taken to a manager.", filter=True, sort=True)
    closed_at: datetime | None = column("When it was closed; null while it is open.", filter=True, sort=True)
    closed_by: "Account | None" = one("Who closed it.", "closed_by_id")
    closed_role: Role | None = column("In which role it was closed.", needs=ROLES)
    resolution: str | None = column("How it was settled. The customer's identity is masked in it.")
    cause_ended: bool = computed(
        "Whether a deadline led here that presses no more: it was met or missed in the end, or taken off. The escalation is no"
        " longer due, and stays open until a manager says how it ended.",
        lambda ctx: escalations.cause_ended_sql(ctx.column),
        filter=True,
    )
    version: int = column("Grows with every change; send it back as `expectedVersion`.")
    complaint: "Complaint | None" = one("The complaint that it is about.", "complaint_id")
    handoff: "Handoff | None" = one("The handoff that it is about, if it is about one.", "handoff_id")


@node(escalations.DepartmentManager, prefix="dpm", needs=Permission.READ_STAFF)
class DepartmentManager(Node):
    """Who manages a department: the first that its escalations go to."""

    department: Department = column("The department.", filter=True, sort=True)
    account: "Account | None" = one("Its manager; with none, the managers of the office are asked.", "account_id")
    set_at: datetime = column("When this was said.", filter=True, sort=True)
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


EscalationPayload = payload_of(Escalation, dry_run=True)


@payload
class DepartmentManagerPayload:
    """Who manages a department now."""

    department_manager: "DepartmentManager | None" = changed("What was set; null when there are errors.")


class Escalations:
    """Either office's way to escalations."""

    escalation: "Escalation | None" = read(EntryNode(), "One escalation.", needs=READ)
    escalations: "Connection[Escalation]" = read(
        EntryRows("-opened_at"), "All escalations that the viewer sees, latest first.", needs=READ
    )
    department_managers: "Connection[DepartmentManager]" = read(
        EntryRows("department"), "Who manages which department.", needs=Permission.READ_STAFF
    )


MUTATIONS = (
    mutation(WRITE, change_escalation_trend, shows=EscalationPayload),
    mutation(WRITE, close_escalation, shows=EscalationPayload),
    mutation(Permission.WRITE_ACCOUNTS, set_department_manager, shows=DepartmentManagerPayload),
)

AREA = Area(
    front_office=(Escalations,),
    back_office=(Escalations,),
    mutations=MUTATIONS,
)
