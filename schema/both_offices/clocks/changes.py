"""How managers decide how long something may take: regimes, clock policies and business calendars."""

from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.both_offices.clocks import policies
from models.both_offices.clocks.working_time import Counting
from models.front_office.service.complaints import Category, Severity
from models.permissions import Department, Permission
from resolvers.both_offices.clocks import regimes, setting
from resolvers.reading.declare import Access, changed, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb

if TYPE_CHECKING:
    from schema.both_offices.clocks.types import BusinessCalendar, ClockPolicy, Regime

WRITE = Permission.WRITE_POLICIES

# --- Inputs and payloads ----------------------------------------------------------------------------------------------


@strawberry.input(description="Which regime the company works by.")
class AdoptRegimeInput:
    """Which regime the company works by."""

    regime: strawberry.ID = member("The regime.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="How long something may take in a regime. What is left out of the first five means any.")
class SetClockPolicyInput:
    """How long something may take in a regime. What is left out of the first five means any."""

    regime: strawberry.ID = member("The regime.")
    kind: policies.ClockKind = member("What it is about.")
    stage: int | None = optional("In which stage of a complaint, 1 to 3.")
    department: Department | None = optional("For which department; handoffs only.")
    category: Category | None = optional("For which category.")
    severity: Severity | None = optional("For which severity.")
    budget_minutes: int = member("How many counted minutes there are; 1,440 to a working day.")
    counting: Counting = member("Which minutes count.")
    calendar: strawberry.ID | None = optional("The calendar to count in; needed unless time is PLAIN.")
    at_reopening: policies.AtReopening = strawberry.field(
        description="What happens when something that was answered is opened again.",
        default=policies.AtReopening.RESTART,
    )
    counts_from: policies.CountsFrom = strawberry.field(
        description="From when it counts.", default=policies.CountsFrom.START
    )
    lease_minutes: int | None = optional("After how many idle minutes a claim returns to the queue; handoffs only.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A regime beside those that there are.")
class AddRegimeInput:
    """A regime beside those that there are."""

    code: str = member("Its short name: 2 to 60 capital letters, digits and _, for instance FOS_CH.")
    name: str = member("What it is called, at most 200 characters.")
    source: str = member("Where its figures come from: the law or standard, with its paragraphs.")
    reopen_within_days: int = member("Within how many days after its end a complaint is reopened, not received anew.")
    rating_window_days: int = member("Within how many days a low rating can reopen a complaint.")
    based_on: strawberry.ID = member("The regime whose policies it begins with; they are set and withdrawn one by one.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What of a regime becomes different. What is left out stays.")
class ChangeRegimeInput:
    """What of a regime becomes different. What is left out stays."""

    regime: strawberry.ID = member("The regime.")
    name: str | None = optional("What it is called, at most 200 characters.")
    source: str | None = optional("Where its figures come from.")
    reopen_within_days: int | None = optional(
        "Within how many days after its end a complaint is reopened, not received anew."
    )
    rating_window_days: int | None = optional("Within how many days a low rating can reopen a complaint.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which policy holds no more.")
class WithdrawClockPolicyInput:
    """Which policy holds no more."""

    clock_policy: strawberry.ID = member("The policy.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="When the business is open.")
class SetBusinessCalendarInput:
    """When the business is open."""

    calendar: strawberry.ID | None = optional("The calendar that this is the next version of; left out, a new one.")
    name: str = member("What it is called, at most 200 characters.")
    time_zone: str = member("Its time zone in the IANA database, for instance Europe/London.")
    hours: list[list[list[int]]] = member(
        "For each weekday from Monday on, spans of local minutes since midnight: [[[540, 1020]], … , []]."
    )
    country: str | None = optional("Whose public holidays are kept: ISO 3166-1, for instance GB.")
    subdivision: str | None = optional(
        "Of which part of the country: ISO 3166-2 without the country, for instance ENG."
    )
    closed_dates: list[str] | None = optional("Further days on which it stays closed, as YYYY-MM-DD; at most 250.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class RegimePayload:
    """What became of a regime."""

    ROWS: ClassVar = ("regime",)
    regime: "Regime | None" = changed("The regime as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class ClockPolicyPayload:
    """What policy holds now."""

    ROWS: ClassVar = ("clock_policy",)
    clock_policy: "ClockPolicy | None" = changed("What was set or withdrawn; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class BusinessCalendarPayload:
    """What calendar holds now."""

    ROWS: ClassVar = ("business_calendar",)
    business_calendar: "BusinessCalendar | None" = changed("The new version; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Mutations --------------------------------------------------------------------------------------------------------


class ClockPolicyMutations:
    """How managers decide how long something may take."""

    adopt_regime = verb(
        "Lets the company work by another regime. Clocks that run already keep their policies until severity, department or"
        " stage change.",
        WRITE,
        AdoptRegimeInput,
        RegimePayload,
        lambda viewer, given: regimes.adopt_regime(viewer, key_of(given.regime, "rgm"), given.expected_version),
    )
    add_regime = verb(
        "Adds a regime, for instance a regulator's, with the policies of another one. It holds once it is adopted.",
        WRITE,
        AddRegimeInput,
        RegimePayload,
        lambda viewer, given: regimes.add_regime(
            viewer,
            regimes.NewRegime(
                code=given.code,
                name=given.name,
                source=given.source,
                reopen_within_days=given.reopen_within_days,
                rating_window_days=given.rating_window_days,
                based_on=key_of(given.based_on, "rgm"),
            ),
        ),
    )
    change_regime = verb(
        "Changes what a regime is called, and within how many days complaints are reopened and answers rated.",
        WRITE,
        ChangeRegimeInput,
        RegimePayload,
        lambda viewer, given: regimes.change_regime(
            viewer,
            key_of(given.regime, "rgm"),
            regimes.RegimeChanges(given.name, given.source, given.reopen_within_days, given.rating_window_days),
            given.expected_version,
        ),
    )
    set_clock_policy = verb(
        "Says how long something may take. What was said of the same case before is retired; clocks that run keep it.",
        WRITE,
        SetClockPolicyInput,
        ClockPolicyPayload,
        lambda viewer, given: setting.set_clock_policy(
            viewer,
            setting.NewPolicy(
                regime=key_of(given.regime, "rgm"),
                kind=given.kind,
                stage=given.stage,
                department=given.department,
                category=given.category,
                severity=given.severity,
                budget_minutes=given.budget_minutes,
                counting=given.counting,
                calendar=key_of(given.calendar, "bcl"),
                names_calendar=given.calendar is not None,
                at_reopening=given.at_reopening,
                counts_from=given.counts_from,
                lease_minutes=given.lease_minutes,
            ),
        ),
    )
    withdraw_clock_policy = verb(
        "Withdraws a policy without another one in its place: what fits next best holds. Clocks that run keep it.",
        WRITE,
        WithdrawClockPolicyInput,
        ClockPolicyPayload,
        lambda viewer, given: setting.withdraw_clock_policy(viewer, key_of(given.clock_policy, "plc")),
    )
    set_business_calendar = verb(
        "Adds a business calendar, or a new version of one, which all policies and running clocks then count in.",
        WRITE,
        SetBusinessCalendarInput,
        BusinessCalendarPayload,
        lambda viewer, given: setting.set_business_calendar(
            viewer,
            setting.NewCalendar(
                calendar=key_of(given.calendar, "bcl"),
                names_calendar=given.calendar is not None,
                name=given.name,
                time_zone=given.time_zone,
                hours=given.hours,
                country=given.country,
                subdivision=given.subdivision,
                closed_dates=given.closed_dates or [],
            ),
            given.expected_version,
        ),
    )
