"""Loads rows for a change: through the viewer's row scope, so that an invisible row answers like a missing one."""

from typing import Any, TypeVar
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.models import Model

from models.base import VIEWER, RowScope
from resolvers.viewer import Viewer

M = TypeVar("M", bound=Model)


async def access(viewer: Viewer, model: type[M], rows: RowScope, key: UUID | None, *, lock: bool = True) -> M | None:
    """One row that the viewer sees, locked until the transaction ends; None when there is none."""
    if key is None:
        return None
    connection = get_connection("default")
    scope = rows(viewer.sight, "seen")
    own = f"'{viewer.account}'"
    condition = f" AND ({scope.replace(VIEWER, own)})" if scope else ""
    # SQLite's write transaction is a lock on everything already.
    locking = " FOR UPDATE OF seen" if lock and connection.capabilities.dialect == "postgres" else ""
    sql = f"""SELECT seen.* FROM "{model._meta.db_table}" seen WHERE seen.id = '{key}'{condition}{locking}"""
    found: Any = await model.raw(sql)
    return found[0] if found else None
