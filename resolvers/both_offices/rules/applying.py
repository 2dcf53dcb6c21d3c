"""Applies rules to what happened, inside the transaction of the change itself, before it is committed.

The surprising rule: what rules record sets off no rules, so they cannot go round in circles. Nor can they break the change.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from models.areas import RULED, TRIGGERS
from models.both_offices.rules import (
    RuleAction,
    RuleApplication,
    RuleCondition,
    RuleEvent,
    RuleField,
    RuleOperator,
    RuleSkip,
    RuleVersion,
)
from models.kit.base import Record, new_id, now
from models.kit.tortoise_privates import table_of
from resolvers.both_offices.rules.actions import ACTIONS
from resolvers.both_offices.rules.conditions import ROWS, Condition, Facts, cheapest_first, hold
from resolvers.both_offices.ruling import Action, RuleContext
from resolvers.events import record
from resolvers.kit.problems import Refused
from resolvers.kit.transaction import Recorded

logger = logging.getLogger("interoffice.rules")

MOST_KEPT = 1000
"""As many versions as a process keeps ready."""


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """What one version of a rule says, ready to be applied."""

    rule: UUID
    version: UUID
    trigger: str
    conditions: tuple[Condition, ...]
    actions: tuple[RuleAction, ...]


_ready: dict[UUID, ReadyRule] = {}
"""By version. A version never changes, so what is kept here stays right in every process."""


async def apply_rules(events: Sequence[Recorded]) -> None:
    """Applies the enabled rules to the events of one change."""
    happened = [event for event in events if event.kind in TRIGGERS and _complaint_of(event) is not None]
    if not happened:
        return
    rules = await _enabled({event.kind.value for event in happened})
    for event in happened:
        meant = [rule for rule in rules if rule.trigger == event.kind]
        if meant:
            await _apply_to(event, meant)


async def ready(versions: Sequence[UUID]) -> list[ReadyRule]:
    """What versions of rules say, in their order."""
    missing = [version for version in versions if version not in _ready]
    made = await _made_ready(missing) if missing else {}
    found = [made.get(version) or _ready[version] for version in versions]
    _keep(made)
    return found


async def _enabled(kinds: set[str]) -> list[ReadyRule]:
    # Plain SQL here and below: every change to a complaint waits for it.
    triggers = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    sql = f'SELECT current_id FROM rules WHERE enabled AND "trigger" IN ({triggers}) ORDER BY position, id'
    rows = await get_connection("default").execute_query_dict(sql)
    return await ready([UUID(str(row["current_id"])) for row in rows])


async def _made_ready(versions: list[UUID]) -> dict[UUID, ReadyRule]:
    conditions = await RuleCondition.filter(rule_version_id__in=versions).order_by("position")
    actions = await RuleAction.filter(rule_version_id__in=versions).order_by("position")
    triggers = {version.id: version for version in await RuleVersion.filter(id__in=versions)}
    return {
        version: ReadyRule(
            triggers[version].rule_id,
            version,
            triggers[version].trigger,
            cheapest_first(tuple(_condition(one) for one in conditions if one.rule_version_id == version)),
            tuple(one for one in actions if one.rule_version_id == version),
        )
        for version in versions
    }


def _keep(made: dict[UUID, ReadyRule]) -> None:
    # A dictionary keeps the order of arrival, so the oldest go first.
    while _ready and len(_ready) + len(made) > MOST_KEPT:
        _ready.pop(next(iter(_ready)))
    _ready.update(made)


def _condition(row: RuleCondition) -> Condition:
    return Condition(RuleField(row.looks_at), RuleOperator(row.operator), tuple(row.compared_with), row.within_days)


def _complaint_of(event: Recorded) -> UUID | None:
    return event.key_of(RULED.model)


async def count_in_transaction(group: UUID, at: datetime, days: int) -> int:
    """How many subjects of a group came in the so many days up to a moment, as this transaction sees it.

    Those count too that bear a later moment and were written down before: of several at once the last one sees them all.
    """
    counted, since = RULED.facts.counted, at - timedelta(days=days)
    return await RULED.model.filter(**{counted.group: group, f"{counted.moment}__gt": since}).count()


async def _facts(event: Recorded) -> Facts:
    rows = await get_connection("default").execute_query_dict(f"{ROWS} WHERE c.id = '{_complaint_of(event)}'")
    return Facts(rows[0], event.at, event.department and str(event.department), count_in_transaction)


async def _apply_to(event: Recorded, rules: list[ReadyRule]) -> None:
    facts: Facts | None = None
    occasion: RuleContext[Any] | None = None
    for rule in rules:
        # Looked at anew once a rule has changed something.
        facts = facts or await _facts(event)
        if not await hold(rule.conditions, facts):
            continue
        occasion = occasion or RuleContext(event, await _locked(event), now())
        if await _apply(rule, occasion):
            facts = None


async def _locked(event: Recorded) -> Record:
    """The event's subject. Most changes hold its lock already; what a clock sets off does not."""
    locking = " FOR UPDATE" if get_connection("default").capabilities.dialect == "postgres" else ""
    found: Any = await RULED.model.raw(
        f"SELECT * FROM {table_of(RULED.model)} WHERE id = '{_complaint_of(event)}'{locking}"
    )
    return found[0]


async def _apply(rule: ReadyRule, occasion: RuleContext[Any]) -> bool:
    """Does what a rule says and writes it down. Whether anything was done."""
    applications = [
        RuleApplication(
            id=new_id(),
            rule_id=rule.rule,
            rule_version_id=rule.version,
            action_id=action.id,
            event_number=occasion.event.id,
            at=occasion.at,
            complaint_id=occasion.subject.id,
            handoff_id=occasion.handoff,
            kind=action.kind,
            skipped=deed.skipped,
            department=deed.department,
            severity_before=deed.severity_before,
            severity=deed.severity,
            notified=deed.notified,
        )
        for action in rule.actions
        for deed in [await _do(occasion, action)]
    ]
    for application in applications:
        await application.save(force_create=True)
    if all(application.skipped for application in applications):
        return False
    await record(
        RuleEvent.APPLIED,
        *occasion.event.subjects,
        actor=None,
        at=occasion.at,
        department=occasion.event.department,
    )
    return True


async def _do(occasion: RuleContext[Any], action: RuleAction) -> Action:
    try:
        async with in_transaction("default"):
            return await ACTIONS[action.kind].act(occasion, action)
    except Refused as refusal:
        logger.info("a rule's action was refused: %s", "; ".join(problem.code for problem in refusal.problems))
        skipped = RuleSkip.REFUSED
    except Exception:
        # Whatever it is, the change of the person who set it off must not fail for it.
        logger.exception("an action of rule %s failed", action.rule_version_id)
        skipped = RuleSkip.FAILED
    # The savepoint is rolled back; what the action had changed in memory goes too.
    await occasion.subject.refresh_from_db()
    return Action(skipped)
