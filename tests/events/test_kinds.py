"""The kinds of events and their subjects: each area's are known to all, and each record of a history says who may know of it."""

from importlib import import_module
from pkgutil import walk_packages

from tortoise.models import Model

import models
from models.areas import DECLARED, KINDS, MODELS, WITH_HISTORY
from models.events import EVERY_KIND
from models.kit.events import EventKind, subject_type
from models.kit.tortoise_privates import is_view
from tests.reading.reference_scopes import READERS_OF


def test_every_area_s_kinds_are_listed_and_no_two_are_called_the_same() -> None:
    assert set(EventKind.__subclasses__()) == set(KINDS)
    assert len(EVERY_KIND) == sum(len(kinds) for kinds in KINDS)
    assert all(len(kind) <= 30 for kind in EVERY_KIND)


def test_what_says_who_may_know_of_it_is_listed_as_a_subject() -> None:
    assert {subject_type(model) for model in WITH_HISTORY} == READERS_OF.keys() | {"complaint", "handoff"}


def test_every_table_is_of_a_listed_module_and_no_two_are_called_the_same_as_subjects() -> None:
    every = {one.name for one in walk_packages(models.__path__, "models.") if ".migrations" not in one.name}
    found = {value for name in every for value in vars(import_module(name)).values() if isinstance(value, type)}
    tables = {one for one in found if issubclass(one, Model) and one is not Model and not is_view(one)}
    assert tables == set(MODELS) and len(MODELS) == len(tables) and len(DECLARED) == len(set(DECLARED))
    assert len({subject_type(model) for model in MODELS}) == len(MODELS)
