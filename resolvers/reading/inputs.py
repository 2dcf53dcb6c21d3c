"""Input types made from data, for filters and sorts: their members follow from the node type's columns."""

from dataclasses import dataclass
from typing import Any, Optional

import strawberry


@dataclass(frozen=True)
class Member:
    """One member of an input type; optional unless `required`."""

    name: str
    annotation: Any
    description: str
    directives: tuple[object, ...] = ()
    required: bool = False
    default: Any = strawberry.UNSET


def input_type(name: str, description: str, members: list[Member]) -> Any:
    """An input type. Members keep their GraphQL names also where these are words of Python's own, like `and`."""
    body: dict[str, Any] = {"__annotations__": {}, "__doc__": description}
    for member in members:
        python_name = f"{member.name}_"
        annotation = member.annotation if member.required else Optional[member.annotation]  # noqa: UP045 - late names
        body["__annotations__"][python_name] = annotation
        options = {} if member.required and member.default is strawberry.UNSET else {"default": member.default}
        body[python_name] = strawberry.field(
            name=member.name, description=member.description, directives=member.directives, **options
        )
    return strawberry.input(type(name, (), body), description=description)
