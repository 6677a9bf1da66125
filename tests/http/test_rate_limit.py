"""The rate limiter: requests in flight, requests per minute, pauses."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_analytics.http.rate_limit import CancelledError, QuotaUsedUpError, RateLimiter
from tests.support.harness import StillClock, connected
from tests.support.one_stream import read, run

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

ROWS = 120
MAX_WAIT = 300.0
PATIENCE = 10.0


@pytest.mark.parametrize("concurrency", [1, 2, 5])
def test_requests_are_in_flight_together_but_no_more_than_allowed(
    sandbox: Sandbox, concurrency: int
) -> None:
    sandbox.fault("slow", stream="buyers", seconds=0.05, times=99)
    outcome = run(sandbox, concurrency=concurrency)
    assert len(outcome.records("buyers")) == 120
    assert min(2, concurrency) <= sandbox.most_in_flight <= concurrency


def test_the_limit_holds_for_requests_of_all_threads() -> None:
    limiter, most, now, lock = RateLimiter(StillClock(), concurrency=3), 0, 0, threading.Lock()

    def send(_: int) -> None:
        nonlocal most, now
        with limiter.slot(Event(), MAX_WAIT):
            with lock:
                now += 1
                most = max(most, now)
            threading.Event().wait(0.002)
            with lock:
                now -= 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(send, range(48)))
    assert most == 3
    assert now == 0


def has_slots(limiter: RateLimiter, slots: int) -> bool:
    """Whether exactly so many requests may be in flight, tried on threads that keep their slots."""
    cancelled, let_go = Event(), Event()
    granted = threading.Semaphore(0)

    def hold() -> None:
        try:
            with limiter.slot(cancelled, MAX_WAIT):
                granted.release()
                let_go.wait(PATIENCE)
        except CancelledError:
            return

    threads = [threading.Thread(target=hold) for _ in range(slots + 2)]
    for thread in threads:
        thread.start()
    enough = all(granted.acquire(timeout=PATIENCE) for _ in range(slots))
    more = granted.acquire(timeout=0.05)
    cancelled.set()
    let_go.set()
    for thread in threads:
        thread.join(PATIENCE)
    return enough and not more


def test_a_429_halves_what_is_in_flight_for_a_while() -> None:
    clock = StillClock()
    limiter = RateLimiter(clock, concurrency=8)
    assert has_slots(limiter, 8)
    limiter.slow_down()
    assert has_slots(limiter, 4)
    limiter.slow_down()
    limiter.slow_down()
    limiter.slow_down()
    assert has_slots(limiter, 1)
    clock.wait(61, Event())
    assert has_slots(limiter, 8)


def test_after_a_429_the_run_goes_on_with_half_as_many(sandbox: Sandbox) -> None:
    """Only the wait of two seconds takes time on the clock: the minute is not over."""
    sandbox.fault("status", stream="buyers", page=1, code=429)
    sandbox.fault("slow", stream="buyers", seconds=0.05, times=99)
    outcome = run(sandbox, concurrency=4)
    assert len(outcome.records("buyers")) == 120
    assert sandbox.most_in_flight == 2


def test_a_failed_request_gives_its_slot_back() -> None:
    limiter, cancelled = RateLimiter(StillClock(), concurrency=1), Event()
    patience = threading.Timer(PATIENCE, cancelled.set)
    patience.start()
    for _ in range(3):
        with pytest.raises(ConnectionError), limiter.slot(cancelled, MAX_WAIT):
            raise ConnectionError
    patience.cancel()


def test_a_cancelled_request_gets_no_slot() -> None:
    cancelled = Event()
    cancelled.set()
    with pytest.raises(CancelledError), RateLimiter(StillClock()).slot(cancelled, MAX_WAIT):
        pytest.fail("a slot was given")


@settings(max_examples=40, deadline=None)
@given(
    allowed=st.integers(1, 40),
    gaps=st.lists(st.floats(0, 90, allow_nan=False), min_size=1, max_size=90),
)
def test_no_minute_has_more_requests_than_allowed(allowed: int, gaps: list[float]) -> None:
    clock = StillClock()
    limiter = RateLimiter(clock, concurrency=1, requests_per_minute=allowed)
    sent = []
    for gap in gaps:
        with limiter.slot(Event(), MAX_WAIT):
            sent.append(clock.monotonic())
        clock.wait(gap, Event())
    for first, past in zip(sent, sent[allowed:], strict=False):
        # The limiter counts in whole milliseconds.
        assert past - first >= 59.99


def test_requests_per_minute_holds_for_the_whole_run(sandbox: Sandbox) -> None:
    """Two streams of twelve pages and a token: 25 requests, so two full minutes for ten each."""
    outcome = read(connected(sandbox, requests_per_minute=10) | {"api": None})
    assert outcome.error is None
    assert len(outcome.of("RECORD")) == 240
    assert len(sandbox.requests) == 25
    assert 119 <= sum(outcome.waits) <= 300


def test_without_the_setting_no_request_waits(sandbox: Sandbox) -> None:
    assert run(sandbox, concurrency=4).waits == []


def test_a_pause_holds_for_a_request_that_was_not_sent_yet() -> None:
    clock = StillClock()
    limiter = RateLimiter(clock)
    limiter.pause(20)
    with limiter.slot(Event(), MAX_WAIT):
        assert clock.waits == [20.0]
    with limiter.slot(Event(), MAX_WAIT):
        assert clock.waits == [20.0]


def test_a_shorter_pause_does_not_take_the_place_of_a_longer() -> None:
    clock = StillClock()
    limiter = RateLimiter(clock)
    limiter.pause(20)
    limiter.pause(5)
    with limiter.slot(Event(), MAX_WAIT):
        assert clock.waits == [20.0]


def test_a_hint_never_holds_longer_than_five_minutes() -> None:
    clock = StillClock()
    limiter = RateLimiter(clock)
    limiter.observe({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "86400"})
    with limiter.slot(Event(), MAX_WAIT):
        assert clock.waits == [300.0]


def test_a_pause_past_max_wait_is_reported_with_its_end() -> None:
    clock = StillClock()
    limiter = RateLimiter(clock)
    limiter.pause(301)
    message = r"used up until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, 301 seconds from now"
    with pytest.raises(QuotaUsedUpError, match=message), limiter.slot(Event(), MAX_WAIT):
        pytest.fail("a slot was given")
    with limiter.slot(Event(), 301.0):
        assert clock.waits == [301.0]
