"""A server of one list, in whatever form a test needs it: each page is what a function returns."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.harness import Outcome, sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Query = dict[str, str]
    Answer = Callable[[Query], Any]
    """From the parameters of a request to its body: bytes as they are, or anything as JSON."""


class PageServer(ThreadingHTTPServer):
    """Answers every request with what a function makes of its parameters."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.asked: list[Query] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PageServer

    def do_GET(self) -> None:
        """Answer."""
        query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        self.server.asked.append(query)
        body = self.server.answer(query)
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def page_server(answer: Answer) -> Iterator[PageServer]:
    """A server that answers while the block runs."""
    with PageServer(answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


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
    with page_server(answer) as server:
        config = {"base_url": server.url, "resources": [resource], "concurrency": 1}
        return sync(config | (settings or {}), state=state)
