"""Pricing: what a line costs after both discounts, its tax, and the order's sums. Whole minor units, rounded half up per line.

The surprising rule: an order's tax is the sum of its lines' taxes, never a rate times its sum.
"""

from collections.abc import Iterable

from models.front_office.sales.orders import Order, OrderLine

WHOLE = 10_000
"""All of something, in hundredths of a percent."""

LARGEST_TOTAL_MINOR = 10**15
"""Minor units; anything above is a slip of the keyboard."""


def half_up(numerator: int, denominator: int) -> int:
    """A quotient of numbers that are not below zero, rounded to the nearest whole, a half up, as on a bill."""
    return (2 * numerator + denominator) // (2 * denominator)


def price_line(line: OrderLine, order_discount_basis_points: int) -> None:
    """Works out a line's base, tax and total. The order's discount comes off what the line's own discount leaves."""
    kept = (WHOLE - line.discount_basis_points) * (WHOLE - order_discount_basis_points)
    line.net_minor = half_up(line.unit_price_minor * line.quantity * kept, WHOLE * WHOLE)
    line.tax_minor = half_up(line.net_minor * line.tax_rate_basis_points, WHOLE)
    line.total_minor = line.net_minor + line.tax_minor


def price_order(order: Order, lines: Iterable[OrderLine]) -> None:
    """Works out every line, and the order's sums from them."""
    order.net_minor = order.tax_minor = 0
    for line in lines:
        price_line(line, order.discount_basis_points)
        order.net_minor += line.net_minor
        order.tax_minor += line.tax_minor
    order.total_minor = order.net_minor + order.tax_minor


def is_above(order: Order, lines: Iterable[OrderLine], limit_basis_points: int) -> bool:
    """Whether any line is sold further below its list price than a limit permits, both discounts taken together."""
    least_kept = (WHOLE - limit_basis_points) * WHOLE
    return any(
        (WHOLE - line.discount_basis_points) * (WHOLE - order.discount_basis_points) < least_kept for line in lines
    )
