"""Regimes and their policies: which one the company works by, and how long something may take in it.

The surprising rules: a new regime begins with another one's policies, so that none is ever without a deadline for something. And
clocks that run keep their policy until severity, department or stage change: nobody's deadline moves when a rule does.
"""

import re
from typing import Any

from tortoise.expressions import F

from models.both_offices.clocks.policies import (
    AtReopening,
    BusinessCalendar,
    ClockKind,
    ClockPolicy,
    CountsFrom,
    Regime,
)
from models.both_offices.clocks.working_time import MINUTE, MINUTES_PER_DAY, Allowance, Counting
from models.kit.base import new_id, now
from models.kit.categories import LAST_STAGE, Category
from models.kit.severity import Severity
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department
from models.subjects import SUBJECTS
from resolvers.both_offices.clocks.calendars import LONGEST, fill_openings, is_used_up
from resolvers.both_offices.clocks.policies import regime_policies
from resolvers.kit.commands import LONGEST_LINE, Command, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find, load
from resolvers.kit.locks import REGIMES_LOCK, alone

_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,59}")

MOST_DAYS = 3660
"""Ten years: what comes back or is rated later than that has to do with the answer no more."""

MOST_MINUTES = LONGEST.days * MINUTES_PER_DAY


@command
class AdoptRegime(Update):
    """Which regime the company works by."""

    regime: Key[Regime] = member("The regime.")


@command
class AddRegime(Command):
    """A regime beside those that there are."""

    code: str = member("Its short name: 2 to 60 capital letters, digits and _, for instance FOS_CH.")
    name: str = member("What it is called, at most 200 characters.")
    source: str = member("Where its figures come from: the law or standard, with its paragraphs.")
    reopen_within_days: int = member("Within how many days after its end a complaint is reopened, not received anew.")
    rating_window_days: int = member("Within how many days a low rating can reopen a complaint.")
    based_on: Key[Regime] = member("The regime whose policies it begins with; they are set and withdrawn one by one.")


@command
class ChangeRegime(Update):
    """What of a regime becomes different. What is left out stays."""

    regime: Key[Regime] = member("The regime.")
    name: str | None = member("What it is called, at most 200 characters.", default=None)
    source: str | None = member("Where its figures come from.", default=None)
    reopen_within_days: int | None = member(
        "Within how many days after its end a complaint is reopened, not received anew.", default=None
    )
    rating_window_days: int | None = member("Within how many days a low rating can reopen a complaint.", default=None)


async def add_regime(viewer: Viewer, given: AddRegime) -> Keys:
    """Adds a regime, for instance a regulator's, with the policies of another one. It holds once it is adopted."""
    errors = InputErrors()
    is_code = _CODE.fullmatch(given.code)
    if not is_code:
        errors.add("code", "A code has 2 to 60 capital letters, digits and _, and begins with a letter.")
    name, source = errors.text("name", given.name, LONGEST_LINE), errors.text("source", given.source)
    _check_days(errors, given.reopen_within_days, given.rating_window_days)
    await alone(REGIMES_LOCK)
    model = await find(viewer, Regime, given.based_on, errors, member="basedOn", lock=True)
    if is_code and await Regime.filter(code=given.code).exists():
        errors.add("code", f"There is a {given.code} already.", "ALREADY_THERE")
    errors.raise_if_any()
    assert model is not None
    regime = await Regime.create(
        id=new_id(),
        code=given.code,
        name=name,
        source=source,
        reopen_within_days=given.reopen_within_days,
        rating_window_days=given.rating_window_days,
    )
    copies: list[ClockPolicy] = []
    for policy in await regime_policies(model):
        copy = policy.clone(pk=new_id())
        copy.regime_id, copy.created_at = regime.id, now()
        copies.append(copy)
    await ClockPolicy.bulk_create(copies)
    return {"regime": regime.id}


