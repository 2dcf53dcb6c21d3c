"""Rules that carry work across by themselves: what they say, what they said, and what they did."""

from datetime import datetime
from typing import TYPE_CHECKING

from models.areas import applications_of_viewer
from models.both_offices import rules
from models.kit.events import EventKind
from models.kit.severity import Severity
from models.permissions import Department, Permission, Role
from resolvers.reading.declare import Connection, Node, column, many, node, one

if TYPE_CHECKING:
    from schema.back_office.handoffs import Handoff
    from schema.both_offices.accounts import Account
    from schema.front_office.service.complaints import Complaint

READ, WRITE = Permission.READ_RULES, Permission.WRITE_RULES


@node(rules.Rule, prefix="rul", needs=READ)
class Rule(Node):
    """When something happens to a complaint and all conditions hold, actions follow, in the same change."""

    name: str = column("What people call it.", filter=True, sort=True)
    enabled: bool = column("Whether it is applied.", filter=True)
    position: int = column("Its place: of the rules for one event, lower positions are applied first.", sort=True)
    trigger: EventKind = column("What sets it off.")
    conditions: "list[RuleCondition]" = many(
        "What must hold, all of it; with none, the event is enough.", "rule_version_id", "position", key="current_id"
    )
    actions: "list[RuleAction]" = many("What it does, in order.", "rule_version_id", "position", key="current_id")
    shipped_as: str | None = column("Under which name it came with Interoffice; null for the company's own.")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")
    versions: "Connection[RuleVersion]" = many("All that it has said, latest first.", "rule_id", "-number")
    applications: "Connection[RuleApplication]" = many(
        "What it did to the complaints that the viewer sees, latest first.", "rule_id", "-at"
    )


@node(rules.RuleVersion, prefix="rve", needs=READ)
class RuleVersion(Node):
    """What a rule said from one saving to the next."""

    number: int = column("1 for what it said first.", filter=True, sort=True)
    name: str = column("What it was called.")
    trigger: EventKind = column("What set it off.")
    conditions: "list[RuleCondition]" = many("What had to hold.", "rule_version_id", "position")
    actions: "list[RuleAction]" = many("What it did.", "rule_version_id", "position")
    saved_at: datetime = column("When it was saved.")
    saved_by: "Account | None" = one("Who saved it; null for what came with Interoffice.", "saved_by_id")
    rule: "Rule | None" = one("The rule.", "rule_id")


@node(rules.RuleCondition, prefix="", needs=READ)
class RuleCondition:
    """One thing that must hold."""

    position: int = column("Its place among the conditions, from 0.", sort=True)
    field: rules.RuleField = column("What it looks at.", "looks_at")
    operator: rules.RuleOperator = column("How it compares.")
    values: list[str] = column("With what.", "compared_with")
    within_days: int | None = column("How far PRODUCT_COMPLAINTS looks back, in days; null for other fields.")


@node(rules.RuleAction, prefix="", needs=READ)
class RuleAction:
    """One thing that a rule does. Members that its kind does not use are null, empty or false."""

    position: int = column("Its place among the actions, from 0.", sort=True)
    kind: rules.RuleActionKind = column("What is done.")
    department: Department | None = column(
        "Where ROUTE takes the complaint, null for its category's department; or whose task it is, null for the"
        " department's that has the complaint."
    )
    hand_off: bool = column("Whether ROUTE hands the complaint off at once.")
    severity: Severity | None = column("The severity that SET_SEVERITY sets.")
    only_raise: bool = column("Whether SET_SEVERITY leaves a higher severity alone.")
    within_days: int | None = column("How old, in days, complaints may be that ATTACH_TO_CASE brings together.")
    roles: list[Role] = column("Whose accounts NOTIFY notifies.")
    departments: list[Department] = column("Whose members NOTIFY notifies.")
    managers: bool = column("Whether NOTIFY notifies who manages the department that has the complaint.")
    title: str | None = column("What is to be done in the task.")
    due_in_minutes: int | None = column("When the task is due, in minutes from the event; null for never.")


@node(rules.RuleApplication, prefix="rap", rows=applications_of_viewer, needs=READ)
class RuleApplication(Node):
    """What one action of a rule did to one complaint, or why it did not although the conditions held."""

    at: datetime = column("When.", filter=True, sort=True)
    kind: rules.RuleActionKind = column("What was to be done.", filter=True)
    skipped: rules.RuleSkip | None = column("Why it was not done; null when it was.", filter=True)
    department: Department | None = column("Where the complaint was routed, or whose task was made.")
    severity_before: Severity | None = column("The severity before SET_SEVERITY.")
    severity: Severity | None = column("The severity that SET_SEVERITY meant.")
    notified: int | None = column("How many accounts were notified.")
    rule: "Rule | None" = one("The rule.", "rule_id")
    rule_version: "RuleVersion | None" = one("What the rule said at the time.", "rule_version_id")
    complaint: "Complaint | None" = one("The complaint.", "complaint_id")
    handoff: "Handoff | None" = one("The handoff that the event was about, if any.", "handoff_id")
