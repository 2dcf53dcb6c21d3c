"""The tabs that each role finds open: documents in `tabs/`, by the door that they go through, and their variables beside them.

In variables, `"<name>"` is the first id that the role's own queries answer under that alias: what waits for them today.
"""

import json
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
    Role.MARKETER: ("what-to-promote", "who-is-calling", "complaints-waiting", "complaints-live"),
    Role.FRONT_OFFICE_MANAGER: ("complaints-waiting", "my-work", "hand-off", "complaints-live", "satisfaction"),
    Role.PRODUCT_DEVELOPER: (*HANDED_OFF, "what-fails"),
    Role.PRODUCTION_PLANNER: (*HANDED_OFF, "production"),
    Role.LOGISTICS_CLERK: (*HANDED_OFF, "orders-to-ship", "create-shipment"),
    Role.ACCOUNTANT: (*HANDED_OFF, "orders-unpaid"),
    Role.HR_OFFICER: ("staff", *HANDED_OFF),
    Role.IT_TECHNICIAN: (*HANDED_OFF, "improvements"),
    Role.LEGAL_OFFICER: (*HANDED_OFF, "regimes"),
    Role.OFFICE_ADMINISTRATOR: ("orders-waiting", *HANDED_OFF, "improvements"),
    Role.BACK_OFFICE_MANAGER: ("my-work", *HANDED_OFF, "what-fails", "rules"),
    Role.ADMINISTRATOR: ("staff", "schema-in-words"),
}


@cache
def documents() -> dict[str, dict[str, Any]]:
    """All tabs by name, as the page takes them. `finds`: whether a tab's answer names ids for the variables of others."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(FOLDER.glob("*/*.graphql")):
        document = path.read_text("utf-8")
        variables = json.loads((path.parent / "variables.json").read_text("utf-8")).get(path.stem, {})
        finds = re.search(r"\b\w+: id\b", document) is not None
        found[path.stem] = {"query": document, "variables": json.dumps(variables, indent=2), "finds": finds}
    return found


def tabs_by_role() -> dict[str, list[dict[str, Any]]]:
    """The tabs of each role, and under the empty name those of nobody."""
    return {role.value if role else "": [documents()[name] for name in names] for role, names in TABS.items()}
