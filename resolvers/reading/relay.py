"""Relay's types, shared by all areas: nodes with global ids, and connections that page through lists."""

from typing import Generic, TypeVar

import strawberry

from resolvers.reading.fields import plain, read
from resolvers.reading.sources import Access, GlobalId

T = TypeVar("T")


@strawberry.type(description="Where a page stands in its list (Relay).")
class PageInfo:
    """Where a page stands in its list (Relay)."""

    has_next_page: bool = plain("Whether more follows after this page.", Access.PUBLIC)
    has_previous_page: bool = plain("Whether something comes before this page.", Access.PUBLIC)
    start_cursor: str | None = plain("The cursor of the page's first node; null on an empty page.", Access.PUBLIC)
    end_cursor: str | None = plain("The cursor of the page's last node; null on an empty page.", Access.PUBLIC)


@strawberry.type(description="A node and its place in the list.")
class Edge(Generic[T]):
    """A node and its place in the list."""

    cursor: str = plain("The node's place in this list, in this order.", Access.PUBLIC)
    node: T = plain("The node itself.", Access.PUBLIC)


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """One page of a list."""

    edges: list[Edge[T]] = plain("The page's nodes with their cursors.", Access.PUBLIC)
    nodes: list[T] = plain("The page's nodes.", Access.PUBLIC)
    page_info: PageInfo = plain("Where the page stands in the list.", Access.PUBLIC)
    total_count: int = plain("How many the whole list has, with this filter and for this viewer.", Access.PUBLIC)


@strawberry.interface(description="Anything with a global id.")
class Node:
    """Anything with a global id."""

    id: strawberry.ID = read(GlobalId(), "The global id, opaque to clients.", needs=Access.SIGNED_IN)
