"""Locks that belong to no row: what only one transaction may do at a time, whatever the process."""

from tortoise.connection import get_connection

REGIMES_LOCK = 5_171_405_003
"""Setting regimes, policies and calendars, and bringing in those that are shipped; a number that nobody else uses here."""

PRODUCTS_LOCK = 5_171_405_004
"""Giving products and their categories numbers and names that no other has."""

BILLS_LOCK = 5_171_405_005
"""Activating bills of materials: only together do they say what a product is made of, all the way down."""

TAX_RATES_LOCK = 5_171_405_006
"""Setting tax rates: each ends the one before it."""

ADMINISTRATORS_LOCK = 5_171_405_007
"""Taking rights from accounts: of two administrators who disable each other, one stays."""

SIGN_IN_LOCK = 5_171_405_008
"""Counting tries to sign in and writing one more down."""


async def alone(lock: int) -> None:
    """Waits until no other transaction holds the lock, and holds it until this one ends."""
    connection = get_connection("default")
    # SQLite's write transaction is a lock on everything already.
    if connection.capabilities.dialect == "postgres":
        await connection.execute_query(f"SELECT pg_advisory_xact_lock({lock})")
