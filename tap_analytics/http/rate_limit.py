"""The rate limiter: when each request of a run may be sent; one for all streams and threads."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from threading import Condition, Event
from typing import TYPE_CHECKING, Any

from tap_analytics.exceptions import StreamError
from tap_analytics.http.headers import exhausted_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    import requests
    from pyrate_limiter import InMemoryBucket

    from tap_analytics.clock import Clock

SLOW_SECONDS = 60.0
"""How long a 429 keeps the number of requests in flight halved."""

LONGEST_QUOTA = 31 * 86_400.0
"""The longest pause in seconds for all streams: no quota runs longer than a month."""

LONGEST_HINT = 300.0
"""The longest pause in seconds for quota headers: a hint only, unlike `Retry-After`."""


_CLIENT_ERRORS = range(400, 500)
_MOST_SEARCHED = 10_000
"""Bytes of a body in which words are looked for."""
_NEVER_LIMITS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_SAYS_LIMIT = re.compile(rb"rate[ _-]?limit|too many requests", re.IGNORECASE)


def is_rate_limit(response: requests.Response) -> bool:
    """Whether a server refuses a request for now, because it had too many.

    That is status 429. Some, such as GitHub, have 403 for it as well as for what is forbidden, and
    tell the one from the other by `Retry-After`, by a quota of which nothing is left, or in words.
    """
    status, headers = response.status_code, response.headers
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    if status not in _CLIENT_ERRORS or status in _NEVER_LIMITS:
        return False
    if headers.get("Retry-After"):
        return True
    return status == HTTPStatus.FORBIDDEN and (
        exhausted_for(headers, 0.0) is not None
        or _SAYS_LIMIT.search(response.content, 0, _MOST_SEARCHED) is not None
    )


class CancelledError(Exception):  # nothing failed: it ends a thread whose result is not wanted
    """The caller no longer wants the response."""


class QuotaUsedUpError(StreamError):
    """The server's quota is used up for longer than a request may wait."""

    def __init__(self, seconds: float, now: datetime, max_wait: float) -> None:
        """Write the message, which says until when.

        Args:
            seconds: How long the quota stays used up, in seconds from now.
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
    """Limits the requests in flight and the requests per minute, and pauses when the server asks.

    Safe from several threads. A pause that one thread's response asks for holds for all threads.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        concurrency: int = 4,
        requests_per_minute: int | None = None,
        on_wait: Callable[[str, float], None] | None = None,
    ) -> None:
        """Create the rate limiter of a run.

        Args:
            clock: What to wait with.
            concurrency: The maximum number of requests in flight.
            requests_per_minute: The maximum number of requests in any minute; None for no limit.
            on_wait: Called in any thread with what is waited for, and for how many seconds.
        """
        self._on_wait = on_wait or (lambda _reason, _seconds: None)
        self._clock = clock
        self._concurrency = concurrency
        self._changed = Condition()
        self._in_flight = 0
        self._resume_at = 0.0
        self._slow_until = 0.0
        self._slowed_to = concurrency
        self._bucket = _bucket(requests_per_minute) if requests_per_minute else None

    @contextmanager
    def slot(self, cancelled: Event, max_wait: float) -> Iterator[None]:
        """Wait until a request may be sent, and count it as in flight inside the `with` block.

        Args:
            cancelled: Set when the response is no longer wanted.
            max_wait: The longest pause in seconds that this request may wait for.

        Raises:
            CancelledError: `cancelled` was set before the request could be sent.
            QuotaUsedUpError: The server asked for a pause longer than `max_wait`.
        """
        self._acquire(cancelled, max_wait)
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify()

    def pause(self, seconds: float) -> None:
        """Send no request for this many seconds; a pause that ends later stays."""
        with self._changed:
            self._resume_at = max(self._resume_at, self._clock.monotonic() + seconds)

    def wait(self, seconds: float, cancelled: Event) -> None:
        """Wait before a retry, for one request alone and without a slot.

        Args:
            seconds: How long to wait.
            cancelled: Set when the response is no longer wanted, which ends the wait.

        Raises:
            CancelledError: `cancelled` was set.
        """
        self._on_wait("a retry", seconds)
        self._clock.wait(seconds, cancelled)
        if cancelled.is_set():
            raise CancelledError

    def slow_down(self) -> None:
        """Halve the limit of requests in flight for a minute, after a response with status 429."""
        with self._changed:
            self._slowed_to = max(1, self._limit() // 2)
            self._slow_until = self._clock.monotonic() + SLOW_SECONDS

    def observe(self, headers: Mapping[str, str]) -> None:
        """Pause where a response's headers say that nothing is left of a quota."""
        seconds = exhausted_for(headers, self._clock.utc().timestamp())
        if seconds is not None:
            self.pause(min(seconds, LONGEST_HINT))

    def _limit(self) -> int:
        slow = self._clock.monotonic() < self._slow_until
        return self._slowed_to if slow else self._concurrency

    def _acquire(self, cancelled: Event, max_wait: float) -> None:
        while not cancelled.is_set():
            with self._changed:
                if self._in_flight >= self._limit():
                    self._changed.wait(0.1)
                    continue
                seconds = self._seconds_to_wait(max_wait)
                if seconds <= 0:
                    self._in_flight += 1
                    return
            self._on_wait("the rate limit", seconds)
            self._clock.wait(seconds, cancelled)
        raise CancelledError

    def _seconds_to_wait(self, max_wait: float) -> float:
        """Seconds until the next request may be sent; where that is now, it is counted."""
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
