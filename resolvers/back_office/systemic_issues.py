"""The systemic-issue report: complaints of a period that share cause, category and product, the most harmful first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.back_office.recurrence import NO_COMPLAINTS, per_thousand
from models.back_office.systemic_issues import HARM, IssueTrend, trend_of
from models.database import Database
from models.front_office.complaints import Category, CauseCode, visible_complaints
from resolvers.access import scope_of
from resolvers.viewer import Viewer

MOST_COMPLAINTS_SHOWN = 50
"""Per issue, the latest ones."""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, its end not included."""

    since: datetime
    until: datetime

    @property
    def middle(self) -> datetime:
        """Where its second half begins."""
        return self.since + (self.until - self.since) / 2


@dataclass(frozen=True, slots=True)
class Issue:
    """Complaints that share their cause, category and product. `per_thousand_orders` is in hundredths, None without orders."""

    cause: CauseCode | None
    category: Category
    product: UUID | None
    frequency: int
    harm: int
    trend: IssueTrend
    orders: int
    per_thousand_orders: int | None
    complaints: tuple[UUID, ...]


async def systemic_issues(
    viewer: Viewer, database: Database, period: Period, min_complaints: int, first: int
) -> list[Issue]:
    """The issues of a period with at least so many complaints that the viewer sees; all figures by one statement."""
    dialect = database.dialect

    def moment(at: datetime) -> str:
        return f"'{at.isoformat(' ')}'" + ("::timestamptz" if dialect == "postgres" else "")

    since, middle, until = (moment(at) for at in (period.since, period.middle, period.until))
    scope = scope_of(viewer, visible_complaints, "seen", dialect) or "TRUE"
    weight = " ".join(f"WHEN '{severity}' THEN {harm}" for severity, harm in HARM.items())
    # SQLite before 3.39 has no IS NOT DISTINCT FROM; its IS means the same.
    same = "IS NOT DISTINCT FROM" if dialect == "postgres" else "IS"
    joined = "string_agg(id::text, ',' ORDER BY place)" if dialect == "postgres" else "group_concat(id, ',')"
    rows = await database.fetch(
        f"""
        WITH counted AS (
            SELECT seen.id, seen.cause, seen.category, seen.product_id,
                CASE seen.severity {weight} END AS weight,
                CASE WHEN seen.received_at < {middle} THEN 1 ELSE 0 END AS is_early,
                row_number() OVER (
                    PARTITION BY seen.cause, seen.category, seen.product_id ORDER BY seen.received_at DESC, seen.id DESC
                ) AS place
            FROM complaints seen
            WHERE seen.received_at >= {since} AND seen.received_at < {until} AND ({scope})
                AND (seen.outcome IS NULL OR seen.outcome NOT IN {NO_COMPLAINTS})
        ), issues AS (
            SELECT cause, category, product_id, count(*) AS frequency, sum(weight) AS harm, sum(is_early) AS early
            FROM counted GROUP BY cause, category, product_id HAVING count(*) >= {min_complaints}
            ORDER BY sum(weight) DESC, count(*) DESC, coalesce(cause, ''), category, coalesce(CAST(product_id AS text), '')
            LIMIT {first}
        )
        SELECT cause, category, product_id, frequency, harm, early,
            (SELECT count(*) FROM orders placed WHERE placed.placed_at >= {since} AND placed.placed_at < {until}
                AND (issues.product_id IS NULL OR EXISTS (
                    SELECT 1 FROM order_lines line WHERE line.order_id = placed.id AND line.product_id = issues.product_id
                ))) AS orders,
            (SELECT {joined} FROM (
                SELECT counted.id, counted.place FROM counted
                WHERE counted.place <= {MOST_COMPLAINTS_SHOWN} AND counted.category = issues.category
                    AND counted.cause {same} issues.cause
                    AND counted.product_id {same} issues.product_id
                ORDER BY counted.place
            ) shown) AS complaints
        FROM issues
        ORDER BY harm DESC, frequency DESC, coalesce(cause, ''), category, coalesce(CAST(product_id AS text), '')
        """,
        [],
    )
    return [_issue(*row) for row in rows]


def _issue(
    cause: str | None,
    category: str,
    product: str | None,
    frequency: int,
    harm: int,
    early: int,
    orders: int,
    complaints: str,
) -> Issue:
    return Issue(
        cause=CauseCode(cause) if cause else None,
        category=Category(category),
        product=UUID(str(product)) if product else None,
        frequency=frequency,
        harm=int(harm),
        trend=trend_of(int(early), frequency - int(early)),
        orders=orders,
        per_thousand_orders=per_thousand(frequency, orders),
        complaints=tuple(UUID(key) for key in complaints.split(",")),
    )
