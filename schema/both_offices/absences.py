"""Absences: who is away, until when, and who stands in. Everybody sees that of everybody, and nobody sees why."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.both_offices import absences
from models.permissions import Permission
from resolvers.both_offices import absences as use_cases
from resolvers.reading.declare import (
    Access,
    Connection,
    EntryRows,
    Node,
    SqlContext,
    changed,
    column,
    computed,
    node,
    one,
    plain,
    plain_type,
    read,
)
from schema.kit.areas import Area
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb

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


# --- Inputs and payloads ----------------------------------------------------------------------------------------------


@strawberry.input(description="Who is away, from when until when, and who stands in.")
class SetAbsenceInput:
    """Who is away, from when until when, and who stands in."""

    account: strawberry.ID | None = optional(
        "Who is away; left out, the viewer. For others it takes a manager of one of their departments, or MANAGE_ABSENCES."
    )
    from_at: datetime = member("From when; at most 31 days ago.")
    until_at: datetime | None = optional("Until when; left out, until further notice.")
    stand_in: strawberry.ID | None = optional("Who stands in: a colleague of one of the departments who is there then.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which absence is over.")
class EndAbsenceInput:
    """Which absence is over."""

    absence: strawberry.ID = member("The absence.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class AbsencePayload:
    """What became of an absence."""

    ROWS: ClassVar = ("absence",)
    absence: "Absence | None" = changed("The absence as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Roots ------------------------------------------------------------------------------------------------------------


class Absences:
    """Either office's way to absences."""

    absences: "Connection[Absence]" = read(
        EntryRows("-from_at"), "Who is, was or will be away, the latest first.", needs=STAFF
    )


class AbsenceMutations:
    """What is said about absences."""

    set_absence = verb(
        "Says that somebody is or will be away. When it begins, what they had claimed returns to the queue.",
        STAFF,
        SetAbsenceInput,
        AbsencePayload,
        lambda viewer, given: use_cases.set_absence(
            viewer,
            use_cases.NewAbsence(
                account=key_of(given.account, "acc"),
                names_account=given.account is not None,
                from_at=given.from_at,
                until_at=given.until_at,
                stand_in=key_of(given.stand_in, "acc"),
                names_stand_in=given.stand_in is not None,
            ),
        ),
    )
    end_absence = verb(
        "Ends an absence now; one that has not begun never does.",
        STAFF,
        EndAbsenceInput,
        AbsencePayload,
        lambda viewer, given: use_cases.end_absence(viewer, key_of(given.absence, "abs"), given.expected_version),
    )


AREA = Area(
    front_office=(Absences,),
    back_office=(Absences,),
    mutations=(AbsenceMutations,),
)
