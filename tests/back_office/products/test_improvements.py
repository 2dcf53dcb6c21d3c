"""Improvements: proposed from complaints, planned with a criterion, carried out, given up; each step only in its turn."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

from models.back_office.products.improvements import (
    Improvement,
    ImprovementComplaint,
    ImprovementKind,
    ImprovementStatus,
)
from models.both_offices.accounts import Account
from models.front_office.service.complaints import Category, CauseCode, Complaint
from models.kit.base import now
from models.permissions import Department, Role
from resolvers.back_office.products.improvements.agreeing import (
    add_complaints_to_improvement,
    plan_improvement,
    revise_improvement,
)
from resolvers.back_office.products.improvements.steps import (
    judge_improvement,
    monitor_improvement,
    reject_improvement,
    start_improvement,
)
from resolvers.kit.commands import Key, Keys, Viewer
from resolvers.kit.problems import IllegalTransition
from tests.back_office.products.improving import AGREED, a_product, complained, planned, proposed, proposing
from tests.office import (
    Office,
    at_once,
    do,
    doing,
    handed_off,
    happened,
    hire,
    history,
    problems_of,
    tried,
    wrong_with,
)

S = ImprovementStatus


async def wrong(viewer: Viewer, *complaints: Complaint, **others: Any) -> list[tuple[str, str]]:
    return await wrong_with(proposing(viewer, *complaints, **others))


# --- Proposing ---


async def test_an_improvement_is_measured_by_what_its_complaints_share(manager: Viewer) -> None:
    product = await a_product()
    complaints = [await complained(now(), product_id=product.id) for _ in range(2)]
    improvement = await proposed(manager, *complaints)
    assert improvement.number == f"IMP-{now().year}-000001"
    assert (improvement.cause, improvement.category) == (CauseCode.METHOD, Category.DELIVERY)
    assert improvement.product_id == product.id
    assert (improvement.owner_id, improvement.proposed_by_id) == (manager.account, manager.account)
    assert (improvement.status, improvement.window_days, improvement.version) == (S.PROPOSED, 90, 1)
    linked = await ImprovementComplaint.filter(improvement_id=improvement.id).values_list("complaint_id", flat=True)
    assert set(linked) == {complaint.id for complaint in complaints}
    assert await history(improvement.id) == [("IMPROVEMENT_PROPOSED", manager.account, "LOGISTICS")]


async def test_what_its_complaints_do_not_share_must_be_named(manager: Viewer) -> None:
    product = await a_product()
    one = await complained(now(), cause=CauseCode.METHOD, product_id=product.id)
    two = await complained(now(), cause=CauseCode.SUPPLIER, category=Category.BILLING)
    assert await wrong(manager, one, two) == [("INVALID", "cause"), ("INVALID", "category"), ("INVALID", "product")]
    two.cause = CauseCode.METHOD
    await two.save()
    improvement = await proposed(manager, one, two, category=Category.BILLING, any_product=True)
    assert (improvement.category, improvement.product_id) == (Category.BILLING, None)
    improvement = await proposed(manager, one, two, any_category=True, product=product)
    assert (improvement.category, improvement.product_id) == (None, product.id)


async def test_what_none_of_its_complaints_is_about_cannot_be_named(manager: Viewer) -> None:
    complaint, product = await complained(now()), await a_product()
    named = {"product": product, "category": Category.BILLING, "cause": CauseCode.SUPPLIER}
    expected = [("INVALID", "complaints"), ("INVALID", "category"), ("INVALID", "product")]
    assert await wrong(manager, complaint, **named) == expected
    both = {"category": Category.DELIVERY, "any_category": True, "product": uuid4()}
    assert await wrong(manager, complaint, **both) == [("INVALID", "anyCategory"), ("NOT_FOUND", "product")]


async def test_complaints_without_a_cause_get_the_improvements(manager: Viewer) -> None:
    known, unknown = await complained(now()), await complained(now(), cause=None)
    await proposed(manager, known, unknown)
    changed = await Complaint.get(id=unknown.id)
    assert (changed.cause, changed.version) == (CauseCode.METHOD, 2)
    assert await happened(unknown.id) == ["CAUSE_DETERMINED"]
    assert await history(known.id) == []
    assert await wrong(manager, await complained(now(), cause=None)) == [("INVALID", "cause")]


async def test_only_complaints_that_the_proposer_sees_can_be_named(clerk: Viewer, agent: Viewer) -> None:
    ours = await Complaint.get(id=(await handed_off(agent)).complaint_id)
    theirs = await Complaint.get(id=(await handed_off(agent, Department.FINANCE)).complaint_id)
    cause = {"cause": CauseCode.METHOD}
    unseen = await problems_of(proposing(clerk, ours, theirs, **cause))
    assert [(problem.code, problem.path) for problem in unseen] == [("NOT_FOUND", ("input", "complaints"))]
    assert await problems_of(proposing(clerk, **cause, complaints=(ours, uuid4()))) == unseen
    assert (await proposed(clerk, ours, **cause)).status is S.PROPOSED
    assert await Improvement.all().count() == 1


async def test_everything_wrong_is_reported_at_once(manager: Viewer, agent: Viewer) -> None:
    given: dict[str, Any] = {
        "title": " ",
        "plan": "\0",
        "criterion": "",
        "department": Department.SALES,
        "max_recurrence": Decimal("-0.01"),
        "window_days": 0,
        "owner": agent.account,
        "successor_of": uuid4(),
    }
    members = "complaints title plan criterion department maxRecurrence windowDays owner successorOf"
    assert [member for _, member in await wrong(manager, **given)] == members.split()
    for bad in (Decimal("1.005"), Decimal("1000000.01")):
        assert ("INVALID", "maxRecurrence") in await wrong(manager, **given | {"max_recurrence": bad})
    assert await Improvement.all().count() == 0


async def test_the_owner_is_somebody_who_can_carry_it_out(clerk: Viewer, manager: Viewer) -> None:
    complaint = await complained(now())
    owned = await proposed(manager, complaint, owner=clerk.account)
    assert owned.owner_id == clerk.account
    await Account.filter(id=clerk.account).update(enabled=False)
    assert await wrong(manager, complaint, owner=clerk.account) == [("INVALID", "owner")]
    assert await wrong(manager, complaint, owner=uuid4()) == [("NOT_FOUND", "owner")]


async def test_who_knows_the_customer_cannot_write_them_into_an_improvement(office: Office) -> None:
    both = await hire("Dora Both", [Role.BACK_OFFICE_MANAGER, Role.SERVICE_AGENT], [])
    title = "Call Maria Anders of Alfreds Futterkiste first"
    plan = "Visit Obere Str. 57, then write to maria.anders@alfki.example, 😀."
    improvement = await planned(both, await complained(now()), title=title, plan=plan)
    assert improvement.title == "Call [customer] of [customer] first"
    assert improvement.plan == "Visit [street], then write to [e-mail], 😀."
    await do(reject_improvement, both, improvement, reason="Alfreds Futterkiste agrees.")
    assert (await Improvement.get(id=improvement.id)).rejection_reason == "[customer] agrees."


async def test_who_guesses_the_customer_does_not_read_in_a_mask_that_the_guess_was_right(manager: Viewer) -> None:
    guess = "Is it Futterkiste, or Anders?"
    terms = {"title": guess, "plan": guess, "criterion": guess}
    improvement, another = await planned(manager, await complained(now()), **terms), await complained(now())
    await do(add_complaints_to_improvement, manager, improvement, complaints=(another,))
    await do(reject_improvement, manager, improvement, reason=guess)
    kept = await Improvement.get(id=improvement.id)
    assert {kept.title, kept.plan, kept.criterion, kept.rejection_reason} == {guess}
    # Full names are masked, whoever's they are.
    named = await proposed(manager, await complained(now()), title="Not Maria Anders, but Ana Trujillo")
    assert named.title == "Not [customer], but [customer]"


# --- Adding complaints ---


async def test_complaints_are_added_once_and_only_of_the_same_kind(manager: Viewer) -> None:
    first, second = await complained(now()), await complained(now(), cause=None)
    improvement = await proposed(manager, first)
    for _ in range(2):
        await do(add_complaints_to_improvement, manager, improvement, complaints=(first, second, second))
    assert await ImprovementComplaint.filter(improvement_id=improvement.id).count() == 2
    assert (await Improvement.get(id=improvement.id)).version == 2
    assert (await Complaint.get(id=second.id)).cause is CauseCode.METHOD
    others = (await complained(now(), cause=CauseCode.DESIGN), await complained(now(), category=Category.BILLING))
    adding = doing(add_complaints_to_improvement, manager, improvement, complaints=others, expected_version=1)
    assert await wrong_with(adding) == [("STALE_VERSION", "expectedVersion"), *[("INVALID", "complaints")] * 2]
    await do(reject_improvement, manager, improvement, reason="Too dear.")
    adding = doing(add_complaints_to_improvement, manager, improvement, complaints=(first,))
    assert await wrong_with(adding) == [("ENDED", "improvement")]


# --- Carrying out ---


async def test_it_is_not_planned_without_a_plan_and_a_criterion(manager: Viewer) -> None:
    improvement = await proposed(manager, await complained(now()))
    bare = await wrong_with(doing(plan_improvement, manager, improvement, window_days=5))
    assert bare == [("REQUIRED", member) for member in ("plan", "criterion", "maxRecurrence")]
    await do(revise_improvement, manager, improvement, plan="A draft.")
    terms = {"criterion": "None late.", "max_recurrence": Decimal("2.50"), "window_days": 30}
    await do(plan_improvement, manager, improvement, **terms)
    agreed = await Improvement.get(id=improvement.id)
    assert (agreed.status, agreed.plan, agreed.criterion) == (S.PLANNED, "A draft.", "None late.")
    assert (agreed.max_recurrence, agreed.window_days, agreed.planned_at is not None) == (250, 30, True)
    kinds = await happened(improvement.id)
    assert kinds == ["IMPROVEMENT_PROPOSED", "IMPROVEMENT_REVISED", "IMPROVEMENT_PLANNED"]


STEPS: list[tuple[Callable[[Viewer, Any], Awaitable[Keys]], dict[str, str], set[ImprovementStatus]]] = [
    (plan_improvement, {}, {S.PROPOSED}),
    (revise_improvement, {}, {S.PROPOSED, S.PLANNED}),
    (start_improvement, {}, {S.PLANNED}),
    (monitor_improvement, {}, {S.IN_PROGRESS}),
    (judge_improvement, {}, {S.MONITORING}),
    (reject_improvement, {"reason": "Too dear."}, {S.PROPOSED, S.PLANNED, S.IN_PROGRESS}),
]


async def test_each_verb_succeeds_from_its_statuses_and_is_refused_from_all_others(manager: Viewer) -> None:
    improvement = await planned(manager, await complained(now()))
    everything = {name: now() for name in ("started_at", "judged_at", "rejected_at")}
    everything |= {"complaints_before": 0, "orders_before": 0, "orders_after": 1}
    everything |= {"rejection_reason": "No.", "judged_by_id": manager.account}
    for status in S:
        ended = status in (S.EFFECTIVE, S.NOT_EFFECTIVE)
        until = now() if ended else now().replace(year=2099)
        more = {"monitored_until": until, "monitoring_from": now().replace(year=2001), "status": status}
        more |= {"complaints_after": int(status is S.NOT_EFFECTIVE), "judged_at": now()}
        await Improvement.filter(id=improvement.id).update(**everything | more)
        for verb, said, origins in STEPS:
            problems = await tried(doing(verb, manager, improvement, **said))
            illegal = [problem for problem in problems if isinstance(problem, IllegalTransition)]
            if status in origins:
                # Judging is refused, but not because it was not its turn.
                assert not illegal and bool(problems) == (verb is judge_improvement), (status, verb, problems)
            else:
                assert illegal and illegal[0].origin == status, (status, verb)


async def test_of_two_who_plan_at_once_one_is_refused(manager: Viewer, clerk: Viewer) -> None:
    improvement = await proposed(manager, await complained(now()), **AGREED)
    plans = (doing(plan_improvement, viewer, improvement, expected_version=1) for viewer in (manager, clerk))
    found = await at_once(*map(problems_of, plans))
    assert sorted(len(problems) for problems in found) == [0, 2]
    assert (await Improvement.get(id=improvement.id)).version == 2


async def test_an_invisible_or_missing_improvement_is_not_found(manager: Viewer) -> None:
    for key in (None, uuid4()):
        found = await wrong_with(doing(start_improvement, manager, improvement=Key(key)))
        assert found == [("NOT_FOUND", "improvement")]


def test_every_kind_is_described() -> None:
    assert all(kind.description for kind in ImprovementKind)
