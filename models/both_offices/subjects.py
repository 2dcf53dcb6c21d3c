"""Subjects: what the services between the offices know of the records that they serve.

An area declares its subjects beside its tables, and models/areas.py lists them: no service knows an area.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any, Generic, TypeVar
from uuid import UUID

from tortoise.models import Model

from models.both_offices.clocks.begun import Begun
from models.both_offices.clocks.policies import Category, ClockKind
from models.both_offices.rules import RuleField, RuleOperator
from models.kit.base import Record
from models.kit.events import EventKind, about
from models.kit.events import Subject as Told
from models.kit.severity import Severity
from models.kit.tortoise_privates import table_of
from models.permissions import Department

R = TypeVar("R", bound=Record)


class FactSource(Enum):
    """Where a fact comes from."""

    ROW = auto()
    """A value of the subject's row."""
    EVENT = auto()
    """The department of the piece of work that the event is about, if it is about one."""
    COUNT = auto()
    """How many subjects of the same group there were within so many days."""
    TEXT = auto()
    """The words of the subject's masked text."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that conditions may ask of a subject, and how it is compared. None of it says who the customer is.

    Its values are among `values`, or are what a column of a table holds, or any.
    """

    field: RuleField
    operators: frozenset[RuleOperator]
    source: FactSource = FactSource.ROW
    sql: str = ""
    values: frozenset[str] | None = None
    held_in: tuple[type[Model], str] | None = None
    rank: Callable[[str], int] = int


@dataclass(frozen=True, kw_only=True)
class Counted:
    """By which columns subjects of one group are counted, and when they came, of which an event of this kind tells."""

    group: str
    moment: str
    kind: EventKind


@dataclass(frozen=True, kw_only=True)
class FactSheet:
    """All that rules may look at of a subject, whose alias is `c`. `text` masks its texts, from what `masked_by` reads too.

    `at_first` is what its row held when it was just received, by the names of its facts.
    """

    rows: str
    all: tuple[Fact, ...]
    masked_by: Mapping[str, str]
    text: Callable[[Mapping[str, Any]], str]
    counted: Counted
    at_first: Mapping[str, Any]

    def fact(self, of: RuleField) -> Fact:
        """What is declared of a field."""
        return next(fact for fact in self.all if fact.field == of)

    def reads(self) -> dict[str, str]:
        """What is read of a subject, by name: its key, its group, its facts by their fields' names, and its texts."""
        facts = {fact.field.value: fact.sql for fact in self.all if fact.source is FactSource.ROW}
        return {"subject_id": "c.id", "counted_by": f"c.{self.counted.group}", **facts, **self.masked_by}


@dataclass(frozen=True, kw_only=True)
class Classes:
    """What clock policies ask of a record besides its stage and department."""

    category: Category
    severity: Severity


@dataclass(frozen=True, kw_only=True)
class Subject(Generic[R]):
    """A kind of record that the services serve. `column` leads to it from their tables; its label is its model's.

    Who sees it is its model's `row_scope`. `department` is the one that alone works on it, if one does. What is a part of
    another subject is locked after it; `whole` is the record that it is a part of, or the record itself.
    """

    type_name: str
    model: type[R]
    column: str
    department: Callable[[R], Department | None]
    part_of: "Subject[Any] | None" = None
    whole: Callable[[R], Awaitable[Any]]

    def told_of(self, record: R) -> tuple[Told | R, ...]:
        """What an event that happens to a record is about: what it is a part of, and the record."""
        above = about(self.part_of.model, getattr(record, self.part_of.column)) if self.part_of else None
        return (above, record) if above else (record,)

    def keys(self, record: R) -> dict[str, UUID]:
        """What leads to a record, and to what it is a part of, from notifications and tasks."""
        above = {self.part_of.column: getattr(record, self.part_of.column)} if self.part_of else {}
        return {**above, self.column: record.id}


@dataclass(frozen=True, kw_only=True)
class ClockedSubject(Subject[R]):
    """A kind of record that clocks run on. It has a `stage` and a `status`, and they run while it is open.

    `begun` says how its clocks would have run so far, for records that are older than clocks. Queues are sorted by `due_at`,
    which follows the clock `sorted_by`. `classes` are the whole's.
    """

    clocks: tuple[ClockKind, ...]
    open_statuses: frozenset[Enum]
    begun: Callable[[R, datetime], list[Begun]]
    classes: Callable[[Any], Classes]
    sorted_by: ClockKind | None = None


@dataclass(frozen=True, kw_only=True)
class RuledSubject(ClockedSubject[R]):
    """A kind of record that rules are about. It `goes_to` the department that has it, or will.

    `masked` takes out of a text who the customer is.
    """

    goes_to: Callable[[R], Department]
    facts: FactSheet
    masked: Callable[[R, str], Awaitable[str]]


@dataclass(frozen=True)
class Subjects:
    """All kinds of record that clocks run on. `first` is what all others are parts of."""

    first: RuledSubject[Any]
    parts: tuple[ClockedSubject[Any], ...]

    def of(self, record: Record) -> ClockedSubject[Any]:
        """What was declared of a record's kind."""
        return next(subject for subject in (self.first, *self.parts) if isinstance(record, subject.model))

    def columns(self, record: Record) -> dict[str, UUID | None]:
        """What leads to a record from a table that has a column for each kind; null for those that it is not."""
        return dict.fromkeys(one.column for one in (self.first, *self.parts)) | self.of(record).keys(record)

    async def led_to(self, row: Record) -> Any:
        """The record that a row of such a table leads to: the part, where it names one."""
        one = next(one for one in (*self.parts, self.first) if getattr(row, one.column))
        return await one.model.get(id=getattr(row, one.column))

    def told_by(self, row: Record) -> list[Told | None]:
        """All that a row of such a table leads to, as subjects."""
        return [about(one.model, getattr(row, one.column)) for one in (self.first, *self.parts)]

    def first_sql(self, row: str) -> str:
        """The key of the first subject that a row of a service's table leads to, whatever it leads to, as an SQL value."""
        through = [
            f"(SELECT part.{self.first.column} FROM {table_of(one.model)} part WHERE part.id = {row}.{one.column})"
            for one in self.parts
        ]
        return f"coalesce({', '.join([f'{row}.{self.first.column}', *through])})"
