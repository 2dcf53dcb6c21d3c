"""Subjects: what the services between the offices know of the records that they serve.

An area declares its subjects beside its tables, and models/subjects.py lists them: no service knows an area. The services' tables
have a column for each kind, a foreign key, and are made from that list, as are their indexes, conditions and row scopes.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any, Generic, TypeVar
from uuid import UUID

from tortoise.models import Model

from models.both_offices.clocks.policies import Classes, ClockKind
from models.both_offices.clocks.reckoning import Begun
from models.both_offices.rules import RuleField, RuleOperator
from models.kit.base import ReadScope, Record, References, optional_reference, reference
from models.kit.constraints import one_of
from models.kit.events import EventKind, about, subject_of, subject_type
from models.kit.events import Subject as Told
from models.kit.tortoise_privates import table_of
from models.permissions import Department, Permission

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

    Its values are among `values`, or are what a column of a table holds, or any. Who asks for it, or learns what was made of
    it, must hold what it `needs`: the permission of what it is.
    """

    field: RuleField
    needs: Permission
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
class Claims:
    """How records of a kind are claimed, by who holds what it `needs`: who has one is `claimed_by_id`, since `claimed_at`, until
    its `lease_until`.

    How long a claim lasts while nothing happens, the policy of the clock `leased_by` says. What is returned is `queued` again,
    and its clock `queued_by` begins anew.
    """

    needs: Permission
    queued: Enum
    claimed: Enum
    leased_by: ClockKind
    queued_by: ClockKind
    returned: EventKind


async def _as_written(_permissions: frozenset[Permission], text: str, _record: Any) -> str:
    return text


@dataclass(frozen=True, kw_only=True)
class Subject(Generic[R]):
    """A kind of record that the services serve. It has a `status`, and its clocks run while it is open.

    It is a whole, or `part_of` one, which `whole` finds and which is locked before it. `department` is the one that alone works
    on it; without, it is nobody's alone. With the permission `seen_with` all that the services keep about any of them is seen;
    without, its model's `row_scope` decides, if it says anything. `masked` takes who the
    customer is out of what somebody with some permissions writes.

    `begun` says how its clocks would have run so far, for records that are older than clocks; `classes` what policies ask of it,
    given its whole too. It is due by the clock `due_by`, which its own `due_at` follows if it `keeps_due`.
    """

    model: type[R]
    seen_with: Permission
    clocks: tuple[ClockKind, ...]
    due_by: ClockKind
    keeps_due: bool = False
    open_statuses: frozenset[Enum]
    begun: Callable[[R, datetime], list[Begun]]
    classes: Callable[[R, Any], Classes] = lambda _record, _whole: Classes()
    department: Callable[[R], Department] | None = None
    part_of: "Subject[Any] | None" = None
    whole: Callable[[R], Awaitable[Any]] | None = None
    claims: Claims | None = None
    masked: Callable[[frozenset[Permission], str, R], Awaitable[str]] = _as_written

    @property
    def type(self) -> str:
        """What its records are called as subjects of events."""
        return subject_type(self.model)

    @property
    def column(self) -> str:
        """What leads to its records from the services' tables, and from those of its parts."""
        return f"{self.type}_id"

    @property
    def root(self) -> "Subject[Any]":
        """The kind of which its records are parts, or itself."""
        return self.part_of or self

    def root_key(self, record: R) -> UUID:
        """The key of what a record is a part of, or its own."""
        return getattr(record, self.part_of.column) if self.part_of else record.id

    def department_of(self, record: R) -> Department | None:
        """The department that alone works on a record, if one does."""
        return self.department(record) if self.department else None

    async def whole_of(self, record: R) -> Any:
        """What a record is a part of, or the record itself."""
        return await self.whole(record) if self.whole else record

    def told_of(self, record: R) -> tuple[Told | R, ...]:
        """What an event that happens to a record is about: what it is a part of, and the record."""
        above = about(self.root.model, self.root_key(record))
        return (above, record) if self.part_of and above else (record,)

    def seen_by(self, read_scope: ReadScope, row: str) -> str:
        """The condition that a row of a service leads to a record of this kind that the viewer sees without `seen_with`."""
        scope = self.model.row_scope(read_scope, "served") if self.model.row_scope else None
        # Rows that everyone with the type's permission sees are not therefore seen by whoever lacks `seen_with`.
        found = f"SELECT 1 FROM {table_of(self.model)} served WHERE served.id = {row}.{self.column} AND {scope}"
        return f"EXISTS ({found})" if scope else "1 = 0"

    def due_sql(self, row: str) -> str:
        """By when the record is due that a row of a service leads to, as an SQL value."""
        if self.keeps_due:
            return f"(SELECT served.due_at FROM {table_of(self.model)} served WHERE served.id = {row}.{self.column})"
        clock = f"clock.{self.column} = {row}.{self.column} AND clock.kind = '{self.due_by.value}'"
        return f"(SELECT clock.due_at FROM clocks clock WHERE {clock})"


@dataclass(frozen=True, kw_only=True)
class RuledSubject(Subject[R]):
    """A kind of record that rules are about. It `goes_to` the department that has it, or will."""

    goes_to: Callable[[R], Department]
    facts: FactSheet


