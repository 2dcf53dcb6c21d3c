"""What a table's `Meta` says that the database itself shall hold: conditions, ledgers, sums and indexes; and views.

Beside Tortoise's own options, a model's `Meta` may say

- `checks`: conditions that each row meets, by name. Enumerations, currency codes and versions have theirs from their fields;
  one of the same name replaces it.
- `by_code_point`: texts that lists are sorted by, kept in the order that SQLite has anyway.
- `append_only`: rows are added, never changed or removed. With `filled_in_once`, these columns may be filled in later; with
  `masked_again`, masks may take the place of words in these texts.
- `sums`: columns that only the database writes, by the triggers of ledgers. They begin at nothing.
- `triggers`: a Refusal or a Sum each, where a condition on the row alone does not do.
- `more_indexes`: what Tortoise's `indexes` cannot say.

Conditions are plain SQL in which columns are written small and SQL's own words in capitals. SQLite cannot add a CHECK to a
table that exists, so there the same condition stands in a pair of triggers (models/kit/tables.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.kit.database import Dialect

# --- Conditions on a row ----------------------------------------------------------------------------------------------


def one_of(column: str, words: str) -> str:
    """The column holds one of these words, or nothing where nothing is allowed."""
    members = ", ".join(f"'{word}'" for word in words.split())
    return f"{column} IN ({members})"


def when(column: str, words: str, *conditions: str) -> str:
    """With one of these words in the column, all of the conditions hold. The name of a column alone: it holds something."""
    held = (f"{condition} IS NOT NULL" if condition.isidentifier() else condition for condition in conditions)
    return f"NOT ({one_of(column, words)}) OR ({' AND '.join(held)})"


def exactly_when(column: str, words: str, other: str) -> str:
    """With one of these words in the column the other one holds something, and with no other word."""
    return f"({one_of(column, words)}) = ({other} IS NOT NULL)"


def at_least(least: int, *columns: str) -> str:
    """None of the columns holds less."""
    return " AND ".join(f"({column} IS NULL OR {column} >= {least})" for column in columns)


def percent(column: str) -> str:
    """Hundredths of a percent, at most all of it."""
    return f"{column} BETWEEN 0 AND 10000"


def together(first: str, *others: str) -> str:
    """Either all of the columns hold something or none does."""
    return " AND ".join(f"({first} IS NULL) = ({other} IS NULL)" for other in others)


def different(one: str, other: str) -> str:
    """Two columns do not name the same."""
    return f"{one} IS NULL OR {other} IS NULL OR {one} <> {other}"


def only_with(column: str, other: str) -> str:
    """The column holds something only where the other one does."""
    return f"{column} IS NULL OR {other} IS NOT NULL"


def currency_code(column: str) -> str:
    """Three capital letters (ISO 4217)."""
    capitals = " AND ".join(f"substr({column}, {place}, 1) BETWEEN 'A' AND 'Z'" for place in (1, 2, 3))
    return f"{column} IS NULL OR (length({column}) = 3 AND {capitals})"


# --- Indexes, triggers and views --------------------------------------------------------------------------------------

Statements = Iterator[str]


@dataclass(frozen=True, slots=True)
class Index:
    """An index over columns or expressions, of some of the rows if there is a `where`.

    A key `as_text` is compared as the text that it is on SQLite anyway.
    """

    name: str
    columns: str
    where: str = ""
    unique: bool = False
    as_text: bool = False
    only_on: Dialect | None = None

    def made(self, table: str, dialect: Dialect) -> Statements:
        """The statement that makes it."""
        if self.only_on in (dialect, None):
            unique, where = "UNIQUE " if self.unique else "", f" WHERE {self.where}" if self.where else ""
            as_text = self.as_text and dialect == "postgres"
            columns = f'(({self.columns})::text COLLATE "C")' if as_text else self.columns
            yield f"CREATE {unique}INDEX {self.name} ON {table} ({columns}){where}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Refuses a row by what other rows say, or by what it was. The condition says when, with OLD and NEW before its columns."""

    name: str
    moment: str
    condition: str
    only_on: Dialect | None = None

    def made(self, table: str, dialect: Dialect) -> Statements:
        """The statements that make it."""
        if self.only_on not in (dialect, None):
            return
        failed = f"'CHECK constraint failed: {self.name}'"
        if dialect == "sqlite":
            refuse = f"WHEN {self.condition} BEGIN SELECT RAISE(ABORT, {failed}); END"
            moment, _, or_update = self.moment.partition(" OR ")
            yield f"CREATE TRIGGER {self.name} {moment} ON {table} {refuse}"
            if or_update:
                yield f"CREATE TRIGGER {self.name}_update BEFORE {or_update} ON {table} {refuse}"
            return
        trigger = f"CREATE TRIGGER {self.name} {self.moment} ON {table} FOR EACH ROW"
        if "SELECT" not in self.condition:
            yield f"{trigger} WHEN ({self.condition}) EXECUTE FUNCTION refuse_by_name()"
            return
        yield (
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {self.condition} THEN"
            f" RAISE EXCEPTION {failed} USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
        )
        yield f"{trigger} EXECUTE FUNCTION {self.name}()"


