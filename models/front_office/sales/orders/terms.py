"""The terms on which orders are taken: tax rates and what discount a role may give, all of them rows."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields

from models.kit.base import Record, all_rows
from models.permissions import Role

if TYPE_CHECKING:
    from models.back_office.products.catalogue import ProductCategory


class TaxRate(Record):
    """What tax is added in a country, from one day to another: 1900 basis points are 19 %.

    A rate that names a category goes before the country's general one. Where no rate is in force none is added: we only
    charge tax where we are registered, and the rest is export.
    """

    country = fields.CharField(max_length=100)
    category: fields.ForeignKeyNullableRelation["ProductCategory"] = fields.ForeignKeyField(
        "models.ProductCategory", related_name="tax_rates", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    category_id: UUID | None
    rate_basis_points = fields.IntField()
    valid_from = fields.DateField()
    valid_until: Any = fields.DateField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "tax_rates"
        indexes = (("country", "valid_from", "id"),)


class DiscountLimit(Record):
    """Up to which discount a role sells alone, in hundredths of a percent off the list price. Without a row it is 0."""

    role = fields.CharEnumField(Role, max_length=30, unique=True)
    limit_basis_points = fields.IntField()
    version = fields.IntField(default=1)

    class Meta:
        table = "discount_limits"


TaxRate.row_scope = all_rows
DiscountLimit.row_scope = all_rows
