"""What an answer may offer: whether the redress is well said, and up to which amount somebody may grant it alone.

The surprising rule: a limit is for all that the customer gets for a complaint and its order, and lately (see
`after_sales.returns.limits`). Nobody sets the limit of a role that they hold themselves.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.handoffs import OPEN_STATUSES
from models.front_office.after_sales.returns import took_money_sql
from models.front_office.service.answers import (
    LARGEST_REDRESS_MINOR,
    REDRESS_WITH_AMOUNT,
    ComplaintAnswer,
    Redress,
    RedressLimit,
    StageWorker,
    at_present_stage_sql,
)
from models.front_office.service.complaints import UNANSWERED, Complaint
from models.kit.base import VIEWER, is_one_of, new_id
from models.kit.database import Dialect
from models.kit.money import CurrencyCode, amount_of
from models.kit.sql import locking, read_rows
from models.kit.states import Guard
from models.permissions import ROLE_PERMISSIONS, Permission, Role
from resolvers.front_office.after_sales.returns.limits import allows_sql, given_before_sql, holds
from resolvers.front_office.after_sales.returns.redress import (
    can_be_replaced_sql,
    check_refund,
    check_replacement,
    left_to_refund_sql,
    the_order_of,
    worth_of_replacement,
)
from resolvers.kit.commands import InputErrors, Keys, Update, Viewer, command, member
from resolvers.kit.loading import written_out
from resolvers.kit.state_machine import Refusal, Row, StateMachine


@dataclass(frozen=True, slots=True)
class Offer:
    """What an answer says besides its text. The amount is in whole units of the currency, which an order may say instead."""

    redress: Redress = Redress.NONE
    amount: Decimal | None = None
    currency: str | None = None
    reasons: str | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What a redress costs us, in minor units."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return f"{amount_of(self.minor, self.currency)} {self.currency}"


async def check_offer(
    offer: Offer, complaint: Complaint | None, errors: InputErrors, *, member: str | None = None
) -> Price | None:
    """Notes what is wrong with the redress and says what it costs. Refunds of one order never add up to more than was paid.

    A replacement costs what the goods were sold for, so that it is as limited as giving the money back. Without a complaint (a
    major case) the order is looked at later. `member` is what all problems are about, where it is one.
    """
    if offer.redress is Redress.REPLACEMENT and complaint is not None:
        await check_replacement(complaint, errors, member or "redress")
    if offer.redress not in REDRESS_WITH_AMOUNT:
        for name, value in (("amount", offer.amount), ("currency", offer.currency)):
            if value is not None:
                errors.add(member or name, f"{offer.redress} has no {name} of its own.")
        return await price_of_replacement(offer.redress, complaint) if complaint is not None else None
    order = await the_order_of(complaint) if complaint is not None else None
    currency = offer.currency or (order.currency if order else None)
    if currency is None:
        errors.add(member or "currency", f"{offer.redress} needs a currency: there is no order to say it.")
    elif order is not None and currency != order.currency:
        errors.add(member or "currency", f"The order is in {order.currency}.")
    if offer.amount is None:
        errors.add(member or "amount", f"{offer.redress} needs an amount.")
    if currency is None or offer.amount is None:
        return None
    bounds, most = "An amount is more than nothing", LARGEST_REDRESS_MINOR
    minor = errors.minor_units(member or "amount", offer.amount, currency, least=1, most=most, bounds=bounds)
    if minor is None:
        return None
    if order is not None and offer.redress is Redress.REFUND:
        await check_refund(order, minor, errors, member or "amount")
    return Price(minor, currency)


async def price_of_replacement(redress: Redress, complaint: Complaint) -> Price | None:
    """What a replacement costs; None for any other redress, and where nothing that has a price can be replaced."""
    worth = await worth_of_replacement(complaint) if redress is Redress.REPLACEMENT else None
    return Price(*worth) if worth else None


# --- Limits -----------------------------------------------------------------------------------------------------------


async def granted_with(viewer: Viewer, complaint: Complaint, price: Price) -> Price:
    """What the complaint's customer has been given in all that counts, in this currency, once this is granted too."""
    order = f"'{complaint.order_id}'" if complaint.order_id else "NULL"
    before = given_before_sql(f"'{complaint.customer_id}'", order, f"'{complaint.id}'", f"'{price.currency}'")
    dialect = get_connection("default").capabilities.dialect
    [row] = await read_rows(written_out(viewer, f"SELECT {before} AS minor", dialect))
    return Price(price.minor + int(row["minor"]), price.currency)


