"""Clocks, and the regimes, policies and business calendars that decide how long something may take."""

from datetime import datetime
from typing import TYPE_CHECKING

from models.both_offices.clocks import policies
from models.both_offices.clocks import reckoning as clock_reckoning
from models.both_offices.clocks import running as clocks
from models.both_offices.clocks.working_time import Counting
from models.kit.categories import Category
from models.kit.severity import Severity
from models.permissions import Department, Permission
from resolvers.both_offices.clocks import calendars, regimes
from resolvers.both_offices.clocks.figures import breached_sql, remaining_sql
from resolvers.reading.declare import column, computed, many, node, one, read
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryNode, EntryRows
from schema.kit.areas import Area
from schema.kit.mutations import changed, mutation, payload, payload_of

if TYPE_CHECKING:
    from schema.back_office.handoffs import Handoff
    from schema.both_offices.accounts import Account
    from schema.front_office.service.complaints import Complaint

READ, WRITE = Permission.READ_POLICIES, Permission.WRITE_POLICIES


@node(clocks.Clock, prefix="clk", needs=Permission.READ_COMPLAINTS)
class Clock(Node):
    """A deadline that pauses and resumes. What it says is right at the moment of the answer, without anything being written."""

    kind: policies.ClockKind = column("What it watches.", filter=True, sort=True)
    state: clock_reckoning.ClockState = column("Whether it runs.", filter=True)
    started_at: datetime = column("When it began, or began anew.")
    stopped_at: datetime | None = column("When it was stopped.")
    near_breach_at: datetime | None = column(
        "When 75 % of the time were or will be used up; null while it is paused and has not come to that.",
        name="warn_at",
    )
    due_at: datetime | None = column(
        "When the time was or will be used up; null while it is paused and has not come to that. For a stopped clock, when it"
        " would have been."
    )
    remaining: int = computed(
        "The minutes that are left, as the policy counts them, rounded up; 0 is none.", remaining_sql
    )
    breached: bool = computed("Whether the time was used up before the clock was stopped.", breached_sql)
    policy: "ClockPolicy | None" = one("What it counts under now.", "policy_id")
    segments: list["ClockSegment"] = many("What it did, oldest first.", "clock_id", "number")
    complaint: "Complaint | None" = one("The complaint that it runs on, if it is the customer's.", "complaint_id")
    handoff: "Handoff | None" = one("The handoff that it runs on, if it is a department's.", "handoff_id")


@node(clocks.ClockSegment, prefix="", needs=Permission.READ_COMPLAINTS)
class ClockSegment:
    """What a clock did from a moment until the next segment. Segments are never changed."""

    number: int = column("1 for the first.", sort=True)
    at: datetime = column("Since when.")
    state: clock_reckoning.ClockState = column("Whether it ran.")
    reason: clocks.ClockReason = column("Why.")
    restarts: bool = column("Whether what had been counted before was forgotten.")
    department: Department | None = column("Whose handoff it was.")
    actor: "Account | None" = one("Who did it; null when it happened by itself.", "actor_id")


@node(policies.Regime, prefix="rgm", needs=READ)
class Regime(Node):
    """A set of rules that the company works by: its own or a regulator's. Exactly one is active."""

    code: str = column("Its short name, for instance FCA_DISP.", filter=True, sort=True)
    name: str = column("What it is called.", filter=True, sort=True)
    source: str = column("Where its figures come from.")
    active: bool = column("Whether the company works by it.", filter=True)
    reopen_within_days: int = column("Within how many days after its end a complaint is reopened, not received anew.")
    rating_window_days: int = column("Within how many days a low rating can reopen a complaint.")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")
    policies: "Connection[ClockPolicy]" = many("How long it gives for what, oldest first.", "regime_id", "created_at")


@node(policies.BusinessCalendar, prefix="bcl", needs=READ)
class BusinessCalendar(Node):
    """When the business is open. A change makes a new version; the old one stays as it was."""

    name: str = column("What it is called.", filter=True, sort=True)
    time_zone: str = column("Its time zone in the IANA database.")
    hours: list[list[list[int]]] = column(
        "For each weekday from Monday on, spans of local minutes since midnight: opens, closes."
    )
    country: str | None = column("Whose public holidays are kept (ISO 3166-1).")
    subdivision: str | None = column("Of which part of the country (ISO 3166-2).")
    closed_dates: list[str] = column("Further days on which it stays closed, as YYYY-MM-DD.")
    version: int = column("Which version of the calendar this is; send it back as `expectedVersion`.")
    created_at: datetime = column("Since when it is kept.", sort=True)
    replaced_by: "BusinessCalendar | None" = one("Its next version, if there is one.", "replaced_by_id")


@node(policies.ClockPolicy, prefix="plc", needs=READ)
class ClockPolicy(Node):
    """How long something may take. Of those that fit, the one holds that names a stage, then a department, category, severity."""

    kind: policies.ClockKind = column("What it is about.", filter=True)
    stage: int | None = column("In which stage of a complaint; null is any.", filter=True)
    department: Department | None = column("For which department; null is any.", filter=True)
    category: Category | None = column("For which category; null is any.", filter=True)
    severity: Severity | None = column("For which severity; null is any.", filter=True)
    budget_minutes: int = column("How many counted minutes there are. A whole working day counts 1,440.")
    counting: Counting = column("Which minutes count.")
    calendar: "BusinessCalendar | None" = one("The calendar that it counts in; null in plain time.", "calendar_id")
    at_reopening: policies.AtReopening = column("What happens when something that was answered is opened again.")
    counts_from: policies.CountsFrom = column("From when it counts.")
    lease_minutes: int | None = column(
        "After how many minutes in which nothing happens a claim returns to the queue; null is never."
    )
    created_at: datetime = column("Since when it holds.", filter=True, sort=True)
    retired_at: datetime | None = column("Since when it does not hold for new clocks any more.", filter=True)
    replaced_by: "ClockPolicy | None" = one("The same policy in a newer calendar, if there is one.", "replaced_by_id")
    regime: "Regime | None" = one("The regime that it belongs to.", "regime_id")


RegimePayload = payload_of(Regime)


@payload
class ClockPolicyPayload:
    """What policy holds now."""

    clock_policy: "ClockPolicy | None" = changed("What was set or withdrawn; null when there are errors.")


@payload
class BusinessCalendarPayload:
    """What calendar holds now."""

    business_calendar: "BusinessCalendar | None" = changed("The new version; null when there are errors.")


class ClockPolicies:
    """Either office's way to what decides how long something may take."""

    regime: "Regime | None" = read(EntryNode(), "One regime.", needs=READ)
    regimes: "Connection[Regime]" = read(EntryRows("code"), "All regimes, by code.", needs=READ)
    business_calendars: "Connection[BusinessCalendar]" = read(
        EntryRows("name"), "All business calendars with their earlier versions, by name.", needs=READ
    )


MUTATIONS = (
    mutation(WRITE, regimes.adopt_regime, shows=RegimePayload),
    mutation(WRITE, regimes.add_regime, shows=RegimePayload),
    mutation(WRITE, regimes.change_regime, shows=RegimePayload),
    mutation(WRITE, regimes.set_clock_policy, shows=ClockPolicyPayload),
    mutation(WRITE, regimes.withdraw_clock_policy, shows=ClockPolicyPayload),
    mutation(WRITE, calendars.set_business_calendar, shows=BusinessCalendarPayload),
)

AREA = Area(
    front_office=(ClockPolicies,),
    back_office=(ClockPolicies,),
    mutations=MUTATIONS,
)
