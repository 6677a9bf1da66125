"""How coarse the times of an API are: one on a full minute, hour or day may stand for all of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIRST = datetime.min.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1) // _MICROSECOND
_MINUTE = 60 * _SECOND
_DATE = len("YYYY-MM-DD")

OF_A_DAY = timedelta(hours=36)
"""How long after its midnight a day lasts in the last zone on Earth: days seldom say whose."""

MIDNIGHTS = 2
"""So many times of day has midnight in a zone, one in summer and one in winter."""


class TimeStep:
    """The step between the times of one stream, as far as those that came show it."""

    def __init__(self) -> None:
        """Nothing has come, so that any may stand for a day."""
        self._common = 0
        """The greatest common divisor of how far the times of day lie apart, and, where they are on
        no full minute, of what they lie behind one and the minute: no step goes across minutes."""
        self._first: int | None = None
        self._of_day: set[str] = set()
        """The times of day that came: of steps of a minute there are 1,440."""

    def observe(self, instants: Iterable[object]) -> None:
        """Take in times, as `utc_instant` writes them."""
        if 0 < self._common <= _SECOND:  # As for most, after a few: it can only become less.
            return
        for of_day in {str(text)[_DATE:] for text in instants} - self._of_day:
            self._of_day.add(of_day)
            since = (datetime.fromisoformat(f"0001-01-01{of_day}") - _FIRST) // _MICROSECOND
            if self._first is None:
                self._first = since
            beyond = since % _MINUTE
            of_minute = gcd(beyond, _MINUTE) if beyond else 0
            self._common = gcd(self._common, since - self._first, of_minute)

    @property
    def longest(self) -> timedelta:
        """How much later than it says a record may have changed, at most."""
        if self._common % _MINUTE == 0 and len(self._of_day) <= MIDNIGHTS:
            return OF_A_DAY
        return min(self._common * _MICROSECOND, OF_A_DAY)
