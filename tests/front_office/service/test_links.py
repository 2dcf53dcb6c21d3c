"""Links between complaints: seen from both sides, never in a circle, and silent about what a department does not see."""

from functools import partial
from typing import Any
from uuid import UUID

from models.front_office.service.cases import ComplaintLink, LinkKind
from models.front_office.service.complaints import Complaint
from models.kit.base import new_id
from resolvers.front_office.service.cases.linking import link_complaints, unlink_complaints
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer
from tests.front_office.service.complaining import codes
from tests.office import Office, at_once, doing, handed_off, problems_of, received

Linked = Complaint | UUID | None


def change(use_case: Any, viewer: Viewer, one: Linked, two: Linked, kind: LinkKind = LinkKind.DUPLICATE_OF) -> Any:
    return doing(use_case, viewer, complaint=one, other=two, kind=kind)


link, unlink = partial(change, link_complaints), partial(change, unlink_complaints)


async def test_links_are_seen_from_both_sides_and_taken_back_from_either(agent: Viewer) -> None:
    one, two = await received(agent), await received(agent)
    await transact(link(agent, one, two))
    await transact(link(agent, one, two, LinkKind.SAME_CAUSE))
    assert await codes(link(agent, two, one, LinkKind.SAME_CAUSE)) == [("ALREADY_LINKED", "other")]
    kinds = await ComplaintLink.filter(complaint_id=two.id).order_by("kind").values_list("kind", flat=True)
    assert kinds == [LinkKind.HAS_DUPLICATE, LinkKind.SAME_CAUSE]
    await transact(unlink(agent, two, one, LinkKind.SAME_CAUSE))
    await transact(unlink(agent, one, two))
    assert await ComplaintLink.all().count() == 0
    assert await codes(unlink(agent, one, two)) == [("NOT_LINKED", "other")]


async def test_a_link_has_two_complaints_that_the_viewer_sees_and_a_kind_that_is_made_by_hand(agent: Viewer) -> None:
    one, two = await received(agent), await received(agent)
    assert await codes(link(agent, one, one)) == [("INVALID", "other")]
    assert await codes(link(agent, None, new_id())) == [("NOT_FOUND", "complaint"), ("NOT_FOUND", "other")]
    assert await codes(link(agent, one, two, LinkKind.FOLLOW_UP_OF)) == [("INVALID", "kind")]


async def test_duplicates_never_lead_in_a_circle_also_when_linked_at_once(agent: Viewer) -> None:
    a, b, c, d, e, f = [await received(agent) for _ in range(6)]
    await transact(link(agent, a, b))
    await transact(link(agent, b, c))
    assert await codes(link(agent, c, a)) == [("CIRCULAR_LINK", "other")]
    assert await codes(link(agent, a, d)) == [("ALREADY_LINKED", "complaint")]
    await transact(link(agent, d, e))
    outcomes = await at_once(*(problems_of(link(agent, *pair)) for pair in ((c, d), (e, a), (f, a))))
    assert sorted(len(problems) for problems in outcomes) == [0, 0, 1]


async def test_a_department_sees_no_link_to_a_complaint_that_it_does_not_see(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    seen = await Complaint.get(id=(await handed_off(agent)).complaint_id)
    await transact(link(agent, seen, await received(agent)))
    for viewer, count in ((agent, 1), (clerk, 0)):
        shown = await office.read(viewer, seen, "links { totalCount nodes { kind } }")
        assert (shown["totalCount"], len(shown["nodes"])) == (count, count)
