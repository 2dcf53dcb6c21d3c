"""Links by which customers rate our answers, the ratings themselves, and what they come to.

The surprising rules: whoever holds a link is believed to be the customer, once, so no member of staff ever sees one: it is put
into its letter by who delivers that (`letters`); and every token that is not good is refused alike.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from uuid import UUID

import jwt

from models.both_offices.notifications import NotificationKind
from models.front_office.customers import Customer
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, ReopeningKind
from models.front_office.service.complaints import DONE_WITH, Complaint
from models.front_office.service.correspondence import Correspondence, CorrespondenceKind, Direction
from models.front_office.service.ratings import (
    HIGHEST_SCORE,
    LOW_SCORE,
    LOWEST_SCORE,
    Rating,
    RatingEvent,
    RatingLink,
    SatisfactionGrouping,
)
from models.kit.base import new_id, now
from models.kit.database import Database
from resolvers.both_offices.accounts.authority import Authority
from resolvers.both_offices.accounts.settings import SecuritySettings
from resolvers.both_offices.clocks.policies import active_regime
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.front_office.service.complaints.closing import open_again
from resolvers.front_office.service.correspondence import compose, send
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.idempotency import LONGEST_KEY
from resolvers.kit.letters import Letter
from resolvers.kit.loading import load
from resolvers.kit.transaction import transact

LINK_IN_FILE = "[link]"
"""What stands in the recorded letter where the customer's own has the link."""
LONGEST_COMMENT = 4000
AUDIENCE = "interoffice-rating"
"""Keeps a rating's token from being taken for another kind of token, and the other way round (RFC 7519, 4.1.3)."""
LONGEST_TOKEN = 2048


@command
class IssueRatingLink(Command):
    """Which complaint's answer the customer may rate."""

    complaint: Key[Complaint] = member("The complaint, which has been answered.")


async def issue_rating_link(viewer: Viewer, given: IssueRatingLink) -> Keys:
    """Writes to the customer with a link by which they may rate the answer, once, until the rating window is over. Nobody here
    sees the link: the letter is recorded without it.
    """
    errors, at = InputErrors(), now()
    complaint = await load(viewer, Complaint, given.complaint, errors)
    answer = await _present_answer(complaint)
    if answer is None:
        errors.add("complaint", f"{complaint.number} has no answer to be rated.", "NOT_ANSWERED")
        raise errors.refusal()
    # The token holds whole seconds.
    window = timedelta(days=(await active_regime()).rating_window_days)
    expires_at = (answer.sent_at + window).replace(microsecond=0)
    if await Rating.filter(answer_id=answer.id).exists():
        errors.add("complaint", f"The answer to {complaint.number} has been rated.", "ALREADY_RATED")
    if expires_at <= at:
        errors.add("complaint", "The time for rating the answer is over.", "WINDOW_OVER")
    errors.raise_if_any()
    letter = await compose(complaint, CorrespondenceKind.RATING_REQUEST, link=LINK_IN_FILE)
    await send(letter, at=at, by=viewer.account)
    # The letter's key names the link in its token; nobody makes a token of it without our secret.
    await RatingLink.create(
        id=letter.id,
        answer_id=answer.id,
        jti_hash=_hash(str(letter.id)),
        issued_at=at,
        issued_by_id=viewer.account,
        expires_at=expires_at,
    )
    return {"complaint": complaint.id, "correspondence": letter.id}


async def letters(settings: SecuritySettings, page: str, since: datetime) -> list[Letter]:
    """What was sent to customers since a moment, in order, each link being the token behind `page`.

    Tokens are kept nowhere: the rows of links and our secret make them.
    """
    sent = await Correspondence.filter(direction=Direction.SENT, at__gte=since).order_by("at", "id")
    links = await RatingLink.in_bulk([letter.id for letter in sent], "id")
    complaints = await Complaint.in_bulk({letter.complaint_id for letter in sent}, "id")
    customers = await Customer.in_bulk({one.customer_id for one in complaints.values()}, "id")
    tokens, found = RatingTokens(settings), list[Letter]()
    for letter in sent:
        to, text = customers[complaints[letter.complaint_id].customer_id], letter.text
        if link := links.get(letter.id):
            token = tokens.sign(
                letter.complaint_id, str(link.id), link.issued_at.replace(microsecond=0), link.expires_at
            )
            text = text.replace(LINK_IN_FILE, page + token)
        found.append(
            Letter(
                id=f"let_{letter.id}",
                at=letter.at,
                channel=letter.channel,
                language=letter.language,
                name=to.contact_name or to.name,
                email=to.email,
                phone=to.phone,
                subject=letter.subject,
                text=text,
            )
        )
    return found


