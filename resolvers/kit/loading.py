"""Loads rows for a change: through the viewer's row scope, so that an invisible row answers like a missing one."""

from typing import Any, TypeVar
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.models import Model

from models.kit import base
from models.kit.base import NOW, VIEWER, RowScope
from resolvers.kit.viewer import Viewer

M = TypeVar("M", bound=Model)


def scope_of(viewer: Viewer, rows: RowScope, alias: str, dialect: str) -> str | None:
    """The viewer's row scope with the viewer and the present moment written out, for statements outside the planner."""
    scope = rows(viewer.read_scope, alias)
    return None if scope is None else written_out(viewer, scope, dialect)


def written_out(viewer: Viewer, sql: str, dialect: str) -> str:
    """Plain SQL with the viewer and the present moment written out where it names them."""
    moment = f"'{base.now().isoformat(' ')}'{'::timestamptz' if dialect == 'postgres' else ''}"
    return sql.replace(VIEWER, f"'{viewer.account}'").replace(NOW, moment)


async def access(viewer: Viewer, model: type[M], rows: RowScope, key: UUID | None, *, lock: bool = True) -> M | None:
    """One row that the viewer sees, locked until the transaction ends; None when there is none."""
    if key is None:
        return None
    scope, locking = _asked(viewer, rows, "seen" if lock else None)
    sql = f"""SELECT seen.* FROM "{model._meta.db_table}" seen WHERE seen.id = '{key}'{scope}{locking}"""
    found: Any = await model.raw(sql)
    return found[0] if found else None


async def access_owner(
    viewer: Viewer, model: type[Model], rows: RowScope, key: UUID | None, owner: type[M], column: str
) -> M | None:
    """The row that a row which the viewer sees belongs to by a column, locked, and before the row itself; None for none."""
    if key is None:
        return None
    scope, locking = _asked(viewer, rows, "owner")
    seen = f"""SELECT seen.{column} FROM "{model._meta.db_table}" seen WHERE seen.id = '{key}'{scope}"""
    found: Any = await owner.raw(
        f'SELECT owner.* FROM "{owner._meta.db_table}" owner WHERE owner.id = ({seen}){locking}'
    )
    return found[0] if found else None


def _asked(viewer: Viewer, rows: RowScope, locked: str | None) -> tuple[str, str]:
    """The condition that a row `seen` is visible, and the clause that locks a row; either may be empty."""
    dialect = get_connection("default").capabilities.dialect
    scope = scope_of(viewer, rows, "seen", dialect)
    # SQLite's write transaction is a lock on everything already. Keys never change, so that rows which point at this one are
    # added meanwhile: whoever adds one while holding what is locked after it would wait crosswise otherwise.
    locking = f" FOR NO KEY UPDATE OF {locked}" if locked and dialect == "postgres" else ""
    return (f" AND ({scope})" if scope else ""), locking
