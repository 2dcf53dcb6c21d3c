"""A subscription's first message, which comes at once: where it begins. It is about nothing, so what others are about is null.

The surprising rule: no two say the same, or who subscribes again and again would learn whether anything happened meanwhile.
"""

from dataclasses import dataclass
from datetime import UTC
from secrets import token_hex

from models.kit import base
from resolvers.kit.sealing import Seal
from resolvers.reading.compile import Compiler
from resolvers.reading.graphql_privates import FieldDetailsList
from resolvers.reading.sources import SUBSCRIBED

SAID = frozenset({"cursor", "id", "kind", "at"})
"""What every message says by itself."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The fields that were selected of it by their response keys, each as JSON text or as the name of one of SAID."""

    type_name: str
    members: tuple[tuple[str, str], ...]

    def text(self, seal: Seal, place: str) -> str:
        """The message as JSON, for whoever begins at a place among all events."""
        lot, at = token_hex(4), base.now().astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        cursor, own = (seal.sealed(self.type_name, text) for text in (f"{place} {lot}", f"id {lot}"))
        said = {"cursor": f'"{cursor}"', "id": f'"{own}"', "kind": f'"{SUBSCRIBED}"', "at": f'"{at}Z"'}
        members = (f'"{key}":{said.get(text, text)}' for key, text in self.members)
        return f"{{{','.join(members)}}}"


def plan_opening(compiler: Compiler, type_name: str, details: FieldDetailsList) -> Opening:
    """The first message of a subscription that shows so much of a type."""

    def shown(name: str) -> str:
        if name == "__typename":
            return f'"{type_name}"'
        facts = compiler.catalog.fields[type_name, name]
        assert name in SAID or facts.nullable, f"{facts.coordinate} has nothing to say while nothing has happened"
        return name if name in SAID else "null"

    fields = compiler.collect(type_name, details)
    return Opening(type_name, tuple((key, shown(inner[0].node.name.value)) for key, inner in fields.items()))
