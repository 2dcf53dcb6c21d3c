"""Searching: what staff look a record up by, kept beside it in one column in the form in which texts are compared."""

from typing import Any, ClassVar

from tortoise import fields

from models.kit.masking import mark_of
from models.kit.text import searchable


class SearchText(fields.TextField):
    """The searchable form of other columns of the row, made whenever it is written: whoever saves one of them saves it too."""

    COLUMNS: ClassVar[tuple[str, ...]] = ()

    def to_db_value(self, value: Any, instance: Any) -> str:
        # A column's default, and what it is compared with, belong to no row; Tortoise gives the model instead.
        if isinstance(instance, type):
            return value
        return searchable(*(getattr(instance, column) for column in self.COLUMNS))


class NameMark(fields.CharField[str]):
    """A name in another column in the form in which whoever is called so is found (`models.kit.masking`), made as above."""

    def __init__(self, column: str) -> None:
        super().__init__(max_length=400, null=True)  # type: ignore[arg-type]
        self.column = column

    def to_db_value(self, value: Any, instance: Any) -> str | None:
        return value if isinstance(instance, type) else mark_of(getattr(instance, self.column))
