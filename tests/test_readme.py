"""The two sessions of the READMEs: their documents, sent in their order by whom they name, do what is said of them."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from models.back_office.products.improvements import Improvement
from models.front_office.after_sales.returns import CustomerReturn, ReturnStatus
from models.front_office.sales.orders import Order, OrderStatus
from models.front_office.service.complaints import Complaint, ComplaintStatus
from resolvers.both_offices.rules.applying import apply_rules
from resolvers.kit.transaction import before_commit
from tests.both_offices.signing_in import authority
from tests.office import Office, rating_token
from tests.properties.chain.invariants import check_the_chain
from tests.properties.invariants import check_everything

ROOT = Path(__file__).parents[1]
Session = list[tuple[str, str]]
"""Who sends it, and what, document by document."""


def session(file: str, heading: str) -> Session:
    """The documents below a heading of a README."""
    [below] = re.findall(rf"\n## {heading}\n(.*?)\n## ", (ROOT / file).read_text(), re.DOTALL)
    return re.findall(r"```graphql\n# \d+\. (\S+).*?\n(.*?)```", below, re.DOTALL)


def named(answer: Any, wanted: set[str], found: dict[str, str]) -> None:
    """Notes what later documents need under the names that they use."""
    if isinstance(answer, list):
        for member in answer:
            named(member, wanted, found)
    elif isinstance(answer, dict):
        for key, value in answer.items():
            if key in wanted and isinstance(value, str):
                found.setdefault(key, value)
            named(value, wanted, found)


def problems(answer: Any) -> list[Any]:
    """What any payload of an answer says was wrong."""
    if isinstance(answer, list):
        return [problem for member in answer for problem in problems(member)]
    if isinstance(answer, dict):
        return answer.get("errors") or [problem for value in answer.values() for problem in problems(value)]
    return []


async def held(office: Office, documents: Session) -> tuple[dict[str, str], dict[str, list[Any]]]:
    """Sends a session; the ids that its answers name, and what each sender was answered. Nothing may go wrong in it."""
    wanted = set(re.findall(r"\$(\w+):", "".join(document for _, document in documents)))
    company, found, answers = (
        Office.of(office.database, authority()),
        dict[str, str](),
        defaultdict[str, list[Any]](list),
    )
    stop = before_commit(apply_rules)
    try:
        for sender, document in documents:
            viewer = None if sender.startswith("(") else await company.somebody(sender.rstrip(":"))
            if viewer is None:
                found["token"] = await rating_token(authority().settings)
            given = {name: found[name] for name in re.findall(r"\$(\w+):", document)}
            answer = await company.ask(viewer, document, given)
            assert "errors" not in answer, answer
            assert problems(answer) == []
            answers[sender.rstrip(":")].append(answer["data"])
            named(answer, wanted, found)
    finally:
        stop()
    return found, answers


async def test_ten_documents_are_the_whole_life_of_a_complaint(office: Office) -> None:
    documents = session("README.md", "A first session") + session("schema/README.md", "The life of a complaint")
    assert len(documents) == 10
    found, answers = await held(office, documents)
    complaint = await Complaint.get(id=found["complaint"].removeprefix("cmp_"))
    assert (complaint.status, complaint.cause) == (ComplaintStatus.ANSWERED, "METHOD")
    assert await Improvement.all().count() == 1
    assert not re.search(r"Anders|Futterkiste|0074321", str(answers["logistics"]))
    await check_everything()


async def test_thirteen_documents_are_an_orders_way_there_and_back(office: Office) -> None:
    documents = session("schema/README.md", "From order to delivery and back")
    assert len(documents) == 13
    found, answers = await held(office, documents)
    placed, progress = answers["sales"][1], answers["sales"][2]["frontOffice"]["order"]["progress"]
    [outlook], [line] = placed["outlook"]["outcome"]["lines"], placed["draftOrder"]["order"]["lines"]
    assert (outlook["allocated"], outlook["backordered"]) == (21, 4)
    assert (line["allocatedQuantity"], line["backorderedQuantity"]) == (21, 4)
    assert (
        answers["logistics"][0]["backOffice"]["ordersToShip"]["nodes"][0]["number"]
        == placed["draftOrder"]["order"]["number"]
    )
    assert [(one["stage"], one["quantity"], one["carrier"]) for one in progress] == [("SHIPPED", 25, "Speedy Express")]
    order = await Order.get(id=found["order"].removeprefix("ord_"))
    assert (order.status, order.refunded_minor) == (OrderStatus.DELIVERED, 2 * order.total_minor // 25)
    assert (await CustomerReturn.get(id=found["customerReturn"].removeprefix("ret_"))).status == ReturnStatus.CLOSED
    assert not re.search(r"Mendel|ernst@|7675-3425", str(answers["logistics"]))
    await check_the_chain()