async def rate_complaint(
    authority: Authority,
    address: str,
    token: str,
    score: int,
    comment: str | None,
    reopen: bool,
    idempotency_key: str | None,
) -> tuple[str, bool]:
    """Writes down what a customer thinks of an answer; a low score may open the complaint again. Needs a link and no account.

    The customer is told the complaint's number and whether it is open again.
    """
    attempt = await authority.attempts.begin_from(address, "rating")
    jti = RatingTokens(authority.settings).read(token)

    async def write() -> tuple[str, bool]:
        errors = InputErrors()
        said = errors.optional_text("comment", comment, LONGEST_COMMENT)
        if not LOWEST_SCORE <= score <= HIGHEST_SCORE:
            errors.add("score", f"A score is between {LOWEST_SCORE} and {HIGHEST_SCORE}.")
        elif reopen and score > LOW_SCORE:
            errors.add("reopen", f"Only a score up to {LOW_SCORE} asks for another look.")
        if idempotency_key is not None and not (idempotency_key.strip() and len(idempotency_key) <= LONGEST_KEY):
            errors.add("idempotencyKey", f"An idempotency key has 1 to {LONGEST_KEY} characters.")
        link = await RatingLink.get_or_none(jti_hash=_hash(jti), expires_at__gt=now()) if jti is not None else None
        if link is None:
            errors.add("token", "The link is not valid, or not any more.", "INVALID_TOKEN")
        errors.raise_if_any()
        assert link is not None
        answer = await ComplaintAnswer.get(id=link.answer_id)
        complaint = await Complaint.select_for_update().get(id=answer.complaint_id)
        key_hash = _hash(idempotency_key) if idempotency_key is not None else None
        earlier = await Rating.get_or_none(answer_id=answer.id)
        if earlier is None:
            rating = await write_rating(complaint, answer, link, score, said, wants_reopening=reopen, key_hash=key_hash)
            await authority.attempts.forgive(attempt)
            return complaint.number, rating.reopened
        before = (earlier.score, earlier.comment, earlier.wants_reopening, earlier.key_hash)
        if key_hash is None or before != (score, said, reopen, key_hash):
            errors.add("token", "The answer has been rated already.", "ALREADY_RATED")
        errors.raise_if_any()
        return complaint.number, earlier.reopened

    return await transact(write)


async def write_rating(
    complaint: Complaint,
    answer: ComplaintAnswer,
    link: RatingLink,
    score: int,
    comment: str | None,
    *,
    wants_reopening: bool,
    key_hash: str | None = None,
) -> Rating:
    """Stores a rating that was found right; opens the complaint again if asked."""
    at = now()
    present = await _present_answer(complaint)
    reopens = wants_reopening and present is not None and present.id == answer.id
    rating = await Rating.create(
        id=new_id(),
        complaint_id=complaint.id,
        answer_id=answer.id,
        agent_id=answer.proposed_by_id,
        score=score,
        comment=comment,
        wants_reopening=wants_reopening,
        reopened=reopens,
        rated_at=at,
        key_hash=key_hash,
    )
    link.used_at = at
    await link.save(update_fields=["used_at"])
    await record(RatingEvent.RATED, complaint, actor=None, at=at)
    if score <= LOW_SCORE:
        low = NotificationKind.COMPLAINT_RATED_LOW
        await notify(low, [answer.proposed_by_id], complaint, answer, at=at)
    if reopens:
        reason = comment or f"The customer rated the answer {score} of {HIGHEST_SCORE}."
        await open_again(None, complaint, ReopeningKind.LOW_RATING, reason, at)
    return rating


