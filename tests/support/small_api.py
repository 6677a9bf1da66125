"""A server of a few lists in this process: a function makes each response, over real HTTP."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.support.harness import Outcome, sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Answer = Callable[[str, dict[str, str]], Any]
    """From a decoded path and the parameters to JSON, or to a status and JSON."""


class SmallAPI(ThreadingHTTPServer):
    """Answers with what a function makes of a path and its parameters."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.asked: list[str] = []
        """The paths and parameters of the requests, as they came."""
        self.bodies: list[bytes] = []

    def read(
        self,
        *resources: dict[str, Any],
        state: dict[str, Any] | None = None,
        catalog: dict[str, Any] | None = None,
        **settings: Any,  # noqa: ANN401  # any setting
    ) -> Outcome:
        """Read these resources once, one request after the other."""
        config = {"base_url": self.url, "resources": [*resources], "concurrency": 1, **settings}
        return sync(config, state=state, catalog=catalog)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SmallAPI

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.bodies.append(self.rfile.read(length))
        self.do_GET()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.server.asked.append(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        answer = self.server.answer(unquote(url.path), query)
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def small_api(answer: Answer) -> Iterator[SmallAPI]:
    """A server that answers while the block runs."""
    with SmallAPI(answer) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def resource(name: str, path: str | None = None, **parts: Any) -> dict[str, Any]:  # noqa: ANN401  # any part
    """A resource of one page of records under `data`, with these parts and its endpoint's."""
    own = {"primary_key", "schema", "write_disposition", "include_from_parent", "table_name"}
    entry = {"primary_key": "id"} | {key: parts.pop(key) for key in own & parts.keys()}
    entry = {key: value for key, value in entry.items() if value is not None}
    usual = {"path": path or f"/{name}", "data_selector": "data", "paginator": "single_page"}
    return {"name": name, **entry, "endpoint": usual | parts}


def child(name: str, path: str, field: str, **parts: Any) -> dict[str, Any]:  # noqa: ANN401  # any part
    """A resource that is read for each record of `parents`, with a field of it for `{it}`."""
    params = {"it": {"type": "resolve", "resource": "parents", "field": field}}
    return resource(name, path, params=params, **parts)
