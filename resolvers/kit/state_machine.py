"""Which steps a viewer may take from a record's present status.

The surprising rule: `nextStatuses` and what an IllegalTransition offers are the same SQL, so they cannot differ.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models.kit.base import VIEWER, Record
from models.kit.database import Dialect
from models.kit.sql import read_rows, this_dialect
from models.kit.states import Guard, Transition
from models.kit.tortoise_privates import table_of
from models.permissions import Permission
from resolvers.kit.commands import InputErrors, Viewer
from resolvers.kit.loading import member_of, written_out
from resolvers.kit.problems import IllegalTransition


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a machine's table in SQL: its columns, the engine that reads them, and what the viewer may know of it."""

    column: Callable[[str], str]
    dialect: Dialect
    permissions: frozenset[Permission]


Condition = Callable[[Row], str]
"""Says in plain SQL, as a row scope does, whether something holds of a row and the viewer."""


def claimed_by_me(row: Row) -> str:
    """Whether the viewer has claimed a record."""
    return f"{row.column('claimed_by_id')} = {VIEWER}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a verb answers when a guard does not hold: code, message, and the member that it is about instead of the record."""

    code: str
    message: str
    member: str = ""


Explain = Callable[[Viewer, Any, InputErrors], Awaitable[None]]
"""Notes why a guard does not hold of a record, where that depends on the record or names what stands in the way."""


@dataclass(frozen=True)
class StateMachine:
    """The state machine of a table: what the guards of its transitions mean there in SQL, and how each is refused.

    A guard without a refusal of its own makes the step an illegal transition.
    """

    model: type[Record]
    conditions: Mapping[Guard, Condition]
    refusals: Mapping[Guard, Refusal | Explain] = field(default_factory=dict[Guard, Refusal | Explain])
    left_to_verbs: frozenset[Guard] = frozenset()
    """What the verbs refuse apart from the step, for whatever else is wrong with it; `check` does not ask for it."""

    async def check(self, viewer: Viewer, record: Any, verb: str, to: Any, errors: InputErrors) -> bool:
        """Whether a verb may take a record on now, by the very conditions that `nextStatuses` shows; notes why not.

        `to` is what it would become, for the message alone.
        """
        steps = [step for step in self.model.transitions[record.status] if verb in step.by and viewer.may(step.needs)]
        if any(not step.guards for step in steps):
            return True
        held = await self._held(viewer, record.id, {guard for step in steps for guard in step.guards})
        unmet = [[guard for guard in step.guards if guard not in held] for step in steps]
        if [] in unmet:
            return True
        refusal = next((self.refusals[guard] for guards in unmet for guard in guards if guard in self.refusals), None)
        before = errors.count
        if refusal is not None:
            await self._refuse(viewer, record, refusal, errors)
        if errors.count == before:
            errors.add_problem(await self.illegal(viewer, record, to))
        return False

    async def check_guards(
        self, viewer: Viewer, record: Any, guards: Sequence[Guard], errors: InputErrors, *, every: bool = False
    ) -> bool:
        """Whether guards, each with a refusal, hold of a record; notes the first that does not, or `every` one."""
        held = await self._held(viewer, record.id, guards)
        unmet = [guard for guard in guards if guard not in held]
        for guard in unmet if every else unmet[:1]:
            await self._refuse(viewer, record, self.refusals[guard], errors)
        return not unmet

    async def _refuse(self, viewer: Viewer, record: Any, refusal: Refusal | Explain, errors: InputErrors) -> None:
        if isinstance(refusal, Refusal):
            errors.add(refusal.member or member_of(self.model), refusal.message, refusal.code)
        else:
            await refusal(viewer, record, errors)

    async def _held(self, viewer: Viewer, key: UUID, guards: Iterable[Guard]) -> frozenset[Guard]:
        """Which of the guards hold of a row and the viewer, as the row stands in the database."""
        asked = sorted(set(guards) - self.left_to_verbs, key=list(Guard).index)
        if not asked:
            return self.left_to_verbs
        found = await self._value(viewer, key, lambda row: _tuple_sql([self.conditions[one](row) for one in asked]))
        answers = json.loads(found) if found is not None else [0] * len(asked)
        return self.left_to_verbs | {guard for guard, holds in zip(asked, answers, strict=True) if holds}

    async def check_step(self, viewer: Viewer, record: Any, verb: str, to: Any, errors: InputErrors) -> bool:
        """Whether a verb leads on from a record's status for the viewer, whatever the guards; notes it when not."""
        if any(verb in step.by and viewer.may(step.needs) for step in self.model.transitions[record.status]):
            return True
        errors.add_problem(await self.illegal(viewer, record, to))
        return False

    def offered_sql(self, row: Row) -> str:
        """JSON text of the statuses that the viewer may give a row next, in SQL."""
        cases = [
            f"WHEN '{status}' THEN {self._among([one for one in steps if _is_offered(one, row.permissions)], row)}"
            for status, steps in self.model.transitions.items()
        ]
        return f"CASE {row.column('status')} {' '.join(cases)} END"

    def _among(self, steps: Sequence[Transition], row: Row) -> str:
        """The same for the steps of one status."""
        *decided, (_, otherwise) = _decided(steps, ())
        if not decided:
            return otherwise
        asked = {when: self.conditions[when](row) for whens, _ in decided for when in whens}
        cases = (f"WHEN {' AND '.join(asked[when] for when in whens)} THEN {listed}" for whens, listed in decided)
        return f"CASE {' '.join(cases)} ELSE {otherwise} END"

    async def offered(self, viewer: Viewer, key: UUID) -> tuple[str, ...]:
        """The statuses that the viewer may give a row next, as the row stands in the database."""
        found = await self._value(viewer, key, self.offered_sql)
        return () if found is None else tuple(json.loads(found))

    async def holds(self, viewer: Viewer, key: UUID, when: Guard) -> bool:
        """Whether a condition holds of a row and the viewer, as the row stands in the database."""
        return bool(await self._value(viewer, key, self.conditions[when]))

    async def _value(self, viewer: Viewer, key: UUID, sql: Condition) -> Any:
        dialect = this_dialect()
        row = Row(lambda column: f'stepping."{column}"', dialect, viewer.permissions)
        asked = f'SELECT {written_out(viewer, sql(row), dialect)} AS value FROM "{table_of(self.model)}" stepping'
        found = await read_rows(f"{asked} WHERE stepping.id = ?1", key)
        return found[0]["value"] if found else None

    async def illegal(self, viewer: Viewer, record: Any, to: Any, message: str = "") -> IllegalTransition:
        """The problem that a record cannot take a step now, and which ones the viewer could take instead."""
        member = member_of(self.model)
        name = re.sub("[A-Z]", lambda capital: f" {capital[0].lower()}", member)
        again = record.status == to
        message = message or f"The {name} is {record.status} {'already' if again else f'and cannot become {to} now'}."
        offered = await self.offered(viewer, record.id)
        return IllegalTransition(
            "ILLEGAL_TRANSITION", message, ("input", member), origin=str(record.status), next_statuses=offered
        )