async def may_grant(viewer: Viewer, complaint: Complaint, redress: Redress, price: Price | None) -> bool:
    """Whether the viewer may grant this without a second person, after all that counts with it."""
    if price is None:
        return True
    await read_rows(f"SELECT id FROM customers WHERE id = '{complaint.customer_id}'{locking()}")
    postgres = get_connection("default").capabilities.dialect == "postgres"
    dialect: Dialect = "postgres" if postgres else "sqlite"
    # As the answer will stand in its table; a currency is three capital letters.
    answer = {
        "complaint_id": f"'{complaint.id}'",
        "currency": f"'{price.currency}'",
        "amount_minor": str(price.minor),
        "redress": f"'{redress}'",
    }
    return await holds(viewer, is_within_limit(Row(answer.__getitem__, dialect, viewer.permissions)))


async def who_may_approve(viewer: Viewer, complaint: Complaint, redress: Redress, price: Price) -> list[UUID]:
    """The accounts that may approve what the viewer proposes: not their own, nobody's who worked on another stage, and for a
    refund nobody's who recorded the order's payment.
    """
    total = await granted_with(viewer, complaint, price)
    limits = await RedressLimit.filter(currency=price.currency, limit_minor__gte=total.minor)
    roles = [limit.role for limit in limits if Permission.APPROVE_REDRESS in ROLE_PERMISSIONS[limit.role]]
    if not roles:
        return []
    # The roles are a list in JSON, whose text is the same on both databases as far as it is looked at here.
    holds_one = " OR ".join(f"""CAST(roles AS TEXT) LIKE '%"{role.value}"%'""" for role in roles)
    able = f"enabled AND ({holds_one})"
    if redress == Redress.REFUND and complaint.order_id:
        took_money = took_money_sql(f"'{complaint.order_id}'", "accounts.id")
        able += f" AND NOT {took_money}"
    rows = await read_rows(f"SELECT id FROM accounts WHERE {able} ORDER BY id")
    others = await StageWorker.filter(complaint_id=complaint.id).exclude(stage=complaint.stage)
    shut_out = {viewer.account, *(worker.account_id for worker in others)}
    return [row["id"] for row in rows if row["id"] not in shut_out]


_GIVING = frozenset({Permission.WRITE_COMPLAINTS, Permission.APPROVE_REDRESS, Permission.MAKE_REFUNDS})


@command
class SetRedressLimit(Update):
    """Up to how much a role gives customers alone."""

    role: Role = member("A role that grants or approves redress or makes refunds, and that the viewer does not hold.")
    currency: CurrencyCode = member("The currency of the limit.")
    limit: Decimal = member(
        "Up to how much, included, for one order, and for one customer within 30 days; 0 is nothing without a second person."
    )


async def set_redress_limit(viewer: Viewer, given: SetRedressLimit) -> Keys:
    """Says up to how much a role grants, or approves, redress, and gives refunds, all of it together. Never for a role of one's
    own.
    """
    errors, role, currency = InputErrors(), given.role, given.currency
    if not _GIVING & ROLE_PERMISSIONS[role]:
        errors.add("role", f"{role} neither grants nor approves redress, nor makes refunds.")
    elif role in viewer.roles:
        errors.add("role", f"You are {role} yourself: somebody else sets its limit.", "OWN_ROLE")
    bounds, most = "A limit is not below 0", LARGEST_REDRESS_MINOR
    minor = errors.minor_units("limit", given.limit, currency, least=0, most=most, bounds=bounds)
    mine = RedressLimit(id=new_id(), role=role, currency=currency, limit_minor=minor or 0, version=1)
    await RedressLimit.bulk_create([mine], ignore_conflicts=True)
    kept = await RedressLimit.select_for_update().get(role=role, currency=currency)
    errors.version(kept.version, given.expected_version)
    errors.raise_if_any()
    assert minor is not None
    if kept.id != mine.id:
        kept.limit_minor = minor
        await kept.save_next_version()
    return {"redress_limit": kept.id}


# --- Who may take its steps -------------------------------------------------------------------------------------------


def is_second_person(row: Row) -> str:
    """A condition that somebody else than the viewer proposed an answer, and wrote its case's."""
    case = (
        f"SELECT 1 FROM major_cases wrote WHERE wrote.id = {row.column('case_id')} AND wrote.answered_by_id = {VIEWER}"
    )
    return f"({row.column('proposed_by_id')} <> {VIEWER} AND NOT EXISTS ({case}))"


