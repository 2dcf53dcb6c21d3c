"""Regimes: which one the company works by, further ones beside those that are shipped, and the days that they leave customers.

The surprising rule: a new regime begins with another one's policies, so that none is ever without a deadline for something.
"""

import re

from models.both_offices.clocks.policies import ClockPolicy, Regime
from models.kit.base import new_id, now
from resolvers.both_offices.clocks.openings import fill_openings
from resolvers.both_offices.clocks.policies import regime_policies
from resolvers.kit.commands import Command, Key, Keys, Update, command, member
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import find, load
from resolvers.kit.locks import REGIMES_LOCK, alone
from resolvers.kit.viewer import Viewer

_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,59}")

MOST_DAYS = 3660
"""Ten years: what comes back or is rated later than that has to do with the answer no more."""


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
    if not _CODE.fullmatch(given.code):
        errors.add("code", "A code has 2 to 60 capital letters, digits and _, and begins with a letter.")
    name, source = errors.text("name", given.name, LONGEST_LINE), errors.text("source", given.source)
    _check_days(errors, given.reopen_within_days, given.rating_window_days)
    await alone(REGIMES_LOCK)
    model = await find(viewer, Regime, given.based_on, errors, member="basedOn", lock=True)
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
