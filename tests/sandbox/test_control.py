"""The control endpoint does what programs on this machine ask for, and nobody else."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tap_analytics.sandbox import Sandbox
from tests.support.sandbox_client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rows={"buyers": 20}) as sandbox:
        yield sandbox


def command(
    sandbox: Sandbox, headers: dict[str, str] | None = None, **what: object
) -> requests.Response:
    url = sandbox.base_url + "/_control"
    return requests.post(url, json=what, headers=headers, timeout=10)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "sandbox.example.com"},
        {"Host": "127.0.0.1.example.com"},
        {"Host": "127.0.0.1"},
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
    ],
)
def test_a_page_in_a_browser_cannot_command_it(sandbox: Sandbox, headers: dict[str, str]) -> None:
    refused = command(sandbox, headers, mint_token={})
    assert (refused.status_code, list(refused.json())) == (403, ["error"])
    command(sandbox, headers, fault={"action": "drop", "stream": "buyers"})
    with Client(sandbox) as client:
        assert client.get("/buyers").status_code == 200


def test_localhost_is_this_machine_too(sandbox: Sandbox) -> None:
    port = sandbox.base_url.rpartition(":")[2]
    asked = command(sandbox, {"Host": f"LocalHost:{port}"}, counts={})
    assert asked.json()["result"]["requests"] == 0


def test_live_edits_and_their_log_are_asked_for_over_http(sandbox: Sandbox) -> None:
    started = command(sandbox, live_edits={"stream": "buyers", "per_page": 2, "insert": 0})
    assert started.json() == {"result": None}
    with Client(sandbox) as client:
        client.get("/buyers")
    log: list[dict[str, Any]] = command(sandbox, edit_log={}).json()["result"]
    assert [(edit["stream"], edit["request"]) for edit in log] == [("buyers", 1)] * 2
    command(sandbox, clear={})
    with Client(sandbox) as client:
        client.get("/buyers")
    assert command(sandbox, edit_log={}).json()["result"] == log


def test_a_delay_slows_data_and_not_the_control_endpoint() -> None:
    with Sandbox(rows={"buyers": 3}, delay=0.5) as sandbox, Client(sandbox) as client:
        started = time.monotonic()
        client.get("/buyers")
        asked = time.monotonic()
        command(sandbox, counts={})
        assert asked - started >= 0.5 > time.monotonic() - asked


def test_the_clock_of_the_server_may_be_ahead_or_not_told() -> None:
    with (
        Sandbox(rows={"buyers": 3}, clock_offset=600) as sandbox,
        Client(sandbox) as client,
    ):
        ahead = datetime.now(UTC) + timedelta(seconds=595)
        (key,) = sandbox.touch("buyers", 0)
        response = client.get("/buyers", last_modified_at_after=ahead.isoformat())
        assert [row["id"] for row in response.json()["results"]] == [key]
        assert parsedate_to_datetime(response.headers["Date"]) > ahead
        sandbox.fault("headers", stream="buyers", values={"Date": None})
        assert "Date" not in client.get("/buyers").headers
        assert "Date" in client.get("/buyers").headers
