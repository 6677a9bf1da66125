"""A server in this process: a function makes each response, over real HTTP."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.support.harness import Outcome, sync

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    Query = dict[str, str]
    Answer = Callable[[Query], Any]
    """From the parameters of a request to what `JSONServer` sends."""


class JSONServer(ThreadingHTTPServer):
    """Sends what a function returns: JSON, a status and JSON, or bytes as they are."""

    daemon_threads = True

    def __init__(self, answer: Answer = lambda _: []) -> None:
        """Listen on a free port; `answer` may be changed later."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: Callable[..., Any] = answer
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.asked: list[Query] = []
        """The parameters of each request."""
        self.targets: list[str] = []
        """The path and the parameters of each, as they came."""
        self.bodies: list[bytes] = []
        self.now: datetime | None = None
        """What its clock shows; None for the time of day."""
        self.in_chunks = False
        """Whether every second response comes in chunks, and not with its length."""

    def __enter__(self) -> Self:
        """Answer requests from now on."""
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Answer no more."""
        self.shutdown()
        self.server_close()

    def respond(self, path: str, query: Query) -> Any:  # noqa: ANN401, ARG002  # others look at the path
        """What the function returns for a request."""
        return self.answer(query)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet: two would wait for each other.
    wbufsize = -1
    server: JSONServer

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.bodies.append(self.rfile.read(length))
        self.do_GET()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        self.server.targets.append(self.path)
        self.server.asked.append(query)
        answer = self.server.respond(unquote(url.path), query)
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if self.server.in_chunks and len(self.server.asked) % 2 == 0:
            self.send_header("Transfer-Encoding", "chunked")
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The `Date` of a response."""
        now = self.server.now
        return super().date_time_string(timestamp if now is None else now.timestamp())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def read_list(
    answer: Answer,
    *,
    endpoint: dict[str, Any] | None = None,
    state: Any = None,  # noqa: ANN401  # any JSON
    settings: dict[str, Any] | None = None,
    **entry: Any,  # noqa: ANN401  # any entry
) -> Outcome:
    """Read the list of a server, as the resource `items`, once.

    Args:
        answer: Makes the server's responses.
        endpoint: Parts of the endpoint in place of one page of records under `data`.
        state: What an earlier run left.
        settings: Further settings of the tap.
        entry: Further parts of the resource.
    """
    usual = {"path": "/items", "data_selector": "data", "paginator": "single_page"}
    resource = {"name": "items", "primary_key": "id", "endpoint": usual | (endpoint or {}), **entry}
    with JSONServer(answer) as server:
        config = {"base_url": server.url, "resources": [resource], "concurrency": 1}
        return sync(config | (settings or {}), state=state)
