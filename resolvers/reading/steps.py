"""`nextStatuses`: what a machine offers (resolvers/steps), as a field of the machine's records."""

from collections.abc import Callable

from models.kit.base import NOW, VIEWER
from resolvers.kit.state_machine import Row, StateMachine
from resolvers.reading.sources import SqlContext


def next_statuses(machine: StateMachine) -> Callable[[SqlContext], str]:
    """The expression of a field that lists the statuses which the viewer may give a record next."""

    def sql(ctx: SqlContext) -> str:
        return bound(machine.offered_sql(Row(ctx.column, ctx.dialect, ctx.permissions)), ctx)

    return sql


def bound(text: str, ctx: SqlContext) -> str:
    """Plain SQL with binds where it names the viewer and the present moment. One that nothing names is not bound."""
    for name, bind in ((VIEWER, ctx.viewer_id), (NOW, ctx.now)):
        if name in text:
            text = text.replace(name, bind())
    return text
