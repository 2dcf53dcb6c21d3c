"""The engine: from a document to the bytes of its answer. Documents seen before take the short way: a plan, a statement, text.

Nothing is executed before the whole operation is authorised. Long documents that nobody sent before are read in a thread, where
they block nobody.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from inspect import isawaitable
from typing import Any, cast

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute,
)
from graphql.execution import VariableValues, get_variable_values

from models.kit.database import Database
from models.kit.turns import Turns
from resolvers.events import Stream
from resolvers.kit.commands import Viewer
from resolvers.kit.context import Context, network_of
from resolvers.reading.arguments import Leaf
from resolvers.reading.authorise import Authoriser
from resolvers.reading.catalog import Catalog
from resolvers.reading.executor import PlanningExecutor
from resolvers.reading.graphql_privates import FragmentDetails, Selection, fragment_details
from resolvers.reading.plans import (
    EventPlan,
    NotPlannable,
    Plan,
    id_variables,
    input_variables,
    plan_events,
    plan_key,
    plan_query,
)
from resolvers.reading.sources import parse_global_id
from resolvers.reading.statements import BadArgument, Statement
from schema.transport.engine import Answer, OperationRefused, OperationRequest, refusal
from schema.transport.failures import internal, outage_in, presentable, refused
from schema.transport.introspection import Introspection
from schema.transport.limits import INTROSPECTION, prepare_document
from schema.transport.variables import Expected, check_variables, expected_variables, taken_as_they_are

DOCUMENTS_KEPT = 1000
PLANS_KEPT = 200
"""How many plans one document may have: one per kind of viewer and shape of variables."""

KEPT_BYTES = 64_000_000
"""What all documents and their plans together may take, as reckoned: what was not asked for the longest time goes first."""

BYTES_PER_CHARACTER = 20
"""What a document's tree takes in memory, for each character of its text."""

RESOLVED_BYTES = 20_000
"""What is kept of an operation that resolvers answer, as a plan."""

LONG_DOCUMENT = 2_000
"""Characters of a document that is read in the thread: reading it takes more than a few milliseconds."""

AT_ONCE = 4
"""How many operations that ordinary resolvers answer, changes among them, one account has under way at once; the others wait."""

_reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="documents")


@dataclass(frozen=True, slots=True)
class ByResolvers:
    """The operation is permitted, and ordinary resolvers have a part in it; the planner's statements by where they stand."""

    statements: dict[Hashable, Statement] = field(default_factory=dict[Hashable, Statement])


Permitted = Plan | EventPlan | ByResolvers


@dataclass(slots=True)
class CachedDocument:
    """A valid document with one operation chosen, and the plans made for it so far."""

    key: tuple[str, str | None]
    """Its text, and the name by which the operation was chosen."""

    document: DocumentNode
    operation: OperationDefinitionNode
    definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    expected: tuple[Expected, ...]
    ids: tuple[str, ...]
    """The variables in which `node` and `nodes` get their ids."""

    inputs: frozenset[str]
    """The variables that only use cases look at."""

    introspects: bool
    """Whether it asks about the schema, and for nothing else."""

    bytes: int
    """What it takes in memory, with its plans."""

    plans: dict[Hashable, Permitted | OperationRefused] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """query, mutation or subscription."""
        return self.operation.operation.value

    @property
    def name(self) -> str | None:
        """What the client calls the operation."""
        return self.operation.name.value if self.operation.name else None


