"""What is said in the nasty company: messages, mentions, letters and templates, meant for everybody and written by everybody."""

from itertools import product

from models.back_office.handoffs import Handoff
from models.back_office.handoffs.messages import Audience, HandoffMessage, MessageMention, Office
from models.both_offices.accounts import Account
from models.front_office.customers import Language
from models.front_office.service.complaints import Complaint
from models.front_office.service.correspondence import (
    REQUIRED,
    Correspondence,
    CorrespondenceKind,
    Direction,
    MessageTemplate,
)
from tests.properties.adversarial.kinds import Nasty, Row, each


def talk(made: Nasty) -> None:
    """Makes the rows of those tables."""
    handoffs, complaints, staff = made.rows[Handoff], made.rows[Complaint], made.rows[Account]
    ways = [{"audience": audience, "office": office} for audience, office in product(Audience, Office)]
    made.make(
        HandoffMessage,
        8,
        3 * len(handoffs),
        lambda n: {
            "handoff_id": handoffs[n % len(handoffs)]["id"],
            "author_id": each(staff, n)["id"],
            "text": f"{made.text()} said {n}",
            **each(ways, n),
        },
    )
    made.make(
        MessageMention,
        9,
        len(made.rows[HandoffMessage]) - 1,
        lambda n: {"message_id": made.key(8, n // 2 + 1), "account_id": each(staff, n)["id"]},
    )

    def letter(n: int) -> Row:
        kind = list(CorrespondenceKind)[n % len(CorrespondenceKind)]
        came = kind is CorrespondenceKind.REPLY
        return {
            "complaint_id": complaints[n % len(complaints)]["id"],
            "direction": Direction.RECEIVED if came else Direction.SENT,
            "kind": kind,
            "language": None if came else list(Language)[n % 6],
            "text": f"{made.text()} written {n}",
            "by_id": [None, each(staff, n)["id"]][n % 2],
        }

    made.make(Correspondence, 10, 2 * len(complaints), letter)
    templates = [
        {"kind": kind, "language": language}
        for n, (kind, language) in enumerate(product(CorrespondenceKind, Language), start=1)
        if kind is not CorrespondenceKind.REPLY and n % 3
    ]

    def template(n: int) -> Row:
        # As the verb would let it be saved: a letter has a text whatever its placeholders are filled with.
        required = " ".join(f"${name}" for name in sorted(REQUIRED[templates[n - 1]["kind"]]))
        return templates[n - 1] | {"text": f"{made.text().replace('$', '$$')} begun {n} {required}"}

    made.make(MessageTemplate, 11, len(templates), template)
