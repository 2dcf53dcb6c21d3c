"""Customers: who buys from us and how to reach them. Only number and country may be seen by those who never meet them."""

from tortoise import fields

from models.base import Record, all_rows


class Customer(Record):
    """A person or company that buys from us."""

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

    class Meta:
        table = "customers"
        indexes = (("name", "id"), ("country", "id"))


visible_customers = all_rows

SEARCHED_COLUMNS = ("number", "name", "contact_name", "email", "phone")
"""What staff look a customer up by."""
