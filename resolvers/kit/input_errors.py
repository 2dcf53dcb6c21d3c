"""Checks an input's members and reports every wrong one at once."""

from decimal import Decimal

from models.kit.money import amount_of, decimals_of, minor_of
from models.kit.text import clean, is_storable
from resolvers.kit.problems import Problem, Refused, StaleVersion

LONGEST_LINE = 200
LONGEST_TEXT = 10_000


class InputErrors:
    """Collects what is wrong with an input; `raise_if_any` refuses the change when anything is."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self.path: tuple[str, ...] = ("input",)

    def within(self, *path: str) -> "InputErrors":
        """Checks of an input inside the input, for instance of `parts`, `0`; they are done when these are."""
        inner = InputErrors()
        inner._problems, inner.path = self._problems, (*self.path, *path)
        return inner

    @property
    def count(self) -> int:
        """How many problems were noted so far."""
        return len(self._problems)

    def add(self, member: str, message: str, code: str = "INVALID") -> None:
        """Notes that a member of the input is wrong."""
        self._problems.append(Problem(code, message, (*self.path, member)))

    def add_problem(self, problem: Problem) -> None:
        """Notes a problem of a kind of its own."""
        self._problems.append(problem)

    def text(self, member: str, given: str, longest: int = LONGEST_TEXT) -> str:
        """A text that says something, cleaned."""
        cleaned = clean(given)
        if not cleaned:
            self.add(member, f"`{member}` says nothing.")
        elif len(cleaned) > longest:
            self.add(member, f"`{member}` has {len(cleaned)} characters; at most {longest} are kept.")
        elif not is_storable(cleaned):
            self.add(member, f"`{member}` holds a character that cannot be stored.")
        return cleaned

    def optional_text(self, member: str, given: str | None, longest: int = LONGEST_TEXT) -> str | None:
        """A text that may be left out; empty is left out too."""
        if given is None or (not given.strip() and is_storable(given)):
            return None
        return self.text(member, given, longest)

    def number(self, member: str, given: int, most: int, *, least: int = 1, message: str = "") -> None:
        """Notes a number that is too small or too large, with these words where its bounds alone do not say enough."""
        if not least <= given <= most:
            self.add(member, message or f"`{member}` is {least} to {most}.")

    def minor_units(
        self, member: str, given: Decimal, currency: str, *, least: int | None = None, most: int = 0, bounds: str = ""
    ) -> int | None:
        """An exact amount in minor units; None, which is noted, when it has too many decimals or is out of bounds.

        `bounds` says from where on it is an amount, for instance "A limit is not below 0". Without `least` any amount is.
        """
        minor = minor_of(given, currency)
        if minor is None:
            self.add(member, f"{currency} has {decimals_of(currency)} decimals.")
        elif least is not None and not least <= minor <= most:
            self.add(member, f"{bounds} and at most {amount_of(most, currency)} {currency}.")
            return None
        return minor

    def not_found(self, member: str, what: str) -> None:
        """Notes that what a member points to is not there, or not for this viewer."""
        self.add(member, f"There is no such {what}.", "NOT_FOUND")

    def version(self, present: int, expected: int | None) -> None:
        """Notes that the record changed since the client read it."""
        if expected is not None and expected != present:
            message = f"The record is at version {present} now."
            path = ("input", "expectedVersion")
            self._problems.append(StaleVersion("STALE_VERSION", message, path, current_version=present))

    def refusal(self) -> Refused:
        """The refusal of the change for all that was noted, to be raised where nothing more can be looked at."""
        return Refused(self._problems)

    def raise_if_any(self) -> None:
        """Refuses the change when anything was noted."""
        if self._problems:
            raise self.refusal()
