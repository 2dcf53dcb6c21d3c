"""The systemic-issue report: complaints of a period that share their cause, category, product or all of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.back_office.products.recurrence import NO_COMPLAINTS, per_thousand
from models.back_office.products.systemic_issues import HARM, SHARED, IssueGrouping, IssueTrend, trend_of
from models.front_office.service.complaints import Category, CauseCode, visible_complaints
from models.kit.database import Database
from resolvers.kit.commands import Viewer
from resolvers.kit.loading import scope_of

MOST_COMPLAINTS_SHOWN = 50
"""Per issue, the latest ones."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Complaints that share what they are grouped by. `per_thousand_orders` is in hundredths, None without orders."""

    cause: CauseCode | None
    category: Category | None
    product: UUID | None
    frequency: int
    harm: int
    trend: IssueTrend
    orders: int
    per_thousand_orders: int | None
    complaints: tuple[UUID, ...]


async def systemic_issues(
    viewer: Viewer,
    database: Database,
    since: datetime,
    until: datetime,
    min_complaints: int,
    first: int,
    grouping: IssueGrouping = IssueGrouping.ALL,
) -> list[Issue]:
    """The issues of a period, its end not included, with at least so many complaints that the viewer sees.

    The most harmful comes first, then the most frequent. All figures come by one statement.
    """
    dialect = database.dialect

    def moment(at: datetime) -> str:
        return f"'{at.isoformat(' ')}'" + ("::timestamptz" if dialect == "postgres" else "")

    begins, middle, ends = (moment(at) for at in (since, since + (until - since) / 2, until))
    scope = scope_of(viewer, visible_complaints, "seen", dialect) or "TRUE"
    weight = " ".join(f"WHEN '{severity}' THEN {harm}" for severity, harm in HARM.items())
    shared = SHARED[grouping]
    cause, category, product = (
        f"seen.{column}" if column in shared else f"CAST(NULL AS {kind})"
        for column, kind in (("cause", "text"), ("category", "text"), ("product_id", "uuid"))
    )
    known = " AND seen.product_id IS NOT NULL" if grouping is IssueGrouping.PRODUCT else ""
    # SQLite before 3.39 has no IS NOT DISTINCT FROM; its IS means the same.
    same = "IS NOT DISTINCT FROM" if dialect == "postgres" else "IS"
    joined = "string_agg(id::text, ',' ORDER BY place)" if dialect == "postgres" else "group_concat(id, ',')"
    rows = await database.fetch(
        f"""
        WITH counted AS (
            SELECT seen.id, {cause} AS cause, {category} AS category, {product} AS product_id,
                CASE seen.severity {weight} END AS weight,
                CASE WHEN seen.received_at < {middle} THEN 1 ELSE 0 END AS is_early,
                row_number() OVER (
                    PARTITION BY {cause}, {category}, {product} ORDER BY seen.received_at DESC, seen.id DESC
                ) AS place
            FROM complaints seen
            WHERE seen.received_at >= {begins} AND seen.received_at < {ends} AND ({scope})
                AND (seen.outcome IS NULL OR seen.outcome NOT IN {NO_COMPLAINTS}){known}
        ), issues AS (
            SELECT cause, category, product_id, count(*) AS frequency, sum(weight) AS harm, sum(is_early) AS early
            FROM counted GROUP BY cause, category, product_id HAVING count(*) >= {min_complaints}
            ORDER BY sum(weight) DESC, count(*) DESC, coalesce(cause, ''), coalesce(category, ''),
                coalesce(CAST(product_id AS text), '')
            LIMIT {first}
        ), placed AS (
            SELECT id FROM orders WHERE status <> 'DRAFT' AND placed_at >= {begins} AND placed_at < {ends}
        ), sold AS (
            SELECT line.product_id, count(DISTINCT line.order_id) AS orders
            FROM order_lines line JOIN placed ON placed.id = line.order_id
            WHERE line.product_id IN (SELECT issues.product_id FROM issues) GROUP BY line.product_id
        )
        SELECT issues.cause, issues.category, issues.product_id, frequency, harm, early,
            CASE WHEN issues.product_id IS NULL THEN (SELECT count(*) FROM placed) ELSE coalesce(sold.orders, 0) END AS orders,
            (SELECT {joined} FROM (
                SELECT counted.id, counted.place FROM counted
                WHERE counted.place <= {MOST_COMPLAINTS_SHOWN} AND counted.category {same} issues.category
                    AND counted.cause {same} issues.cause
                    AND counted.product_id {same} issues.product_id
                ORDER BY counted.place
            ) shown) AS complaints
        FROM issues LEFT JOIN sold ON sold.product_id = issues.product_id
        ORDER BY harm DESC, frequency DESC, coalesce(cause, ''), coalesce(category, ''),
                coalesce(CAST(issues.product_id AS text), '')
        """,
        [],
        viewer.account,
        heavy=True,
    )
    return [
        Issue(
            cause=CauseCode(cause) if cause else None,
            category=Category(category) if category else None,
            product=UUID(str(product)) if product else None,
            frequency=frequency,
            harm=int(harm),
            trend=trend_of(int(early), frequency - int(early)),
            orders=orders,
            per_thousand_orders=per_thousand(frequency, orders),
            complaints=tuple(UUID(key) for key in complaints.split(",")),
        )
        for cause, category, product, frequency, harm, early, orders, complaints in rows
    ]
