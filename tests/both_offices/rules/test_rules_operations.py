"""Rules as managers write, try and read them, in documents."""

from typing import Any

import pytest

from models.areas import RULED
from models.back_office.handoffs import Handoff
from models.back_office.handoffs.messages import Audience
from models.both_offices.rules import Rule, RuleApplication, RuleField, RuleVersion
from models.front_office.service.complaints import Category, Complaint
from models.kit.severity import Severity
from models.permissions import Permission
from resolvers.back_office.handoffs.messages import post_message
from resolvers.kit.commands import Viewer
from tests.office import Office, at_once, codes_in, do, handed_off, received, wrong_in
from tests.reading.planning import CATALOG

SAVED = """rule { id name enabled position version conditions { field operator values withinDays }
    actions { kind department handOff severity onlyRaise roles departments managers title dueInMinutes withinDays }
    versions { nodes { number name savedBy { name } } totalCount } }
  errors { code message path __typename }"""
SAVE = f"mutation($input: SaveRuleInput!) {{ saveRule(input: $input) {{ {SAVED} }} }}"
ENABLE = "mutation($id: ID!) { enableRule(input: {rule: $id}) { rule { enabled version } errors { code path } } }"
TEST = """query($input: TestRuleInput!) { frontOffice { testRule(input: $input) { tried met more
  effects { complaintId at actions { kind skipped department severityBefore severity } }
  complaints { id number severity } errors { code path } } } }"""
WORDS = {"field": "MASKED_TEXT", "operator": "HAS_ANY_WORD", "values": ["crates", "burn*"]}
RULE: dict[str, Any] = {
    "name": "Missing crates",
    "definition": {
        "trigger": "COMPLAINT_RECEIVED",
        "conditions": [{"field": "CATEGORY", "operator": "IN", "values": ["DELIVERY"]}, WORDS],
        "actions": [
            {"route": {"department": "PRODUCTION"}},
            {"setSeverity": {"severity": "CRITICAL"}},
            {"notify": {"roles": ["BACK_OFFICE_MANAGER"], "managers": True}},
            {"createTask": {"title": "Count the crates.", "dueInMinutes": 60}},
            {"attachToCase": {}},
        ],
    },
}


async def saved(office: Office, viewer: Any, **members: Any) -> dict[str, Any]:
    """The payload of saveRule."""
    return await office.send(viewer, "saveRule", SAVED, **RULE | members)


async def tried(office: Office, viewer: Viewer, **given: Any) -> dict[str, Any]:
    """What testRule answers."""
    return await office.find(viewer, TEST, {"input": given})


async def test_a_rule_is_saved_tried_enabled_and_read_with_what_it_did(office: Office) -> None:
    manager, agent = await office.somebody("front.manager"), await office.somebody("service")
    before = await received(agent)
    await received(agent, category=Category.BILLING)
    payload = await saved(office, manager)
    assert payload["errors"] == []
    rule = payload["rule"]
    assert (rule["enabled"], rule["version"], rule["conditions"][1]["values"]) == (False, 1, ["crates", "burn*"])
    kinds = ["ROUTE", "SET_SEVERITY", "NOTIFY", "CREATE_TASK", "ATTACH_TO_CASE"]
    assert [action["kind"] for action in rule["actions"]] == kinds
    test = await tried(office, manager, rule=rule["id"])
    assert (test["tried"], test["met"], test["more"], test["errors"]) == (2, 1, False, [])
    shown = {"id": f"cmp_{before.id}", "number": before.number, "severity": "HIGH"}
    assert test["complaints"][0] == shown
    [effect] = test["effects"]
    assert effect["complaintId"] == f"cmp_{before.id}"
    assert effect["actions"][0]["department"] == "PRODUCTION"
    assert (effect["actions"][1]["severityBefore"], effect["actions"][1]["severity"]) == ("HIGH", "CRITICAL")
    assert (await Complaint.get(id=before.id)).severity == Severity.HIGH
    assert await RuleApplication.all().count() == 0
    await office.ask(manager, ENABLE, {"id": rule["id"]})
    after = await received(agent)
    document = """query($id: ID!, $complaint: ID!) { frontOffice {
      rule(id: $id) { applications { totalCount nodes { kind skipped complaint { number } ruleVersion { number } } } }
      complaint(id: $complaint) { routedTo severity ruleApplications { nodes { rule { name } } } } } }"""
    read = office.database.statements_read
    answer = await office.ask(manager, document, {"id": rule["id"], "complaint": f"cmp_{after.id}"})
    assert office.database.statements_read == read + 1
    front = answer["data"]["frontOffice"]
    assert (front["complaint"]["routedTo"], front["complaint"]["severity"]) == ("PRODUCTION", "CRITICAL")
    assert front["rule"]["applications"]["totalCount"] == 5
    skipped = {one["kind"]: one["skipped"] for one in front["rule"]["applications"]["nodes"]}
    assert skipped == dict.fromkeys(skipped) | {"ATTACH_TO_CASE": "NO_PRODUCT"}


