"""`nextStatuses` in SQL: which steps a viewer may take from a record's present status, as resolvers/steps says in Python."""

from collections.abc import Callable

from models.states import Transition, Transitions
from resolvers.reading.sources import Surroundings


def _listed(steps: list[Transition]) -> str:
    names = dict.fromkeys(str(step.to) for step in steps)
    return "'[" + ",".join(f'"{name}"' for name in names) + "]'"


def steps_sql(
    transitions: Transitions,
    around: Surroundings,
    *,
    claimant: str = "NULL",
    unsettled: str = "FALSE",
    second_person: Callable[[], str] = lambda: "TRUE",
) -> str:
    """JSON text of the statuses that the viewer may give the record next.

    `claimant` is the column of who claimed it, `unsettled` a condition that a department still works on it,
    `second_person` one that the viewer is somebody else than who proposed it, and may decide about it; it is asked for only
    where it is needed, because it binds the viewer.
    """
    cases: list[str] = []
    for status, steps in transitions.items():
        permitted = [step for step in steps if step.needs in around.permissions and not step.consequence]
        anybody = [step for step in permitted if not step.by_claimant]
        settled = [step for step in permitted if not step.once_settled]
        alone = [step for step in permitted if not step.by_second_person]
        if len(anybody) < len(permitted):
            is_mine = f"{claimant} = {around.viewer_id()}"
            answer = f"CASE WHEN {is_mine} THEN {_listed(permitted)} ELSE {_listed(anybody)} END"
        elif len(settled) < len(permitted):
            answer = f"CASE WHEN {unsettled} THEN {_listed(settled)} ELSE {_listed(permitted)} END"
        elif len(alone) < len(permitted):
            answer = f"CASE WHEN {second_person()} THEN {_listed(permitted)} ELSE {_listed(alone)} END"
        else:
            answer = _listed(permitted)
        cases.append(f"WHEN '{status}' THEN {answer}")
    return f"CASE {around.column('status')} {' '.join(cases)} END"
