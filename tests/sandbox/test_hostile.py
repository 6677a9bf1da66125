"""Hostile responses come as they are asked for, and only as long."""

from __future__ import annotations

import gzip
import json
import socket
import time
import zlib
from http.client import IncompleteRead
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

from tap_analytics.sandbox import Sandbox
from tests.support.sandbox_client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rows={"buyers": 20}, edge_cases=False) as sandbox:
        yield sandbox


def raw(sandbox: Sandbox, limit: float = 10) -> tuple[bytes, bytes, float]:
    """Return head and body of `/buyers` as they come, and the seconds until the connection ends."""
    address = urlsplit(sandbox.base_url)
    started = time.monotonic()
    with socket.create_connection((str(address.hostname), address.port or 0), limit) as connection:
        request = f"GET /buyers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sandbox.mint_token()}"
        connection.sendall(f"{request}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        received = b""
        while piece := connection.recv(65_536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body, time.monotonic() - started


def test_deep_json_is_a_list_in_a_list(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("deep_json", stream="buyers", depth=3)
    assert client.json("/buyers") == [[[]]]
    sandbox.fault("deep_json", stream="buyers")
    with pytest.raises(RecursionError):
        json.loads(client.get("/buyers").content)
    assert len(client.ids("/buyers")) == 20


def test_the_first_record_has_what_is_injected(sandbox: Sandbox, client: Client) -> None:
    huge = "1e99999999999999999999"
    sandbox.fault("inject", stream="buyers", field="huge", json=huge)
    sandbox.fault("inject", stream="buyers", field="na\x00me", json="[" * 50 + "]" * 50)
    first = client.get("/buyers").text
    assert f'"huge":{huge},"na\\u0000me":[[[' in first
    assert first.count(huge) == 1
    assert huge not in client.get("/buyers").text


def test_odd_headers_come_as_they_are(sandbox: Sandbox, client: Client) -> None:
    odd = {
        "Location": "http://[",
        "RateLimit": "r=" + "9" * 5_000,
        "X-RateLimit-Reset": "1\u00b2",
        "Date": "Fri, 31 Dec 10000 23:59:59 GMT",
        "Link": '<http://[>; rel="next"',
    }
    sandbox.fault("headers", stream="buyers", values=odd)
    assert odd.items() <= dict(client.get("/buyers").headers).items()
    assert "Location" not in client.get("/buyers").headers


def test_a_status_may_be_999_and_its_reason_anything(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("status", stream="buyers", code=999, reason="sandbox-secret \x1b[31m")
    response = client.get("/buyers")
    assert (response.status_code, response.reason) == (999, "sandbox-secret \x1b[31m")


def test_an_encoding_may_be_unknown(sandbox: Sandbox) -> None:
    sandbox.fault("content_encoding", stream="buyers", name="x-rot13")
    sandbox.fault("headers", stream="buyers", values={"Connection": "close"})
    with Client(sandbox) as client:
        response = client.get("/buyers")
        assert response.headers["Content-Encoding"] == "x-rot13"
        assert len(json.loads(response.content)["results"]) == 20


@pytest.mark.parametrize("layers", [1, 2])
def test_a_gzip_bomb_is_small_on_the_wire(sandbox: Sandbox, client: Client, layers: int) -> None:
    sandbox.fault("gzip_bomb", stream="buyers", megabytes=8, layers=layers)
    response = client.session.get(f"{client.base_url}/buyers", stream=True, timeout=10)
    assert response.headers["Content-Encoding"] == ", ".join(["gzip"] * layers)
    assert int(response.headers["Content-Length"]) < 20_000
    assert len(response.content) > 8 * 2**20
    assert len(response.json()["results"]) == 20


def test_a_large_body_is_json_and_spaces(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("large_body", stream="buyers", megabytes=3)
    response = client.get("/buyers")
    assert int(response.headers["Content-Length"]) == len(response.content) > 3 * 2**20
    assert len(response.json()["results"]) == 20


def test_gzip_may_end_without_its_checksum(sandbox: Sandbox) -> None:
    sandbox.fault("gzip_without_checksum", stream="buyers")
    sandbox.fault("headers", stream="buyers", values={"Connection": "close"})
    with Client(sandbox) as client:
        response = client.session.get(f"{client.base_url}/buyers", stream=True, timeout=10)
        packed = response.raw.read(decode_content=False)
    assert int(response.headers["Content-Length"]) == len(packed)
    unpacker = zlib.decompressobj(31)
    assert len(json.loads(unpacker.decompress(packed))["results"]) == 20
    with pytest.raises(EOFError):
        gzip.decompress(packed)


def test_a_chunk_may_say_that_it_is_endless(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("bad_chunk", stream="buyers", size="FFFFFFFFFFFFFFFF")
    head, body, _ = raw(sandbox)
    assert b"Transfer-Encoding: chunked" in head
    assert b"Content-Length" not in head
    assert body.startswith(b"FFFFFFFFFFFFFFFF\r\n")
    sandbox.fault("bad_chunk", stream="buyers", size="no number")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.get("/buyers")


@pytest.mark.parametrize("action", ["slow_body", "slow_headers"])
def test_slow_bytes_end_when_the_time_is_up(sandbox: Sandbox, action: str) -> None:
    sandbox.fault(action, stream="buyers", seconds=0.3, bytes_per_second=50)
    head, body, seconds = raw(sandbox)
    slow = body if action == "slow_body" else head
    assert 0.3 <= seconds < 5
    assert 3 < len(slow) < 30


@pytest.mark.parametrize("action", ["slow_body", "slow_headers"])
def test_slow_bytes_are_whole_when_there_is_time(sandbox: Sandbox, action: str) -> None:
    sandbox.fault("status", stream="buyers", code=400, body="short")
    sandbox.fault(action, stream="buyers", seconds=60, bytes_per_second=5_000)
    head, body, _ = raw(sandbox)
    assert (head[:12], body) == (b"HTTP/1.1 400", b"short")


def test_100_continue_comes_again_and_again(sandbox: Sandbox) -> None:
    sandbox.fault("endless_continue", stream="buyers", seconds=0.2)
    head, rest, seconds = raw(sandbox)
    assert head == b"HTTP/1.1 100 Continue"
    assert rest.count(b"100 Continue") > 3
    assert b"HTTP/1.1 200 OK" in rest
    assert 0.2 <= seconds < 5


def test_a_sandbox_ends_in_the_middle_of_a_slow_response() -> None:
    with Sandbox(rows={"buyers": 20}) as sandbox:
        sandbox.fault("slow_body", stream="buyers", seconds=3_600, bytes_per_second=100)
        response = requests.get(
            f"{sandbox.base_url}/buyers",
            headers={"Authorization": f"Bearer {sandbox.mint_token()}"},
            stream=True,
            timeout=10,
        )
        started = time.monotonic()
    with pytest.raises((requests.RequestException, IncompleteRead)):
        _ = response.content
    assert time.monotonic() - started < 5


def test_a_server_may_be_away_and_come_back(sandbox: Sandbox, client: Client) -> None:
    before: Any = client.ids("/buyers")
    sandbox.go_away()
    with pytest.raises(requests.exceptions.ConnectionError):
        client.get("/buyers")
    sandbox.come_back()
    assert client.ids("/buyers") == before
