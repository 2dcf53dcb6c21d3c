"""Subscriptions over graphql-transport-ws (github.com/enisdenjo/graphql-ws, PROTOCOL.md), and nothing else over it.

`messages` is what clients may say, `connection` what one socket does, `endpoint` the way in.
"""

from schema.transport.websocket.endpoint import GraphQLSocketEndpoint

__all__ = ["GraphQLSocketEndpoint"]
