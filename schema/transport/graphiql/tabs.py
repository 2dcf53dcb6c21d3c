"""The tabs that each role finds open: documents in `tabs/`, and their variables beside them.

In variables, `"<name>"` is the first id that the role's own queries answer under that alias: what waits for them today.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from models.permissions import Role

FOLDER = Path(__file__).parent / "tabs"

HANDED_OFF = ("handoff-queue", "handoffs-live", "work-on-handoff")

TABS: dict[Role | None, tuple[str, ...]] = {
    None: ("schema-in-words",),
    Role.SERVICE_AGENT: ("complaints-waiting", "hand-off", "complaints-live", "who-is-calling"),
    Role.SALES_REPRESENTATIVE: ("orders-open", "take-an-order", "orders-live", "who-is-calling"),
    Role.MARKETER: ("who-is-calling", "complaints-waiting", "complaints-live"),
    Role.FRONT_OFFICE_MANAGER: ("my-work", "complaints-waiting", "hand-off", "complaints-live", "satisfaction"),
    Role.PRODUCT_DEVELOPER: (*HANDED_OFF, "what-fails"),
    Role.PRODUCTION_PLANNER: (*HANDED_OFF, "production"),
    Role.LOGISTICS_CLERK: (*HANDED_OFF, "orders-to-ship", "create-shipment"),
    Role.ACCOUNTANT: (*HANDED_OFF, "orders-unpaid"),
    Role.HR_OFFICER: (*HANDED_OFF, "staff"),
    Role.IT_TECHNICIAN: HANDED_OFF,
    Role.LEGAL_OFFICER: (*HANDED_OFF, "regimes"),
    Role.OFFICE_ADMINISTRATOR: (*HANDED_OFF, "my-work"),
    Role.BACK_OFFICE_MANAGER: ("my-work", *HANDED_OFF, "what-fails", "rules"),
    Role.ADMINISTRATOR: ("staff",),
}


@cache
def tab(name: str) -> dict[str, Any]:
    """A tab as the page takes it; `finds`: whether its answer names ids for the variables of other tabs."""
    document = (FOLDER / f"{name}.graphql").read_text("utf-8")
    variables = FOLDER / f"{name}.json"
    return {
        "query": document,
        "variables": variables.read_text("utf-8") if variables.exists() else None,
        "finds": re.search(r"\b\w+: id\b", document) is not None,
    }


def tabs_by_role() -> dict[str, list[dict[str, Any]]]:
    """The tabs of each role, and under the empty name those of nobody."""
    return {role.value if role else "": [tab(name) for name in names] for role, names in TABS.items()}
