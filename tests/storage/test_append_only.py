"""What only grows: the database itself refuses to change or remove it, on both engines, whoever writes."""

import pytest
from tortoise.exceptions import IntegrityError

from models.kit.database import Database
from tests.storage.valid_rows import ONLY_GROW, ROWS, an_id, fill, insert, run, update

CHAIN_SUBJECTS = {
    f"{one}_id"
    for one in ("order", "product", "batch", "work_order", "shipment", "purchase_order", "return", "supplier")
}


async def test_what_only_grows_is_neither_changed_nor_removed(database: Database) -> None:
    await fill()
    for table in sorted(ONLY_GROW):
        column = next(name for name in ROWS[table] if name != "id")
        for sql in (
            f"UPDATE {table} SET id = id",
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
        ):
            with pytest.raises(IntegrityError, match="append-only"):
                await run(sql)
        if database.dialect == "postgres":
            with pytest.raises(IntegrityError, match="append-only"):
                await run(f"TRUNCATE {table} CASCADE")


async def test_an_event_is_numbered_once_and_then_never_changes(database: Database) -> None:
    await fill()
    with pytest.raises(IntegrityError, match="ck_events_position"):
        await update("events", {"position": 0})
    other = {
        "id": 2,
        "kind": "HANDOFF_CLAIMED",
        "at": "2026-03-02 09:00:00.000000+00:00",
        **dict.fromkeys(("actor_id", "complaint_id", "handoff_id", "department", "account_id")),
        "improvement_id": an_id(13),
        "notification_id": an_id(12),
        **{name: an_id(13) for name in ROWS["events"] if name in CHAIN_SUBJECTS},
    }
    assert other.keys() == ROWS["events"].keys()
    for column, value in other.items():
        for changes in ({column: value}, {column: value, "position": 1}):
            with pytest.raises(IntegrityError, match="append-only"):
                await update("events", changes)
    await update("events", {"position": 1})
    for changes in ({"position": 2}, {"position": None}, {"kind": "HANDOFF_CLAIMED"}, {"position": 1}):
        with pytest.raises(IntegrityError, match="append-only"):
            await update("events", changes)
    with pytest.raises(IntegrityError, match="append-only"):
        await run("DELETE FROM events")
    if database.dialect == "postgres":
        with pytest.raises(IntegrityError, match="append-only"):
            await run("TRUNCATE events")
    assert [row["position"] for row in await run("SELECT position FROM events")] == [1]
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        await insert("events", {**ROWS["events"], "id": 2, "position": 1})
