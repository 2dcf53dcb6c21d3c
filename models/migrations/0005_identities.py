"""Who customers and orders were of before, noted by the database; and customers' names as they are looked for in texts."""

from models.kit.constraints import Index, Sum
from models.kit.masking import mark_of
from models.kit.migrating import Step
from models.kit.tables import Table

OF_CUSTOMER = ("name", "contact_name", "email", "phone", "street", "city", "region", "postal_code")
MARKS = {"name_mark": "name", "contact_mark": "contact_name", "street_mark": "street"}
SOLD_TO = ("customer_name", "asked_by", None, None, "bill_street", "bill_city", "bill_region", "bill_postal_code")
SHIPPED_TO = ("ship_name", None, None, None, "ship_street", "ship_city", "ship_region", "ship_postal_code")


def noted(table: str, *named: tuple[str | None, ...]) -> Sum:
    columns = [column for columns in named for column in columns if column]
    before = " || ".join(
        "'␞' || " + " || '␟' || ".join(f"coalesce(OLD.{column}, '')" if column else "''" for column in columns)
        for columns in named
    )
    return Sum(
        f"{table}_formerly",
        f"UPDATE OF {', '.join(columns)}",
        f"UPDATE {table} SET formerly = {before} || substr(coalesce(formerly, ''), 1, 20000) WHERE id = NEW.id",
        when=" OR ".join(f"OLD.{column} <> coalesce(NEW.{column}, '')" for column in columns),
    )


TABLES = (
    Table(
        "customers",
        {**dict.fromkeys(MARKS, "VARCHAR(400)"), "formerly": "TEXT"},
        triggers=(noted("customers", OF_CUSTOMER),),
        indexes=tuple(Index(f"customers_by_{mark}", mark) for mark in MARKS),
    ),
    Table("orders", {"formerly": "TEXT"}, triggers=(noted("orders", SOLD_TO, SHIPPED_TO),)),
)


async def apply(step: Step) -> None:
    """Adds what is looked up, fills it in for the customers that there are, and lets it follow from then on."""
    for table in TABLES:
        for column in table.columns:
            await step.run(table.column_added(column, step.dialect))
    called: list[str] = []
    for row in await step.rows("SELECT id, name, contact_name, street FROM customers"):
        marks = {column: mark_of(row[of]) for column, of in MARKS.items()}
        # Marks are letters and digits alone.
        values = ", ".join(f"{column} = '{mark}'" for column, mark in marks.items() if mark)
        if values:
            called.append(f"UPDATE customers SET {values} WHERE id = '{row['id']}'")
    await step.run(called)
    for table in TABLES:
        await step.run(table.indexed(step.dialect))
        await step.run(table.held(step.dialect))
