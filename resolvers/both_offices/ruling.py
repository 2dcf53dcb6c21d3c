"""What an area offers rules to do to its subjects. Apart from the rules themselves, because areas come before those."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from models.both_offices.rules import RuleAction, RuleActionKind, RuleSkip
from models.kit.base import Record
from models.kit.severity import Severity
from models.permissions import Department, Permission
from resolvers.kit.transaction import Recorded

R = TypeVar("R", bound=Record)


@dataclass
class RuleContext(Generic[R]):
    """One event that rules are applied on. `routed` once one of them has said where the subject goes."""

    event: Recorded
    subject: R
    at: datetime
    routed: bool = False

    @property
    def handoff(self) -> UUID | None:
        """The key of the handoff that the event is about."""
        return self.event.key_of_type("handoff")


@dataclass(frozen=True, slots=True)
class Action:
    """What an action did, or why it did not."""

    skipped: RuleSkip | None = None
    department: Department | None = None
    severity_before: Severity | None = None
    severity: Severity | None = None
    notified: int | None = None


def _anything(_row: Mapping[str, Any], _action: RuleAction) -> Action:
    return Action()


@dataclass(frozen=True, kw_only=True)
class OfferedAction(Generic[R]):
    """One kind of action: what does it, and what it would do to a subject of whose facts only a row is there.

    `copies` is the permission of the text that it copies from where a rule's author may not read it.
    """

    kind: RuleActionKind
    act: Callable[[RuleContext[R], RuleAction], Awaitable[Action]]
    would: Callable[[Mapping[str, Any], RuleAction], Action] = _anything
    copies: Permission | None = None
