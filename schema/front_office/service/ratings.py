"""Ratings: how customers rate our answers through a link, without an account, and what managers see of it.

The surprising rule: no field shows a link or its token, or an agent could rate their own work.
"""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.front_office.service import ratings
from models.front_office.service.ratings import SatisfactionGrouping
from models.permissions import Permission
from resolvers.front_office.service.ratings import issue_rating_link, rate_complaint, satisfaction
from resolvers.kit.context import Context
from resolvers.kit.problems import Refused
from resolvers.reading.declare import column, declare_enumerations, node, one, plain_type, read, registry
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import Access, EntryRows
from schema.front_office.service.correspondence import CorrespondencePayload
from schema.kit.areas import Area
from schema.kit.errors import UserError, show
from schema.kit.mutations import ERRORS, mutation, plain

if TYPE_CHECKING:
    from schema.both_offices.accounts import Account
    from schema.front_office.service.answers import ComplaintAnswer
    from schema.front_office.service.complaints import Complaint

READ, TEXT, WRITE = (Permission.READ_SATISFACTION, Permission.READ_COMPLAINT_TEXT, Permission.WRITE_COMPLAINTS)

# An argument of an ordinary resolver: the registry does not read those.
declare_enumerations(SatisfactionGrouping)


@node(ratings.Rating, prefix="rat", needs=READ)
class Rating(Node):
    """What a customer thinks of one answer."""

    complaint: "Complaint | None" = one("The complaint that was answered.", "complaint_id")
    answer: "ComplaintAnswer | None" = one("The answer that is rated.", "answer_id")
    agent: "Account | None" = one("Who gave the answer.", "agent_id")
    score: int = column("From 1, not satisfied at all, to 5, fully satisfied.", filter=True, sort=True)
    comment: str | None = column("What the customer says about it.", needs=TEXT)
    reopened: bool = column("Whether the complaint was opened again because of it.", filter=True)
    rated_at: datetime = column("When.", filter=True, sort=True)


@plain_type(READ)
class SatisfactionGroup:
    """What the ratings of one category, department or agent come to."""

    group: str = plain("The category, the department, or the global id of the agent's account.")
    name: str = plain("The same for people: an agent by name.")
    count: int = plain("How many ratings.")
    average: Decimal = plain("The average score, with two decimals.")
    low: int = plain("How many scores of 1 or 2.")


def _secret(description: str, **options: Any) -> Any:
    """An input's member that is never printed."""
    declared = strawberry.field(description=description, **options)
    declared.repr = False
    return declared


@strawberry.input(description="What a customer thinks of an answer.")
class RateComplaintInput:
    """What a customer thinks of an answer."""

    token: str = _secret("The token of the link that the customer got.")
    score: int = strawberry.field(description="From 1, not satisfied at all, to 5, fully satisfied.")
    comment: str | None = _secret("What else there is to say, at most 4,000 characters.", default=None)
    reopen: bool = strawberry.field(default=False, description="Ask for another look; only with a score of 1 or 2.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="1 to 200 characters. The same rating sent again with its key is no error."
    )


@plain_type(Access.PUBLIC)
class RateComplaintPayload:
    """What the customer is told."""

    number: str | None = plain("The complaint's number; null when there are errors.")
    reopened: bool = plain("Whether the complaint is open again because of this rating.")
    errors: list[UserError] = plain(ERRORS)


class Ratings:
    """What managers of either office see."""

    ratings: "Connection[Rating]" = read(EntryRows("-rated_at"), "All ratings, latest first.", needs=READ)

    @strawberry.field(
        description="What the customers' ratings come to in the whole company, the groups with most ratings first.",
        metadata={"needs": READ},
    )
    async def satisfaction(
        self,
        info: strawberry.Info[Context, None],
        group_by: Annotated[SatisfactionGrouping, strawberry.argument(description="By what they are added up.")],
        since: Annotated[datetime | None, strawberry.argument(description="Only those given then or later.")] = None,
        until: Annotated[datetime | None, strawberry.argument(description="Only those given before.")] = None,
    ) -> list[SatisfactionGroup]:
        """What the customers' ratings come to."""
        viewer = info.context.viewer
        assert viewer is not None, "Authorisation lets nobody in here who has not signed in."
        groups = [
            SatisfactionGroup(**asdict(found))
            for found in await satisfaction(viewer, info.context.database, group_by, since, until)
        ]
        if group_by is SatisfactionGrouping.AGENT:
            for one in groups:
                one.group = f"{registry.nodes['Account'].prefix}_{one.group}"
        return groups


class RatingMutations:
    """What customers do with their links."""

    @strawberry.mutation(
        description="Rates an answer through a link; no account is needed. Whatever is wrong with the token, the answer is"
        " INVALID_TOKEN, and a second rating is ALREADY_RATED.",
        metadata={"needs": Access.PUBLIC},
    )
    async def rate_complaint(
        self,
        info: strawberry.Info[Context, None],
        input: Annotated[RateComplaintInput, strawberry.argument(description="What the customer thinks.")],
    ) -> RateComplaintPayload:
        """Rates an answer."""
        try:
            number, reopened = await rate_complaint(info.context.authority, info.context.address, **vars(input))
        except Refused as refused:
            return RateComplaintPayload(
                number=None, reopened=False, errors=[show(problem) for problem in refused.problems]
            )
        return RateComplaintPayload(number=number, reopened=reopened, errors=[])


AREA = Area(
    front_office=(Ratings,),
    back_office=(Ratings,),
    mutations=(RatingMutations, mutation(WRITE, issue_rating_link, shows=CorrespondencePayload)),
)
