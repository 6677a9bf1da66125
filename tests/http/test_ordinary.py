"""A response is the same whether it is read by hand, as an ordinary one is, or by the library."""

from __future__ import annotations

import random
import socket
from collections import Counter
from http.client import HTTPException, HTTPResponse
from typing import Any

import pytest

from tap_analytics.http import connections
from tap_analytics.http.connections import MOST_BYTES, _FinalResponse
from tap_analytics.http.ordinary import Headers, OrdinaryResponse, receive
from tests.support.harness import sync
from tests.support.json_server import JSONServer
from tests.support.raw_responses import ORDINARY, OTHERS

PIECES = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b":",
    b" ",
    b"\t",
    b"0",
    b"1",
    b"Content-Length: 3",
    b"close",
]


def by_library(response: HTTPResponse) -> Any:  # noqa: ANN401  # what came, or how it failed
    try:
        response.begin()
        body = response.read()
    except (HTTPException, OSError, ValueError) as error:
        return type(error)
    return response.status, response.reason, dict(Headers(response.msg.items())), body


def sent(text: bytes) -> socket.socket:
    """The end of a connection on which a server has sent this, and nothing more."""
    ours, servers = socket.socketpair()
    servers.sendall(text)
    servers.close()
    return ours


def both(text: bytes) -> tuple[Any, Any, bool]:
    """What a response is by the library alone, what it is as the tap reads it, and which way."""
    with sent(text) as connection:
        expected = by_library(_FinalResponse(connection))
    with sent(text) as connection:
        received = receive(connection, MOST_BYTES)
        if isinstance(received, OrdinaryResponse):
            headers = dict(received.headers)
            found = received.status, received.reason, headers, received.body
            return expected, found, True
        return expected, by_library(_FinalResponse(connection, beginning=received)), False


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_response_is_read_by_hand(text: bytes) -> None:
    expected, found, by_hand = both(text)
    assert (found, by_hand) == (expected, True)


@pytest.mark.parametrize("text", OTHERS)
def test_any_other_response_is_left_to_the_library_which_gets_all_of_it(text: bytes) -> None:
    expected, found, by_hand = both(text)
    assert (found, by_hand) == (expected, False)


def test_responses_at_random_are_the_same_both_ways() -> None:
    ways: Counter[bool] = Counter()
    for seed in range(5_000):
        chance = random.Random(seed)  # noqa: S311  # made-up bytes
        text = bytearray(chance.choice(chance.choice([ORDINARY, OTHERS])))
        for _ in range(chance.randrange(3)):
            place = chance.randrange(len(text) + 1)
            text[place : place + chance.choice([0, 0, 1, 4])] = chance.choice(PIECES)
        expected, found, by_hand = both(bytes(text))
        assert found == expected, bytes(text)
        ways[by_hand] += 1
    assert min(ways[True], ways[False]) > 500


def test_responses_of_both_kinds_come_over_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    ways: Counter[type] = Counter()
    receivers = set()

    def counting(connection: socket.socket, most: int) -> OrdinaryResponse | bytes:
        received = receive(connection, most)
        ways[type(received)] += 1
        receivers.add(connection.getsockname())
        return received

    monkeypatch.setattr(connections, "receive", counting)
    pages = {str(page): [{"id": page * 10 + place} for place in range(10)] for page in range(6)}
    endpoint = {
        "path": "/items",
        "data_selector": "data",
        "paginator": {"type": "page_number", "base_page": 0, "total_path": "pages"},
    }
    resource = {"name": "items", "primary_key": "id", "endpoint": endpoint}
    with JSONServer(lambda query: {"pages": 6, "data": pages[query["page"]]}) as server:
        server.in_chunks = True
        config = {"base_url": server.url, "resources": [resource], "concurrency": 1}
        outcome = sync(config)
    assert [record["id"] for record in outcome.records("items")] == [*range(60)]
    assert outcome.stream("items")["verdict"] == "proven"
    assert min(ways[OrdinaryResponse], ways[bytes]) >= 3
    assert len(receivers) == 1
