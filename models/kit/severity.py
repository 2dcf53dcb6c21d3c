"""Severity: how much harm something does, for whatever area weighs it."""

from models.kit.enums import DescribedEnum


class Severity(DescribedEnum):
    """How much harm a complaint describes; how soon something is due follows from the policies for it."""

    LOW = "LOW", "An inconvenience."
    MEDIUM = "MEDIUM", "A real disadvantage."
    HIGH = "HIGH", "Serious."
    CRITICAL = "CRITICAL", "Danger to people or to the business."
