"""A request is the same whether it is written by hand, as an ordinary one is, or by the library."""

from __future__ import annotations

import random
import re
import socket
import struct
import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tap_analytics.http import connections
from tap_analytics.http.failures import HTTP_ERRORS
from tap_analytics.http.limits import Limits
from tap_analytics.http.ordinary import request_head
from tap_analytics.http.session import Session
from tests.support.raw_responses import ORDINARY, OTHERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIRST = ORDINARY[0]
RESET, SILENCE = b"(reset)", b"(silence)"
USUAL = {"Accept-Encoding": "gzip", "User-Agent": "tap", "Accept": "*/*"}
HEADERS: list[dict[str, str]] = [
    USUAL,
    {**USUAL, "authorization": "Bearer a.b-c=="},
    {**USUAL, "X-Latin": "\xe4\xf6 \xff", "X-Empty": "", "X-Spaces": "a  b"},
    {**USUAL, "Connection": "keep-alive"},
]
OTHER_HEADERS: list[dict[str, str]] = [
    {},
    {"User-Agent": "tap"},
    {"Accept-Encoding": "gzip"},
    {**USUAL, "Host": "elsewhere.example"},
    {**USUAL, "HOST": "elsewhere.example"},
    {**USUAL, "Content-Length": "0"},
]
TARGETS = [
    "/items",
    "/items?page=7&since=2024-01-01T00:00:00Z",
    "/a%2Fb/(c);d=1,2@e!$&'*+~?q=%C3%A4+%20&q=?/:",
]
OTHER_TARGETS = ["/a%2fb", "/items?filter[a]=1", "/items?a=b|c", '/items?a="b"', "/100%"]


class Server:
    """Sends what it is told on one connection after another, and keeps what it was sent."""

    def __init__(self, listening: socket.socket, answers: list[bytes]) -> None:
        """Answer each request with the next one of these."""
        self._listening, self._answers = listening, answers
        self.requests: list[bytes] = []
        self.connections = 0

    def run(self) -> None:
        """Until nobody connects any more."""
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        while head := self._head(connection):
            self.requests.append(head)
            answer = self._answers.pop(0) if self._answers else b""
            if answer == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if answer == SILENCE:
                connection.settimeout(5)
                connection.recv(1)
                return
            connection.sendall(answer)
            if not answer.endswith(FIRST[-24:]):
                return

    @staticmethod
    def _head(connection: socket.socket) -> bytes:
        received = b""
        while not received.endswith(b"\r\n\r\n"):
            try:
                piece = connection.recv(65536)
            except OSError:
                return b""
            if not piece:
                return b""
            received += piece
        return received


@contextmanager
def serving(*answers: bytes) -> Iterator[tuple[Server, str]]:
    """A server that sends these, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Server(listening, list(answers))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield server, f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts how requests over a connection that is open were written."""
    counts: Counter[str] = Counter()

    def counting(target: str, host: str, headers: Mapping[str, object]) -> bytes | None:
        head = request_head(target, host, headers)
        counts["library" if head is None else "hand"] += 1
        return head

    monkeypatch.setattr(connections, "request_head", counting)
    return counts


def prepared(url: str, headers: Mapping[str, str]) -> requests.PreparedRequest:
    request = requests.Request("GET", url.partition("/i")[0]).prepare()
    request.url, request.headers = url, requests.structures.CaseInsensitiveDict(headers)
    return request


def outcome(session: Session, request: requests.PreparedRequest) -> Any:  # noqa: ANN401  # either
    """What came, or how it failed, without what differs from run to run."""
    try:
        response = session.send(request)
    except (*HTTP_ERRORS, ValueError) as error:
        return type(error), re.sub(r"port=\d+|0x[0-9a-f]+|:\d{4,5}", "", str(error))
    return response.status_code, response.reason, dict(response.headers), response.content


def twice(url: str, target: str, headers: Mapping[str, str]) -> None:
    """Send a request over a new connection, and over the one that is open by then."""
    session = Session(Limits())
    request = prepared(url + target, headers)
    assert outcome(session, request) == outcome(session, request)


@pytest.mark.parametrize("headers", HEADERS, ids=str)
@pytest.mark.parametrize("target", TARGETS)
def test_an_ordinary_request_is_written_by_hand(
    target: str, headers: dict[str, str], ways: Counter[str]
) -> None:
    with serving(FIRST, FIRST) as (server, url):
        twice(url, target, headers)
    by_library, by_hand = server.requests
    assert by_hand == by_library
    assert (ways["hand"], server.connections) == (1, 1)


@pytest.mark.parametrize(
    ("target", "headers"),
    [*(("/items", each) for each in OTHER_HEADERS), *((each, USUAL) for each in OTHER_TARGETS)],
    ids=str,
)
def test_any_other_request_is_left_to_the_library(
    target: str, headers: dict[str, str], ways: Counter[str]
) -> None:
    with serving(FIRST, FIRST) as (server, url):
        twice(url, target, headers)
    first, second = server.requests
    assert second == first
    assert (ways["library"], server.connections) == (1, 1)


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\rb", "\u20ac"])
def test_a_header_that_cannot_be_sent_is_refused_over_an_open_connection_too(value: str) -> None:
    with serving(FIRST, FIRST) as (server, url):
        session = Session(Limits())
        assert outcome(session, prepared(f"{url}/items", USUAL))[0] == 200
        refused = outcome(session, prepared(f"{url}/items", {**USUAL, "X-Token": value}))
        assert issubclass(refused[0], ValueError)
    assert len(server.requests) == 1


def test_headers_at_random_are_sent_the_same_both_ways(ways: Counter[str]) -> None:
    """Whatever may stand in them: letters, separators, controls."""
    chance = random.Random(1)  # noqa: S311  # made-up headers
    characters = "aZ09-_.:;= \t\"'\xe4\x7f\x80\xa0"
    for _ in range(150):
        value = "".join(chance.choices(characters, k=chance.randrange(8)))
        with serving(FIRST, FIRST) as (server, url):
            twice(url, "/items", {**USUAL, "X-Any": value})
        assert len(set(server.requests)) == 1, value
    assert min(ways["hand"], ways["library"]) > 20


@pytest.mark.parametrize("answer", [*ORDINARY, *OTHERS, RESET, SILENCE], ids=range(26))
def test_what_comes_of_a_request_is_the_same_both_ways(
    answer: bytes, ways: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for _ in range(2):
        session = Session(Limits(timeout=0.5))
        with serving(FIRST, answer, FIRST) as (server, url):
            request = prepared(f"{url}/items", USUAL)
            came = [outcome(session, request) for _ in range(2)]
            # A connection that ends has ended by then.
            time.sleep(0.1)
            came.append(outcome(session, request))
        found.append((came, len(server.requests)))
        hand = ways["hand"]
        # Then all of it by the library.
        monkeypatch.setattr(connections, "request_head", lambda *_: None)
    assert found[0] == found[1]
    assert hand >= 1
