"""Loads rows for a change: through the viewer's row scope, so that an invisible row answers like a missing one."""

from typing import Any, TypeVar
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.models import Model

from models import base
from models.base import NOW, VIEWER, RowScope
from resolvers.viewer import Viewer

M = TypeVar("M", bound=Model)


def scope_of(viewer: Viewer, rows: RowScope, alias: str, dialect: str) -> str | None:
    """The viewer's row scope with the viewer and the present moment written out, for statements outside the planner."""
    scope = rows(viewer.sight, alias)
    if scope is None:
        return None
    moment = f"'{base.now().isoformat(' ')}'{'::timestamptz' if dialect == 'postgres' else ''}"
    return scope.replace(VIEWER, f"'{viewer.account}'").replace(NOW, moment)


async def access(viewer: Viewer, model: type[M], rows: RowScope, key: UUID | None, *, lock: bool = True) -> M | None:
    """One row that the viewer sees, locked until the transaction ends; None when there is none."""
    if key is None:
        return None
    connection = get_connection("default")
    dialect = connection.capabilities.dialect
    scope = scope_of(viewer, rows, "seen", dialect)
    condition = f" AND ({scope})" if scope else ""
    # SQLite's write transaction is a lock on everything already.
    locking = " FOR UPDATE OF seen" if lock and dialect == "postgres" else ""
    sql = f"""SELECT seen.* FROM "{model._meta.db_table}" seen WHERE seen.id = '{key}'{condition}{locking}"""
    found: Any = await model.raw(sql)
    return found[0] if found else None