async def test_what_a_rule_said_before_is_kept_and_a_stale_client_is_told(office: Office) -> None:
    manager = await office.somebody("front.manager")
    rule = (await saved(office, manager))["rule"]
    again = await saved(office, manager, rule=rule["id"], name="Crates", expectedVersion=1)
    assert [node["name"] for node in again["rule"]["versions"]["nodes"]] == ["Crates", "Missing crates"]
    assert again["rule"]["position"] == rule["position"]
    stale = await saved(office, manager, rule=rule["id"], expectedVersion=1)
    assert codes_in(stale) == ["STALE_VERSION"]
    both = await at_once(*(saved(office, manager, rule=rule["id"], expectedVersion=2) for _ in range(2)))
    assert sorted(len(one["errors"]) for one in both) == [0, 1]
    assert await RuleVersion.all().count() == 3


async def test_a_dry_run_checks_and_saves_nothing(office: Office) -> None:
    manager = await office.somebody("front.manager")
    payload = await saved(office, manager, dryRun=True)
    assert payload == {"rule": None, "errors": []}
    said = {**RULE, "name": "What Alfreds Futterkiste misses", "dryRun": True}
    shown = await office.send(manager, "saveRule", "maskedText errors { code }", **said)
    assert shown == {"maskedText": "What [customer] misses\n\nCount the crates.", "errors": []}
    assert await Rule.all().count() == 0


