"""The one door to rows that a change is about: the viewer's row scope. An invisible row answers like a missing one."""

import re
from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.models import Model

from models.events import version_sql
from models.kit import base
from models.kit.base import NOW, ROLES, VIEWER, Record, RowScope, in_dialect
from models.kit.sql import listed, locking, read_records, read_rows
from models.kit.tortoise_privates import table_of
from resolvers.kit.commands import InputErrors, Key, Viewer

M = TypeVar("M", bound=Record)
AnyModel = TypeVar("AnyModel", bound=Model)


async def load(
    viewer: Viewer,
    model: type[M],
    key: Key[M] | None,
    errors: InputErrors,
    expected_version: int | None = None,
    *,
    member: str = "",
    lock: bool = True,
) -> M:
    """The record that a verb is about, locked until the transaction ends.

    Refuses at once, with what was noted so far, when the viewer sees none; notes when its version is not the expected one.
    """
    found = await find(viewer, model, key or Key(None), errors, expected_version, member=member, lock=lock)
    if found is None:
        raise errors.refusal()
    return found


async def load_with_owner(
    viewer: Viewer,
    model: type[M],
    key: Key[M],
    owner: type[AnyModel],
    column: str,
    errors: InputErrors,
    expected_version: int | None = None,
) -> tuple[AnyModel, M]:
    """The record that a verb is about, behind its owner by a column: both locked in this order, and refused as by `load`."""
    owners: Any = []
    if key.id is not None:
        scope, locked = _asked(viewer, _scope(model), "owner")
        seen = f'SELECT seen.{column} FROM "{table_of(model)}" seen WHERE seen.id = ?1{scope}'
        found = f'SELECT owner.* FROM "{table_of(owner)}" owner WHERE owner.id = ({seen}){locked}'
        owners = await read_records(owner, found, key.id)
    loaded = await load(viewer, model, key, errors, expected_version)
    return owners[0], loaded


async def find(
    viewer: Viewer,
    model: type[M],
    key: Key[M] | None,
    errors: InputErrors,
    expected_version: int | None = None,
    *,
    member: str = "",
    lock: bool = False,
) -> M | None:
    """A record that a member of the input leads to; None when the member was left out, or noted when the viewer sees none.

    Notes when its version is not the expected one, too.
    """
    if key is None:
        return None
    found = await visible(viewer, model, key.id, lock=lock)
    if found is None:
        errors.not_found(member or member_of(model), label_of(model))
    elif expected_version is not None:
        errors.version(await _version_for(viewer, found), expected_version)
    return found


async def _version_for(viewer: Viewer, record: Record) -> int:
    """A record's version as the viewer reads it."""
    model: Any = type(record)
    if not model.hidden_changes:
        return record.version  # type: ignore[attr-defined]
    version = version_sql(model, viewer.read_scope, "seen.{}".format)
    sql = f'SELECT {version} AS version FROM "{table_of(model)}" seen WHERE seen.id = ?1'
    [row] = await read_rows(sql, record.id)
    return row["version"]


async def visible(viewer: Viewer, model: type[M], key: UUID | None, *, lock: bool = False) -> M | None:
    """A row that the viewer sees; None when there is none. For what no member of an input names, else `load` or `find`."""
    if key is None:
        return None
    scope, locked = _asked(viewer, _scope(model), "seen" if lock else None)
    sql = f'SELECT seen.* FROM "{table_of(model)}" seen WHERE seen.id = ?1{scope}{locked}'
    found = await read_records(model, sql, key)
    return found[0] if found else None


async def visible_among(viewer: Viewer, model: type[M], keys: Iterable[UUID], *, lock: bool = False) -> list[M]:
    """Those of several rows that the viewer sees, by one statement, in the order of their keys, in which they are locked."""
    named = listed(keys)
    if not named:
        return []
    scope, locked = _asked(viewer, _scope(model), "seen" if lock else None)
    found: Any = await model.raw(
        f'SELECT seen.* FROM "{table_of(model)}" seen WHERE seen.id IN ({named}){scope} ORDER BY seen.id{locked}'
    )
    return found


async def find_all(viewer: Viewer, model: type[M], keys: Iterable[Key[M]]) -> dict[Key[M], M]:
    """Those of the records that the viewer sees, by their keys, for members with lists: by one statement and without locks."""
    named = [key.id for key in keys if key.id is not None]
    return {Key(record.id): record for record in await visible_among(viewer, model, named)}


def label_of(model: type[Model]) -> str:
    """What people call a record of a table: its class's name in words, or what the class says as `label`."""
    return getattr(model, "label", None) or re.sub(r"(?<!^)(?=[A-Z])", " ", model.__name__).lower()


def member_of(model: type[Model]) -> str:
    """The input member that names a record of a table, unless it has another name: its class's name."""
    return getattr(model, "member", None) or model.__name__[0].lower() + model.__name__[1:]


def _scope(model: type[Record]) -> RowScope:
    if model.row_scope is None:
        raise TypeError(f"{model.__name__} does not say who sees which rows: set its `row_scope`.")
    return model.row_scope


def scope_of(viewer: Viewer, rows: RowScope, alias: str, dialect: str) -> str | None:
    """The viewer's row scope with the viewer and the present moment written out, for statements outside the planner."""
    scope = rows(viewer.read_scope, alias)
    return None if scope is None else written_out(viewer, scope, dialect)


def written_out(viewer: Viewer, sql: str, dialect: str) -> str:
    """Plain SQL with the viewer and the present moment written out where it names them."""
    moment = f"'{base.now().isoformat(' ')}'{'::timestamptz' if dialect == 'postgres' else ''}"
    written = in_dialect(sql, dialect).replace(VIEWER, f"'{viewer.account}'").replace(NOW, moment)
    return written.replace(ROLES, f"'{viewer.listed_roles}'")


def _asked(viewer: Viewer, rows: RowScope, locked: str | None) -> tuple[str, str]:
    """The condition that a row `seen` is visible, and the clause that locks a row; either may be empty."""
    dialect = get_connection("default").capabilities.dialect
    scope = scope_of(viewer, rows, "seen", dialect)
    # Keys never change, so that rows which point at this one are added meanwhile: whoever adds one while holding what is locked
    # after it would wait crosswise otherwise.
    return (f" AND ({scope})" if scope else ""), (locking(f"OF {locked}") if locked else "")
