"""Who is asking: the account behind a request, with its rights as they were when the request began."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from models.kit.base import ReadScope
from models.permissions import Department, Permission, Role, permissions_of


@dataclass(frozen=True)
class Viewer:
    """A signed-in account. `session` is the family of its refresh tokens, or null for tokens of an OIDC provider."""

    account: UUID
    name: str
    roles: frozenset[Role]
    departments: frozenset[Department]
    session: UUID | None
    expires_at: datetime

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """All that the viewer's roles may read or do."""
        return permissions_of(self.roles)

    @cached_property
    def listed_roles(self) -> str:
        """The viewer's roles as SQL compares them: each between commas."""
        return f",{','.join(sorted(self.roles))},"

    @cached_property
    def read_scope(self) -> ReadScope:
        """What decides which rows the viewer sees. Viewers of equal sight share plans and pushes."""
        return ReadScope(self.permissions, self.departments)

    def may(self, permission: Permission) -> bool:
        """Whether the viewer holds a permission."""
        return permission in self.permissions
