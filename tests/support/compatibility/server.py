"""A server with an endpoint of every shape that a configuration in dlt's form can name."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = 10


@dataclass
class Request:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """By name in lower case."""

    body: bytes
    host: str = ""

    @property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty where there is none."""
        found: dict[str, Any] = json.loads(self.body) if self.body else {}
        return found

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode()))


@dataclass
class Response:
    """A response to send."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Route = "Callable[[Request], Response]"


class ShapeServer:
    """The server while it runs, with the requests that reached it."""

    def __init__(self, routes: Callable[[Request], Response]) -> None:
        """Serve what a function responds."""
        self.requests: list[Request] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body in one packet: two would wait for each other.
            wbufsize = -1

            def _respond(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                request = Request(
                    self.command,
                    parts.path,
                    dict(parse_qsl(parts.query, keep_blank_values=True)),
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                    str(self.headers.get("Host")),
                )
                outer.requests.append(request)
                response = routes(request)
                body = response.body
                text = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(response.status)
                self.send_header("Content-Length", str(len(text)))
                headers = {"Content-Type": "application/json", **response.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = _respond  # noqa: N815  # the names that the library calls

            def log_message(self, *_: Any) -> None:  # noqa: ANN401  # the library's own
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()

    def paths(self) -> list[str]:
        """The requests so far: their methods, paths and queries."""
        return [
            f"{request.method} {request.path}"
            + "".join(f" {name}={value}" for name, value in request.query.items())
            for request in self.requests
        ]


@contextmanager
def serving(routes: Callable[[Request], Response]) -> Iterator[ShapeServer]:
    """Run a server for a while."""
    server = ShapeServer(routes)
    try:
        yield server
    finally:
        server.close()
