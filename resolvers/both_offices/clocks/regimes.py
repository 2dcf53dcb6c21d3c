"""Regimes: which one the company works by, further ones beside those that are shipped, and the days that they leave customers.

The surprising rule: a new regime begins with another one's policies, so that none is ever without a deadline for something.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from models.both_offices.clocks.policies import ClockPolicy, Regime
from models.kit.base import all_rows, new_id, now
from resolvers.both_offices.clocks.openings import fill_openings
from resolvers.both_offices.clocks.policies import regime_policies
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import access
from resolvers.kit.locks import REGIMES_LOCK, alone
from resolvers.kit.viewer import Viewer

Keys = Mapping[str, UUID]

_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,59}")

MOST_DAYS = 3660
"""Ten years: what comes back or is rated later than that has to do with the answer no more."""


@dataclass(frozen=True, slots=True)
class NewRegime:
    """A regime that is added, and the one whose policies it begins with."""

    code: str
    name: str
    source: str
    reopen_within_days: int
    rating_window_days: int
    based_on: UUID | None


@dataclass(frozen=True, slots=True)
class RegimeChanges:
    """What of a regime becomes different; what is None stays."""

    name: str | None
    source: str | None
    reopen_within_days: int | None
    rating_window_days: int | None


async def add_regime(viewer: Viewer, given: NewRegime) -> Keys:
    """Adds a regime with the policies of another one, which are then set and withdrawn one by one. It is not adopted by that."""
    errors = InputErrors()
    if not _CODE.fullmatch(given.code):
        errors.add("code", "A code has 2 to 60 capital letters, digits and _, and begins with a letter.")
    name, source = errors.text("name", given.name, LONGEST_LINE), errors.text("source", given.source)
    _check_days(errors, given.reopen_within_days, given.rating_window_days)
    await alone(REGIMES_LOCK)
    model = await access(viewer, Regime, all_rows, given.based_on)
    if model is None:
        errors.not_found("basedOn", "regime")
    if await Regime.filter(code=given.code).exists():
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
        copy.regime_id, copy.created_at = regime.id, now()  # type: ignore[attr-defined]
        copies.append(copy)
    await ClockPolicy.bulk_create(copies)
    return {"regime": regime.id}


async def change_regime(viewer: Viewer, key: UUID | None, changes: RegimeChanges, expected_version: int | None) -> Keys:
    """Changes what a regime is called and the days that it leaves customers, which hold from now on for every complaint."""
    errors = InputErrors()
    name = errors.text("name", changes.name, LONGEST_LINE) if changes.name is not None else None
    source = errors.text("source", changes.source) if changes.source is not None else None
    _check_days(errors, changes.reopen_within_days, changes.rating_window_days)
    regime = await _the_regime(viewer, key, errors, expected_version)
    errors.raise_if_any()
    given = {
        "name": name,
        "source": source,
        "reopen_within_days": changes.reopen_within_days,
        "rating_window_days": changes.rating_window_days,
    }
    different = {member: value for member, value in given.items() if value not in (None, getattr(regime, member))}
    if different:
        await Regime.filter(id=regime.id).update(**different, version=regime.version + 1)
    return {"regime": regime.id}


async def adopt_regime(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Lets the company work by another regime from now on. Adopting the active one changes nothing."""
    errors = InputErrors()
    regime = await _the_regime(viewer, key, errors, expected_version)
    errors.raise_if_any()
    if not regime.active:
        await Regime.filter(active=True).update(active=False)
        await Regime.filter(id=regime.id).update(active=True, version=regime.version + 1)
        for policy in await regime_policies(regime):
            if policy.calendar is not None:
                await fill_openings(policy.calendar, now())
    return {"regime": regime.id}


async def _the_regime(viewer: Viewer, key: UUID | None, errors: InputErrors, expected_version: int | None) -> Regime:
    """The regime, while nobody else changes any: adopting one changes two. Refuses at once when there is none."""
    await alone(REGIMES_LOCK)
    regime = await access(viewer, Regime, all_rows, key)
    if regime is None:
        errors.not_found("regime", "regime")
        raise errors.refusal()
    errors.version(regime.version, expected_version)
    return regime


def _check_days(errors: InputErrors, reopen_within: int | None, rating_window: int | None) -> None:
    for member, days in (("reopenWithinDays", reopen_within), ("ratingWindowDays", rating_window)):
        if days is not None and not 0 <= days <= MOST_DAYS:
            errors.add(member, f"From 0 to {MOST_DAYS} days.")
