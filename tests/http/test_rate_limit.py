"""One budget for the run: what is in flight, what a minute allows, and the server's own word."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_analytics.http.headers import exhausted_for
from tap_analytics.http.rate_limit import (
    CancelledError,
    QuotaUsedUpError,
    RateLimiter,
)
from tap_analytics.sandbox import Limits, Sandbox
from tests.support.harness import Outcome, PairTap, StillClock, connected, sync

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_WAIT = 300.0
PATIENCE = 10.0


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Twelve pages of ten a stream."""
    with Sandbox(rows={"contacts": 120, "buyers": 120}) as api:
        yield api


def run(sandbox: Sandbox, api: str = "marketplace", **settings: Any) -> Outcome:  # noqa: ANN401
    given = {"page_size": 10, "verify": "off"} | settings
    return sync(connected(sandbox, api, **given), clock=StillClock(), tap_class=PairTap)


def refusals(sandbox: Sandbox) -> int:
    return sum(entry.status == 429 for entry in sandbox.requests)


# In flight ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 2, 5])
def test_requests_are_in_flight_together_but_no_more_than_allowed(
    sandbox: Sandbox, concurrency: int
) -> None:
    sandbox.fault("slow", stream="buyers", seconds=0.05, times=99)
    outcome = run(sandbox, concurrency=concurrency)
    assert len(outcome.records("buyers")) == 120
    assert min(2, concurrency) <= sandbox.most_in_flight <= concurrency


def test_the_limit_holds_for_all_that_ask_together() -> None:
    budget, most, now, lock = RateLimiter(StillClock(), concurrency=3), 0, 0, threading.Lock()

    def ask(_: int) -> None:
        nonlocal most, now
        with budget.slot(Event(), MAX_WAIT):
            with lock:
                now += 1
                most = max(most, now)
            threading.Event().wait(0.002)
            with lock:
                now -= 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(ask, range(48)))
    assert most == 3
    assert now == 0


def gives(budget: RateLimiter, turns: int) -> bool:
    """Whether a budget gives just so many turns at once, tried on threads that nobody lets go."""
    stop, let_go = Event(), Event()
    granted = threading.Semaphore(0)

    def hold() -> None:
        try:
            with budget.slot(stop, MAX_WAIT):
                granted.release()
                let_go.wait(PATIENCE)
        except CancelledError:
            return

    threads = [threading.Thread(target=hold) for _ in range(turns + 2)]
    for thread in threads:
        thread.start()
    enough = all(granted.acquire(timeout=PATIENCE) for _ in range(turns))
    more = granted.acquire(timeout=0.05)
    stop.set()
    let_go.set()
    for thread in threads:
        thread.join(PATIENCE)
    return enough and not more


def test_a_429_halves_what_is_in_flight_for_a_while() -> None:
    clock = StillClock()
    budget = RateLimiter(clock, concurrency=8)
    assert gives(budget, 8)
    budget.slow_down()
    assert gives(budget, 4)
    budget.slow_down()
    budget.slow_down()
    budget.slow_down()
    assert gives(budget, 1)
    clock.wait(61, Event())
    assert gives(budget, 8)


def test_after_a_429_the_run_goes_on_with_half_as_many(sandbox: Sandbox) -> None:
    """The clock stands still but for the wait of two seconds: the while is not over."""
    sandbox.fault("status", stream="buyers", page=1, code=429)
    sandbox.fault("slow", stream="buyers", seconds=0.05, times=99)
    outcome = run(sandbox, concurrency=4)
    assert len(outcome.records("buyers")) == 120
    assert sandbox.most_in_flight == 2


def test_a_failed_request_gives_its_place_back() -> None:
    budget, stop = RateLimiter(StillClock(), concurrency=1), Event()
    patience = threading.Timer(PATIENCE, stop.set)
    patience.start()
    for _ in range(3):
        with pytest.raises(ConnectionError), budget.slot(stop, MAX_WAIT):
            raise ConnectionError
    patience.cancel()


def test_who_is_not_wanted_any_more_gets_no_turn() -> None:
    stop = Event()
    stop.set()
    with pytest.raises(CancelledError), RateLimiter(StillClock()).slot(stop, MAX_WAIT):
        pytest.fail("a turn was given")


# Requests a minute --------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    allowed=st.integers(1, 40),
    gaps=st.lists(st.floats(0, 90, allow_nan=False), min_size=1, max_size=90),
)
def test_no_minute_has_more_requests_than_allowed(allowed: int, gaps: list[float]) -> None:
    clock = StillClock()
    budget = RateLimiter(clock, concurrency=1, requests_per_minute=allowed)
    sent = []
    for gap in gaps:
        with budget.slot(Event(), MAX_WAIT):
            sent.append(clock.monotonic())
        clock.wait(gap, Event())
    for first, past in zip(sent, sent[allowed:], strict=False):
        # The limiter counts in whole milliseconds.
        assert past - first >= 59.99


def test_requests_per_minute_holds_for_the_whole_run(sandbox: Sandbox) -> None:
    """Two streams of twelve pages and a token: 25 requests, so two full minutes for ten each."""
    config = connected(sandbox, page_size=10, verify="off", requests_per_minute=10)
    outcome = sync(config | {"api": None}, clock=StillClock(), tap_class=PairTap)
    assert outcome.error is None
    assert len(outcome.of("RECORD")) == 240
    assert len(sandbox.requests) == 25
    assert 119 <= sum(outcome.waits) <= 300


