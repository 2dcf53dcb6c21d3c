"""One door for loading and one for states: what a client names is asked for through the viewer's eyes."""

from tests.kit.raw_queries import ROOT, counted, listed, raw_queries, status_changes, use_cases

HOW = "Load it by resolvers/kit/loading.py; when there are fewer now, run `uv run python -m tests.kit.raw_queries`."


def test_use_cases_ask_for_no_more_rows_past_the_one_door_than_was_agreed() -> None:
    found, agreed = counted(), listed()
    assert {file: count for file, count in found.items() if count > agreed.get(file, 0)} == {}, HOW


def test_the_list_of_raw_queries_only_shrinks() -> None:
    found = counted()
    assert {file: count for file, count in listed().items() if count > found.get(file, 0)} == {}, HOW


def test_a_raw_query_is_noticed() -> None:
    models = frozenset({"Order"})
    assert raw_queries("await Order.get(id=key)\nOrder.filter(id=1).first()\nother.get(1)", models) == 2


def test_only_the_door_of_states_changes_a_status() -> None:
    found = {str(file.relative_to(ROOT)): list(status_changes(file.read_text())) for file in use_cases()}
    assert {file: lines for file, lines in found.items() if lines} == {}


def test_a_status_given_by_hand_is_noticed() -> None:
    assert list(status_changes("order.total = 1\norder.status = S.SENT")) == [2]
