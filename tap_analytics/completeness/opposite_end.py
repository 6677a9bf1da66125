"""The end of a table, as a response in the opposite order showed it.

Let a window hold a row of that response, unchanged. A row that is unchanged throughout and stands
behind it is in that response, for this begins at the very end of the table; one that stands before
it was covered by windows. It does not matter which of the two responses came first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_analytics.completeness.reading import Response, Row


class OppositeEnd:
    """The rows of the last response in the opposite order, which were sent."""

    def __init__(self) -> None:
        """Nothing has come."""
        self._rows: dict[int, tuple[int, int]] = {}
        """How many rows stand behind it, and its contents, by key."""
        self._declared = 0

    def take(self, response: Response, size: int) -> None:
        """A response in the opposite order has come, to a question for so many records."""
        self._rows = {row.key: (place, row.contents) for place, row in enumerate(response.rows)}
        by_pages = ((response.pages or 1) - 1) * size + 1
        self._declared = max(response.total, by_pages if response.rows else 0)

    def has(self, row: Row) -> bool:
        """Whether that response held this row, unchanged."""
        return row.key in self._rows and self._rows[row.key][1] == row.contents

    def is_met(self, window: Mapping[int, tuple[int, int]], start: int, spare: int) -> bool:
        """Whether a window reaches that response.

        Where more rows were declared than there are up to the meeting and behind it, the windows
        go on to the last one, whose response is held against what it declares.

        Args:
            window: Place and contents of its rows, by key.
            start: How many rows stand before it.
            spare: How many rows may have been deleted since that response.
        """
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
