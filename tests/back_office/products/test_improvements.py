"""Improvements: proposed from complaints, planned with a criterion, carried out, given up; each step only in its turn."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
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
    AddComplaintsToImprovement,
    PlanImprovement,
    ReviseImprovement,
    add_complaints_to_improvement,
    plan_improvement,
    propose_improvement,
    revise_improvement,
)
from resolvers.back_office.products.improvements.steps import (
    JudgeImprovement,
    MonitorImprovement,
    RejectImprovement,
    StartImprovement,
    judge_improvement,
    monitor_improvement,
    reject_improvement,
    start_improvement,
)
from resolvers.kit.commands import Key, Keys
from resolvers.kit.problems import IllegalTransition
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer
from tests.back_office.products.improving import AGREED, a_product, complained, planned, proposed, what_is_proposed
from tests.office import Office, at_once, do, doing, handed_off, happened, hire, history, problems_of, tried

S = ImprovementStatus


Codes = list[tuple[str, tuple[str, ...]]]


async def codes(work: Callable[[], Awaitable[Keys]]) -> Codes:
    return [(problem.code, problem.path[1:]) for problem in await problems_of(work)]


async def wrong(viewer: Viewer, *complaints: Complaint, **others: Any) -> Codes:
    return await codes(lambda: propose_improvement(viewer, what_is_proposed(*complaints, **others)))


async def reject(viewer: Viewer, improvement: Improvement, reason: str = "Too dear.") -> Keys:
    return await reject_improvement(viewer, RejectImprovement(improvement=Key(improvement.id), reason=reason))


async def add(viewer: Viewer, improvement: Improvement, *complaints: Complaint, **others: Any) -> Keys:
    keys = tuple(Key(complaint.id) for complaint in complaints)
    given = AddComplaintsToImprovement(improvement=Key(improvement.id), complaints=keys, **others)
    return await add_complaints_to_improvement(viewer, given)


# --- Proposing ---


async def test_an_improvement_is_measured_by_what_its_complaints_share(manager: Viewer) -> None:
    product = await a_product()
    complaints = [await complained(now(), product_id=product.id), await complained(now(), product_id=product.id)]
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
    missing = [("INVALID", ("cause",)), ("INVALID", ("category",)), ("INVALID", ("product",))]
    assert await wrong(manager, one, two) == missing
    two.cause = CauseCode.METHOD
    await two.save()
    improvement = await proposed(manager, one, two, category=Category.BILLING, any_product=True)
    assert (improvement.category, improvement.product_id) == (Category.BILLING, None)
    improvement = await proposed(manager, one, two, any_category=True, product=Key(product.id))
    assert (improvement.category, improvement.product_id) == (None, product.id)


async def test_what_none_of_its_complaints_is_about_cannot_be_named(manager: Viewer) -> None:
    complaint, product = await complained(now()), await a_product()
    named = {"product": Key(product.id), "category": Category.BILLING, "cause": CauseCode.SUPPLIER}
    expected = [("INVALID", ("complaints",)), ("INVALID", ("category",)), ("INVALID", ("product",))]
    assert await wrong(manager, complaint, **named) == expected
    both = {"category": Category.DELIVERY, "any_category": True, "product": Key(uuid4())}
    assert await wrong(manager, complaint, **both) == [("INVALID", ("anyCategory",)), ("NOT_FOUND", ("product",))]


async def test_complaints_without_a_cause_get_the_improvements(manager: Viewer) -> None:
    known, unknown = await complained(now()), await complained(now(), cause=None)
    await proposed(manager, known, unknown)
    changed = await Complaint.get(id=unknown.id)
    assert (changed.cause, changed.version) == (CauseCode.METHOD, 2)
    assert await happened(unknown.id) == ["CAUSE_DETERMINED"]
    assert await history(known.id) == []
    assert await wrong(manager, await complained(now(), cause=None)) == [("INVALID", ("cause",))]


async def test_only_complaints_that_the_proposer_sees_can_be_named(clerk: Viewer, agent: Viewer) -> None:
    ours = await Complaint.get(id=(await handed_off(agent)).complaint_id)
    theirs = await Complaint.get(id=(await handed_off(agent, Department.FINANCE)).complaint_id)
    unseen = await problems_of(
        lambda: propose_improvement(clerk, what_is_proposed(ours, theirs, cause=CauseCode.METHOD))
    )
    assert [(problem.code, problem.path) for problem in unseen] == [("NOT_FOUND", ("input", "complaints"))]
    missing = what_is_proposed(ours, theirs, cause=CauseCode.METHOD)
    missing = replace(missing, complaints=(Key(ours.id), Key(uuid4())))
    assert await problems_of(lambda: propose_improvement(clerk, missing)) == unseen
    assert (await proposed(clerk, ours, cause=CauseCode.METHOD)).status is S.PROPOSED
    assert await Improvement.all().count() == 1


async def test_everything_wrong_is_reported_at_once(manager: Viewer, agent: Viewer) -> None:
    given: dict[str, Any] = {
        "title": " ",
        "plan": "\0",
        "criterion": "",
        "department": Department.SALES,
        "max_recurrence": Decimal("-0.01"),
        "window_days": 0,
        "owner": Key(agent.account),
        "successor_of": Key(uuid4()),
    }
    found = await wrong(manager, **given)
    members = ["complaints", "title", "plan", "criterion", "department", "maxRecurrence", "windowDays", "owner"]
    assert [path for _, path in found] == [(member,) for member in [*members, "successorOf"]]
    for bad in (Decimal("1.005"), Decimal("1000000.01")):
        assert ("INVALID", ("maxRecurrence",)) in await wrong(manager, **given | {"max_recurrence": bad})
    assert await Improvement.all().count() == 0


async def test_the_owner_is_somebody_who_can_carry_it_out(clerk: Viewer, manager: Viewer) -> None:
    complaint = await complained(now())
    owned = await proposed(manager, complaint, owner=Key(clerk.account))
    assert owned.owner_id == clerk.account
    await Account.filter(id=clerk.account).update(enabled=False)
    assert await wrong(manager, complaint, owner=Key(clerk.account)) == [("INVALID", ("owner",))]
    assert await wrong(manager, complaint, owner=Key(uuid4())) == [("NOT_FOUND", ("owner",))]


async def test_who_knows_the_customer_cannot_write_them_into_an_improvement(office: Office) -> None:
    both = await hire("Dora Both", [Role.BACK_OFFICE_MANAGER, Role.SERVICE_AGENT], [])
    title = "Call Maria Anders of Alfreds Futterkiste first"
    plan = "Visit Obere Str. 57, then write to maria.anders@alfki.example, 😀."
    improvement = await planned(both, await complained(now()), title=title, plan=plan)
    assert improvement.title == "Call [customer] of [customer] first"
    assert improvement.plan == "Visit [street], then write to [e-mail], 😀."
    await transact(lambda: reject(both, improvement, "Alfreds Futterkiste agrees."))
    assert (await Improvement.get(id=improvement.id)).rejection_reason == "[customer] agrees."


async def test_who_guesses_the_customer_does_not_read_in_a_mask_that_the_guess_was_right(manager: Viewer) -> None:
    guess = "Is it Alfreds Futterkiste?"
    terms = {"title": guess, "plan": guess, "criterion": guess}
    improvement, another = await planned(manager, await complained(now()), **terms), await complained(now())
    await transact(lambda: add(manager, improvement, another))
    await transact(lambda: reject(manager, improvement, guess))
    kept = await Improvement.get(id=improvement.id)
    assert {kept.title, kept.plan, kept.criterion, kept.rejection_reason} == {guess}


# --- Adding complaints ---


async def test_complaints_are_added_once_and_only_of_the_same_kind(manager: Viewer) -> None:
    first = await complained(now())
    improvement = await proposed(manager, first)
    second = await complained(now(), cause=None)
    for _ in range(2):
        await transact(lambda: add(manager, improvement, first, second, second))
    assert await ImprovementComplaint.filter(improvement_id=improvement.id).count() == 2
    assert (await Improvement.get(id=improvement.id)).version == 2
    assert (await Complaint.get(id=second.id)).cause is CauseCode.METHOD
    others = [await complained(now(), cause=CauseCode.DESIGN), await complained(now(), category=Category.BILLING)]
    found = await codes(lambda: add(manager, improvement, *others, expected_version=1))
    assert found == [("STALE_VERSION", ("expectedVersion",)), *[("INVALID", ("complaints",))] * 2]
    await transact(lambda: reject(manager, improvement))
    found = await codes(lambda: add(manager, improvement, first))
    assert found == [("ENDED", ("improvement",))]


# --- Carrying out ---


async def test_it_is_not_planned_without_a_plan_and_a_criterion(manager: Viewer) -> None:
    improvement = await proposed(manager, await complained(now()))
    key = Key(improvement.id)
    bare = await codes(doing(plan_improvement, manager, improvement=key, window_days=5))
    assert bare == [("REQUIRED", (member,)) for member in ("plan", "criterion", "maxRecurrence")]
    await do(revise_improvement, manager, improvement=key, plan="A draft.")
    await do(
        plan_improvement,
        manager,
        improvement=key,
        criterion="None late.",
        max_recurrence=Decimal("2.50"),
        window_days=30,
    )
    agreed = await Improvement.get(id=improvement.id)
    assert (agreed.status, agreed.plan, agreed.criterion) == (S.PLANNED, "A draft.", "None late.")
    assert (agreed.max_recurrence, agreed.window_days, agreed.planned_at is not None) == (250, 30, True)
    kinds = await happened(improvement.id)
    assert kinds == ["IMPROVEMENT_PROPOSED", "IMPROVEMENT_REVISED", "IMPROVEMENT_PLANNED"]


STEPS: dict[str, tuple[set[ImprovementStatus], Callable[[Viewer, Any], Awaitable[Keys]], Callable[..., Any]]] = {
    "plan": ({S.PROPOSED}, plan_improvement, PlanImprovement),
    "revise": ({S.PROPOSED, S.PLANNED}, revise_improvement, ReviseImprovement),
    "start": ({S.PLANNED}, start_improvement, StartImprovement),
    "monitor": ({S.IN_PROGRESS}, monitor_improvement, MonitorImprovement),
    "judge": ({S.MONITORING}, judge_improvement, JudgeImprovement),
    "reject": (
        {S.PROPOSED, S.PLANNED, S.IN_PROGRESS},
        reject_improvement,
        partial(RejectImprovement, reason="Too dear."),
    ),
}


async def test_each_verb_succeeds_from_its_statuses_and_is_refused_from_all_others(manager: Viewer) -> None:
    complaint = await complained(now())
    improvement = await planned(manager, complaint)
    moments = ("started_at", "monitoring_from", "judged_at", "rejected_at")
    counts = {"complaints_before": 0, "orders_before": 0, "orders_after": 1}
    everything = (
        {name: now() for name in moments} | counts | {"rejection_reason": "No.", "judged_by_id": manager.account}
    )
    for status in S:
        ended = status in (S.EFFECTIVE, S.NOT_EFFECTIVE)
        until = now() if ended else now().replace(year=2099)
        more = {"monitored_until": until, "monitoring_from": now().replace(year=2001), "status": status}
        more |= {"complaints_after": int(status is S.NOT_EFFECTIVE), "judged_at": now()}
        await Improvement.filter(id=improvement.id).update(**everything | more)
        for name, (origins, verb, what) in STEPS.items():
            given = what(improvement=Key(improvement.id))
            problems = await tried(lambda verb=verb, given=given: verb(manager, given))
            illegal = [problem for problem in problems if isinstance(problem, IllegalTransition)]
            if status in origins:
                # Judging is refused, but not because it was not its turn.
                assert not illegal and bool(problems) == (name == "judge"), (status, name, problems)
            else:
                assert illegal and illegal[0].origin == status, (status, name)


async def test_of_two_who_plan_at_once_one_is_refused(manager: Viewer, clerk: Viewer) -> None:
    improvement = await proposed(manager, await complained(now()), **AGREED)
    found = await at_once(
        *(
            problems_of(doing(plan_improvement, viewer, improvement=improvement.id, expected_version=1))
            for viewer in (manager, clerk)
        )
    )
    assert sorted(len(problems) for problems in found) == [0, 2]
    assert (await Improvement.get(id=improvement.id)).version == 2


async def test_an_invisible_or_missing_improvement_is_not_found(manager: Viewer) -> None:
    for key in (None, uuid4()):
        given = StartImprovement(improvement=Key(key))
        found = await codes(lambda given=given: start_improvement(manager, given))
        assert found == [("NOT_FOUND", ("improvement",))]


def test_every_kind_is_described() -> None:
    assert all(kind.description for kind in ImprovementKind)
