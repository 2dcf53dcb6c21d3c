"""What can happen, and who may know of it, by what the areas say of their kinds of events and of their records.

The surprising rule: what happened to a record that does not say who may know of it is told to nobody.
"""

from collections.abc import Callable

from models.areas import KINDS, WITH_HISTORY
from models.back_office.logistics.inventory.stock import StockEvent
from models.back_office.production import ProductionEvent
from models.back_office.products.catalogue import ProductEvent
from models.back_office.products.decisions import DecisionEvent
from models.kit.base import ReadScope, Record, RowScope, is_one_of
from models.kit.events import EventKind, is_about, subject_type

EVERY_KIND: dict[str, EventKind] = {kind.value: kind for kinds in KINDS for kind in kinds}

TOLD_OF_PRODUCTS: tuple[EventKind, ...] = (
    *ProductEvent,
    DecisionEvent.DECIDED,
    ProductionEvent.BILL_ACTIVATED,
    StockEvent.LOW,
    StockEvent.OUT,
)
"""What a product's history tells."""


def events_about(subject: type[Record], *kinds: EventKind) -> RowScope:
    """What happened to records of one table, which every reader of them may know; of these kinds only where any are named."""

    def scope(read_scope: ReadScope, event: str) -> str | None:
        about = is_about(event, subject_type(subject))
        told = [kind for kind in kinds if kind.needs is None or kind.needs in read_scope.permissions]
        return f"{about} AND {is_one_of(f'{event}.kind', told)}" if kinds else about

    return scope


def visible_events(read_scope: ReadScope, event: str) -> str | None:
    """What happened to records all of which the viewer may know of, as far as the kind of event may be known, too.

    A department sees what happened to its handoffs and their complaints; whoever sees all handoffs sees what happened to any.
    Of what is said within one office, the other one does not even learn that it was said.
    """
    known = [one for one in WITH_HISTORY if one.history_needs in read_scope.permissions]
    ours = [one for one in WITH_HISTORY if one.history_for_department and one not in known]
    types = ", ".join(f"'{subject_type(one)}'" for one in (*known, *ours))
    unknown = f"about.event_id = {event}.id AND about.type NOT IN ({types})"
    conditions = [
        f"EXISTS (SELECT 1 FROM event_subjects about WHERE about.event_id = {event}.id)",
        f"NOT EXISTS (SELECT 1 FROM event_subjects about WHERE {unknown})",
    ]
    if ours:
        department = is_one_of(f"{event}.department", read_scope.departments)
        conditions.append(f"({department} OR NOT {is_about(event, *map(subject_type, ours))})")
    # What a newer version of the software records beside this one passes by: nobody knows here who may know of it.
    known_kinds = [kind for kind in EVERY_KIND.values() if kind.needs is None or kind.needs in read_scope.permissions]
    conditions.append(is_one_of(f"{event}.kind", known_kinds))
    return " AND ".join(conditions)


def version_sql(model: type[Record], read_scope: ReadScope, column: Callable[[str], str]) -> str:
    """A record's version as a viewer reads it, as an SQL value: it moves with nothing that the viewer may not know of.

    What only some may know of (`hidden_changes`) counts for them, by the events that tell of it.
    """
    if not model.hidden_changes:
        return column("version")
    of_record = f"link.key = {column('id')} AND link.type = '{subject_type(model)}'"
    counted = f"{is_one_of('told.kind', model.hidden_changes)} AND {visible_events(read_scope, 'told')}"
    events = f"event_subjects link JOIN events told ON told.id = link.event_id WHERE {of_record} AND {counted}"
    return f"({column('version')} + (SELECT count(*) FROM {events}))"
