"""Migrations: both engines arrive at the same tables, however old the database, without losing a row."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from models.areas import VIEWS
from models.declared import declared_tables
from models.kit.constraints import Index
from models.kit.database import Database, dialect_of, sqlite_path, tortoise_config
from models.kit.migrating import MIGRATIONS, NewerDatabaseError, known_migrations, migrate, pending_migrations
from models.kit.tables import Table, everything
from models.migrations.revision_28 import RevisionError
from tests.conftest import Databases, Engine
from tests.storage.valid_rows import NEEDED, ROWS, Row, an_id, forget_shipped, id_of, insert, run

ROOT = Path(__file__).parents[2]
BASELINE, *LATER = known_migrations()

REVISIONS = """
    initial constraints code_point_order queue_indexes core clocks escalations conversation letters answers improvements rules
    work answer_lists redress_withdrawn waiting_clocks work_again order_to_delivery ledgers product_search supplier_history
    reasons costs_unseen replacements_limited overpaid tax_countries amended_lines sums_guarded
""".split()
"""The migrations before the baseline."""


# --- Any database, as raw as it is ------------------------------------------------------------------------------------


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[None]:
    """A connection to a database whose tables may be older than the models."""
    async with TortoiseContext() as context:
        await context.init(tortoise_config(url))
        yield


async def execute(url: str, statements: Iterable[str]) -> None:
    """Statements on a database, whatever its tables, in one transaction."""
    if dialect_of(url) == "sqlite":
        with closing(sqlite3.connect(sqlite_path(url))) as embedded, embedded:
            for statement in statements:
                embedded.execute(statement)
        return
    connection = await asyncpg.connect(url.removesuffix("&minsize=1"))
    try:
        await connection.execute(";\n".join(statements))
    finally:
        await connection.close()


COLUMNS = {
    "sqlite": 'SELECT m.name AS t, c.name AS c, c.type, c."notnull", c.dflt_value, c.pk FROM sqlite_master m,'
    " pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
    "postgres": "SELECT table_name AS t, column_name AS c, udt_name, character_maximum_length, is_nullable, column_default,"
    " collation_name FROM information_schema.columns WHERE table_schema = 'public'",
}
SHAPE = {
    "sqlite": [
        COLUMNS["sqlite"],
        # SQLite keeps the text of a table's first statement for ever. What it means stands in the pragmas.
        'SELECT m.name, \'foreign key\', k."from", k."table", k."to", k.on_delete FROM sqlite_master m,'
        " pragma_foreign_key_list(m.name) k",
        "SELECT m.name, 'unique', k.origin, (SELECT group_concat(coalesce(c.name, 'an expression')) FROM"
        ' pragma_index_info(k.name) c) FROM sqlite_master m, pragma_index_list(m.name) k WHERE k."unique"',
        "SELECT type, name, tbl_name, replace(sql, '\"', '') FROM sqlite_master"
        " WHERE type <> 'table' AND sql IS NOT NULL OR name = 'summing'",
    ],
    "postgres": [
        COLUMNS["postgres"],
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conrelid::regclass::text AS t, conname, pg_get_constraintdef(oid) AS d FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
        "SELECT tgname, pg_get_triggerdef(oid) AS d FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
        "SELECT objoid::regclass::text AS t, objsubid, description FROM pg_description"
        " WHERE classoid = 'pg_class'::regclass AND objoid::regclass::text IN"
        " (SELECT tablename FROM pg_tables WHERE schemaname = 'public')",
    ],
}


async def shape(url: str) -> set[tuple[Any, ...]]:
    """Everything that makes a database's tables what they are: columns, keys, indexes, checks, triggers, views."""
    async with connected(url):
        return {tuple(row.values()) for sql in SHAPE[dialect_of(url)] for row in await run(sql)}


async def fill_what_is_there(url: str, rows: dict[str, Row] = ROWS) -> dict[str, int]:
    """Writes the valid row of every table that the database has already without any, with the columns that it has already.

    The numbers of rows are those that tables have then.
    """
    async with connected(url):
        there = {(row["t"], row["c"]) for row in await run(COLUMNS[dialect_of(url)])}
        tables = {table for table, _ in there}
        empty = {table for table, count in (await counted(tables)).items() if not count}
        done: list[tuple[str, Row]] = []
        for table, row in rows.items():
            for of, written in (NEEDED.get(table, ("", {})), (table, row)):
                if of in empty and (of, written) not in done:
                    done.append((of, written))
                    await insert(of, {column: value for column, value in written.items() if (of, column) in there})
        return await counted(tables)