def condition(field: str, operator: str, *values: str, **others: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "values": list(values), **others}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"trigger": "ACCOUNT_ADDED"}, "trigger"),
    ({"trigger": "RULE_APPLIED"}, "trigger"),
    ({"actions": []}, "actions"),
    ({"actions": [{"notify": {"managers": True}}] * 6}, "actions"),
    ({"actions": [{"route": {}}, {"route": {}}]}, "actions.1"),
    ({"actions": [{"route": {"department": "SALES"}}]}, "actions.0.route.department"),
    ({"actions": [{"notify": {}}]}, "actions.0.notify"),
    ({"actions": [{"createTask": {"title": "  "}}]}, "actions.0.createTask.title"),
    ({"actions": [{"createTask": {"title": "x" * 201}}]}, "actions.0.createTask.title"),
    ({"actions": [{"createTask": {"title": "x", "dueInMinutes": 0}}]}, "actions.0.createTask.dueInMinutes"),
    ({"actions": [{"attachToCase": {"withinDays": -1}}]}, "actions.0.attachToCase.withinDays"),
    ({"conditions": [condition("STATUS", "IN", "RECEIVED")] * 21}, "conditions"),
    ({"conditions": [condition("CATEGORY", "AT_LEAST", "DELIVERY")]}, "conditions.0.operator"),
    ({"conditions": [condition("MASKED_TEXT", "IN", "fire")]}, "conditions.0.operator"),
    ({"conditions": [condition("CATEGORY", "IN")]}, "conditions.0.values"),
    ({"conditions": [condition("CATEGORY", "IN", "DELIVERY", "WEATHER")]}, "conditions.0.values.1"),
    ({"conditions": [condition("CATEGORY", "IN", "DELIVERY", "DELIVERY")]}, "conditions.0.values.1"),
    ({"conditions": [condition("SEVERITY", "AT_LEAST", "LOW", "HIGH")]}, "conditions.0.values"),
    ({"conditions": [condition("PRODUCT", "IN", "P-NONE")]}, "conditions.0.values.0"),
    ({"conditions": [condition("PRODUCT_COMPLAINTS", "AT_LEAST", "3")]}, "conditions.0.withinDays"),
    ({"conditions": [condition("PRODUCT_COMPLAINTS", "AT_LEAST", "-3", withinDays=7)]}, "conditions.0.values.0"),
    ({"conditions": [condition("PRODUCT_COMPLAINTS", "AT_LEAST", "٣", withinDays=7)]}, "conditions.0.values.0"),
    ({"conditions": [condition("CATEGORY", "IN", "DELIVERY", withinDays=7)]}, "conditions.0.withinDays"),
    ({"conditions": [condition("DEPARTMENT", "IN", "LOGISTICS")]}, "conditions.0.field"),
    ({"conditions": [condition("STAGE", "IN", "4")]}, "conditions.0.values.0"),
    ({"conditions": [condition("MASKED_TEXT", "HAS_ANY_WORD", "a")]}, "conditions.0.values.0"),
    ({"conditions": [condition("MASKED_TEXT", "HAS_ANY_WORD", "fire", "*")]}, "conditions.0.values.1"),
    ({"conditions": [condition("MASKED_TEXT", "HAS_ANY_WORD", "x" * 51)]}, "conditions.0.values.0"),
]


async def test_every_wrong_member_is_named_with_its_place(office: Office) -> None:
    manager = await office.somebody("front.manager")
    for changes, path in WRONG:
        payload = await saved(office, manager, definition=RULE["definition"] | changes)
        paths = [".".join(error["path"]) for error in payload["errors"]]
        assert (payload["rule"], paths) == (None, [f"input.definition.{path}"])
    conditions = [condition("CATEGORY", "IN", "WEATHER"), condition("CHANNEL", "IN", "PIGEON", "PHONE")]
    definition = RULE["definition"] | {"conditions": conditions}
    payload = await saved(office, manager, name=" ", position=-1, definition=definition)
    assert len(payload["errors"]) == 4
    assert await Rule.all().count() == 0


async def test_who_may_not_read_what_customers_say_gets_at_no_word_of_it_by_rules(office: Office) -> None:
    """Neither by trying, saving or enabling a rule on words, nor by what another's rule on words did, nor by a handoff."""
    manager, front = await office.somebody("back.manager"), await office.somebody("front.manager")
    agent, test = await office.somebody("service"), TEST.replace("frontOffice", "backOffice")
    place = ("FORBIDDEN", "definition.conditions.1")
    written = await saved(office, front)
    rule = written["rule"]["id"]
    for given in ({}, {"dryRun": True}, {"rule": rule}):
        assert wrong_in(await saved(office, manager, **given)) == [place]
    assert wrong_in(await office.find(manager, test, {"input": {"definition": RULE["definition"]}})) == [place]
    assert wrong_in(await office.find(manager, test, {"input": {"rule": rule}})) == [("FORBIDDEN", "rule")]
    enabling = await office.ask(manager, ENABLE, {"id": rule})
    assert wrong_in(enabling["data"]["enableRule"]) == [("FORBIDDEN", "rule")]
    assert (await Rule.get()).version == 1
    await office.ask(front, ENABLE, {"id": rule})
    routed = {
        "trigger": "MESSAGE_POSTED",
        "conditions": [],
        "actions": [{"route": {"handOff": True, "department": "IT"}}],
    }
    own = (await saved(office, manager, definition=routed))["rule"]["id"]
    await office.ask(manager, ENABLE, {"id": own})
    handoff = await handed_off(agent)
    await do(post_message, agent, handoff, audience=Audience.BOTH_OFFICES, text="Well?")
    [made] = await Handoff.filter(department="IT")
    assert made.brief == "Two crates missing"
    seen = f"""{{ node(id: "cmp_{made.complaint_id}") {{ ... on Complaint {{ ruleApplications {{
        totalCount nodes {{ rule {{ id }} }} }} }} }} }}"""
    assert await office.find(manager, seen) == {"totalCount": 1, "nodes": [{"rule": {"id": own}}]}
    assert (await office.find(front, seen))["totalCount"] == 6
    # Whoever may not know what a rule asks may still stop it.
    assert (await office.send(manager, "disableRule", "errors { code }", rule=rule))["errors"] == []


