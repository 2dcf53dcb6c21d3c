"""Which regime is active and which policy holds. What is shipped comes in when it is first needed.

The surprising rule: policies are kept in memory. They never change, and which of them hold changes only with the version of the
active regime, which every use looks at.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from models.both_offices.clocks.policies import BusinessCalendar, ClockKind, ClockPolicy, Regime, most_specific
from models.both_offices.clocks.presets import DEFAULT, PRESETS, RegimePreset
from models.both_offices.subjects import Classes
from models.engines import this_database
from models.engines.sqlite import by_key
from models.kit.base import new_id, now
from models.kit.sql import read_rows
from models.kit.unit_of_work import present_unit
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


_in_force: WeakKeyDictionary[object, tuple[object, Sequence[ClockPolicy]]] = WeakKeyDictionary()
"""By the database: what was in force there last, and by which sign one knows that it still is."""

_ever: dict[UUID, ClockPolicy] = {}
"""Policies under which clocks count that run on, whether in force or not."""

MOST_KEPT = 10_000

# A transaction that is rolled back may have given the regime a version that another one gives it again.
_SIGN = """
    SELECT id, version, (SELECT made.id FROM clock_policies made ORDER BY made.id DESC LIMIT 1) AS newest_id
    FROM regimes WHERE active
"""


async def policies_in_force() -> Sequence[ClockPolicy]:
    """The active regime's policies, with their calendars."""
    unit = present_unit()
    return await (unit.once(("regimes", "clock_policies"), _in_force_now) if unit else _in_force_now())


async def _in_force_now() -> Sequence[ClockPolicy]:
    with by_key():
        sign = await read_rows(_SIGN)
    if not sign:
        return await regime_policies(await active_regime())
    database = this_database()
    known, policies = _in_force.get(database, (None, ()))
    if known != sign:
        policies = await regime_policies(await active_regime())
        _in_force[database] = sign, policies
    return policies


async def policies_by_id(keys: Iterable[UUID]) -> dict[UUID, ClockPolicy]:
    """Policies by their keys, with their calendars, as they were when they were made: what replaced them since is not there."""
    wanted = set(keys)
    if missing := wanted - _ever.keys():
        if len(_ever) > MOST_KEPT:
            _ever.clear()
            missing = wanted
        found = await ClockPolicy.filter(id__in=list(missing)).select_related("calendar")
        _ever.update((policy.id, policy) for policy in found)
    return {key: _ever[key] for key in wanted}


async def regime_policies(regime: Regime) -> list[ClockPolicy]:
    """A regime's policies that are not retired, with their calendars."""
    return await ClockPolicy.filter(regime_id=regime.id, retired_at=None).select_related("calendar").order_by("id")


def choose(
    policies: Sequence[ClockPolicy], kind: ClockKind, department: Department | None, classes: Classes
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
    return choose(await policies_in_force(), kind, declared.department_of(subject), classes)


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
