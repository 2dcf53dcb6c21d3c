"""The rules that Interoffice comes with: brought in once, quiet about the harmless, loud about danger in every language."""

import asyncio
from datetime import timedelta

import pytest

from models.back_office.handoffs import Handoff, HandoffEvent
from models.back_office.products.catalogue import Product
from models.both_offices.rules import MOST_VALUES, Rule, RuleAction, RuleVersion
from models.both_offices.rules.safety_words import DANGER, danger_in_all_languages
from models.both_offices.tasks import Task, TaskEvent
from models.front_office.customers import Language
from models.front_office.service.cases import CaseStatus, MajorCase
from models.front_office.service.complaints import Category, Complaint
from models.kit.base import as_of, now
from models.kit.events import Event
from models.kit.severity import Severity
from models.permissions import Department
from resolvers.both_offices.rules.conditions import pattern_of, words_of
from resolvers.both_offices.rules.definitions import RuleAction as Action
from resolvers.both_offices.rules.definitions import RuleTask, check_definition
from resolvers.both_offices.rules.saving import SHIPPED, disable_rule, ship_rules
from resolvers.front_office.service import ruled as actions
from resolvers.front_office.service.cases.gathering import detach_from_case
from resolvers.front_office.service.complaints.working import hand_off_complaint
from resolvers.kit.commands import InputErrors, Viewer
from resolvers.kit.transaction import transact
from tests.both_offices.rules.ruling import applied, ruled
from tests.office import Office, at_once, do, handed_off, received

DANGEROUS = {
    Language.EN: "The toaster caught fire and my son was burned.",
    Language.DE: "Ich habe mich am Wasserkocher verbrüht und einen STROMSCHLAG bekommen.",
    Language.FR: "Ma fille a été brûlée, elle est à l'hôpital.",
    Language.ES: "Sufrí una descarga eléctrica al encenderlo.",
    Language.IT: "Mia madre ha avuto una reazione allergica: è in ospedale.",
    Language.PT: "Encontrei cacos de vidro e engasguei-me.",
}
HARMLESS = [
    "Two of six crates never came.",
    "I do not like this brand, and your staff fired off rude letters. The hospitality was poor.",
    "Die Marke ist schlecht, das Geschenk (engl. gift) kam zu spät.",
    "Votre agent m'a adressé des injures au téléphone.",
    "La sangría llegó caliente; ¿cómo te llamas?",
    "Il vetro della finestra del sito non si apre.",
    "O hotel foi bom, mas a entrega atrasou.",
]


async def test_they_are_brought_in_once_and_what_was_made_of_them_stays(manager: Viewer) -> None:
    assert await ship_rules() == [shipped.code for shipped in SHIPPED]
    await do(disable_rule, manager, rule=SHIPPED[0].key)
    assert await ship_rules() == []
    assert [rule.enabled for rule in await Rule.all().order_by("position")] == [False, True, True]
    assert await RuleVersion.all().count() == await RuleAction.all().count() == len(SHIPPED)


async def test_processes_that_start_together_bring_them_in_once(office: Office) -> None:
    brought = await at_once(*(ship_rules() for _ in range(4)))
    assert sum(map(len, brought)) == len(SHIPPED)
    assert await RuleVersion.all().count() == len(SHIPPED)


async def test_each_of_them_could_be_saved_as_it_is(manager: Viewer) -> None:
    for shipped in SHIPPED:
        errors = InputErrors()
        await check_definition(errors, shipped.definition, manager)
        errors.raise_if_any()
    assert len(danger_in_all_languages()) <= MOST_VALUES


def test_every_language_that_customers_choose_has_its_words() -> None:
    assert set(DANGER) == set(Language) == set(DANGEROUS)
    for language, text in DANGEROUS.items():
        assert any(pattern_of(word) in words_of(text) for word in DANGER[language]), language


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_in_one_language_is_no_danger_in_another(text: str) -> None:
    assert [word for word in danger_in_all_languages() if pattern_of(word) in words_of(text)] == []


