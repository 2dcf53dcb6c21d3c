"""uvicorn's WebSocket protocol with a short way out: frames are written at once, without a task, lock or copy each.

The surprising rule: whoever does not take what is written for it is aborted, for a polite close waits for its buffers.
"""

from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State

from schema.transport.guard import GuardedHttp

EXTENSION = "interoffice.wire"
"""Where an ASGI scope carries the wire of its connection."""

FRAME_BYTES = 65_536
STOPPING = 1012, "The server stops: connect again and resume from your cursor."

CLOSE_SECONDS = 5.0
"""How long a peer has to answer a close frame, or to take what was written before it."""


def frame_head(length: int) -> bytes:
    """The first bytes of an unfragmented text frame from a server (RFC 6455, 5.2)."""
    if length < 126:
        return bytes((0x81, length))
    if length < 65_536:
        return b"\x81\x7e" + length.to_bytes(2, "big")
    return b"\x81\x7f" + length.to_bytes(8, "big")


def _ignore() -> None:
    """What a wire without a listener does when it drains."""


class Wire(WebSocketsSansIOProtocol):
    """One WebSocket connection. `congested` says that the peer does not read as fast as we write."""

    congested = False
    on_drained: Callable[[], None] = staticmethod(_ignore)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            cast("dict[str, Any]", self.scope)["extensions"][EXTENSION] = self

    def write(self, head: bytes, body: bytes, end: bytes) -> None:
        """Sends the three together as one text message, if the connection is still open."""
        if self.close_sent or self.conn.state is not State.OPEN or self.transport.is_closing():
            return
        frame = frame_head(len(head) + len(body) + len(end))
        self.transport.write(b"".join((frame, head, body, end)))

    def end(self, code: int, reason: str) -> None:
        """Closes with a reason. What the peer has not taken after a while is thrown away."""
        if self.close_sent or self.conn.state is not State.OPEN or self.transport.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.congested = True

    def resume_writing(self) -> None:
        super().resume_writing()
        self.congested = False
        self.on_drained()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        # A lost wire takes everything that is still meant for it, and drops it.
        self.congested = False
        self.on_drained()
        self.on_drained = _ignore

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()

    def handle_close(self, event: Frame) -> None:
        super().handle_close(event)
        self._abort_if_stuck()

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self._abort_if_stuck()

    def shutdown(self) -> None:
        if self.handshake_complete and not self.close_sent:
            code, reason = STOPPING
            self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
            self.conn.send_close(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.stop_keepalive()
            self.transport.close()
        else:
            super().shutdown()
        self._abort_if_stuck()

    def send_receive_event_to_app(self) -> None:
        # Text that is not UTF-8 becomes a NUL, which is no JSON either: the application closes with its own code.
        if self.curr_msg_data_type == "text" and not _is_utf8(b"".join(self.frames)):
            self.frames = [b"\x00"]
        super().send_receive_event_to_app()

    def _abort_if_stuck(self) -> None:
        if self.transport.get_write_buffer_size():
            self.loop.call_later(CLOSE_SECONDS, self.transport.abort)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


SERVER_OPTIONS: dict[str, Any] = {
    "http": GuardedHttp,
    "ws": Wire,
    "ws_max_size": FRAME_BYTES,
    "ws_per_message_deflate": False,
    "ws_ping_interval": 5.0,
    "ws_ping_timeout": 5.0,
}
"""What uvicorn is to be started with, so that requests are bounded and subscriptions have their wire."""
