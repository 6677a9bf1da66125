"""Where windows may begin: page number and size together make any start that the size divides."""

from __future__ import annotations

from tap_analytics.completeness.reading import Order, Question

SMALLEST = 3, 5
"""The smallest window, as a part of the greatest page."""


class WindowPlaces:
    """The windows that an API can be asked for, by offset or by page number."""

    def __init__(self, since: str | None, order: Order | None, *, offsets: bool) -> None:
        """Ask for windows in an order, each of what changed since the same date-time."""
        self._since = since
        self._order = order
        self._offsets = offsets

    def furthest(self, latest: int, size: int) -> tuple[int, int]:
        """The window that reaches furthest of those that begin at `latest` or before.

        Args:
            latest: The number of rows before the latest start.
            size: The most rows of a window.

        Returns:
            The number of rows before it, and its size.
        """
        latest = max(0, latest)
        if self._offsets:
            return latest, size
        part, whole = SMALLEST
        sizes = range(-(-size * part // whole), size + 1)
        best = max(sizes, key=lambda each: (latest // each + 1) * each)
        return latest // best * best, best

    def question(self, start: int, size: int, *, trial: bool = False) -> Question:
        """The question for a window."""
        if self._offsets:
            return Question(self._since, self._order, size=size, offset=start, trial=trial)
        return Question(self._since, self._order, start // size + 1, size, trial=trial)

    def opposite(self, size: int, *, trial: bool = False, repeats: bool = False) -> Question:
        """The question for the end of the table, by the opposite order."""
        return Question(self._since, "descending", size=size, trial=trial, repeats=repeats)
