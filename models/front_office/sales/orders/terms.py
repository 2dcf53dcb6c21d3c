"""The terms on which orders are taken: tax rates and what discount a role may give, all of them rows."""

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.constraints import Index, percent
from models.kit.references import optional_reference
from models.permissions import Role


class TaxRate(Record):
    """What tax is added in a country, from one day to another: 1900 basis points are 19 %.

    A rate that names a category goes before the country's general one. Where no rate is in force none is added: we only
    charge tax where we are registered, and the rest is export.
    """

    country = fields.CharField(max_length=100)
    category_id = optional_reference("ProductCategory", related_name="tax_rates")
    rate_basis_points = fields.IntField()
    valid_from = fields.DateField()
    valid_until = fields.DateField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "tax_rates"
        indexes = (("country", "valid_from", "id"),)
        checks = {
            "rate": percent("rate_basis_points"),
            "span": "valid_until IS NULL OR valid_until >= valid_from",
        }
        by_code_point = ("country",)
        more_indexes = (Index("tax_rates_in_force", "lower(country), valid_from, id"),)


class DiscountLimit(Record):
    """Up to which discount a role sells alone, in hundredths of a percent off the list price. Without a row it is 0."""

    role = fields.CharEnumField(Role, max_length=30, unique=True)
    limit_basis_points = fields.IntField()
    version = fields.IntField(default=1)

    class Meta:
        table = "discount_limits"
        checks = {"limit": percent("limit_basis_points")}
        by_code_point = ("role",)


TaxRate.row_scope = all_rows
DiscountLimit.row_scope = all_rows
