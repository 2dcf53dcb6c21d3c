"""How documents come in and answers go out: HTTP, WebSocket, limits, logs and the engine between them."""
