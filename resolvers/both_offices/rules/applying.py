"""Applies rules to what happened, inside the transaction of the change itself, before it is committed.

The surprising rule: what rules record sets off no rules, so they cannot go round in circles. Nor can they break the change.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from json import loads
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from models.areas import RULED, TRIGGERS
from models.both_offices.accounts import Account
from models.both_offices.notifications import NotificationKind
from models.both_offices.rules import (
    RuleAction,
    RuleActionKind,
    RuleApplication,
    RuleCondition,
    RuleEvent,
    RuleSkip,
    RuleVersion,
)
from models.engines.sqlite import by_key
from models.kit.base import Record, new_id, now
from models.kit.events import Subject
from models.kit.sql import locking, read_records, read_rows
from models.kit.tortoise_privates import table_of
from models.permissions import Department, Permission, Role, permissions_of
from models.subjects import SUBJECTS
from resolvers.areas import OFFERED_TO_RULES
from resolvers.both_offices.escalations import manager_of, managers_of_office
from resolvers.both_offices.notifications import notify
from resolvers.both_offices.rules.conditions import ROWS, Condition, Facts, cheapest_first, hold
from resolvers.both_offices.ruling import Action, OfferedAction, RuleContext
from resolvers.both_offices.tasks import open_task
from resolvers.events import record
from resolvers.kit.commands import LONGEST_LINE
from resolvers.kit.problems import Refused
from resolvers.kit.transaction import Recorded, savepoint

logger = logging.getLogger("interoffice.rules")

MOST_KEPT = 1000
"""As many versions as a process keeps ready."""

MOST_NOTIFIED = 500
"""As many accounts as one action notifies, those first added first: an agent waits for the change that it happens in."""

# --- Rules, ready to be applied ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """What one version of a rule says, ready to be applied."""

    version: RuleVersion
    conditions: tuple[Condition, ...]
    actions: tuple[RuleAction, ...]

    @classmethod
    def of(
        cls, version: RuleVersion, conditions: Iterable[RuleCondition], actions: Iterable[RuleAction]
    ) -> "ReadyRule":
        """A version with the rows of what it says."""
        return cls(version, cheapest_first(conditions), tuple(actions))


_ready: dict[UUID, ReadyRule] = {}
"""By version. A version never changes, so what is kept here stays right in every process."""


async def ready(versions: Sequence[UUID]) -> list[ReadyRule]:
    """What versions of rules say, in their order."""
    missing = [version for version in versions if version not in _ready]
    made = await _made_ready(missing) if missing else {}
    found = [made.get(version) or _ready[version] for version in versions]
    # A dictionary keeps the order of arrival, so the oldest go first.
    while _ready and len(_ready) + len(made) > MOST_KEPT:
        _ready.pop(next(iter(_ready)))
    _ready.update(made)
    return found


async def _made_ready(versions: list[UUID]) -> dict[UUID, ReadyRule]:
    conditions = await RuleCondition.filter(rule_version_id__in=versions).order_by("position")
    actions = await RuleAction.filter(rule_version_id__in=versions).order_by("position")
    return {
        version.id: ReadyRule.of(
            version,
            (one for one in conditions if one.rule_version_id == version.id),
            (one for one in actions if one.rule_version_id == version.id),
        )
        for version in await RuleVersion.filter(id__in=versions)
    }


# --- Applying them ----------------------------------------------------------------------------------------------------


async def apply_rules(events: Sequence[Recorded]) -> None:
    """Applies the enabled rules to the events of one change."""
    happened = [event for event in events if event.kind in TRIGGERS and event.key_of(RULED.model) is not None]
    if not happened:
        return
    # Plain SQL here and below: every change to a complaint waits for it.
    triggers = ", ".join(sorted({f"'{event.kind}'" for event in happened}))
    sql = f'SELECT current_id FROM rules WHERE enabled AND "trigger" IN ({triggers}) ORDER BY position, id'
    with by_key():
        rows = await get_connection("default").execute_query_dict(sql)
    rules = await ready([UUID(str(row["current_id"])) for row in rows])
    for event in happened:
        await _apply_to(event, [rule for rule in rules if rule.version.trigger == event.kind])


async def count_in_transaction(group: UUID, at: datetime, days: int) -> int:
    """How many subjects of a group came in the so many days up to a moment, as this transaction sees it.

    Those count too that bear a later moment and were written down before: of several at once the last one sees them all.
    """
    counted, since = RULED.facts.counted, at - timedelta(days=days)
    return await RULED.model.filter(**{counted.group: group, f"{counted.moment}__gt": since}).count()


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


async def _facts(event: Recorded) -> Facts:
    [row] = await read_rows(f"{ROWS} WHERE c.id = ?1", event.key_of(RULED.model))
    return Facts(row, event.at, event.department and str(event.department), count_in_transaction)


async def _locked(event: Recorded) -> Record:
    """The event's subject. Most changes hold its lock already; what a clock sets off does not."""
    sql = f"SELECT * FROM {table_of(RULED.model)} WHERE id = ?1{locking()}"
    [found] = await read_records(RULED.model, sql, event.key_of(RULED.model))
    return found


