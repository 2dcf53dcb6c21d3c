"""Backups of an embedded database and what lies beside it, while it is being worked with; and what follows a restore.

The surprising rule: a restored database begins a new epoch, so that nobody goes on from a place in a future that never was.
"""

import os
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from urllib.parse import quote

from models.kit.base import now
from models.kit.database import dialect_of, sqlite_path
from models.kit.migrating import alone, migrate

DATABASE, BESIDE = "database", "beside/"
"""What they are called in a backup, which is a tar file: the database, and each file of the home."""

NOT_KEPT = frozenset({"graphiql"})
"""Folders of the home that can be fetched again."""

SPOOLED = ("-wal", "-shm", "-journal", "-migrating")
"""What SQLite and migrations keep beside the database while they work with it."""


class BackupError(Exception):
    """Why nothing was kept, or nothing put back."""


async def renew_epoch(url: str) -> None:
    """Says that the database was put back: whoever comes with a cursor of before lists anew."""
    said = f"INSERT INTO restores (epoch, at) VALUES ('{token_hex(4)}', '{now().isoformat(sep=' ')}')"
    async with alone(url) as begin, begin() as step:
        await step.run([said])


def back_up(url: str, home: Path | None, file: Path) -> None:
    """Keeps the database as it is at one moment, and what lies in its home, in a new file; nobody who works with it waits."""
    database = _path(url)
    if not database.exists():
        raise BackupError(f"There is no database at {database} yet.")
    if file.exists():
        raise BackupError(f"{file} is there already. Choose another name, or remove it.")
    file.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{file.name}-", dir=file.parent) as folder:
        whole, kept = Path(folder) / "whole", Path(folder) / DATABASE
        with closing(_reading(database)) as source, closing(sqlite3.connect(kept)) as copy:
            # In one step: several would begin anew each time that somebody writes.
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        with tarfile.open(whole, "x") as archive:
            archive.add(kept, DATABASE)
            for one in _files_of(home, database) if home else ():
                archive.add(one, f"{BESIDE}{one.relative_to(home)}")  # type: ignore[arg-type]
        whole.chmod(0o600)
        _flush(whole)
        # Whole or not at all, and never over another one.
        os.link(whole, file)
        _flush(file.parent)


def _files_of(home: Path, database: Path) -> list[Path]:
    own = {database.name, *(f"{database.name}{end}" for end in SPOOLED)}
    found = (one for one in sorted(home.rglob("*")) if one.is_file() and not one.is_symlink())
    parts = ((one, one.relative_to(home).parts) for one in found)
    return [
        one for one, (first, *_) in parts if first not in NOT_KEPT | own and not first.startswith((".", "replaced-"))
    ]


async def restore(url: str, home: Path | None, file: Path) -> Path | None:
    """Puts a backup in the place of what is there, which is laid aside; answers with where. Nobody may work with it meanwhile."""
    database = _path(url)
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".restoring-", dir=database.parent) as folder:
        found = Path(folder)
        try:
            with tarfile.open(file) as archive:
                archive.extractall(found, filter="data")
            with closing(_reading(found / DATABASE)) as copy:
                [(sound,)] = copy.execute("PRAGMA quick_check(1)").fetchall()
        except (tarfile.TarError, sqlite3.Error, OSError) as error:
            raise BackupError(f"{file} is no whole backup: {error}") from error
        if sound != "ok":
            raise BackupError(f"{file} is no whole backup: {sound}")
        own = f"sqlite:///{quote(str(found / DATABASE))}"
        await migrate(own)
        await renew_epoch(own)
        _rest(found / DATABASE)
        if database.exists():
            _rest(database)
        coming, beside = [(found / DATABASE, database, Path(database.name))], found / BESIDE
        for one in sorted(beside.rglob("*")) if home else ():
            if home and one.is_file():
                name = one.relative_to(beside)
                coming.append((one, home / name, name))
        aside = database.parent / f"replaced-{now():%Y%m%dT%H%M%S}-{token_hex(2)}"
        for one, place, name in coming:
            if place.exists():
                laid = aside / name
                laid.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.replace(place, laid)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            one.chmod(0o600)
            _flush(one)
            os.replace(one, place)
        _flush(database.parent)
    return aside if aside.exists() else None


def _path(url: str) -> Path:
    if dialect_of(url) != "sqlite":
        raise BackupError("PostgreSQL is kept and put back by its own programs: models/README.md says how.")
    return sqlite_path(url).absolute()


def _reading(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)


def _rest(database: Path) -> None:
    """Brings all of a database into its one file. BackupError while somebody works with it."""
    try:
        with closing(sqlite3.connect(database, timeout=0)) as own:
            own.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        raise BackupError(f"{database} is in use ({error}). End the server first.") from error
    except sqlite3.DatabaseError:
        # Nobody works with what is no database, and it is laid aside as it is.
        pass
    for end in SPOOLED:
        Path(f"{database}{end}").unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Has the disk keep a file, or the names in a folder."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