def is_within_limit(row: Row) -> str:
    """A condition that the viewer may grant an answer's redress alone, after all that counts with it."""
    refunds = f"{row.column('redress')} = '{Redress.REFUND}' AND {took_money_sql('given.order_id')}"
    allows = allows_sql(
        row.column("amount_minor"), row.column("currency"), "given.customer_id", "given.order_id", "given.id"
    )
    given = f"SELECT 1 FROM complaints given, redress_limits allowed WHERE {allows}"
    alone = f"EXISTS ({given} AND given.id = {row.column('complaint_id')} AND NOT ({refunds}))"
    return f"({row.column('amount_minor')} IS NULL OR {alone})"


def is_settled(row: Row) -> str:
    """A condition that no department works on a complaint whose answer must come first."""
    blocking = (
        f"waited.complaint_id = {row.column('id')} AND waited.blocks AND {is_one_of('waited.status', OPEN_STATUSES)}"
    )
    return f"NOT EXISTS (SELECT 1 FROM handoffs waited WHERE {blocking})"


def is_grantable(row: Row) -> str:
    """A condition that the order of an answer's complaint leaves what is to be refunded, or has something to replace.

    What nests comes first in it, for SQLite's parser (see `given_before_sql`).
    """
    redress = row.column("redress")
    too_much = (
        "SELECT 1 FROM orders bought JOIN complaints refunded ON refunded.order_id = bought.id"
        f" WHERE {left_to_refund_sql('bought', but=row.column('id'))} < {row.column('amount_minor')}"
        f" AND refunded.id = {row.column('complaint_id')}"
    )
    replaceable = (
        f"SELECT 1 FROM complaints replaced WHERE {can_be_replaced_sql('replaced')}"
        f" AND replaced.id = {row.column('complaint_id')}"
    )
    return (
        f"CASE {redress} WHEN '{Redress.REFUND}' THEN NOT EXISTS ({too_much})"
        f" WHEN '{Redress.REPLACEMENT}' THEN EXISTS ({replaceable}) ELSE 1 = 1 END"
    )


def _is_confirmable(row: Row) -> str:
    """A condition that an answer may go out which a case laid before its complaint; `confirm_case_answer` says the same."""
    answering = Row(lambda column: f"answering.{column}", row.dialect, row.permissions)
    author = (
        "SELECT 1 FROM major_cases wrote JOIN stage_workers author ON author.account_id = wrote.answered_by_id"
        f" WHERE wrote.id = {row.column('case_id')} AND author.complaint_id = answering.id"
        " AND author.stage <> answering.stage"
    )
    in_another = (
        "SELECT 1 FROM orders bought WHERE bought.id = answering.order_id"
        f" AND {is_one_of(row.column('redress'), REDRESS_WITH_AMOUNT)} AND bought.currency <> {row.column('currency')}"
    )
    return (
        f"EXISTS (SELECT 1 FROM complaints answering WHERE answering.id = {row.column('complaint_id')}"
        f" AND {is_one_of('answering.status', UNANSWERED)} AND {is_settled(answering)}"
        f" AND NOT EXISTS ({author}) AND NOT EXISTS ({in_another}) AND {is_grantable(row)})"
    )


MACHINE = StateMachine(
    ComplaintAnswer,
    {
        Guard.AT_STAGE: lambda row: at_present_stage_sql(row.column("complaint_id")),
        Guard.SECOND_PERSON: is_second_person,
        Guard.WITHIN_LIMIT: is_within_limit,
        Guard.ABOVE_LIMIT: lambda row: f"NOT {is_within_limit(row)}",
        Guard.CONFIRMABLE: _is_confirmable,
        Guard.GRANTABLE: is_grantable,
    },
    refusals={Guard.SECOND_PERSON: Refusal("SAME_PERSON", "You proposed it yourself: a second person decides.")},
    # `work_on` says at which stage somebody worked. A verb asks for the limit by `may_grant`: a replacement may cost more by
    # now than the answer says; and for each part of what makes an answer confirmable, or grantable, by itself, to name it.
    left_to_verbs=frozenset(
        {Guard.AT_STAGE, Guard.WITHIN_LIMIT, Guard.ABOVE_LIMIT, Guard.CONFIRMABLE, Guard.GRANTABLE}
    ),
)