@dataclass(frozen=True, slots=True)
class Sum:
    """Work that the database does after each row of a ledger, so that what is kept elsewhere is always the rows' sum."""

    name: str
    moment: str
    work: str
    when: str = ""

    def made(self, table: str, dialect: Dialect) -> Statements:
        """The statements that make it."""
        work = f"{self.work};"
        if dialect == "sqlite":
            work = f"{SUMMING_BEGINS} {work} {SUMMING_ENDS}"
            condition = f" WHEN {self.when}" if self.when else ""
            yield f"CREATE TRIGGER {self.name} AFTER {self.moment} ON {table}{condition} BEGIN {work} END"
            return
        yield f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {work} RETURN NULL; END $$"
        condition = f" WHEN ({self.when})" if self.when else ""
        yield (
            f"CREATE TRIGGER {self.name} AFTER {self.moment} ON {table} FOR EACH ROW{condition}"
            f" EXECUTE FUNCTION {self.name}()"
        )


def belonging(name: str, rows: str, where: str) -> Refusal:
    """Refuses a row where nothing else says that what it is part of, and what it points at besides, belong together."""
    return Refusal(name, "AFTER INSERT", f"NOT EXISTS (SELECT 1 FROM {rows} WHERE {where})")


# SQLite does not say whether a trigger writes. There a row stands in `summing` while one does, and points at nothing, so that no
# statement can end as long as it is there: nobody but a trigger gets as far as writing a sum beside it.
SUMMING = (
    "CREATE TABLE summing (id INTEGER PRIMARY KEY CHECK (id = 1),"
    " leads_to INTEGER NOT NULL CHECK (leads_to = 2) REFERENCES summing (id))"
)
SUMMING_BEGINS, SUMMING_ENDS = "INSERT INTO summing VALUES (1, 2);", "DELETE FROM summing;"


VIEW_NAMES: set[str] = set()
"""What the views are called: a statement that names one looks at tables that it does not name."""


@dataclass(frozen=True, slots=True)
class View:
    """A view over several selects, none of which adds rows up. On PostgreSQL every column is cast, so that all of them agree.

    A branch says where its columns come from and which rows; a column that it leaves out is null.
    """

    name: str
    columns: Mapping[str, str]
    branches: tuple[tuple[Mapping[str, str], str], ...]

    def __post_init__(self) -> None:
        VIEW_NAMES.add(self.name)

    def made(self, dialect: Dialect) -> Statements:
        """The statement that makes it."""

        def column(name: str, source: str) -> str:
            return f"{source} AS {name}" if dialect == "sqlite" else f"({source})::{self.columns[name]} AS {name}"

        selects = [
            f"SELECT {', '.join(column(name, sources.get(name, 'NULL')) for name in self.columns)} FROM {rows}"
            for sources, rows in self.branches
        ]
        yield f"CREATE VIEW {self.name} AS {' UNION ALL '.join(selects)}"
