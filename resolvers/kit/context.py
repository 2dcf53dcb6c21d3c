"""What one request carries to the use cases: who asks, from where, and the parts of the house that they need."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.kit.database import Database
from resolvers.kit.commands import Viewer

if TYPE_CHECKING:
    from resolvers.both_offices.accounts.authority import Authority


@dataclass(frozen=True, slots=True)
class Context:
    """One request's surroundings. `address` is the client's network address, for slowing down guesses of passwords."""

    viewer: Viewer | None
    database: Database
    authority: "Authority"
    address: str
