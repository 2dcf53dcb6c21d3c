"""Twin worlds: two companies that differ only in what a role may not see answer all its documents byte for byte alike.

Data, errors, counts, cursors, payloads of changes and pushed messages alike. tests/properties/twins.py makes the second world.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import is_leaf_type

from models.kit.base import all_rows, as_of
from models.permissions import ROLE_PERMISSIONS, Permission, Role
from resolvers.events.outbox import number_events
from resolvers.kit.commands import Viewer
from resolvers.reading.declare import registry
from schema.transport.engine import OperationRefused, OperationRequest
from schema.transport.execution import Engine as GraphQLEngine
from tests.conftest import Databases, Engine, only_tables
from tests.properties.adversarial.company import PRESENT, Company, company, found, show_all, stored, write
from tests.properties.adversarial.making import key
from tests.properties.canaries.company import engine_with_authority
from tests.properties.twin_changes import Changes, changes, subscriptions, told_by_verbs
from tests.properties.twins import (
    holds,
    kept_keys,
    left_out,
    readable_columns,
    readable_types,
    revealed_columns,
    twin_of,
    visible_keys,
)
from tests.properties.verbs.declared import VERBS
from tests.reading.documents import documents
from tests.reading.planning import CATALOG, EVERYTHING, body, opened, pools_on, viewer_in
from tests.reading.pools import Document, Pools, choices, drawn, whole_rows
from tests.reading.reference import READINGS
from tests.reading.revealing import Columns, computing, read_of, views

Asking = Callable[[GraphQLEngine], Awaitable[list[bytes]]]

KNOWN = show_all(company())
REVEALED = Path(__file__).parent / "revealed.txt"
"""What each computed value looks at: a change of it is part of every review."""


async def in_both_worlds(
    databases: Databases,
    engine: Engine,
    viewer: Viewer,
    first: Callable[[GraphQLEngine], Awaitable[Asking]],
    told: Columns | None = None,
) -> list[tuple[bytes, bytes]]:
    """What the viewer is answered here and there; `first` prepares the questions in the first world.

    `told`: columns that are alike in both, although the viewer does not read them.
    """
    url = await databases.copy_of(engine, "nasty", found)
    async with opened(url) as database:
        with as_of(PRESENT):
            twin = await twin_for(viewer, told or {})
            asking = await first(engine_with_authority(database))
            here = await asking(engine_with_authority(database))
    await databases.drop(url)
    url = await databases.copy_of(engine, "tables", only_tables)
    async with opened(url) as database:
        await write(twin)
        with as_of(PRESENT):
            there = await asking(engine_with_authority(database))
    await databases.drop(url)
    return [(SEALED.sub(b"sealed", one), SEALED.sub(b"sealed", other)) for one, other in zip(here, there, strict=True)]


SEALED = re.compile(rb"(?<=\")[\w-]{107}(?=\")")
"""Cursors of events: they hold how many there were, which nobody can read, and are as long as any other."""


async def twin_for(viewer: Viewer, told: Columns) -> Company:
    """The twin of the open database, for one viewer."""
    rows, revealed, visible = await stored(), await revealed_columns(viewer), await visible_keys(viewer)
    kept = await kept_keys(viewer, revealed, rows, visible)
    for model, columns in told.items():
        revealed.setdefault(model, set()).update(columns)
    return twin_of(rows, visible, readable_columns(viewer), revealed, kept)


def asking(
    viewer: Viewer, documents: Sequence[Document], also: Callable[[bytes], bytes] = bytes
) -> Callable[[GraphQLEngine], Awaitable[Asking]]:
    """These documents, sent one after another; `also` is done to each answer."""

    async def first(_graphql: GraphQLEngine) -> Asking:
        async def ask(graphql: GraphQLEngine) -> list[bytes]:
            return [also(await body(graphql, viewer, document)) for document in documents]

        return ask

    return first


class KnownPools:
    """What documents are made of: the same for everybody, and slow to collect."""

    _pools: Pools | None = None

    async def of(self, graphql: GraphQLEngine) -> Pools:
        """All there is to ask the company, with cursors of real answers."""
        self._pools = self._pools or replace(await pools_on(graphql), whole=True)
        return self._pools


KNOWN_POOLS = KnownPools()


def queries(
    viewer: Viewer, permissions: frozenset[Permission], count: int, *, whole: bool = False
) -> Callable[[GraphQLEngine], Awaitable[Asking]]:
    """Queries that are permitted, that hold something forbidden now and then, and that were made without a thought of it."""

    async def first(graphql: GraphQLEngine) -> Asking:
        pools = replace(await KNOWN_POOLS.of(graphql), left_out=left_out(viewer))
        made: list[Document] = []
        for careless, share in ((0, count), (3, max(1, count // 2)), (100, max(8, count // 4))):
            made += drawn(documents(pools, permissions, careless, 1), share)
        made += list(whole_rows(pools, permissions, with_others=False)) if whole else []
        # Nobody enters by both doors.
        made += [Document(f"{{ {entrance} {{ __typename }} }}", {}) for entrance in ("frontOffice", "backOffice")]
        return await asking(viewer, made)(graphql)

    return first


def told_apart(pairs: list[tuple[bytes, bytes]]) -> list[str]:
    """Where answers differ by which the viewer could tell the worlds apart."""
    found: list[str] = []
    for here, there in pairs:
        if here != there:
            first = next((n for n, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), 0)
            start = max(first - 150, 0)
            found.append(f"{here[start : start + 250]!r} or {there[start : start + 250]!r}")
    return found


@pytest.mark.parametrize("role", Role)
async def test_a_role_cannot_tell_worlds_apart_that_differ_in_what_it_may_not_see(
    databases: Databases, role: Role
) -> None:
    viewer = viewer_in(role)
    pairs = await in_both_worlds(databases, "sqlite", viewer, queries(viewer, viewer.permissions, 20))
    assert not (differing := told_apart(pairs)), differing[0]
    codes = {error["extensions"]["code"] for here, _ in pairs for error in orjson.loads(here).get("errors", [])}
    assert "FORBIDDEN" in codes and "INTERNAL" not in codes
    assert sum(b'"data"' in here for here, _ in pairs) > 20 * 0.7


WATCHED_CLOSELY = [Role.SERVICE_AGENT, Role.LOGISTICS_CLERK, Role.ACCOUNTANT]
OTHERS = [role for role in Role if role not in WATCHED_CLOSELY]


@pytest.mark.parametrize("role", [*WATCHED_CLOSELY, *(pytest.param(role, marks=pytest.mark.slow) for role in OTHERS)])
async def test_no_field_of_any_row_tells_the_worlds_apart(databases: Databases, role: Role) -> None:
    viewer = viewer_in(role)
    pairs = await in_both_worlds(databases, "sqlite", viewer, queries(viewer, viewer.permissions, 1, whole=True))
    assert not (differing := told_apart(pairs)), differing[0]


# --- What the database computes ---


def looking_at_everything(viewer: Viewer) -> list[Document]:
    """Every row that may be visible with all of its fields that the viewer may read, and what they compute above all."""
    made: list[Document] = []
    for info in readable_types(viewer):
        if not info.prefix:
            continue
        fields = [
            f"{name} {{ amount currency }}" if facts.type_name == "Money" else name
            for (owner, name), facts in CATALOG.fields.items()
            if owner == info.name
            and all(holds(viewer, needs) for needs in facts.needs)
            and (is_leaf_type(CATALOG.graphql.type_map[facts.type_name]) or facts.type_name == "Money")
            and facts.coordinate not in OF_MANY_RECORDS
        ]
        ids = [info.global_id(row["id"]) for row in company()[info.model]]
        text = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {info.name} {{ {' '.join(fields)} }} }} }}"
        made += [Document(text, {"ids": ids[start : start + 100]}) for start in range(0, len(ids), 100)]
    return made


OF_MANY_RECORDS = frozenset({"Product.unitsOnOrder", "Supplier.complaintRate"})
"""Sums over records that not everybody sees, who may know them all the same."""


@pytest.mark.parametrize("role", Role)
async def test_what_is_computed_tells_no_worlds_apart(databases: Databases, role: Role) -> None:
    viewer = viewer_in(role)
    pairs = await in_both_worlds(databases, "sqlite", viewer, asking(viewer, looking_at_everything(viewer)))
    assert not (differing := told_apart(pairs)), differing
    assert all(b'"errors"' not in here for here, _ in pairs)


def purchases() -> list[Document]:
    """Purchase orders that are drafted, changed and sent, a little and a lot of everything that is bought."""
    payload = "purchaseOrder { status nextStatuses awaitsApproval mayApprove version lines { quantity } }"
    made: list[Document] = []

    def verb(name: str, **given: Any) -> None:
        made.append(Document(VERBS[name].document(f"{payload} {ERRORS}"), {"input": given}))

    for number in range(1, 9):
        for quantity in (1, 1_000_000):
            lines = [{"product": f"prd_{key(3, number)}", "quantity": quantity}]
            supplier = f"sup_{key(13, number % 3 + 1)}"
            verb("draftPurchaseOrder", supplier=supplier, warehouse=f"whs_{key(19, 1)}", lines=lines)
            for order in (6, 12):
                verb("changePurchaseOrder", purchaseOrder=f"por_{key(26, order)}", lines=lines)
                verb("sendPurchaseOrder", purchaseOrder=f"por_{key(26, order)}")
    return made


async def test_what_logistics_buys_tells_no_worlds_apart(databases: Databases) -> None:
    viewer = viewer_in(Role.LOGISTICS_CLERK)
    pairs = await in_both_worlds(databases, "sqlite", viewer, asking(viewer, purchases(), without_what_is_new))
    assert not (differing := told_apart(pairs)), differing
    assert any(b'"errors":[]' in here for here, _ in pairs) and any(b"NOT_APPROVED" in here for here, _ in pairs)


@pytest.mark.slow
@pytest.mark.parametrize("role", [Role.LOGISTICS_CLERK, Role.MARKETER, Role.ADMINISTRATOR])
async def test_postgresql_gives_no_more_away(databases: Databases, role: Role) -> None:
    viewer = viewer_in(role)
    pairs = await in_both_worlds(databases, "postgres", viewer, queries(viewer, viewer.permissions, 12))
    assert not (differing := told_apart(pairs)), differing[0]


# --- Subscriptions and changes ---


async def messages(graphql: GraphQLEngine, viewer: Viewer, document: Document) -> bytes:
    """All messages of a subscription, or its refusal."""
    try:
        stream = graphql.subscribe(OperationRequest(document.text, None, document.variables), viewer)
        return b"\n".join(b"%d %s" % message for message in await stream.fetch(0, 10**6, 1000))
    except OperationRefused as refusal:
        return orjson.dumps(refusal.errors)


ERRORS = "errors { __typename code message path ... on IllegalTransition { from nextStatuses } ... on AlreadyClaimed { by } }"


def without_what_is_new(answer: bytes) -> bytes:
    """An answer to a change without the times and keys that no two runs share."""
    answer = re.sub(rb'("|Incident )[0-9a-f]{12}\b', rb"\1new", answer)
    pattern = (
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}|[0-9a-f]{40,}|\b[0-9A-F]{8}\b"
    )
    return re.sub(pattern, lambda match: match[0] if match[0] in KNOWN else "new", answer.decode()).encode()


@dataclass
class Tried:
    """What a viewer was answered, here and there: pushes, then changes, then what was pushed of these."""

    pushed: list[bytes]
    by_verb: dict[str, list[bytes]]
    pushed_since: list[bytes]
    differing: list[str]

    @property
    def succeeding(self) -> set[str]:
        """The verbs that changed something."""
        return {verb for verb, answers in self.by_verb.items() if any(b'"errors":[]' in one for one in answers)}

    @property
    def failing(self) -> set[str]:
        """The verbs that failed unexpectedly."""
        return {verb for verb, answers in self.by_verb.items() if any(b"INTERNAL" in one for one in answers)}


async def everything_tried(databases: Databases, viewer: Viewer) -> Tried:
    """Listens to everything, sends every verb that the viewer may send, and listens to what came of it."""
    made: list[Changes] = []
    streams: list[Document] = []

    async def first(_graphql: GraphQLEngine) -> Asking:
        randoms = drawn(choices(), 100)
        making = changes(viewer, await stored(), await visible_keys(viewer), randoms)
        made.append(making)
        verbs = making.made()
        streams.extend(subscriptions(making.known, making.pools, randoms, 6))
        later = subscriptions(making.known, making.pools, randoms[::-1], 3)

        async def ask(graphql: GraphQLEngine) -> list[bytes]:
            pushed = [await messages(graphql, viewer, document) for document in streams]
            done = [without_what_is_new(await body(graphql, viewer, document)) for document in verbs]
            while await number_events(graphql._database):
                pass
            since = [without_what_is_new(await messages(graphql, viewer, document)) for document in later]
            return pushed + done + [re.sub(rb"(?m)^\d+ ", b"", one) for one in since]

        return ask

    pairs = await in_both_worlds(databases, "sqlite", viewer, first, told_by_verbs(viewer))
    answers = [here for here, _ in pairs]
    until = len(streams) + len(made[0].of_verb)
    by_verb: dict[str, list[bytes]] = {}
    for verb, answer in zip(made[0].of_verb, answers[len(streams) : until], strict=True):
        by_verb.setdefault(verb, []).append(answer)
    return Tried(answers[: len(streams)], by_verb, answers[until:], told_apart(pairs))


_SUMS = "What a line's pieces and money add up to is not what its shipments, returns and refunds say."
_MOVES = "Shipments, returns and counts have no moves of their own, and balances no promises that add up."
_CASES = "Complaints wait for the answer of a case that they are not in."
DOES_NOT_ADD_UP = {
    **dict.fromkeys(("changeOrderLine", "setOrderAddress", "quoteOrder", "setOrderDiscount", "amendOrder"), _SUMS),
    **dict.fromkeys(("removeOrderLine", "placeOrder", "cancelOrder", "resumeOrder"), _SUMS),
    **dict.fromkeys(("createShipment", "cancelShipment", "holdBatch", "rejectBatch"), _MOVES),
    **dict.fromkeys(("postStockCount", "inspectReturn", "transferStock"), _MOVES),
    **dict.fromkeys(("answerCase", "attachToCase", "declineCaseAnswer"), _CASES),
    "saveMessageTemplate": "The company has not a template of each kind in each language.",
}
"""What the nasty company, which was written past the ledgers, cannot always do, and why it fails unexpectedly there."""

TRIED_QUICKLY = Role.LOGISTICS_CLERK


@pytest.mark.parametrize(
    "role", [pytest.param(role, marks=[] if role is TRIED_QUICKLY else pytest.mark.slow) for role in Role]
)
async def test_neither_pushes_nor_changes_tell_the_worlds_apart(databases: Databases, role: Role) -> None:
    viewer = viewer_in(role)
    tried = await everything_tried(databases, viewer)
    assert not tried.differing, tried.differing[0]
    answers = [*tried.pushed, *(one for some in tried.by_verb.values() for one in some), *tried.pushed_since]
    assert not any(b"BAD_REQUEST" in one for one in answers)
    assert tried.failing <= DOES_NOT_ADD_UP.keys()
    assert tried.by_verb.keys() == {verb.name for verb in VERBS.values() if verb.may(viewer)}
    assert len(tried.succeeding) >= len(tried.by_verb) * 0.5
    if role not in (Role.ADMINISTRATOR, Role.MARKETER):
        some, more = (sum(one.count(b'{"data":') for one in pushed) for pushed in (tried.pushed, tried.pushed_since))
        assert some and more, "Nothing was pushed."


# --- What is computed of other tables ---


async def revealed_text(databases: Databases) -> str:
    """What computed values and views look at in other tables, one a line."""
    url = await databases.copy_of("sqlite", "tables", only_tables)
    async with opened(url):
        known = await views()
    await databases.drop(url)
    texts = {f"{owner}.{name}": computing(owner, name, EVERYTHING) for owner, name in READINGS}
    texts |= {info.name: known[info.table] for info in registry.nodes.values() if info.table in known}
    lines = [
        f"{coordinate}: " + ", ".join(f"{model._meta.db_table}({' '.join(sorted(columns))})" for model, columns in read)
        for coordinate, sql in texts.items()
        if (read := sorted(read_of(sql, known).items(), key=lambda one: str(one[0]._meta.db_table)))
    ]
    return "\n".join(sorted(lines)) + "\n"


async def test_what_computed_values_look_at_is_what_is_written_down(databases: Databases) -> None:
    # `uv run pytest tests/properties/test_twin_worlds.py -k written_down` fails with the text that belongs into the file.
    assert await revealed_text(databases) == REVEALED.read_text()


# --- The test sees what it is there to see ---


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "permission"),
    [
        (Role.LOGISTICS_CLERK, Permission.READ_CUSTOMER_CONTACT),
        (Role.SERVICE_AGENT, Permission.READ_COST_PRICE),
        (Role.IT_TECHNICIAN, Permission.READ_ALL_HANDOFFS),
    ],
)
async def test_a_permission_too_many_is_noticed(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, role: Role, permission: Permission
) -> None:
    rightful = viewer_in(role)
    assert permission not in rightful.permissions
    monkeypatch.setitem(ROLE_PERMISSIONS, role, ROLE_PERMISSIONS[role] | {permission})
    weakened = viewer_in(role)
    first = queries(weakened, weakened.permissions, 40, whole=True)
    assert told_apart(await in_both_worlds(databases, "sqlite", rightful, first))


@pytest.mark.slow
@pytest.mark.parametrize("type_name", ["Handoff", "Complaint", "Event"])
async def test_a_forgotten_row_scope_is_noticed(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, type_name: str
) -> None:
    viewer = viewer_in(Role.LOGISTICS_CLERK)
    prepare = queries(viewer, viewer.permissions, 300)

    async def first(graphql: GraphQLEngine) -> Asking:
        # Only now: the twin has been made with the scope that the table should have.
        monkeypatch.setattr(registry.nodes[type_name], "rows", all_rows)
        return await prepare(graphql)

    assert told_apart(await in_both_worlds(databases, "sqlite", viewer, first))


@pytest.mark.slow
async def test_an_unguarded_filter_is_noticed(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = viewer_in(Role.SERVICE_AGENT)
    document = Document('{ frontOffice { products(filter: {supplierName: {startsWith: "E"}}) { totalCount } } }', {})
    first = asking(viewer, [document])
    [(here, there)] = await in_both_worlds(databases, "sqlite", viewer, first)
    assert here == there and b"FORBIDDEN" in here
    monkeypatch.delitem(CATALOG.input_fields, ("ProductFilter", "supplierName"))
    [(here, there)] = await in_both_worlds(databases, "sqlite", viewer, first)
    assert here != there
