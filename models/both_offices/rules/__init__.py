"""Rules: when something happens to a complaint and conditions hold, actions follow. All of it is data; no code is evaluated.

The surprising rule: what a rule says is kept for ever. Saving it adds a version, and each application names its version.
"""

from collections.abc import Mapping
from typing import Any

from tortoise import fields

from models.kit.base import ReadScope, Record, RowScope, all_rows, is_one_of, optional_reference, reference
from models.kit.constraints import at_least, one_of, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.severity import Severity
from models.kit.tortoise_privates import table_of
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department, Permission

MOST_CONDITIONS = 20
MOST_ACTIONS = 5
MOST_VALUES = 250
"""As many as a list in a variable may have (schema/transport/limits.py), so that what is read can be saved again."""

SHORTEST_WORD, LONGEST_WORD = 2, 50
LONGEST_WINDOW = 365
"""Days that a rule may look back."""

SHIPPED_POSITION = 10_000
"""Where shipped rules begin; a company's own come before them unless they say otherwise."""

LAST_POSITION = 1_000_000

LONGEST_DELAY = 366 * 24 * 60
"""Minutes until a task is due."""


class RuleField(DescribedEnum):
    """What a condition looks at. None of it says who the customer is."""

    CATEGORY = "CATEGORY", "The complaint's category."
    SEVERITY = "SEVERITY", "The complaint's severity."
    CHANNEL = "CHANNEL", "By which way the complaint reached us."
    PRODUCT = "PRODUCT", "The SKU of the complaint's product."
    PRODUCT_CATEGORY = "PRODUCT_CATEGORY", "The category of the complaint's product."
    CAUSE = "CAUSE", "The complaint's cause, once it is determined."
    STAGE = "STAGE", "The complaint's stage: 1, or more after a challenge."
    STATUS = "STATUS", "The complaint's status."
    DEPARTMENT = "DEPARTMENT", "The department of the handoff that the event is about."
    PRODUCT_COMPLAINTS = (
        "PRODUCT_COMPLAINTS",
        "How many complaints about the same product were received within the last `withinDays` days, this one included.",
    )
    MASKED_TEXT = "MASKED_TEXT", "The complaint's subject and description, with who the customer is masked in them."


class RuleOperator(DescribedEnum):
    """How a condition compares."""

    IN = "IN", "It is one of the values; what is not known is none of them."
    NOT_IN = "NOT_IN", "It is none of the values, or not known."
    AT_LEAST = "AT_LEAST", "It is known, and the one value or more."
    AT_MOST = "AT_MOST", "It is known, and the one value or less."
    HAS_ANY_WORD = (
        "HAS_ANY_WORD",
        "One of the values occurs as whole words, whatever case and accents; `burn*` is any word that begins like this.",
    )


class RuleActionKind(DescribedEnum):
    """What a rule does."""

    ROUTE = "ROUTE", "Says which department the complaint goes to, and hands it off at once if wanted."
    SET_SEVERITY = "SET_SEVERITY", "Changes the complaint's severity; its clocks follow."
    ATTACH_TO_CASE = "ATTACH_TO_CASE", "Attaches the complaint to the case of its product, or proposes one."
    NOTIFY = "NOTIFY", "Notifies colleagues."
    CREATE_TASK = "CREATE_TASK", "Gives a department a task."


class RuleSkip(DescribedEnum):
    """Why an action was not done although the rule's conditions held."""

    ALREADY_ROUTED = "ALREADY_ROUTED", "A rule before this one had routed the complaint on the same occasion."
    UNCHANGED = "UNCHANGED", "It was so already."
    NOT_HIGHER = "NOT_HIGHER", "The severity was as high already, and the action only raises it."
    WITH_DEPARTMENT = "WITH_DEPARTMENT", "The department has an open handoff of this complaint already."
    WRONG_STATUS = "WRONG_STATUS", "The complaint's status does not permit it."
    NO_PRODUCT = "NO_PRODUCT", "The complaint is about no product."
    NOBODY = "NOBODY", "No enabled account is meant."
    REFUSED = "REFUSED", "The change was refused as it would be to a person."
    FAILED = "FAILED", "Something went wrong that is not the rule's fault; the server's log has it."


class RuleEvent(EventKind):
    """What happens to rules."""

    APPLIED = "RULE_APPLIED", "A rule did something."


