"""Rate limits as the APIs have them; off until they are set."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .catalog import Resource
    from .messages import Response


@dataclass
class Limits:
    """How many requests a window, a day and at once are served.

    `per_window` names an API (`accounting`, `marketplace`) or a stream; a stream's own limit
    is apart from its API's.
    """

    per_window: Mapping[str, int] = field(default_factory=dict)
    window: float = 60.0
    per_day: int | None = None
    at_once: int | None = None

    def __post_init__(self) -> None:
        """Begin to count."""
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {}
        self._today = 0

    def refusal(self, resource: Resource, in_flight: int) -> Response | None:
        """Return a 429 when a limit is reached; otherwise count the request."""
        if self.at_once is not None and in_flight > self.at_once:
            return faults.too_many(resource.api, problem="concurrent")
        with self._lock:
            if self.per_day is not None and self._today >= self.per_day:
                return faults.too_many(resource.api, retry_after=66_975, problem="day")
            times, now = self._recent(resource), time.monotonic()
            most = self._most(resource)
            if most is not None and len(times) >= most:
                wait = math.ceil(times[0] + self.window - now)
                return faults.too_many(resource.api, retry_after=max(1, wait), problem="minute")
            times.append(now)
            self._today += 1
        return None

    def headers(self, resource: Resource) -> dict[str, str]:
        """Return what is left of the limits that are set, as the accounting API tells it."""
        if resource.api != "accounting":
            return {}
        with self._lock:
            left = {
                "X-MinLimit-Remaining": (self._most(resource), len(self._recent(resource))),
                "X-DayLimit-Remaining": (self.per_day, self._today),
            }
        return {
            name: str(max(0, most - used))
            for name, (most, used) in left.items()
            if most is not None
        }

    def _most(self, resource: Resource) -> int | None:
        return self.per_window.get(resource.name, self.per_window.get(resource.api))

    def _recent(self, resource: Resource) -> deque[float]:
        bucket = resource.name if resource.name in self.per_window else resource.api
        times = self._times.setdefault(bucket, deque())
        while times and times[0] <= time.monotonic() - self.window:
            times.popleft()
        return times
