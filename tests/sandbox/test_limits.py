"""The sandbox keeps the rate limits that it is given."""

from __future__ import annotations

import time

from tap_analytics.sandbox import Limits, Sandbox
from tests.support.sandbox_client import Client

ROWS = {"buyers": 3, "contacts": 3}


def test_limits_are_kept_and_told() -> None:
    limits = Limits(per_window={"accounting": 2, "marketplace": 1}, window=60)
    with Sandbox(rows=ROWS, limits=limits) as sandbox, Client(sandbox) as client:
        left = [client.get("/v1/contacts").headers["X-MinLimit-Remaining"] for _ in range(2)]
        assert left == ["1", "0"]
        refused = client.get("/v1/contacts", page=2)
        assert refused.status_code == 429
        assert refused.headers["X-Rate-Limit-Problem"] == "minute"
        assert 55 < int(refused.headers["Retry-After"]) <= 60
        assert [client.get("/buyers").status_code for _ in range(2)] == [200, 429]


def test_without_limits_nothing_is_told() -> None:
    with Sandbox(rows=ROWS) as sandbox, Client(sandbox) as client:
        headers = client.get("/v1/contacts").headers
    assert not [name for name in headers if "Remaining" in name]


def test_the_day_and_the_number_at_once_are_limited_too() -> None:
    with Sandbox(rows=ROWS, limits=Limits(per_day=1)) as sandbox, Client(sandbox) as client:
        assert client.get("/v1/contacts").headers["X-DayLimit-Remaining"] == "0"
        assert client.get("/v1/contacts").headers["Retry-After"] == "66975"
    with Sandbox(rows=ROWS, limits=Limits(at_once=0)) as sandbox, Client(sandbox) as client:
        refused = client.get("/v1/contacts")
        assert refused.headers["X-Rate-Limit-Problem"] == "concurrent"
        assert "Retry-After" not in refused.headers


def test_a_window_passes() -> None:
    limits = Limits(per_window={"accounting": 1}, window=0.2)
    with Sandbox(rows=ROWS, limits=limits) as sandbox, Client(sandbox) as client:
        assert client.get("/v1/contacts").status_code == 200
        deadline = time.monotonic() + 5
        while client.get("/v1/contacts").status_code == 429:
            assert time.monotonic() < deadline
