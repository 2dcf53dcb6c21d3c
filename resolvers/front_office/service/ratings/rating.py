"""Links by which customers rate our answers, and the ratings themselves.

The surprising rule: whoever holds a link is believed to be the customer, once; every token that is not good is refused alike.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from models.both_offices.notifications import NotificationKind
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer
from models.front_office.service.complaints import Complaint, ComplaintStatus
from models.front_office.service.correspondence import CorrespondenceKind
from models.front_office.service.ratings import HIGHEST_SCORE, LOW_SCORE, LOWEST_SCORE, Rating, RatingEvent, RatingLink
from models.front_office.service.stages import ReopeningKind
from models.kit.base import new_id, now
from models.kit.text import clean
from resolvers.both_offices.accounts import Authority
from resolvers.both_offices.clocks.policies import active_regime
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.front_office.service.complaints.reopening import open_again
from resolvers.front_office.service.correspondence import compose, send
from resolvers.front_office.service.ratings.tokens import RatingTokens
from resolvers.kit.commands import Command, Key, Keys, command, member
from resolvers.kit.idempotency import LONGEST_KEY, change
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.problems import Refused
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer

LONGEST_PAGE = 500
LINK_IN_FILE = "[link]"
"""What stands in the recorded letter where the customer's own has the link."""
_PAGE = re.compile(r"https://[^\s<>\"']+")
LONGEST_COMMENT = 4000


@command
class IssueRatingLink(Command):
    """Which complaint's answer the customer may rate."""

    complaint: Key[Complaint] = member("The complaint, which has been answered.")
    page: str | None = member(
        "Where customers rate: an address that begins with https:// and that the token is put behind.", default=None
    )


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A link as the customer gets it, with its letter. Its token is kept nowhere: its row and our secret make it."""

    token: str = field(repr=False)
    expires_at: datetime
    subject: str | None = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GivenRating:
    """What a customer says. `reopen` asks for another look, which only a low score may."""

    token: str = field(repr=False)
    score: int
    comment: str | None = field(repr=False)
    reopen: bool
    idempotency_key: str | None


@dataclass(frozen=True, slots=True)
class Rated:
    """What the customer is told: the complaint's number and whether it is open again."""

    number: str
    reopened: bool


async def issue_rating_link(viewer: Viewer, authority: Authority, given: IssueRatingLink) -> IssuedLink:
    """Makes a link by which the customer may rate the answer, once, until the rating window is over.

    The token is put behind the address of a `page`. The letter is recorded as sent, with LINK_IN_FILE in the link's place. The
    same idempotency key brings the same link again: its token is made anew from its row, as long as we sign with the same secret.
    """
    tokens = RatingTokens(authority.settings)

    async def write() -> Keys:
        errors = InputErrors()
        before = errors.optional_text("page", given.page, LONGEST_PAGE) or ""
        if before and not _PAGE.fullmatch(before):
            errors.add("page", "A page is an address that begins with https://.")
        complaint = await load(viewer, Complaint, given.complaint, errors)
        answer = await _present_answer(complaint)
        at = now()
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
        link = new_id()
        await RatingLink.create(
            id=link,
            answer_id=answer.id,
            jti_hash=_hash(tokens.jti_of(link)),
            issued_at=at,
            issued_by_id=viewer.account,
            expires_at=expires_at,
        )
        filed = await compose(complaint, CorrespondenceKind.RATING_REQUEST, link=LINK_IN_FILE)
        await send(complaint, filed, at=at, by=viewer.account)
        return {"link": link}

    asked = {"complaint": given.complaint.id, "page": given.page}
    outcome = await change(viewer, "IssueRatingLink", asked, given.idempotency_key, write)
    if outcome.problems:
        raise Refused(outcome.problems)
    return await _issued(tokens, outcome.keys["link"], clean(given.page or ""))


async def _issued(tokens: RatingTokens, key: Any, before: str) -> IssuedLink:
    """A link that was made, as the customer gets it."""
    link = await RatingLink.get(id=key)
    complaint = await Complaint.get(answers__id=link.answer_id)
    token = tokens.sign(complaint.id, tokens.jti_of(link.id), link.issued_at.replace(microsecond=0), link.expires_at)
    letter = await compose(complaint, CorrespondenceKind.RATING_REQUEST, link=before + token)
    return IssuedLink(token, link.expires_at, letter.subject, letter.text)


async def rate_complaint(authority: Authority, address: str, given: GivenRating) -> Rated:
    """Writes down what a customer thinks of an answer; a low score may open the complaint again. Needs a link and no account."""
    attempt = await authority.attempts.begin_from(address, "rating")
    jti = RatingTokens(authority.settings).read(given.token)

    async def write() -> Rated:
        errors = InputErrors()
        comment = errors.optional_text("comment", given.comment, LONGEST_COMMENT)
        if not LOWEST_SCORE <= given.score <= HIGHEST_SCORE:
            errors.add("score", f"A score is between {LOWEST_SCORE} and {HIGHEST_SCORE}.")
        elif given.reopen and given.score > LOW_SCORE:
            errors.add("reopen", f"Only a score up to {LOW_SCORE} asks for another look.")
        key = given.idempotency_key
        if key is not None and not (key.strip() and len(key) <= LONGEST_KEY):
            errors.add("idempotencyKey", f"An idempotency key has 1 to {LONGEST_KEY} characters.")
        link = await _link(jti)
        if link is None:
            errors.add("token", "The link is not valid, or not any more.", "INVALID_TOKEN")
        errors.raise_if_any()
        assert link is not None
        answer = await ComplaintAnswer.get(id=link.answer_id)
        complaint = await Complaint.select_for_update().get(id=answer.complaint_id)
        said = (given.score, comment, given.reopen, _hash(key) if key is not None else None)
        earlier = await Rating.get_or_none(answer_id=answer.id)
        if earlier is None:
            rating = await write_rating(complaint, answer, link, said)
            await authority.attempts.forgive(attempt)
            return Rated(complaint.number, rating.reopened)
        if key is None or (earlier.score, earlier.comment, earlier.wants_reopening, earlier.key_hash) != said:
            errors.add("token", "The answer has been rated already.", "ALREADY_RATED")
        errors.raise_if_any()
        return Rated(complaint.number, earlier.reopened)

    return await transact(write)


async def write_rating(
    complaint: Complaint, answer: ComplaintAnswer, link: RatingLink, said: tuple[int, str | None, bool, str | None]
) -> Rating:
    """Stores a rating that was found right: score, comment, whether to reopen, the key's hash; opens the complaint if asked."""
    score, comment, wants_reopening, key_hash = said
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


async def _link(jti: str | None) -> RatingLink | None:
    return await RatingLink.get_or_none(jti_hash=_hash(jti), expires_at__gt=now()) if jti is not None else None


async def _present_answer(complaint: Complaint) -> ComplaintAnswer | None:
    """The answer that the customer has and that nothing has followed yet."""
    if complaint.status not in {ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED} or complaint.answered_at is None:
        return None
    sent = ComplaintAnswer.filter(complaint_id=complaint.id, stage=complaint.stage, status=AnswerStatus.SENT)
    return await sent.order_by("-sent_at", "-id").first()


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
