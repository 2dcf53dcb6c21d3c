"""Customers: who buys from us and how to reach them. Only number and country may be seen by those who never meet them."""

from typing import Any

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.constraints import at_least, together
from models.kit.enums import DescribedEnum
from models.kit.languages import Language
from models.kit.money import CurrencyCodeField
from models.kit.searching import SearchText


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


class Customer(Record):
    """A person or company that buys from us. Above `credit_limit_minor` unpaid, orders are taken with a warning."""

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

    class Meta:
        table = "customers"
        indexes = (("name", "id"), ("country", "id"))
        checks = {
            "credit": at_least(0, "credit_limit_minor"),
            "credit_has_currency": together("credit_limit_minor", "credit_currency"),
        }
        by_code_point = ("number", "name", "contact_name", "email", "country")


Customer.row_scope = all_rows
