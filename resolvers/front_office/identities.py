"""Masks anew what was written about a complaint before it concerned one more customer: of its case, of a link, or of its order.

The surprising rule: what somebody wrote who does not know the customers stays as it is: a mask would answer their guess.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from models.back_office.handoffs import Handoff
from models.back_office.handoffs.messages import READERS, HandoffMessage, Office
from models.both_offices.accounts import Account
from models.both_offices.escalations import Escalation
from models.both_offices.tasks import Task
from models.front_office.customers import Customer
from models.front_office.identities import KNOWING, masked_for, people_of
from models.front_office.sales.orders import Order
from models.front_office.service.answers import ComplaintAnswer
from models.front_office.service.cases import ComplaintLink
from models.front_office.service.complaints import Complaint
from models.kit.base import Record
from models.kit.events import about
from models.kit.masking import Named
from models.kit.tortoise_privates import columns_of
from models.permissions import Role, permissions_of

BY_THE_HOUSE = None
"""Who writes only in the front office, or a rule that we ship."""


@dataclass(frozen=True, slots=True)
class _Words:
    """Texts that both offices read: of which table, how its rows lead to complaints, and which column says who wrote each."""

    model: type[Record]
    leads: tuple[str, ...]
    written_by: Mapping[str, str | None]
    only: Q | None = None

    async def rows(self, complaints: Collection[UUID]) -> list[Any]:
        """The rows about these complaints, in the order in which all lock them."""
        keys: Any = list(complaints)
        about_them = reduce(or_, (Q(**{f"{path}__in": keys}) for path in self.leads))
        return await self.model.filter(about_them, *filter(None, [self.only])).order_by("id")


_FOR_THE_BACK_OFFICE = [audience for audience, offices in READERS.items() if Office.BACK_OFFICE in offices]

WORDS = (
    _Words(Complaint, ("id",), {"subject": BY_THE_HOUSE}),
    _Words(ComplaintAnswer, ("complaint_id",), {"reasons": "proposed_by_id", "decision_reason": "decided_by_id"}),
    _Words(
        Handoff,
        ("complaint_id",),
        {"brief": "handed_off_by_id", "rejection_reason": BY_THE_HOUSE, "withdrawal_reason": BY_THE_HOUSE},
    ),
    _Words(
        HandoffMessage,
        ("handoff__complaint_id",),
        {"text": "author_id"},
        only=Q(office=Office.FRONT_OFFICE, audience__in=_FOR_THE_BACK_OFFICE),
    ),
    _Words(
        Escalation,
        ("complaint_id", "handoff__complaint_id"),
        {"reason": "requested_by_id", "resolution": "closed_by_id"},
    ),
    # A rule's title stays: whoever may save rules need not know the customers.
    _Words(Task, ("complaint_id", "handoff__complaint_id"), {"title": "created_by_id"}, only=~Q(created_by_id=None)),
)
"""What departments write is not among them: who works there does not know the customers."""


async def mask_one_another(complaints: Iterable[Complaint]) -> None:
    """Masks in what was written about complaints, which are locked, whom they concern by now, and these in the others' words.

    The others are those of their cases, and those that are linked to them. Each text takes a fraction of a millisecond.
    """
    locked = list(complaints)
    await _mask_one_another(locked, locked)


async def mask_about(order: Order) -> None:
    """Masks whom an order concerns by now in what was written about its complaints."""
    await _mask_one_another(await Complaint.filter(Q(order_id=order.id) | Q(id=order.complaint_id)).order_by("id"))


async def _mask_one_another(complaints: Collection[Complaint], at_hand: Iterable[Complaint] = ()) -> None:
    for complaint in complaints:
        await _mask({complaint.id}, await people_of(complaint), at_hand)
    ours = {one.id for one in complaints}
    for complaint in complaints:
        others = {link.other_id for link in await ComplaintLink.filter(complaint_id=complaint.id)}
        if complaint.case_id:
            others |= {one.id for one in await Complaint.filter(case_id=complaint.case_id).only("id")}
        if others - ours:
            orders = [about(Order, one.id) for one in await Order.filter(complaint_id=complaint.id).only("id")]
            people = await people_of(about(Customer, complaint.customer_id), about(Order, complaint.order_id), *orders)
            await _mask(others - ours, people)


async def _mask(complaints: Collection[UUID], people: list[Named], at_hand: Iterable[Complaint] = ()) -> None:
    """Masks people in what was written about these complaints, also where whoever calls has their rows at hand."""
    held = {one.id: one for one in at_hand}
    for words in WORDS:
        rows = await words.rows(complaints)
        authors = {getattr(row, by) for row in rows for by in words.written_by.values() if by}
        strangers = await _strangers_among(authors)
        for seen in rows:
            await asyncio.sleep(0)
            if not _anew(words, seen, people, strangers):
                continue
            # Most rows stay as they are, so only what changes is locked.
            row = held.get(seen.id) or await words.model.select_for_update().get(id=seen.id)
            anew = _anew(words, row, people, strangers)
            row.update_from_dict(anew)
            if anew and "version" in columns_of(words.model):
                await row.save_next_version(*anew)
            elif anew:
                await row.save(update_fields=list(anew))


def _anew(words: _Words, row: Any, people: list[Named], strangers: Collection[UUID]) -> dict[str, str]:
    """The row's texts that say who these people are, without it."""
    anew: dict[str, str] = {}
    for column, by in words.written_by.items():
        said = getattr(row, column)
        if said and not (by and getattr(row, by) in strangers):
            text = masked_for(said, people)[: getattr(columns_of(words.model)[column], "max_length", None)]
            if text != said:
                anew[column] = text
    return anew


async def _strangers_among(accounts: set[UUID | None]) -> set[UUID]:
    """Those of the accounts that do not know the customers."""
    found = await Account.filter(id__in=[key for key in accounts if key])
    return {one.id for one in found if not permissions_of(frozenset(map(Role, one.roles))) >= KNOWING}
