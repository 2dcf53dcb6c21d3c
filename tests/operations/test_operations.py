"""The clients' documents, answered as written on both engines: one complaint from the telephone to its end."""

import copy
from typing import Any

from orjson import loads

from resolvers.events.outbox import number_events
from resolvers.kit.commands import Viewer
from schema.transport.engine import OperationRefused, OperationRequest
from tests.office import DOCUMENTS, VARIABLES, Office


def variables(operation: str, **ids: str | None) -> dict[str, Any]:
    """The variables of variables.json with real ids; None leaves a member out."""
    given = copy.deepcopy(VARIABLES[operation])
    target = given.get("input", given)
    for name, value in ids.items():
        target[name] = value
        if value is None:
            del target[name]
    return given


async def run(office: Office, viewer: Viewer, operation: str, **ids: str | None) -> Any:
    """The payload of a mutation, sent as written."""
    answer = await office.operation(viewer, operation, variables(operation, **ids))
    assert "errors" not in answer, answer
    [payload] = answer["data"].values()
    return payload


async def messages(office: Office, viewer: Viewer, operation: str) -> list[dict[str, Any]]:
    """What a subscription has to say about everything that happened so far."""
    await number_events(office.database)
    stream = office.engine.subscribe(OperationRequest(DOCUMENTS[operation], None, VARIABLES[operation]), viewer)
    found = await stream.fetch(0, 10**6, 10**4)
    return [next(iter(loads(text)["data"].values())) for _, text in found]


async def received(office: Office, agent: Viewer, **others: str | None) -> Any:
    """The complaint of variables.json about a real order and product of Alfreds Futterkiste."""
    page = await office.operation(agent, "Customers", {"first": 1, "search": "alfreds futter"})
    [edge] = page["data"]["frontOffice"]["customers"]["edges"]
    found = await office.operation(agent, "Customer360", variables("Customer360", id=edge["node"]["id"]))
    customer = found["data"]["frontOffice"]["customer"]
    order = customer["orders"]["nodes"][0]
    ids = {"customer": customer["id"], "order": order["id"], "product": order["lines"][0]["product"]["id"]}
    payload = await run(office, agent, "ReceiveComplaint", **ids, **others)
    assert payload["errors"] == []
    return payload["complaint"]


async def test_every_operation_has_variables_and_the_other_way_round() -> None:
    assert set(DOCUMENTS) == set(VARIABLES)


async def test_customers_are_found_filtered_and_sorted(office: Office) -> None:
    service = await office.somebody("service")
    answer = await office.operation(service, "Customers", VARIABLES["Customers"])
    # Alfreds Futterkiste is C-000001, which the filter leaves out.
    assert answer["data"]["frontOffice"]["customers"]["totalCount"] == 0
    every = {**VARIABLES["Customers"], "search": None}
    page = (await office.operation(service, "Customers", every))["data"]["frontOffice"]["customers"]
    names = [edge["node"]["name"] for edge in page["edges"]]
    assert page["totalCount"] == len(names) == 10
    assert names == sorted(names)
    assert {edge["node"]["address"]["country"] for edge in page["edges"]} == {"Germany"}


async def test_a_complaint_goes_from_the_telephone_to_its_end(office: Office) -> None:
    service, logistics = await office.somebody("service"), await office.somebody("logistics")
    complaint = await received(office, service)
    assert complaint["status"] == "HANDED_OFF"
    assert complaint["nextStatuses"] == ["HANDED_OFF", "AWAITING_CUSTOMER", "CLOSED"]
    [handoff] = complaint["handoffs"]["nodes"]
    assert handoff["brief"] == "[customer] of [customer] ([phone]) says that two of six crates never came."

    queue = await office.operation(logistics, "HandoffQueue", VARIABLES["HandoffQueue"])
    [waiting] = queue["data"]["backOffice"]["handoffs"]["nodes"]
    assert waiting["number"] == handoff["number"]
    assert waiting["complaint"]["order"] is None
    assert waiting["nextStatuses"] == ["CLAIMED", "QUEUED", "REFUSED"]

    claimed = await run(office, logistics, "ClaimHandoff", handoff=handoff["id"])
    assert claimed["handoff"]["claimedBy"] == {"name": logistics.name}
    assert claimed["handoff"]["version"] == 2
    assert (await run(office, logistics, "ReleaseHandoff", handoff=handoff["id"]))["handoff"]["status"] == "QUEUED"
    stale = await run(office, logistics, "AnswerHandoff", handoff=handoff["id"])
    assert [error["code"] for error in stale["errors"]] == ["STALE_VERSION", "ILLEGAL_TRANSITION"]
    assert stale["errors"][0]["currentVersion"] == 3
    await run(office, logistics, "ClaimHandoff", handoff=handoff["id"])
    answer = variables("AnswerHandoff", handoff=handoff["id"])["input"] | {"expectedVersion": 4}
    answered = await office.change(logistics, "AnswerHandoff", **answer)
    assert answered["handoff"]["answer"] == "The crates stood on the wrong dock; they leave tomorrow."

    back = await run(office, service, "RejectAnswer", handoff=handoff["id"])
    assert back["handoff"]["status"] == "CLAIMED"
    await run(office, logistics, "AnswerHandoff", handoff=handoff["id"], expectedVersion=None)
    accepted = await run(office, service, "AcceptAnswer", handoff=handoff["id"])
    assert accepted["handoff"]["status"] == "ACCEPTED"
    assert accepted["handoff"]["complaint"]["status"] == "HANDED_OFF"

    done = await run(office, service, "AnswerComplaint", complaint=complaint["id"])
    assert done["complaint"]["outcome"] == "UPHELD"
    closed = await run(office, service, "CloseComplaint", complaint=complaint["id"], outcome=None, reason=None)
    kinds = [event["kind"] for event in closed["complaint"]["history"]["nodes"]]
    assert kinds == [
        "COMPLAINT_RECEIVED",
        "HANDOFF_QUEUED",
        "HANDOFF_CLAIMED",
        "HANDOFF_RELEASED",
        "HANDOFF_CLAIMED",
        "HANDOFF_ANSWERED",
        "ANSWER_REJECTED",
        "HANDOFF_ANSWERED",
        "ANSWER_ACCEPTED",
        "COMPLAINT_ANSWERED",
        "COMPLAINT_CLOSED",
    ]
    assert [message["kind"] for message in await messages(office, logistics, "HandoffsLive")] == kinds[1:-2]
    own = [m for m in await messages(office, service, "ComplaintLive") if m["complaint"]["id"] == complaint["id"]]
    assert [message["kind"] for message in own] == kinds
    assert own[-1]["complaint"]["customer"] == {"name": "Alfreds Futterkiste"}


