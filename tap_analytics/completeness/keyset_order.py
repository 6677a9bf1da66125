"""What two responses in opposite orders show of the order by time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_analytics.completeness.reading import Response


def times_fall(response: Response) -> bool:
    """Whether no record is later than the one before it."""
    times = [row.time for row in response.rows if row.time is not None]
    return all(later <= earlier for earlier, later in pairwise(times))


def is_later(newest: Response, oldest: Response) -> bool:
    """Whether the first record of a response is later than the last one of another."""
    if not (newest.rows and oldest.rows):
        return False
    return (newest.rows[0].time or "") > (oldest.rows[-1].time or "")


def has_old(newest: Response, oldest: Response, *, began: str) -> bool:
    """Whether there is a record behind those of a response that nobody edited since an instant."""
    last = oldest.rows[-1].time or ""
    return any(last < (row.time or "") <= began for row in newest.rows)


def made_way(one: Response, other: Response) -> int:
    """How many records of a response are not, as they were, among another."""
    unchanged = {(row.key, row.contents) for row in other.rows}
    return sum((row.key, row.contents) not in unchanged for row in one.rows)
