"""The engine: from a document to the bytes of its answer. Documents seen before take the short way: a plan, a statement, text.

Nothing is executed before the whole operation is authorised.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Hashable
from dataclasses import dataclass, field
from functools import partial
from inspect import isawaitable
from typing import Any, cast

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    execute,
)
from graphql.execution import VariableValues, get_variable_values

from models.kit.database import STATEMENT_SECONDS, Database, StatementTimeout, StatementTooDeep
from resolvers.events import Stream, decode_cursor
from resolvers.kit.commands import Viewer
from resolvers.kit.context import Context
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
    plan_events,
    plan_key,
    plan_query,
)
from resolvers.reading.sources import parse_global_id
from resolvers.reading.statements import BadArgument, Statement
from schema.transport.engine import Answer, OperationRefused, OperationRequest, refusal
from schema.transport.limits import prepare_document
from schema.transport.logs import report_incident
from schema.transport.variables import Expected, check_variables, expected_variables, taken_as_they_are

DOCUMENTS_KEPT = 1000
PLANS_KEPT = 200
"""How many plans one document may have: one per kind of viewer and shape of variables."""


@dataclass(frozen=True, slots=True)
class ByResolvers:
    """The operation is permitted, and ordinary resolvers have a part in it; the planner's statements by where they stand."""

    statements: dict[Hashable, Statement] = field(default_factory=dict[Hashable, Statement])


Permitted = Plan | EventPlan | ByResolvers


@dataclass(slots=True)
class CachedDocument:
    """A valid document with one operation chosen, and the plans made for it so far."""

    document: DocumentNode
    operation: OperationDefinitionNode
    definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    expected: tuple[Expected, ...]
    ids: tuple[str, ...]
    """The variables in which `node` and `nodes` get their ids."""

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

    def __init__(self, catalog: Catalog, database: Database, authority: Any) -> None:
        self._catalog = catalog
        self._graphql = catalog.graphql
        self._database = database
        self._authority = authority
        self._documents: OrderedDict[tuple[str, str | None], CachedDocument] = OrderedDict()

    # --- Documents ---

    def prepare(self, text: str, operation_name: str | None) -> CachedDocument:
        """The validated document, from memory when it was seen before."""
        key = (text, operation_name)
        if known := self._documents.get(key):
            self._documents.move_to_end(key)
            return known
        document = prepare_document(self._graphql, text)
        operation = self._operation(document, operation_name)
        definitions = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        fragments, expected = fragment_details(definitions), expected_variables(operation)
        ids = id_variables(self._catalog, document)
        self._documents[key] = prepared = CachedDocument(document, operation, definitions, fragments, expected, ids)
        if len(self._documents) > DOCUMENTS_KEPT:
            self._documents.popitem(last=False)
        return prepared

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
        key = plan_key(self._catalog, viewer, coerced, prepared.ids)
        decision = prepared.plans.get(key)
        if decision is None:
            if len(prepared.plans) >= PLANS_KEPT:
                prepared.plans.clear()
            decision = prepared.plans[key] = self._decided(prepared, self._coerced(prepared, given), viewer)
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
        except BadArgument as error:
            return refused(error)

    # --- Queries and mutations ---

    async def execute(
        self, request: OperationRequest, viewer: Viewer | None, address: str, *, allow_mutations: bool = True
    ) -> Answer:
        """Answers one query or mutation. Never raises for what a client can do."""
        prepared: CachedDocument | None = None
        try:
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
            return await self._by_resolvers(prepared, decision, request, viewer, address)
        except OperationRefused as error:
            reason = error
        except GraphQLError as error:
            reason = refused(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an incident
            reason = refused(internal(error))
        kind, name = (prepared.kind, prepared.name) if prepared else (None, None)
        return Answer(orjson.dumps({"errors": reason.errors}), False, kind, name, reason.codes)

    async def _by_resolvers(
        self,
        prepared: CachedDocument,
        decision: ByResolvers,
        request: OperationRequest,
        viewer: Viewer | None,
        address: str,
    ) -> Answer:
        outcome = execute(
            self._graphql,
            prepared.document,
            context_value=Context(viewer, self._database, self._authority, address),
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
            response["errors"], codes = presented.errors, presented.codes
        return Answer(orjson.dumps(response), True, prepared.kind, prepared.name, codes)

    # --- Subscriptions ---

    def subscribe(self, request: OperationRequest, viewer: Viewer) -> Stream:
        """Opens one subscription; raises OperationRefused."""
        try:
            prepared = self.prepare(request.query, request.operation_name)
            if prepared.kind != "subscription":
                raise refusal("BAD_REQUEST", "Queries and mutations are served over HTTP only.")
            decision, given = self._decide(prepared, request.variables or {}, viewer)
            assert isinstance(decision, EventPlan)
            after = self._after(decision, given)
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
                departments=narrowed,
                fetch=partial(self._messages, decision, given, viewer),
                about=decision.about,
                of=parse_global_id(of)[1] if of else None,
                operation_name=prepared.name,
                account=viewer.account if decision.is_personal else None,
                kinds=decision.kinds,
            )
        except GraphQLError as error:
            raise refused(error) from error

    @staticmethod
    def _after(plan: EventPlan, given: dict[str, Any]) -> int | None:
        cursor = plan.after.get(given) if plan.after else None
        if cursor is None:
            return None
        try:
            return decode_cursor(cursor)
        except ValueError as error:
            raise BadArgument(plan.coordinate, "after", "is no cursor of this subscription") from error

    async def _messages(
        self, plan: EventPlan, given: dict[str, Any], viewer: Viewer, after: int, upto: int, limit: int
    ) -> list[tuple[int, bytes]]:
        binds = plan.statement.values(given, viewer)
        binds[:3] = [after, upto, limit]
        head = b'{"data":{"' + plan.response_key.encode() + b'":'
        rows = await self._database.fetch(plan.statement.sql, binds)
        return [(row[0], head + row[1].encode() + b"}}") for row in rows]


def refused(*errors: GraphQLError) -> OperationRefused:
    """GraphQL errors as a refusal; those without a code of their own get one."""
    formatted: list[dict[str, Any]] = [dict(error.formatted) for error in errors]
    for error in formatted:
        error["extensions"] = {"code": "BAD_REQUEST"} | error.get("extensions", {})
    return OperationRefused(formatted)


def internal(error: BaseException) -> GraphQLError:
    """The refusal for what should not have happened: an incident number to find the log line by, and nothing else."""
    if isinstance(error, StatementTimeout):
        message = f"The operation took longer than {STATEMENT_SECONDS} seconds. Ask for less at a time."
        return GraphQLError(
            message, extensions={"code": "LIMIT_EXCEEDED", "limit": "time", "maximum": STATEMENT_SECONDS}
        )
    if isinstance(error, StatementTooDeep):
        message = "The relations are nested too deeply for this database. Ask for them in several operations."
        return GraphQLError(message, extensions={"code": "LIMIT_EXCEEDED", "limit": "relations"})
    incident = report_incident(error)
    return GraphQLError(
        f"Something went wrong on our side. Incident {incident}.", extensions={"code": "INTERNAL", "incident": incident}
    )


def presentable(error: GraphQLError) -> GraphQLError:
    """An execution error as a client may see it."""
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error:
        original = original.original_error
    if original is None or isinstance(original, GraphQLError):
        return error
    hidden = internal(original)
    return GraphQLError(hidden.message, nodes=error.nodes, path=error.path, extensions=hidden.extensions)