async def test_a_handoff_is_refused_given_again_and_taken_back(office: Office) -> None:
    service, logistics = await office.somebody("service"), await office.somebody("logistics")
    complaint = await received(office, service, handOffTo=None)
    assert complaint["status"] == "RECEIVED"
    given = await run(office, service, "HandOffComplaint", complaint=complaint["id"])
    assert given["handoff"]["department"] == "LOGISTICS"
    assert given["handoff"]["brief"] == "Two of six crates are missing from the delivery."
    refused = await run(office, logistics, "RefuseHandoff", handoff=given["handoff"]["id"])
    assert refused["handoff"]["refusalReason"] == "This is an invoice question, not a delivery."
    again = await run(
        office,
        service,
        "HandOffComplaint",
        complaint=complaint["id"],
        department=None,
        brief=None,
        expectedVersion=None,
    )
    assert again["handoff"]["brief"].startswith("[customer] of [customer]")
    taken = await run(office, service, "WithdrawHandoff", handoff=again["handoff"]["id"])
    assert taken["handoff"]["status"] == "WITHDRAWN"
    closed = await run(office, service, "CloseComplaint", complaint=complaint["id"])
    assert closed["complaint"]["outcome"] == "WITHDRAWN"


FRONT_VERBS = (
    "ReceiveComplaint HandOffComplaint AcceptAnswer RejectAnswer WithdrawHandoff AnswerComplaint CloseComplaint"
).split()
BACK_VERBS = ["ClaimHandoff", "ReleaseHandoff", "AnswerHandoff", "RefuseHandoff"]
FRONT = "service sales front.manager".split()
BACK = "development production logistics accounting hr it legal office back.manager".split()
MAY = {
    **dict.fromkeys(FRONT_VERBS, FRONT),
    **dict.fromkeys(BACK_VERBS, BACK),
    "Customers": [*FRONT, "marketing"],
    "Customer360": [*FRONT, "marketing"],
    "ComplaintLive": [*FRONT, "marketing"],
    "HandoffQueue": BACK,
    "HandoffsLive": [*BACK, *FRONT, "marketing"],
}


async def codes_of(office: Office, viewer: Viewer, operation: str) -> set[str]:
    """The codes of the request errors that an operation gets."""
    if operation in {"ComplaintLive", "HandoffsLive"}:
        try:
            office.engine.subscribe(OperationRequest(DOCUMENTS[operation], None, VARIABLES[operation]), viewer)
        except OperationRefused as refusal:
            return set(refusal.codes)
        return set()
    answer = await office.operation(viewer, operation, VARIABLES[operation])
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    assert not codes or "data" not in answer
    return codes


async def test_an_operation_answers_its_roles_and_refuses_all_others_before_looking(office: Office) -> None:
    for address in [*FRONT, *BACK, "marketing", "admin"]:
        viewer = await office.somebody(address)
        for operation, may in MAY.items():
            refused = await codes_of(office, viewer, operation)
            assert refused == (set() if address in may else {"FORBIDDEN"}), (address, operation)


async def test_an_operation_answers_nobody_who_has_not_signed_in(office: Office) -> None:
    for operation in set(MAY) - {"ComplaintLive", "HandoffsLive"}:
        answer = await office.operation(None, operation, VARIABLES[operation])
        assert "data" not in answer
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"UNAUTHENTICATED"}
