"""Enumerations whose members say what they mean; the schema shows the same sentences to clients."""

from enum import Enum


class DescribedEnum(str, Enum):
    """A string enumeration: each member is `NAME = "NAME", "what it means"`."""

    description: str

    def __new__(cls, value: str, description: str) -> "DescribedEnum":
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member

    def __str__(self) -> str:
        return str(self.value)
