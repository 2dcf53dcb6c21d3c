"""Customers: who buys from us and how to reach them. Only number and country may be seen by those who never meet them."""

from collections.abc import Sequence
from typing import Any

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.constraints import Index, Sum, at_least, together
from models.kit.enums import DescribedEnum
from models.kit.languages import Language
from models.kit.money import CurrencyCodeField
from models.kit.searching import NameMark, SearchText


class Channel(DescribedEnum):
    """The way by which a customer reached us, or wants to be reached."""

    PHONE = "PHONE", "By telephone."
    EMAIL = "EMAIL", "By e-mail."
    CHAT = "CHAT", "In a chat."
    WEB = "WEB", "Through a form on the web."
    SOCIAL = "SOCIAL", "Through social media."
    IN_PERSON = "IN_PERSON", "Face to face."
    LETTER = "LETTER", "By letter."


class CustomerSearchText(SearchText):
    """What staff look a customer up by."""

    COLUMNS = ("number", "name", "contact_name", "email", "phone")


IDENTIFYING = ("name", "contact_name", "email", "phone", "street", "city", "region", "postal_code")
"""What says who a customer is."""


def noted_formerly(table: str, *named: Sequence[str | None]) -> Sum:
    """Lets the database note in `formerly` who was named in these columns when others are: newest first, and the oldest end.

    Each of `named` says which columns say what of a customer is `IDENTIFYING`, in that order.
    """
    columns = [column for columns in named for column in columns if column]
    before = " || ".join(
        "'␞' || " + " || '␟' || ".join(f"coalesce(OLD.{column}, '')" if column else "''" for column in columns)
        for columns in named
    )
    return Sum(
        f"{table}_formerly",
        f"UPDATE OF {', '.join(columns)}",
        f"UPDATE {table} SET formerly = {before} || substr(coalesce(formerly, ''), 1, {MOST_FORMERLY}) WHERE id = NEW.id",
        when=" OR ".join(f"OLD.{column} <> coalesce(NEW.{column}, '')" for column in columns),
    )


MOST_FORMERLY = 20_000


class Customer(Record):
    """A person or company that buys from us. Above `credit_limit_minor` unpaid, orders are taken with a warning.

    `formerly` is what said who it is before, which texts may hold as well; the database notes it.
    """

    number = fields.CharField(max_length=20, unique=True)
    name = fields.CharField(max_length=200)
    contact_name = fields.CharField(max_length=200, null=True)
    email = fields.CharField(max_length=254, null=True)
    phone = fields.CharField(max_length=50, null=True)
    street = fields.CharField(max_length=200, null=True)
    city = fields.CharField(max_length=100, null=True)
    region = fields.CharField(max_length=100, null=True)
    postal_code = fields.CharField(max_length=20, null=True)
    country = fields.CharField(max_length=100)
    language: Any = fields.CharEnumField(Language, max_length=2, null=True)
    preferred_channel: Any = fields.CharEnumField(Channel, max_length=20, null=True)
    credit_limit_minor = fields.BigIntField(null=True)
    credit_currency: Any = CurrencyCodeField(null=True)
    search_text: Any = CustomerSearchText(default="")
    name_mark: Any = NameMark("name")
    contact_mark: Any = NameMark("contact_name")
    street_mark: Any = NameMark("street")
    formerly: Any = fields.TextField(null=True)

    class Meta:
        table = "customers"
        indexes = (("name", "id"), ("country", "id"))
        checks = {
            "credit": at_least(0, "credit_limit_minor"),
            "credit_has_currency": together("credit_limit_minor", "credit_currency"),
        }
        by_code_point = ("number", "name", "contact_name", "email", "country")
        triggers = (noted_formerly("customers", IDENTIFYING),)
        more_indexes = tuple(
            Index(f"customers_by_{mark}", mark) for mark in ("name_mark", "contact_mark", "street_mark")
        )


Customer.row_scope = all_rows
