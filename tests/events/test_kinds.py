"""The kinds of events and their subjects: each area's are known to all, and each record of a history says who may know of it."""

from models.declared import declared_models
from models.events import EVERY_KIND, KINDS, SUBJECTS
from models.kit.base import Record
from models.kit.events import EventKind, subject_type


def test_every_area_s_kinds_are_listed_and_no_two_are_called_the_same() -> None:
    assert set(EventKind.__subclasses__()) == set(KINDS)
    assert len(EVERY_KIND) == sum(len(kinds) for kinds in KINDS)
    assert all(len(kind) <= 30 for kind in EVERY_KIND)


def test_what_says_who_may_know_of_it_is_listed_as_a_subject() -> None:
    told = {model for model in declared_models() if issubclass(model, Record) and model.history_needs}
    assert told == set(SUBJECTS)
    assert len({subject_type(model) for model in declared_models()}) == len(declared_models())
