"""Rows that break the checks which say all by themselves: figures, enumerations, and what is there or missing together."""

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

from models.declared import declared_tables
from models.kit.tables import Table
from tests.storage.valid_rows import MODELS, ROWS, Row, columns_of, value_of
from tests.storage.valid_rows.together import is_there, rules

AT_LEAST = r"\((\w+) IS NULL OR \1 >= (\d+)\)"
BETWEEN = r"(\w+) BETWEEN (\d+) AND (\d+)"
TABLES = {table.name: table for table in declared_tables()}


def grown(table: str, column: str, member: str, *, other: bool) -> Row:
    """What makes a valid row one whose column holds this member: all that must be there then is there.

    `other`: where somebody acted, it was another person than whom the valid row names.
    """
    changes: Row = {column: member}
    for name, declared in columns_of(MODELS[table]).items():
        there = is_there(table, name, ROWS[table] | changes)
        if there is False:
            changes[name] = None
        elif there and (ROWS[table] | changes).get(name) is None:
            changes[name] = value_of(name, declared, other=other)
    return changes


def broken(table: Table, row: Row) -> set[str]:
    """The checks that a row would break, as SQLite reckons them."""
    columns = ", ".join(f'? AS "{column}"' for column in table.columns)
    conditions = ", ".join(f'({condition}) AS "{name}"' for name, condition in table.checks.items())
    values = [row.get(column, _default(words)) for column, words in table.columns.items()]
    [holds] = sqlite3.connect(":memory:").execute(f"SELECT {conditions} FROM (SELECT {columns})", values)
    return {name for name, held in zip(table.checks, holds, strict=True) if held == 0}


def _default(words: str) -> Any:
    found = re.search(r"DEFAULT (\S+)", words)
    return None if found is None else sqlite3.connect(":memory:").execute(f"SELECT {found[1]}").fetchone()[0]


def _unfit(table: Table) -> Iterator[tuple[str, Row]]:
    """Rows in which something is missing that must be there, or there that must be missing, with the check that says so."""
    whens, pairs = rules(table.name)
    columns = columns_of(MODELS[table.name])
    for when in whens:
        for member in sorted(when.members):
            row = grown(table.name, when.column, member, other=True)
            yield from ((when.check, row | {column: None}) for column in when.there)
            yield from ((when.check, row | {column: value_of(column, columns[column])}) for column in when.missing)
        if when.only_then:
            yield from ((when.check, {column: value_of(column, columns[column])}) for column in when.there)
            yield from ((when.check, {column: None}) for column in when.missing)
    for pair in pairs:
        for column in (pair.column, pair.other):
            is_missing = ROWS[table.name].get(column) is None
            yield pair.check, {column: value_of(column, columns[column], other=True) if is_missing else None}


def _just_outside(condition: str) -> Iterator[tuple[str, int]]:
    """Figures that a condition on figures alone refuses, by their column."""
    if re.sub(AT_LEAST, "", condition).replace(" AND ", "") == "":
        yield from ((column, int(least) - 1) for column, least in re.findall(AT_LEAST, condition))
    elif between := re.fullmatch(BETWEEN, condition):
        column, least, most = between.groups()
        yield from ((column, int(least) - 1), (column, int(most) + 1))


def as_declared(by_hand: list[tuple[str, str, Row]]) -> Iterator[tuple[str, str, Row]]:
    """What breaks these checks, each row one of them alone; but for what is shown by hand."""
    shown = {(table, name, column) for table, name, changes in by_hand for column in changes}
    proven = {(table, name) for table, name, _ in shown}
    for table in TABLES.values():
        for name, changes in _unfit(table):
            if broken(table, ROWS[table.name] | changes) == {name}:
                yield table.name, name, changes
        for name, condition in table.checks.items():
            figures = list(_just_outside(condition))
            for column, figure in figures:
                if (table.name, name, column) not in shown:
                    yield table.name, name, {column: figure}
            if not figures and name in table.columns and (table.name, name) not in proven:
                yield table.name, name, {name: "XX"}
