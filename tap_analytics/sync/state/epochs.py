"""Numbers that are times: seconds since 1970, or parts of seconds.

Nothing says so but the numbers themselves. Where one is taken for a time that is none, such as an
ID, the next run begins a little earlier than it had to: that costs, and loses nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_analytics.sync.state.value_order import Value

PARTS = (1, 10**3, 10**6, 10**9)
"""How many make a second: seconds, milliseconds, microseconds, nanoseconds."""

OLDEST = timedelta(days=20 * 365)
"""A number that stands for a time before that is not known for one."""

AHEAD = timedelta(hours=1)
"""So far may the clock that wrote it be ahead."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def parts_of_second(value: Value | None, now: datetime) -> int | None:
    """How many of a number make a second where it is a time of the last years; else None."""
    if not isinstance(value, int | Decimal):
        return None
    since, until = ((now + by - _EPOCH) / _SECOND for by in (-OLDEST, AHEAD))
    return next((parts for parts in PARTS if since * parts <= value <= until * parts), None)


def seconds_before(value: Value, seconds: float, parts: int) -> Value:
    """The number that lies some seconds before another one, or 0: some APIs take none below."""
    return max(0, value - ceil(seconds * parts)) if isinstance(value, int | Decimal) else value


def number_at(moment: datetime, parts: int) -> int:
    """The number that stands for a moment, rounded down."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * parts // 10**6
