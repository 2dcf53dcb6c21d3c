"""Satisfaction: what the customers' ratings come to, company-wide, in one statement (ISO 10004, 7.4)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from models.front_office.service.ratings import LOW_SCORE, SatisfactionGrouping
from models.kit.database import Database

_G = SatisfactionGrouping
_GROUPS: dict[SatisfactionGrouping, tuple[str, str, str]] = {
    _G.CATEGORY: ("c.category", "c.category", ""),
    _G.DEPARTMENT: (
        "h.department",
        "h.department",
        " JOIN (SELECT DISTINCT complaint_id, stage, department FROM handoffs WHERE status = 'ACCEPTED') h"
        " ON h.complaint_id = r.complaint_id AND h.stage = a.stage",
    ),
    _G.AGENT: ("g.id", "g.name", " JOIN accounts g ON g.id = r.agent_id"),
}
"""What is grouped by, what it is called, and what is joined for it."""


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """One group's ratings. The average has two decimals, and `low` counts the scores up to LOW_SCORE."""

    group: str
    name: str
    count: int
    average: Decimal
    low: int


async def satisfaction(
    database: Database, by: SatisfactionGrouping, since: datetime | None, until: datetime | None
) -> list[Satisfaction]:
    """The ratings given from `since` on and before `until`, by group, those with most ratings first.

    The figures are those of the whole company, whatever complaints the viewer sees: they are for managers only.
    """
    group, name, joined = _GROUPS[by]
    binds: list[object] = []
    conditions: list[str] = []
    for operator, moment in ((">=", since), ("<", until)):
        if moment is not None:
            at = moment.astimezone(UTC)
            # The same text that Tortoise stores, so that SQLite compares like with like.
            binds.append(at.isoformat(" ") if database.dialect == "sqlite" else at)
            conditions.append(f"r.rated_at {operator} {'?' if database.dialect == 'sqlite' else '$'}{len(binds)}")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = await database.fetch(
        f"SELECT {group}, {name}, COUNT(*), SUM(r.score), SUM(CASE WHEN r.score <= {LOW_SCORE} THEN 1 ELSE 0 END)"
        " FROM ratings r JOIN complaints c ON c.id = r.complaint_id JOIN complaint_answers a ON a.id = r.answer_id"
        f"{joined}{where} GROUP BY 1, 2 ORDER BY 3 DESC, 1",
        binds,
    )
    return [
        Satisfaction(
            str(row[0]),
            str(row[1]),
            int(row[2]),
            (Decimal(int(row[3])) / int(row[2])).quantize(Decimal("0.01"), ROUND_HALF_UP),
            int(row[4]),
        )
        for row in rows
    ]
