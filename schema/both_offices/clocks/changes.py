"""How managers decide how long something may take: regimes, clock policies and business calendars."""

from typing import TYPE_CHECKING

from models.permissions import Permission
from resolvers.both_offices.clocks import regimes, setting
from resolvers.reading.declare import changed
from schema.kit.mutations import mutation, payload

if TYPE_CHECKING:
    from schema.both_offices.clocks.types import BusinessCalendar, ClockPolicy, Regime

WRITE = Permission.WRITE_POLICIES


@payload
class RegimePayload:
    """What became of a regime."""

    regime: "Regime | None" = changed("The regime as it now is; null when there are errors.")


@payload
class ClockPolicyPayload:
    """What policy holds now."""

    clock_policy: "ClockPolicy | None" = changed("What was set or withdrawn; null when there are errors.")


@payload
class BusinessCalendarPayload:
    """What calendar holds now."""

    business_calendar: "BusinessCalendar | None" = changed("The new version; null when there are errors.")


MUTATIONS = (
    mutation(WRITE, regimes.adopt_regime, shows=RegimePayload),
    mutation(WRITE, regimes.add_regime, shows=RegimePayload),
    mutation(WRITE, regimes.change_regime, shows=RegimePayload),
    mutation(WRITE, setting.set_clock_policy, shows=ClockPolicyPayload),
    mutation(WRITE, setting.withdraw_clock_policy, shows=ClockPolicyPayload),
    mutation(WRITE, setting.set_business_calendar, shows=BusinessCalendarPayload),
)
