"""`Retry-After` is obeyed up to `max_wait`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.one_stream import PATH, STREAM, data_requests, run

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox


CONSTANT = [30.0, 30.0, 30.0]
EXPONENTIAL = [2.0, 4.0, 8.0]
POLICIES = [("accounting", CONSTANT), ("marketplace", EXPONENTIAL)]


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(("api", "waits"), POLICIES)
def test_retry_after_in_seconds_takes_the_place_of_the_policys_delay(
    sandbox: Sandbox, api: str, waits: list[float], code: int
) -> None:
    if code == 429:
        sandbox.fault("status", stream=STREAM[api], page=2, code=429, retry_after=22, times=2)
        expected = [22.0, 22.0]
    else:
        sandbox.fault("status", stream=STREAM[api], page=2, code=503, times=2)
        expected = waits[:2]
    outcome = run(sandbox, api)
    assert outcome.error is None
    assert outcome.waits == expected


def test_retry_after_as_a_date_is_obeyed(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="buyers", page=2, code=429, retry_after="date:120")
    outcome = run(sandbox, "marketplace")
    assert outcome.error is None
    (waited,) = outcome.waits
    # HTTP dates have no fractions, and the two clocks were read one after the other.
    assert 118 < waited <= 121


def test_retry_after_of_max_wait_is_obeyed_to_the_second(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="contacts", page=2, code=429, retry_after=300, problem="minute")
    outcome = run(sandbox, "accounting")
    assert outcome.error is None
    assert outcome.waits == [300.0]


@pytest.mark.parametrize("after", [301, 66_975, "date:90000", 10**12, "9" * 400])
@pytest.mark.parametrize("api", STREAM)
def test_past_max_wait_the_stream_ends_and_says_until_when(
    sandbox: Sandbox, api: str, after: float | str
) -> None:
    sandbox.fault("status", stream=STREAM[api], page=2, code=429, retry_after=after, problem="day")
    began = datetime.now(UTC)
    outcome = run(sandbox, api)
    assert outcome.waits == []
    assert outcome.stream(STREAM[api])["seconds_waited"] == 0
    assert len(data_requests(sandbox)) == 2
    error = outcome.stream(STREAM[api])["error"]
    assert error.startswith(
        f"{STREAM[api]}: GET {PATH[api]}, page 2: the server's quota is used up until "
    )
    assert "longer than `max_wait` of `error_handler` (300 seconds)" in error
    if after == 66_975:
        until = datetime.fromisoformat(error.partition("until ")[2][:19]).replace(tzinfo=UTC)
        assert abs(until - began - timedelta(seconds=66_975)) < timedelta(seconds=30)


def test_max_wait_sets_how_long_retry_after_is_obeyed(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="buyers", page=2, code=429, retry_after=22)
    short = run(sandbox, "marketplace", error_handler={"max_wait": 21})
    assert (
        "longer than `max_wait` of `error_handler` (21 seconds)" in short.stream("buyers")["error"]
    )
    sandbox.clear()
    sandbox.fault("status", stream="buyers", page=2, code=429, retry_after=3600)
    long = run(sandbox, "marketplace", error_handler={"max_wait": 3600})
    assert long.error is None
    assert long.waits == [3600.0]