async def change_regime(viewer: Viewer, given: ChangeRegime) -> Keys:
    """Changes what a regime is called, and within how many days complaints are reopened and answers rated."""
    errors = InputErrors()
    name = errors.text("name", given.name, LONGEST_LINE) if given.name is not None else None
    source = errors.text("source", given.source) if given.source is not None else None
    _check_days(errors, given.reopen_within_days, given.rating_window_days)
    await alone(REGIMES_LOCK)
    regime = await load(viewer, Regime, given.regime, errors, given.expected_version)
    errors.raise_if_any()
    changes = {
        "name": name,
        "source": source,
        "reopen_within_days": given.reopen_within_days,
        "rating_window_days": given.rating_window_days,
    }
    different = {member: value for member, value in changes.items() if value not in (None, getattr(regime, member))}
    if different:
        await Regime.filter(id=regime.id).update(**different, version=regime.version + 1)
    return {"regime": regime.id}


async def adopt_regime(viewer: Viewer, given: AdoptRegime) -> Keys:
    """Lets the company work by another regime. Clocks that run already keep their policies until severity, department or
    stage change.
    """
    errors = InputErrors()
    # While nobody else changes any: adopting one changes two.
    await alone(REGIMES_LOCK)
    regime = await load(viewer, Regime, given.regime, errors, given.expected_version)
    errors.raise_if_any()
    if not regime.active:
        await Regime.filter(active=True).update(active=False)
        await Regime.filter(id=regime.id).update(active=True, version=regime.version + 1)
        for policy in await regime_policies(regime):
            if policy.calendar is not None:
                await fill_openings(policy.calendar, now())
    return {"regime": regime.id}


def _check_days(errors: InputErrors, reopen_within: int | None, rating_window: int | None) -> None:
    for named, days in (("reopenWithinDays", reopen_within), ("ratingWindowDays", rating_window)):
        if days is not None and not 0 <= days <= MOST_DAYS:
            errors.add(named, f"From 0 to {MOST_DAYS} days.")


# --- Policies ---------------------------------------------------------------------------------------------------------


@command
class SetClockPolicy(Command):
    """How long something may take in a regime. What is left out of the first five means any."""

    regime: Key[Regime] = member("The regime.")
    kind: ClockKind = member("What it is about.")
    stage: int | None = member("In which stage of a complaint, 1 to 3.", default=None)
    department: Department | None = member("For which department; handoffs only.", default=None)
    category: Category | None = member("For which category.", default=None)
    severity: Severity | None = member("For which severity.", default=None)
    budget_minutes: int = member("How many counted minutes there are; 1,440 to a working day.")
    counting: Counting = member("Which minutes count.")
    calendar: Key[BusinessCalendar] | None = member(
        "The calendar to count in; needed unless time is PLAIN.", default=None
    )
    at_reopening: AtReopening = member(
        "What happens when something that was answered is opened again.", default=AtReopening.RESTART
    )
    counts_from: CountsFrom = member("From when it counts.", default=CountsFrom.START)
    lease_minutes: int | None = member(
        "After how many idle minutes a claim returns to the queue; handoffs only.", default=None
    )


@command
class WithdrawClockPolicy(Command):
    """Which policy holds no more."""

    clock_policy: Key[ClockPolicy] = member("The policy.")