class Subjects:
    """All kinds of record that the services serve, wholes before their parts."""

    def __init__(self, *declared: Subject[Any]) -> None:
        self._all = declared
        self.column_of = {one.type: one.column for one in declared}
        self.roots = tuple(one for one in declared if one.part_of is None)

    def __iter__(self) -> Iterator[Subject[Any]]:
        return iter(self._all)

    # --- A record, and the row of a service that leads to one ---

    def of(self, record: Record) -> Subject[Any]:
        """What was declared of a record's kind."""
        return next(one for one in self if isinstance(record, one.model))

    def parts_of(self, whole: Subject[Any]) -> list[Subject[Any]]:
        """The kinds that are parts of one."""
        return [one for one in self if one.part_of is whole]

    def columns(self, record: Record) -> dict[str, UUID | None]:
        """What leads to a record from a service's table; null in the columns of what it is not."""
        declared = self.of(record)
        keys = {declared.root.column: declared.root_key(record), declared.column: record.id}
        return dict.fromkeys(self.column_of.values()) | keys

    def leading_to(self, *about: Record | Told | None) -> dict[str, Any]:
        """The columns of a service's table that lead to some of them, all of which are named; None is nothing."""
        return {self.column_of[one.type]: one.key for one in map(subject_of, about) if one is not None}

    def in_row(self, alias: str) -> dict[str, str]:
        """The columns that lead to them, as a source of work says where its columns come from."""
        return {name: f"{alias}.{name}" for name in self.column_of.values()}

    def told_by(self, row: Record) -> list[Told]:
        """All that a row of such a table leads to, as subjects of events."""
        found = (about(one.model, getattr(row, one.column)) for one in self)
        return [one for one in found if one is not None]

    async def led_to(self, row: Record) -> Any:
        """The record that such a row leads to, the part where it names one; None if there is none."""
        named = [one for one in self if getattr(row, one.column)]
        return await named[-1].model.get(id=getattr(row, named[-1].column)) if named else None

    def whole_led_to(self, row: Record) -> tuple[Subject[Any], UUID]:
        """The kind and the key of the whole that such a row leads to."""
        root = next(root for root in self.roots if getattr(row, root.column))
        return root, getattr(row, root.column)

    async def masked(self, permissions: frozenset[Permission], text: str, record: Record) -> str:
        """What somebody with these permissions writes about a record, without who the customer is."""
        whole = await self.of(record).whole_of(record)
        return await self.of(whole).masked(permissions, text, whole)

    # --- What the services' tables are made of ---

    def references(self, related_name: str, *, index: bool = False, whole_needed: bool = False) -> References:
        """The columns of a table that leads to any of them, and always to a whole if `whole_needed`."""
        always = self.roots[0] if whole_needed and len(self.roots) == 1 else None
        return References(
            {
                one.column: (reference if one is always else optional_reference)(
                    one.model.__name__, related_name=related_name, index=index
                )
                for one in self
            }
        )

    def one_whole(self) -> dict[str, str]:
        """The condition that a row leads to one whole, where the column alone does not say so (`whole_needed`)."""
        if len(self.roots) == 1:
            return {}
        known = [
            " AND ".join(f"{root.column} IS {'NOT ' if root is one else ''}NULL" for root in self.roots)
            for one in self.roots
        ]
        return {"about": " OR ".join(f"({one})" for one in known)}

    def one_clocks(self) -> str:
        """The condition that a clock runs on one record, is of no kind that runs elsewhere, and has a department if that has."""

        def runs_on(one: Subject[Any]) -> str:
            others = [other for other in self if other is not one]
            elsewhere = [kind.value for other in others for kind in other.clocks if kind not in one.clocks]
            conditions = [
                f"{one.column} IS NOT NULL",
                *(f"{other.column} IS NULL" for other in others),
                f"department IS {'NOT ' if one.department else ''}NULL",
                *([f"NOT ({one_of('kind', ' '.join(elsewhere))})"] if elsewhere else []),
            ]
            return f"({' AND '.join(conditions)})"

        return " OR ".join(map(runs_on, self))

    def is_about(self, one: Subject[Any], column: Callable[[str], str] = str) -> str:
        """The condition that a row leads to such a record and to no part of it. `column` is how its columns are written."""
        no_part = (f"{column(part.column)} IS NULL" for part in self.parts_of(one))
        return " AND ".join([f"{column(one.column)} IS NOT NULL", *no_part])

    def seen(self, read_scope: ReadScope, row: str, otherwise: Callable[[Subject[Any]], str | None]) -> str | None:
        """Which rows of a table a viewer sees: all about kinds that are `seen_with` theirs, else those that `otherwise` says."""
        if all(one.seen_with in read_scope.permissions for one in self):
            return None
        conditions = [
            self.is_about(one, f"{row}.{{}}".format) if one.seen_with in read_scope.permissions else otherwise(one)
            for one in self
        ]
        return f"({' OR '.join(one for one in conditions if one) or '1 = 0'})"

    def root_sql(self, root: Subject[Any], row: str) -> str:
        """The key of the whole of one kind that a row leads to, whatever it leads to, as an SQL value."""
        through = [
            f"(SELECT part.{root.column} FROM {table_of(one.model)} part WHERE part.id = {row}.{one.column})"
            for one in self.parts_of(root)
        ]
        return f"coalesce({', '.join([f'{row}.{root.column}', *through])})" if through else f"{row}.{root.column}"
