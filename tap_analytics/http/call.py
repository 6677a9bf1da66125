"""One call: a request, what its sender wants to know of the response, and what it cost."""

from __future__ import annotations

from threading import Event, Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from tap_analytics.http.retry import RetryPolicy

T = TypeVar("T")


class IncompleteBodyError(Exception):  # raised by `PreparedCall.read`, and never leaves the client
    """The body ended too soon, or is not what this API sends: the request may be retried."""


class RequestStats(Struct):
    """The requests of a stream, or of a run, and their retries; safe from several threads."""

    requests: int = 0
    bytes: int = 0
    """Of the bodies of the responses, decompressed."""
    retries: int = 0
    seconds_waited: float = 0.0
    responses: int = 0
    seconds_responding: float = 0.0
    """Of all responses together, from sending the request to the last byte."""
    metered: int = 0
    """How many of the requests the SDK's own counter has had."""
    on_response: Callable[[int, float], None] | None = None
    """Called in any thread with the status of a response and the seconds that it took."""
    _lock: Lock = field(default_factory=Lock)

    def sent(self, received: int) -> None:
        """Count one request that was sent, and the bytes of its response's body; 0 without one."""
        with self._lock:
            self.requests += 1
            self.bytes += received

    def responded(self, status: int, seconds: float) -> None:
        """Count a response, whatever its status."""
        with self._lock:
            self.responses += 1
            self.seconds_responding += seconds
        if self.on_response is not None:
            self.on_response(status, seconds)

    def add(self, seconds: float) -> None:
        """Count one retry, and the seconds waited before it."""
        with self._lock:
            self.retries += 1
            self.seconds_waited += seconds


class PreparedCall(Struct, Generic[T], frozen=True):
    """One request with everything that is needed to send it and to read its response."""

    request: requests.PreparedRequest

    policy: RetryPolicy

    label: str
    """Which request this is, for messages: the stream, the method, the path and the page."""

    read: Callable[[requests.Response], T]
    """Turns a response that succeeded into the result; may raise `IncompleteBodyError`."""

    cancelled: Event
    """Set by the sender when the result is no longer wanted."""

    stats: RequestStats

    accepted_statuses: frozenset[int] = frozenset()
    """Statuses besides 2xx and 404 whose responses go to `read`."""

    url_setting: str = "base_url"
    """The setting that names the host, for messages."""

    stream: str | None = None
    """The stream that it is for; None for a token."""
