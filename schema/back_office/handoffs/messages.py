"""Messages on a handoff: what the two offices say to each other, and what each says to itself. None tells who the customer is."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.back_office.handoffs import messages
from models.permissions import Permission
from resolvers.back_office import handoffs as use_cases
from resolvers.reading.declare import Access, Node, changed, column, node, one, plain, plain_type, through
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, MASKED, dry_run, expected_version, idempotency_key, key_of, member, verb

if TYPE_CHECKING:
    from schema.back_office.handoffs import Handoff
    from schema.both_offices.accounts import Account

READ, WRITE = Permission.READ_HANDOFFS, Permission.WRITE_MESSAGES
BACK, FRONT = Permission.WRITE_HANDOFFS, Permission.WRITE_COMPLAINTS


@node(messages.HandoffMessage, prefix="msg", needs=READ)
class HandoffMessage(Node):
    """One message on a handoff. It is never changed."""

    kind: messages.MessageKind = column("What it is for.", filter=True)
    audience: messages.Audience = column("Who reads it.", filter=True)
    office: messages.Office = column("As whose member the author wrote it.", filter=True)
    text: str = column("What it says. Where the department reads what the front office wrote, the customer is masked.")
    at: datetime = column("When it was written.", filter=True, sort=True)
    author: "Account | None" = one("Who wrote it.", "author_id")
    handoff: "Handoff | None" = one("The handoff that it is about.", "handoff_id")
    mentions: "list[Account]" = through(
        "Whom it mentions.", "message_mentions", "message_id", "account_id", "name", typical_length=2
    )


# --- Inputs and payloads ----------------------------------------------------------------------------------------------


@strawberry.input(description="What is said about which handoff, and to whom.")
class PostMessageInput:
    """What is said about which handoff, and to whom."""

    handoff: strawberry.ID = member("The handoff.")
    audience: messages.Audience = member("Who is to read it.")
    text: str = member(
        "What is said, at most 10,000 characters. In what the front office writes for the department, who the customer is gets"
        " masked."
    )
    mentions: list[strawberry.ID] = strawberry.field(
        description="Accounts that are told of it, at most 20; each must be able to read it.", default_factory=list
    )
    dry_run: bool = dry_run()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What the department asks the front office.")
class RequestInformationInput:
    """What the department asks the front office."""

    handoff: strawberry.ID = member("The handoff, which the viewer has claimed.")
    question: str = member("What the department must know, at most 10,000 characters.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What the front office tells the department.")
class ProvideInformationInput:
    """What the front office tells the department."""

    handoff: strawberry.ID = member("The handoff, whose department waits for information.")
    text: str = member("What the department asked for, at most 10,000 characters. Who the customer is gets masked.")
    dry_run: bool = dry_run()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class MessagePayload:
    """What became of a message."""

    ROWS: ClassVar = ("message", "handoff")
    message: "HandoffMessage | None" = changed("The message; null when there are errors, and with `dryRun`.")
    handoff: "Handoff | None" = changed("The handoff as it now is; null when there are errors, and with `dryRun`.")
    masked_text: str | None = plain(MASKED, default=None)
    errors: list[UserError] = plain(ERRORS)


# --- Roots ------------------------------------------------------------------------------------------------------------


class MessageMutations:
    """What the offices say to each other."""

    post_message = verb(
        "Writes a message on a handoff.",
        WRITE,
        PostMessageInput,
        MessagePayload,
        lambda viewer, given: use_cases.post_message(
            viewer,
            key_of(given.handoff, "hnd"),
            given.audience,
            given.text,
            [key_of(account, "acc") for account in given.mentions],
            dry_run=given.dry_run,
        ),
    )
    request_information = verb(
        "Asks the front office something; the department's clock stands still until it is told.",
        BACK,
        RequestInformationInput,
        MessagePayload,
        lambda viewer, given: use_cases.request_information(
            viewer, key_of(given.handoff, "hnd"), given.question, given.expected_version
        ),
    )
    provide_information = verb(
        "Tells the department what it asked for; work goes on with whoever had the handoff.",
        FRONT,
        ProvideInformationInput,
        MessagePayload,
        lambda viewer, given: use_cases.provide_information(
            viewer, key_of(given.handoff, "hnd"), given.text, given.expected_version, dry_run=given.dry_run
        ),
    )
