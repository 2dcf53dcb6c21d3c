"""The hook in GraphQL's executor: where an ordinary resolver reaches rows, the planner takes over with one statement."""

from typing import Any

import orjson
from graphql import GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from models.database import Database
from resolvers.reading.catalog import Catalog, FieldFacts
from resolvers.reading.compile import Selection
from resolvers.reading.pieces import BadArgument
from resolvers.reading.plans import bad_request, plan_entry, plan_row, plan_rows
from resolvers.reading.sources import Changed, ChangedMany
from resolvers.viewer import Viewer


class PlanningExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes mutations and mixed queries; fields that start a statement are answered by the planner."""

    def __init__(self, *args: Any, catalog: Catalog, database: Database, viewer: Viewer | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._catalog = catalog
        self._database = database
        self._viewer = viewer

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        facts = self._catalog.fields.get((parent_type.name, field_details_list[0].node.name.value))
        if facts is None or not facts.starts_statement:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        return self._planned(facts, parent_type, source, field_details_list, path)

    async def _planned(
        self, facts: FieldFacts, parent_type: GraphQLObjectType, source: Any, details: FieldDetailsList, path: Path
    ) -> Any:
        try:
            return await self._fragment(facts, source, details)
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes this field's error
            raw = bad_request(error) if isinstance(error, BadArgument) else error
            field_type = parent_type.fields[details[0].node.name.value].type
            self.handle_field_error(raw, field_type, details, path)
            return None

    async def _fragment(self, facts: FieldFacts, source: Any, details: FieldDetailsList) -> Any:
        selection = Selection(self.operation, self.fragments, self.variable_values)
        dialect = self._database.dialect
        assert facts.reading is not None
        if isinstance(facts.reading.source, Changed):
            key = getattr(source, facts.python_name)
            if key is None:
                return None
            statement = plan_row(self._catalog, dialect, self._viewer, selection, facts, details, key)
        elif isinstance(facts.reading.source, ChangedMany):
            keys = list(getattr(source, facts.python_name) or ())
            if not keys:
                return []
            statement = plan_rows(self._catalog, dialect, self._viewer, selection, facts, details, keys)
        else:
            statement = plan_entry(self._catalog, dialect, self._viewer, selection, facts, details)
        variables = self.variable_values.coerced
        return orjson.Fragment(
            await self._database.read(statement.sql, statement.values(variables, self._viewer)) or "null"
        )