def _tuple_sql(conditions: Sequence[str]) -> str:
    """Conditions as one JSON list of 1 and 0, in SQL."""
    shown = " || ',' || ".join(f"CASE WHEN {condition} THEN '1' ELSE '0' END" for condition in conditions)
    return f"'[' || {shown} || ']'"


def _is_offered(step: Transition, permissions: frozenset[Permission]) -> bool:
    return step.needs in permissions and not step.consequence


def _decided(steps: Sequence[Transition], held: tuple[Guard, ...]) -> list[tuple[tuple[Guard, ...], str]]:
    """What is offered, case by case: the first case all of whose conditions hold counts, and the last one has none.

    One CASE with many cases and not one in another, for SQLite's parser does not follow far where statements nest.
    """
    # One that holds anyway for a status is not asked for on the way to it.
    sure = {step.to for step in steps if not set(step.guards) - set(held)}
    open_steps = [step for step in steps if step.to not in sure]
    undecided = [when for when in Guard for step in open_steps if when in step.guards and when not in held]
    if not undecided:
        return [((), _listed(step for step in steps if step.to in sure))]
    asked = undecided[0]
    yes = _decided(steps, (*held, asked))
    no = _decided([step for step in steps if asked not in step.guards], held)
    cases = [*(((asked, *whens), listed) for whens, listed in yes), *no]
    while len(cases) > 1 and cases[-2][1] == cases[-1][1]:
        # What follows says the same of it.
        del cases[-2]
    return cases


def _listed(steps: Iterable[Transition]) -> str:
    names = dict.fromkeys(str(step.to) for step in steps)
    return "'[" + ",".join(f'"{name}"' for name in names) + "]'"
