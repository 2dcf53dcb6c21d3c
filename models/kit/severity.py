"""Severity: how much harm something does, for whatever area weighs it."""

from models.kit.enums import DescribedEnum


class Severity(DescribedEnum):
    """How much harm a complaint describes; it decides when the department's answer is due."""

    LOW = "LOW", "An inconvenience; due within 5 days."
    MEDIUM = "MEDIUM", "A real disadvantage; due within 3 days."
    HIGH = "HIGH", "Serious; due within 1 day."
    CRITICAL = "CRITICAL", "Danger to people or to the business; due within 4 hours."
