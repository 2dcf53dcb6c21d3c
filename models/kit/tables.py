"""Tables: all that one is, and the statements that make it and what its rows must obey, in the words of either engine."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from models.kit.constraints import SUMMING, Index, Refusal, Statements, Sum, View
from models.kit.database import Dialect
from models.kit.masking.looks import EVERY_LABEL

SQLITE_WORDS = {
    "BIGSERIAL NOT NULL PRIMARY KEY": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL",
    "UUID": "CHAR(36)",
    "TIMESTAMPTZ": "TIMESTAMP",
    "JSONB": "JSON",
    "BOOL": "INT",
    "DEFAULT TRUE": "DEFAULT 1",
    "DEFAULT FALSE": "DEFAULT 0",
    ' COLLATE "C"': "",
}
"""What PostgreSQL's types are called on SQLite."""


@dataclass(frozen=True, slots=True)
class Table:
    """All that a table is. Columns are written in PostgreSQL's words, and checks, as everything else, in those of both."""

    name: str
    columns: Mapping[str, str]
    unique: Mapping[str, str] = field(default_factory=dict[str, str])
    checks: Mapping[str, str] = field(default_factory=dict[str, str])
    append_only: bool = False
    filled_in_once: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    triggers: tuple[Refusal | Sum, ...] = ()
    indexes: tuple[Index, ...] = ()
    masked_again: tuple[str, ...] = ()

    def made(self, dialect: Dialect) -> Statements:
        """The statements that make the table and nothing else of it."""
        columns = [f'"{name}" {self._column(name, dialect)}' for name in self.columns]
        unique = [f"CONSTRAINT {name} UNIQUE ({_quoted(names)})" for name, names in self.unique.items()]
        yield f"CREATE TABLE {self.name} ({', '.join([*columns, *unique])})"

    def referring(self, dialect: Dialect) -> Statements:
        """The statements that let it refer to other tables once all are there. On SQLite a table does so from the beginning."""
        if dialect == "sqlite":
            return
        for name, column in self.columns.items():
            _, refers, to = column.partition(" REFERENCES ")
            if refers:
                yield f"ALTER TABLE {self.name} ADD FOREIGN KEY ({name}) REFERENCES {to}"

    def added(self, dialect: Dialect) -> Statements:
        """The statements that make all of it beside the tables that are there."""
        for part in (self.made, self.referring, self.indexed, self.held):
            yield from part(dialect)

    def column_added(self, name: str, dialect: Dialect) -> Statements:
        """The statement that adds one of its columns to a table that is there."""
        column = self.columns[name] if dialect == "postgres" else self._column(name, dialect)
        yield f'ALTER TABLE {self.name} ADD COLUMN "{name}" {column}'

    def held(self, dialect: Dialect) -> Statements:
        """The statements that make what its rows must obey from then on."""
        for name, condition in self.checks.items():
            yield from check(self.name, name, condition, dialect)
        if self.append_only:
            yield from self._only_appended(dialect)
        yield from self._sums_guarded(dialect)
        for trigger in self.triggers:
            yield from trigger.made(self.name, dialect)
        if dialect == "postgres" and not self.append_only and any("DELETE" in one.moment for one in self.triggers):
            yield self._not_emptied("refuse_by_name")

    def indexed(self, dialect: Dialect) -> Statements:
        """The statements that make its indexes."""
        for index in self.indexes:
            yield from index.made(self.name, dialect)

    def _column(self, name: str, dialect: Dialect) -> str:
        column = self.columns[name]
        if dialect == "postgres":
            return column.partition(" REFERENCES ")[0]
        for word, sqlite in SQLITE_WORDS.items():
            column = column.replace(word, sqlite)
        return column

    @property
    def keys(self) -> list[Index]:
        """What no two rows have in common."""
        own = [name for name, column in self.columns.items() if "PRIMARY KEY" in column or " UNIQUE" in column]
        together = [*own, *self.unique.values()]
        return [*(Index("", columns, "", True) for columns in together), *(one for one in self.indexes if one.unique)]

    def _only_appended(self, dialect: Dialect) -> Statements:
        kept = f"{self.name} are append-only"
        allowed = [*self._only_filled_in(dialect), *self._only_masked(dialect)]
        changed = f"NOT ({' OR '.join(allowed)})" if allowed else ""
        if dialect == "sqlite":
            refuse = f"BEGIN SELECT RAISE(ABORT, '{kept}'); END"
            refuse_again = f"BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {kept}'); END"
            trigger = f"CREATE TRIGGER {self.name}_only_grow"
            yield f"{trigger}_update BEFORE UPDATE ON {self.name}{f' WHEN {changed}' if changed else ''} {refuse}"
            yield f"{trigger}_delete BEFORE DELETE ON {self.name} {refuse}"
            # INSERT OR REPLACE and UPDATE OR REPLACE remove rows without firing the trigger above.
            yield f"{trigger}_insert BEFORE INSERT ON {self.name} WHEN {self._taken(self.keys)} {refuse_again}"
            if self.filled_in_once:
                later = [key for key in self.keys if {*key.columns.split(", ")} & {*self.filled_in_once}]
                others = self._taken(later, "id <> OLD.id AND ")
                yield f"{trigger}_fill_in BEFORE UPDATE ON {self.name} WHEN {others} {refuse_again}"
            return
        function = f"refuse_to_rewrite_{self.name}"
        yield (
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{kept}' USING ERRCODE = 'check_violation'; END $$"
        )
        trigger, refuse = f"CREATE TRIGGER {self.name}_only_grow", f"EXECUTE FUNCTION {function}()"
        if changed:
            yield f"{trigger}_update BEFORE UPDATE ON {self.name} FOR EACH ROW WHEN ({changed}) {refuse}"
            yield f"{trigger} BEFORE DELETE ON {self.name} FOR EACH ROW {refuse}"
        else:
            yield f"{trigger} BEFORE UPDATE OR DELETE ON {self.name} FOR EACH ROW {refuse}"
        yield self._not_emptied(function)

    def _only_filled_in(self, dialect: Dialect) -> Iterator[str]:
        if self.filled_in_once:
            filled = [f"OLD.{name} IS NULL AND NEW.{name} IS NOT NULL" for name in self.filled_in_once]
            yield " AND ".join([*filled, *self._same_but(self.filled_in_once, dialect)])

    def _only_masked(self, dialect: Dialect) -> Iterator[str]:
        """That words gave way to masks in one column, and all else stayed."""
        for name in self.masked_again:
            fewer = " < ".join(f"length({_without_masks(f'{row}.{name}')})" for row in ("NEW", "OLD"))
            # Where there is no text, nothing is known of how long it is.
            said = f"OLD.{name} IS NOT NULL AND NEW.{name} IS NOT NULL"
            yield " AND ".join([said, fewer, *self._same_but((name,), dialect)])

    def _same_but(self, changed: Iterable[str], dialect: Dialect) -> list[str]:
        # SQLite before 3.39 has no IS NOT DISTINCT FROM; its IS means the same.
        same = "IS" if dialect == "sqlite" else "IS NOT DISTINCT FROM"
        return [f"OLD.{name} {same} NEW.{name}" for name in self.columns if name not in changed]

    def _taken(self, keys: Iterable[Index], others: str = "") -> str:
        """Whether a row has one of these keys already. Where the index is of some rows only, both are of those."""

        def conditions(key: Index) -> str:
            some = f" AND ({key.where}) AND ({of_row(key.where, 'NEW')})" if key.where else ""
            return others + " AND ".join(f"{name} = NEW.{name}" for name in key.columns.split(", ")) + some

        return " OR ".join(f"EXISTS (SELECT 1 FROM {self.name} WHERE {conditions(key)})" for key in keys)

    def _sums_guarded(self, dialect: Dialect) -> Statements:
        if not self.sums:
            return
        changed, by_hand = (
            ("OLD.{0} IS NOT NEW.{0}", "NOT EXISTS (SELECT 1 FROM summing)")
            if dialect == "sqlite"
            else ("OLD.{0} IS DISTINCT FROM NEW.{0}", "pg_trigger_depth() = 0")
        )
        begun = " OR ".join(f"NEW.{column} <> 0" for column in self.sums)
        differs = " OR ".join(changed.format(column) for column in self.sums)
        yield from Refusal(f"{self.name}_sums_begin", "BEFORE INSERT", begun).made(self.name, dialect)
        moment = f"BEFORE UPDATE OF {', '.join(self.sums)}"
        condition = f"({differs}) AND {by_hand}"
        yield from Refusal(f"{self.name}_sums_follow", moment, condition).made(self.name, dialect)

    def _not_emptied(self, function: str) -> str:
        emptied = f"BEFORE TRUNCATE ON {self.name} FOR EACH STATEMENT"
        return f"CREATE TRIGGER {self.name}_not_emptied {emptied} EXECUTE FUNCTION {function}()"


