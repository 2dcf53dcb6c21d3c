"""Tries a rule on what happened in the past: on which complaints it would have done what. Nothing is changed.

The surprising rule: complaints are looked at as they now are, but as if they were still open; a received one as just received.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from models.both_offices.rules import Rule, RuleAction, RuleActionKind, RuleField
from models.front_office.service.complaints import Complaint, ComplaintEvent, ComplaintStatus, visible_complaints
from models.kit.base import new_id, now
from models.kit.events import subject_type
from models.permissions import Permission
from resolvers.both_offices.rules.actions import Action, department_of, severity_deed
from resolvers.both_offices.rules.applying import ReadyRule, ready
from resolvers.both_offices.rules.checking import Definition, GivenAction, check_definition
from resolvers.both_offices.rules.conditions import (
    COLUMNS,
    SITUATIONS,
    ComplaintFacts,
    Condition,
    Count,
    cheapest_first,
    hold,
)
from resolvers.both_offices.rules.definitions import RuleDefinition, definition_of
from resolvers.kit.commands import Key, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import find, scope_of
from resolvers.kit.problems import Problem
from resolvers.kit.viewer import Viewer

USUAL_PERIOD = timedelta(days=30)
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""Nothing happened before it, and a rule can still look back from it."""

MOST_TRIED = 500
"""As many occasions as are looked at, latest first: each may have its text masked and searched."""

MOST_SHOWN = 100
AT_ONCE = 25
"""Occasions between which others get their turn."""


@command
class TestRule:
    """What is tried on the past: a rule or a definition."""

    rule: Key[Rule] | None = member("A saved rule, enabled or not.", default=None)
    definition: RuleDefinition | None = member("What a rule might say. Either this or `rule` is given.", default=None)
    since: datetime | None = member("From when on; left out, the 30 days up to `until`.", default=None)
    until: datetime | None = member("Until when; left out, now.", default=None)
    first: int = member("How many effects are shown, 0 to 100, latest first.", default=20)


