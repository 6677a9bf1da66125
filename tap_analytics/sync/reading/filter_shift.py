"""Whether a filter begins later than it is asked to, but no later than a `lookback` goes back.

A server that reads start values in a time zone west of the one in which it is asked begins some
hours late, for every record alike. One that compares another field, such as the time at which a
record was made, looks like that for one record: then it is late by what two fields differ in, which
is seldom what zones are apart, and seldom the same for two records.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import timedelta
from typing import TYPE_CHECKING

from tap_analytics.completeness.instants import SECOND, before, shifted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Comes = Callable[[str, str], bool]
    """Whether a record of this time, or an earlier one, comes since another time."""

ZONES_APART = timedelta(minutes=30)
"""Zones west of London are a multiple of it away."""

FURTHEST = timedelta(hours=12)

CLOCKS_CHANGE = timedelta(hours=1)
"""So much further a zone may be away at another time of the year."""

COARSEST = timedelta(minutes=1)
"""Start values that are coarser do not show by how much a filter is late."""


def can_show(back: timedelta, step: timedelta) -> bool:
    """Whether going back so far may be seen to be enough, by start values as fine as that."""
    return back >= ZONES_APART + CLOCKS_CHANGE and step <= COARSEST


def is_gone_back_over(
    newest: str, times: Sequence[str], back: timedelta, step: timedelta, comes: Comes
) -> bool:
    """Whether the filter is late for two records alike, and by less than the reading goes back.

    Args:
        newest: The latest time of a record that came.
        times: The times of others.
        back: How far before the time from which on all is wanted the reading began.
        step: How fine start values are.
        comes: Asks the API.
    """
    step = max(step, SECOND)
    earlier = [time for time in times if time <= before(newest, step)]
    if not (earlier and can_show(back, step)):
        return False
    delays = range(1, min(back - CLOCKS_CHANGE, FURTHEST) // ZONES_APART + 1)

    def begins(time: str, delay: timedelta) -> bool:
        return comes(time, before(shifted(time, -delay), step))

    found = bisect_left(delays, True, key=lambda count: begins(newest, count * ZONES_APART))  # noqa: FBT003  # what is looked for
    if found == len(delays):
        return False
    delay = delays[found] * ZONES_APART
    for time in (newest, max(earlier)):
        latest = shifted(before(shifted(time, -delay), step), 2 * step)
        if not begins(time, delay) or comes(time, latest):
            return False
    return True
