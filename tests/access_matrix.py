"""The access matrix: everything in the schema that needs a permission, and which roles may use it, as text.

`uv run python -m tests.access_matrix` writes it to access_matrix.txt. A change of a permission is a visible diff there.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from models.permissions import Permission, Role, permissions_of
from resolvers.reading.catalog import Catalog
from resolvers.reading.sources import Access, Needs
from schema import build

FILE = Path(__file__).parent / "access_matrix.txt"

SHORT = {
    Role.SERVICE_AGENT: "SA",
    Role.SALES_REPRESENTATIVE: "SR",
    Role.MARKETER: "MK",
    Role.FRONT_OFFICE_MANAGER: "FM",
    Role.PRODUCT_DEVELOPER: "PD",
    Role.PRODUCTION_PLANNER: "PP",
    Role.LOGISTICS_CLERK: "LC",
    Role.ACCOUNTANT: "AC",
    Role.HR_OFFICER: "HR",
    Role.IT_TECHNICIAN: "IT",
    Role.LEGAL_OFFICER: "LO",
    Role.OFFICE_ADMINISTRATOR: "OA",
    Role.BACK_OFFICE_MANAGER: "BM",
    Role.ADMINISTRATOR: "AD",
}
"""Column heads: each role by two letters, in the order of models/permissions.py."""


def uses(catalog: Catalog) -> Iterator[tuple[str, frozenset[Needs]]]:
    """Everything that can be used, with what it needs: fields, mutations, subscriptions, arguments, filters, sort values."""
    for facts in catalog.fields.values():
        yield facts.coordinate, facts.needs
        for argument in facts.arguments:
            own = {facts.argument_needs[argument]} if argument in facts.argument_needs else set[Needs]()
            yield f"{facts.coordinate}({argument}:)", facts.needs | own
    for (input_type, member), needs in catalog.input_fields.items():
        yield f"{input_type}.{member}", frozenset({needs})
    for (enumeration, value), needs in catalog.enum_values.items():
        yield f"{enumeration}.{value}", frozenset({needs})


def may(role: Role, needs: Iterable[Needs]) -> bool:
    """Whether a role may use what needs this."""
    return all(isinstance(one, Access) or one in permissions_of(frozenset({role})) for one in needs)


def who(needs: frozenset[Needs]) -> str:
    """Everyone, everyone signed in, or the roles, each in its column."""
    if needs <= {Access.PUBLIC}:
        return "everyone, signed in or not"
    return " ".join(SHORT[role] if may(role, needs) else "--" for role in Role)


def in_words(needs: frozenset[Needs]) -> str:
    """What is needed."""
    names = sorted(one.value for one in needs if isinstance(one, Permission))
    return " + ".join(names) or ("nothing" if needs <= {Access.PUBLIC} else "to be signed in")


def printed(catalog: Catalog) -> str:
    """The whole matrix."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for coordinate, needs in uses(catalog):
        kinds.setdefault((who(needs), in_words(needs)), []).append(coordinate)
    lines = [
        "Who may use what. A dash: refused before anything runs. Made by `uv run python -m tests.access_matrix`.",
        "",
        *(f"{short} = {role.value}" for role, short in SHORT.items()),
        "",
        *(f"{permission.value}: {who(frozenset({permission}))}" for permission in sorted(Permission, key=str)),
    ]
    for (roles, words), coordinates in sorted(kinds.items(), key=lambda kind: (kind[0][1], kind[0][0])):
        lines += ["", f"[{roles}] {words}", *(f"  {coordinate}" for coordinate in sorted(coordinates))]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(printed(build()[1]))