async def _apply(rule: ReadyRule, occasion: RuleContext[Any]) -> bool:
    """Does what a rule says and writes it down. Whether anything was done."""
    applications = [
        RuleApplication(
            id=new_id(),
            rule_id=rule.version.rule_id,
            rule_version_id=rule.version.id,
            action_id=action.id,
            event_number=occasion.event.id,
            at=occasion.at,
            complaint_id=occasion.subject.id,
            handoff_id=occasion.handoff,
            kind=action.kind,
            **asdict(await _do(occasion, action)),
        )
        for action in rule.actions
    ]
    for application in applications:
        await application.save(force_create=True)
    if all(application.skipped for application in applications):
        return False
    department = occasion.event.department
    await record(RuleEvent.APPLIED, *occasion.event.subjects, actor=None, at=occasion.at, department=department)
    return True


async def _do(occasion: RuleContext[Any], action: RuleAction) -> Action:
    try:
        async with savepoint():
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


# --- Actions: what areas offer to do to their subjects, and what tells people, which is the same for all --------------


def _handoff(occasion: RuleContext[Any]) -> Subject | None:
    """The handoff that the event is about."""
    return Subject("handoff", occasion.handoff) if occasion.handoff else None


async def _create_task(occasion: RuleContext[Any], action: RuleAction) -> Action:
    department = action.department or _department(occasion)
    minutes: int | None = action.due_in_minutes
    await open_task(
        await _title(occasion, action),
        occasion.subject,
        _handoff(occasion),
        department=department,
        due_at=None if minutes is None else occasion.at + timedelta(minutes=minutes),
        at=occasion.at,
    )
    return Action(department=department)


async def _title(occasion: RuleContext[Any], action: RuleAction) -> str:
    """What is to be done, masked as if whoever saved the rule had written it now; rules that we ship know the customers."""
    saved = f"rule_versions said JOIN accounts author ON author.id = said.saved_by_id WHERE said.id = '{action.rule_version_id}'"
    authors = await get_connection("default").execute_query_dict(f"SELECT author.roles FROM {saved}")
    permissions = permissions_of(frozenset(map(Role, loads(authors[0]["roles"])))) if authors else frozenset(Permission)
    return (await SUBJECTS.masked(permissions, str(action.title), occasion.subject))[:LONGEST_LINE]


async def _notify(occasion: RuleContext[Any], action: RuleAction) -> Action:
    roles, departments = set(action.roles), set(action.departments)
    leading = await _managers(occasion) if action.managers else set()
    accounts: Any = Account.filter(enabled=True).order_by("created_at", "id").values("id", "roles", "departments")
    meant = [
        row["id"]
        for row in await accounts
        if row["id"] in leading or roles & set(row["roles"]) or departments & set(row["departments"])
    ]
    if not meant:
        return Action(RuleSkip.NOBODY)
    receivers = meant[:MOST_NOTIFIED]
    await notify(NotificationKind.RULE, receivers, occasion.subject, _handoff(occasion), at=occasion.at)
    return Action(notified=len(receivers))


async def _managers(occasion: RuleContext[Any]) -> set[UUID]:
    """Who manages the department that has the subject, or will; where nobody does, the managers of its office."""
    department = _department(occasion)
    manager = await manager_of(department)
    return {account.id for account in ([manager] if manager else await managers_of_office(department))}


def _department(occasion: RuleContext[Any]) -> Department:
    """The department that has the subject, or will."""
    return occasion.event.department or RULED.goes_to(occasion.subject)


ACTIONS: dict[RuleActionKind, OfferedAction[Any]] = {
    offered.kind: offered
    for offered in (
        *OFFERED_TO_RULES,
        OfferedAction(kind=RuleActionKind.NOTIFY, act=_notify),
        OfferedAction(kind=RuleActionKind.CREATE_TASK, act=_create_task),
    )
}
