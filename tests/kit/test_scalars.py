"""What comes in as a scalar: the same for both databases, and nothing that one of them cannot keep."""

import pytest
from graphql import GraphQLError

from schema.kit.scalars import read_moment, show_moment
from tests.office import Office


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-11-30T09:30:00.123999+01:00", "2026-11-30T08:30:00.123Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
    ],
)
def test_what_is_finer_than_a_millisecond_is_cut_off(sent: str, kept: str) -> None:
    assert show_moment(read_moment(sent)) == kept


@pytest.mark.parametrize("sent", ["9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01", "2026-11-30T09:30:00", 5])
def test_no_moment_outside_of_the_calendar_or_without_its_offset_comes_in(sent: object) -> None:
    with pytest.raises(GraphQLError, match="A DateTime is ISO 8601"):
        read_moment(sent)


async def test_the_last_moment_of_the_calendar_is_kept_and_shown(office: Office) -> None:
    agent = await office.somebody("service")
    shown = "absence { fromAt } errors { code }"
    said = await office.send(agent, "setAbsence", shown, fromAt="9999-12-31T23:59:59.999999Z")
    assert said == {"absence": {"fromAt": "9999-12-31T23:59:59.999Z"}, "errors": []}
