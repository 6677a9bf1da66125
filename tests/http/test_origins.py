"""One session sends to many origins, and to some of them through a proxy."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import requests

from tap_analytics.http.limits import Limits
from tap_analytics.http.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

MANY = 25
"""More origins than urllib3 keeps pools of connections for."""


class _Asked(ThreadingHTTPServer):
    """Keeps the targets of the requests that it got."""

    targets: list[str]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Asked

    def do_GET(self) -> None:
        self.server.targets.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.send_header("Set-Cookie", "visited=yes")
        self.send_header("X-Twice", "one")
        self.send_header("X-Twice", "two")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def server(address: str = "127.0.0.1") -> Iterator[_Asked]:
    with _Asked((address, 0), _Handler) as made:
        made.targets = []
        threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield made
        finally:
            made.shutdown()


def get(session: Session, url: str) -> requests.Response:
    return session.send(requests.Request("GET", url).prepare())


def test_more_origins_than_pools_are_read_in_turn() -> None:
    with server("0.0.0.0") as made:  # noqa: S104  # every address of the loopback interface
        session = Session(Limits())
        for _ in range(2):
            for host in range(1, MANY + 1):
                url = f"http://127.0.0.{host}:{made.server_port}/rows?page={host}"
                assert get(session, url).content == b"[]"
    assert made.targets == [f"/rows?page={host}" for host in range(1, MANY + 1)] * 2


def test_a_proxy_gets_the_whole_url_but_not_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with server() as proxy, server() as own:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.server_port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        session = Session(Limits())
        for page in (1, 2):
            assert get(session, f"http://api.invalid/rows?page={page}").content == b"[]"
            get(session, f"http://127.0.0.1:{own.server_port}//rows?page={page}")
    assert proxy.targets == ["http://api.invalid/rows?page=1", "http://api.invalid/rows?page=2"]
    assert own.targets == ["/rows?page=1", "/rows?page=2"]


def test_a_response_has_its_headers_under_any_spelling_and_cookies_do_not_come_back() -> None:
    with server() as made:
        session = Session(Limits())
        first, second = (get(session, f"http://127.0.0.1:{made.server_port}/") for _ in "12")
    assert first.headers["x-twice"] == "one, two"
    assert (first.status_code, first.reason, first.is_redirect) == (200, "OK", False)
    assert "Cookie" not in second.request.headers
