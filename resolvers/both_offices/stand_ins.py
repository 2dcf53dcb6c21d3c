"""Who is absent at a moment, and who stands in for them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from models.both_offices.absences import Absence


def at_moment(at: datetime) -> Q:
    """Absences that cover a moment, as models.both_offices.absences.covers says in SQL."""
    return (
        Q(from_at__lte=at)
        & (Q(until_at__isnull=True) | Q(until_at__gt=at))
        & (Q(ended_at__isnull=True) | Q(ended_at__gt=at))
    )


async def absent_among(accounts: Iterable[UUID], at: datetime) -> dict[UUID, UUID | None]:
    """Those of the accounts who are absent at a moment, each with their stand-in."""
    keys = list(accounts)
    found: Any = await Absence.filter(at_moment(at), account_id__in=keys) if keys else []
    return {absence.account_id: absence.stand_in_id for absence in found}


async def with_stand_ins(accounts: Iterable[UUID], at: datetime) -> list[UUID]:
    """The accounts, and for whoever is absent the stand-in too; for a stand-in who is absent, the stand-in's."""
    found = dict.fromkeys(accounts)
    asked: set[UUID] = set()
    while unasked := [account for account in found if account not in asked]:
        asked.update(unasked)
        for stand_in in (await absent_among(unasked, at)).values():
            if stand_in is not None:
                found.setdefault(stand_in)
    return list(found)


async def stands_in_for(account: UUID, absent: UUID, at: datetime) -> bool:
    """Whether one account stands in for another at a moment."""
    return account != absent and account in await with_stand_ins([absent], at)
