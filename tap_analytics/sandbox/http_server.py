"""HTTP/1.1 on loopback with connections that stay open, and responses that may be broken."""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
import threading
import time
from email.utils import format_datetime
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from .messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

logger = logging.getLogger(__name__)


class Handler(BaseHTTPRequestHandler):
    """Hands one connection's requests to the application and writes its responses."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        """Respond to any request."""
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length) if length else b"",
        )
        try:
            response = self.server.application(request)
        except Exception:
            logger.exception("The sandbox failed at %s %s.", request.method, request.path)
            response = Response.json({"detail": "The sandbox failed; its log says why."}, 500)
        self._write(response)

    do_POST = do_HEAD = do_GET  # noqa: N815 -- the base class looks for these names

    def _write(self, response: Response) -> None:
        if response.drop:
            self.close_connection = True
            return
        declared = len(response.body) if response.declared is None else response.declared
        length = {"Content-Length": str(declared)}
        if response.chunked:
            length = {"Transfer-Encoding": "chunked"}
        headers = {"Server": "sandbox", **response.headers, **length}
        reason = response.reason or responses.get(response.status, "Unknown")
        lines = [f"HTTP/1.1 {response.status} {reason}"]
        if "Date" not in response.headers:
            # As every origin server with a clock must (RFC 9110, section 6.6.1).
            now = self.server.now()
            lines.append(f"Date: {format_datetime(now, usegmt=True)}")
        lines += [f"{name}: {value}" for name, value in headers.items() if value is not None]
        head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
        body = b"" if self.command == "HEAD" else response.body
        if response.deliver:
            self.close_connection = True
            for piece in response.deliver(head, body):
                self.wfile.write(piece)
            return
        # One write: two would wait for the client's delayed acknowledgement.
        self.wfile.write(head + body)
        if declared != len(response.body):
            time.sleep(response.stalls)
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Keep quiet: the sandbox has a log of its own."""


class Server(ThreadingHTTPServer):
    """A server on a port of 127.0.0.1 with a thread a connection."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        application: Callable[[Request], Response],
        now: Callable[[], datetime],
    ) -> None:
        """Bind the port (0: any free one); nothing is served before `start`.

        Args:
            port: where to listen.
            application: responds to requests.
            now: the time by the server's clock, in UTC.
        """
        super().__init__(("127.0.0.1", port), Handler)
        self.application = application
        self.now = now
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> None:
        """Begin to response, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Response nothing more and cut the connections that are open."""
        self.shutdown()
        self._thread.join()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept a connection and remember it."""
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Forget a connection that ends."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 -- the base class's signature
        """A client that went away is no error; anything else is."""
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            logger.error("The sandbox failed at a connection.", exc_info=error)
