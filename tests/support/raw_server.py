"""A server that answers with any bytes, at any pace: nothing in it knows HTTP's rules."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Reply = bytes | Iterable[bytes | float]
    """Bytes, and seconds to wait between them; then the connection ends."""

RECORDS = [{"id": str(number), "name": "x"} for number in range(5)]


def http(body: bytes | str, *headers: str, status: str = "200 OK") -> bytes:
    """An honest response, with further headers."""
    content = body.encode() if isinstance(body, str) else body
    length = f"Content-Length: {len(content)}"
    lines = [f"HTTP/1.1 {status}", length, "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + content


def records() -> bytes:
    """An honest page of records."""
    return http(json.dumps(RECORDS))


class RawServer:
    """Answers each path with what is given for it, and any other one with 404."""

    def __init__(self, replies: dict[str, Callable[[], Reply]]) -> None:
        """Listen; `replies` may be changed later."""
        self.replies = replies
        self.asked: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._over = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Answer no more."""
        self._over.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._reply(connection)
            except OSError:
                return  # whoever asked has gone

    def _reply(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65_536)
            if not piece:
                return
            head += piece
        path = head.split(b" ", 2)[1].decode("latin-1").partition("?")[0]
        self.asked.append(path)
        reply = self.replies.get(path, lambda: http("no", status="404 Not Found"))()
        for part in [reply] if isinstance(reply, bytes) else reply:
            if self._over.is_set():
                return
            if isinstance(part, bytes):
                connection.sendall(part)
            else:
                time.sleep(part)


def two_streams(url: str, **settings: Any) -> dict[str, Any]:  # noqa: ANN401  # any setting
    """The configuration of two streams, `bad` and `good`, of a server without authentication."""
    resource = {"endpoint": {"paginator": "single_page"}, "primary_key": "id"}
    schema = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "name": {"type": ["string", "null"]}},
    }
    return {
        "base_url": url,
        "concurrency": 1,
        "max_response_mb": 1,
        "connection_retry_seconds": 0,
        "error_handler": {"max_retries": 1, "backoff_factor": 0},
        "resources": [{"name": name, **resource, "schema": schema} for name in ("bad", "good")],
        **settings,
    }
