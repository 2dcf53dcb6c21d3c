"""A migration that has landed never changes again, neither its text nor what it tells the database: somebody's database has it.

What each of them is stands in landed_migrations.txt, a line each. A new one fails here with the line that belongs there.
"""

import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from models.kit import migrating
from models.kit.database import dialect_of
from models.kit.migrating import known_migrations, migrate

LANDED = Path(__file__).parent / "landed_migrations.txt"
ROOT = Path(__file__).parents[2] / "models" / "migrations"

MADE_EACH_TIME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[0-9.+:]*")
"""Keys and moments of rows that a migration writes."""


async def lines_of(url: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each migration is, by its text and the statements that it runs on a blank database."""
    told: list[str] = []
    for kind in (migrating.SqliteStep, migrating.PostgresStep):
        run = kind.run

        async def noted(self: Any, statements: Iterable[str], run: Any = run) -> None:
            given = list(statements)
            # When it was applied is no part of what it is.
            told.extend(one for one in given if "applied_migrations" not in one)
            await run(self, given)

        monkeypatch.setattr(kind, "run", noted)
    found: list[str] = []
    for name in known_migrations():
        told.clear()
        await migrate(url, name)
        files = sorted([*(ROOT / name).glob("*.py")]) or [ROOT / f"{name}.py"]
        statements = MADE_EACH_TIME.sub("", "\n".join(told))
        digest = sha256(b"".join(file.read_bytes() for file in files) + statements.encode()).hexdigest()
        found.append(f"{dialect_of(url)} {name} {digest}")
    return found


async def test_no_landed_migration_has_changed(blank_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await lines_of(blank_url, monkeypatch)
    assert found == [line for line in LANDED.read_text().splitlines() if line.startswith(dialect_of(blank_url))]
