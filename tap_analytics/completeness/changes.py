"""Windows of what changed since a bookmark: how far the new one may go.

Such a reading owes what keyset reading owes. Whatever changes meanwhile gets a later time and is
left to the next run, for the bookmark stays a margin behind the beginning.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tap_analytics.completeness.instants import shifted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.completeness.reading import Response, Row


class Changes:
    """The times of the records of one reading."""

    def __init__(self, since: str | None, bookmark: str | None, margin: timedelta | None) -> None:
        """Nothing has come.

        Args:
            since: What is asked for.
            bookmark: The old one; the new one is never below it.
            margin: By how much a bookmark stays behind the beginning, for clocks that differ and
                for late commits, together; None where the stream has no bookmark.
        """
        self.newest = bookmark
        """The greatest time of a record to send that a bookmark may have."""
        self._least = max(since or "", bookmark or "")
        self._margin = margin
        self.cap = ""
        """No bookmark passes it; empty where there is none, or before the first response."""

        self._doubt = timedelta()

    def responded(self, response: Response) -> None:
        """A response has come; the first one says when the reading began."""
        self._doubt = response.doubt
        if self._margin is not None and not self.cap and response.sent_at:
            self.cap = shifted(response.sent_at, -self._margin)

    def observe(self, rows: Sequence[Row]) -> None:
        """These records are read."""
        times = [row.time for row in rows if row.time and self._least <= row.time <= self.cap]
        self.newest = max([*times, self.newest or ""]) or None

    def are_old(self, rows: Sequence[Row]) -> bool:
        """Whether all were there before the reading began; unknown without a bookmark."""
        old = shifted(self.cap, -self._doubt) if self.cap else ""
        return bool(old) and all(row.time and row.time <= old for row in rows)
