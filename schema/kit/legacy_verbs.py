"""How a change reaches its use case: one input, one payload with `errors`, the permission checked before, the key honoured."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import strawberry

from resolvers.kit.commands import Keys
from resolvers.kit.context import Context
from resolvers.kit.idempotency import change
from resolvers.kit.viewer import Viewer
from resolvers.reading.fields import shown
from resolvers.reading.global_ids import parse_global_id
from resolvers.reading.sources import Access, Needs
from schema.kit.errors import show

Input = TypeVar("Input")

ERRORS = "Why nothing was changed; empty when all went well."
MASKED = "With `dryRun`, the text as it would be kept: the front office's words without who the customer is. Else null."


def member(description: str) -> Any:
    """A member of an input."""
    return strawberry.field(description=description)


def optional(description: str, needs: Needs | None = None) -> Any:
    """A member of an input that may be left out. Giving it may need a permission beside the verb's own."""
    return strawberry.field(
        description=description, default=None, metadata={"needs": needs}, directives=list(shown(needs))
    )


def idempotency_key() -> Any:
    """The member that every input has."""
    return optional(
        "1 to 200 characters of the client's choice. The same key, viewer and input get the first answer again, and nothing is"
        " done twice."
    )


def expected_version() -> Any:
    """The member that every update has."""
    return optional("The version that the client has read. When the record has changed since, nothing is done.")


def dry_run() -> Any:
    """The member that lets people see what would be written before it is."""
    return strawberry.field(
        description="Only show what would be written; nothing is stored, and `idempotencyKey` is not used up.",
        default=False,
    )


def key_of(global_id: str | None, prefix: str) -> UUID | None:
    """The key in a global id; None when it is left out, malformed or of another type."""
    found, key = parse_global_id(global_id)
    return key if found == prefix else None


def verb(
    description: str,
    needs: Needs,
    input_type: type[Input],
    payload_type: type[Any],
    work: Callable[[Viewer, Input], Awaitable[Keys]],
) -> Any:
    """A mutation: `work` makes the change inside the transaction and answers with the keys of the payload's rows.

    It needs a permission, or `Access.SIGNED_IN`; the payload's fields are `changed`, or `changed_many` for a tuple of keys.
    Other fields of the payload are what a dry run shows (see `DryRun`); they have a default.
    """
    if needs is Access.PUBLIC:
        raise TypeError("A verb has a viewer; what is open to everyone is written by hand.")
    operation = input_type.__name__.removesuffix("Input")

    async def resolve(info: Any, input: Any) -> Any:
        context: Context = info.context
        viewer = context.viewer
        assert viewer is not None, "Authorisation lets nobody in here who has not signed in."
        given = dataclasses.asdict(input)
        key = given.pop("idempotency_key", None)
        outcome = await change(viewer, operation, given, key, lambda: work(viewer, input))
        nothing = dict.fromkeys(payload_type.ROWS)
        rows = nothing | dict(outcome.keys)
        return payload_type(**rows, **outcome.shown, errors=[show(problem) for problem in outcome.problems])

    resolve.__annotations__ = {
        "info": strawberry.Info[Context, None],
        "input": Annotated[input_type, strawberry.argument(description="What is to be done.")],
        "return": payload_type,
    }
    return strawberry.mutation(
        resolver=resolve, description=description, metadata={"needs": needs}, directives=shown(needs)
    )
