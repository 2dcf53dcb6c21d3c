"""The hook in GraphQL's executor: where an ordinary resolver reaches rows, the planner takes over with one statement."""

from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from models.kit.database import Database
from resolvers.kit.viewer import Viewer
from resolvers.reading.batches import Batches, Texts
from resolvers.reading.catalog import Catalog, FieldFacts
from resolvers.reading.compile import Selection
from resolvers.reading.pieces import BadArgument
from resolvers.reading.plans import bad_request, plan_entry, plan_rows
from resolvers.reading.sources import Changed, ChangedMany


class PlanningExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes mutations and mixed queries; fields that start a statement are answered by the planner."""

    def __init__(self, *args: Any, catalog: Catalog, database: Database, viewer: Viewer | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._catalog = catalog
        self._database = database
        self._viewer = viewer
        self._batches = Batches()

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
        assert facts.reading is not None
        if isinstance(facts.reading.source, Changed | ChangedMany):
            is_many = isinstance(facts.reading.source, ChangedMany)
            return await self._rows(facts, getattr(source, facts.python_name), details, is_many=is_many)
        statement = plan_entry(self._catalog, self._database.dialect, self._viewer, self._selection(), facts, details)
        values = statement.values(self.variable_values.coerced, self._viewer)
        return orjson.Fragment(await self._database.read(statement.sql, values) or "null")

    async def _rows(self, facts: FieldFacts, given: Any, details: FieldDetailsList, *, is_many: bool) -> Any:
        """The row of a key, or the rows of several in their order; those that the viewer does not see are left out."""
        keys = [UUID(str(key)) for key in (given or () if is_many else [given]) if key is not None]
        if not keys:
            return [] if is_many else None

        async def read(keys: list[UUID]) -> Texts:
            dialect = self._database.dialect
            statement = plan_rows(self._catalog, dialect, self._viewer, self._selection(), facts, details, keys)
            values = statement.values(self.variable_values.coerced, self._viewer)
            return {UUID(str(key)): text for key, text in await self._database.fetch(statement.sql, values)}

        # The same selection on each object of a list: graphql-core collects it once.
        texts = await self._batches.rows(id(details), keys, read)
        if not is_many:
            return orjson.Fragment(texts.get(keys[0], "null"))
        return orjson.Fragment("[" + ",".join(texts[key] for key in keys if key in texts) + "]")

    def _selection(self) -> Selection:
        return Selection(self.operation, self.fragments, self.variable_values)