SHOWN_BY: dict[RuleField, str] = {
    RuleField.PRODUCT: "Product.sku",
    RuleField.PRODUCT_CATEGORY: "ProductCategory.name",
    RuleField.DEPARTMENT: "Handoff.department",
    RuleField.MASKED_TEXT: "Complaint.description",
}
"""Which field shows what a fact is, where it is not the complaint's of the same name."""


@pytest.mark.parametrize("field", RuleField)
def test_a_rules_author_needs_for_a_fact_what_a_reader_needs_for_its_field(field: RuleField) -> None:
    needs = RULED.facts.fact(field).needs
    if field is RuleField.PRODUCT_COMPLAINTS:
        # All of them are counted, whoever has them.
        assert needs == Permission.READ_ALL_HANDOFFS
    else:
        owner, _, name = SHOWN_BY.get(field, f"Complaint.{field.lower()}").partition(".")
        needed = CATALOG.fields[owner, name].needs - {CATALOG.nodes[owner].needs}
        assert {needs} == (needed or {CATALOG.nodes[owner].needs})


@pytest.mark.parametrize("given", [{}, {"rule": "rul_x", "definition": RULE["definition"]}, {"rule": "rul_x"}])
async def test_a_test_needs_a_rule_or_a_definition(office: Office, given: dict[str, Any]) -> None:
    assert len((await tried(office, await office.somebody("front.manager"), **given))["errors"]) == 1


async def test_past_events_are_tried_too_and_wrong_periods_refused(office: Office) -> None:
    manager, agent = await office.somebody("front.manager"), await office.somebody("service")
    await received(agent, hand_off_to="LOGISTICS")
    definition = RULE["definition"] | {
        "trigger": "HANDOFF_QUEUED",
        "conditions": [
            condition("DEPARTMENT", "IN", "LOGISTICS"),
            condition("PRODUCT_COMPLAINTS", "AT_MOST", "9", withinDays=1),
        ],
    }
    test = await tried(office, manager, definition=definition)
    assert (test["tried"], test["met"], test["errors"]) == (1, 0, [])
    wrong = {"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z", "first": 101}
    errors = (await tried(office, manager, definition=definition, **wrong))["errors"]
    assert sorted(error["path"][-1] for error in errors) == ["first", "since"]
    for member in ("until", "since"):
        [error] = (await tried(office, manager, definition=definition, **{member: "0001-01-01T00:00:00Z"}))["errors"]
        assert error["path"] == ["input", member]


async def test_an_agent_neither_reads_nor_writes_rules(office: Office, agent: Viewer) -> None:
    for document, variables in ((SAVE, {"input": RULE}), (TEST, {"input": {}}), (ENABLE, {"id": "rul_x"})):
        answer = await office.ask(agent, document, variables)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
