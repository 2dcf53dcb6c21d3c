"""Masks anew what was written about a complaint or an order before it concerned somebody else as well: by a case, a link, or what
was changed of the order.

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
from models.both_offices.accounts import Account, AccountEvent
from models.both_offices.escalations import Escalation
from models.both_offices.tasks import Task
from models.front_office.after_sales.returns import CustomerReturn, Refund, RefundProposal
from models.front_office.customers import Customer
from models.front_office.identities import KNOWING, LEADS_TO_COMPLAINTS, LEADS_TO_NAMES, masked_for, people_of
from models.front_office.sales.orders import Order
from models.front_office.sales.orders.amendments import OrderAmendment
from models.front_office.sales.orders.terms import OrderPayment
from models.front_office.service.answers import ComplaintAnswer
from models.front_office.service.cases import ComplaintLink, MajorCase
from models.front_office.service.complaints import Complaint
from models.kit.base import Record
from models.kit.events import EventSubject, about, subject_type
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
    aside: frozenset[str] = frozenset()
    """Columns that not everybody reads who reads the row's version."""

    async def rows(self, about: Collection[UUID]) -> list[Any]:
        """The rows about these records, in the order in which all lock them."""
        keys: Any = list(about)
        about_them = reduce(or_, (Q(**{f"{path}__in": keys}) for path in self.leads))
        return await self.model.filter(about_them, *filter(None, [self.only])).order_by("id")


_FOR_THE_BACK_OFFICE = [audience for audience, offices in READERS.items() if Office.BACK_OFFICE in offices]

WORDS = (
    _Words(Complaint, ("id",), {"subject": BY_THE_HOUSE}),
    _Words(
        MajorCase,
        ("complaints__id",),
        {"title": BY_THE_HOUSE, "reasons": BY_THE_HOUSE, "closing_reason": BY_THE_HOUSE},
    ),
    _Words(
        ComplaintAnswer,
        ("complaint_id",),
        {"reasons": BY_THE_HOUSE, "decision_reason": BY_THE_HOUSE},
        aside=frozenset({"decision_reason"}),
    ),
    _Words(
        Handoff,
        ("complaint_id",),
        {"brief": BY_THE_HOUSE, "rejection_reason": BY_THE_HOUSE, "withdrawal_reason": BY_THE_HOUSE},
    ),
    _Words(
        HandoffMessage,
        ("handoff__complaint_id",),
        {"text": BY_THE_HOUSE},
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

WORDS_ABOUT_ORDERS = (
    _Words(
        Order,
        ("id",),
        dict.fromkeys(
            ("hold_reason", "discount_reason", "discount_decision_reason", "cancellation_reason"), BY_THE_HOUSE
        ),
    ),
    _Words(OrderAmendment, ("order_id",), {"reason": BY_THE_HOUSE}),
    _Words(CustomerReturn, ("order_id",), {"reason_text": "requested_by_id"}),
    _Words(RefundProposal, ("order_id",), {"reason": "proposed_by_id"}),
    _Words(Refund, ("order_id",), {"reason": "made_by_id"}),
    _Words(OrderPayment, ("order_id",), {"reference": "recorded_by_id"}),
)


async def mask_one_another(complaints: Iterable[Complaint]) -> None:
    """Masks in what was written about complaints, which are locked, whom they concern by now, and these in the others' words.

    The others are those of their cases, and those that are linked to them. Each text takes a fraction of a millisecond.
    """
    locked = list(complaints)
    await _mask_one_another(locked, locked)


async def mask_about(order: Order) -> None:
    """Masks whom an order concerns by now in what was written about it, whose row is locked, and about its complaints."""
    people = await people_of(about(Order, order.id), numbers=False)
    await _mask(WORDS_ABOUT_ORDERS, {order.id}, people, LEADS_TO_COMPLAINTS, [order], is_new_version=False)
    await _mask_one_another(await Complaint.filter(Q(order_id=order.id) | Q(id=order.complaint_id)).order_by("id"))


async def _mask_one_another(complaints: Collection[Complaint], at_hand: Iterable[Complaint] = ()) -> None:
    for complaint in complaints:
        await _mask(WORDS, {complaint.id}, await people_of(complaint), LEADS_TO_NAMES, at_hand)
    ours = {one.id for one in complaints}
    for complaint in complaints:
        others = {link.other_id for link in await ComplaintLink.filter(complaint_id=complaint.id)}
        if complaint.case_id:
            others |= {one.id for one in await Complaint.filter(case_id=complaint.case_id).only("id")}
        if others - ours:
            orders = [about(Order, one.id) for one in await Order.filter(complaint_id=complaint.id).only("id")]
            people = await people_of(about(Customer, complaint.customer_id), about(Order, complaint.order_id), *orders)
            await _mask(WORDS, others - ours, people, LEADS_TO_NAMES)


async def _mask(
    kinds: Iterable[_Words],
    keys: Collection[UUID],
    people: list[Named],
    series: frozenset[str],
    at_hand: Iterable[Record] = (),
    *,
    is_new_version: bool = True,
) -> None:
    """Masks people in what was written about these records, also where whoever calls has their rows at hand.

    Whoever calls may have given these a new version already.
    """
    held: dict[UUID, Any] = {one.id: one for one in at_hand}
    for words in kinds:
        rows = await words.rows(keys)
        authors = {getattr(row, by) for row in rows for by in words.written_by.values() if by}
        strangers = await _strangers_among(authors)
        for seen in rows:
            await asyncio.sleep(0)
            if not _anew(words, seen, people, series, strangers):
                continue
            # Most rows stay as they are, so only what changes is locked.
            row = held.get(seen.id) or await words.model.select_for_update().get(id=seen.id)
            anew = _anew(words, row, people, series, strangers)
            row.update_from_dict(anew)
            # Not every reader of a version reads all texts.
            moves = anew.keys() - words.aside and (is_new_version or seen.id not in held)
            if moves and "version" in columns_of(words.model):
                await row.save_next_version(*anew)
            elif anew:
                await row.save(update_fields=list(anew))


def _anew(
    words: _Words, row: Any, people: list[Named], series: frozenset[str], strangers: Collection[UUID]
) -> dict[str, str]:
    """The row's texts that say who these people are, without it."""
    anew: dict[str, str] = {}
    for column, by in words.written_by.items():
        said = getattr(row, column)
        if said and not (by and getattr(row, by) in strangers):
            text = masked_for(said, people, series)[: getattr(columns_of(words.model)[column], "max_length", None)]
            if text != said:
                anew[column] = text
    return anew


async def _strangers_among(accounts: set[UUID | None]) -> set[UUID]:
    """Those of the accounts that do not know the customers, and never did: their rights are what they always were."""
    keys = [key for key in accounts if key]
    if not keys:
        return set()
    found = await Account.filter(id__in=keys)
    strangers = {one.id for one in found if not permissions_of(frozenset(map(Role, one.roles))) >= KNOWING}
    changed = EventSubject.filter(
        key__in=list(strangers), type=subject_type(Account), event__kind=AccountEvent.CHANGED.value
    )
    return strangers - {one.key for one in await changed} if strangers else strangers
