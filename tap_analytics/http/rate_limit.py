"""How fast a run may ask: one budget, shared by every request of every stream."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from threading import Condition, Event
from typing import TYPE_CHECKING, Any

from tap_analytics.exceptions import StreamError
from tap_analytics.http.headers import exhausted_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pyrate_limiter import InMemoryBucket

    from tap_analytics.clock import Clock

SLOW_SECONDS = 60.0
"""How long a 429 keeps the number of requests in flight halved."""

LONGEST_HINT = 300.0
"""The longest pause in seconds for a hint; past it the server's refusal says what holds."""


class CancelledError(Exception):  # not an error: nobody waits for the answer any more
    """The page is no longer wanted."""


class QuotaUsedUpError(StreamError):
    """The server's quota does not come back soon enough to wait for it."""

    def __init__(self, seconds: float, now: datetime, max_wait: float) -> None:
        """Say until when.

        Args:
            seconds: How long the quota stays used up.
            now: The time in UTC.
            max_wait: The longest wait allowed, in seconds.
        """
        until = now + timedelta(seconds=seconds)
        super().__init__(
            f"the server's quota is used up until {until:%Y-%m-%d %H:%M:%S} UTC, "
            f"{seconds:.0f} seconds from now, longer than `max_wait` of `error_handler` "
            f"({max_wait:.0f} seconds): run again after that time."
        )


class RateLimiter:
    """Requests in flight, requests a minute, and the pauses that the server asks for.

    Safe from several threads. What one worker hears from the server holds for all of them.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        concurrency: int = 4,
        requests_per_minute: int | None = None,
    ) -> None:
        """Share a budget.

        Args:
            clock: What to wait with.
            concurrency: The most requests in flight at once.
            requests_per_minute: The most requests in any minute; None for no such limit.
        """
        self._clock = clock
        self._concurrency = concurrency
        self._changed = Condition()
        self._in_flight = 0
        self._resume_at = 0.0
        self._slow_until = 0.0
        self._slowed_to = concurrency
        self._bucket = _bucket(requests_per_minute) if requests_per_minute else None

    @contextmanager
    def slot(self, stop: Event, max_wait: float) -> Iterator[None]:
        """One request's turn: wait until it may leave, and count it as in flight meanwhile.

        Args:
            stop: Set by whoever no longer wants the answer.
            max_wait: The longest pause in seconds that this request may wait for.

        Raises:
            Cancelled: `stop` was set before the turn came.
            QuotaUsedUpError: The server asked for a longer pause than that.
        """
        self._take(stop, max_wait)
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify()

    def pause(self, seconds: float) -> None:
        """Let nobody ask for this long, in seconds."""
        with self._changed:
            self._resume_at = max(self._resume_at, self._clock.monotonic() + seconds)

    def wait(self, seconds: float, stop: Event) -> None:
        """Wait before a retry, outside of a turn.

        Raises:
            Cancelled: `stop` was set meanwhile.
        """
        self._clock.wait(seconds, stop)
        if stop.is_set():
            raise CancelledError

    def slow_down(self) -> None:
        """Halve the number of requests in flight for a minute: the server answered 429."""
        with self._changed:
            self._slowed_to = max(1, self._limit() // 2)
            self._slow_until = self._clock.monotonic() + SLOW_SECONDS

    def observe(self, headers: Mapping[str, str]) -> None:
        """Pause everyone where an answer's headers say that nothing is left of a quota."""
        seconds = exhausted_for(headers, self._clock.utc().timestamp())
        if seconds is not None:
            self.pause(min(seconds, LONGEST_HINT))

    def _limit(self) -> int:
        slow = self._clock.monotonic() < self._slow_until
        return self._slowed_to if slow else self._concurrency

    def _take(self, stop: Event, max_wait: float) -> None:
        while not stop.is_set():
            with self._changed:
                if self._in_flight >= self._limit():
                    self._changed.wait(0.1)
                    continue
                seconds = self._seconds_to_wait(max_wait)
                if seconds <= 0:
                    self._in_flight += 1
                    return
            self._clock.wait(seconds, stop)
        raise CancelledError

    def _seconds_to_wait(self, max_wait: float) -> float:
        now = self._clock.monotonic()
        pause = self._resume_at - now
        if pause > max_wait:
            raise QuotaUsedUpError(pause, self._clock.utc(), max_wait)
        if pause > 0 or self._bucket is None:
            return pause
        return _seconds_until_admitted(self._bucket, now)


def _bucket(requests_per_minute: int) -> InMemoryBucket:
    # Imported where it is needed: a run without this limit does not pay for it.
    from pyrate_limiter import Duration, InMemoryBucket, Rate  # noqa: PLC0415

    return InMemoryBucket([Rate(requests_per_minute, Duration.MINUTE)])


def _seconds_until_admitted(bucket: InMemoryBucket, now: float) -> float:
    from pyrate_limiter import RateItem  # noqa: PLC0415

    item: Any = RateItem("request", round(now * 1000))
    if bucket.put(item):
        bucket.leak(item.timestamp)
        return 0.0
    wait: Any = bucket.waiting(item)
    return float(wait) / 1000 or 0.001