def check(table: str, name: str, condition: str, dialect: Dialect) -> Statements:
    """The statements that make a table's rows meet a condition."""
    if dialect == "postgres":
        yield f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition})"
        return
    for moment in ("INSERT", "UPDATE"):
        yield (
            f"CREATE TRIGGER ck_{table}_{name}_{moment.lower()} BEFORE {moment} ON {table}"
            f" WHEN NOT ({of_row(condition, 'NEW')})"
            f" BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: ck_{table}_{name}'); END"
        )


def unchecked(table: str, name: str, dialect: Dialect) -> Statements:
    """The statements that take a condition away, for instance because another one of this name follows."""
    if dialect == "postgres":
        yield f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}"
        return
    for moment in ("insert", "update"):
        yield f"DROP TRIGGER ck_{table}_{name}_{moment}"


NOT_A_COLUMN = re.compile(r"'[^']*'|\bAS \w+|\b[a-z_]\w*\b(?!\()")
"""A text or the type of a CAST, which are left alone; or the name of a column."""


def of_row(condition: str, row: str) -> str:
    """The condition with OLD or NEW before each of its columns."""
    return NOT_A_COLUMN.sub(
        lambda found: found[0] if found[0].startswith(("'", "AS ")) else f"{row}.{found[0]}", condition
    )