class Rule(Record):
    """One rule. What it says at present is its version `current_id`. Rules are applied in the order of position, then age."""

    name = fields.CharField(max_length=200)
    enabled = fields.BooleanField(default=False)
    position = fields.IntField()
    # One of models.areas.TRIGGERS.
    trigger = fields.CharField(max_length=30)
    # A plain column, because a rule and its versions cannot both be written first.
    current_id = fields.UUIDField(unique=True)
    shipped_as = fields.CharField(max_length=50, null=True, unique=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "rules"
        indexes = (("position", "id"),)
        checks = {"position": "position BETWEEN 0 AND 1000000"}
        by_code_point = ("name",)


class RuleVersion(Record):
    """What a rule said from one saving to the next. Append-only."""

    rule_id = reference("Rule", related_name="versions")
    number = fields.IntField()
    name = fields.CharField(max_length=200)
    trigger = fields.CharField(max_length=30)
    saved_at = fields.DatetimeField()
    saved_by_id = optional_reference("Account", related_name="saved_rules")

    class Meta:
        table = "rule_versions"
        unique_together = (("rule", "number"),)
        checks = {"number": at_least(1, "number")}
        append_only = True


class RuleCondition(Record):
    """One thing that must hold for a version's actions. Append-only. `compared_with` holds texts, as they were saved."""

    rule_version_id = reference("RuleVersion", related_name="conditions")
    position = fields.IntField()
    looks_at: Any = fields.CharEnumField(RuleField, max_length=20)
    operator: Any = fields.CharEnumField(RuleOperator, max_length=20)
    compared_with: Any = fields.JSONField()
    within_days = fields.IntField(null=True)

    class Meta:
        table = "rule_conditions"
        unique_together = (("rule_version", "position"),)
        checks = {
            "position": at_least(0, "position"),
            "words": "(looks_at IN ('MASKED_TEXT')) = (operator IN ('HAS_ANY_WORD'))",
            "counts": when("looks_at", "PRODUCT_COMPLAINTS", "within_days", one_of("operator", "AT_LEAST AT_MOST")),
            "within_days": at_least(1, "within_days"),
        }
        append_only = True


class RuleAction(Record):
    """One thing that a version does. Append-only. Which columns are used is up to the kind.

    `department` of ROUTE is null for the department of the complaint's category.
    """

    rule_version_id = reference("RuleVersion", related_name="actions")
    position = fields.IntField()
    kind: Any = fields.CharEnumField(RuleActionKind, max_length=20)
    department: Any = fields.CharEnumField(Department, max_length=30, null=True)
    hand_off = fields.BooleanField(default=False)
    severity: Any = fields.CharEnumField(Severity, max_length=20, null=True)
    only_raise = fields.BooleanField(default=True)
    within_days = fields.IntField(null=True)
    roles: Any = fields.JSONField(default=list)
    departments: Any = fields.JSONField(default=list)
    managers = fields.BooleanField(default=False)
    title = fields.CharField(max_length=200, null=True)
    due_in_minutes = fields.IntField(null=True)

    class Meta:
        table = "rule_actions"
        unique_together = (("rule_version", "position"),)
        checks = {
            "position": at_least(0, "position"),
            "routed": when(
                "kind", "ROUTE", f"(department IS NULL OR {is_one_of('department', BACK_OFFICE_DEPARTMENTS)})"
            ),
            "severity_set": when("kind", "SET_SEVERITY", "severity"),
            "attached": when("kind", "ATTACH_TO_CASE", "within_days"),
            "task": when("kind", "CREATE_TASK", "title"),
            "amounts": at_least(1, "within_days", "due_in_minutes"),
        }
        append_only = True


class RuleApplication(Record):
    """What one action of a rule did to one complaint on one event, or why it did not. Append-only.

    `event_number` is the event's id. No action of a rule is applied twice on one event.
    """

    rule_id = reference("Rule", related_name="applications")
    rule_version_id = reference("RuleVersion", related_name="applications")
    action_id = reference("RuleAction", related_name="applications")
    event_number = fields.BigIntField()
    at = fields.DatetimeField()
    complaint_id = reference("Complaint", related_name="rule_applications")
    handoff_id = optional_reference("Handoff", related_name="rule_applications")
    kind: Any = fields.CharEnumField(RuleActionKind, max_length=20)
    skipped: Any = fields.CharEnumField(RuleSkip, max_length=20, null=True)
    department: Any = fields.CharEnumField(Department, max_length=30, null=True)
    severity_before: Any = fields.CharEnumField(Severity, max_length=20, null=True)
    severity: Any = fields.CharEnumField(Severity, max_length=20, null=True)
    notified = fields.IntField(null=True)

    class Meta:
        table = "rule_applications"
        unique_together = (("event_number", "action"),)
        indexes = (("rule_id", "at", "id"), ("complaint_id", "at", "id"))
        checks = {"notified": at_least(1, "notified")}
        append_only = True


def visible_applications(subject: type[Record], column: str, needs: Mapping[RuleField, Permission]) -> RowScope:
    """What rules did is seen by whoever sees the record that they did it to, and may know all that the rule asked of it."""

    def rows(read_scope: ReadScope, application: str) -> str | None:
        conditions: list[str] = []
        if scope := subject.row_scope(read_scope, "ruled") if subject.row_scope else None:
            ruled = f"SELECT 1 FROM {table_of(subject)} ruled WHERE ruled.id = {application}.{column}"
            conditions.append(f"EXISTS ({ruled} AND {scope})")
        if hidden := [field for field in needs if needs[field] not in read_scope.permissions]:
            asked = f"SELECT 1 FROM rule_conditions asked WHERE asked.rule_version_id = {application}.rule_version_id"
            conditions.append(f"NOT EXISTS ({asked} AND {is_one_of('asked.looks_at', hidden)})")
        return " AND ".join(conditions) or None

    return rows


Rule.row_scope = RuleVersion.row_scope = RuleCondition.row_scope = RuleAction.row_scope = all_rows