@dataclass(frozen=True, slots=True)
class Effect:
    """What the rule would have done on one occasion, action by action."""

    complaint: UUID
    at: datetime
    deeds: Sequence[tuple[RuleActionKind, Action]]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it. `more`: there were occasions beyond those tried."""

    tried: int
    met: int
    more: bool
    effects: Sequence[Effect]


async def try_rule(viewer: Viewer, given: TestRule) -> Trial:
    """What a rule would have done to the complaints that the viewer sees. Raises Refused when the input is wrong."""
    errors = InputErrors()
    if not 0 <= given.first <= MOST_SHOWN:
        errors.add("first", f"`first` is between 0 and {MOST_SHOWN}.")
    for named, moment in (("since", given.since), ("until", given.until)):
        if moment is not None and moment < EARLIEST:
            errors.add(named, f"`{named}` is {EARLIEST:%Y-%m-%d} or later.")
    until = max(given.until or now(), EARLIEST)
    since = max(given.since or until - USUAL_PERIOD, EARLIEST)
    if since > until:
        errors.add("since", "`since` comes after `until`.")
    rule = await _what_to_try(viewer, given, errors)
    if rule and any(one.field == RuleField.MASKED_TEXT for one in rule.conditions):
        _check_may_search(viewer, given, errors)
    errors.raise_if_any()
    assert rule is not None
    occasions = await _occasions(viewer, rule.trigger, since, until)
    count = await _counting(rule, since, until)
    met = 0
    effects: list[Effect] = []
    for number, row in enumerate(occasions[:MOST_TRIED]):
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
        situation = _situation(row, rule.trigger, count)
        if await hold(rule.conditions, situation):
            met += 1
            if len(effects) < given.first:
                deeds = [
                    (RuleActionKind(action.kind), _WOULD[action.kind](situation, action)) for action in rule.actions
                ]
                effects.append(Effect(situation.complaint, situation.at, deeds))
    return Trial(min(len(occasions), MOST_TRIED), met, len(occasions) > MOST_TRIED, effects)


def _would_route(situation: ComplaintFacts, action: RuleAction) -> Action:
    return Action(department=department_of(situation.row["category"], action))


def _would_set_severity(situation: ComplaintFacts, action: RuleAction) -> Action:
    return severity_deed(situation.row["severity"], action)


def _would(_situation: ComplaintFacts, _action: RuleAction) -> Action:
    return Action()


_WOULD: dict[RuleActionKind, Callable[[ComplaintFacts, RuleAction], Action]] = {
    RuleActionKind.ROUTE: _would_route,
    RuleActionKind.SET_SEVERITY: _would_set_severity,
    RuleActionKind.ATTACH_TO_CASE: _would,
    RuleActionKind.NOTIFY: _would,
    RuleActionKind.CREATE_TASK: _would,
}


# --- What to try ------------------------------------------------------------------------------------------------------


async def _what_to_try(viewer: Viewer, given: TestRule, errors: InputErrors) -> ReadyRule | None:
    if (given.rule is not None) == (given.definition is not None):
        errors.add("definition", "Give either `rule` or `definition`.")
        return None
    if given.definition is not None:
        definition = await check_definition(errors, definition_of(given.definition))
        return _unsaved(definition)
    rule = await find(viewer, Rule, given.rule, errors)
    return None if rule is None else (await ready([rule.current_id]))[0]


def _unsaved(given: Definition) -> ReadyRule:
    conditions = tuple(
        Condition(one.field, one.operator, tuple(one.values), one.within_days) for one in given.conditions
    )
    actions = tuple(map(_action, given.actions))
    return ReadyRule(new_id(), new_id(), given.trigger, cheapest_first(conditions), actions)


def _action(given: GivenAction) -> RuleAction:
    return RuleAction(
        kind=given.kind, department=given.department, severity=given.severity, only_raise=given.only_raise
    )


def _check_may_search(viewer: Viewer, given: TestRule, errors: InputErrors) -> None:
    """Trying words one after the other would be a way to read what customers said."""
    if not viewer.may(Permission.READ_COMPLAINT_TEXT):
        named = "definition" if given.rule is None else "rule"
        message = "Whoever tries a rule on words must be allowed to read what customers say."
        errors.add_problem(Problem("FORBIDDEN", message, ("input", named)))


# --- What happened ----------------------------------------------------------------------------------------------------


async def _occasions(viewer: Viewer, trigger: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """What would have set the rule off, latest first, and one more than is tried."""
    connection = get_connection("default")
    dialect = connection.capabilities.dialect
    scope = scope_of(viewer, visible_complaints, "c", dialect)
    seen = f" AND ({scope})" if scope else ""
    columns = ", ".join(f"{sql} AS {name}" for name, sql in COLUMNS.items())
    first, last = (f"'{moment.isoformat(' ')}'" for moment in (since, until))
    if trigger == str(ComplaintEvent.RECEIVED):
        sql = SITUATIONS.replace(columns, f"{columns}, c.received_at AS at, NULL AS department")
        sql += (
            f" WHERE c.received_at >= {first} AND c.received_at <= {last}{seen} ORDER BY c.received_at DESC, c.id DESC"
        )
    else:
        sql = SITUATIONS.replace(columns, f"{columns}, e.at AS at, e.department AS department")
        of_complaint = f"about.key = c.id AND about.type = '{subject_type(Complaint)}'"
        sql += f" JOIN event_subjects about ON {of_complaint} JOIN events e ON e.id = about.event_id"
        sql += f" WHERE e.kind = '{trigger}'"
        sql += f" AND e.at >= {first} AND e.at <= {last}{seen} ORDER BY e.id DESC"
    rows = await connection.execute_query_dict(f"{sql} LIMIT {MOST_TRIED + 1}")
    return [dict(row) for row in rows]


def _moment(stored: Any) -> datetime:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored


def _situation(row: dict[str, Any], trigger: str, count: Count) -> ComplaintFacts:
    if trigger == str(ComplaintEvent.RECEIVED):
        row |= {"status": ComplaintStatus.RECEIVED.value, "stage": 1}
    return ComplaintFacts(row, _moment(row["at"]), row["department"], count)


async def _counting(rule: ReadyRule, since: datetime, until: datetime) -> Count:
    """Counts complaints by product from one reading of them all, instead of asking for each."""
    longest = max((one.within_days or 0 for one in rule.conditions), default=0)
    if not longest:
        return _no_count
    first = f"'{(since - timedelta(days=longest)).isoformat(' ')}'"
    between = f"received_at > {first} AND received_at <= '{until.isoformat(' ')}'"
    sql = f"SELECT product_id, received_at FROM complaints WHERE product_id IS NOT NULL AND {between} ORDER BY received_at"
    times: dict[str, list[datetime]] = {}
    for row in await get_connection("default").execute_query_dict(sql):
        times.setdefault(str(row["product_id"]), []).append(_moment(row["received_at"]))

    async def count(product: UUID, at: datetime, days: int) -> int:
        received = times.get(str(product), [])
        return bisect_right(received, at) - bisect_right(received, at - timedelta(days=days))

    return count


async def _no_count(_product: UUID, _at: datetime, _days: int) -> int:
    return 0
