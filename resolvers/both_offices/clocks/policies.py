"""Which regime is active and which policy holds. What is shipped comes in when it is first needed."""

from typing import Any

from models.both_offices.clocks.policies import BusinessCalendar, ClockKind, ClockPolicy, Regime, most_specific
from models.both_offices.clocks.presets import DEFAULT, PRESETS, RegimePreset
from models.both_offices.subjects import Classes
from models.kit.base import new_id, now
from models.permissions import Department
from models.subjects import SUBJECTS
from resolvers.both_offices.clocks.calendars import fill_openings
from resolvers.kit.locks import REGIMES_LOCK, alone
from resolvers.kit.transaction import transact

OFFICE_HOURS = [[[540, 1020]]] * 5 + [[], []]


async def active_regime() -> Regime:
    """The rules that the company works by."""
    regime = await Regime.get_or_none(active=True)
    if regime is None:
        await _bring_in_missing()
        regime = await Regime.get(active=True)
    return regime


async def policies_in_force(*kinds: ClockKind) -> list[ClockPolicy]:
    """The active regime's policies of some kinds, with their calendars."""
    held = ClockPolicy.filter(regime__active=True, retired_at=None, kind__in=list(kinds)).select_related("calendar")
    found = await held.order_by("id")
    # Nothing fits when nothing is active yet, and then what is shipped comes in.
    return found or await regime_policies(await active_regime(), *kinds)


async def regime_policies(regime: Regime, *kinds: ClockKind) -> list[ClockPolicy]:
    """A regime's policies that are not retired, of some kinds or of all, with their calendars."""
    found = ClockPolicy.filter(regime_id=regime.id, retired_at=None).select_related("calendar").order_by("id")
    return await (found.filter(kind__in=list(kinds)) if kinds else found)


def choose(
    policies: list[ClockPolicy], kind: ClockKind, department: Department | None, classes: Classes
) -> ClockPolicy:
    """The policy of a kind that holds for a subject, or for a department's piece of it."""
    chosen = most_specific([policy for policy in policies if policy.kind == kind], department, classes)
    if chosen is None:
        raise LookupError(f"The active regime has no policy for {kind} that fits anything.")
    return chosen


async def policy_of(kind: ClockKind, subject: Any) -> ClockPolicy:
    """The policy that holds for a record now, for instance for how long it may be claimed without anything happening."""
    declared = SUBJECTS.of(subject)
    classes = declared.classes(subject, await declared.whole_of(subject))
    return choose(await policies_in_force(kind), kind, declared.department_of(subject), classes)


async def bring_in_presets() -> None:
    """Adds the shipped regimes that are missing, and makes DEFAULT the active one when none is. Doing it again does nothing."""
    await transact(_bring_in_missing)


async def _bring_in_missing() -> None:
    await alone(REGIMES_LOCK)
    known = {regime.code for regime in await Regime.all()}
    for preset in PRESETS:
        if preset.code not in known:
            await _bring_in(preset)
    if not await Regime.filter(active=True).exists():
        await Regime.filter(code=DEFAULT.code).update(active=True)
        for policy in await regime_policies(await Regime.get(code=DEFAULT.code)):
            if policy.calendar is not None:
                await fill_openings(policy.calendar, now())


async def _bring_in(preset: RegimePreset) -> None:
    regime = await Regime.create(
        id=new_id(),
        code=preset.code,
        name=preset.name,
        source=preset.source,
        active=False,
        reopen_within_days=preset.reopen_within_days,
        rating_window_days=preset.rating_window_days,
    )
    days: dict[str, Any] = {"hours": OFFICE_HOURS, "closed_dates": []}
    calendar = await BusinessCalendar.create(id=new_id(), **vars(preset.calendar), **days)
    policies: list[ClockPolicy] = []
    for policy in preset.policies:
        given = {name: value for name, value in vars(policy).items() if value is not None}
        if policy.counting.value != "PLAIN":
            given["calendar_id"] = calendar.id
        policies.append(ClockPolicy(id=new_id(), regime_id=regime.id, **given))
    await ClockPolicy.bulk_create(policies)
