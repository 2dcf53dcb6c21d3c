"""`nextStatuses`: what a machine offers (resolvers/steps), as a field of the machine's records."""

from collections.abc import Callable

from models.base import NOW, VIEWER
from resolvers.reading.sources import Surroundings
from resolvers.steps import Machine, Row


def next_statuses(machine: Machine) -> Callable[[Surroundings], str]:
    """The expression of a field that lists the statuses which the viewer may give a record next."""

    def sql(around: Surroundings) -> str:
        return bound(machine.offered_sql(Row(around.column, around.dialect, around.permissions)), around)

    return sql


def bound(text: str, around: Surroundings) -> str:
    """Plain SQL with binds where it names the viewer and the present moment. One that nothing names is not bound."""
    for name, bind in ((VIEWER, around.viewer_id), (NOW, around.now)):
        if name in text:
            text = text.replace(name, bind())
    return text