async def counted(tables: Iterable[str]) -> dict[str, int]:
    return {table: (await run(f"SELECT count(*) AS n FROM {table}"))[0]["n"] for table in sorted(tables)}


# --- The last revision before the baseline ----------------------------------------------------------------------------

OF_REVISION_28: dict[str, Row] = {
    "events": {
        "complaint_id": id_of("complaints"),
        "handoff_id": id_of("handoffs"),
        "improvement_id": an_id(801),
        "notification_id": an_id(802),
        "order_id": an_id(803),
        "product_id": an_id(804),
        "batch_id": an_id(805),
        "work_order_id": an_id(806),
        "shipment_id": an_id(807),
        "purchase_order_id": an_id(808),
        "return_id": an_id(809),
        "supplier_id": an_id(810),
    }
}
"""What the valid rows of that revision had which those of today have no more: columns, or whole tables."""


async def make_revision_28(url: str, applied: Sequence[str] = REVISIONS) -> dict[str, int]:
    """A database that the migrations before the baseline made and filled, each of its tables with a row."""
    frozen = Path(__file__).parent / "revision_28" / f"{dialect_of(url)}.sql"
    noted = [
        f"INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', '{number:04}_{name}', '2026-11-01')"
        for number, name in enumerate(applied, start=1)
    ]
    await execute(url, [*frozen.read_text().splitlines(), *noted])
    # Last, because they point at others by keys which the tables of today no longer have.
    theirs = {table: ROWS.get(table, {}) | columns for table, columns in OF_REVISION_28.items()}
    rows = {table: row for table, row in ROWS.items() if table not in theirs} | theirs
    counts = await fill_what_is_there(url, rows)
    assert [table for table, count in counts.items() if not count] == ["summing"] * (dialect_of(url) == "sqlite")
    return counts


async def test_a_populated_database_upgrades_without_losing_a_row_an_index_or_a_constraint(
    blank_url: str, database_url: str
) -> None:
    before = await make_revision_28(blank_url)
    async with connected(blank_url):
        rows = {table: await run(f"SELECT * FROM {table} ORDER BY 1") for table in before}
    assert await migrate(blank_url) == known_migrations()
    async with connected(blank_url):
        for table in before.keys() - {"tortoise_migrations"}:
            # What has gone since then is left out, and what has come has columns of its own.
            gone = OF_REVISION_28.get(table, {})
            kept = [{column: value for column, value in row.items() if column not in gone} for row in rows[table]]
            carried_over = await run(f"SELECT * FROM {table} ORDER BY 1")
            there = kept[0].keys() if kept else set[str]()
            assert [{column: row[column] for column in there} for row in carried_over] == kept, table
    carried, fresh = await shape(blank_url), await shape(database_url)
    assert carried == fresh
    assert len(fresh) >= 1500
    assert await migrate(blank_url) == []


async def test_what_an_event_was_about_is_carried_over_as_its_subjects(blank_url: str) -> None:
    await make_revision_28(blank_url)
    await migrate(blank_url)
    async with connected(blank_url):
        subjects = await run("SELECT event_id, type, key FROM event_subjects")
    told = OF_REVISION_28["events"]
    assert {(row["event_id"], row["type"], str(row["key"])) for row in subjects} == {
        (1, "customer_return" if column == "return_id" else column.removesuffix("_id"), key)
        for column, key in told.items()
    }
    assert len(subjects) == len(told)


@pytest.mark.parametrize("applied", [1, 27])
async def test_a_database_of_an_older_revision_is_refused_and_left_as_it_is(blank_url: str, applied: int) -> None:
    await make_revision_28(blank_url, REVISIONS[:applied])
    before = await shape(blank_url)
    with pytest.raises(
        RevisionError, match=rf"is {applied:04}_\w+\. Bring it to 0028_sums_guarded with version 0\.1\.0"
    ):
        await migrate(blank_url)
    assert await shape(blank_url) == before


