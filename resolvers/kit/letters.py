"""Letters as who delivers them gets them: with the links that nobody else sees. Interoffice delivers nothing itself."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter. By its `id` it is known when it is asked for again."""

    id: str
    at: datetime
    channel: str
    language: str | None
    name: str
    email: str | None
    phone: str | None = None
    subject: str | None
    text: str