async def test_danger_is_critical_in_every_language_and_everything_else_stays_as_it_was(agent: Viewer) -> None:
    await ship_rules()
    dangerous = [await received(agent, description=text) for text in DANGEROUS.values()]
    harmless = [await received(agent, description=text) for text in HARMLESS]
    assert {complaint.severity for complaint in dangerous} == {Severity.CRITICAL}
    assert {complaint.severity for complaint in harmless} == {Severity.HIGH}


async def test_every_category_is_routed_to_its_department_unless_somebody_knows_better(agent: Viewer) -> None:
    await ship_rules()
    complaint = await received(agent, category=Category.BILLING)
    handoff = await handed_off(agent, Department.LEGAL, category=Category.BILLING)
    keys = await do(hand_off_complaint, agent, complaint=complaint.id)
    assert complaint.routed_to == Department.FINANCE
    assert (await Handoff.get(id=keys["handoff"])).department == Department.FINANCE
    assert (await Complaint.get(id=handoff.complaint_id)).routed_to is None


async def test_the_third_complaint_about_a_product_in_a_week_proposes_a_case_for_all_three(office: Office) -> None:
    agent, product = await office.somebody("service"), await Product.all().order_by("sku").first()
    assert product is not None
    await ship_rules()
    complaints = [await received(agent, product=product.id) for _ in range(4)]
    case = await MajorCase.get()
    assert case.status == CaseStatus.PROPOSED
    assert {(await Complaint.get(id=complaint.id)).case_id for complaint in complaints} == {case.id}
    assert ("ATTACH_TO_CASE", None) not in await applied(complaints[1])
    assert ("ATTACH_TO_CASE", None) in await applied(complaints[2])
    assert ("ATTACH_TO_CASE", None) in await applied(complaints[3])


async def test_of_complaints_at_once_none_is_left_out_of_the_case_whoever_has_one_in_hand(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than it is held, however slow the machine is.
    monkeypatch.setattr(actions, "PATIENCE", (0.05,) * 100)
    agent, product = await office.somebody("service"), await Product.all().order_by("sku").first()
    assert product is not None
    await ship_rules()
    at = now()
    in_hand = asyncio.Event()

    async def receive(milliseconds: int) -> Complaint:
        with as_of(at + timedelta(milliseconds=milliseconds)):
            return await received(agent, product=product.id)

    async def hold(complaint: Complaint) -> None:
        await Complaint.select_for_update().get(id=complaint.id)
        in_hand.set()
        await asyncio.sleep(0.3)

    async def receive_meanwhile() -> Complaint:
        await in_hand.wait()
        # It is written down last, and bears the earliest moment.
        return await receive(0)

    first, second = await receive(2), await receive(1)
    _, third = await at_once(transact(lambda: hold(first)), receive_meanwhile())
    case = await MajorCase.get()
    assert await Complaint.filter(case_id=case.id).count() == 3
    later = await at_once(*(receive(number) for number in range(3, 6)))
    merge_types = {(await Complaint.get(id=one.id)).case_id for one in (first, second, third, *later)}
    assert merge_types == {case.id}
    # What somebody takes out of it stays out.
    await do(detach_from_case, agent, complaint=second.id)
    await receive(6)
    assert (await Complaint.get(id=second.id)).case_id is None


async def test_a_rule_gives_the_department_that_has_the_complaint_a_task(agent: Viewer) -> None:
    kind = Action(create_task=RuleTask(title="Look at the dock.", due_in_minutes=60))
    await ruled(kind, trigger=HandoffEvent.QUEUED)
    handoff = await handed_off(agent, Department.LOGISTICS)
    task = await Task.get()
    assert (task.title, task.department, task.handoff_id) == ("Look at the dock.", Department.LOGISTICS, handoff.id)
    assert await Event.filter(kind=TaskEvent.CREATED).count() == 1