def test_without_the_setting_nobody_waits(sandbox: Sandbox) -> None:
    assert run(sandbox).waits == []


# The server's word --------------------------------------------------------------------------------


class Minute(StillClock):
    """A clock that tells a sandbox's limit of its passing, and who asked while it stood."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Watch a sandbox."""
        super().__init__()
        self._sandbox = sandbox
        self.asked: list[int] = []

    def wait(self, seconds: float, stop: Event) -> None:
        """Note how many requests there had been."""
        self.asked.append(len(self._sandbox.requests))
        super().wait(seconds, stop)
        # The server's own clock is the machine's: its faults are over when the wait is.
        self._sandbox.clear()


@pytest.mark.parametrize("concurrency", [1, 4, 8])
def test_a_retry_after_pauses_everyone(sandbox: Sandbox, concurrency: int) -> None:
    """Page 1 is alone in flight, so one 429 is all that may come: nobody else asks meanwhile."""
    sandbox.fault("status", stream="buyers", code=429, retry_after=20, times=99)
    clock = Minute(sandbox)
    config = connected(sandbox, page_size=10, verify="off", concurrency=concurrency)
    outcome = sync(config, clock=clock, tap_class=PairTap)
    assert outcome.error is None
    assert refusals(sandbox) == 1
    assert clock.waits == [20.0]


def test_only_who_was_in_flight_already_runs_into_the_wall(sandbox: Sandbox) -> None:
    """Of 11 pages on 4 workers at most 4 are refused: the other 7 wait for the pause to end."""
    for page in range(2, 13):
        sandbox.fault("status", stream="buyers", page=page, code=429, retry_after=20, times=99)
    clock = Minute(sandbox)
    config = connected(sandbox, page_size=10, verify="off", concurrency=4)
    outcome = sync(config, clock=clock, tap_class=PairTap)
    assert outcome.error is None
    assert len(outcome.records("buyers")) == 120
    assert 1 <= refusals(sandbox) <= 4


def test_what_one_hears_holds_for_a_request_that_has_not_left() -> None:
    clock = StillClock()
    budget = RateLimiter(clock)
    budget.pause(20)
    with budget.slot(Event(), MAX_WAIT):
        assert clock.waits == [20.0]
    with budget.slot(Event(), MAX_WAIT):
        assert clock.waits == [20.0]


def test_a_shorter_pause_does_not_take_the_place_of_a_longer() -> None:
    clock = StillClock()
    budget = RateLimiter(clock)
    budget.pause(20)
    budget.pause(5)
    with budget.slot(Event(), MAX_WAIT):
        assert clock.waits == [20.0]


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
        config = connected(sandbox, page_size=10, verify="off", concurrency=concurrency)
        outcome = sync(config, clock=Refill(limits), tap_class=PairTap)
        assert outcome.error is None
        assert len(outcome.records("buyers")) == 120
        assert 1 <= refusals(sandbox) <= concurrency
        assert outcome.stream("buyers")["retries"] == refusals(sandbox)


def test_a_header_that_says_nothing_is_left_pauses_before_the_wall() -> None:
    limits = Limits(per_window={"accounting": 1_000})
    with Sandbox(rows={"contacts": 30}, limits=limits) as sandbox:
        limits.per_window = {"accounting": 2}
        clock = Refill(limits)
        config = connected(sandbox, "accounting", page_size=10, verify="off", concurrency=1)
        outcome = sync(config, clock=clock, tap_class=PairTap)
        assert outcome.error is None
        assert len(outcome.records("contacts")) == 30
        assert refusals(sandbox) == 0
        assert clock.waits == [60.0]


NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"X-MinLimit-Remaining": "1"}, None),
        ({"X-MinLimit-Remaining": "0"}, 60.0),
        ({"X-DayLimit-Remaining": "0"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "12"}, 12.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1.5"}, 1.5),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 30)}, 30.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) - 30)}, 0.0),
        ({"X-RateLimit-Remaining": "0"}, 60.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, 60.0),
        ({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "12"}, None),
        ({"RateLimit": "limit=100, remaining=0, reset=30"}, 30.0),
        ({"RateLimit": "limit=100, remaining=5, reset=30"}, None),
        ({"RateLimit": '"default";r=0;t=45'}, 45.0),
        ({"RateLimit": '"default";r=50;t=45'}, None),
        ({"RateLimit": '"default";r=0'}, 60.0),
    ],
    ids=str,
)
def test_the_headers_of_a_quota_are_read(headers: dict[str, str], seconds: float | None) -> None:
    assert exhausted_for(headers, NOW) == seconds


def test_a_hint_never_holds_longer_than_five_minutes() -> None:
    clock = StillClock()
    budget = RateLimiter(clock)
    budget.observe({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "86400"})
    with budget.slot(Event(), MAX_WAIT):
        assert clock.waits == [300.0]


def test_a_pause_past_max_wait_is_said_with_its_end() -> None:
    clock = StillClock()
    budget = RateLimiter(clock)
    budget.pause(301)
    said = r"used up until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, 301 seconds from now"
    with pytest.raises(QuotaUsedUpError, match=said), budget.slot(Event(), MAX_WAIT):
        pytest.fail("a turn was given")
    with budget.slot(Event(), 301.0):
        assert clock.waits == [301.0]