class Engine:
    """Answers operations on one schema and one database."""

    def __init__(
        self, catalog: Catalog, database: Database, authority: Any, *, anonymous_introspection: bool = True
    ) -> None:
        self._catalog = catalog
        self._graphql = catalog.graphql
        self._database = database
        self._authority = authority
        self._documents: OrderedDict[tuple[str, str | None], CachedDocument] = OrderedDict()
        self._bytes = 0
        self._introspection = Introspection(catalog.graphql)
        self._anonymous_introspection = anonymous_introspection
        self._turns = Turns(1_000, AT_ONCE)
        self._turns_to_read = Turns(1, 1)

    # --- Documents ---

    def prepare(self, text: str, operation_name: str | None) -> CachedDocument:
        """The validated document, from memory when it was seen before."""
        key = (text, operation_name)
        if known := self._documents.get(key):
            self._documents.move_to_end(key)
            return known
        return self._kept(self._read(text, operation_name))

    async def read(self, text: str, operation_name: str | None, holder: Hashable) -> None:
        """Prepares a long document aside, if it was not seen before, so that `prepare` finds it."""
        key = (text, operation_name)
        if len(text) < LONG_DOCUMENT or key in self._documents:
            return
        await self._turns_to_read.take(holder)
        try:
            if key not in self._documents:
                loop = asyncio.get_running_loop()
                self._kept(await loop.run_in_executor(_reading, self._read, text, operation_name))
        finally:
            self._turns_to_read.give_back(holder)

    def _read(self, text: str, operation_name: str | None) -> CachedDocument:
        document = prepare_document(self._graphql, text)
        operation = self._operation(document, operation_name)
        definitions = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        fragments, expected = fragment_details(definitions), expected_variables(operation)
        ids, size = id_variables(self._catalog, document), len(text) * BYTES_PER_CHARACTER
        asked = root_fields(operation.selection_set, definitions)
        introspects = not asked.isdisjoint(INTROSPECTION)
        if introspects and not asked <= {*INTROSPECTION, "__typename"}:
            raise refusal("BAD_REQUEST", "Ask for `__schema` and `__type` in an operation of their own.")
        key = (text, operation_name)
        inputs = input_variables(document, operation)
        return CachedDocument(
            key, document, operation, definitions, fragments, expected, ids, inputs, introspects, size
        )

    def _kept(self, prepared: CachedDocument) -> CachedDocument:
        self._documents[prepared.key] = prepared
        self._bytes += prepared.bytes
        while len(self._documents) > DOCUMENTS_KEPT or self._bytes > KEPT_BYTES:
            self._bytes -= self._documents.popitem(last=False)[1].bytes
        return prepared

    def _weigh(self, prepared: CachedDocument, size: int) -> None:
        """Notes that a document takes more than before, or less; one that is no longer kept counts no more."""
        prepared.bytes += size
        if self._documents.get(prepared.key) is prepared:
            self._bytes += size

    @staticmethod
    def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        if name is None and len(operations) > 1:
            raise refusal("BAD_REQUEST", "The document has several operations: say which with `operationName`.")
        for operation in operations:
            if name is None or (operation.name and operation.name.value == name):
                return operation
        raise refusal("BAD_REQUEST", "The document has no operation of the name given as `operationName`.")

    def _coerced(self, prepared: CachedDocument, given: dict[str, Any]) -> VariableValues:
        definitions = prepared.operation.variable_definitions or ()
        values = get_variable_values(self._graphql, definitions, given, max_errors=20, hide_suggestions=True)
        if isinstance(values, list):
            raise refused(*values)
        return values

    def _decide(
        self, prepared: CachedDocument, given: dict[str, Any], viewer: Viewer | None
    ) -> tuple[Permitted, dict[str, Any]]:
        """What is to be done, from memory when an operation of this shape came from such a viewer before, and the variables."""
        check_variables(given)
        plain = taken_as_they_are(prepared.expected, given)
        coerced = self._coerced(prepared, given).coerced if plain is None else plain
        key = plan_key(self._catalog, viewer, coerced, prepared.ids, prepared.inputs)
        decision = prepared.plans.get(key)
        if decision is None:
            if len(prepared.plans) >= PLANS_KEPT:
                self._weigh(prepared, -sum(map(size_of, prepared.plans.values())))
                prepared.plans.clear()
            decision = prepared.plans[key] = self._decided(prepared, self._coerced(prepared, given), viewer)
            self._weigh(prepared, size_of(decision))
        if isinstance(decision, OperationRefused):
            raise OperationRefused(decision.errors)
        return decision, coerced

    def _decided(
        self, prepared: CachedDocument, variables: VariableValues, viewer: Viewer | None
    ) -> Permitted | OperationRefused:
        authoriser = Authoriser(self._catalog, prepared.definitions, variables.coerced, viewer)
        if errors := authoriser.refusals(prepared.operation):
            return refused(*errors)
        selection = Selection(prepared.operation, prepared.fragments, variables)
        try:
            match prepared.operation.operation:
                case OperationType.QUERY:
                    return plan_query(self._catalog, self._database.dialect, viewer, selection)
                case OperationType.SUBSCRIPTION:
                    return plan_events(self._catalog, self._database.dialect, viewer, selection)
                case OperationType.MUTATION:
                    return ByResolvers()
        except NotPlannable:
            return ByResolvers()
        except GraphQLError as error:
            return refused(error)

    # --- Queries and mutations ---

    async def execute(
        self, request: OperationRequest, viewer: Viewer | None, address: str, *, allow_mutations: bool = True
    ) -> Answer:
        """Answers one query or mutation. Never raises for what a client can do."""
        prepared: CachedDocument | None = None
        try:
            await self.read(request.query, request.operation_name, viewer.account if viewer else network_of(address))
            prepared = self.prepare(request.query, request.operation_name)
            if prepared.kind == "subscription":
                raise refusal("BAD_REQUEST", "Subscriptions are served over graphql-transport-ws only.")
            if prepared.kind == "mutation" and not allow_mutations:
                raise refusal("BAD_REQUEST", "Mutations are served by POST only.")
            decision, variables = self._decide(prepared, request.variables or {}, viewer)
            if isinstance(decision, Plan):
                body = await decision.run(self._database, variables, viewer)
                return Answer(body, True, prepared.kind, prepared.name)
            assert isinstance(decision, ByResolvers)
            holder = viewer.account if viewer else network_of(address)
            if prepared.introspects:
                return await self._introspected(prepared, request, viewer, holder)
            await self._turns.take(holder)
            try:
                return await self._by_resolvers(prepared, decision, request, viewer, address)
            finally:
                self._turns.give_back(holder)
        except OperationRefused as error:
            reason = error
        except GraphQLError as error:
            reason = refused(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an incident
            reason = refused(internal(error))
        kind, name = (prepared.kind, prepared.name) if prepared else (None, None)
        outage = outage_in(reason.errors)
        later = outage.retry_after if outage else 0
        return Answer(orjson.dumps({"errors": reason.errors}), False, kind, name, reason.codes, retry_after=later)

    async def _introspected(
        self, prepared: CachedDocument, request: OperationRequest, viewer: Viewer | None, holder: Hashable
    ) -> Answer:
        if viewer is None and not self._anonymous_introspection:
            raise refusal("UNAUTHENTICATED", "Sign in first: the schema is described to those who work here.")
        key = (request.query, request.operation_name, repr(request.variables))
        made = await self._introspection.answer(
            key, prepared.document, request.variables, request.operation_name, holder
        )
        return Answer(made.body, True, prepared.kind, prepared.name, gzipped=made.gzipped)

    async def _by_resolvers(
        self,
        prepared: CachedDocument,
        decision: ByResolvers,
        request: OperationRequest,
        viewer: Viewer | None,
        address: str,
    ) -> Answer:
        context = Context(viewer, self._database, self._authority, address)
        outcome = execute(
            self._graphql,
            prepared.document,
            context_value=context,
            variable_values=request.variables,
            operation_name=request.operation_name,
            executor_class=PlanningExecutor,
            hide_suggestions=True,
            catalog=self._catalog,
            database=self._database,
            viewer=viewer,
            statements=decision.statements,
        )
        result = cast(ExecutionResult, await cast(Awaitable[Any], outcome) if isawaitable(outcome) else outcome)
        response: dict[str, Any] = {"data": result.data}
        codes: tuple[str, ...] = ()
        if result.errors:
            presented = refused(*map(presentable, result.errors))
            if outage_in(presented.errors) and not any(value is not None for value in (result.data or {}).values()):
                # Nothing came of any of it, so all of it may be sent again.
                raise presented
            response["errors"], codes = presented.errors, presented.codes
        body = orjson.dumps(response)
        return Answer(body, True, prepared.kind, prepared.name, codes, retry_after=context.retry_after)

    # --- Subscriptions ---

    def subscribe(self, request: OperationRequest, viewer: Viewer) -> Stream:
        """Opens one subscription; raises OperationRefused."""
        try:
            prepared = self.prepare(request.query, request.operation_name)
            if prepared.kind != "subscription":
                raise refusal("BAD_REQUEST", "Queries and mutations are served over HTTP only.")
            decision, given = self._decide(prepared, request.variables or {}, viewer)
            assert isinstance(decision, EventPlan)
            after, epoch = self._after(decision, given) or (None, "")
            of = decision.of.get(given) if decision.of else None
            departments = (
                decision.departments.get(given) if isinstance(decision.departments, Leaf) else decision.departments
            )
            narrowed = frozenset(departments) if departments is not None else None
            # What makes two streams the same: the plan with its rights, and all its statement's values but the positions.
            key = (id(decision), repr(decision.statement.identity(given, viewer)[3:]))
            return Stream(
                key=key,
                after=after,
                epoch=epoch,
                departments=narrowed,
                opening=partial(self._opening, decision),
                fetch=partial(self._messages, decision, given, viewer),
                about=decision.about,
                of=parse_global_id(of)[1] if of else None,
                operation_name=prepared.name,
                account=viewer.account if decision.is_personal else None,
                kinds=decision.kinds,
            )
        except GraphQLError as error:
            raise refused(error) from error

    def _after(self, plan: EventPlan, given: dict[str, Any]) -> tuple[int, str] | None:
        cursor = plan.after.get(given) if plan.after else None
        if cursor is None:
            return None
        try:
            position, epoch, *_ = [*self._catalog.seal.opened(plan.shows, cursor).split(" "), ""]
            return int(position), epoch
        except ValueError as error:
            raise BadArgument(plan.coordinate, "after", "is no cursor of this subscription") from error

    def _opening(self, plan: EventPlan, position: int, epoch: str) -> bytes:
        return head_of(plan) + plan.opening.text(self._catalog.seal, f"{position} {epoch}").encode() + b"}}"

    async def _messages(
        self, plan: EventPlan, given: dict[str, Any], viewer: Viewer, after: int, upto: int, limit: int
    ) -> list[tuple[int, bytes]]:
        binds = plan.statement.values(given, viewer)
        binds[:3] = [after, upto, limit]
        head = head_of(plan)
        # Apart from what the same viewer reads, which must not hold up those who see the same stream.
        holder = ("pushes", viewer.account)
        rows = await self._database.fetch(plan.statement.sql, binds, holder, heavy=plan.statement.heavy)
        return [(row[0], head + plan.statement.shown(row[1]).encode() + b"}}") for row in rows]


def head_of(plan: EventPlan) -> bytes:
    """How every response of a subscription begins."""
    return b'{"data":{"' + plan.response_key.encode() + b'":'


def root_fields(selections: SelectionSetNode, definitions: Mapping[str, FragmentDefinitionNode]) -> set[str]:
    """The names of an operation's fields at the root, wherever they stand."""
    found, waiting, definitions = set[str](), list(selections.selections), dict(definitions)
    while waiting:
        match waiting.pop():
            case FieldNode(name=name):
                found.add(name.value)
            case InlineFragmentNode(selection_set=inner):
                waiting.extend(inner.selections)
            case FragmentSpreadNode(name=name):
                spread = definitions.pop(name.value, None)
                waiting.extend(spread.selection_set.selections if spread else ())
            case other:
                raise AssertionError(f"{other.kind} is no selection")
    return found


def size_of(decision: Permitted | OperationRefused) -> int:
    """What a decision takes in memory, as reckoned."""
    statement = None if isinstance(decision, ByResolvers | OperationRefused) else decision.statement
    return 2 * len(statement.sql) if statement else RESOLVED_BYTES
