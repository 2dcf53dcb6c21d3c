"""Who may use what, compared with what was agreed; and nothing without a declared permission."""

import difflib

import pytest
import strawberry

from models.permissions import ROLE_PERMISSIONS, Permission, Role
from resolvers.reading.catalog import Catalog, UndeclaredPermission
from resolvers.reading.sources import Access
from tests.access_matrix import FILE, SHORT, printed
from tests.reading.reference import BUILT

CATALOG = BUILT[1]


def test_everybody_may_use_exactly_what_the_access_matrix_says() -> None:
    agreed, found = FILE.read_text(), printed(CATALOG)
    changes = "\n".join(
        difflib.unified_diff(agreed.splitlines(), found.splitlines(), "agreed", "found", lineterm="", n=0)
    )
    assert agreed == found, f"If this is meant, run `uv run python -m tests.access_matrix`.\n{changes}"


def test_a_changed_permission_changes_the_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    before = printed(CATALOG)
    more = ROLE_PERMISSIONS[Role.MARKETER] | {Permission.READ_COST_PRICE}
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.MARKETER, more)
    assert printed(CATALOG) != before


def test_every_role_has_its_column_and_every_permission_is_held_by_somebody() -> None:
    assert list(SHORT) == list(Role)
    assert len(set(SHORT.values())) == len(SHORT)
    assert frozenset().union(*ROLE_PERMISSIONS.values()) == frozenset(Permission)


def test_only_signing_in_what_a_link_is_for_and_plain_parts_of_answers_are_open_to_everyone() -> None:
    roots = {"Query", "Mutation", "Subscription"}
    open_roots = {
        facts.coordinate
        for (type_name, _), facts in CATALOG.fields.items()
        if type_name in roots and Access.PUBLIC in facts.needs
    }
    assert open_roots == {f"Mutation.{name}" for name in ("signIn", "refreshSession", "rateComplaint", "setPassword")}


@strawberry.type
class Careless:
    """A type whose field does not say who may read it."""

    salary: int = 1


def test_a_field_without_a_declared_permission_does_not_start() -> None:
    @strawberry.type
    class Query:
        careless: Careless = strawberry.field(default_factory=Careless, metadata={"needs": Access.PUBLIC})

    with pytest.raises(UndeclaredPermission, match=r"Careless\.salary"):
        Catalog(strawberry.Schema(Query), {})


def test_a_mutation_without_a_declared_permission_does_not_start() -> None:
    @strawberry.type
    class Query:
        ok: bool = strawberry.field(default=True, metadata={"needs": Access.PUBLIC})

    @strawberry.type
    class Mutation:
        @strawberry.mutation
        def burn(self) -> bool:
            return True

    with pytest.raises(UndeclaredPermission, match=r"Mutation\.burn"):
        Catalog(strawberry.Schema(Query, Mutation), {})