async def _present_answer(complaint: Complaint) -> ComplaintAnswer | None:
    """The answer that the customer has and that nothing has followed yet."""
    if complaint.status not in DONE_WITH or complaint.answered_at is None:
        return None
    sent = ComplaintAnswer.filter(complaint_id=complaint.id, stage=complaint.stage, status=AnswerStatus.SENT)
    return await sent.order_by("-sent_at", "-id").first()


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# --- What ratings come to ---

_G = SatisfactionGrouping
_GROUPS: dict[SatisfactionGrouping, tuple[str, str, str]] = {
    _G.CATEGORY: ("c.category", "c.category", ""),
    _G.DEPARTMENT: (
        "h.department",
        "h.department",
        " JOIN (SELECT DISTINCT complaint_id, stage, department FROM handoffs WHERE status = 'ACCEPTED') h"
        " ON h.complaint_id = r.complaint_id AND h.stage = a.stage",
    ),
    _G.AGENT: ("g.id", "g.name", " JOIN accounts g ON g.id = r.agent_id"),
}
"""What is grouped by, what it is called, and what is joined for it."""


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """One group's ratings (ISO 10004, 7.4). The average has two decimals, and `low` counts the scores up to LOW_SCORE."""

    group: str
    name: str
    count: int
    average: Decimal
    low: int


async def satisfaction(
    viewer: Viewer, database: Database, by: SatisfactionGrouping, since: datetime | None, until: datetime | None
) -> list[Satisfaction]:
    """The ratings given from `since` on and before `until`, by group, those with most ratings first.

    The figures are those of the whole company, whatever complaints the viewer sees: they are for managers only.
    """
    group, name, joined = _GROUPS[by]
    binds: list[object] = []
    conditions: list[str] = []
    for operator, moment in ((">=", since), ("<", until)):
        if moment is not None:
            at = moment.astimezone(UTC)
            # The same text that Tortoise stores, so that SQLite compares like with like.
            binds.append(at.isoformat(" ") if database.dialect == "sqlite" else at)
            conditions.append(f"r.rated_at {operator} {'?' if database.dialect == 'sqlite' else '$'}{len(binds)}")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = await database.fetch(
        f"SELECT {group}, {name}, COUNT(*), SUM(r.score), SUM(CASE WHEN r.score <= {LOW_SCORE} THEN 1 ELSE 0 END)"
        " FROM ratings r JOIN complaints c ON c.id = r.complaint_id JOIN complaint_answers a ON a.id = r.answer_id"
        f"{joined}{where} GROUP BY 1, 2 ORDER BY 3 DESC, 1",
        binds,
        viewer.account,
        heavy=True,
    )
    found: list[Satisfaction] = []
    for key, called, count, total, low in rows:
        average = (Decimal(int(total)) / int(count)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        found.append(Satisfaction(str(key), str(called), int(count), average, int(low)))
    return found


# --- Tokens ---


class RatingTokens:
    """Signs and reads the tokens of rating links, with our own secret."""

    def __init__(self, settings: SecuritySettings) -> None:
        self._settings = settings

    def sign(self, complaint: UUID, jti: str, issued_at: datetime, expires_at: datetime) -> str:
        """A token for one link."""
        claims = {
            "iss": self._settings.issuer,
            "aud": AUDIENCE,
            "complaint": str(complaint),
            "jti": jti,
            "iat": issued_at,
            "exp": expires_at,
        }
        return jwt.encode(claims, self._settings.secret, algorithm="HS256")

    def read(self, token: str) -> str | None:
        """The `jti` of a token that we signed and that has not expired; None for any other."""
        if len(token) > LONGEST_TOKEN:
            return None
        try:
            claims = jwt.decode(
                token,
                self._settings.secret,
                algorithms=["HS256"],
                audience=AUDIENCE,
                issuer=self._settings.issuer,
                options={"require": ["exp", "iss", "aud", "jti", "complaint"], "verify_iat": False},
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
            return None
        jti = claims["jti"]
        return jti if isinstance(jti, str) else None
