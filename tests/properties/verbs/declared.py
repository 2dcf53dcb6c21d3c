"""Every verb of the schema: a new one is taken part in by being declared."""

from dataclasses import dataclass

from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type

from models.permissions import Permission
from resolvers.kit.viewer import Viewer
from resolvers.reading.declare import registry
from resolvers.reading.sources import Needs
from tests.reading.planning import CATALOG
from tests.reading.reference import PLAIN_SCHEMA


@dataclass(frozen=True)
class Verb:
    """One mutation that takes one input."""

    name: str
    needs: Needs
    given: GraphQLInputObjectType
    payload: GraphQLObjectType

    def may(self, viewer: Viewer) -> bool:
        """Whether somebody may send it at all."""
        return not isinstance(self.needs, Permission) or viewer.may(self.needs)

    def document(self, selection: str) -> str:
        """The mutation as a document that takes `$input`."""
        return f"mutation Do($input: {self.given.name}!) {{ {self.name}(input: $input) {{ {selection} }} }}"


def _verbs() -> dict[str, Verb]:
    root = PLAIN_SCHEMA.mutation_type
    assert root is not None
    found: dict[str, Verb] = {}
    for name, declared in root.fields.items():
        if set(declared.args) != {"input"}:
            continue
        given, payload = get_named_type(declared.args["input"].type), get_named_type(declared.type)
        assert isinstance(given, GraphQLInputObjectType) and isinstance(payload, GraphQLObjectType)
        [needs] = CATALOG.fields["Mutation", name].needs
        found[name] = Verb(name, needs, given, payload)
    return found


NOT_OUR_BUSINESS = frozenset({"signIn", "signOut", "refreshSession", "addAccount", "changeAccount", "endSessions"})
"""Who may sign in is proven in tests/back_office/test_accounts*.py."""

VERBS: dict[str, Verb] = {name: verb for name, verb in _verbs().items() if name not in NOT_OUR_BUSINESS}
"""Every verb by its name."""

LEADS_TO: dict[str, str] = {
    "answer": "ans",
    "assignee": "acc",
    "basedOn": "rgm",
    "calendar": "bcl",
    "batches": "bat",
    "bill": "bom",
    "case": "cas",
    "category": "pct",
    "component": "prd",
    "from": "loc",
    "lines": "oli",
    "mentions": "acc",
    "other": "cmp",
    "payment": "pay",
    "owner": "acc",
    "restockTo": "loc",
    "customerReturn": "ret",
    "standIn": "acc",
    "successorOf": "imp",
    "to": "loc",
}
"""The prefix of what an id member leads to, where the member is not called like a type: `standIn` is an account."""


def prefix_of(member: str) -> str | None:
    """The prefix of the ids that a member of an input takes; None when nobody has said it."""
    if member in LEADS_TO:
        return LEADS_TO[member]
    singular = member.removesuffix("s")
    info = registry.nodes.get(singular[0].upper() + singular[1:])
    return info.prefix if info else None


def unclear_members() -> set[str]:
    """The id members of all inputs of which nobody has said what they lead to."""
    found: set[str] = set()
    pending = [verb.given for verb in VERBS.values()]
    while pending:
        for name, declared in pending.pop().fields.items():
            named = get_named_type(declared.type)
            if isinstance(named, GraphQLInputObjectType):
                pending.append(named)
            elif named.name == "ID" and prefix_of(name) is None:
                found.add(name)
    return found
