"""Absences: who is away, until when, and who stands in. Everybody sees that of everybody, and nobody sees why."""

from datetime import datetime
from typing import TYPE_CHECKING

from models.both_offices import absences
from models.permissions import Permission
from resolvers.both_offices.absences import end_absence, set_absence
from resolvers.reading.declare import column, computed, node, one, read
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryRows, SqlContext
from schema.kit.areas import Area
from schema.kit.mutations import mutation, payload_of

if TYPE_CHECKING:
    from schema.both_offices.accounts import Account

STAFF = Permission.READ_STAFF


def _is_present(ctx: SqlContext) -> str:
    moment = ctx.now()
    begun, over = f"{ctx.column('from_at')} <= {moment}", [ctx.column("until_at"), ctx.column("ended_at")]
    return " AND ".join([begun, *(f"({end} IS NULL OR {end} > {moment})" for end in over)])


@node(absences.Absence, prefix="abs", needs=STAFF)
class Absence(Node):
    """A time during which somebody is away."""

    account: "Account | None" = one("Who is away.", "account_id")
    from_at: datetime = column("From when.", filter=True, sort=True)
    until_at: datetime | None = column("Until when; null until further notice.", filter=True, sort=True)
    ended_at: datetime | None = column("When it was ended early.", filter=True)
    is_present: bool = computed("Whether it is going on now.", _is_present, filter=True)
    stand_in: "Account | None" = one("Who stands in.", "stand_in_id")
    set_by: "Account | None" = one("Who said so.", "set_by_id")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


AbsencePayload = payload_of(Absence)


class Absences:
    """Either office's way to absences."""

    absences: "Connection[Absence]" = read(
        EntryRows("-from_at"), "Who is, was or will be away, the latest first.", needs=STAFF
    )


AREA = Area(
    front_office=(Absences,),
    back_office=(Absences,),
    mutations=(
        mutation(STAFF, set_absence, shows=AbsencePayload),
        mutation(STAFF, end_absence, shows=AbsencePayload),
    ),
)
