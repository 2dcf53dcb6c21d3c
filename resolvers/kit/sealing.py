"""Seals: what clients keep and bring back, and can neither read nor make, as the place of an event among all events.

The planner's statements write such a text plainly between two marks, which no JSON text holds; it is sealed where the answer is
put together. The surprising rule: the same text always has the same seal, so that what is sent twice is the same twice.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from os import urandom

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

WIDTH = 64
"""Bytes, or a multiple: what is shorter is filled up, or a seal's length would tell how long a number is."""

BEGIN, END = "\x1e", "\x1f"
_MARKED = re.compile(f"{BEGIN}([^{END}]*){END}")


def marked(about: str, sql: str) -> str:
    """The SQL of a text about something, between the marks that have it sealed."""
    return f"('{BEGIN}{about} ' || {sql} || '{END}')"


class Seal:
    """Keys of some secrets. The first seals; the others only open, for what was sealed before the secret was changed."""

    def __init__(self, *secrets: bytes) -> None:
        self._keys = [AESSIV(HKDF(SHA256(), 64, None, b"interoffice cursors").derive(secret)) for secret in secrets]

    def sealed(self, about: str, text: str) -> str:
        """A text about something, for a client to keep."""
        return self._closed(f"{about} {text}")

    def opened(self, about: str, sealed: str) -> str:
        """The text that a client brings back. Raises ValueError for what we did not seal, or about something else."""
        found, _, text = self.content(sealed).partition(" ")
        if found != about:
            raise ValueError("about something else")
        return text

    def content(self, sealed: str) -> str:
        """What it is about, and the text."""
        closed = urlsafe_b64decode(f"{sealed}{'=' * (-len(sealed) % 4)}")
        # What base64 passes over, or fills up, would be another name of the same.
        if _letters(closed) != sealed:
            raise ValueError("not sealed")
        for key in self._keys:
            try:
                return key.decrypt(closed, None).decode().rstrip()
            except InvalidTag:
                continue
        raise ValueError("not sealed by us")

    def all_sealed(self, text: str) -> str:
        """A text with all that is marked in it sealed."""
        return _MARKED.sub(lambda found: self._closed(found[1]), text)

    def _closed(self, text: str) -> str:
        plain = text.encode()
        return _letters(self._keys[0].encrypt(plain.ljust(-len(plain) // WIDTH * -WIDTH), None))


def _letters(closed: bytes) -> str:
    return urlsafe_b64encode(closed).rstrip(b"=").decode()


OF_THIS_PROCESS = Seal(urandom(32))
"""For whoever has no secret: what it seals, no other process opens."""
