"""What has a default need not be given: neither an editor nor a generated client asks for it, and null means the default."""

from graphql import InputValueDefinitionNode, NonNullTypeNode, Visitor, parse, visit

from models.kit.severity import Severity
from resolvers.kit.commands import Viewer
from tests.office import Office, alfreds, received
from tests.reading.reference import BUILT


class Needless(Visitor):
    """Finds the arguments and input members that have a default and cannot be null."""

    def __init__(self, printed: str) -> None:
        super().__init__()
        self.found: list[str] = []
        visit(parse(printed), self)

    def enter_input_value_definition(self, node: InputValueDefinitionNode, *_: object) -> None:
        if node.default_value is not None and isinstance(node.type, NonNullTypeNode):
            self.found.append(node.name.value)


def test_nothing_with_a_default_is_asked_for() -> None:
    assert Needless(BUILT[0].as_str()).found == []
    assert Needless("input In { a: Int! = 1, b: Int = 1, c: Int! } type Query { f(n: Int! = 1): Int }").found == [
        "a",
        "n",
    ]


async def test_null_is_what_leaving_it_out_is_to_a_change(office: Office, agent: Viewer) -> None:
    given = {"customer": f"cus_{(await alfreds()).id}", "currency": "USD", "idempotencyKey": "one"}
    nulls = dict.fromkeys(("lines", "discountBasisPoints", "shortagePolicy", "place", "dryRun"))
    shown = "order { id status shortagePolicy lines { id } } errors { code }"
    left_out = await office.send(agent, "draftOrder", shown, **given)
    order = dict(left_out["order"])
    assert order.pop("id").startswith("ord_")
    assert order == {"status": "DRAFT", "shortagePolicy": "BACKORDER", "lines": []}
    # The key finds the first answer again only for the very same input.
    assert await office.send(agent, "draftOrder", shown, **given, **nulls) == left_out
    literal = ", ".join(f"{name}: null" for name in nulls)
    document = f"""mutation ($customer: ID!, $place: Boolean) {{ draftOrder(input: {{ customer: $customer, currency: USD,
      idempotencyKey: "one", {literal.replace("place: null", "place: $place")} }}) {{ {shown} }} }}"""
    for variables in ({}, {"place": None}, {"place": False}):
        found = await office.ask(agent, document, {"customer": given["customer"], **variables})
        assert found == {"data": {"draftOrder": left_out}}


async def test_null_is_what_leaving_it_out_is_to_a_list_and_a_report(office: Office, agent: Viewer) -> None:
    lists = "query ($way: SortDirection) { frontOffice { customers(first: 3, sort: [%s]) { nodes { number } } } }"
    expected = await office.find(agent, lists.replace("($way: SortDirection)", "") % "{field: NUMBER}")
    assert [one["number"] for one in expected] == ["C-000001", "C-000002", "C-000003"]
    for step, variables in (
        ("{field: NUMBER, direction: null}", {}),
        ("{field: NUMBER, direction: $way}", {"way": None}),
    ):
        text = lists if variables else lists.replace("($way: SortDirection)", "")
        assert await office.find(agent, text % step, variables) == expected

    manager = await office.somebody("front.manager")
    for severity in (Severity.LOW, Severity.HIGH):
        await received(agent, severity=severity)
    # One alone makes no issue, two make one for each of what they share.
    for arguments in ("", ", first: null, minComplaints: null, groupBy: null", ", first: $n, minComplaints: $n"):
        report = f'frontOffice {{ systemicIssues(since: "1996-01-01T00:00:00Z"{arguments}) {{ frequency harm }} }}'
        document = f"query {'($n: Int)' if '$n' in arguments else ''} {{ {report} }}"
        assert await office.find(manager, document, {"n": None}) == [{"frequency": 2, "harm": 10}], arguments
