"""Redirects are followed on the same server only."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

from tests.support.one_stream import data_requests, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_analytics.sandbox import Sandbox


def test_a_redirect_on_the_same_server_is_followed(sandbox: Sandbox) -> None:
    to = "/buyers?page=2&page_size=10"
    sandbox.fault("redirect", stream="buyers", page=2, to=to, times=1)
    outcome = run(sandbox, "marketplace")
    assert outcome.error is None
    assert outcome.waits == []
    assert len(outcome.records("buyers")) == 25
    pages = [(entry.page, entry.status) for entry in sandbox.requests if entry.stream]
    assert pages == [(1, 200), (2, 301), (2, 200), (3, 200)]


def test_a_redirect_in_circles_ends(sandbox: Sandbox) -> None:
    sandbox.fault("redirect", stream="buyers", to="/buyers?page=1", times=99)
    outcome = run(sandbox, "marketplace")
    assert (
        "It redirects to /buyers?page=1, in a circle: check `base_url` and `path`."
        in (outcome.stream("buyers")["error"])
    )
    assert len(data_requests(sandbox)) == 6


class OtherServer(HTTPServer):
    """A server on another port, which must never receive a request."""

    def __init__(self) -> None:
        """Listen, and remember the headers of every request."""
        received: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                received.append(str(self.headers))
                self.send_response(200)
                self.end_headers()

            do_POST = do_GET  # noqa: N815  # the base class looks for this name

        super().__init__(("127.0.0.1", 0), Handler)
        self.received = received
        self.url = f"http://127.0.0.1:{self.server_port}/buyers"


@contextmanager
def other_server() -> Iterator[OtherServer]:
    server = OtherServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_redirect_to_another_server_is_not_followed(sandbox: Sandbox) -> None:
    with other_server() as other:
        sandbox.fault("redirect", stream="buyers", page=2, to=other.url, times=99)
        outcome = run(sandbox, "marketplace", headers={"X-Tenant": "tenant-7"})
        assert other.received == []
    error = outcome.stream("buyers")["error"]
    assert error.startswith("buyers: GET /buyers, page 2, returned 301 Moved Permanently: ")
    assert error.endswith(f"It redirects to {other.url}, which is not followed: check `base_url`.")
    assert len(data_requests(sandbox)) == 2


def test_credentials_do_not_follow_the_token_endpoint_to_another_server(sandbox: Sandbox) -> None:
    with other_server() as other:
        sandbox.fault("redirect", path="/authenticate/", to=other.url, times=99)
        outcome = run(sandbox, "marketplace")
        assert other.received == []
    assert f"it redirects to {other.url}" in outcome.report["error"]
    assert len(sandbox.requests) == 1
