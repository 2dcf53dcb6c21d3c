"""Whoever plans and checks, by documents."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tortoise.models import Model

from resolvers.kit.commands import Viewer
from schema.kit.mutations import prefix_of
from tests.office import Office

Plan = Callable[..., Awaitable[dict[str, Any]]]

ERRORS = "errors { code message path ... on IllegalTransition { from nextStatuses } ... on OutOfStock { available } }"
BATCH = """batch { id number status nextStatuses statusReason version unitCost { amount currency } expiresOn madeAt onHand
  available workOrder { number } qualityChecks { nodes { name passed remarks } } history { nodes { kind } } }"""
WORK_ORDER = """workOrder { id number status nextStatuses quantity completedQuantity plannedFor version
  moves { nodes { kind quantity reason } } history { nodes { kind } } }"""
SHOWN = {
    "Bill": "bill { id revision status nextStatuses lines { position quantity component { sku } } }",
    "completeWorkOrder": f"{BATCH} {WORK_ORDER}",
    "WorkOrder": WORK_ORDER,
    "checkBatch": f"check {{ name passed }} {BATCH}",
    "Batch": BATCH,
}


@pytest.fixture
def plan(office: Office, planner: Viewer) -> Plan:
    """The payload of one of the planner's verbs. Records among the members are named by their ids."""

    async def plan(verb: str, **given: Any) -> dict[str, Any]:
        shown = next(shown for named, shown in SHOWN.items() if verb.endswith(named))
        named = {name: global_id(one) if isinstance(one, Model) else one for name, one in given.items()}
        return await office.send(planner, verb, f"{shown} {ERRORS}", **named)

    return plan


def global_id(record: Model) -> str:
    return f"{prefix_of(type(record))}_{record.pk}"
