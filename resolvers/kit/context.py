"""What one request carries to the use cases: who asks, from where, and the parts of the house that they need."""

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from models.kit.database import Database
from resolvers.kit.commands import Viewer

if TYPE_CHECKING:
    from resolvers.both_offices.accounts.authority import Authority


@dataclass(slots=True)
class Context:
    """One request's surroundings. `address` is the client's network address, for slowing down guesses of passwords."""

    viewer: Viewer | None
    database: Database
    authority: "Authority"
    address: str
    retry_after: int = 0
    """In how many seconds a refused change is worth trying again, noted for the answer's headers."""


def network_of(address: str) -> str:
    """Whom an address stands for: itself, or its /64 in IPv6, where every household has 2 to the 64 addresses."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))
