"""Links between complaints: seen from both sides, never in a circle, and silent about what a department does not see."""

from typing import Any
from uuid import UUID

from models.front_office.service.cases import ComplaintLink, LinkKind
from models.kit.base import new_id
from resolvers.front_office.service.links import link_complaints, unlink_complaints
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer
from tests.front_office.service.test_answers import codes
from tests.office import Office, at_once, doing, handed_off, problems_of, received


def link(viewer: Viewer, one: UUID | None, two: UUID | None, kind: LinkKind = LinkKind.DUPLICATE_OF) -> Any:
    return doing(link_complaints, viewer, complaint=one, other=two, kind=kind)


def unlink(viewer: Viewer, one: UUID, two: UUID, kind: LinkKind = LinkKind.DUPLICATE_OF) -> Any:
    return doing(unlink_complaints, viewer, complaint=one, other=two, kind=kind)


async def test_links_are_seen_from_both_sides_and_taken_back_from_either(agent: Viewer) -> None:
    one, two = await received(agent), await received(agent)
    await transact(link(agent, one.id, two.id))
    await transact(link(agent, one.id, two.id, LinkKind.SAME_CAUSE))
    assert await codes(link(agent, two.id, one.id, LinkKind.SAME_CAUSE)) == [("ALREADY_LINKED", "other")]
    kinds = await ComplaintLink.filter(complaint_id=two.id).order_by("kind").values_list("kind", flat=True)
    assert kinds == [LinkKind.HAS_DUPLICATE, LinkKind.SAME_CAUSE]
    await transact(unlink(agent, two.id, one.id, LinkKind.SAME_CAUSE))
    await transact(unlink(agent, one.id, two.id))
    assert await ComplaintLink.all().count() == 0
    assert await codes(unlink(agent, one.id, two.id)) == [("NOT_LINKED", "other")]


async def test_a_link_has_two_complaints_that_the_viewer_sees_and_a_kind_that_is_made_by_hand(agent: Viewer) -> None:
    one, two = await received(agent), await received(agent)
    assert await codes(link(agent, one.id, one.id)) == [("INVALID", "other")]
    assert await codes(link(agent, None, new_id())) == [("NOT_FOUND", "complaint"), ("NOT_FOUND", "other")]
    assert await codes(link(agent, one.id, two.id, LinkKind.FOLLOW_UP_OF)) == [("INVALID", "kind")]


async def test_duplicates_never_lead_in_a_circle_also_when_linked_at_once(agent: Viewer) -> None:
    a, b, c, d = [(await received(agent)).id for _ in range(4)]
    await transact(link(agent, a, b))
    await transact(link(agent, b, c))
    assert await codes(link(agent, c, a)) == [("CIRCULAR_LINK", "other")]
    assert await codes(link(agent, a, d)) == [("ALREADY_LINKED", "complaint")]
    e, f = (await received(agent)).id, (await received(agent)).id
    await transact(link(agent, d, e))
    outcomes = await at_once(
        problems_of(link(agent, c, d)), problems_of(link(agent, e, a)), problems_of(link(agent, f, a))
    )
    assert sorted(len(problems) for problems in outcomes) == [0, 0, 1]


async def test_a_department_sees_no_link_to_a_complaint_that_it_does_not_see(office: Office, agent: Viewer) -> None:
    clerk = await office.somebody("logistics")
    handoff = await handed_off(agent)
    seen: UUID = handoff.complaint_id
    hidden = await received(agent)
    await transact(link(agent, seen, hidden.id))
    document = "query ($id: ID!) { node(id: $id) { ... on Complaint { links { totalCount nodes { kind } } } } }"
    for viewer, count in ((agent, 1), (clerk, 0)):
        shown = await office.find(viewer, document, {"id": f"cmp_{seen}"})
        assert (shown["totalCount"], len(shown["nodes"])) == (count, count)
