"""What the tables look like between two steps of a migration, without the work that Tortoise puts into it.

Tortoise makes the classes of all models anew before and after every step, most of which look at one of them or at none.
The surprising rule: here a class is made when a step asks for it, and comes with the models that it refers to, no others.
"""

from collections.abc import Iterable
from typing import Any, cast

from tortoise.fields.relational import RelationalField
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

Key = tuple[str, str]
"""The app and the name of a model."""


class LateApps(StateApps):
    """Finds models by making them. A step that computes rows can ask for one, too, and follow its keys by one step."""

    def __init__(self, models: dict[Key, ModelState], default_connections: dict[str, str]) -> None:
        super().__init__(default_connections)
        self._models = models

    def get_model(self, app_label: str, model_name: str | None = None) -> type[Model]:
        """A model as it is after the steps so far. KeyError if there is none of this name."""
        asked = self.split_reference(app_label) if model_name is None else (app_label, model_name)
        few = StateApps(self._default_connections, self._connections)
        for key in {asked, *self.referred_to(self._models[asked])} & self._models.keys():
            few.register_model(key[0], self._models[key].render(few))
        few._init_relations()
        few._build_initial_querysets()
        return few.get_model(*asked)

    def referred_to(self, model: ModelState) -> set[Key]:
        """The models that one has keys of."""
        relations = [field for field in model.fields.values() if isinstance(field, RelationalField)]
        return {self.split_reference(cast(Any, relation).model_name) for relation in relations}


class LateState(State):
    """The models after the steps so far, of which no classes are kept that would have to be made anew."""

    def __init__(self, models: dict[Key, ModelState], default_connections: dict[str, str]) -> None:
        super().__init__(models, LateApps(models, default_connections))
        self._default_connections = default_connections

    def clone(self) -> "LateState":
        """What later steps leave alone."""
        return LateState({key: model.clone() for key, model in self.models.items()}, self._default_connections)

    def reload_model(self, app_label: str, model_name: str) -> None:
        """Nothing to do. LookupError if there is no such model."""
        if (app_label, model_name) not in self.models:
            raise LookupError(f"Model state {app_label}.{model_name} is unknown")

    def reload_models(self, model_tuples: Iterable[Key]) -> None:
        """Nothing to do."""

    def validate_relations_initialized(self) -> None:
        """RuntimeError if a model refers to one that the migrations never make."""
        apps = cast(LateApps, self.apps)
        missing = set[Key]().union(*map(apps.referred_to, self.models.values())) - self.models.keys()
        if missing:
            raise RuntimeError(f"Models refer to {sorted(missing)}, which no migration makes.")


class LateExecutor(MigrationExecutor):
    """Migrates as Tortoise does, on such states."""

    async def _project_state(self, applied: set[MigrationKey], *, upto: MigrationKey | None = None) -> State:
        connections = {
            label: config.get("default_connection", "default") for label, config in self.loader.apps_config.items()
        }
        state = LateState({}, connections)
        for key in self._full_plan():
            if key == upto:
                break
            if key in applied:
                migration = self.loader.graph.nodes[key]
                if migration is None:
                    raise ValueError(f"Missing migration for {key}")
                await migration.apply(state, dry_run=True, schema_editor=None)
        return state
