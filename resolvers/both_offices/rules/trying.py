"""Tries a rule on what happened in the past: on which complaints it would have done what. Nothing is changed.

The surprising rule: complaints are looked at as they now are, but as if they were still open; a received one as just received.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from models.areas import RULED
from models.both_offices.rules import Rule, RuleActionKind, RuleVersion
from models.kit.base import all_rows, new_id, now
from models.kit.events import subject_type
from models.kit.tortoise_privates import table_of
from resolvers.both_offices.rules.applying import ACTIONS, ReadyRule, ready
from resolvers.both_offices.rules.conditions import READ_COLUMNS, ROWS, Count, Facts, hold
from resolvers.both_offices.rules.definitions import RuleDefinition, check_definition, check_rights
from resolvers.both_offices.ruling import Action
from resolvers.kit.commands import InputErrors, Key, Viewer, command, member
from resolvers.kit.loading import find, scope_of

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
    errors.raise_if_any()
    assert rule is not None
    trigger = rule.version.trigger
    occasions = await _occasions(viewer, trigger, since, until)
    count = await _counting(rule, since, until)
    met = 0
    effects: list[Effect] = []
    for number, row in enumerate(occasions[:MOST_TRIED]):
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
        if trigger == RULED.facts.counted.kind:
            row |= RULED.facts.at_first
        facts = Facts(row, _moment(row["at"]), row["department"], count)
        if await hold(rule.conditions, facts):
            met += 1
            if len(effects) < given.first:
                deeds = [
                    (RuleActionKind(action.kind), ACTIONS[action.kind].would(facts.row, action))
                    for action in rule.actions
                ]
                effects.append(Effect(facts.subject, facts.at, deeds))
    return Trial(min(len(occasions), MOST_TRIED), met, len(occasions) > MOST_TRIED, effects)


async def _what_to_try(viewer: Viewer, given: TestRule, errors: InputErrors) -> ReadyRule | None:
    if (given.rule is not None) == (given.definition is not None):
        errors.add("definition", "Give either `rule` or `definition`.")
        return None
    if given.definition is not None:
        said = await check_definition(errors, given.definition, viewer)
        unsaved = RuleVersion(rule_id=new_id(), trigger=said.trigger)
        return ReadyRule.of(unsaved, said.conditions, said.actions)
    rule = await find(viewer, Rule, given.rule, errors)
    if rule is None:
        return None
    [said] = await ready([rule.current_id])
    check_rights(viewer, errors, (one.fact for one in said.conditions), said.actions, "rule")
    return said


async def _occasions(viewer: Viewer, trigger: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """What would have set the rule off, latest first, and one more than is tried."""
    connection = get_connection("default")
    dialect = connection.capabilities.dialect
    scope = scope_of(viewer, RULED.model.row_scope or all_rows, "c", dialect)
    seen = f" AND ({scope})" if scope else ""
    first, last = (f"'{moment.isoformat(' ')}'" for moment in (since, until))
    came = f"c.{RULED.facts.counted.moment}"
    if trigger == RULED.facts.counted.kind:
        sql = ROWS.replace(READ_COLUMNS, f"{READ_COLUMNS}, {came} AS at, NULL AS department")
        sql += f" WHERE {came} >= {first} AND {came} <= {last}{seen} ORDER BY {came} DESC, c.id DESC"
    else:
        sql = ROWS.replace(READ_COLUMNS, f"{READ_COLUMNS}, e.at AS at, e.department AS department")
        of_subject = f"about.key = c.id AND about.type = '{subject_type(RULED.model)}'"
        sql += f" JOIN event_subjects about ON {of_subject} JOIN events e ON e.id = about.event_id"
        sql += f" WHERE e.kind = '{trigger}'"
        sql += f" AND e.at >= {first} AND e.at <= {last}{seen} ORDER BY e.id DESC"
    rows = await connection.execute_query_dict(f"{sql} LIMIT {MOST_TRIED + 1}")
    return [dict(row) for row in rows]


def _moment(stored: Any) -> datetime:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored


async def _counting(rule: ReadyRule, since: datetime, until: datetime) -> Count:
    """Counts subjects by group from one reading of them all, instead of asking for each."""
    longest = max((one.within_days for one in rule.conditions), default=0)
    times: dict[str, list[datetime]] = {}
    if longest:
        first = f"'{(since - timedelta(days=longest)).isoformat(' ')}'"
        group, came, table = RULED.facts.counted.group, RULED.facts.counted.moment, table_of(RULED.model)
        between = f"{came} > {first} AND {came} <= '{until.isoformat(' ')}'"
        sql = f"SELECT {group} AS of_group, {came} AS at FROM {table} WHERE {group} IS NOT NULL AND {between}"
        for row in await get_connection("default").execute_query_dict(f"{sql} ORDER BY {came}"):
            times.setdefault(str(row["of_group"]), []).append(_moment(row["at"]))

    async def count(product: UUID, at: datetime, days: int) -> int:
        received = times.get(str(product), [])
        return bisect_right(received, at) - bisect_right(received, at - timedelta(days=days))

    return count
