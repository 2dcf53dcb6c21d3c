"""Documents seen before: parsed, validated, one operation chosen, and what was decided about it so far."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode

from resolvers.reading.graphql_privates import FragmentDetails
from resolvers.reading.plans import EventPlan, Plan, Statement
from schema.transport.engine import OperationRefused
from schema.transport.variables import Expected


@dataclass(frozen=True, slots=True)
class ByResolvers:
    """The operation is permitted, and ordinary resolvers have a part in it; the planner's statements by where they stand."""

    statements: dict[Hashable, Statement] = field(default_factory=dict[Hashable, Statement])


Decision = Plan | EventPlan | ByResolvers | OperationRefused


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

    name: str | None
    plans: dict[Hashable, Decision] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """query, mutation or subscription."""
        return self.operation.operation.value
