"""The README's first session: its documents, sent in their order by whom they name, do what it says."""

import re
from pathlib import Path
from typing import Any

from models.back_office.improvements import Improvement
from models.front_office.complaints import Complaint, ComplaintStatus
from resolvers.rules import apply_rules
from resolvers.transaction import before_commit
from tests.back_office.signing_in import authority
from tests.invariants import check_everything
from tests.office import Office

README = (Path(__file__).parent.parent / "README.md").read_text()
DOCUMENTS: list[tuple[str, str]] = re.findall(r"```graphql\n# \d+\. (\S+).*?\n(.*?)```", README, re.DOTALL)
"""Who sends it, and what."""


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


async def test_ten_documents_are_the_whole_life_of_a_complaint(office: Office) -> None:
    assert len(DOCUMENTS) == 10
    wanted = set(re.findall(r"\$(\w+):", "".join(document for _, document in DOCUMENTS)))
    company, found, answers = Office.of(office.database, authority()), dict[str, str](), list[str]()
    stop = before_commit(apply_rules)
    try:
        for sender, document in DOCUMENTS:
            viewer = None if sender.startswith("(") else await company.somebody(sender.rstrip(":"))
            given = {name: found[name] for name in re.findall(r"\$(\w+):", document)}
            answer = await company.ask(viewer, document, given)
            assert "errors" not in answer, answer
            assert problems(answer) == []
            if sender == "logistics:":
                answers.append(str(answer))
            named(answer, wanted, found)
    finally:
        stop()
    complaint = await Complaint.get(id=found["complaint"].removeprefix("cmp_"))
    assert (complaint.status, complaint.cause) == (ComplaintStatus.ANSWERED, "METHOD")
    assert await Improvement.all().count() == 1
    assert not re.search(r"Anders|Futterkiste|0074321", "".join(answers))
    await check_everything()
