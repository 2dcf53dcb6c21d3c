"""Escalations: what was taken to a manager, by whom, how it ended; and who manages which department."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.both_offices import escalations
from models.both_offices.escalations import managers
from models.permissions import Department, Permission, Role
from resolvers.both_offices import escalations as use_cases
from resolvers.both_offices.escalations.managers import set_department_manager
from resolvers.reading.declare import (
    Access,
    Connection,
    EntryNode,
    EntryRows,
    Node,
    changed,
    column,
    computed,
    node,
    one,
    plain,
    plain_type,
    read,
)
from schema.kit.areas import Area
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import (
    ERRORS,
    MASKED,
    dry_run,
    expected_version,
    idempotency_key,
    key_of,
    member,
    optional,
    verb,
)

if TYPE_CHECKING:
    from schema.back_office.handoffs import Handoff
    from schema.both_offices.accounts import Account
    from schema.front_office.service.complaints import Complaint

READ, WRITE, ROLES = (Permission.READ_ESCALATIONS, Permission.WRITE_ESCALATIONS, Permission.READ_ACCOUNTS)

# --- Types ------------------------------------------------------------------------------------------------------------


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


@node(managers.DepartmentManager, prefix="dpm", needs=Permission.READ_STAFF)
class DepartmentManager(Node):
    """Who manages a department: the first that its escalations go to."""

    department: Department = column("The department.", filter=True, sort=True)
    account: "Account | None" = one("Its manager; with none, the managers of the office are asked.", "account_id")
    set_at: datetime = column("When this was said.", filter=True, sort=True)
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


# --- Inputs and payloads ----------------------------------------------------------------------------------------------


@strawberry.input(description="What is taken to a manager, and why.")
class EscalateComplaintInput:
    """What is taken to a manager, and why."""

    complaint: strawberry.ID = member("The complaint.")
    handoff: strawberry.ID | None = optional(
        "The handoff of it that it is about. Who sees the handoffs of some departments only must name one."
    )
    reason: str = member("Why, at most 10,000 characters. What the front office writes is masked.")
    source: escalations.EscalationSource = strawberry.field(
        description="Whose wish it is: CUSTOMER or STAFF.", default=escalations.EscalationSource.STAFF
    )
    level: escalations.EscalationLevel = strawberry.field(
        description="How high up it is taken.", default=escalations.EscalationLevel.DEPARTMENT_MANAGER
    )
    trend: escalations.EscalationTrend = strawberry.field(
        description="Where it is heading.", default=escalations.EscalationTrend.STEADY
    )
    dry_run: bool = dry_run()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which escalation becomes more or less urgent.")
class ChangeEscalationTrendInput:
    """Which escalation becomes more or less urgent."""

    escalation: strawberry.ID = member("The escalation.")
    trend: escalations.EscalationTrend = member("Where it is heading now.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which escalation is settled, and how.")
class CloseEscalationInput:
    """Which escalation is settled, and how."""

    escalation: strawberry.ID = member("The escalation.")
    resolution: str = member("How it was settled, at most 10,000 characters. What the front office writes is masked.")
    dry_run: bool = dry_run()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Who manages a department.")
class SetDepartmentManagerInput:
    """Who manages a department."""

    department: Department = member("The department.")
    account: strawberry.ID | None = optional("Its manager; left out, nobody, and the office's managers are asked.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class EscalationPayload:
    """What became of an escalation."""

    ROWS: ClassVar = ("escalation",)
    escalation: "Escalation | None" = changed(
        "The escalation as it now is; null when there are errors, and with `dryRun`."
    )
    masked_text: str | None = plain(MASKED, default=None)
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class DepartmentManagerPayload:
    """Who manages a department now."""

    ROWS: ClassVar = ("department_manager",)
    department_manager: "DepartmentManager | None" = changed("What was set; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Roots ------------------------------------------------------------------------------------------------------------


class Escalations:
    """Either office's way to escalations."""

    escalation: "Escalation | None" = read(EntryNode(), "One escalation.", needs=READ)
    escalations: "Connection[Escalation]" = read(
        EntryRows("-opened_at"), "All escalations that the viewer sees, latest first.", needs=READ
    )
    department_managers: "Connection[DepartmentManager]" = read(
        EntryRows("department"), "Who manages which department.", needs=Permission.READ_STAFF
    )


class EscalationMutations:
    """What is done with escalations."""

    escalate_complaint = verb(
        "Takes a complaint, or one handoff of it, to a manager, who is notified.",
        WRITE,
        EscalateComplaintInput,
        EscalationPayload,
        lambda viewer, given: use_cases.escalate_complaint(
            viewer,
            use_cases.NewEscalation(
                complaint=key_of(given.complaint, "cmp"),
                handoff=key_of(given.handoff, "hnd"),
                names_handoff=given.handoff is not None,
                reason=given.reason,
                source=given.source,
                level=given.level,
                trend=given.trend,
            ),
            dry_run=given.dry_run,
        ),
    )
    change_escalation_trend = verb(
        "Says that an open escalation becomes more or less urgent.",
        WRITE,
        ChangeEscalationTrendInput,
        EscalationPayload,
        lambda viewer, given: use_cases.change_escalation_trend(
            viewer, key_of(given.escalation, "esc"), given.trend, given.expected_version
        ),
    )
    close_escalation = verb(
        "Closes an escalation. A manager does, in another role than those of whoever asked for it.",
        WRITE,
        CloseEscalationInput,
        EscalationPayload,
        lambda viewer, given: use_cases.close_escalation(
            viewer, key_of(given.escalation, "esc"), given.resolution, given.expected_version, dry_run=given.dry_run
        ),
    )
    set_department_manager = verb(
        "Says who manages a department: an account that can sign in and sees the department's handoffs.",
        Permission.WRITE_ACCOUNTS,
        SetDepartmentManagerInput,
        DepartmentManagerPayload,
        lambda viewer, given: set_department_manager(
            viewer,
            given.department,
            key_of(given.account, "acc"),
            given.account is not None,
            given.expected_version,
        ),
    )


AREA = Area(
    front_office=(Escalations,),
    back_office=(Escalations,),
    mutations=(EscalationMutations,),
)
