"""Ratings: one per answer, through a link that nobody can forge or look up, and what they come to for managers."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from models.both_offices.notifications import Notification
from models.front_office.service.answers import ComplaintAnswer, Reopening
from models.front_office.service.complaints import Category, Complaint, ComplaintStatus
from models.front_office.service.correspondence import Correspondence
from models.front_office.service.ratings import Rating, RatingLink
from models.kit.base import now
from models.kit.bookkeeping import IdempotencyKey
from models.kit.events import Event
from resolvers.both_offices.accounts.sessions import InvalidToken
from resolvers.front_office.service.complaints.closing import challenge_complaint
from resolvers.front_office.service.ratings import LINK_IN_FILE, RatingTokens, letters
from resolvers.kit.commands import Viewer
from tests.both_offices.signing_in import SECRET, authority
from tests.front_office.service.complaining import accepted, answered
from tests.office import Office, at_once, do, handed_off, history, rating_token, received, wrong_in


@pytest.fixture
async def office(office: Office) -> Office:
    return Office.of(office.database, authority())


async def issued(office: Office, agent: Viewer, complaint: Complaint, **others: Any) -> dict[str, Any]:
    shown = "correspondence { kind text } errors { code path }"
    return await office.send(agent, "issueRatingLink", shown, complaint=f"cmp_{complaint.id}", **others)


async def rated(office: Office, token: str, score: int, **others: Any) -> dict[str, Any]:
    """What a customer without an account is told."""
    shown = "number reopened errors { code path }"
    return await office.send(None, "rateComplaint", shown, token=token, score=score, **others)


async def token_of(office: Office, agent: Viewer, complaint: Complaint) -> str:
    """What the customer finds in their letter."""
    assert (await issued(office, agent, complaint))["errors"] == []
    return await rating_token(authority().settings)


async def test_a_customer_rates_an_answer_once_and_learns_nothing_but_the_number(office: Office, agent: Viewer) -> None:
    complaint = await answered(agent)
    one, other = await token_of(office, agent, complaint), await token_of(office, agent, complaint)
    good = {"number": complaint.number, "reopened": False, "errors": []}
    assert await rated(office, one, 4, comment="Quick 👍", idempotencyKey="k") == good
    assert await rated(office, one, 4, comment="Quick 👍", idempotencyKey="k") == good
    for token, others in ((one, {}), (other, {}), (one, {"idempotencyKey": "k"})):
        again = await rated(office, token, 5, **others)
        assert (again["number"], wrong_in(again)) == (None, [("ALREADY_RATED", "token")])
    rating = await Rating.get()
    assert (rating.score, rating.comment, rating.agent_id) == (4, "Quick 👍", agent.account)
    assert wrong_in(await issued(office, agent, complaint)) == [("ALREADY_RATED", "complaint")]
    assert (await history(complaint.id))[-1] == ("COMPLAINT_RATED", None, None)


async def test_every_token_that_is_not_good_is_refused_alike(office: Office, agent: Viewer) -> None:
    complaint = await answered(agent)
    token = await token_of(office, agent, complaint)
    claims = jwt.decode(token, options={"verify_signature": False})
    sign = RatingTokens(authority().settings).sign
    at = now()
    unknown = sign(complaint.id, "never issued", at, at + timedelta(days=1))
    expired = sign(complaint.id, claims["jti"], at - timedelta(days=2), at - timedelta(days=1))
    access = {"iss": claims["iss"], "sub": str(agent.account), "sid": str(agent.account), "exp": claims["exp"]}
    bad = [
        "",
        "x" * 5000,
        "🙂",
        token[:-2],
        unknown,
        expired,
        jwt.encode(access, SECRET, algorithm="HS256"),
        jwt.encode({**claims, "exp": claims["exp"] + 1}, b"another secret, long enough for HS256", algorithm="HS256"),
        jwt.encode(claims, "", algorithm="none"),
    ]
    answers = [await rated(office, each, 5) for each in bad]
    assert all(answer == answers[0] for answer in answers), answers
    assert wrong_in(answers[0]) == [("INVALID_TOKEN", "token")]
    with pytest.raises(InvalidToken):
        await authority().viewer_of(token)
    assert await Rating.all().count() == 0


async def test_guessing_tokens_is_slowed_down_and_rating_is_not(office: Office, agent: Viewer) -> None:
    complaints = [await answered(agent) for _ in range(3)]
    for complaint in complaints[:2]:
        token = await token_of(office, agent, complaint)
        assert (await rated(office, token, 5))["errors"] == []
    tried = [(await rated(office, "guess", 5))["errors"][0]["code"] for _ in range(12)]
    assert tried == 10 * ["INVALID_TOKEN"] + 2 * ["TOO_MANY_ATTEMPTS"]


async def test_all_that_is_wrong_with_a_rating_is_named(office: Office, agent: Viewer) -> None:
    token = await token_of(office, agent, await answered(agent))
    assert wrong_in(await rated(office, "?", 6, comment="x" * 4001, idempotencyKey=" ")) == [
        ("INVALID", "comment"),
        ("INVALID", "score"),
        ("INVALID", "idempotencyKey"),
        ("INVALID_TOKEN", "token"),
    ]
    assert wrong_in(await rated(office, token, 3, reopen=True)) == [("INVALID", "reopen")]
    assert wrong_in(await rated(office, token, 0)) == [("INVALID", "score")]


async def test_a_low_rating_opens_the_complaint_again_when_the_customer_asks(office: Office, agent: Viewer) -> None:
    for asks in (False, True):
        complaint = await answered(agent)
        token = await token_of(office, agent, complaint)
        payload = await rated(office, token, 2, comment="It broke again.", reopen=asks)
        assert payload["reopened"] is asks
        status = ComplaintStatus.RECEIVED if asks else ComplaintStatus.ANSWERED
        assert (await Complaint.get(id=complaint.id)).status is status
    back = await Reopening.get()
    assert (str(back.kind), back.reason, back.by_id, back.stage) == ("LOW_RATING", "It broke again.", None, 1)
    told = await Notification.filter(account_id=agent.account).order_by("id").values_list("kind", flat=True)
    assert [str(kind) for kind in told] == ["COMPLAINT_RATED_LOW", "COMPLAINT_RATED_LOW", "COMPLAINT_REOPENED"]


async def test_a_rating_of_an_answer_that_was_challenged_meanwhile_opens_nothing(office: Office, agent: Viewer) -> None:
    complaint = await answered(agent)
    token = await token_of(office, agent, complaint)
    await do(challenge_complaint, agent, complaint=complaint.id, reason="No.")
    assert (await rated(office, token, 1, reopen=True))["reopened"] is False
    assert (await Complaint.get(id=complaint.id)).stage == 2
    assert wrong_in(await issued(office, agent, complaint)) == [("NOT_ANSWERED", "complaint")]


async def test_a_link_ends_with_the_rating_window_of_its_answer(office: Office, agent: Viewer) -> None:
    complaint = await answered(agent)
    token = await token_of(office, agent, complaint)
    await RatingLink.all().update(expires_at=now() - timedelta(seconds=1))
    assert wrong_in(await rated(office, token, 5)) == [("INVALID_TOKEN", "token")]
    await ComplaintAnswer.filter(complaint_id=complaint.id).update(sent_at=now() - timedelta(days=15))
    assert wrong_in(await issued(office, agent, complaint)) == [("WINDOW_OVER", "complaint")]
    assert wrong_in(await issued(office, agent, await received(agent))) == [("NOT_ANSWERED", "complaint")]


async def test_a_link_goes_out_with_its_letter_and_nobody_here_sees_it(office: Office, agent: Viewer) -> None:
    complaint = await answered(agent)
    asked = [await issued(office, agent, complaint, idempotencyKey="link-1") for _ in range(2)]
    # The same key sends no second letter.
    assert asked[0] == asked[1] and LINK_IN_FILE in asked[0]["correspondence"]["text"]
    token = await rating_token(authority().settings)
    claims = jwt.decode(token, options={"verify_signature": False})
    _, sent = await letters(authority().settings, "https://northwind.example/rate#", now() - timedelta(days=1))
    assert f"https://northwind.example/rate#{token}" in sent.text and complaint.number in str(sent.subject)
    assert (sent.email, sent.language, sent.id) == ("maria.anders@alfki.example", "DE", f"let_{claims['jti']}")
    assert await letters(authority().settings, "", now() + timedelta(minutes=1)) == []
    rows = [await model.all().values() for model in (RatingLink, Correspondence, IdempotencyKey, Event)]
    assert token not in repr(rows) and token.split(".")[2] not in repr(rows)
    # Whoever reads all of it and lacks our secret makes no token of it.
    forged = RatingTokens(replace(authority().settings, secret=b"a secret of somebody else's, long enough")).sign
    guess = forged(complaint.id, claims["jti"], now(), now() + timedelta(days=1))
    assert wrong_in(await rated(office, guess, 5)) == [("INVALID_TOKEN", "token")]
    assert wrong_in(await rated(office, token, 5)) == []


def test_no_field_that_staff_read_is_a_token() -> None:
    schema = (Path(__file__).parents[2] / "schema.graphql").read_text()
    types = re.findall(r"^type (\w+)[^{]*\{(.*?)^\}", schema, re.MULTILINE | re.DOTALL)
    shown = [
        f"{name}.{field}"
        for name, body in types
        for field in re.findall(r"^  (\w*[tT]oken\w*)\b[:(]", body, re.MULTILINE)
    ]
    assert shown == ["Session.accessToken", "Session.refreshToken", "Session.deviceToken"]


async def test_of_ten_ratings_at_once_one_counts(office: Office, agent: Viewer) -> None:
    token = await token_of(office, agent, await answered(agent))
    payloads = await at_once(*(rated(office, token, 1, reopen=True) for _ in range(6)))
    assert sorted(len(payload["errors"]) for payload in payloads) == [0, 1, 1, 1, 1, 1]
    assert await Rating.all().count() == 1


SATISFACTION = """query ($by: SatisfactionGrouping!, $since: DateTime, $until: DateTime) { %s {
  satisfaction(groupBy: $by, since: $since, until: $until) { group name count average low } } }"""


async def test_managers_of_both_offices_see_what_the_ratings_come_to(
    office: Office, agent: Viewer, other: Viewer, clerk: Viewer, manager: Viewer, boss: Viewer
) -> None:
    handoff = await handed_off(agent)
    await accepted(agent, clerk, handoff)
    delivery = await answered(agent, handoff.complaint_id)
    billing = [await answered(who, category=Category.BILLING) for who in (agent, other, other)]
    for complaint, viewer, score in zip([delivery, *billing], [agent, agent, other, other], [5, 1, 4, 2], strict=True):
        await rated(office, await token_of(office, viewer, complaint), score)

    async def groups(by: str, **times: Any) -> list[tuple[Any, ...]]:
        before = office.database.statements_read
        answers = [
            (await office.ask(viewer, SATISFACTION % door, {"by": by, **times}))["data"][door]["satisfaction"]
            for viewer, door in ((manager, "frontOffice"), (boss, "backOffice"))
        ]
        assert office.database.statements_read - before == 2
        assert answers[0] == answers[1]
        return [(found["name"], found["count"], found["average"], found["low"]) for found in answers[0]]

    assert await groups("CATEGORY") == [("BILLING", 3, "2.33", 2), ("DELIVERY", 1, "5.00", 0)]
    assert await groups("DEPARTMENT") == [("LOGISTICS", 1, "5.00", 0)]
    assert sorted(await groups("AGENT")) == sorted([(agent.name, 2, "3.00", 1), ("Olga Other", 2, "3.00", 1)])
    later = (now() + timedelta(minutes=1)).isoformat()
    assert await groups("CATEGORY", since=later) == []
    assert len(await groups("CATEGORY", until=later, since="2020-01-01T00:00:00Z")) == 2
    for viewer, door in ((agent, "frontOffice"), (clerk, "backOffice")):
        refused = await office.ask(viewer, SATISFACTION % door, {"by": "AGENT"})
        assert {error["extensions"]["permission"] for error in refused["errors"]} == {"READ_SATISFACTION"}
    shown = await office.find(
        boss, "{ backOffice { ratings { nodes { score agent { name } complaint { number } } } } }"
    )
    assert [each["score"] for each in shown] == [2, 4, 1, 5]
    hidden = await office.ask(boss, "{ backOffice { ratings { nodes { comment } } } }")
    assert hidden["errors"][0]["extensions"]["permission"] == "READ_COMPLAINT_TEXT"
