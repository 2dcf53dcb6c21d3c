"""What was sent to customers about their complaints and what came back, and the templates that letters begin as."""

from datetime import datetime
from typing import TYPE_CHECKING

from models.front_office import customers
from models.front_office.service import correspondence
from models.permissions import Permission
from resolvers.front_office.service.correspondence import (
    acknowledge_complaint,
    ask_customer,
    customer_replied,
    save_message_template,
)
from resolvers.reading.declare import column, node, one, read
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryRows
from schema.kit.areas import Area
from schema.kit.mutations import changed, mutation, payload, plain

if TYPE_CHECKING:
    from schema.both_offices.accounts import Account
    from schema.front_office.service.complaints import Complaint

TEXT, WRITE = Permission.READ_COMPLAINT_TEXT, Permission.WRITE_COMPLAINTS
SHOWN = "With `dryRun`, the letter as it would be sent; else null: read `correspondence`."


@node(correspondence.Correspondence, prefix="let", needs=TEXT)
class Correspondence(Node):
    """One thing that was sent to a customer about a complaint, or that came from them. It is never changed."""

    direction: correspondence.Direction = column("Which way it went.", filter=True)
    kind: correspondence.CorrespondenceKind = column("What it was written for.", filter=True)
    channel: customers.Channel = column("By which way it went.", filter=True)
    language: customers.Language | None = column("In which language we wrote it; null for what came from the customer.")
    subject: str | None = column("Its subject, if it has one.")
    text: str = column("What it says.")
    at: datetime = column("When it was sent, or written down.", filter=True, sort=True)
    by: "Account | None" = one("Who sent it or wrote it down; null when it went by itself.", "by_id")
    complaint: "Complaint | None" = one("The complaint that it is about.", "complaint_id")


@node(correspondence.MessageTemplate, prefix="tpl", needs=Permission.READ_POLICIES)
class MessageTemplate(Node):
    """What a letter of one kind in one language begins as."""

    kind: correspondence.CorrespondenceKind = column("What it is for.", filter=True, sort=True)
    language: customers.Language = column("The language it is written in.", filter=True, sort=True)
    subject: str | None = column("The letter's subject, with placeholders; null when it has none.")
    text: str = column("The letter, with placeholders such as $name; $$ is a dollar sign.")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


@payload
class CorrespondencePayload:
    """What became of a letter, or of a reply."""

    complaint: "Complaint | None" = changed(
        "The complaint as it now is; null when there are errors, and with `dryRun`."
    )
    correspondence: "Correspondence | None" = changed(
        "What was sent or written down; null when there are errors, and with `dryRun`."
    )
    subject: str | None = plain(SHOWN, default=None)
    text: str | None = plain(SHOWN, default=None)


@payload
class MessageTemplatePayload:
    """What became of a template."""

    template: "MessageTemplate | None" = changed("The template as it now is; null when there are errors.")


class MessageTemplates:
    """The way to templates."""

    message_templates: "Connection[MessageTemplate]" = read(
        EntryRows("kind"), "All templates, by their kind.", needs=Permission.READ_POLICIES
    )


MUTATIONS = (
    mutation(WRITE, acknowledge_complaint, shows=CorrespondencePayload),
    mutation(WRITE, ask_customer, shows=CorrespondencePayload),
    mutation(WRITE, customer_replied, shows=CorrespondencePayload),
    mutation(Permission.WRITE_POLICIES, save_message_template, shows=MessageTemplatePayload),
)

AREA = Area(front_office=(MessageTemplates,), mutations=MUTATIONS)
