"""Dates as letters say them, in the languages that we write (the forms of CLDR's long dates)."""

from collections.abc import Mapping, Sequence
from datetime import date

from models.front_office.customers import Language

_L = Language

MONTHS: Mapping[Language, Sequence[str]] = {
    _L.EN: "January February March April May June July August September October November December".split(),
    _L.DE: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),
    _L.FR: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    _L.ES: "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
    _L.IT: "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split(),
    _L.PT: "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split(),
}

LONG_DATE: dict[Language, str] = {
    _L.EN: "{day} {month} {year}",
    _L.DE: "{day}. {month} {year}",
    _L.FR: "{day} {month} {year}",
    _L.ES: "{day} de {month} de {year}",
    _L.IT: "{day} {month} {year}",
    _L.PT: "{day} de {month} de {year}",
}

FIRST_OF_MONTH: dict[Language, str] = {_L.FR: "1er", _L.IT: "1º"}
"""The first of a month is an ordinal in French and Italian."""

BY: dict[Language, tuple[str, str]] = {
    _L.EN: ("by {date}", "as soon as we can"),
    _L.DE: ("bis zum {date}", "so bald wie möglich"),
    _L.FR: ("au plus tard le {date}", "dès que possible"),
    _L.ES: ("a más tardar el {date}", "lo antes posible"),
    _L.IT: ("entro il {date}", "il prima possibile"),
    _L.PT: ("até {date}", "o mais brevemente possível"),
}
"""A deadline, and what is said when there is none."""


def long_date(day: date, language: Language) -> str:
    """A date in full, for instance `24 November 2026`."""
    written = FIRST_OF_MONTH.get(language, "1") if day.day == 1 else str(day.day)
    return LONG_DATE[language].format(day=written, month=MONTHS[language][day.month - 1], year=day.year)


def by_when(day: date | None, language: Language) -> str:
    """By when something happens, as part of a sentence; without a day, as soon as we can."""
    deadline, soon = BY[language]
    return soon if day is None else deadline.format(date=long_date(day, language))
