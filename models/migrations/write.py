"""Writes the baseline anew from what the models declare: `uv run python -m models.migrations.write`. Only until a release.

Afterwards a change of the declarations is a migration of its own, and the baseline stays as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path

from models.areas import VIEWS
from models.declared import declared_tables
from models.kit.constraints import Index, Refusal, Sum, View
from models.kit.tables import Table

BASELINE = Path(__file__).parent / "0001_baseline" / "tables.py"

HEAD = '''"""All tables and views, frozen: written by models/migrations/write.py from what the models declared."""

from models.kit.constraints import Index, Refusal, Sum, View
from models.kit.tables import Table

# One line for each thing that a table is made of, so that what differs shows.
# fmt: off
'''

NEXT, END = "\n        ", "\n    "


def baseline(tables: Iterable[Table], views: Iterable[View]) -> str:
    """The text of the baseline's tables and views."""
    lines = [HEAD + "TABLES = (", *map(_table, tables), ")", "", "VIEWS = (", *map(_view, views), ")"]
    return "\n".join(lines) + "\n"


def _table(table: Table) -> str:
    said = [f"Table({table.name!r}, {_entries(table.columns)}"]
    for name in ("unique", "checks"):
        if entries := getattr(table, name):
            said.append(f"{name}={_entries(entries)}")
    for name in ("append_only", "filled_in_once", "sums", "masked_again"):
        if value := getattr(table, name):
            said.append(f"{name}={value!r}")
    for name in ("triggers", "indexes"):
        if parts := getattr(table, name):
            said.append(f"{name}=({''.join(f'{NEXT}{_part(part)},' for part in parts)}{END})")
    return f"    {', '.join(said)}),"


def _entries(entries: Mapping[str, str]) -> str:
    return "{" + "".join(f"{NEXT}{name!r}: {text!r}," for name, text in entries.items()) + END + "}"


def _part(part: Index | Refusal | Sum) -> str:
    """A declaration, without what it does not say."""
    said = [(field, getattr(part, field.name)) for field in fields(part)]
    required = [repr(value) for field, value in said if field.default is MISSING]
    more = [f"{field.name}={value!r}" for field, value in said if field.default not in (MISSING, value)]
    return f"{type(part).__name__}({', '.join([*required, *more])})"


def _view(view: View) -> str:
    branches = "".join(f"{NEXT}({dict(sources)!r},{NEXT} {rows!r})," for sources, rows in view.branches)
    return f"    View({view.name!r}, {dict(view.columns)!r}, ({branches}{END})),"


if __name__ == "__main__":
    BASELINE.write_text(baseline(declared_tables(), VIEWS))
