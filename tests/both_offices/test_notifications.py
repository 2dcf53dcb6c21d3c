"""Notifications: an inbox of one's own, which counts what is unread, tells nothing forbidden, and is pushed into."""

from datetime import timedelta
from typing import Any

import orjson

from models.both_offices.notifications import Notification, NotificationKind
from models.front_office.service.complaints import Complaint
from models.kit.base import Record, as_of, now
from models.permissions import Department, Role
from resolvers.both_offices.notifications import notify
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from schema.transport.engine import OperationRequest
from tests.office import Office, codes_in, handed_off, hire, received
from tests.storage.valid_rows import run

INBOX = (
    "{ viewer { unreadNotifications notifications { totalCount nodes { id kind at readAt complaint { number } } } } }"
)
MARK = (
    "mutation ($input: MarkNotificationsReadInput!) { markNotificationsRead(input: $input) {"
    " notifications { id readAt } errors { code path } } }"
)
PUSHED = (
    "subscription { notificationsReceived { cursor at notification { kind handoff { brief } complaint { number } } } }"
)


async def told(viewer: Viewer, *about: Record, kind: NotificationKind = NotificationKind.MENTIONED) -> None:
    await transact(lambda: notify(kind, [viewer.account], *about, at=now()))


async def inbox(office: Office, viewer: Viewer) -> dict[str, Any]:
    return await office.find(viewer, INBOX)


async def test_everybody_reads_their_own_inbox_latest_first(office: Office, agent: Viewer, clerk: Viewer) -> None:
    complaint = await received(agent)
    assert await inbox(office, agent) == {"unreadNotifications": 0, "notifications": {"totalCount": 0, "nodes": []}}
    for minutes, kind in enumerate((NotificationKind.MENTIONED, NotificationKind.RULE)):
        with as_of(now() + timedelta(minutes=minutes)):
            await told(agent, complaint, kind=kind)
    await told(clerk)
    found = await inbox(office, agent)
    assert found["unreadNotifications"] == 2
    assert [(node["kind"], node["complaint"]) for node in found["notifications"]["nodes"]] == [
        ("RULE", {"number": complaint.number}),
        ("MENTIONED", {"number": complaint.number}),
    ]


async def test_a_notification_leads_nowhere_that_its_receiver_may_not_go(office: Office) -> None:
    agent, accountant = await office.somebody("service"), await office.somebody("accounting")
    handoff = await handed_off(agent, Department.LOGISTICS)
    await told(accountant, await Complaint.get(id=handoff.complaint_id), handoff)
    document = "{ viewer { notifications { nodes { kind handoff { number } complaint { number } } } } }"
    nodes = await office.find(accountant, document)
    assert nodes == [{"kind": "MENTIONED", "handoff": None, "complaint": None}]
    own = await Notification.get(account_id=accountant.account)
    by_id = "query ($id: ID!) { node(id: $id) { id } }"
    assert await office.ask(agent, by_id, {"id": f"ntf_{own.id}"}) == {"data": {"node": None}}


async def test_nobody_is_told_of_what_they_did_themselves_and_nobody_twice(agent: Viewer, clerk: Viewer) -> None:
    receivers = [agent.account, clerk.account, None, clerk.account]
    await transact(lambda: notify(NotificationKind.RULE, receivers, at=now(), actor=agent.account))
    assert await Notification.all().values_list("account_id", flat=True) == [clerk.account]


async def test_what_was_read_is_marked_once_by_name_or_up_to_a_moment(office: Office) -> None:
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    for minutes in range(4):
        with as_of(now() + timedelta(minutes=minutes)):
            await told(agent)
    await told(clerk)
    nodes = (await inbox(office, agent))["notifications"]["nodes"]

    async def mark(**given: Any) -> dict[str, Any]:
        return await office.find(agent, MARK, {"input": given})

    first = await mark(notifications=[nodes[3]["id"]])
    assert first["errors"] == []
    assert [node["id"] for node in first["notifications"]] == [nodes[3]["id"]]
    read_at = first["notifications"][0]["readAt"]
    with as_of(now() + timedelta(hours=1)):
        again = await mark(notifications=[nodes[3]["id"], nodes[3]["id"]])
    assert [node["readAt"] for node in again["notifications"]] == [read_at]
    assert (await mark(upTo=nodes[1]["at"])) == {"notifications": [], "errors": []}
    assert (await inbox(office, agent))["unreadNotifications"] == 1
    assert (await inbox(office, clerk))["unreadNotifications"] == 1
    theirs = f"ntf_{(await Notification.get(account_id=clerk.account)).id}"
    wrong = {"code": "NOT_FOUND", "path": ["input", "notifications"]}
    for key in (theirs, "ntf_nothing", nodes[0]["id"].replace("ntf", "cmp")):
        assert await mark(notifications=[nodes[0]["id"], key]) == {"notifications": [], "errors": [wrong]}
    for given in ({}, {"notifications": [], "upTo": nodes[0]["at"]}):
        assert codes_in(await mark(**given)) == ["INVALID"]
    assert await mark(notifications=[]) == {"notifications": [], "errors": []}


async def test_notifications_are_pushed_to_their_receiver_alone_and_can_be_caught_up_on(office: Office) -> None:
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    second = await hire("Second Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    handoff = await handed_off(agent)
    await told(clerk, handoff, await Complaint.get(id=handoff.complaint_id))
    await told(second, kind=NotificationKind.RULE)
    await run("UPDATE events SET position = id WHERE position IS NULL")
    streams = [office.engine.subscribe(OperationRequest(PUSHED, None, None), viewer) for viewer in (clerk, second)]
    assert streams[0].key != streams[1].key
    messages = [[orjson.loads(text) for _, text in await stream.fetch(0, 10**6, 10)] for stream in streams]
    number = (await Complaint.get(id=handoff.complaint_id)).number
    shown = [message["data"]["notificationsReceived"]["notification"] for [message] in messages]
    assert shown[0] == {"kind": "MENTIONED", "handoff": {"brief": handoff.brief}, "complaint": {"number": number}}
    assert shown[1] == {"kind": "RULE", "handoff": None, "complaint": None}
    cursor = messages[0][0]["data"]["notificationsReceived"]["cursor"]
    later = PUSHED.replace("Received {", f'Received(after: "{cursor}") {{')
    stream = office.engine.subscribe(OperationRequest(later, None, None), clerk)
    assert stream.after is not None
    assert await stream.fetch(stream.after, 10**6, 10) == []


async def test_history_tells_nobody_who_was_notified(office: Office) -> None:
    agent, manager = await office.somebody("service"), await office.somebody("back.manager")
    complaint = await received(agent)
    await told(manager, complaint)
    document = "query ($id: ID!) { node(id: $id) { ... on Complaint { history { nodes { kind } } } } }"
    answer = await office.ask(manager, document, {"id": f"cmp_{complaint.id}"})
    assert [event["kind"] for event in answer["data"]["node"]["history"]["nodes"]] == ["COMPLAINT_RECEIVED"]