async def test_what_was_declared_and_undeclared_since_is_carried_over_too(
    databases: Databases, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    baseline = import_module(f"{MIGRATIONS}.{BASELINE}.tables")
    customers = next(table for table in baseline.TABLES if table.name == "customers")
    columns = {name: column for name, column in customers.columns.items() if name != "region"}
    pets = {"id": "UUID NOT NULL PRIMARY KEY", "owner_id": "UUID NOT NULL REFERENCES customers (id) ON DELETE RESTRICT"}
    parent = "UUID REFERENCES customers (id) ON DELETE RESTRICT"
    changed = replace(
        customers, columns={**columns, "visits": "INT NOT NULL DEFAULT 0", "parent_id": parent}, indexes=()
    )
    gone = {"customers", "stage_workers"}
    tables = [table for table in baseline.TABLES if table.name not in gone]
    tables += [changed, Table("pets", pets, indexes=(Index("pets_of_owners", "owner_id, id"),), append_only=True)]
    monkeypatch.setattr(baseline, "TABLES", tables)
    monkeypatch.setattr(import_module(f"{MIGRATIONS}.{BASELINE}"), "TABLES", tables)
    old, fresh = await databases.blank(engine), await databases.blank(engine)
    before = await make_revision_28(old)
    for url in (old, fresh):
        await migrate(url, BASELINE)
    assert await shape(old) == await shape(fresh)
    async with connected(old):
        kept = before.keys() - {"tortoise_migrations", "stage_workers"}
        assert await counted(kept) == {table: before[table] for table in kept}
    for url in (old, fresh):
        await databases.drop(url)


# --- The baseline, and what comes after it ----------------------------------------------------------------------------


async def test_the_migrations_say_all_that_the_models_say(blank_url: str, database_url: str) -> None:
    await execute(blank_url, everything(declared_tables(), VIEWS, dialect_of(blank_url)))
    declared, migrated = await shape(blank_url), await shape(database_url)
    assert declared == {part for part in migrated if not any("applied_migrations" in str(word) for word in part)}


async def populated_and_migrated(url: str, name: str, package: str, rows: dict[str, Row]) -> set[tuple[Any, ...]]:
    """What a database looks like after a migration that came when each table had a row: none is lost."""
    names = known_migrations(package)
    await migrate(url, names[names.index(name) - 1], package)
    if package == MIGRATIONS:
        async with connected(url):
            await forget_shipped()
    before = await fill_what_is_there(url, rows)
    assert await migrate(url, name, package) == [name]
    async with connected(url):
        there = {row["t"] for row in await run(COLUMNS[dialect_of(url)])}
        kept = before.keys() & there - {"applied_migrations"}
        assert await counted(kept) == {table: before[table] for table in kept}
    return await shape(url)


async def test_each_later_migration_is_applied_to_a_populated_database(databases: Databases, engine: Engine) -> None:
    for name in LATER:
        populated, fresh = await databases.blank(engine), await databases.blank(engine)
        await migrate(fresh, name)
        assert await populated_and_migrated(populated, name, MIGRATIONS, ROWS) == await shape(fresh), name
        for url in (populated, fresh):
            await databases.drop(url)


FIRST = '''
"""A table."""
from models.kit.constraints import Index
from models.kit.tables import Table, everything
NOTES = Table(
    "notes",
    {"id": "BIGSERIAL NOT NULL PRIMARY KEY", "text": "TEXT NOT NULL", "kind": "VARCHAR(20) NOT NULL"},
    checks={"kind": "kind IN ('A')"},
    append_only=True,
)
async def apply(step):
    await step.run(everything([NOTES], [], step.dialect))
'''
SECOND = '''
"""A column that is filled in, and a word more."""
from models.kit.tables import check, unchecked
async def apply(step):
    await step.run(unchecked("notes", "kind", step.dialect))
    await step.run(check("notes", "kind", "kind IN ('A', 'B')", step.dialect))
    await step.run(["ALTER TABLE notes ADD COLUMN length INT"])
'''
LOSES_ROWS = '''
"""What must not happen."""
async def apply(step):
    remove = "DROP TRIGGER notes_only_grow" + ("_delete" if step.dialect == "sqlite" else " ON notes")
    await step.run([remove, "DELETE FROM notes"])
'''


def package_of(folder: Path, monkeypatch: pytest.MonkeyPatch, **migrations: str) -> str:
    """A package of migrations that only this test has."""
    name = f"steps_of_{folder.name}"
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    for step, text in migrations.items():
        (folder / name / f"{step.removeprefix('m')}.py").write_text(text)
    monkeypatch.syspath_prepend(folder)
    return name


NOTES: dict[str, Row] = {"notes": {"text": "A text.", "kind": "A"}}


async def test_a_migration_is_seen_to_keep_what_there_is(
    databases: Databases, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = package_of(tmp_path, monkeypatch, m0001_first=FIRST, m0002_second=SECOND, m0003_third=LOSES_ROWS)
    urls = [await databases.blank(engine) for _ in range(3)]
    populated, fresh, emptied = urls
    await migrate(fresh, "0002_second", package)
    assert await populated_and_migrated(populated, "0002_second", package, NOTES) == await shape(fresh)
    with pytest.raises(AssertionError, match="notes"):
        await populated_and_migrated(emptied, "0003_third", package, NOTES)
    for url in urls:
        await databases.drop(url)


# --- How they are applied ---------------------------------------------------------------------------------------------


async def test_a_database_without_tables_lacks_every_migration_in_order(blank_url: str) -> None:
    if dialect_of(blank_url) == "sqlite":
        sqlite_path(blank_url).touch()
    database = Database(blank_url)
    await database.open()
    try:
        assert await pending_migrations(database) == known_migrations()
        await migrate(blank_url, target=BASELINE)
        assert await pending_migrations(database) == LATER
        await migrate(blank_url)
        assert await pending_migrations(database) == []
    finally:
        await database.close()


async def test_a_migration_is_not_applied_without_those_before_it(
    blank_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = package_of(tmp_path, monkeypatch, m0001_first=FIRST, m0002_second=SECOND)
    assert await migrate(blank_url, "0002_second", package) == ["0001_first", "0002_second"]
    assert await migrate(blank_url, "0002_second", package) == []


async def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(blank_url: str) -> None:
    await migrate(blank_url)
    async with connected(blank_url):
        await run(
            "INSERT INTO applied_migrations (name, applied_at) VALUES ('9999_later', '2026-11-30 00:00:00+00:00')"
        )
    before = await shape(blank_url)
    with pytest.raises(NewerDatabaseError, match=r"does not know 9999_later\.$"):
        await migrate(blank_url)
    assert await shape(blank_url) == before


async def test_processes_that_start_together_migrate_once(blank_url: str) -> None:
    script = "import asyncio, sys; from models.kit.migrating import migrate; print(*asyncio.run(migrate(sys.argv[1])))"
    starting = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, blank_url, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    answers = [await process.communicate() for process in starting]
    assert [process.returncode for process in starting] == [0, 0, 0], answers
    applied = sorted(out.decode().split() for out, _ in answers)
    assert applied == [[], [], known_migrations()]


DIES = """
import asyncio, os, signal, sys
from models.kit import migrating
async def die(step, name):
    os.kill(os.getpid(), signal.SIGKILL)
migrating._note = die
asyncio.run(migrating.migrate(sys.argv[1]))
"""


@pytest.mark.parametrize("begun", ["blank", "revision 28"])
async def test_a_process_that_dies_between_a_migration_and_its_note_leaves_nothing(
    blank_url: str, database_url: str, begun: str
) -> None:
    if begun == "revision 28":
        await make_revision_28(blank_url)
    before = await shape(blank_url)
    dying = await asyncio.create_subprocess_exec(sys.executable, "-c", DIES, blank_url, cwd=ROOT)
    assert await dying.wait() == -signal.SIGKILL
    assert await shape(blank_url) == before
    assert await migrate(blank_url) == known_migrations()
    assert await shape(blank_url) == await shape(database_url)


@pytest.mark.slow
async def test_a_process_that_dies_at_the_end_of_any_migration_leaves_those_before_it_and_nothing_else(
    blank_url: str, database_url: str
) -> None:
    for number, name in enumerate(known_migrations()):
        before = await shape(blank_url)
        spared = f"\n    if name != {name!r}: return await note(step, name)"
        dies = DIES.replace("(step, name):", f"(step, name, note=migrating._note):{spared}")
        dying = await asyncio.create_subprocess_exec(sys.executable, "-c", dies, blank_url, cwd=ROOT)
        assert await dying.wait() == -signal.SIGKILL
        assert await shape(blank_url) == before
        # The next start goes on with it, as if nothing had been.
        assert await migrate(blank_url, name) == known_migrations()[number : number + 1]
    assert await migrate(blank_url) == []
    assert await shape(blank_url) == await shape(database_url)


async def test_a_migration_that_breaks_a_key_leaves_nothing(
    blank_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks = FIRST.replace(
        "await step.run(everything([NOTES], [], step.dialect))",
        'await step.run(["CREATE TABLE a (id INT PRIMARY KEY)", "CREATE TABLE b (a INT REFERENCES a (id))",'
        ' "INSERT INTO b VALUES (1)"])',
    )
    package = package_of(tmp_path, monkeypatch, m0001_first=breaks)
    before = await shape(blank_url)
    with pytest.raises((sqlite3.IntegrityError, asyncpg.ForeignKeyViolationError)):
        await migrate(blank_url, package=package)
    assert await shape(blank_url) == before
