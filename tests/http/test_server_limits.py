"""What the server says about its limits holds for every thread of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_analytics.sandbox import Limits, Sandbox
from tests.support.harness import PairTap, StillClock, connected, sync
from tests.support.one_stream import read

if TYPE_CHECKING:
    from threading import Event

ROWS = 120


def refusals(sandbox: Sandbox) -> int:
    return sum(entry.status == 429 for entry in sandbox.requests)


class Minute(StillClock):
    """A clock whose waits end the faults of a sandbox, and that counts the requests before each."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Watch a sandbox."""
        super().__init__()
        self._sandbox = sandbox
        self.requests: list[int] = []

    def wait(self, seconds: float, stop: Event) -> None:
        """Remember how many requests there were, and end the faults."""
        self.requests.append(len(self._sandbox.requests))
        super().wait(seconds, stop)
        # The server's own clock is the machine's: its faults end when the wait ends.
        self._sandbox.clear()


@pytest.mark.parametrize("concurrency", [1, 4, 8])
def test_a_retry_after_pauses_everyone(sandbox: Sandbox, concurrency: int) -> None:
    """Page 1 is alone in flight, so there is one 429 only: no other request is sent meanwhile."""
    sandbox.fault("status", stream="buyers", code=429, retry_after=20, times=99)
    clock = Minute(sandbox)
    outcome = read(connected(sandbox, concurrency=concurrency), clock)
    assert outcome.error is None
    assert refusals(sandbox) == 1
    assert clock.waits == [20.0]


def test_only_requests_that_are_in_flight_already_are_refused(sandbox: Sandbox) -> None:
    """Of 11 pages on 4 workers at most 4 are refused: the other 7 wait for the pause to end."""
    for page in range(2, 13):
        sandbox.fault("status", stream="buyers", page=page, code=429, retry_after=20, times=99)
    clock = Minute(sandbox)
    outcome = read(connected(sandbox, concurrency=4), clock)
    assert outcome.error is None
    assert len(outcome.records("buyers")) == 120
    assert 1 <= refusals(sandbox) <= 4


def test_a_quota_that_stays_used_up_stops_every_further_request(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="buyers", page=1, code=429, retry_after=66_975, problem="day")
    config = connected(sandbox, page_size=10) | {"api": None}
    # The accounting API's stream comes after, as streams go by their names from Z to A here.
    outcome = sync(config, clock=StillClock(), tap_class=Backwards)
    assert outcome.error is not None
    assert outcome.waits == []
    assert [entry.stream for entry in sandbox.requests if entry.stream] == ["buyers"]
    for stream in ("buyers", "contacts"):
        assert "the server's quota is used up until " in outcome.stream(stream)["error"]
    assert not outcome.of("RECORD")


@pytest.mark.parametrize("after", ["9" * 400, 40 * 86_400, "date:9999999"])
def test_a_retry_after_beyond_any_quota_is_one_streams_trouble(
    sandbox: Sandbox, after: float | str
) -> None:
    sandbox.fault("status", stream="buyers", page=1, code=503, retry_after=after, times=99)
    config = connected(sandbox, page_size=10) | {"api": None}
    outcome = sync(config, clock=StillClock(), tap_class=Backwards)
    assert outcome.waits == []
    error = outcome.stream("buyers")["error"]
    assert error.startswith("buyers: GET /buyers, page 1: the server's quota is used up until ")
    assert outcome.stream("contacts")["error"] is None
    assert len(outcome.records("contacts")) == 120


@pytest.mark.parametrize("after", ["-1", "1e99", "-inf", "nan", "1_0"])
def test_a_retry_after_that_is_no_time_leaves_the_wait_to_the_policy(
    sandbox: Sandbox, after: str
) -> None:
    sandbox.fault("status", stream="buyers", page=1, code=503, retry_after=after)
    outcome = read(connected(sandbox), StillClock())
    assert outcome.error is None
    assert outcome.waits == [2.0]


class Backwards(PairTap):
    """The pair with `buyers` first."""

    def sync_all(self) -> None:  # type: ignore[misc]  # the tap's own is final in the SDK only
        """Sync `buyers`, then `contacts`."""
        self._streams = {name: self.streams[name] for name in ("buyers", "contacts")}
        super().sync_all()


class Refill(StillClock):
    """A clock whose waits fill a sandbox's limit up again, as the time that passes would."""

    def __init__(self, limits: Limits) -> None:
        """Watch a sandbox's limits."""
        super().__init__()
        self._limits = limits

    def wait(self, seconds: float, stop: Event) -> None:
        """Let the time pass on both sides."""
        super().wait(seconds, stop)
        self._limits._times.clear()


@pytest.mark.parametrize("concurrency", [1, 2, 4])
def test_at_a_real_limit_only_those_in_flight_are_refused_once(concurrency: int) -> None:
    limits = Limits(per_window={"marketplace": 8})
    with Sandbox(rows={"buyers": 120}, limits=limits) as sandbox:
        outcome = read(connected(sandbox, concurrency=concurrency), Refill(limits))
        assert outcome.error is None
        assert len(outcome.records("buyers")) == 120
        assert 1 <= refusals(sandbox) <= concurrency
        assert outcome.stream("buyers")["retries"] == refusals(sandbox)


def test_a_header_that_says_nothing_is_left_pauses_before_a_refusal() -> None:
    limits = Limits(per_window={"accounting": 1_000})
    with Sandbox(rows={"contacts": 30}, limits=limits) as sandbox:
        limits.per_window = {"accounting": 2}
        clock = Refill(limits)
        outcome = read(connected(sandbox, "accounting", concurrency=1), clock)
        assert outcome.error is None
        assert len(outcome.records("contacts")) == 30
        assert refusals(sandbox) == 0
        assert clock.waits == [60.0]