async def set_clock_policy(viewer: Viewer, given: SetClockPolicy) -> Keys:
    """Says how long something may take. What was said of the same case before is retired; clocks that run keep it."""
    errors = InputErrors()
    # Policies and calendars point at each other's rows: two who set them at once wait here, and nowhere for one another.
    await alone(REGIMES_LOCK)
    regime = await find(viewer, Regime, given.regime, errors, lock=True)
    calendar = await find(viewer, BusinessCalendar, given.calendar, errors, member="calendar", lock=True)
    if calendar is not None and calendar.replaced_by_id is not None:
        errors.add("calendar", "This calendar was replaced by a newer version of it.")
    _check_policy(errors, given, calendar)
    errors.raise_if_any()
    assert regime is not None
    at = now()
    case: dict[str, Any] = {
        "kind": given.kind,
        "stage": given.stage,
        "department": given.department,
        "category": given.category,
        "severity": given.severity,
    }
    await ClockPolicy.filter(regime_id=regime.id, retired_at=None, **case).update(retired_at=at)
    policy = await ClockPolicy.create(
        id=new_id(),
        regime_id=regime.id,
        **case,
        budget_minutes=given.budget_minutes,
        counting=given.counting,
        calendar_id=calendar.id if calendar else None,
        at_reopening=given.at_reopening,
        counts_from=given.counts_from,
        lease_minutes=given.lease_minutes,
        created_at=at,
    )
    await Regime.filter(id=regime.id).update(version=regime.version + 1)
    if calendar is not None and regime.active:
        await fill_openings(calendar, at)
    return {"clock_policy": policy.id}


async def withdraw_clock_policy(viewer: Viewer, given: WithdrawClockPolicy) -> Keys:
    """Withdraws a policy without another one in its place: what fits next best holds. Clocks that run keep it."""
    # The one of a kind that fits anything is not withdrawn, only replaced: no complaint is without a deadline.
    errors = InputErrors()
    await alone(REGIMES_LOCK)
    policy = await load(viewer, ClockPolicy, given.clock_policy, errors)
    if policy.retired_at is not None:
        errors.add("clockPolicy", "It does not hold any more.", "ALREADY_RETIRED")
    elif not any(policy.specificity):
        message = f"It holds for every {policy.kind} that no other one is for: set another one in its place."
        errors.add("clockPolicy", message, "LAST_RESORT")
    errors.raise_if_any()
    await ClockPolicy.filter(id=policy.id).update(retired_at=now())
    await Regime.filter(id=policy.regime_id).update(version=F("version") + 1)
    return {"clock_policy": policy.id}


def _check_policy(errors: InputErrors, given: SetClockPolicy, calendar: BusinessCalendar | None) -> None:
    handoffs = any(given.kind in one.clocks for one in SUBJECTS if one.department)
    if given.stage is not None and not 1 <= given.stage <= LAST_STAGE:
        errors.add("stage", f"A complaint has the stages 1 to {LAST_STAGE}.")
    if given.department is not None and not handoffs:
        errors.add("department", "Only handoffs belong to a department.")
    elif given.department is not None and given.department not in BACK_OFFICE_DEPARTMENTS:
        errors.add("department", f"{given.department} is no department of the back office.")
    if given.lease_minutes is not None and not handoffs:
        errors.add("leaseMinutes", "Only handoffs are claimed.")
    elif given.lease_minutes is not None and not 1 <= given.lease_minutes <= MOST_MINUTES:
        errors.add("leaseMinutes", f"A claim is left alone for 1 to {MOST_MINUTES} minutes.")
    if given.counts_from is CountsFrom.ACKNOWLEDGEMENT and given.kind is not ClockKind.ANSWER_COMPLAINT:
        errors.add("countsFrom", "Only the answer to a complaint can be counted from its acknowledgement.")
    if given.counting is Counting.PLAIN and given.calendar is not None:
        errors.add("calendar", "Plain time needs no calendar; leave it out.")
    elif given.counting is not Counting.PLAIN and given.calendar is None:
        errors.add("calendar", f"{given.counting} needs a business calendar.")
    if not 1 <= given.budget_minutes <= MOST_MINUTES:
        errors.add("budgetMinutes", f"A budget has 1 to {MOST_MINUTES} minutes.")
    elif calendar is not None or given.counting is Counting.PLAIN:
        working = calendar.working() if calendar else None
        if not is_used_up(Allowance(given.budget_minutes * MINUTE, given.counting, working), now()):
            errors.add("budgetMinutes", "The calendar does not open often enough to use this up within a year.")
