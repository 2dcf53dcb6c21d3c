"""A small company with nasty data, and how it is written.

Rows are plain dictionaries per model, parents before children, so that a test can change them before they are written.
"""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise.models import Model

from models.kit.database import Database
from models.kit.migrating import migrate
from tests.properties.adversarial.complaints import answers, cases, complaints, improvements, talk
from tests.properties.adversarial.goods import goods, moves
from tests.properties.adversarial.happenings import happenings
from tests.properties.adversarial.making import START, Company, Nasty
from tests.properties.adversarial.sales import returns, sales
from tests.properties.adversarial.work import clocks, notifications, people, rules
from tests.storage.valid_rows import forget_shipped
from tests.storage.without_sums import without_sums

PRESENT = START + timedelta(days=365)
"""When the company is looked at: somebody is absent then, and what was watched has been watched for long enough."""


def company() -> Company:
    """All rows. The same every time."""
    made = Nasty()
    for make in (sales, goods, cases, complaints, answers, returns, moves, clocks, improvements, people, rules, talk):
        make(made)
    notifications(made)
    happenings(made)
    return made.rows


TABLES: tuple[type[Model], ...] = tuple(company())
"""What has rows in the company."""


async def write(rows: Company) -> None:
    """Writes the rows into the open database as they are, in the place of those that it was shipped with."""
    await forget_shipped()
    async with without_sums():
        for model in TABLES:
            await model.bulk_create([model(**row) for row in rows[model]])


async def found(url: str, rows: Company | None = None) -> None:
    """Makes a database that holds the company."""
    await migrate(url)
    database = Database(url)
    await database.open()
    try:
        await write(rows or company())
    finally:
        await database.close()


async def stored() -> Company:
    """What the open database holds, as Python sees it."""
    return {model: list(await model.all().values()) for model in TABLES}


def show_all(rows: Company) -> frozenset[str]:
    """Every key and moment of the company as text: what is not among them is new."""
    values = (value for table in rows.values() for row in table for value in row.values())
    return frozenset(
        value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
        if isinstance(value, datetime)
        else str(value)
        for value in values
        if isinstance(value, datetime | UUID)
    )
