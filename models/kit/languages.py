"""The languages that customers may choose, which words of danger are kept in, too."""

from models.kit.enums import DescribedEnum


class Language(DescribedEnum):
    """A language in which we write to customers (ISO 639-1)."""

    EN = "EN", "English."
    DE = "DE", "German."
    FR = "FR", "French."
    ES = "ES", "Spanish."
    IT = "IT", "Italian."
    PT = "PT", "Portuguese."