def _without_masks(text: str) -> str:
    for label in EVERY_LABEL:
        text = f"replace({text}, '{label}', '')"
    return text


def _quoted(columns: str) -> str:
    return ", ".join(f'"{column}"' for column in columns.split(", "))


def everything(tables: Iterable[Table], views: Iterable[View], dialect: Dialect) -> Statements:
    """The statements that make all of it in a database without tables."""
    tables = list(tables)
    if dialect == "sqlite":
        yield SUMMING
    for table in tables:
        yield from table.made(dialect)
    for table in tables:
        yield from table.referring(dialect)
    for table in tables:
        yield from table.indexed(dialect)
    yield from held(tables, views, dialect)


NEXT_NUMBER = """
CREATE OR REPLACE FUNCTION next_number(series text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    sequence text := 'numbers_' || lower(replace(series, '-', '_'));
BEGIN
    IF to_regclass(sequence) IS NULL THEN
        -- The first of a series waits for nobody but another first one. What that one made, only making it again sees.
        PERFORM pg_advisory_xact_lock(hashtext('next_number'));
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I START %s', sequence,
            coalesce((SELECT last_given FROM number_series WHERE name = series), 0) + 1);
    END IF;
    RETURN nextval(sequence);
END $$
"""
"""Gives the next number of a series on PostgreSQL: a sequence for each, which nobody waits for."""


def held(tables: Iterable[Table], views: Iterable[View], dialect: Dialect) -> Statements:
    """The statements that make what is no table and no index: whatever rows must obey, and the views over them."""
    if dialect == "postgres":
        yield (
            "CREATE FUNCTION refuse_by_name() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
            " 'CHECK constraint failed: %', TG_NAME USING ERRCODE = 'check_violation'; END $$"
        )
        yield NEXT_NUMBER
    for table in tables:
        yield from table.held(dialect)
    for view in views:
        yield from view.made(dialect)
