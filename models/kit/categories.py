"""What complaints are about, and in how many stages they are answered: the policies and rules of both offices ask for it, too."""

from models.kit.enums import DescribedEnum

LAST_STAGE = 3
"""How often a customer may be answered: after the third answer only somebody outside the company can decide."""


class Category(DescribedEnum):
    """What a complaint is about; it decides which department is asked when the agent names none."""

    PRODUCT_QUALITY = "PRODUCT_QUALITY", "The product itself. Goes to PRODUCT_DEVELOPMENT."
    DELIVERY = "DELIVERY", "Late, missing or damaged delivery. Goes to LOGISTICS."
    BILLING = "BILLING", "Invoices, prices and payments. Goes to FINANCE."
    STAFF_CONDUCT = "STAFF_CONDUCT", "How somebody of ours behaved. Goes to HUMAN_RESOURCES."
    DATA_PRIVACY = "DATA_PRIVACY", "Personal data. Goes to IT."
    CONTRACT = "CONTRACT", "Terms and obligations. Goes to LEGAL."
    WEBSITE = "WEBSITE", "Our web pages and apps. Goes to IT."
    OTHER = "OTHER", "Anything else. Goes to ADMINISTRATION."
