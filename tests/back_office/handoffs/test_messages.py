"""Messages on a handoff: who reads which, who is told, and that nothing in them says who the customer is."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.back_office.handoffs import Handoff
from models.back_office.handoffs.messages import Audience, HandoffMessage, MessageEvent, MessageMention, Office
from models.both_offices.accounts import Account
from models.both_offices.notifications import Notification, NotificationKind
from models.kit.base import new_id
from models.kit.events import Event
from models.permissions import Department, Role
from resolvers.back_office.handoffs.messages import post_message
from resolvers.back_office.handoffs.verbs import claim_handoff
from resolvers.kit.commands import Viewer
from tests.office import Office as Company
from tests.office import codes_in, do, doing, handed_off, hire, problems_of, wrong_in

POSTED = """message { id kind audience office text author { name } mentions { name } handoff { number } }
  handoff { messages { totalCount nodes { text } } } maskedText errors { code path message }"""


async def said(viewer: Viewer, handoff: Handoff, audience: Audience, text: str, *mentions: UUID) -> HandoffMessage:
    """A message."""
    keys = await do(post_message, viewer, handoff, audience=audience, text=text, mentions=mentions)
    return await HandoffMessage.get(id=keys["message"])


async def texts_seen(office: Company, viewer: Viewer, handoff: Handoff) -> list[str] | None:
    thread = await office.read(viewer, handoff, "messages { totalCount nodes { text audience } }")
    if thread is None:
        return None
    texts = [message["text"] for message in thread["nodes"]]
    assert thread["totalCount"] == len(texts)
    return texts


async def test_each_office_reads_what_is_meant_for_it_and_authors_read_their_own(
    office: Company, agent: Viewer, clerk: Viewer
) -> None:
    handoff = await handed_off(agent)
    for author, name in ((agent, "front"), (clerk, "back")):
        for audience in Audience:
            await said(author, handoff, audience, f"{name} to {audience}")
    colleague = await hire("Second Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    in_both = await hire("In Both", [Role.SERVICE_AGENT, Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    both = ["front to BOTH_OFFICES", "back to BOTH_OFFICES"]
    front = ["front to FRONT_OFFICE", "back to FRONT_OFFICE"]
    back = ["front to BACK_OFFICE", "back to BACK_OFFICE"]
    expected = {
        "marketing": {*both, *front},
        "service": {*both, *front, "front to BACK_OFFICE"},
        "logistics": {*both, *back, "back to FRONT_OFFICE"},
        "back.manager": {*both, *back},
    }
    for address, texts in expected.items():
        assert set(await texts_seen(office, await office.somebody(address), handoff) or ()) == texts, address
    assert set(await texts_seen(office, colleague, handoff) or ()) == {*both, *back}
    assert set(await texts_seen(office, in_both, handoff) or ()) == {*both, *back, *front}
    assert await texts_seen(office, await office.somebody("accounting"), handoff) is None


async def test_a_message_is_found_by_its_id_only_by_who_reads_it(office: Company, agent: Viewer, clerk: Viewer) -> None:
    handoff = await handed_off(agent)
    message = await said(agent, handoff, Audience.FRONT_OFFICE, "They sound like they will sue.")
    for viewer, found in ((agent, message.text), (clerk, None)):
        assert await office.read(viewer, message, "text") == found


async def test_who_moves_to_the_back_office_no_longer_reads_what_they_wrote_in_the_front_office(
    office: Company, agent: Viewer
) -> None:
    handoff = await handed_off(agent)
    mover = await hire("A Mover", [Role.SERVICE_AGENT], [Department.CUSTOMER_SERVICE])
    await said(mover, handoff, Audience.FRONT_OFFICE, "Maria Anders will sue.")
    clerks: dict[str, Any] = {
        "roles": frozenset({Role.LOGISTICS_CLERK}),
        "departments": frozenset({Department.LOGISTICS}),
    }
    moved = replace(mover, **clerks)
    assert await texts_seen(office, moved, handoff) == []
    assert await texts_seen(office, mover, handoff) == ["Maria Anders will sue."]


@pytest.mark.parametrize(
    ("said_as", "kept"),
    [
        ("Máriá Ändérs rang from 030 0074321", "[customer] rang from [phone]"),
        ("Ma\u00adria An\u00adders, maria.anders@alfki.example", "[customer], [e-mail]"),
        ("ALFREDS FUTTERKISTE, Obere Straße 57", "[customer], [street]"),
    ],
)
async def test_what_the_front_office_writes_for_the_department_is_masked_and_what_it_writes_for_itself_is_not(
    agent: Viewer, clerk: Viewer, said_as: str, kept: str
) -> None:
    handoff = await handed_off(agent)
    assert (await said(agent, handoff, Audience.BOTH_OFFICES, said_as)).text == kept
    assert (await said(agent, handoff, Audience.BACK_OFFICE, said_as)).text == kept
    assert (await said(agent, handoff, Audience.FRONT_OFFICE, said_as)).text == said_as
    in_both = await hire("In Both", [Role.SERVICE_AGENT, Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    message = await said(in_both, handoff, Audience.BACK_OFFICE, said_as)
    assert (message.text, message.office) == (kept, Office.FRONT_OFFICE)
    # A name in full is masked whoever writes it; the department does not learn from that whose it is.
    assert (await said(clerk, handoff, Audience.BOTH_OFFICES, said_as)).text == kept


async def test_a_dry_run_shows_the_masked_text_and_leaves_nothing_behind(office: Company, agent: Viewer) -> None:
    handoff = await handed_off(agent)
    clerk = await Account.get(email="logistics@northwind.example")
    before = await Event.all().count()
    given = {
        "handoff": f"hnd_{handoff.id}",
        "audience": "BOTH_OFFICES",
        "text": "Maria Anders wants a date",
        "mentions": [f"acc_{clerk.id}"],
        "dryRun": True,
        "idempotencyKey": "one",
    }
    payload = await office.send(agent, "postMessage", POSTED, **given)
    assert payload == {"message": None, "handoff": None, "maskedText": "[customer] wants a date", "errors": []}
    assert await HandoffMessage.all().count() == await MessageMention.all().count() == 0
    assert (await Event.all().count(), await Notification.all().count()) == (before, 0)
    # Nothing was made, so its key is still free for the message itself.
    for _ in range(2):
        payload = await office.send(agent, "postMessage", POSTED, **given | {"dryRun": False})
        assert payload["errors"] == []
        assert payload["maskedText"] is None
        assert payload["message"]["text"] == "[customer] wants a date"
        assert payload["handoff"]["messages"]["totalCount"] == 1


async def test_a_dry_run_finds_everything_wrong_that_the_message_would(office: Company, agent: Viewer) -> None:
    accountant = await office.somebody("accounting")
    handoff = await handed_off(agent)
    given: dict[str, Any] = {
        "handoff": f"hnd_{handoff.id}",
        "audience": "BOTH_OFFICES",
        "text": " \n",
        "mentions": [f"acc_{accountant.account}", "acc_nobody"],
    }
    payloads = [await office.send(agent, "postMessage", POSTED, **given, dryRun=dry) for dry in (True, False)]
    assert payloads[0] == payloads[1]
    expected = [("INVALID", "text"), ("CANNOT_READ", "mentions.0"), ("NOT_FOUND", "mentions.1")]
    assert wrong_in(payloads[0]) == expected


async def test_mentioned_colleagues_are_told_once_and_the_author_never(
    office: Company, agent: Viewer, clerk: Viewer
) -> None:
    handoff = await handed_off(agent)
    mentions = (clerk.account, agent.account, clerk.account)
    message = await said(agent, handoff, Audience.BOTH_OFFICES, "Look, please.", *mentions)
    [told] = await Notification.all()
    assert (told.account_id, told.kind, told.message_id) == (clerk.account, NotificationKind.MENTIONED, message.id)
    assert await MessageMention.filter(message_id=message.id).count() == 2
    shown = await office.read(clerk, message, "mentions { name } author { name }")
    names = sorted([agent.name, clerk.name])
    assert shown == {"mentions": [{"name": name} for name in names], "author": {"name": agent.name}}


async def test_only_who_can_read_a_message_is_mentioned(office: Company, agent: Viewer, clerk: Viewer) -> None:
    handoff = await handed_off(agent)
    away = await hire("Gone Away", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    await Account.filter(id=away.account).update(enabled=False)
    administrator = await office.somebody("admin")
    manager = await office.somebody("back.manager")

    async def refused(audience: Audience, *mentions: UUID) -> list[tuple[str, str]]:
        posting = doing(post_message, agent, handoff, audience=audience, text="Look.", mentions=mentions)
        return [(problem.code, problem.path[-1]) for problem in await problems_of(posting)]

    assert await refused(Audience.FRONT_OFFICE, agent.account, clerk.account) == [("CANNOT_READ", "1")]
    assert await refused(Audience.BACK_OFFICE, agent.account) == [("CANNOT_READ", "0")]
    assert await refused(Audience.BOTH_OFFICES, administrator.account) == [("CANNOT_READ", "0")]
    assert await refused(Audience.BOTH_OFFICES, away.account, new_id()) == [("NOT_FOUND", "0"), ("NOT_FOUND", "1")]
    assert await refused(Audience.BOTH_OFFICES, *[clerk.account] * 21) == [("INVALID", "mentions")]
    assert await refused(Audience.BACK_OFFICE, manager.account, clerk.account) == []


async def test_of_what_one_office_says_to_itself_the_other_does_not_even_learn_that_it_was_said(
    office: Company, agent: Viewer, clerk: Viewer
) -> None:
    handoff = await handed_off(agent)
    for audience in Audience:
        await said(agent, handoff, audience, "Psst.")
    for address, unheard in (
        ("service", MessageEvent.BACK_OFFICE_POSTED),
        ("logistics", MessageEvent.FRONT_OFFICE_POSTED),
        ("back.manager", MessageEvent.FRONT_OFFICE_POSTED),
    ):
        viewer = await office.somebody(address)
        page = await office.read(viewer, handoff, "complaint { history { totalCount nodes { kind } } }")
        kinds = {event["kind"] for event in page["nodes"]}
        assert kinds >= {"HANDOFF_QUEUED", "MESSAGE_POSTED"}
        assert unheard not in kinds
        assert page["totalCount"] == len(page["nodes"])


async def test_a_message_leaves_the_handoffs_version_alone_and_shows_that_its_claimant_is_at_work(
    agent: Viewer, clerk: Viewer
) -> None:
    handoff = await handed_off(agent)
    await said(agent, handoff, Audience.BOTH_OFFICES, "Any news?")
    assert (await Handoff.get(id=handoff.id)).last_activity_at is None
    await do(claim_handoff, clerk, handoff)
    message = await said(clerk, handoff, Audience.BOTH_OFFICES, "Tomorrow.")
    handoff = await Handoff.get(id=handoff.id)
    assert (handoff.last_activity_at, handoff.version) == (message.at, 2)


async def test_a_handoff_of_another_department_answers_like_one_that_does_not_exist(
    office: Company, agent: Viewer, accountant: Viewer
) -> None:
    handoff = await handed_off(agent)
    answers: list[Any] = []
    for key in (f"hnd_{handoff.id}", f"hnd_{new_id()}", "nonsense"):
        given = {"handoff": key, "audience": "BOTH_OFFICES", "text": "Hello?", "mentions": [f"acc_{agent.account}"]}
        answers.append(await office.send(accountant, "postMessage", POSTED, **given))
    assert answers[0] == answers[1] == answers[2]
    assert codes_in(answers[0])[0] == "NOT_FOUND"


async def test_a_thread_with_authors_and_mentions_is_one_statement(
    office: Company, agent: Viewer, clerk: Viewer
) -> None:
    handoff = await handed_off(agent)
    for _ in range(5):
        await said(agent, handoff, Audience.BOTH_OFFICES, "Look, please 😀", clerk.account)
    shown = "messages(last: 3, filter: {kind: {eq: MESSAGE}}) { nodes { text author { name } mentions { name } } }"
    before = office.database.statements_read
    assert len(await office.read(clerk, handoff, shown)) == 3
    assert office.database.statements_read == before + 1


WORDS = st.sampled_from(
    ["Maria", "ANDERS", "Alfreds", "futter\u00adkiste", "030-0074321", "crates", "Obere Str. 57", "😀", "an", "\n"]
)


@given(st.lists(WORDS, min_size=1, max_size=10))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_nothing_that_a_department_reads_in_a_thread_says_who_the_customer_is(
    office: Company, agent: Viewer, words: list[str]
) -> None:
    handoff = await handed_off(agent)
    text = " ".join(words)
    for audience in Audience:
        await do(post_message, agent, handoff, audience=audience, text=f"- {text}")
    clerk = await office.somebody("logistics")
    seen = " ".join(await texts_seen(office, clerk, handoff) or ()).casefold()
    assert not [own for own in ("maria", "anders", "alfreds", "0074321", "obere str") if own in seen]
