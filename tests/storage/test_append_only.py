"""What only grows: the database itself refuses to change or remove it, on both engines, whoever writes."""

from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from models.declared import declared_tables
from models.kit.database import Database
from models.kit.tables import Table
from tests.storage.valid_rows import ROWS, Row, an_id, fill, id_of, insert, literal, run, update

LEDGERS = [table for table in declared_tables() if table.append_only]

OF_A_KEY: dict[tuple[str, str], Row] = {
    ("events", "position"): {"position": 1},
    ("order_payments", "reverses_id"): {"amount_minor": -1, "reverses_id": id_of("order_payments")},
    ("refunds", "answer_id"): {"answer_id": an_id(40)},
}
"""What a row needs to have a key that the valid row has not."""


def another_id(table: Table, number: int) -> Any:
    """The primary key of a row that is not there yet."""
    return an_id(700 + number) if table.columns["id"].startswith("UUID") else 700 + number


async def taken_keys(table: Table) -> list[tuple[str, Row]]:
    """Each key of a table, with a row that has one in common with a row that is there, and no other."""
    found: list[tuple[str, Row]] = [("id", ROWS[table.name])]
    for number, key in enumerate(table.keys):
        if key.columns != "id":
            row = {**ROWS[table.name], **OF_A_KEY.get((table.name, key.columns), {})}
            assert all(row[column] is not None for column in key.columns.split(", ")), (table.name, key)
            if (table.name, key.columns) in OF_A_KEY:
                numbers = {"number": f"N-{number}"} if "number" in row else {}
                await insert(table.name, {**row, **numbers, "id": another_id(table, 2 * number)})
            found.append((key.columns, {**row, "id": another_id(table, 2 * number + 1)}))
    return found


async def refused(statement: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        await run(statement)


async def test_what_only_grows_is_neither_changed_nor_removed(database: Database) -> None:
    await fill()
    assert len(LEDGERS) >= 22
    for table in LEDGERS:
        column = next(name for name in table.columns if name != "id")
        await refused(f"UPDATE {table.name} SET id = id")
        await refused(f"UPDATE {table.name} SET {column} = {column}")
        await refused(f"DELETE FROM {table.name}")
        if database.dialect == "postgres":
            await refused(f"TRUNCATE {table.name} CASCADE")


@pytest.mark.parametrize("recursive", ["OFF", "ON"])
async def test_what_only_grows_is_not_replaced_by_another_row_with_one_of_its_keys(
    database: Database, recursive: str
) -> None:
    await fill()
    if database.dialect == "sqlite":
        await run(f"PRAGMA recursive_triggers={recursive}")
    for table in LEDGERS:
        for key, row in await taken_keys(table):
            before = await run(f"SELECT * FROM {table.name} ORDER BY id")
            names = ", ".join(f'"{name}"' for name in row)
            values = f"({names}) VALUES ({', '.join(literal(value) for value in row.values())})"
            if database.dialect == "sqlite":
                await refused(f"INSERT OR REPLACE INTO {table.name} {values}")
                await refused(f"REPLACE INTO {table.name} {values}")
                await refused(f"UPDATE OR REPLACE {table.name} SET id = id")
            else:
                await refused(f"INSERT INTO {table.name} {values} ON CONFLICT ({key}) DO UPDATE SET id = EXCLUDED.id")
            assert await run(f"SELECT * FROM {table.name} ORDER BY id") == before, (table.name, key)


async def test_in_a_message_masks_take_the_place_of_words_and_nothing_else_changes(database: Database) -> None:
    await fill()
    await insert(
        "handoff_messages", {**ROWS["handoff_messages"], "id": an_id(900), "text": "Trujillo from Mexico called"}
    )
    change = f"UPDATE handoff_messages SET {{}} WHERE id = {literal(an_id(900))}"
    await run(change.format("text = '[customer] from [place] called'"))
    for rewritten in (
        "text = '[customer] from [place] never called'",
        "text = '[customer] from [place] called'",
        "text = '[customer] of [street] called you'",
        "text = '[customer] called', at = '2020-01-01 00:00:00+00:00'",
        f"text = '[customer] called', author_id = {literal(id_of('accounts', other=True))}",
    ):
        await refused(change.format(rewritten))
    [left] = await run(f"SELECT text FROM handoff_messages WHERE id = {literal(an_id(900))}")
    assert left["text"] == "[customer] from [place] called"


async def test_where_nothing_was_said_nothing_is_said_later(database: Database) -> None:
    await fill()
    for table in LEDGERS:
        for column in table.masked_again:
            if table.columns[column].endswith("NOT NULL"):
                continue
            row = {**ROWS[table.name], "id": an_id(901), column: None}
            row |= {"number": "N-901"} if "number" in row else {}
            await insert(table.name, row)
            for rewritten in (f"{column} = '[customer]'", f"{column} = NULL", "id = id"):
                await refused(f"UPDATE {table.name} SET {rewritten} WHERE id = {literal(an_id(901))}")


async def test_an_event_is_numbered_once_and_then_never_changes(database: Database) -> None:
    await fill()
    with pytest.raises(IntegrityError, match="ck_events_position"):
        await update("events", {"position": 0})
    [events] = [table for table in LEDGERS if table.name == "events"]
    other: Row = {name: None for name, value in ROWS["events"].items() if value is not None}
    other |= {name: an_id(13) for name, column in events.columns.items() if "UUID" in column and name not in other}
    other |= {"id": 2, "kind": "HANDOFF_CLAIMED", "at": "2026-03-02 09:00:00.000000+00:00"}
    assert other.keys() == events.columns.keys() - {"position"}
    for column, value in other.items():
        for changes in ({column: value}, {column: value, "position": 1}):
            with pytest.raises(IntegrityError, match="append-only"):
                await update("events", changes)
    await update("events", {"position": 1})
    for changes in ({"position": 2}, {"position": None}, {"kind": "HANDOFF_CLAIMED"}, {"position": 1}):
        with pytest.raises(IntegrityError, match="append-only"):
            await update("events", changes)
    await refused("DELETE FROM events")
    if database.dialect == "postgres":
        await refused("TRUNCATE events CASCADE")
    assert [row["position"] for row in await run("SELECT position FROM events")] == [1]
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        await insert("events", {**ROWS["events"], "id": 2, "position": 1})
    # A second row does not take the number of the first one away either.
    await insert("events", {**ROWS["events"], "id": 2})
    or_replace = " OR REPLACE" if database.dialect == "sqlite" else ""
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        await run(f"UPDATE{or_replace} events SET position = 1 WHERE id = 2")
    assert [row["position"] for row in await run("SELECT position FROM events ORDER BY id")] == [1, None]
