"""The systemic-issue report: which causes and products bring complaints again and again, and which complaints share them."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.back_office.products.systemic_issues import IssueGrouping, IssueTrend
from models.front_office.service.complaints import Category, CauseCode
from models.kit.base import now
from models.permissions import Permission
from resolvers.back_office.products.systemic_issues import Issue, systemic_issues
from resolvers.kit.context import Context
from resolvers.reading.declare import (
    BadArgument,
    changed,
    changed_many,
    declare_enumerations,
    parent_type_name,
    plain,
    plain_type,
    shown,
)
from schema.kit.areas import Area

if TYPE_CHECKING:
    from schema.back_office.products.catalogue import Product
    from schema.front_office.service.complaints import Complaint

READ = Permission.READ_SYSTEMIC_ISSUES
MOST_ISSUES = 50

# An argument of an ordinary resolver: the registry does not read those.
declare_enumerations(IssueGrouping)


@plain_type(READ)
class SystemicIssue:
    """Complaints of the period that share their cause, category and product, or one of it, as far as the viewer sees them."""

    cause: CauseCode | None = plain(
        "What they came from; null for those whose cause nobody has found out, and when they share their product only."
    )
    category: Category | None = plain("What they are about; null when they share their cause or their product only.")
    product: "Product | None" = changed("The product they are about, if any; null when they share their cause only.")
    frequency: int = plain("How many there are; duplicates and what turned out to be no complaint are left out.")
    harm: int = plain("Their severities added up: LOW is 1, MEDIUM 3, HIGH 9, CRITICAL 27.")
    trend: IssueTrend = plain(
        "The second half of the period against the first: a trend from a quarter, and from two complaints, on."
    )
    orders: int = plain("Orders placed in the period; those with the product, if there is one.")
    per_thousand_orders: Decimal | None = plain(
        "Complaints per 1,000 of these orders, rounded up to hundredths; null without orders."
    )
    complaints: "list[Complaint]" = changed_many("The complaints that share it, the latest 50, latest first.")


class SystemicIssues:
    """The report that both managers and product people read."""

    @strawberry.field(
        description="Complaints received in a period, grouped by what they share: the most harmful first, then the most"
        " frequent.",
        metadata={"needs": READ},
        directives=shown(READ),
    )
    async def systemic_issues(
        self,
        info: strawberry.Info[Context, None],
        since: Annotated[datetime, strawberry.argument(description="From when on.")],
        until: Annotated[datetime | None, strawberry.argument(description="Until when; left out, until now.")] = None,
        min_complaints: Annotated[
            int, strawberry.argument(description="How many complaints make an issue, 1 or more.")
        ] = 2,
        first: Annotated[int, strawberry.argument(description=f"How many issues, 0 to {MOST_ISSUES}.")] = 20,
        group_by: Annotated[
            IssueGrouping, strawberry.argument(description="What complaints must share to be one issue.")
        ] = IssueGrouping.ALL,
    ) -> list[SystemicIssue]:
        """The issues of a period."""
        context = info.context
        assert context.viewer is not None, "Authorisation lets nobody in here who has not signed in."
        until = until or now()
        for argument, wrong, reason in (
            ("until", until <= since, "must be after `since`"),
            ("minComplaints", min_complaints < 1, "must be 1 or more"),
            ("first", not 0 <= first <= MOST_ISSUES, f"must be 0 to {MOST_ISSUES}"),
        ):
            if wrong:
                coordinate = f"{parent_type_name(info)}.{info.field_name}"
                raise BadArgument(coordinate, argument, reason)
        found = await systemic_issues(context.viewer, context.database, since, until, min_complaints, first, group_by)
        return [_shown(issue) for issue in found]


def _shown(issue: Issue) -> SystemicIssue:
    rate = issue.per_thousand_orders
    # The planner follows the keys.
    relations: dict[str, Any] = {"product": issue.product, "complaints": issue.complaints}
    return SystemicIssue(
        cause=issue.cause,
        category=issue.category,
        frequency=issue.frequency,
        harm=issue.harm,
        trend=issue.trend,
        orders=issue.orders,
        per_thousand_orders=None if rate is None else Decimal(rate).scaleb(-2),
        **relations,
    )


AREA = Area(front_office=(SystemicIssues,), back_office=(SystemicIssues,))
