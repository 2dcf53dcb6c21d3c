"""Searching: what staff look a record up by, kept beside it in one column in the form in which texts are compared."""

from typing import Any, ClassVar

from tortoise import fields

from models.kit.text import searchable


class SearchText(fields.TextField):
    """The searchable form of other columns of the row, made whenever it is written: whoever saves one of them saves it too."""

    COLUMNS: ClassVar[tuple[str, ...]] = ()

    def to_db_value(self, value: Any, instance: Any) -> str:
        # A column's default, and what it is compared with, belong to no row; Tortoise gives the model instead.
        if isinstance(instance, type):
            return value
        return searchable(*(getattr(instance, column) for column in self.COLUMNS))
