"""What is said in the nasty company: messages, mentions, letters and templates, meant for everybody and written by everybody."""

from collections.abc import Callable, Sequence
from itertools import cycle, product
from typing import Any
from uuid import UUID

from tortoise.models import Model

from models.back_office.handoffs.messages import Audience, HandoffMessage, MessageKind, MessageMention, Office
from models.front_office.customers import Channel, Language
from models.front_office.service.correspondence import Correspondence, CorrespondenceKind, Direction, MessageTemplate

Row = dict[str, Any]

TALK_TABLES: tuple[type[Model], ...] = (HandoffMessage, MessageMention, Correspondence, MessageTemplate)
"""Parents before children."""


def talk(
    complaints: Sequence[Row],
    handoffs: Sequence[Row],
    staff: Sequence[UUID],
    text: Callable[[], str],
    key: Callable[[int, int], UUID],
    moment: Callable[[int], Any],
) -> tuple[list[Row], ...]:
    """The rows of those tables."""
    authors, mentioned = cycle(staff), cycle(staff)
    ways = cycle(product(Audience, Office))
    messages: list[Row] = []
    for n in range(1, 3 * len(handoffs) + 1):
        audience, office = next(ways)
        messages.append(
            {
                "id": key(8, n),
                "handoff_id": handoffs[n % len(handoffs)]["id"],
                "author_id": next(authors),
                "office": office,
                "audience": audience,
                "kind": list(MessageKind)[n % 4],
                "text": f"{text()} said {n}",
                "at": moment(n),
            }
        )
    mentions = [
        {"id": key(9, n), "message_id": key(8, n // 2 + 1), "account_id": next(mentioned)}
        for n in range(1, len(messages))
    ]
    kinds = cycle(CorrespondenceKind)
    letters: list[Row] = []
    for n in range(1, 2 * len(complaints) + 1):
        kind = next(kinds)
        came = kind is CorrespondenceKind.REPLY
        letters.append(
            {
                "id": key(10, n),
                "complaint_id": complaints[n % len(complaints)]["id"],
                "direction": Direction.RECEIVED if came else Direction.SENT,
                "kind": kind,
                "channel": list(Channel)[n % 7],
                "language": None if came else list(Language)[n % 6],
                "subject": [None, text()][n % 2],
                "text": f"{text()} written {n}",
                "at": moment(n),
                "by_id": [None, next(authors)][n % 2],
            }
        )
    templates = [
        {
            "id": key(11, n),
            "kind": kind,
            "language": language,
            "subject": [None, text()][n % 2],
            "text": text(),
            "version": n,
        }
        for n, (kind, language) in enumerate(product(CorrespondenceKind, Language), start=1)
        if kind is not CorrespondenceKind.REPLY and n % 3
    ]
    return messages, mentions, letters, templates
