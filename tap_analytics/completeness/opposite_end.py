"""The end of a table, as a response in the opposite order showed it.

Let a window hold a row of that response, unchanged. A row that is unchanged throughout and stands
behind it is in that response, for this begins at the very end of the table; one that stands before
it was covered by windows. It does not matter which of the two responses came first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_analytics.completeness.reading import Response, Row


class OppositeEnd:
    """The rows of the last response in the opposite order, which were sent."""

    def __init__(self) -> None:
        """Nothing has come."""
        self._rows: dict[int, tuple[int, int]] = {}
        """How many rows stand behind it, and its contents, by key."""
        self._keys: frozenset[int] = frozenset()
        self._declared = 0
        self._is_counted = False
        """Whether the records of the table were declared, and not its pages alone."""

    def take(self, response: Response, size: int) -> None:
        """A response in the opposite order has come, to a question for so many records."""
        self._rows = {row.key: (place, row.contents) for place, row in enumerate(response.rows)}
        self._keys = frozenset(self._rows)
        self._is_counted = response.total > 0
        by_pages = ((response.pages or 1) - 1) * size + 1
        self._declared = max(response.total, by_pages if response.rows else 0)

    def has(self, row: Row) -> bool:
        """Whether that response held this row, unchanged."""
        return row.key in self._rows and self._rows[row.key][1] == row.contents

    def had(self, row: Row) -> bool:
        """Whether that response held this row, in whatever version."""
        return row.key in self._keys

    def may_be(self, window: Sequence[Row], size: int) -> bool:
        """Whether that response can be the end of the table, by the window behind the first.

        What stands behind the first row that it had is its own, but for rows that were inserted.
        Else it is a page from elsewhere, sorted by itself.

        Args:
            window: The rows of the window.
            size: The most rows of a window.
        """
        return 2 * self._behind([row.key for row in window]).count(False) <= size

    def fits(self, window: Iterable[int]) -> bool:
        """Whether a window, the keys of its rows, goes on as that response does to its end.

        Behind the first row that both have at most a fourth may have been inserted or deleted.
        """
        behind = self._behind(list(window))
        return 3 * behind.count(False) <= behind.count(True)

    def _behind(self, keys: Sequence[int]) -> list[bool]:
        """Which of the rows behind the first one that it had it had, too."""
        had = [key in self._keys for key in keys]
        return had[had.index(True) + 1 :] if any(had) else []

    def is_met(self, window: Mapping[int, tuple[int, int]], start: int, spare: int) -> bool:
        """Whether a window reaches that response.

        Where more rows were declared than there are up to the meeting and behind it, the windows
        go on to the last one, whose response is held against what it declares. Where none were, the
        first window alone does not show that the response is the end of the table; nor does one
        that holds more rows behind the meeting that the response does not have than that it has.

        Args:
            window: Place and contents of its rows, by key.
            start: How many rows stand before it.
            spare: How many rows may have been deleted since that response.
        """
        if not (start or self._is_counted) or not self.fits(window):
            return False
        return any(
            start + place + 1 + self._rows[key][0] + spare >= self._declared
            for key, (place, contents) in window.items()
            if key in self._rows and self._rows[key][1] == contents
        )

    def send(self, rows: Sequence[Row]) -> None:
        """These rows are sent: one that changed may not count as sent if it changes back."""
        for row in rows:
            if not self.has(row):
                self._rows.pop(row.key, None)
