"""Time, and waiting for it to pass: the seam that makes waits instant in tests."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threading import Event


class Clock:
    """The machine's clocks. A test's clock lets waits pass at once and remembers them."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def utc(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def wait(self, seconds: float, stop: Event) -> None:
        """Wait for some seconds, or until `stop` is set, whichever comes first."""
        stop.wait(seconds)
